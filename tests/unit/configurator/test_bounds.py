"""Bounds hold wherever the value exists, and are exact at a point."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import ProductDefinition, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from configurator.bounds import Bounder, NoBound
from tests.unit.configurator.costed import CODES
from tests.unit.configurator.engine.test_model import choice, definition, number

LEAVES = st.one_of(
    st.integers(-3, 3).map(lambda value: ex.Number(Fraction(value, 2))),
    st.sampled_from(sorted(CODES)).map(lambda name: ex.Property(name, "n")),
    st.just(ex.Attribute("x")),
)


def product() -> ProductDefinition:
    return definition(*(choice(name, codes, **{code: place - 1 for place, code in enumerate(codes)})
                        for name, codes in CODES.items()), number("x", -2, 3, 1))


def grown(inner: st.SearchStrategy[ex.Expression]) -> st.SearchStrategy[ex.Expression]:
    truths = st.builds(ex.Comparison, st.sampled_from(("=", "!=", "<", "<=", ">", ">=")), inner, inner)
    conditions = st.one_of(truths, st.builds(ex.Not, truths), st.builds(ex.Implies, truths, truths),
                           st.builds(ex.And, st.tuples(truths, truths)), st.builds(ex.Or, st.tuples(truths, truths)),
                           st.builds(ex.Defined, inner))
    return st.one_of(
        st.builds(ex.Arithmetic, st.sampled_from(("+", "-", "*", "/")), inner, inner),
        st.builds(ex.Function, st.sampled_from(("min", "max")), st.tuples(inner, inner)),
        st.builds(ex.Function, st.sampled_from(("abs", "ceil", "floor", "round")), st.tuples(inner)),
        st.builds(ex.Conditional, conditions, inner, inner),
        st.builds(ex.Count, st.tuples(conditions, conditions)),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(LEAVES, grown, max_leaves=6), st.integers(-2, 3), st.integers(0, 5), st.data())
def test_every_value_lies_within_the_bound(
    expression: ex.Expression, low: int, width: int, data: st.DataObject
) -> None:
    item = product()
    high = min(low + width, 3)
    left = {name: tuple(data.draw(st.lists(st.sampled_from(codes), min_size=1, unique=True)))
            for name, codes in CODES.items()}
    try:
        found = Bounder(item, {**left, "x": (Fraction(low), Fraction(high))}).number(expression)
    except NoBound:
        return
    for value in range(low, high + 1):
        whole: dict[str, Value] = {name: data.draw(st.sampled_from(codes)) for name, codes in left.items()}
        whole["x"] = Fraction(value)
        try:
            exact = Evaluator(item, whole).number(expression)
        except ValueUndefined:
            continue
        assert found[0] <= exact <= found[1]


def test_a_division_that_may_be_by_zero_has_no_bound() -> None:
    inverse = ex.Arithmetic("/", ex.Number(Fraction(1)), ex.Attribute("x"))
    with pytest.raises(NoBound):
        Bounder(product(), {"x": (Fraction(-1), Fraction(1))}).number(inverse)
    assert Bounder(product(), {"x": (Fraction(2), Fraction(4))}).number(inverse) == (Fraction(1, 4), Fraction(1, 2))
