"""The pages on which a product is found and configured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from catalog.plant import Network
from catalog.product import ProductDefinition, ProductVersion
from configurator import service as configurator
from web import clock
from web.database import get_session
from web.preferences import LANGUAGE_PARAMETER
from web.security import limited
from web.settings import Settings
from web.shop.answer import Answer
from web.shop.blueprint import blueprint
from web.shop.catalog_news import VERSION, Shopper, tell_news
from web.shop.favorites import find_favorites, mark_favorites
from web.shop.forecast import Destination, Forecast, Ordered
from web.shop.gather import gather_answer, keep_known
from web.shop.keeping import build_keeping
from web.shop.listing import LONG_PRODUCT
from web.shop.lookup import (
    FALLBACK_ZONE,
    chosen_destination,
    find_network,
    forecast_for,
    list_destinations,
    local_day,
    with_conflict_days,
    with_days,
)
from web.shop.mistakes import left_out_words
from web.shop.noticing import notice_choice
from web.shop.page import build_page
from web.shop.pieces import for_pieces, read_pieces, without_one
from web.shop.query import Query, read_query
from web.shop.taking import make_taking


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every page of the configurator needs besides the query."""

    session: Session
    now: datetime
    network: Network | None
    destinations: tuple[Destination, ...]


def look_around() -> Surroundings:
    """Give the surroundings of this request."""
    session = get_session()
    network = find_network(session)
    return Surroundings(session, clock.now(), network, list_destinations(network))


def settings() -> Settings:
    """Give the settings of the running application."""
    found: Settings = current_app.extensions["onelot_settings"]
    return found


def is_room_made() -> bool:
    """Whether others make room for a quote, so that its day may be earlier than the one shown before."""
    return settings().firm_quote_milliseconds > 0


@blueprint.get("/shop/<path:product_code>")
@limited("configure")
def configure(product_code: str) -> ResponseReturnValue:
    """Show what can be chosen, with price and date of what is chosen so far."""
    around = look_around()
    definition = serving_version(around, product_code).definition
    query = _without_default(read_known_query(definition), around)
    pieces = read_pieces(query)
    answer, forecast = answer_query(around, query, definition, needs_days=True, pieces=pieces.number)
    address = _address(product_code)
    page = build_page(answer, query, forecast, address=address,
                      quote_address=url_for("shop.request_quote", product_code=product_code), pieces=pieces)
    is_part = request.headers.get("HX-Request-Type") == "partial"
    notice_choice(answer, query, on=local_day(around.now, around.destinations))
    page = replace(page, left_out=left_out_words(_unknown_names(definition)), version_number=answer.version.number,
                   news=_news(around, answer.version), needs_url=_needs_address(definition),
                   taking=make_taking(query.view.draft, content_hash=answer.version.content_hash,
                                      choices=query.choices, is_whole=forecast is not None and not answer.input_errors),
                   keeping=build_keeping(around.session, answer.version, query, is_part=is_part,
                                         zone=around.destinations[0].zone if around.destinations else FALLBACK_ZONE))
    page = mark_favorites(page, find_favorites(around.session, answer.version, now=around.now))
    response = make_response(render_template("shop/_part.html" if is_part else "shop/configure.html", page=page))
    if is_part:
        encoded = query.encode()
        response.headers["HX-Push-Url"] = f"{address}?{encoded}" if encoded else address
    response.vary.add("HX-Request-Type")
    return response


def _news(around: Surroundings, version: ProductVersion) -> tuple[str, ...]:
    """Tell what changed since the page that was clicked on was made; nothing is looked up while nothing has."""
    shopper = Shopper(request.args.get(VERSION, ""), read_query(request.args.items(multi=True)).choices,
                      local_day(around.now, around.destinations))
    return tell_news(around.session, version, shopper, cache_directory=settings().cache_directory)


def _needs_address(definition: ProductDefinition) -> str:
    return url_for("shop.needs", product_code=definition.code) if definition.needs else ""


def serving_version(around: Surroundings, product_code: str) -> ProductVersion:
    """Give the version of a product that answers in this request.

    Raises
    ------
    ProductVersionNotFound
        No such product is published.
    """
    return configurator.get_serving(around.session, product_code=product_code,
                                    on=local_day(around.now, around.destinations),
                                    cache_directory=settings().cache_directory)


def read_known_query(definition: ProductDefinition) -> Query:
    """Read the query of this request; what is no attribute of the product is dropped."""
    return keep_known(definition, read_query(request.args.items(multi=True)))


def _unknown_names(definition: ProductDefinition) -> frozenset[str]:
    """Give the names of this request's choices that the product does not have."""
    asked = read_query(request.args.items(multi=True))
    return frozenset(asked.choices) - frozenset(keep_known(definition, asked).choices) - {LANGUAGE_PARAMETER}


def _without_default(query: Query, around: Surroundings) -> Query:
    """Leave the first destination, one that is not known, and a single piece out of the address."""
    query = without_one(query)
    others = {place.code for place in around.destinations[1:]}
    return query if query.view.destination in others else query.looking(destination="")


def answer_query(around: Surroundings, query: Query, definition: ProductDefinition, *,
                 needs_days: bool, pieces: int = 1, ordered: Ordered | None = None
                 ) -> tuple[Answer, Forecast | None]:
    """Answer a query and find the ways to make it.

    Parameters
    ----------
    around
        From :func:`look_around`.
    query
        Choices of known attributes.
    definition
        The product's newest definition.
    needs_days
        Whether each option says what it changes in day and footprint.
    pieces
        How many are made together; prices and differences are of all of them.
    ordered
        The order that is being changed; None for a new one.
    """
    is_long = len(definition.attributes) > LONG_PRODUCT
    answer = gather_answer(around.session, query, product_code=definition.code,
                           on=local_day(around.now, around.destinations), cache_directory=settings().cache_directory,
                           is_long=is_long, compares_options=needs_days)
    answer = for_pieces(answer, pieces)
    view = query.view
    forecast = forecast_for(around.session, answer, destinations=around.destinations, network=around.network,
                            destination=view.destination, alternative=view.alternative, now=around.now, quantity=pieces,
                            ordered=ordered)
    if forecast is not None:
        forecast = replace(forecast, may_be_earlier=is_room_made() and not forecast.is_promised)
    if needs_days and forecast is not None:
        answer = with_days(around.session, answer, forecast, alternative=view.alternative, now=around.now,
                           ordered=ordered)
    if needs_days and around.network is not None:
        answer = with_conflict_days(around.session, answer, chosen_destination(around.destinations, view.destination),
                                    alternative=view.alternative, now=around.now)
    return answer, forecast


def _address(product_code: str) -> str:
    return url_for("shop.configure", product_code=product_code)
