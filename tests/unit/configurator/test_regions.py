"""Numeric components against the scalar evaluator, cell by cell."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import Attribute, AttributeKind, LookupTable, ProductDefinition, Rule, Strength, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.text import Text
from configurator.configuration import NumberDomain
from configurator.engine.region_building import RegionBudget, build_all
from configurator.engine.regions import NumericComponent, build_components
from configurator.errors import ComponentTooLarge, RuleUnsupported
from tests import factories as make
from tests.factories import a_pump, a_window, attr, calc, choice, implies, number, prop, rule


def holds(definition: ProductDefinition, item: Rule, values: Mapping[str, Value]) -> bool:
    try:
        return Evaluator(definition, values).truth(item.expression)
    except ValueUndefined:
        return False


def is_allowed(definition: ProductDefinition, component: NumericComponent, values: Mapping[str, Value],
               rules: tuple[str, ...] | None = None) -> bool:
    wanted = component.rules if rules is None else rules
    return all(holds(definition, item, values) for item in definition.rules if item.code in wanted)


def grid(component: NumericComponent) -> Iterator[dict[str, Fraction]]:
    axes = component.runs.axes
    for places in itertools.product(*(range(axis.size) for axis in axes)):
        yield {axis.code: axis.minimum + place * axis.step for axis, place in zip(axes, places, strict=True)}


def truth_table(definition: ProductDefinition, component: NumericComponent,
                rules: tuple[str, ...] | None = None) -> dict[tuple[str, ...], list[dict[str, Fraction]]]:
    cells = list(grid(component))
    return {combination: [cell for cell in cells if is_allowed(
        definition, component, {**cell, **dict(zip(component.interface, combination, strict=True))}, rules)]
        for combination in component.all_combinations}


def matches(cell: Mapping[str, Fraction], choices: Mapping[str, Fraction]) -> bool:
    return all(cell[code] == value for code, value in choices.items() if code in cell)


def assert_equals_truth(definition: ProductDefinition, component: NumericComponent,
                        choices: Mapping[str, Fraction], alive: set[int]) -> None:
    truth = truth_table(definition, component)
    assert component.combinations == tuple(key for key, cells in truth.items() if cells)
    expected_counts = [sum(matches(cell, choices) for cell in truth[key]) for key in component.combinations]
    assert component.cell_counts(choices) == expected_counts
    assert component.allowed(choices).tolist() == [count > 0 for count in expected_counts]
    mask = np.array([place in alive for place in range(len(component.combinations))], dtype=bool)
    found = component.domains(mask, choices)
    for axis in component.runs.axes:
        others = {code: value for code, value in choices.items() if code != axis.code}
        reached = {cell[axis.code] for place, key in enumerate(component.combinations) if place in alive
                   for cell in truth[key] if matches(cell, others)}
        assert members(found[axis.code]) == reached


def spans(domain: NumberDomain) -> list[tuple[float, float]]:
    return [(float(low), float(high)) for low, high in domain.intervals]


def members(domain: NumberDomain) -> set[Fraction]:
    found = set()
    for low, high in domain.intervals:
        value = low
        while value <= high:
            found.add(value)
            value += domain.step
    return found


# -- random definitions -----------------------------------------------------------------------------

NUMBERS = (number("a", -2, 4), number("b", 0, 3, "0.5"), number("c", 1, 3))
CHOICES = (choice("x", "p", "q", "r", size=(1, Fraction("2.5"), -3)), choice("flag", "true", "false"))
TABLE = LookupTable("steps", ("key", "out"), tuple(
    (Fraction(key), (Fraction(key), Fraction(out))) for key, out in (("-1", 3), ("0.5", "1/3"), ("2", -2))))

constants = st.sampled_from([Fraction(v) for v in ("0", "1", "-1", "2", "1/2", "7/3", "3", "-5/2")]).map(ex.Number)
leaves = st.one_of(constants, st.sampled_from(["a", "b", "c"]).map(ex.Attribute),
                   st.just(ex.Property("x", "size")), st.just(ex.Parameter("k")),
                   st.sampled_from(["twice", "ratio"]).map(ex.Derived))


def _numeric(inner: st.SearchStrategy[ex.Expression]) -> st.SearchStrategy[ex.Expression]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.builds(ex.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.builds(ex.Function, st.sampled_from(["min", "max"]), pairs),
        st.builds(ex.Function, st.sampled_from(["ceil", "floor", "abs", "round"]), st.tuples(inner)),
        st.builds(ex.Lookup, st.just("steps"), st.just("out"), inner, st.sampled_from(["exact", "at_least"])),
        st.builds(ex.Conditional, _comparison(inner), inner, inner),
        st.builds(ex.Count, st.tuples(_comparison(inner), _comparison(inner))))


def _comparison(inner: st.SearchStrategy[ex.Expression]) -> st.SearchStrategy[ex.Expression]:
    return st.builds(ex.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner)


numerics = st.recursive(leaves, _numeric, max_leaves=5)
atoms = st.one_of(
    _comparison(numerics), st.builds(ex.Defined, numerics), st.just(ex.Attribute("flag")),
    st.builds(ex.Truth, st.booleans()),
    st.builds(ex.Comparison, st.sampled_from(["=", "!="]), st.just(ex.Attribute("x")),
              st.sampled_from(["p", "q"]).map(ex.Code)),
    st.builds(ex.Membership, numerics, st.tuples(constants, constants)),
    st.builds(ex.Comparison, st.sampled_from(["=", "!="]),
              st.builds(ex.Conditional, _comparison(numerics), st.just(ex.Code("p")), st.just(ex.Attribute("x"))),
              st.just(ex.Code("p"))))
truths = st.recursive(atoms, lambda inner: st.one_of(
    st.builds(ex.Not, inner), st.builds(ex.And, st.lists(inner, max_size=3).map(tuple)),
    st.builds(ex.Or, st.lists(inner, max_size=3).map(tuple)), st.builds(ex.Implies, inner, inner),
    st.builds(ex.Conditional, inner, inner, inner)), max_leaves=4)


@st.composite
def definitions(draw: st.DrawFn) -> ProductDefinition:
    rules = draw(st.lists(truths, min_size=1, max_size=3))
    return ProductDefinition(
        "random", Text.of("Random"), NUMBERS + CHOICES, parameters={"k": Fraction(3, 2)}, tables={"steps": TABLE},
        derived=(make.figure("twice", make.product(2, attr("a"))),
                 make.figure("ratio", calc(attr("b"), "/", prop("x", "size")))),
        rules=tuple(rule(f"r{place}", expression) for place, expression in enumerate(rules)))


@settings(max_examples=150, deadline=None)
@given(definitions(), st.randoms(use_true_random=False))
def test_components_equal_scalar_evaluation_of_every_cell(definition: ProductDefinition,
                                                          chance: random.Random) -> None:
    components = build_components(definition)
    assert sorted(code for item in components for code in item.numbers) == ["a", "b", "c"]
    for component in components:
        chosen = chance.choice(list(grid(component)))
        choices = {code: value for code, value in chosen.items() if chance.random() < 0.5}
        alive = {place for place in range(len(component.combinations)) if chance.random() < 0.6}
        assert_equals_truth(definition, component, choices, alive)


@settings(max_examples=60, deadline=None)
@given(definitions(), st.randoms(use_true_random=False))
def test_rule_masks_equal_scalar_evaluation_under_a_part_of_the_rules(definition: ProductDefinition,
                                                                      chance: random.Random) -> None:
    for component in build_components(definition):
        kept = tuple(code for code in component.rules if chance.random() < 0.5)
        chosen = chance.choice(list(grid(component)))
        choices = {code: value for code, value in chosen.items() if chance.random() < 0.5}
        truth = truth_table(definition, component, kept)
        expected = [any(matches(cell, choices) for cell in truth[key]) for key in component.all_combinations]
        assert component.allowed_under(kept, choices).tolist() == expected


@settings(max_examples=40, deadline=None)
@given(definitions(), st.randoms(use_true_random=False))
def test_component_survives_its_arrays(definition: ProductDefinition, chance: random.Random) -> None:
    for component in build_components(definition):
        rebuilt = NumericComponent.from_arrays(*component.to_arrays())
        chosen = chance.choice(list(grid(component)))
        choices = {code: value for code, value in chosen.items() if chance.random() < 0.5}
        alive = np.ones(len(component.combinations), dtype=bool)
        assert rebuilt.combinations == component.combinations
        assert rebuilt.rules == component.rules
        assert rebuilt.cell_counts(choices) == component.cell_counts(choices)
        assert rebuilt.domains(alive, choices) == component.domains(alive, choices)
        assert (rebuilt.allowed_under(component.rules[:1], choices)
                == component.allowed_under(component.rules[:1], choices)).all()


# -- the demo families ------------------------------------------------------------------------------

def test_window_at_one_millimetre_equals_scalar_evaluation_in_sampled_cells() -> None:
    definition = a_window()
    (component,) = build_components(definition)
    assert component.interface == ("profile", "glass", "opening")
    chance = random.Random(7)
    places = {key: place for place, key in enumerate(component.combinations)}
    for _ in range(400):
        cell = {"width": Fraction(chance.randint(400, 1600)), "height": Fraction(chance.randint(500, 2600))}
        allowed = component.allowed(cell)
        for key in component.all_combinations:
            values: dict[str, Value] = {**cell, **dict(zip(component.interface, key, strict=True))}
            expected = is_allowed(definition, component, values)
            assert (key in places and bool(allowed[places[key]])) == expected


@pytest.mark.parametrize(("width", "height", "glass", "expected"), [
    (1230, 1480, "3-4/14/4/14/4", True), (1400, 2400, "3-6/12/4/12/6", False)])
def test_window_golden_combinations(*, width: int, height: int, glass: str, expected: bool) -> None:
    (component,) = build_components(a_window())
    allowed = component.allowed({"width": Fraction(width), "height": Fraction(height)})
    place = component.combinations.index(("PVC82", glass, "tilt_turn"))
    assert bool(allowed[place]) is expected


def test_window_domain_along_each_number_equals_a_full_scalar_scan() -> None:
    definition = a_window(step=20)
    (component,) = build_components(definition)
    chance = random.Random(3)
    for _ in range(6):
        alive = {place for place in range(len(component.combinations)) if chance.random() < 0.2}
        choices: dict[str, Fraction] = {}
        if chance.random() < 0.7:
            choices["width"] = Fraction(400 + 20 * chance.randint(0, 60))
        if chance.random() < 0.7:
            choices["height"] = Fraction(500 + 20 * chance.randint(0, 105))
        mask = np.array([place in alive for place in range(len(component.combinations))])
        found = component.domains(mask, choices)
        for axis in component.runs.axes:
            others = [item for item in component.runs.axes if item is not axis]
            (other,) = others
            fixed = [choices[other.code]] if other.code in choices else [
                other.minimum + place * other.step for place in range(0, other.size, 1)]
            for value in {axis.minimum + chance.randrange(axis.size) * axis.step for _ in range(4)}:
                expected = any(is_allowed(definition, component, {
                    axis.code: value, other.code: second,
                    **dict(zip(component.interface, component.combinations[place], strict=True))})
                    for place in alive for second in fixed)
                assert (value in members(found[axis.code])) == expected


def test_pump_components_equal_scalar_evaluation_in_sampled_cells() -> None:
    definition = a_pump()
    hydraulic, warm = build_components(definition)
    assert (hydraulic.interface, warm.interface) == (("pumps",), ("seal",))
    chance = random.Random(11)
    for _ in range(500):
        cell = {"q": Fraction(chance.randint(1, 80)), "head": Fraction(chance.randint(5, 150))}
        allowed = dict(zip(hydraulic.combinations, hydraulic.allowed(cell).tolist(), strict=True))
        for key in hydraulic.all_combinations:
            assert allowed.get(key, False) == is_allowed(definition, hydraulic, {**cell, "pumps": key[0]})
    assert warm.allowed({"temp": Fraction(91)}).tolist() == [True, True, False]


def test_holes_are_exact() -> None:
    banned = ex.Membership(attr("a"), (ex.Number(Fraction(3)), ex.Number(Fraction(4)), ex.Number(Fraction(7))))
    definition = ProductDefinition("holes", Text.of("Holes"), (number("a", 0, 10),),
                                   rules=(rule("not_these", ex.Not(banned)),))
    (component,) = build_components(definition)
    domain = component.domains(np.ones(1, dtype=bool), {"a": Fraction(9)})["a"]
    assert spans(domain) == [(0, 2), (5, 6), (8, 10)]
    assert component.cell_counts({}) == [8]


def test_number_in_no_rule_is_a_component_of_its_own_with_one_combination() -> None:
    definition = ProductDefinition("free", Text.of("Free"), (number("a", 0, 10, "0.1"), choice("x", "p", "q")))
    (component,) = build_components(definition)
    assert component.combinations == ((),)
    assert component.cell_counts({}) == [101]
    assert component.allowed({"a": Fraction("0.35")}).tolist() == [False]
    assert component.domains(np.ones(1, dtype=bool), {})["a"].intervals == ((Fraction(0), Fraction(10)),)


def test_component_is_empty_when_the_rules_leave_nothing() -> None:
    definition = ProductDefinition("void", Text.of("Void"), (number("a", 0, 10), choice("x", "p", "q")), rules=(
        rule("never", implies(ex.Or((make.test(attr("x"), "=", "p"), make.test(attr("x"), "=", "q"))),
                              make.test(attr("a"), ">", 10))),))
    (component,) = build_components(definition)
    assert component.combinations == ()
    assert component.allowed({}).tolist() == []
    assert component.domains(np.zeros(0, dtype=bool), {})["a"].intervals == ()


def test_values_beyond_int64_stay_exact() -> None:
    huge = make.product(*[attr("a")] * 12)
    limit = Fraction(99_999) ** 12
    definition = ProductDefinition("huge", Text.of("Huge"), (number("a", 99_990, 100_010),),
                                   rules=(rule("below", make.test(huge, "<=", limit)),))
    (component,) = build_components(definition)
    assert component.domains(np.ones(1, dtype=bool), {})["a"].intervals == ((Fraction(99_990), Fraction(99_999)),)


def test_soft_rules_do_not_restrict() -> None:
    wish = Rule("wish", make.test(attr("a"), ">", 5), Text.of("nicer"), Strength.SOFT)
    definition = ProductDefinition("soft", Text.of("Soft"), (number("a", 0, 10),), rules=(wish,))
    (component,) = build_components(definition)
    assert component.rules == ()
    assert component.cell_counts({}) == [11]


@pytest.mark.parametrize(("budget", "words"), [
    (RegionBudget(cells=1000), "coarser step"), (RegionBudget(combinations=10), "sash_weight"),
    (RegionBudget(runs=5), "stretches"), (RegionBudget(evaluations=1000), "sash_weight")])
def test_component_beyond_the_budget_is_refused_and_names_the_rule(budget: RegionBudget, words: str) -> None:
    with pytest.raises(ComponentTooLarge, match=words) as caught:
        build_all(a_window(step=10), budget)
    assert caught.value.detail["rule"]


def test_rule_over_a_number_and_a_text_is_refused() -> None:
    text = Attribute("words", AttributeKind.TEXT, Text.of("Words"), max_length=5)
    definition = ProductDefinition("mixed", Text.of("Mixed"), (number("a", 0, 3), text), rules=(
        rule("odd", ex.And((make.test(attr("a"), ">", 1), make.test(attr("words"), "=", "hi")))),))
    with pytest.raises(RuleUnsupported, match="odd"):
        build_components(definition)
