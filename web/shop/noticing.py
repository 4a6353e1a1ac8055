"""What a click in the shop counts as: read from the address it came from and the one it led to, from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

from flask import request

from catalog.product import AttributeKind, ProductDefinition, ProductVersion
from web.shop.answer import Answer
from web.shop.query import Query, read_query
from web.usage import Clicked, Happening, get_usage

_MOST_FIELDS = 500
_LONGEST = 60
"""Products with more attributes are imported models; their clicks are not counted one by one."""


def notice_choice(answer: Answer, query: Query, *, on: date) -> None:
    """Count a click in the configurator.

    Parameters
    ----------
    answer, query
        What the click led to.
    on
        The plant-local day.
    """
    version = answer.version
    if len(version.definition.attributes) > _LONGEST:
        return
    before = _came_from(request.path)
    get_usage().add(Clicked(on, version.product_code, version.number),
                    choice_happenings(answer, query, before))


def notice_quote(version: ProductVersion, query: Query, *, on: date) -> None:
    """Count that a shopper goes on from the configurator to the quote."""
    if request.method == "GET":
        step = furthest_step(version.definition, query.choices)
        get_usage().add(Clicked(on, version.product_code, version.number),
                        (Happening("left", step), Happening("quote", step)))


def notice_need(version: ProductVersion, answers: Mapping[str, str], asked: str, *, on: date) -> None:
    """Count a step of the questions about needs: the question asked, or at the end all answers."""
    happenings = [Happening("asked", asked)] if asked else [
        Happening("answered", question, answer) for question, answer in answers.items()]
    get_usage().add(Clicked(on, version.product_code, version.number), happenings)


def choice_happenings(answer: Answer, query: Query, before: Query | None) -> list[Happening]:
    """Say what a click was, by the query before it; None when it came from elsewhere.

    A step is left when a later one is reached from it, so the steps reached and never left are those where
    shoppers stopped.
    """
    definition = answer.version.definition
    step = furthest_step(definition, query.choices)
    found = []
    earlier = None if before is None else furthest_step(definition, before.choices)
    if step != earlier:
        found.append(Happening("reached", step))
        if earlier is not None:
            found.append(Happening("left", earlier))
    known: Mapping[str, str] = {} if before is None else before.choices
    changed = [code for code, raw in query.choices.items() if known.get(code) != raw]
    found += (_named(answer, "chosen", code) for code in changed if code not in answer.input_errors)
    found += (Happening("mistake", code) for code in changed if code in answer.input_errors)
    if answer.conflict is not None and changed:
        found += (_named(answer, "conflict", code) for code in answer.conflict.attributes)
    asked = query.view.why
    if answer.why is not None and (before is None or before.view.why != asked):
        code, _colon, option = asked.partition(":")
        found.append(Happening("why", code, option))
    return found


def furthest_step(definition: ProductDefinition, choices: Iterable[str]) -> str:
    """Give the last group of the product in which something is chosen; empty while nothing is."""
    chosen = frozenset(choices)
    return next((group.code for group in reversed(definition.groups) if chosen & frozenset(group.attributes)), "")


def _named(answer: Answer, kind: str, code: str) -> Happening:
    """Name an attribute and its option; a number or a text that was typed is never named."""
    item = answer.version.definition.attribute(code)
    value = answer.selection.get(code)
    is_option = item is not None and item.kind is AttributeKind.CHOICE and isinstance(value, str)
    return Happening(kind, code, str(value) if is_option else "")


def _came_from(path: str) -> Query | None:
    """Read the query of the page that was clicked on; None when it is another page than this product's."""
    source = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if unquote(source.path) != path or source.netloc != request.host:
        return None
    try:
        return read_query(parse_qsl(source.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return None
