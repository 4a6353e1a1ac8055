"""Work orders as plain mappings of strings for the traveller's template: Chinese first, English beside it.

Imports no framework.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from catalog.price_book import ServiceLevel
from catalog.product import ProductDefinition
from catalog.text import Text
from ordering import document_words as words
from ordering.document_context import Plain, Surroundings, chosen_options, derived_figures
from ordering.order import Order
from ordering.quote import QuoteLine
from ordering.translation import attributes_of
from ordering.work_order import JobOrder, WorkOrder

CELLS_IN_THREE_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class PickLine:
    """A part to pick for a whole work order."""

    part: str
    title: Text
    quantity: Fraction
    unit: str
    operation: str = ""
    """Position of the operation that uses it, such as ``30``; empty when it is not said."""


def work_order_context(
    work_order: WorkOrder,
    *,
    order: Order,
    line: QuoteLine,
    definition: ProductDefinition,
    pick_list: Sequence[PickLine],
    surroundings: Surroundings,
) -> Plain:
    """Give everything a work order prints: Chinese first, English beside it.

    Parameters
    ----------
    work_order
        With its job orders.
    order
        The order it belongs to.
    line
        The order line it makes.
    definition
        The product version of the line.
    pick_list
        Parts for all pieces together.
    surroundings
        Network, link and pictures; ``drawings`` by the line's position.

    Returns
    -------
    dict
        For ``documents/work_order.html``.
    """
    last = max(work_order.job_orders, key=lambda item: item.planned_end_at, default=None)
    place = surroundings.network.site(last.site if last is not None else order.destination)
    zone = ZoneInfo(place.time_zone)
    due = work_order.due_at.astimezone(zone)
    return {
        "words_zh": {name: text.in_language("zh") for name, text in words.WORDS.items()},
        "words_en": {name: text.in_language("en") for name, text in words.WORDS.items()},
        "seller": surroundings.seller,
        "number": work_order.number,
        "order": order.number,
        "revision": work_order.revision,
        "title": _both(line.title),
        "quantity": work_order.quantity,
        "due": f"{due.month}月{due.day}日 {words.full_day(due.date(), 'zh').split()[-1]} {due:%H:%M}",
        "promised_zh": f"{order.promised_on.month}月{order.promised_on.day}日",
        "promised_en": words.plain_day(order.promised_on, "en"),
        "specification": _cells_in_rows(_both_languages(definition, line.choices)),
        "drawing": surroundings.drawings.get(line.position, ""),
        "pick_list": [
            {"part": item.part, "title": _both(item.title), "operation": item.operation,
             "quantity": f"{words.plain_figure(item.quantity)} {item.unit}".rstrip()}
            for item in pick_list
        ],
        "operations": [_operation(item, surroundings) for item in work_order.job_orders],
        "instructions": _instructions(work_order.job_orders),
        "issued": f"{work_order.issued_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "link": surroundings.link,
        "qr": surroundings.qr_codes.get("link", ""),
    }


def _both(text: Text) -> Plain:
    chinese, english = text.in_language("zh"), text.in_language("en")
    return {"zh": chinese or english, "en": english if english != chinese else ""}


def _both_languages(definition: ProductDefinition, choices: Mapping[str, str]) -> list[Plain]:
    made = _made_choices(definition, choices)
    chinese = [*chosen_options(definition, made, "zh"), *derived_figures(definition, choices, "zh")]
    english = [*chosen_options(definition, made, "en"), *derived_figures(definition, choices, "en")]
    return [
        {
            "title_zh": zh["title"], "title_en": "" if zh["title"] == en["title"] else en["title"],
            "value_zh": zh["value"], "value_en": "" if zh["value"] == en["value"] else en["value"],
        }
        for zh, en in zip(chinese, english, strict=True)
    ]


def _made_choices(definition: ProductDefinition, choices: Mapping[str, str]) -> dict[str, str]:
    """Leave out services that were not taken: nobody on the shop floor needs to read them."""
    made = attributes_of(
        [*(item.minutes for item in definition.routing), *(item.when for item in definition.routing),
         *(item.quantity for item in definition.bom), *(item.when for item in definition.bom),
         *(item.expression for item in definition.derived)], definition)
    services = attributes_of(
        [part for item in definition.prices if item.level is not ServiceLevel.PRODUCT
         for part in (item.amount, item.when)], definition)
    return {code: text for code, text in choices.items()
            if code in made or code not in services or text not in {"false", "none"}}


def _cells_in_rows(cells: Sequence[Plain]) -> list[list[Plain]]:
    """Lay the cells out three in a row, four when there are many, so that a traveller stays on one page."""
    columns = 3 if len(cells) <= CELLS_IN_THREE_COLUMNS else 4
    blank: Plain = {"title_zh": "", "title_en": "", "value_zh": "", "value_en": ""}
    padded = [*cells, *[blank] * (-len(cells) % columns)]
    return [list(padded[start:start + columns]) for start in range(0, len(padded), columns)]


def _operation(item: JobOrder, surroundings: Surroundings) -> Plain:
    zone = ZoneInfo(surroundings.network.site(item.site).time_zone)
    run_minutes = item.standard_minutes / surroundings.network.speed_of(item.unit_code)
    return {
        "place": (item.position + 1) * 10,
        "title": _both(item.title),
        "unit": item.unit_code,
        "start": words.local_start(item.planned_start_at, zone),
        "minutes": words.plain_figure(run_minutes, 1),
        "qr": surroundings.qr_codes.get(item.number, ""),
    }


def _instructions(job_orders: Sequence[JobOrder]) -> list[Plain]:
    return [
        {"place": (item.position + 1) * 10, "text": _both(item.instruction)}
        for item in job_orders if item.instruction
    ]
