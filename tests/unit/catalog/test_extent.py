"""How large expressions can become: the range always holds the value, and what would blow up is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import DerivedValue, LookupTable, ProductDefinition, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.rules.extent import MAXIMUM_LEVELS, ExpressionTooLarge, Extent, measure
from catalog.rules.scope import Scope
from catalog.text import Text
from tests.factories import attr, calc, choice, number, prop

ATTRIBUTES = (number("x", -2, 2), number("y", "0.5", 2, "0.75"), choice("c", "p", "q", n=(-1, Fraction(5, 2))))
TABLE = LookupTable("t", ("key", "value"), tuple((Fraction(key), (Fraction(key), Fraction(key, 3))) for key in (0, 2)))
SCOPE = Scope({item.code: item for item in ATTRIBUTES}, {"k": ""}, tables={"t": TABLE}, constants={"k": Fraction(7, 2)})
WHOLES: list[dict[str, Value]] = [{"x": Fraction(x), "y": y, "c": c} for x, y, c in product(
    range(-2, 3), (Fraction(1, 2), Fraction(5, 4), Fraction(2)), "pq")]


@st.composite
def numbers(draw: st.DrawFn, depth: int = 3) -> ex.Expression:
    kind = draw(st.integers(0, 8 if depth else 4))
    match kind:
        case 0:
            return ex.Number(draw(st.fractions(-3, 3, max_denominator=4)))
        case 1 | 2:
            return attr(draw(st.sampled_from("xy")))
        case 3:
            return prop("c", "n")
        case 4:
            return ex.Parameter("k")
        case 5:
            return ex.Conditional(ex.Comparison("<", draw(numbers(depth - 1)), draw(numbers(depth - 1))),
                                  draw(numbers(depth - 1)), draw(numbers(depth - 1)))
        case 6:
            name = draw(st.sampled_from(("min", "max", "ceil", "floor", "abs", "round")))
            count = draw(st.integers(1, 3)) if name in ("min", "max") else 1
            return ex.Function(name, tuple(draw(numbers(depth - 1)) for _ in range(count)))  # type: ignore[arg-type]
        case 7:
            return ex.Lookup("t", "value", draw(numbers(depth - 1)), draw(st.sampled_from(("exact", "at_least"))))
        case _:
            return calc(draw(numbers(depth - 1)), draw(st.sampled_from("+-*/")), draw(numbers(depth - 1)))


def measured(expression: ex.Expression, derived: ex.Expression) -> Extent | None:
    """Measure; None when something divides by what is always zero."""
    try:
        return measure(expression, replace(SCOPE, extents={"d": measure(derived, SCOPE)}))
    except ExpressionTooLarge:
        return None


def grow(first: ex.Expression, scope: Scope, change: Callable[[ex.Expression], ex.Expression], steps: int) -> Extent:
    """Build derived values, each from the one before."""
    extents = {"d0": measure(first, scope)}
    for step in range(1, steps + 1):
        extents[f"d{step}"] = measure(change(ex.Derived(f"d{step - 1}")), replace(scope, extents=extents))
    return extents[f"d{steps}"]


@settings(max_examples=400, deadline=None)
@given(derived=numbers(), expression=numbers())
def test_every_value_lies_within_the_extent(derived: ex.Expression, expression: ex.Expression) -> None:
    expression = calc(expression, "+", calc(ex.Derived("d"), "*", attr("x")))
    definition = ProductDefinition("p", Text.of("p"), ATTRIBUTES, parameters=SCOPE.constants, tables=SCOPE.tables,
                                   derived=(DerivedValue("d", Text.of("d"), derived),))
    values = []
    for whole in WHOLES:
        try:
            values.append(Evaluator(definition, whole).number(expression))
        except ValueUndefined:
            continue
    found = measured(expression, derived)
    if found is None:
        return
    assert found.low is None or all(found.low <= value for value in values)
    assert found.high is None or all(value <= found.high for value in values)
    assert len(values) == len(WHOLES) or not found.is_total
    for value in values:
        assert value.numerator.bit_length() + value.denominator.bit_length() <= found.bits
        assert found.denominator is None or (value * found.denominator).denominator == 1


@pytest.mark.parametrize(("expression", "low", "high"), [
    (attr("x"), -2, 2), (calc(attr("x"), "*", attr("x")), -4, 4), (calc(attr("y"), "/", attr("y")), Fraction(1, 4), 4),
    (ex.Function("abs", (attr("x"),)), 0, 2), (ex.Count((ex.Truth(value=True),) * 3), 0, 3),
    (ex.Lookup("t", "value", attr("y"), "at_least"), 0, Fraction(2, 3)),
])
def test_the_range_is_worked_out_from_the_leaves(expression: ex.Expression, low: int, high: int) -> None:
    found = measure(expression, SCOPE)
    assert found.is_total
    assert (found.low, found.high) == (Fraction(low), Fraction(high))


def test_a_divisor_that_can_be_zero_leaves_the_range_open() -> None:
    found = measure(calc(1, "/", attr("x")), SCOPE)
    assert (found.low, found.high, found.denominator, found.is_total) == (None, None, None, False)
    assert measure(ex.Lookup("t", "value", attr("x"), "exact"), SCOPE).is_total is False


def test_a_divisor_that_is_always_zero_is_refused() -> None:
    with pytest.raises(ExpressionTooLarge, match="division by zero"):
        measure(calc(1, "/", calc(ex.Parameter("k"), "-", Fraction(7, 2))), SCOPE)


def test_chains_of_derived_values_are_bounded() -> None:
    def twice(node: ex.Expression) -> ex.Expression:
        return calc(node, "+", node)

    assert grow(attr("x"), SCOPE, twice, 13).parts == 2**15 - 3
    with pytest.raises(ExpressionTooLarge, match="more than 50000 parts"):
        grow(attr("x"), SCOPE, twice, 100)
    with pytest.raises(ExpressionTooLarge, match=f"more than {MAXIMUM_LEVELS} levels"):
        grow(attr("x"), SCOPE, lambda node: calc(node, "+", 1), 100)


def test_huge_powers_are_refused_and_long_sums_are_not() -> None:
    scope = replace(SCOPE, attributes={"x": number("x", 1, 10**9)})
    with pytest.raises(ExpressionTooLarge, match="more than 4096 binary digits"):
        grow(attr("x"), scope, lambda node: calc(node, "*", node), 10)
    assert grow(attr("y"), SCOPE, lambda node: calc(node, "+", Fraction(1, 1000)), 50).bits < 40
