from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.uvl import parse_uvl, read_uvl
from catalog.product import ProductDefinition
from catalog.rules.evaluation import Evaluator

TENT = Path(__file__).resolve().parents[2] / "data" / "models" / "tent.uvl"


def is_valid(definition: ProductDefinition, chosen: dict[str, bool]) -> bool:
    """Judge a whole selection by what was read: clauses, groups, rules, in their documented meaning."""
    assert definition.clauses is not None
    truths = [False, *(chosen[name] for name in definition.clauses.names)]
    if not all(any(truths[abs(n)] == (n > 0) for n in clause) for clause in definition.clauses.clauses):
        return False
    for group in definition.clauses.groups:
        count = sum(truths[child] for child in group.children)
        if not (group.low <= count <= group.high if truths[group.parent] else count == 0):
            return False
    evaluator = Evaluator(definition, {name: str(value).lower() for name, value in chosen.items()})
    return all(evaluator.truth(rule.expression) for rule in definition.rules)


def solutions(definition: ProductDefinition) -> set[frozenset[str]]:
    names = [attribute.code for attribute in definition.attributes]
    every = (dict(zip(names, values, strict=True)) for values in product((False, True), repeat=len(names)))
    return {frozenset(n for n in names if case[n]) for case in every if is_valid(definition, case)}


WEIGHTS = {"Fly Sheet": 15, "Porch": 5, "Pegs": 4, "Guy Ropes": 2, "Stakes": 10, "Steel": 25, "Alu": 10}


def tent_is_valid(on: frozenset[str], persons: int, color: str) -> bool:
    """State the tent's rules in Python, weights in tenths."""
    weights = [WEIGHTS[name] for name in on if name in WEIGHTS]
    sides = {"Pegs", "Guy Ropes", "Stakes"} & on
    return all((
        {"Tent", "Fly Sheet", "Persons"} <= on,
        1 <= len(sides) <= 2,
        len({"Dome", "Tunnel"} & on) == 1,
        bool({"Steel", "Alu"} & on) == ("Tunnel" in on),
        "Porch" not in on or "Dome" in on,
        sum(weights) <= 51,
        persons <= 4 or "Tunnel" in on,
        persons >= 3,
        persons >= 10 or "Porch" in on,
        persons >= 5 or bool({"Dome", "Steel"} & on),
        (color if "Color" in on else "") != "red" or "Stakes" not in on,
        bool({"Porch", "Pegs", "Guy Ropes"} & on),
        sum(weights) < 14 * len(weights),
    ))


def test_tent_has_exactly_the_selections_its_rules_state() -> None:
    definition = read_uvl(TENT)
    names = [attribute.code for attribute in definition.attributes]
    expected = set()
    for values in product((False, True), repeat=len(names)):
        on = frozenset(n for n, value in zip(names, values, strict=True) if value)
        if any(tent_is_valid(on, persons, color) for persons in range(14) for color in ("red", "blue")):
            expected.add(on)
    assert len(expected) > 5
    assert solutions(definition) == expected


def test_names_are_unquoted_and_pages_follow_the_tree() -> None:
    definition = read_uvl(TENT)
    assert definition.code == "tent"
    assert definition.title.in_language("en") == "Tent"
    assert [attribute.code for attribute in definition.attributes][:3] == ["Tent", "Fly Sheet", "Persons"]
    shown = [name for group in definition.groups for name in group.attributes]
    assert sorted(shown) == sorted(attribute.code for attribute in definition.attributes)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("features\n    A\n        optionl\n            B\n", "3:9", "expected “alternative”"),
        ("features\n    A\n        or\n            B\nconstraints\n    B => C\n", "6:10", "found “C”"),
        ("features\n    A\n        or\n            B\n            B\n", "5:13", "second feature “B”"),
        ("features\n    A\n    B\n", "3:5", "second root"),
        ("imports\n    other as o\nfeatures\n    A\n", "2:5", "several files"),
        ("features\n    A {x 1\n", "2:7", "expected “}”"),
        ("features\n    A {x 1e999}\n", "2:10", "at most 300 digits"),
        ("features\n    A\n        or\n", "3:9", "expected at least one feature"),
        ("features\n    A\n        [3..2]\n            B\n", "3:9", "not below its start"),
        ("features\n    A\n        [3]\n            B\n", "3:9", "expected at most 1"),
        ("features\n    A\nconstraints\n    A & \n", "4:8", "expected a feature"),
        ("features\n    A\nconstraints\n    sum(Cost) < 3\n", "4:5", "no feature here has “Cost”"),
        ("features\n    A\nconstraints\n    A < 3\n", "4:7", "cannot compare a number with a truth"),
        ("features\n    A {n 2}\nconstraints\n    A.m < 3\n", "4:5", "has no attribute “m”"),
        ("features\n    A {n 2}\nconstraints\n    A.n\n", "4:5", "is not true or false"),
        ("features\n    A ^\n", "2:7", "unexpected character"),
        ("", "0:0", "features"),
        ("features\n    A\nfeatures\n    B\n", "3:1", "each section once"),
    ],
)
def test_faults_are_told_with_their_place(text: str, place: str, words: str) -> None:
    with pytest.raises(CatalogInvalid) as refused:
        parse_uvl(text, file="m.uvl")
    told = [str(problem) for problem in refused.value.problems]
    assert any(line.startswith(f"m.uvl:{place}:") and words in line for line in told), told


def test_all_faults_are_told_at_once() -> None:
    text = "features\n    A\n        or\n            B\nconstraints\n    B => C\n    B D\n    A &\n"
    with pytest.raises(CatalogInvalid) as refused:
        parse_uvl(text, file="m.uvl")
    assert [problem.line for problem in refused.value.problems] == [7, 8]


def test_deep_nesting_is_refused_not_crashed() -> None:
    text = f"features\n    A\nconstraints\n    {'(' * 5000}A{')' * 5000}\n"
    with pytest.raises(CatalogInvalid, match="problem"):
        parse_uvl(text, file="m.uvl")


def test_a_long_chain_of_features_is_read() -> None:
    depth = 400
    lines = ["features", "\tF0"]
    for level in range(1, depth):
        lines += ["\t" * (2 * level) + "optional", "\t" * (2 * level + 1) + f"F{level}"]
    assert len(parse_uvl("\n".join(lines), file="m.uvl").attributes) == depth


def test_a_sum_over_many_features_becomes_a_rule() -> None:
    children = "\n".join(f"            F{n} {{w {n + 1}}}" for n in range(40))
    text = f"features\n    R\n        optional\n{children}\nconstraints\n    sum(w) <= 100\n"
    definition = parse_uvl(text, file="m.uvl")
    (rule,) = definition.rules
    selection = {attribute.code: "false" for attribute in definition.attributes} | {"R": "true", "F39": "true"}
    assert Evaluator(definition, selection | {"F38": "true", "F21": "true"}).truth(rule.expression) is False
    assert Evaluator(definition, selection | {"F38": "true", "F20": "true"}).truth(rule.expression) is True


NAMES = ("A", "B", "C", "D", "E")


@st.composite
def terms(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(NAMES))
    sign = draw(st.sampled_from(["!", "&", "|", "=>", "<=>"]))
    left = draw(terms(depth=depth - 1))
    return f"!({left})" if sign == "!" else f"({left} {sign} {draw(terms(depth=depth - 1))})"


def python_truth(term: str, on: frozenset[str]) -> bool:
    """Judge a fully bracketed term through Python's own operators."""
    text = term.replace("<=>", "==").replace("=>", "<=").replace("!", " 1-")
    return bool(eval(text, {}, {name: int(name in on) for name in NAMES}))


@settings(max_examples=60, deadline=None)
@given(st.lists(terms(), min_size=1, max_size=3), st.integers(-3, 12),
       st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
def test_constraints_mean_what_python_says(constraints: list[str], limit: int, comparator: str) -> None:
    tree = "\n".join(f"            {name} {{w {weight}}}" for name, weight in zip(NAMES, (1, 2, 3, 4, -2), strict=True))
    lines = "\n".join(f"    {term}" for term in constraints)
    text = f"features\n    R\n        optional\n{tree}\nconstraints\n{lines}\n    sum(w) {comparator} {limit}\n"
    found = solutions(parse_uvl(text, file="m.uvl"))
    weights = dict(zip(NAMES, (1, 2, 3, 4, -2), strict=True))
    for values in product((False, True), repeat=5):
        on = frozenset(name for name, value in zip(NAMES, values, strict=True) if value)
        total = Fraction(sum(weights[name] for name in on))
        holds = bool(eval(f"{total} {comparator} {limit}", {}))
        expected = holds and all(python_truth(term, on) for term in constraints)
        assert ((on | {"R"}) in found) == expected


ALPHABET = [
    "features", "constraints", "namespace", "A", "B", '"C D"', "optional", "or", "alternative", "[1..2]", "{", "}", "x",
    "1", "2.5", "'t'", "sum(x)", "<", "==", "=>", "&", "|", "!", "(", ")", ".", ",", "Integer", "cardinality", "\n",
    "\n    ", "\n        ", "\n            ", "//", "/*", "*/", "-", "/", "1e9", "constraint",
]


def problems_of(text: str) -> tuple[Problem, ...] | None:
    """Give the problems of a refused text; None when it was read."""
    try:
        parse_uvl(text, file="m.uvl")
    except CatalogInvalid as refused:
        return refused.problems
    return None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ALPHABET), max_size=40))
def test_any_words_give_a_product_or_a_refusal(words: list[str]) -> None:
    problems = problems_of(" ".join(words))
    assert problems is None or problems


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2000), st.text(max_size=6))
def test_a_damaged_model_gives_a_product_or_a_refusal(position: int, inserted: str) -> None:
    text = TENT.read_text()
    place = position % len(text)
    problems = problems_of(text[:place] + inserted + text[place + len(inserted):])
    assert problems is None or all(problem.file == "m.uvl" for problem in problems)
