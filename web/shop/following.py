"""The page on which a customer follows an order."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from configurator.derived import all_values
from ordering import service as ordering
from web.shop.blueprint import blueprint
from web.shop.configuring import look_around
from web.shop.order_page import DocumentLink, build_order_page
from web.shop.page import describe, draw
from web.shop.quote_page import read_choices
from web.shop.quoting import definitions_of, place_of
from web.words import gettext as _


@blueprint.get("/orders/<token>")
def show_order(token: str) -> ResponseReturnValue:
    """Show an order to whoever holds the link of its quote."""
    around = look_around()
    order = ordering.get_order_by_link(around.session, token=token)
    quote = ordering.get_quote(around.session, token=token)
    definitions = definitions_of(around, quote)
    pictures = {}
    for line in quote.lines:
        definition = definitions[line.content_hash]
        values = read_choices(definition, line.choices)
        pictures[line.id] = (describe(definition, values).partition(", ")[2],
                             draw(definition, values, all_values(definition, values)))
    place = place_of(around, order.destination)
    sites = {} if around.network is None else {
        site.code: (site.title, ZoneInfo(site.time_zone)) for site in around.network.sites}
    documents = (DocumentLink(_("Quote as PDF"), url_for("shop.quote_document", token=token)),)
    page = build_order_page(order, destination=place.title, zone=place.zone, sites=sites, pictures=pictures,
                            documents=documents)
    return render_template("shop/order.html", page=page)
