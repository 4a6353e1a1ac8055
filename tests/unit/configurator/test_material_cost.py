"""What the material of a piece costs: exact, the same however lines are split, honest about what is unknown."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.bom import Part
from catalog.text import Text
from configurator.explosion import BomLine
from configurator.material_cost import MaterialCost, material_cost

COSTS = st.one_of(st.none(), st.fractions(min_value=0, max_value=10_000, max_denominator=1000))
QUANTITIES = st.fractions(min_value=Fraction(1, 1000), max_value=500, max_denominator=1000)
LINES = st.lists(st.builds(
    lambda code, cost, quantity: BomLine(part(f"{code}-{cost}", cost), quantity),
    st.sampled_from("abc"), COSTS, QUANTITIES), max_size=12)


def part(code: str, cost: Fraction | None) -> Part:
    return Part(code, Text.of(code), "m", unit_cost=cost)


@given(LINES, st.integers(1, 1000))
def test_it_is_the_plain_sum_rounded_once(lines: list[BomLine], quantity: int) -> None:
    found = material_cost(lines)
    numerator, denominator = 0, 1
    for line in lines:
        cost = line.part.unit_cost
        if cost is not None:
            numerator = (numerator * line.quantity.denominator * cost.denominator
                         + line.quantity.numerator * cost.numerator * denominator)
            denominator *= line.quantity.denominator * cost.denominator
    assert found.unit * denominator == numerator
    minor = found.minor(quantity, "CNY")
    assert abs(2 * (minor * denominator - 100 * quantity * numerator)) <= denominator
    assert found.is_whole is all(line.part.unit_cost is not None for line in lines)
    assert set(found.unknown) == {line.part.code for line in lines if line.part.unit_cost is None}


@given(LINES, st.randoms())
def test_order_and_splitting_of_lines_change_nothing(lines: list[BomLine], random: object) -> None:
    halves = [BomLine(line.part, line.quantity / 2) for line in lines for _ in range(2)]
    random.shuffle(halves)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    whole, split = material_cost(lines), material_cost(halves)
    assert (split.unit, set(split.unknown)) == (whole.unit, set(whole.unknown))


def test_parts_of_a_cent_count_until_the_end() -> None:
    screws = material_cost([BomLine(part("screw", Fraction("0.004")), Fraction(1))])
    assert [screws.minor(quantity, "CNY") for quantity in (1, 2, 3, 100)] == [0, 1, 1, 40]


@pytest.mark.parametrize(("lines", "cost"), [
    ([], MaterialCost(Fraction(0))),
    ([BomLine(part("free", Fraction(0)), Fraction(2))], MaterialCost(Fraction(0))),
    ([BomLine(part("known", Fraction(3)), Fraction(2)), BomLine(part("open", None), Fraction(1)),
      BomLine(part("open", None), Fraction(4))], MaterialCost(Fraction(6), ("open",))),
])
def test_a_cost_of_nothing_is_known_and_a_missing_one_is_not(lines: list[BomLine], cost: MaterialCost) -> None:
    assert material_cost(lines) == cost
    assert cost.is_whole is not bool(cost.unknown)
