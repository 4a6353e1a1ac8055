"""Tables and rules that are wide or deep: every model right, no recursion to run out of."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from catalog.product import ProductDefinition, Rule, TableRule
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.engine.encoding import encode
from configurator.engine.formula import FormulaBuilder, exclusive_pairs
from configurator.engine.search import FormulaSearch
from configurator.engine.table_encoding import encode_diagram, reduce_rows
from configurator.errors import RuleTooWide
from tests.factories import attr, choice
from tests.factories import test as compare

CODES = "abc"


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 4).flatmap(
    lambda width: st.frozensets(st.tuples(*[st.sampled_from(CODES)] * width), min_size=1, max_size=20)
), st.booleans())
def test_diagram_of_a_table_has_one_model_per_allowed_combination(
    rows: frozenset[tuple[str, ...]], is_allowed: bool
) -> None:
    builder = FormulaBuilder()
    width = len(next(iter(rows)))
    columns = [dict(zip(CODES, builder.variables(3), strict=True)) for _ in range(width)]
    for column in columns:
        builder.clause(column.values())
        builder.at_most_one(column.values())
    encode_diagram(builder, reduce_rows(columns, list(rows), is_allowed=is_allowed))
    formula = builder.build({})
    with Solver(name="minisat22", bootstrap_with=[*formula.clauses, *exclusive_pairs(formula)]) as solver:
        found = [
            tuple(code for column in columns for code, literal in column.items() if literal in set(model))
            for model in solver.enum_models()
        ]
    every = set(product(CODES, repeat=width))
    assert sorted(found) == sorted(rows if is_allowed else every - rows)


def test_table_of_two_thousand_columns_is_encoded() -> None:
    names = [f"x{place}" for place in range(2_000)]
    rows = (("p",) * 2_000, ("q",) * 2_000, ("p",) * 1_999 + ("q",))
    definition = ProductDefinition("wide", Text.of("Wide"), tuple(choice(name, "p", "q") for name in names),
                                   table_rules=(TableRule("t", tuple(names), rows, is_allowed=True),))
    formula = encode(definition)
    search = FormulaSearch(formula)
    assert search.is_consistent([formula.literals["x0"]["p"], formula.literals["x1999"]["q"]])
    assert not search.is_consistent([formula.literals["x0"]["q"], formula.literals["x1999"]["p"]])


def product_with(expression: ex.Expression, count: int) -> ProductDefinition:
    return ProductDefinition("thing", Text.of("Thing"), tuple(choice(f"x{n}", "p", "q") for n in range(count)),
                             rules=(Rule("long", expression, Text.of("r")),))


def test_alternative_of_three_thousand_conditions_is_encoded() -> None:
    expression = ex.Or(tuple(compare(attr(f"x{n}"), "=", "p") for n in range(3_000)))
    formula = encode(product_with(expression, 3_000))
    search = FormulaSearch(formula)
    others = [formula.literals[f"x{n}"]["q"] for n in range(2_999)]
    assert search.is_consistent([*others, formula.literals["x2999"]["p"]])
    assert not search.is_consistent([*others, formula.literals["x2999"]["q"]])


def test_too_deep_rule_is_refused_by_its_name() -> None:
    expression: ex.Expression = compare(attr("x0"), "=", "p")
    for _ in range(20_000):
        expression = ex.Or((expression, compare(attr("x1"), "=", "p")))
    with pytest.raises(RuleTooWide, match=r"long: .*nested too deeply") as caught:
        encode(product_with(expression, 2))
    assert caught.value.detail == {"rule": "long"}


def test_rule_that_couples_too_many_options_is_refused_by_its_name() -> None:
    names = [f"x{n}" for n in range(16)]
    term: ex.Expression = ex.Number(Fraction(1))
    for name in names:
        term = ex.Arithmetic("*", term, ex.Count((compare(attr(name), "=", "p"),)))
    with pytest.raises(RuleTooWide, match=r"long: .* couples several"):
        encode(product_with(ex.Comparison("=", ex.Arithmetic("*", term, term), ex.Number(Fraction(1))), 16))
