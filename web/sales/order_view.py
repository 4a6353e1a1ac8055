"""An order as the sales desk reads it: the customer's page of it, and the goods with their money."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ordering import service as ordering
from ordering.order import Order
from web.shop.configuring import Surroundings
from web.shop.order_page import OrderLinks, OrderPage, OrderRecords, build_order_page
from web.shop.quoting import place_of


def progress_of(around: Surroundings, order: Order) -> OrderPage:
    """Put together what its customer sees of an order: stages, work, changes; without messages and links."""
    place = place_of(around, order.destination)
    sites = {} if around.network is None else {
        site.code: (site.title, ZoneInfo(site.time_zone)) for site in around.network.sites}
    released = ordering.list_releases(around.session, numbers=[work.number for work in order.work_orders])
    records = OrderRecords((), ordering.list_order_changes(around.session, order_id=order.id),
                           min(released.values(), default=None))
    return build_order_page(order, destination=place.title, zone=place.zone, sites=sites, lines={}, documents=(),
                            links=OrderLinks("", "", "", ""), records=records)
