"""The questions about needs, whose answers lead to choices."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.product import ProductDefinition, ProductVersion
from configurator import service as configurator
from configurator.input import printable
from web import formatting
from web.security import limited
from web.shop.blueprint import blueprint
from web.shop.configuring import Surroundings, answer_query, look_around, serving_version, settings
from web.shop.lookup import local_day
from web.shop.needs_page import STEP, Asked, build_outcome, build_question
from web.shop.noticing import notice_need
from web.shop.query import Query, View

_LONGEST_SHOWN = 40
_MOST_SHOWN = 5


@blueprint.get("/needs/<path:product_code>")
@limited("configure")
def needs(product_code: str) -> ResponseReturnValue:
    """Ask one question after the other; the last step shows what the answers lead to."""
    around = look_around()
    version = serving_version(around, product_code)
    address = url_for("shop.configure", product_code=product_code)
    if not version.definition.needs:
        return redirect(address, code=303)
    asked = _asked(around, version.definition, product_code)
    notice_need(version, asked.answers, asked.question, on=local_day(around.now, around.destinations))
    if asked.step <= len(version.definition.needs):
        return render_template("shop/needs.html", page=build_question(asked))
    return _outcome(around, version, asked)


def _outcome(around: Surroundings, version: ProductVersion, asked: Asked) -> str:
    followed = configurator.follow_needs(
        around.session, content_hash=version.content_hash, answers=asked.answers,
        on=local_day(around.now, around.destinations), cache_directory=settings().cache_directory)
    choices = {code: value if isinstance(value, str) else formatting.plain_number(value)
               for code, value in followed.choices.items()}
    query = Query(choices, View(destination=asked.destination))
    answer, forecast = answer_query(around, query, version.definition, needs_days=False)
    if answer.conflict is not None:
        answer, forecast = answer_query(around, query, version.definition, needs_days=True)
    return render_template("shop/needs.html", page=build_outcome(asked, followed, query, answer, forecast))


def _asked(around: Surroundings, definition: ProductDefinition, product_code: str) -> Asked:
    """Read the address; of an answer given twice the last counts, and what is not offered any more is left out."""
    given = {name: code for name, code in request.args.items(multi=True) if not name.startswith(".") and code}
    known = {question.code: given[question.code] for question in definition.needs
             if question.answer(given.get(question.code, "")) is not None}
    lost = [printable(given[question.code])[:_LONGEST_SHOWN] for question in definition.needs
            if question.code in given and question.code not in known]
    places = {place.code for place in around.destinations[1:]}
    destination = request.args.get(".to", "")
    return Asked(definition, known, _step(request.args.get(STEP, ""), len(definition.needs) + 1),
                 url_for("shop.needs", product_code=product_code),
                 url_for("shop.configure", product_code=product_code),
                 destination if destination in places else "", tuple(lost[:_MOST_SHOWN]))


def _step(raw: str, last: int) -> int:
    """Read the number of a step; anything else is the first one, and a number too high the last."""
    is_number = raw.isascii() and raw.isdigit() and len(raw) <= len("999")
    return min(max(int(raw), 1), last) if is_number else 1
