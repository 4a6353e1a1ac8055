"""What a new version makes of whole configurations of an older one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from catalog.price_book import PriceItem
from catalog.product import Attribute, AttributeKind, ProductDefinition, Rule
from catalog.text import Text
from configurator.audit.impact import NewVersion
from configurator.configuration import Selection
from tests.factories import attr, choice, number, prop, rule
from tests.factories import test as compare

SIZE = choice("size", "s", "m", "l", price=(1, 2, 3))
COLOR = choice("color", "red", "blue")
WIDTH = number("width", 0, 10)
NOTE = Attribute("note", AttributeKind.TEXT, Text.of("Note"), max_length=5)
WHOLE = Selection.of({"size": "m", "color": "blue", "width": Fraction(7), "note": "hello"})


def product(*rules: Rule, **more: object) -> ProductDefinition:
    base = ProductDefinition("p", Text.of("P"), (SIZE, COLOR, WIDTH, NOTE), rules=rules,
                             prices=(PriceItem("base", Text.of("Base"), prop("size", "price")),))
    return replace(base, **more)  # type: ignore[arg-type]  # fields of the definition


def test_a_configuration_stays_as_it_is_under_the_same_version() -> None:
    impact = NewVersion(product()).assess(product(), WHOLE)
    assert (impact.is_valid, impact.selection, impact.lost, impact.changes_price) == (True, WHOLE, (), False)
    assert (impact.old_price_minor, impact.new_price_minor) == (200, 200)


def test_rules_that_refuse_it_are_named() -> None:
    new = product(rule("thin", compare(attr("width"), "<", 5)), rule("any", compare(attr("width"), "<", 11)))
    impact = NewVersion(new).assess(product(), WHOLE)
    assert (impact.is_valid, [item.code for item in impact.rules]) == (False, ["thin"])
    assert impact.new_price_minor is None


def test_a_dearer_option_changes_the_price() -> None:
    dearer = replace(SIZE, options=choice("size", "s", "m", "l", price=(1, 4, 5)).options)
    impact = NewVersion(product(attributes=(dearer, COLOR, WIDTH, NOTE))).assess(product(), WHOLE)
    assert impact.changes_price
    assert impact.new_price_minor == 400


def test_values_that_are_gone_are_named_and_attributes_that_are_gone_are_lost() -> None:
    attributes = (choice("size", "s", "l", price=(1, 3)), number("width", 0, 10, 2), replace(NOTE, max_length=3))
    impact = NewVersion(product(attributes=attributes)).assess(product(), WHOLE)
    assert impact.is_valid is False
    assert impact.unknown == ("note", "size", "width")
    assert impact.lost == ("color",)


def test_new_attributes_are_completed_and_renamed_ones_followed() -> None:
    extra = replace(choice("extra", "none", "some"), default="some")
    hue = replace(COLOR, code="hue")
    impact = NewVersion(product(attributes=(SIZE, hue, WIDTH, NOTE, extra))).assess(product(), WHOLE)
    assert impact.is_valid
    assert (impact.selection["hue"], impact.selection["extra"], impact.lost) == ("blue", "some", ())


def test_products_without_prices_have_none() -> None:
    impact = NewVersion(product(prices=())).assess(product(prices=()), WHOLE)
    assert (impact.is_valid, impact.old_price_minor, impact.new_price_minor) == (True, None, None)
