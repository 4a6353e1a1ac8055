"""Repairs are the fewest changes that help, lead to valid products, and differ from each other."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import AttributeKind, ProductDefinition, Value
from configurator import sacrifice
from configurator.appraisal import Appraiser
from configurator.configuration import Selection
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.explanation import explain_value
from configurator.repair import Repair, find_repairs
from tests.unit.configurator.engine.test_model import (
    brute_force,
    coupled_product,
    grid,
    products_and_choices,
)

Whole = Mapping[str, Value]


def least_changes(every: list[Whole], choices: Whole, wanted: Whole) -> int | None:
    """Count, over all valid products with what is wanted, the fewest choices that differ; None when there are none."""
    return min((sum(whole[name] != value for name, value in choices.items()) for whole in every
                if all(whole[name] == value for name, value in wanted.items())), default=None)


def check_repairs(every: list[Whole], repairs: tuple[Repair, ...], choices: Whole, wanted: Whole) -> None:
    least = least_changes(every, choices, wanted)
    if least is None:
        assert repairs == ()
        return
    sizes = [len(repair.changes) for repair in repairs]
    assert sizes[0] == least
    assert sizes == sorted(sizes)
    assert [repair.is_least for repair in repairs] == [size == least for size in sizes]
    touched = [frozenset(change.attribute for change in repair.changes) for repair in repairs]
    assert not any(one <= other for place, other in enumerate(touched) for one in touched[:place])
    for repair, names in zip(repairs, touched, strict=True):
        assert dict(repair.whole) in every
        assert not names & wanted.keys()
        assert {change.attribute: change.before for change in repair.changes} == {n: choices[n] for n in names}
        assert all(change.after == repair.whole[change.attribute] != change.before for change in repair.changes)
        expected = {**choices, **{change.attribute: change.after for change in repair.changes}, **wanted}
        assert dict(repair.selection) == expected
        assert all(repair.whole[name] == value for name, value in expected.items())


def check_every_value(model: CompiledModel, every: list[Whole], selection: Selection) -> None:
    appraiser = Appraiser(model.definition)
    numbers = model.give_up(selection)
    for attribute in model.definition.attributes:
        others = selection.retract(attribute.code)
        for value in grid(attribute):
            explanation = explain_value(model, appraiser, selection, attribute=attribute.code, value=value)
            if least_changes(every, others, {attribute.code: value}) == 0:
                assert explanation is None
                continue
            assert explanation is not None
            check_repairs(every, explanation.repairs, others, {attribute.code: value})
            if numbers is not None and attribute.kind is AttributeKind.CHOICE:
                told = numbers.of_option(attribute.code, str(value))
                assert told == (len(explanation.repairs[0].changes) if explanation.repairs else None)


@settings(max_examples=60, deadline=None)
@given(products_and_choices())
def test_repairs_are_the_smallest_when_product_is_random(case: tuple[ProductDefinition, list[tuple[str, str]]]) -> None:
    item, clicks = case
    check_every_value(compile_definition(item, content_hash="x"), brute_force(item), Selection.of(dict(clicks)))


COUPLED = coupled_product()
EVERY = brute_force(COUPLED)
MODEL = compile_definition(COUPLED, content_hash="coupled")


@st.composite
def coupled_choices(draw: st.DrawFn) -> Selection:
    return Selection.of({attribute.code: draw(st.sampled_from(grid(attribute))) for attribute in COUPLED.attributes
                         if draw(st.booleans())})


@settings(max_examples=20, deadline=None)
@given(coupled_choices())
def test_repairs_are_the_smallest_when_numbers_are_coupled(selection: Selection) -> None:
    check_every_value(MODEL, EVERY, selection)


@settings(max_examples=60, deadline=None)
@given(coupled_choices())
def test_contradicting_choices_are_repaired_with_the_fewest_changes(selection: Selection) -> None:
    repairs = find_repairs(MODEL, Appraiser(COUPLED), selection, frozenset(), None)
    check_repairs(EVERY, repairs, selection, {})


@settings(max_examples=40, deadline=None)
@given(products_and_choices())
def test_the_graph_proves_the_fewest_changes_when_the_search_stops_early(
    case: tuple[ProductDefinition, list[tuple[str, str]]],
) -> None:
    item, clicks = case
    every, model, selection = brute_force(item), compile_definition(item, content_hash="x"), Selection.of(dict(clicks))
    numbers = model.give_up(selection)
    with patch.object(sacrifice, "MOST_QUESTIONS", 0):
        repairs = find_repairs(model, Appraiser(item), selection, frozenset(), None, numbers.total if numbers else None)
    check_repairs(every, repairs, selection, {})


def test_a_number_that_has_to_move_moves_as_little_as_possible() -> None:
    selection = Selection.of({"frame": "wood", "width": Fraction(9), "depth": Fraction(1)})
    repairs = find_repairs(MODEL, Appraiser(COUPLED), selection, frozenset(), None)
    assert [[(change.attribute, change.before, change.after) for change in repair.changes] for repair in repairs] == [
        [("frame", "wood", "metal")], [("width", Fraction(9), Fraction(6))]]
