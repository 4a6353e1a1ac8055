"""What changed between two versions is told in words that show it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from catalog.bom import Part
from catalog.product import ProductDefinition
from catalog.routing import RoutingItem
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.audit.listing import list_changes
from tests.factories import choice

OVEN = RoutingItem("cure", Text.of("Cure"), "oven", ex.Number(Fraction(30)))
GLUE = Part("glue", Text.of("Glue"), "kg")


def product(oven: RoutingItem = OVEN, glue: Part = GLUE) -> ProductDefinition:
    return ProductDefinition("p", Text.of("Product"), (choice("size", "s", "m"),), routing=(oven,),
                             parts={"glue": glue})


def told(new: ProductDefinition) -> list[tuple[str, str, str]]:
    return [(item.code, item.old, item.new) for item in list_changes(product(), new, {})]


def test_batches_tools_and_breaks_of_operations_are_told() -> None:
    assert told(product()) == []
    assert told(product(replace(OVEN, batch=12))) == [("cure", "oven, 30 min", "oven, 30 min, 12 pieces at once")]
    assert told(product(replace(OVEN, needs="rack"))) == [("cure", "oven, 30 min", "oven with rack, 30 min")]
    assert told(product(replace(OVEN, is_resumable=False))) == [("cure", "oven, 30 min", "oven, 30 min, never paused")]


def test_costs_of_parts_are_told() -> None:
    assert told(product(glue=replace(GLUE, unit_cost=Fraction(9, 200)))) == [
        ("glue", "kg, 0 kg CO2", "kg, 0 kg CO2, costs 0.045")]


def test_lead_times_of_parts_are_told() -> None:
    late = replace(GLUE, lead_days=9, available_from=date(2027, 3, 1))
    assert told(product(glue=late)) == [("glue", "kg, 0 kg CO2", "kg, 0 kg CO2, 9 days to get, from 2027-03-01")]
