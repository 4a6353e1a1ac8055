"""The page on which a customer follows an order."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from ordering import service as ordering
from web.shop.blueprint import blueprint
from web.shop.configuring import look_around
from web.shop.order_page import DocumentLink, build_order_page
from web.shop.quote_page import build_line
from web.shop.quoting import definitions_of, place_of
from web.words import gettext as _


@blueprint.get("/orders/<token>")
def show_order(token: str) -> ResponseReturnValue:
    """Show an order to whoever holds the link of its quote."""
    around = look_around()
    order = ordering.get_order_by_link(around.session, token=token)
    quote = ordering.get_quote(around.session, token=token)
    definitions = definitions_of(around, quote)
    lines = {line.id: build_line(line, definitions[line.content_hash]) for line in quote.lines}
    place = place_of(around, order.destination)
    sites = {} if around.network is None else {
        site.code: (site.title, ZoneInfo(site.time_zone)) for site in around.network.sites}
    documents = (DocumentLink(_("Quote as PDF"), url_for("shop.quote_document", token=token)),)
    page = build_order_page(order, destination=place.title, zone=place.zone, sites=sites, lines=lines,
                            documents=documents)
    return render_template("shop/order.html", page=page)
