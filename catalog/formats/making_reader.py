"""Prices, parts, BOM and routing of a product folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from catalog.bom import BomItem, Part
from catalog.formats.attribute_reader import check_unit
from catalog.formats.fields import Fields
from catalog.formats.rule_reader import find_circle
from catalog.formats.sections import Folder
from catalog.price_book import Billing, PriceItem, ServiceLevel
from catalog.routing import RoutingItem
from catalog.rules.expression import Number
from catalog.rules.scope import Kind, Scope, did_you_mean

PRODUCT_PRICE = "product_price"
LONGEST_LEAD_DAYS = 400
LARGEST_BATCH = 100_000
LARGEST_COST = 10**9
_ROUTING_KEYS = ("code", "title", "capability", "minutes", "when", "after", "setup_family", "resumable", "instruction",
                 "batch", "needs")
_PART_KEYS = ("code", "title", "unit", "co2_kg_per_unit", "co2_source", "lead_days", "available_from",
              "unit_cost", "cost_currency")


@dataclass(frozen=True, slots=True)
class Routing:
    """The operations, and where each stands in the source."""

    items: tuple[RoutingItem, ...]
    fields: dict[str, Fields]


def read_prices(folder: Folder, main: Fields, scope: Scope) -> tuple[PriceItem, ...]:
    """Read the price items; amounts may name ``product_price``, the sum of the product's items before."""
    nodes, report = folder.section(main, "prices")
    whole = replace(scope, totals=frozenset({PRODUCT_PRICE}))
    items: dict[str, PriceItem] = {}
    for node in nodes:
        fields = Fields(node, report, ("code", "title", "amount", "when", "level", "billing"))
        code = fields.code("code")
        amount = fields.expression("amount", whole, Kind.NUMBER, is_required=True)
        item = PriceItem(
            code, fields.text("title", is_required=True), amount or _zero(),
            fields.expression("when", scope, Kind.TRUTH),
            ServiceLevel(fields.word("level", tuple(ServiceLevel), "product")),
            Billing(fields.word("billing", tuple(Billing), "once")),
        )
        if code in items:
            report.at(node, f"price item {code!r} stands twice")
        items[code] = item
    return tuple(items.values())


def read_parts(folder: Folder, main: Fields) -> dict[str, Part]:
    """Read the parts by code."""
    nodes, report = folder.section(main, "parts")
    currency = main.string("currency", "CNY")
    parts: dict[str, Part] = {}
    for node in nodes:
        fields = Fields(node, report, _PART_KEYS)
        code, unit = fields.code("code"), fields.string("unit")
        check_unit(fields, "unit", unit)
        if code in parts:
            report.at(node, f"part {code!r} stands twice")
        parts[code] = Part(code, fields.text("title", is_required=True), unit, fields.number("co2_kg_per_unit", 0),
                           fields.string("co2_source", ""), fields.integer("lead_days", 0, LONGEST_LEAD_DAYS, 0),
                           fields.day("available_from"), _unit_cost(fields, currency))
        if parts[code].co2_kg_per_unit and not parts[code].co2_source:
            report.at(node, "a footprint without a source; expected the key 'co2_source'")
    return parts


def _unit_cost(fields: Fields, currency: str) -> Fraction | None:
    """Read what a unit costs; a currency beside it has to be the product's own, for nothing is converted here."""
    stated = fields.string("cost_currency", "")
    if stated and stated != currency:
        fields.report.at(fields.find("cost_currency") or fields.node,
                         f"found {stated!r}; the product is priced in {currency}, and so are its costs")
    node = fields.find("unit_cost")
    if node is None:
        if stated:
            fields.report.at(fields.find("cost_currency") or fields.node,
                             "a currency without a cost; expected the key 'unit_cost'")
        return None
    value = fields.amount("unit_cost")
    if value > LARGEST_COST:
        fields.report.at(node, f"found {value}; expected 0 to {LARGEST_COST}")
        return None
    return value


def read_bom(folder: Folder, main: Fields, scope: Scope, parts: dict[str, Part],
             routing: Routing) -> tuple[BomItem, ...]:
    """Read the BOM items; each names a part and, if it likes, the operation that consumes it."""
    nodes, report = folder.section(main, "bom")
    items = []
    for node in nodes:
        fields = Fields(node, report, ("part", "quantity", "when", "operation"))
        part, operation = fields.code("part"), fields.string("operation", "")
        if part and part not in parts:
            report.at(fields.find("part") or node, f"unknown part {part!r}{did_you_mean(part, parts)}")
        if operation and operation not in routing.fields:
            report.at(fields.find("operation") or node,
                      f"unknown operation {operation!r}{did_you_mean(operation, routing.fields)}")
        unit = parts[part].unit if part in parts else ""
        quantity = fields.expression("quantity", scope, Kind.NUMBER, unit, is_required=True)
        items.append(BomItem(part, quantity or _zero(), fields.expression("when", scope, Kind.TRUTH), operation))
    return tuple(items)


def read_routing(folder: Folder, main: Fields, scope: Scope) -> Routing:
    """Read the operations; what each waits for is known and free of circles."""
    nodes, report = folder.section(main, "routing")
    items: dict[str, RoutingItem] = {}
    places: dict[str, Fields] = {}
    for node in nodes:
        fields = Fields(node, report, _ROUTING_KEYS)
        item = _operation(fields, scope)
        if item.code in items:
            report.at(node, f"operation {item.code!r} stands twice")
        elif item.code:
            items[item.code], places[item.code] = item, fields
    for code, fields in places.items():
        for word in fields.words("after"):
            if word.text not in items:
                report.at(word, f"unknown operation {word.text!r}{did_you_mean(word.text, items)}")
            elif word.text == code:
                report.at(word, f"operation {code!r} waits for itself")
    _check_circle(items, places)
    return Routing(tuple(items.values()), places)


def _operation(fields: Fields, scope: Scope) -> RoutingItem:
    minutes = fields.expression("minutes", scope, Kind.NUMBER, "min", is_required=True)
    family = fields.expression("setup_family", scope, None)
    return RoutingItem(
        fields.code("code"), fields.text("title", is_required=True), fields.code("capability"), minutes or _zero(),
        fields.expression("when", scope, Kind.TRUTH), tuple(word.text for word in fields.words("after")), family,
        fields.word("resumable", ("true", "false"), "true") == "true", fields.text("instruction"),
        fields.integer("batch", 1, LARGEST_BATCH, 1), fields.string("needs", ""),
    )


def _check_circle(items: dict[str, RoutingItem], places: dict[str, Fields]) -> None:
    left = {code: [other for other in item.predecessors if other in items and other != code]
            for code, item in items.items()}
    while free := [code for code, waits in left.items() if not any(other in left for other in waits)]:
        for code in free:
            del left[code]
    if left:
        circle = find_circle({code: [other for other in waits if other in left] for code, waits in left.items()})
        fields = places[circle[0]]
        fields.report.at(fields.find("after") or fields.node, f"operations wait in a circle: {' → '.join(circle)}")


def _zero() -> Number:
    return Number(Fraction(0))
