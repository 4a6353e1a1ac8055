"""Conflicts are minimal: without any one choice or any one rule the rest is possible."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from catalog.formats.source import read_source
from catalog.product import AttributeKind, ProductDefinition, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from configurator.configuration import Conflict, Selection
from configurator.engine.formula import Formula, exclusive_pairs
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.engine.regions import build_components
from configurator.errors import UnknownChoice
from tests.unit.configurator.engine.test_model import (
    choice,
    coupled_product,
    definition,
    grid,
    is_code,
    number,
    products_and_choices,
)
from tests.unit.configurator.oracle import real_model

Whole = Mapping[str, Value]


class Truth:
    """Every combination of values of a small product, and the rules that each one breaks."""

    def __init__(self, item: ProductDefinition) -> None:
        self.item = item
        names = [attribute.code for attribute in item.attributes]
        self.every = [
            (whole, self._broken(whole))
            for values in product(*map(grid, item.attributes))
            for whole in [dict(zip(names, values, strict=True))]
        ]

    def _broken(self, whole: Whole) -> frozenset[str]:
        evaluator = Evaluator(self.item, whole)
        broken = set()
        for rule in self.item.rules:
            try:
                if not evaluator.truth(rule.expression):
                    broken.add(rule.code)
            except ValueUndefined:
                broken.add(rule.code)
        for table in self.item.table_rules:
            if (tuple(whole[name] for name in table.attributes) in table.rows) is not table.is_allowed:
                broken.add(table.code)
        return frozenset(broken)

    def is_possible(self, choices: Whole, rules: Iterable[str] | None = None) -> bool:
        """Whether some combination has the choices and keeps the rules; None stands for all of them."""
        kept = None if rules is None else frozenset(rules)
        return any(
            not (broken if kept is None else broken & kept)
            for whole, broken in self.every
            if all(whole[name] == value for name, value in choices.items())
        )

    def check(self, conflict: Conflict, selection: Selection, wanted: Whole) -> None:
        named = {name: selection[name] for name in conflict.attributes} | dict(wanted)
        assert not set(conflict.attributes) & set(wanted)
        assert not self.is_possible(named, conflict.rules)
        for name in conflict.attributes:
            assert self.is_possible({key: value for key, value in named.items() if key != name})
        for code in conflict.rules:
            assert self.is_possible(named, set(conflict.rules) - {code})


def check_every_value(model: CompiledModel, truth: Truth, selection: Selection) -> None:
    for attribute in model.definition.attributes:
        others = selection.retract(attribute.code)
        values = grid(attribute)
        if attribute.kind is AttributeKind.NUMBER:
            values += [attribute.minimum - attribute.step, attribute.minimum + attribute.step / 2, Fraction(10**30)]
        for value in values:
            wanted = {attribute.code: value}
            if truth.is_possible({**others, **wanted}):
                with pytest.raises(ValueError, match="possible"):
                    model.explain(selection, attribute.code, value)
            else:
                truth.check(model.explain(selection, attribute.code, value), others, wanted)


def check_forced(model: CompiledModel, truth: Truth, selection: Selection) -> None:
    """Check what forces an option: without it nothing is left, and every named choice and rule is needed for that."""
    possible = [whole for whole, broken in truth.every
                if not broken and all(whole[name] == value for name, value in selection.items())]
    for attribute in model.definition.attributes:
        left = {whole[attribute.code] for whole in possible}
        if attribute.kind is not AttributeKind.CHOICE or len(left) != 1 or attribute.code in selection:
            continue
        (code,) = left
        conflict = model.explain_forced(selection, attribute.code, str(code))
        others = Truth(replace(truth.item, attributes=tuple(
            item if item.code != attribute.code else replace(item, options=tuple(
                option for option in item.options if option.code != code))
            for item in truth.item.attributes)))
        others.check(conflict, selection, {})


@settings(max_examples=80, deadline=None)
@given(products_and_choices())
def test_what_forces_an_option_is_minimal(case: tuple[ProductDefinition, list[tuple[str, str]]]) -> None:
    item, clicks = case
    model, truth = compile_definition(item, content_hash="x"), Truth(item)
    selection = Selection()
    for name, code in clicks:
        check_forced(model, truth, selection)
        selection = selection.choose(name, code)
    check_forced(model, truth, selection)


def test_numbers_force_options_too() -> None:
    wide = Selection.of({"width": Fraction(8), "depth": Fraction(1)})
    assert COUPLED_MODEL.explain_forced(wide, "frame", "metal") == Conflict(("width",), ("rule1",))
    with pytest.raises(ValueError, match="possible"):
        COUPLED_MODEL.explain_forced(Selection(), "frame", "metal")
    with pytest.raises(UnknownChoice):
        COUPLED_MODEL.explain_forced(Selection(), "frame", "stone")


@settings(max_examples=80, deadline=None)
@given(products_and_choices())
def test_conflicts_are_minimal_when_product_is_random(case: tuple[ProductDefinition, list[tuple[str, str]]]) -> None:
    item, clicks = case
    check_every_value(compile_definition(item, content_hash="x"), Truth(item), Selection.of(dict(clicks)))


COUPLED = coupled_product()
COUPLED_TRUTH = Truth(COUPLED)
COUPLED_MODEL = compile_definition(COUPLED, content_hash="coupled")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_conflicts_are_minimal_when_numbers_are_coupled(data: st.DataObject) -> None:
    chosen = {
        attribute.code: data.draw(st.sampled_from(grid(attribute)))
        for attribute in COUPLED.attributes
        if data.draw(st.booleans())
    }
    check_every_value(COUPLED_MODEL, COUPLED_TRUTH, Selection.of(chosen))


def test_numbers_are_explained_as_options_are() -> None:
    wood = Selection.of({"frame": "wood", "depth": Fraction(2)})
    assert COUPLED_MODEL.explain(wood, "width", Fraction(8)) == Conflict(("frame",), ("rule1",))
    assert COUPLED_MODEL.explain(wood, "height", Fraction(4)) == Conflict((), ())
    assert COUPLED_MODEL.explain(wood, "depth", Fraction(99)) == Conflict((), ())
    high = Selection.of({"height": Fraction(7), "glass": "thick"})
    assert COUPLED_MODEL.explain(high, "width", Fraction(7)) == Conflict(("glass", "height"), ("rule0",))


def test_a_hole_between_reachable_values_is_explained() -> None:
    far = ex.Or((
        ex.Comparison("<=", ex.Attribute("width"), ex.Number(Fraction(3))),
        ex.Comparison(">=", ex.Attribute("width"), ex.Number(Fraction(7))),
    ))
    item = definition(number("width", 0, 9, 1), choice("kind", ("bar", "tube")),
                      rules=(ex.Implies(is_code("kind", "tube"), far),))
    model = compile_definition(item, content_hash="hole")
    assert model.explain(Selection.of({"kind": "tube"}), "width", Fraction(5)) == Conflict(("kind",), ("rule0",))
    with pytest.raises(ValueError, match="possible"):
        model.explain(Selection.of({"kind": "tube"}), "width", Fraction(7))


def test_a_condition_that_two_rules_share_draws_neither_into_a_conflict_of_the_other() -> None:
    names = [f"x{place}" for place in range(24)]
    pairs = tuple(ex.And((ex.Attribute(one), ex.Attribute(two)))
                  for one, two in zip(names[::2], names[1::2], strict=True))
    wide = ex.Or(pairs)
    first, second = (ex.Implies(ex.And((ex.Attribute(name), ex.Not(wide))), ex.Attribute(goal))
                     for name, goal in (("a", "b"), ("c", "d")))
    item = definition(*(choice(name, ("true", "false")) for name in [*names, "a", "b", "c", "d"]),
                      rules=(first, second))
    model = compile_definition(item, content_hash="shared")
    chosen = Selection.of(dict.fromkeys(names, "false") | {"c": "true", "a": "true", "b": "true"})
    assert model.explain(chosen, "d", "false").rules == ("rule1",)


def test_the_answer_does_not_depend_on_the_questions_before() -> None:
    model = CompiledModel(COUPLED, COUPLED_MODEL.components, None)
    selection = Selection.of({"height": Fraction(9), "glass": "steel", "frame": "metal", "depth": Fraction(1)})
    first = model.explain(selection, "width", Fraction(10))
    for width in range(2, 10):
        if not model.is_consistent(selection.choose("width", Fraction(width))):
            model.explain(selection, "width", Fraction(width))
    assert model.explain(selection, "width", Fraction(10)) == first
    assert COUPLED_MODEL.explain(selection, "width", Fraction(10)) == first


def test_threads_may_share_a_model() -> None:
    model = CompiledModel(COUPLED, COUPLED_MODEL.components, None)
    selection = Selection.of({"height": Fraction(9), "glass": "thick", "frame": "wood"})
    expected = [COUPLED_MODEL.explain(selection, "width", Fraction(width)) for width in (7, 8, 9, 10)] * 20
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda width: model.explain(selection, "width", Fraction(width)), [7, 8, 9, 10] * 20))
    assert found == expected


def clauses_under(formula: Formula, rules: Iterable[str]) -> list[tuple[int, ...]]:
    named = {"", *rules}
    own = [clause for clause, source in zip(formula.clauses, formula.sources, strict=True) if source in named]
    return own + list(exclusive_pairs(formula))


@pytest.mark.parametrize(("name", "questions"), [
    ("eshop.uvl", 30), ("windows8.uvl", 30), ("financial1805.uvl", 25), ("ecos-am31.uvl", 15),
    ("renault_small.xml", 25), ("automotive01.uvl.xz", 10),
])
def test_conflicts_are_minimal_when_models_are_real(name: str, questions: int) -> None:
    (item,) = read_source(real_model(name)).products
    model = CompiledModel(item, build_components(item), None)
    formula = model.formula
    every = [(attribute, code) for attribute, codes in formula.literals.items() for code in codes]
    rng = random.Random(11)
    selection = Selection()
    with Solver(name="minisat22", bootstrap_with=clauses_under(formula, formula.sources)) as oracle:

        def is_possible(choices: Iterable[int]) -> bool:
            return bool(oracle.solve(assumptions=list(choices)))

        while questions:
            attribute, code = rng.choice(every)
            if attribute in selection:
                continue
            wanted = formula.literals[attribute][code]
            chosen = {n: formula.literals[n][str(c)] for n, c in selection.items()}
            if is_possible([wanted, *chosen.values()]):
                selection = selection.choose(attribute, code)
                continue
            questions -= 1
            conflict = model.explain(selection, attribute, code)
            named = {own: chosen[own] for own in conflict.attributes}
            assert not is_possible([wanted, *named.values()])
            for own in named:
                assert is_possible([wanted, *(literal for other, literal in named.items() if other != own)])
            check_rules(formula, conflict.rules, [wanted, *named.values()])


def check_rules(formula: Formula, rules: tuple[str, ...], choices: list[int]) -> None:
    """Check, for up to 20 of the rules, that leaving one out makes the choices possible."""
    with Solver(name="minisat22", bootstrap_with=clauses_under(formula, rules)) as solver:
        assert not solver.solve(assumptions=choices)
    for left_out in rules[:20]:
        with Solver(name="minisat22", bootstrap_with=clauses_under(formula, set(rules) - {left_out})) as solver:
            assert solver.solve(assumptions=choices)
