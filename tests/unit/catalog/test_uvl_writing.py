"""Products written as UVL: the same configurations when read again, and everything left out is told."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catalog
from catalog.formats.dimacs import parse_dimacs
from catalog.formats.folder import read_catalog
from catalog.formats.uvl import parse_uvl
from catalog.formats.uvl_writing import LeftOut, Projection, write_uvl
from catalog.product import (
    Attribute,
    AttributeKind,
    ClauseGroup,
    ClauseSet,
    Option,
    ProductDefinition,
    Rule,
    Strength,
    TableRule,
    Value,
)
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator
from catalog.text import Text
from tests.unit.configurator.engine.test_model import brute_force, choice, definition, is_code, number, products
from tests.unit.configurator.oracle import real_model

DEMO = Path(catalog.__file__).parent / "demo"


def reread(item: ProductDefinition) -> ProductDefinition:
    return parse_uvl(write_uvl(item).text, file="again.uvl")


def holds(model: ProductDefinition, chosen: set[str]) -> bool:
    """Whether a set of features is a configuration of a model, from its clauses, groups and rules alone."""
    assert model.clauses is not None
    truths = [True, *(name in chosen for name in model.clauses.names)]
    if not all(any(truths[abs(x)] == (x > 0) for x in item) for item in model.clauses.clauses):
        return False
    for group in model.clauses.groups:
        count = sum(truths[child] for child in group.children)
        if not (group.low <= count <= group.high if truths[group.parent] else count == 0):
            return False
    whole: dict[str, Value] = {name: "true" if name in chosen else "false" for name in model.clauses.names}
    return all(Evaluator(model, whole).truth(rule.expression) for rule in model.rules)


def features(item: ProductDefinition, whole: Mapping[str, Value]) -> set[str]:
    """The features that a configuration of a product with plain codes chooses."""
    chosen = {item.code}
    for attribute in item.attributes:
        code = whole[attribute.code]
        if {option.code for option in attribute.options} == {"true", "false"}:
            chosen |= {attribute.code} if code == "true" else set()
        else:
            chosen |= {attribute.code, f"{attribute.code}={code}"}
    return chosen


def combinations(item: ProductDefinition) -> Iterator[dict[str, Value]]:
    for row in itertools.product(*([option.code for option in attribute.options] for attribute in item.attributes)):
        yield dict(zip((attribute.code for attribute in item.attributes), row, strict=True))


@settings(max_examples=150, deadline=None)
@given(products())
def test_reading_again_gives_the_same_configurations_when_product_is_random(item: ProductDefinition) -> None:
    written = write_uvl(item)
    assert not written.left_out
    model = parse_uvl(written.text, file="again.uvl")
    valid = {frozenset(whole.items()) for whole in brute_force(item)}
    for whole in combinations(item):
        assert holds(model, features(item, whole)) == (frozenset(whole.items()) in valid)


@settings(max_examples=60, deadline=None)
@given(products())
def test_writing_what_was_read_is_stable(item: ProductDefinition) -> None:
    second = write_uvl(reread(item)).text
    assert write_uvl(parse_uvl(second, file="again.uvl")).text == second


@st.composite
def clause_sets(draw: st.DrawFn) -> ClauseSet:
    """Any clauses and groups, most of them no tree: shared children, circles, contradictions."""
    size = draw(st.integers(2, 6))
    variable = st.integers(1, size)
    literal = st.builds(lambda number, sign: number * sign, variable, st.sampled_from((1, -1)))
    clauses = draw(st.lists(st.lists(literal, min_size=1, max_size=4).map(tuple), max_size=8))
    groups = []
    for _ in range(draw(st.integers(0, 2))):
        parent = draw(variable)
        others = [number for number in range(1, size + 1) if number != parent]
        children = tuple(draw(st.lists(st.sampled_from(others), min_size=1, unique=True)))
        low = draw(st.integers(0, len(children)))
        groups.append(ClauseGroup(parent, children, low, draw(st.integers(low, len(children)))))
    if draw(st.booleans()):
        clauses.insert(0, (1,))
    return ClauseSet(tuple(f"f{number}" for number in range(1, size + 1)), tuple(clauses), tuple(groups))


@settings(max_examples=300, deadline=None)
@given(clause_sets())
def test_any_clauses_keep_their_solutions(clauses: ClauseSet) -> None:
    attributes = tuple(choice(name, ("true", "false")) for name in clauses.names)
    item = ProductDefinition("p", Text.of("P"), attributes, clauses=clauses)
    model = reread(item)
    for truths in itertools.product((True, False), repeat=len(clauses.names)):
        chosen = {name for name, truth in zip(clauses.names, truths, strict=True) if truth}
        assert holds(model, chosen | {item.code}) == holds(item, chosen)
        if model.clauses is not None and item.code in model.clauses.names:
            assert not holds(model, chosen)


@pytest.mark.parametrize("name", ["bike.uvl", "eshop.uvl", "pc-richmond.uvl", "berkeleydb.uvl"])
def test_real_model_keeps_its_tree(name: str) -> None:
    source = real_model(name)
    first = parse_uvl(source.read_text(encoding="utf-8"), file=name)
    text = write_uvl(first).text
    again = parse_uvl(text, file=name)
    assert first.clauses is not None
    assert again.clauses is not None
    assert set(again.clauses.names) == set(first.clauses.names)
    assert len(again.clauses.groups) == len(first.clauses.groups)
    assert write_uvl(again).text == text


@pytest.mark.parametrize("product", read_catalog(DEMO).products, ids=lambda item: item.code)
def test_demo_product_is_written_whole_but_for_numbers(product: ProductDefinition) -> None:
    written = write_uvl(product)
    again = parse_uvl(written.text, file=f"{product.code}.uvl")
    names = {attribute.code for attribute in again.attributes}
    for attribute in product.attributes:
        assert (attribute.code in names) == (attribute.kind is AttributeKind.CHOICE)
    told = {(item.part, item.code) for item in written.left_out}
    for attribute in product.attributes:
        assert (("attribute", attribute.code) in told) == (attribute.kind is not AttributeKind.CHOICE)
    assert ("prices", "") in told
    assert all(f"// {item}" in written.text for item in written.left_out)
    structure = re.sub(r" \{.*\}|^\s*//.*\n", "", written.text, flags=re.MULTILINE)
    assert structure.split("constraints")[0].split() == write_uvl(again).text.split("constraints")[0].split()


def test_names_and_wordings_are_made_legal() -> None:
    title = Text.of({"en": "It's\nso", "zh": "好"})
    options = (
        Option("33.1/16", title, properties={"kg": Fraction(-5, 4), "a.b": "x'y", "third": Fraction(1, 3), "n": ""}),
        Option("33·1/16", Text.of("b")), Option("Type", Text.of("c")),
    )
    item = ProductDefinition("or", Text.of("P"), (
        Attribute("mandatory", AttributeKind.CHOICE, Text.of("M"), options=options),
        Attribute("mandatory=Type", AttributeKind.CHOICE, Text.of("Y"),
                  options=(Option("true", Text.of("Yes")), Option("false", Text.of("No")))),
    ))
    text = write_uvl(item).text
    assert "\"mandatory=33·1/16\" {code 'mandatory=33.1/16', title 'It’s so', title_zh '好', kg -1.25, " \
           "\"a·b\" 'x’y'}" in text
    assert "\"mandatory=33·1/16#2\" {code 'mandatory=33·1/16', title 'b'}" in text
    assert "\t\"or\" {title 'P'}" in text
    model = parse_uvl(text, file="names.uvl")
    assert [attribute.code for attribute in model.attributes] == [
        "or", "mandatory", "mandatory=33·1/16", "mandatory=33·1/16#2", "mandatory=Type#2", "mandatory=Type",
    ]


def test_rules_on_numbers_are_told_and_projected() -> None:
    wide = ex.Comparison(">", ex.Attribute("width"), ex.Number(Fraction(5)))
    rule = ex.Implies(is_code("x", "a"), wide)
    item = definition(choice("x", ("a", "b")), number("width", 1, 9, 1), rules=(rule,))
    assert LeftOut("rule", "rule0", "names a number or a text") in write_uvl(item).left_out
    written = write_uvl(item, (Projection(("rule0",), ("x",), (("b",),)),))
    assert LeftOut("rule", "rule0", "names a number; kept is which options go together") in written.left_out
    model = parse_uvl(written.text, file="p.uvl")
    assert holds(model, {item.code, "x", "x=b"})
    assert not holds(model, {item.code, "x", "x=a"})


def test_preferences_and_rules_too_wide_are_told() -> None:
    attributes = [choice(f"x{place}", ("a", "b", "c", "d"), a=1, b=2, c=3, d=5) for place in range(9)]
    total: ex.Expression = ex.Number(Fraction(0))
    for attribute in attributes:
        total = ex.Arithmetic("+", total, ex.Property(attribute.code, "n"))
    wide = Rule("wide", ex.Comparison("<=", total, ex.Number(Fraction(30))), Text.of("w"))
    soft = Rule("soft", is_code("x0", "a"), Text.of("s"), Strength.SOFT)
    item = ProductDefinition("p", Text.of("P"), tuple(attributes), rules=(wide, soft))
    assert write_uvl(item).left_out == (
        LeftOut("rule", "wide", "couples too many combinations to write"),
        LeftOut("rule", "soft", "a preference, which forbids nothing"),
    )


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["<=", "<", ">=", ">", "=", "!="]), st.integers(-1, 5), st.sampled_from([0, 1]))
def test_counts_of_conditions_are_written(comparator: ex.Comparator, bound: int, halves: int) -> None:
    attributes = [choice(f"x{place}", ("a", "b", "c")) for place in range(4)]
    count = ex.Count(tuple(is_code(attribute.code, "a") for attribute in attributes))
    limit = ex.Comparison(comparator, count, ex.Number(bound + Fraction(halves, 2)))
    item = definition(*attributes, rules=(ex.Or((is_code("x0", "b"), limit)),))
    model = reread(item)
    valid = {frozenset(whole.items()) for whole in brute_force(item)}
    for whole in combinations(item):
        assert holds(model, features(item, whole)) == (frozenset(whole.items()) in valid)


def test_few_of_many_yes_no_attributes_are_written() -> None:
    attributes = [choice(f"x{place}", ("true", "false")) for place in range(18)]
    few = ex.Comparison("<=", ex.Count(tuple(ex.Attribute(item.code) for item in attributes)), ex.Number(Fraction(2)))
    item = definition(*attributes, rules=(few,))
    written = write_uvl(item)
    assert not written.left_out
    model = parse_uvl(written.text, file="few.uvl")
    assert holds(model, {item.code, "x3", "x17"})
    assert not holds(model, {item.code, "x3", "x9", "x17"})


def test_contradiction_stays_one() -> None:
    item = definition(choice("x", ("a", "b")), tables=(TableRule("none", ("x",), (), is_allowed=True),))
    text = write_uvl(item).text
    assert f"\t!{item.code}\n" in text
    assert not any(holds(parse_uvl(text, file="t.uvl"), features(item, whole)) for whole in combinations(item))


def test_long_chain_of_clauses_is_no_deep_tree() -> None:
    lines = "".join(f"-{number + 1} {number} 0\n" for number in range(1, 3000))
    item = parse_dimacs(f"p cnf 3000 2999\n{lines}", file="chain.dimacs")
    written = write_uvl(item)
    assert max(len(line) - len(line.lstrip("\t")) for line in written.text.splitlines()) < 200
    model = reread(item)
    assert holds(model, {item.code, *(str(number) for number in range(1, 1500))})
    assert not holds(model, {item.code, *(str(number) for number in range(1, 1500)), "1501"})
