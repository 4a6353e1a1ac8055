"""The pages that decide for a customer: the rest in one step, and the best product within limits."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from configurator import service as configurator
from ordering import service as ordering
from web import formatting
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.bounds_form import read_bounds
from web.shop.configuring import (
    Surroundings,
    answer_query,
    look_around,
    read_known_query,
    serving_version,
    settings,
)
from web.shop.deciding_page import DecidingPage, Present, answered, refused
from web.shop.lookup import chosen_destination, local_day
from web.shop.offering_to_decide import may_decide
from web.shop.page import product_title
from web.shop.query import Query
from web.shop.reasons import obstacles


@blueprint.get("/decide/<objective>/<path:product_code>")
@limited("configure")
def decide(objective: str, product_code: str) -> ResponseReturnValue:
    """Decide what is open and lead to the configurator with all of it chosen."""
    ordering.find_objective(objective)
    around = look_around()
    definition = serving_version(around, product_code).definition
    query = read_known_query(definition)
    address = url_for("shop.configure", product_code=product_code)
    asked = _request(around, query, product_code)
    found = None if asked is None else ordering.decide_rest(around.session, request=asked, objective=objective)
    if found is None:
        return redirect(f"{address}?{query.encode()}", code=303)
    return redirect(Present(definition, {}, query, address).url(found.whole), code=303)


@blueprint.get("/within/<path:product_code>")
@limited("configure")
def within(product_code: str) -> ResponseReturnValue:
    """Ask for a budget, a day and a footprint, and show the best product within them or the nearest miss."""
    around = look_around()
    definition = serving_version(around, product_code).definition
    query = read_known_query(definition).asking("").looking(alternative="", find="", show="", page=1)
    answer, _forecast = answer_query(around, query, definition, needs_days=False)
    address = url_for("shop.configure", product_code=product_code)
    form = read_bounds(request.args, currency=definition.currency,
                       symbol=formatting.currency_symbol(definition.currency),
                       today=local_day(around.now, around.destinations))
    page = DecidingPage(
        product_title(definition), url_for("shop.within", product_code=product_code), f"{address}?{query.encode()}",
        form, tuple(_hidden(query)))
    if form.bounds is not None:
        asked = _request(around, query, product_code) if may_decide(answer) else None
        found = None if asked is None else ordering.meet_bounds(around.session, request=asked, bounds=form.bounds)
        page = refused(page, obstacles(answer)) if found is None else answered(
            page, found, Present(definition, answer.whole, query, address), form.bounds)
    return render_template("shop/within.html", page=page)


def _request(around: Surroundings, query: Query, product_code: str) -> ordering.Request | None:
    """Say who asks; None when nothing can be promised anywhere, or the choices cannot be read or stand together."""
    place = chosen_destination(around.destinations, query.view.destination)
    if place is None:
        return None
    day = local_day(around.now, around.destinations)
    view = configurator.configure(around.session, choices=query.choices, on=day, product_code=product_code,
                                  cache_directory=settings().cache_directory, compares_options=False)
    if view.errors or view.conflict is not None or view.whole is None:
        return None
    return ordering.Request(view, place.code, day, around.now, settings().cache_directory)


def _hidden(query: Query) -> list[tuple[str, str]]:
    kept = [(".to", query.view.destination)] if query.view.destination else []
    return [*sorted(query.choices.items()), *kept]
