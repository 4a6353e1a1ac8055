"""Reverse configuration against brute force, and on the demo products."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from catalog.product import ProductDefinition, Value
from configurator.appraisal import Appraiser
from configurator.configuration import Selection
from configurator.cost_model import Figure, Ranking
from configurator.engine.loading import compile_definition
from configurator.entrusted import service_attributes
from configurator.limits import Adviser, Miss, Wish
from configurator.optimization import Best
from configurator.popularity import COST_OF_RANGE
from tests.unit.configurator.costed import CODES, Costed, costed_products, every_costed, model_of, rankings
from tests.unit.configurator.demo import demo_product

LIMITED = (Figure.PRICE, Figure.CO2, Figure.WORK)


def adviser_of(item: ProductDefinition, ranking: Ranking) -> Adviser:
    return Adviser(compile_definition(item, content_hash="x"), Appraiser(item), lambda _near: ranking)


def within(costed: list[Costed], limits: Mapping[Figure, int]) -> list[Costed]:
    return [(whole, figures) for whole, figures in costed
            if all(figures[figure] <= most for figure, most in limits.items())]


def holding(costed: list[Costed], selection: Mapping[str, Value]) -> list[Costed]:
    return [(whole, figures) for whole, figures in costed
            if all(whole[name] == value for name, value in selection.items())]


@settings(max_examples=60, deadline=None)
@given(costed_products(), rankings(), st.data())
def test_the_miss_is_nearest_and_its_reliefs_are_the_single_choices_that_block(
    item: ProductDefinition, ranking: Ranking, data: st.DataObject
) -> None:
    every = every_costed(item, model_of(item, ranking))
    assume(every)
    names = data.draw(st.lists(st.sampled_from(sorted(CODES)), min_size=1, max_size=3, unique=True))
    whole = data.draw(st.sampled_from(every))[0]
    selection = Selection.of({name: whole[name] for name in names})
    left = holding(every, selection)
    limits = {figure: min(figures[figure] for _, figures in left) - data.draw(st.integers(-5, 40))
              for figure in data.draw(st.lists(st.sampled_from(LIMITED), min_size=1, max_size=2, unique=True))}
    answer = adviser_of(item, ranking).configure_within(selection, Wish(limits))
    if within(left, limits):
        assert isinstance(answer, Best)
        assert answer.is_proven
        assert answer.score == min(figures[Figure.RANK] for _, figures in within(left, limits))
        return
    assert isinstance(answer, Miss)
    assert answer.is_proven

    def excess(figures: Mapping[Figure, int]) -> float:
        return float(sum(max(0, figures[figure] - most) / max(most, 1) for figure, most in limits.items()))

    assert excess(answer.nearest.figures) == pytest.approx(min(excess(figures) for _, figures in left))
    assert answer.over == {figure: answer.nearest.figures[figure] - most for figure, most in limits.items()
                           if answer.nearest.figures[figure] > most}
    assert answer.least == {figure: min(figures[figure] for _, figures in left) for figure in limits}
    assert set(answer.out_of_reach) == {figure for figure, least in answer.least.items() if least > limits[figure]}
    helping = {(name,) for name in names if within(holding(every, selection.retract(name)), limits)}
    if helping:
        assert {relief.given_up for relief in answer.reliefs} == helping
    for relief in answer.reliefs:
        rest = Selection.of({name: value for name, value in selection.items() if name not in relief.given_up})
        reached = within(holding(every, rest), limits)
        assert relief.best.figures[Figure.RANK] == min(figures[Figure.RANK] for _, figures in reached)


def test_services_and_numbers_keep_their_defaults_unless_they_are_free() -> None:
    item = demo_product("window")
    adviser = adviser_of(item, Ranking())
    best = adviser.decide(Selection(), Figure.PRICE)
    assert best is not None
    assert {name: best.whole[name] for name in service_attributes(item)} == {
        "warranty": "2y", "maintenance": "false", "installation": "none", "spare_kit": "none",
        "certificate": "false", "take_back": "false"}
    assert (best.whole["width"], best.whole["height"]) == (Fraction(1230), Fraction(1480))
    freed = adviser.decide(Selection(), Figure.PRICE, free=("take_back", "width"))
    assert freed is not None
    assert freed.whole["take_back"] == "true"
    assert freed.whole["width"] == 400
    assert freed.figures[Figure.PRICE] < best.figures[Figure.PRICE]


def test_a_number_given_up_moves_as_little_as_it_can() -> None:
    item = demo_product("window")
    engine = compile_definition(item, content_hash="x")
    adviser = Adviser(engine, Appraiser(item), lambda near: Ranking(targets={
        name: (value, COST_OF_RANGE) for name, value in near.items() if isinstance(value, Fraction)}))
    selection = Selection.of({"width": item.attribute("width").maximum, "glass": "3-4/14/4/14/4"})  # type: ignore[union-attr]
    answer = adviser.configure_within(selection, Wish({Figure.PRICE: 130_000}))
    assert isinstance(answer, Miss)
    relief = next(relief for relief in answer.reliefs if relief.given_up == ("width",))
    width = relief.best.whole["width"]
    wider = relief.best.whole.choose("width", width + 1)  # type: ignore[operator]  # a number
    cheapest = adviser.decide(Selection.of({"width": wider["width"], "glass": "3-4/14/4/14/4"}), Figure.PRICE)
    assert relief.best.is_proven
    assert cheapest is not None
    assert cheapest.figures[Figure.PRICE] > 130_000


def test_what_is_not_accepted_is_passed_over() -> None:
    item = demo_product("window")
    adviser = adviser_of(item, Ranking())
    first = adviser.decide(Selection(), Figure.PRICE)
    assert first is not None
    second = adviser.configure_within(Selection(), Wish(
        {}, Figure.PRICE, accepts=lambda whole: whole["profile"] != first.whole["profile"]))
    assert isinstance(second, Best)
    assert second.is_proven
    assert second.whole["profile"] != first.whole["profile"]
    assert second.figures[Figure.PRICE] > first.figures[Figure.PRICE]
