"""Prices: golden figures, rounding, running totals, recurring lines."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.money import Money, round_half_up
from catalog.price_book import Billing, PriceItem, ServiceLevel
from catalog.product import ProductDefinition
from catalog.rules import expression as ex
from catalog.rules.evaluation import ValueUndefined
from catalog.text import Text
from configurator.pricing import price
from configurator.view import view_configuration
from tests.factories import attr, calc, choice, demo_products, number, prop
from tests.factories import test as compare


def item(code: str, amount: ex.Expression | str, when: ex.Expression | None = None, *,
         level: ServiceLevel = ServiceLevel.PRODUCT, billing: Billing = Billing.ONCE) -> PriceItem:
    expression = ex.Number(Fraction(amount)) if isinstance(amount, str) else amount
    return PriceItem(code, Text.of(code), expression, when, level, billing)


def priced(*items: PriceItem) -> ProductDefinition:
    return ProductDefinition("thing", Text.of("Thing"), (number("w", 0, 1000), choice("x", "p", "q", fee=(0, 5))),
                             prices=items)


@pytest.mark.parametrize(("product", "raw", "total"), [
    ("window", {"width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
                "opening": "tilt_turn"}, 207_556),
    ("pump", {"q_m3h": "20", "head_m": "48"}, 557_000),
    ("pump", {"q_m3h": "20", "head_m": "48", "pumps": "2", "vsd": "true"}, 1_394_000)])
def test_golden_price(product: str, raw: dict[str, str], total: int) -> None:
    view = view_configuration(demo_products()[product], raw)
    assert view.price is not None
    assert view.price.product_total == Money(total)
    assert view.price.total == Money(total)
    assert sum(line.amount.amount_minor for line in view.price.lines) == total


def test_services_are_a_part_of_the_product_price_and_recurring_ones_stand_apart() -> None:
    view = view_configuration(demo_products()["window"], {"warranty": "10y", "take_back": "true"})
    assert view.price is not None
    by_code = {line.code: line for line in (*view.price.lines, *view.price.recurring)}
    product_total = view.price.product_total
    assert by_code["warranty"].amount == product_total.percent(9)
    assert by_code["take_back"].amount == -product_total.percent(3)
    assert by_code["maintenance"].billing is Billing.YEARLY
    assert by_code["maintenance"].amount == product_total.percent(Fraction(7, 2))
    assert view.price.total == product_total + product_total.percent(9) - product_total.percent(3)
    assert view.price.tax == view.price.total.percent(13)
    assert view.price.gross == view.price.total + view.price.tax


def test_running_product_price_counts_only_rounded_product_lines_before() -> None:
    share = calc(ex.Derived("product_price"), "/", 10)
    definition = priced(item("a", "10.005"), item("first", share, level=ServiceLevel.BASIC),
                        item("b", "20"), item("yearly", "7", billing=Billing.YEARLY),
                        item("second", share, level=ServiceLevel.BASIC))
    amounts = {line.code: line.amount.amount_minor for line in price(definition, {"w": Fraction(1)}).lines}
    assert amounts == {"a": 1001, "first": 100, "b": 2000, "second": 300}


def test_zero_line_is_shown_only_when_a_condition_puts_it_there() -> None:
    definition = priced(item("fee", prop("x", "fee")), item("gift", "0", compare(attr("x"), "=", "p")),
                        item("never", "3", compare(attr("x"), "=", "q")))
    assert [line.code for line in price(definition, {"x": "p"}).lines] == ["gift"]
    assert [line.code for line in price(definition, {"x": "q"}).lines] == ["fee", "never"]


@given(st.integers(-10**9, 10**9), st.integers(1, 10**4), st.integers(1, 999))
def test_amount_is_rounded_once_per_piece_and_then_multiplied(top: int, bottom: int, quantity: int) -> None:
    definition = priced(PriceItem("a", Text.of("a"), ex.Number(Fraction(top, bottom)), ex.Truth(value=True)))
    breakdown = price(definition, {}, quantity=quantity)
    each = round_half_up(Fraction(top, bottom) * 100)
    assert breakdown.unit_total == Money(each)
    assert breakdown.total == Money(each * quantity)
    assert breakdown.tax == breakdown.total.percent(13)


def test_price_of_a_partial_selection_is_refused() -> None:
    with pytest.raises(ValueUndefined):
        price(priced(item("fee", prop("x", "fee"))), {})


def test_quantity_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="quantity"):
        price(priced(), {}, quantity=0)


def test_product_without_prices_costs_nothing() -> None:
    breakdown = price(priced(), {"x": "p"}, quantity=3)
    assert (breakdown.lines, breakdown.recurring, breakdown.total) == ((), (), Money(0))
