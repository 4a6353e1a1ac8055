"""Printing an expression and reading it again gives the same expression."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import Attribute, AttributeKind, LookupTable, Option
from catalog.rules import expression as ex
from catalog.rules.parser import parse_expression
from catalog.rules.printing import print_expression
from catalog.rules.scope import Scope
from catalog.text import Text

CODES = ("A", "3-4/14/4", "it's", "and", "<=90")
SCOPE = Scope(
    {
        "w": Attribute("w", AttributeKind.NUMBER, Text.of("w")),
        "Training Wheels": Attribute("Training Wheels", AttributeKind.NUMBER, Text.of("t")),
        "yes": Attribute("yes", AttributeKind.CHOICE, Text.of("y"),
                         options=(Option("true", Text.of("y")), Option("false", Text.of("n")))),
        "p": Attribute("p", AttributeKind.CHOICE, Text.of("p"), options=tuple(
            Option(code, Text.of(code), properties={"x": Fraction(1), "not": Fraction(2)}) for code in CODES)),
    },
    parameters={"k": ""},
    derived={"d": ""},
    tables={"t": LookupTable("t", ("c",), ())},
)

numbers_only = st.builds(ex.Number, st.fractions(-1000, 1000, max_denominator=60))
number_leaves: st.SearchStrategy[ex.Expression] = st.one_of(
    numbers_only,
    st.sampled_from([ex.Attribute("w"), ex.Attribute("Training Wheels"), ex.Derived("d"), ex.Parameter("k"),
                     ex.Property("p", "x"), ex.Property("p", "not")]),
)
truth_leaves: st.SearchStrategy[ex.Expression] = st.one_of(
    st.builds(ex.Truth, st.booleans()),
    st.just(ex.Attribute("yes")),
    st.builds(ex.Comparison, st.sampled_from(["=", "!="]), st.just(ex.Attribute("p")),
              st.builds(ex.Code, st.sampled_from(CODES))),
    st.builds(ex.Membership, st.just(ex.Attribute("p")),
              st.lists(st.builds(ex.Code, st.sampled_from(CODES)), min_size=1, max_size=3).map(tuple)),
    st.builds(ex.Membership, st.just(ex.Attribute("w")), st.lists(numbers_only, min_size=1, max_size=3).map(tuple)),
)


def _is_canonical(node: ex.Arithmetic) -> bool:
    """The parser folds a quotient of two numbers, and refuses a division by zero."""
    if node.operator != "/":
        return True
    return not (isinstance(node.right, ex.Number)
                and (node.right.value == 0 or isinstance(node.left, ex.Number)))


def number_trees(numbers: st.SearchStrategy[ex.Expression], truths: st.SearchStrategy[ex.Expression]
                 ) -> st.SearchStrategy[ex.Expression]:
    return st.one_of(
        st.builds(ex.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), numbers, numbers).filter(_is_canonical),
        st.builds(ex.Function, st.sampled_from(["min", "max"]), st.lists(numbers, min_size=1, max_size=3).map(tuple)),
        st.builds(ex.Function, st.sampled_from(["ceil", "floor", "abs", "round"]), st.tuples(numbers)),
        st.builds(ex.Lookup, st.just("t"), st.just("c"), numbers, st.sampled_from(["exact", "at_least"])),
        st.builds(ex.Conditional, truths, numbers, numbers),
        st.builds(ex.Count, st.lists(truths, min_size=1, max_size=3).map(tuple)),
    )


def truth_trees(numbers: st.SearchStrategy[ex.Expression], truths: st.SearchStrategy[ex.Expression]
                ) -> st.SearchStrategy[ex.Expression]:
    several = st.lists(truths, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(ex.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), numbers, numbers),
        st.builds(ex.Not, truths), st.builds(ex.And, several), st.builds(ex.Or, several),
        st.builds(ex.Implies, truths, truths), st.builds(ex.Conditional, truths, truths, truths),
        st.builds(ex.Defined, numbers),
    )


numbers = st.one_of(number_leaves, number_trees(number_leaves, truth_leaves))
truths = st.one_of(truth_leaves, truth_trees(numbers, truth_leaves))
deep_numbers = number_trees(numbers, truths)
deep_truths = truth_trees(deep_numbers, truths)


@settings(max_examples=400, deadline=None)
@given(st.one_of(deep_numbers, deep_truths, truth_trees(deep_numbers, deep_truths)))
def test_reading_what_was_printed_gives_the_same_expression(tree: ex.Expression) -> None:
    text = print_expression(tree)
    assert parse_expression(text, file="x", line=1, column=1, scope=SCOPE) == tree


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (ex.Number(Fraction(-5, 4)), "-1.25"),
        (ex.Number(Fraction(1, 3)), "1 / 3"),
        (ex.Number(Fraction(1200)), "1200"),
        (ex.And(()), "true"),
        (ex.Or(()), "false"),
        (ex.And((ex.Attribute("yes"),)), "yes"),
        (ex.Code("it's"), "'it''s'"),
        (ex.Attribute("Training Wheels"), "`Training Wheels`"),
    ],
)
def test_printed_wording(tree: ex.Expression, text: str) -> None:
    assert print_expression(tree) == text
