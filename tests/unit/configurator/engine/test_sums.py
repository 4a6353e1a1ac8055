"""Sums and counts over many options: exact against brute force, whatever the comparison and the figures."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import Attribute, AttributeKind, Option, ProductDefinition, Rule
from catalog.rules.parser import parse_expression
from catalog.rules.scope import Scope
from catalog.text import Text
from configurator.configuration import Conflict, Selection
from configurator.engine.loading import compile_definition, has_configuration
from configurator.engine.model import CompiledModel
from configurator.engine.regions import build_components
from configurator.engine.rule_encoding import RuleTooWide
from configurator.engine.sum_encoding import sum_diagram
from configurator.engine.table_encoding import Diagram

COMPARATORS = ("=", "!=", "<", "<=", ">", ">=")


def walk(diagram: Diagram, literals: tuple[int, ...]) -> bool:
    """Follow a combination of literals through a diagram."""
    node: int | None = 0
    for layer, literal in zip(diagram.layers, literals, strict=True):
        node = layer[node].get(literal) if node is not None else None
    return node is not None


COMPARE = {"=": lambda a: a == 0, "!=": lambda a: a != 0, "<": lambda a: a < 0, "<=": lambda a: a <= 0,
           ">": lambda a: a > 0, ">=": lambda a: a >= 0}
figures = st.fractions(-5, 5, max_denominator=4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(figures, min_size=1, max_size=3), min_size=1, max_size=5), figures,
       st.sampled_from(COMPARATORS), st.booleans())
def test_a_diagram_keeps_exactly_the_combinations_whose_sum_does(
    figures: list[list[Fraction]], constant: Fraction, comparator: str, is_tied: bool
) -> None:
    columns = [{10 * place + option: value for option, value in enumerate(column, start=1)}
               for place, column in enumerate(figures)]
    tie = {999: Fraction(0), -999: Fraction(1)}
    diagram = sum_diagram([*columns, *([tie] if is_tied else [])], constant, comparator, is_tied=is_tied)
    is_void = diagram.layers == (({},),)
    for combination in product(*columns):
        total = sum((column[literal] for column, literal in zip(columns, combination, strict=True)), constant)
        holds = COMPARE[comparator](total)
        if is_tied:
            assert walk(diagram, (*combination, 999)) is holds
            assert walk(diagram, (*combination, -999)) is not holds
        else:
            assert (not is_void and walk(diagram, combination)) is holds


def yes_no(code: str) -> Attribute:
    return Attribute(code, AttributeKind.CHOICE, Text.of(code),
                     options=(Option("true", Text.of("Yes")), Option("false", Text.of("No"))))


def parcel(code: str, *weights: str) -> Attribute:
    options = tuple(Option(f"o{place}", Text.of("o"), properties={"kg": Fraction(weight)} if weight else {})
                    for place, weight in enumerate(weights))
    return Attribute(code, AttributeKind.CHOICE, Text.of(code), options=options)


def limited(attributes: tuple[Attribute, ...], text: str) -> CompiledModel:
    """Make a model that answers by search: no graph is needed to judge the encoding."""
    scope = Scope({item.code: item for item in attributes})
    rule = Rule("limit", parse_expression(text, file="f", line=1, column=1, scope=scope), Text.of("Too much."))
    definition = ProductDefinition("p", Text.of("p"), attributes, rules=(rule,))
    return CompiledModel(definition, build_components(definition), None)


def test_at_most_3_of_300_accessories() -> None:
    attributes = tuple(yes_no(f"x{place}") for place in range(300))
    model = limited(attributes, f"count({', '.join(item.code for item in attributes)}) <= 3")
    three = Selection.of({f"x{place}": "true" for place in (1, 100, 299)})
    assert model.is_consistent(three)
    answer = model.domains(three.choose("x7", "true"))
    assert isinstance(answer, Conflict)
    assert (sorted(answer.attributes), answer.rules) == (["x1", "x100", "x299", "x7"], ("limit",))
    assert model.explain(three, "x8", "true").rules == ("limit",)


def test_a_limit_over_60_accessories_compiles_to_a_graph_that_counts() -> None:
    attributes = tuple(yes_no(f"x{place}") for place in range(60))
    searched = limited(attributes, f"count({', '.join(item.code for item in attributes)}) <= 4")
    model = compile_definition(searched.definition, content_hash="sixty")
    assert model.method == "graph"
    assert model.count(Selection()) == sum(comb(60, size) for size in range(5))
    two = Selection.of({"x5": "true", "x59": "true"})
    assert model.count(two) == sum(comb(58, size) for size in range(3))


def test_the_weight_of_options_of_16_attributes_is_limited_exactly() -> None:
    attributes = tuple(parcel(f"c{place}", "", "0.1", f"{place}.25") for place in range(16))
    model = limited(attributes, "sum(kg) <= 44.5")
    heavy = {"c15": "o2", "c14": "o2", "c13": "o2", "c1": "o2"}  # 15.25 + 14.25 + 13.25 + 1.25 = 44
    light = {"c2": "o1", "c3": "o1", "c4": "o1"}
    assert model.is_consistent(Selection.of({**heavy, **light, "c5": "o1", "c6": "o1"}))
    assert not model.is_consistent(Selection.of({**heavy, **light, "c0": "o2"}))
    answer = model.domains(Selection.of({**heavy, **light, "c0": "o2"}))
    assert isinstance(answer, Conflict)
    assert answer.rules == ("limit",)


def test_a_number_of_pieces_counts_in_a_sum_beside_options() -> None:
    keys = Attribute("keys", AttributeKind.NUMBER, Text.of("Keys"), minimum=Fraction(1), maximum=Fraction(6))
    attributes = (keys, parcel("a", "", "1"), parcel("b", "", "2"))
    model = limited(attributes, "sum(kg) + keys * 0.5 <= 4")
    assert model.count(Selection()) == sum(
        a + b + Fraction(number, 2) <= 4 for a in (0, 1) for b in (0, 2) for number in range(1, 7))
    answer = model.domains(Selection.of({"a": "o1", "b": "o1"}))
    assert not isinstance(answer, Conflict)
    assert answer.numbers["keys"].intervals == ((Fraction(1), Fraction(2)),)


def test_a_sum_of_too_many_different_figures_is_refused_by_name() -> None:
    attributes = tuple(parcel(f"c{place}", "0", f"{place * place + 1}.{1000003 * (place + 1) % 1000000:06}")
                       for place in range(40))
    scope = Scope({item.code: item for item in attributes})
    rule = Rule("limit", parse_expression("sum(kg) <= 9000", file="f", line=1, column=1, scope=scope), Text.of("No."))
    with pytest.raises(RuleTooWide, match="limit: more than 200000 partial sums"):
        has_configuration(ProductDefinition("p", Text.of("p"), attributes, rules=(rule,)))


