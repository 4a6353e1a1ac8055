"""The list of products, and the search over products and their options."""

from __future__ import annotations

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog import service as catalog
from catalog.product import ProductSummary
from configurator import service as configurator
from configurator.view import ConfigurationView
from ordering import service as ordering
from web import formatting
from web.database import get_database
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.configuring import Surroundings, is_room_made, look_around, serving_version, settings
from web.shop.highlights import Highlights, HighlightStore, Wanted
from web.shop.index_page import Address, Card, build_card, build_row
from web.shop.keeping import build_offers
from web.shop.lookup import FALLBACK_ZONE, chosen_destination, local_day
from web.shop.search_page import build_search

_STORE = "onelot_highlights"
LONGEST_SEARCH = 80


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """List what can be configured."""
    around = look_around()
    summaries = catalog.list_product_summaries(around.session)
    cards = tuple(_card(around, summary) for summary in summaries if summary.drawing)
    imported = tuple(build_row(summary, url=url_for("shop.configure", product_code=summary.product_code))
                     for summary in summaries if not summary.drawing)
    titles = {summary.product_code: summary.title.in_language(formatting.language()) or summary.product_code
              for summary in summaries}
    offers = build_offers(around.session, titles,
                          zone=around.destinations[0].zone if around.destinations else FALLBACK_ZONE)
    return render_template("shop/index.html", cards=cards, imported=imported, offers=offers)


@blueprint.get("/shop")
@blueprint.get("/shop/")
def shop() -> ResponseReturnValue:
    """List what can be configured."""
    return index()


@blueprint.get("/search")
@limited("configure")
def search() -> ResponseReturnValue:
    """Find products and options by words."""
    around = look_around()
    words = " ".join(request.args.get("find", "").split())[:LONGEST_SEARCH]
    found = ordering.search_products(around.session, words, on=local_day(around.now, around.destinations),
                            cache_directory=settings().cache_directory)
    return render_template("shop/search.html", page=build_search(words, found), find=words)


def highlight_store() -> HighlightStore:
    """Give the highlights that this process knows."""
    store: HighlightStore | None = current_app.extensions.get(_STORE)
    if store is None:
        store = current_app.extensions.setdefault(_STORE, HighlightStore(get_database(), settings().cache_directory))
    return store


def _card(around: Surroundings, summary: ProductSummary) -> Card:
    version = serving_version(around, summary.product_code)
    place = chosen_destination(around.destinations, "")
    day = local_day(around.now, around.destinations)
    view: ConfigurationView = configurator.configure(
        around.session, choices={}, on=day, content_hash=version.content_hash,
        cache_directory=settings().cache_directory, compares_options=False)
    highlights = Highlights(around.now, (0, 0), {}) if place is None else highlight_store().find(
        around.session, Wanted(version, place.code, day), now=around.now)
    needs = url_for("shop.needs", product_code=version.product_code) if version.definition.needs else ""
    address = Address(url_for("shop.configure", product_code=version.product_code), needs)
    title = "" if place is None else place.title.in_language(formatting.language())
    return build_card(view, highlights, address, place=title, zone=FALLBACK_ZONE if place is None else place.zone,
                      may_be_earlier=is_room_made())
