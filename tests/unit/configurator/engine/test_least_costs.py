"""Least costs and give-up numbers against brute force on random small products."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import ProductDefinition, Value
from configurator.configuration import Selection
from configurator.engine.least_costs import CostsTooLarge
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from tests.unit.configurator.engine.test_model import (
    NO_BUDGET,
    brute_force,
    choice,
    coupled_product,
    definition,
    grid,
    is_code,
    products,
)

Costs = dict[str, dict[str, int]]
Wholes = list[Mapping[str, Value]]


def option_codes(item: ProductDefinition) -> list[tuple[str, str]]:
    return [(a.code, option.code) for a in item.attributes for option in a.options]


@st.composite
def cost_cases(draw: st.DrawFn) -> tuple[ProductDefinition, Costs, Selection]:
    item = draw(products())
    pairs = option_codes(item)
    costs: Costs = {}
    for name, code in pairs:
        if draw(st.booleans()):
            costs.setdefault(name, {})[code] = draw(st.integers(-50, 50))
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=3, unique_by=lambda pair: pair[0]))
    return item, costs, Selection.of(dict(chosen))


def left_by(every: Wholes, selection: Mapping[str, Value]) -> Wholes:
    return [whole for whole in every if all(whole[name] == value for name, value in selection.items())]


def total_of(costs: Costs, whole: Mapping[str, Value]) -> int:
    return sum(codes.get(str(whole[name]), 0) for name, codes in costs.items())


@settings(max_examples=150, deadline=None)
@given(cost_cases())
def test_least_totals_are_those_of_brute_force(case: tuple[ProductDefinition, Costs, Selection]) -> None:
    item, costs, selection = case
    left = left_by(brute_force(item), selection)
    least = compile_definition(item, content_hash="x").least_costs(selection, costs)
    if not left:
        assert least is None
        return
    assert least is not None
    assert least.total == min(total_of(costs, whole) for whole in left)
    assert dict(least.options) in left
    assert total_of(costs, least.options) == least.total
    for name, code in option_codes(item):
        with_it = [total_of(costs, whole) for whole in left if whole[name] == code]
        assert least.of_option(name, code) == min(with_it, default=None)


@settings(max_examples=100, deadline=None)
@given(cost_cases())
def test_give_up_numbers_are_those_of_brute_force(case: tuple[ProductDefinition, Costs, Selection]) -> None:
    item, _, selection = case
    check_give_up(compile_definition(item, content_hash="x"), selection, brute_force(item))


def check_give_up(model: CompiledModel, selection: Selection, every: Wholes) -> None:
    found = model.give_up(selection)
    if not every:
        assert found is None
        return
    assert found is not None
    assert found.total == min(changes(selection, whole) for whole in every)
    for name, code in option_codes(model.definition):
        others = selection.retract(name)
        wanted = [changes(others, whole) for whole in every if whole[name] == code]
        assert found.of_option(name, code) == min(wanted, default=None)


def changes(selection: Mapping[str, Value], whole: Mapping[str, Value]) -> int:
    return sum(whole[name] != value for name, value in selection.items())


_COUPLED = coupled_product()
_COUPLED_MODEL = compile_definition(_COUPLED, content_hash="x")
_COUPLED_WHOLES = brute_force(_COUPLED)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_numbers_count_among_the_choices_given_up(data: st.DataObject) -> None:
    chosen = {
        attribute.code: data.draw(st.sampled_from(grid(attribute)))
        for attribute in _COUPLED.attributes
        if data.draw(st.booleans())
    }
    check_give_up(_COUPLED_MODEL, Selection.of(chosen), _COUPLED_WHOLES)


def test_combinations_bear_costs_and_can_be_ruled_out() -> None:
    model = _COUPLED_MODEL
    place = next(place for place, item in enumerate(model.components) if item.interface == ("frame", "glass")
                 or item.interface == ("glass", "frame"))
    component = model.components[place]
    glass = component.interface.index("glass")
    per_code = {"thin": None, "thick": 7, "steel": 3}
    own = [per_code[combination[glass]] for combination in component.combinations]
    given_costs = [own if other == place else [0] * len(item.combinations)
                   for other, item in enumerate(model.components)]
    least = model.least_costs(Selection(), {"frame": {"metal": 10}}, combination_costs=given_costs)
    assert least is not None
    assert least.of_option("glass", "thin") is None
    assert least.of_option("glass", "thick") == 7
    assert least.of_option("glass", "steel") == 13
    assert least.total == 7
    chosen = component.combinations[least.combinations[place]]
    assert chosen[glass] == least.options["glass"] == "thick"


def test_a_contradiction_and_a_void_product_have_no_least() -> None:
    void = definition(choice("x", ("a", "b")), rules=(is_code("x", "a"), is_code("x", "b")))
    model = compile_definition(void, content_hash="v")
    assert model.least_costs(Selection(), {}) is None
    assert model.give_up(Selection()) is None
    chosen = Selection.of({"frame": "wood", "glass": "steel"})
    assert _COUPLED_MODEL.least_costs(chosen, {}) is None


def test_costs_beyond_exact_sweeps_are_refused() -> None:
    with pytest.raises(CostsTooLarge, match="less than"):
        _COUPLED_MODEL.least_costs(Selection(), {"frame": {"metal": 2**60}})


def test_search_says_that_it_has_no_graph() -> None:
    model = compile_definition(_COUPLED, content_hash="s", budget=NO_BUDGET)
    assert model.method == "search"
    assert model.give_up(Selection()) is None
    with pytest.raises(ValueError, match="graph"):
        model.least_costs(Selection(), {})


def test_large_numbers_stay_exact() -> None:
    item = definition(choice("x", ("a", "b")), choice("y", ("a", "b")))
    least = compile_definition(item, content_hash="x").least_costs(
        Selection(), {"x": {"a": 10**15 + 1, "b": 10**15 + 3}, "y": {"a": 7, "b": 5}})
    assert least is not None
    assert least.total == 10**15 + 6
    assert least.of_option("x", "b") == 10**15 + 8
