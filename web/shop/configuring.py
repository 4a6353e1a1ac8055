"""The pages on which a product is found and configured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.plant import Network
from catalog.product import ProductDefinition, ProductSummary, ProductVersion
from configurator import service as configurator
from web import clock, formatting
from web.database import get_session
from web.preferences import LANGUAGE_PARAMETER
from web.security import limited
from web.settings import Settings
from web.shop.answer import Answer
from web.shop.blueprint import blueprint
from web.shop.forecast import Destination, Forecast
from web.shop.gather import gather_answer, keep_known
from web.shop.index_page import Card, build_card, build_row
from web.shop.listing import LONG_PRODUCT
from web.shop.lookup import (
    chosen_destination,
    find_network,
    forecast_for,
    list_destinations,
    local_day,
    with_conflict_days,
    with_days,
)
from web.shop.mistakes import left_out_words
from web.shop.page import build_page
from web.shop.query import Query, read_query


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


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """List what can be configured."""
    around = look_around()
    summaries = catalog.list_product_summaries(around.session)
    cards = tuple(_card(around, summary) for summary in summaries if summary.drawing)
    imported = tuple(build_row(summary, url=_address(summary.product_code)) for summary in summaries
                     if not summary.drawing)
    return render_template("shop/index.html", cards=cards, imported=imported)


@blueprint.get("/shop")
@blueprint.get("/shop/")
def shop() -> ResponseReturnValue:
    """List what can be configured."""
    return index()


@blueprint.get("/shop/<path:product_code>")
@limited("configure")
def configure(product_code: str) -> ResponseReturnValue:
    """Show what can be chosen, with price and date of what is chosen so far."""
    around = look_around()
    definition = serving_version(around, product_code).definition
    query = _without_default(read_known_query(definition), around)
    answer, forecast = answer_query(around, query, definition, needs_days=True)
    address = _address(product_code)
    page = build_page(answer, query, forecast, address=address,
                      quote_address=url_for("shop.request_quote", product_code=product_code))
    page = replace(page, left_out=left_out_words(_unknown_names(definition)))
    is_part = request.headers.get("HX-Request-Type") == "partial"
    response = make_response(render_template("shop/_part.html" if is_part else "shop/configure.html", page=page))
    if is_part:
        encoded = query.encode()
        response.headers["HX-Push-Url"] = f"{address}?{encoded}" if encoded else address
    response.vary.add("HX-Request-Type")
    return response


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
    """Leave the first destination, and one that is not known, out of the address."""
    others = {place.code for place in around.destinations[1:]}
    return query if query.view.destination in others else query.looking(destination="")


def answer_query(around: Surroundings, query: Query, definition: ProductDefinition, *,
                 needs_days: bool) -> tuple[Answer, Forecast | None]:
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
    """
    is_long = len(definition.attributes) > LONG_PRODUCT
    answer = gather_answer(around.session, query, product_code=definition.code,
                           on=local_day(around.now, around.destinations), cache_directory=settings().cache_directory,
                           is_long=is_long, compares_options=needs_days)
    view = query.view
    forecast = forecast_for(around.session, answer, destinations=around.destinations, network=around.network,
                            destination=view.destination, alternative=view.alternative, now=around.now)
    if needs_days and forecast is not None:
        answer = with_days(around.session, answer, forecast, alternative=view.alternative, now=around.now)
    if needs_days and around.network is not None:
        answer = with_conflict_days(around.session, answer, chosen_destination(around.destinations, view.destination),
                                    alternative=view.alternative, now=around.now)
    return answer, forecast


def _card(around: Surroundings, summary: ProductSummary) -> Card:
    definition = serving_version(around, summary.product_code).definition
    preset = definition.presets[0] if definition.presets else None
    choices = {} if preset is None else {
        code: value if isinstance(value, str) else formatting.plain_number(value)
        for code, value in preset.selection.items()}
    query = Query(choices)
    answer, forecast = answer_query(around, query, definition, needs_days=False)
    title = "" if preset is None else preset.title.in_language(formatting.language()).replace("：", ":")
    encoded = query.encode()
    address = _address(summary.product_code)
    return build_card(answer, forecast, url=f"{address}?{encoded}" if encoded else address,
                      starting_point=title.partition(":")[0])


def _address(product_code: str) -> str:
    return url_for("shop.configure", product_code=product_code)
