"""Best completions and nearest misses against brute force."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import ProductDefinition
from configurator.configuration import Selection
from configurator.cost_model import Figure, Ranking
from configurator.engine.loading import compile_definition
from configurator.goal import Goal
from configurator.optimization import best_completion
from tests.unit.configurator.costed import CODES, costed_products, every_costed, model_of, rankings
from tests.unit.configurator.engine.test_model import NO_BUDGET

FIGURES = tuple(Figure)


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    names = draw(st.lists(st.sampled_from(sorted(CODES)), max_size=1))
    return Selection.of({name: draw(st.sampled_from(CODES[name])) for name in names})


def holds(whole: object, selection: Selection) -> bool:
    return all(whole[name] == value for name, value in selection.items())  # type: ignore[index]  # a mapping


@settings(max_examples=150, deadline=None)
@given(costed_products(), rankings(), selections(), st.sampled_from(FIGURES))
def test_best_completion_is_that_of_brute_force(
    item: ProductDefinition, ranking: Ranking, selection: Selection, figure: Figure
) -> None:
    model = model_of(item, ranking)
    left = [figures[figure] for whole, figures in every_costed(item, model) if holds(whole, selection)]
    best = best_completion(compile_definition(item, content_hash="x"), model, selection, Goal(figure))
    if not left:
        assert best is None
        return
    assert best is not None
    assert best.score == min(left) == best.figures[figure]
    assert best.is_proven
    assert dict(best.figures) == dict(model.figures(best.whole))
    assert holds(best.whole, selection)


@settings(max_examples=150, deadline=None)
@given(costed_products(), rankings(), selections(), st.sampled_from(FIGURES), st.data())
def test_limits_are_met_whenever_some_configuration_meets_them(
    item: ProductDefinition, ranking: Ranking, selection: Selection, figure: Figure, data: st.DataObject
) -> None:
    model = model_of(item, ranking)
    left = [figures for whole, figures in every_costed(item, model) if holds(whole, selection)]
    limits = {}
    for limited in (Figure.PRICE, Figure.CO2, Figure.WORK):
        values = sorted(figures[limited] for figures in left) or [0]
        if data.draw(st.booleans()):
            limits[limited] = data.draw(st.sampled_from(values)) + data.draw(st.integers(-30, 30))
    engine = compile_definition(item, content_hash="x")
    best = best_completion(engine, model, selection, Goal(figure, limits))
    within = [figures[figure] for figures in left if all(figures[f] <= most for f, most in limits.items())]
    assert (best is None) == (not within)
    if best is not None:
        assert best.score == min(within)
        assert best.is_proven
    elif left:
        goal = Goal(figure, limits, is_miss=True)
        miss = best_completion(engine, model, selection, goal)
        assert miss is not None
        assert miss.is_proven
        assert miss.score == min(goal.excess(figures) for figures in left)


@settings(max_examples=40, deadline=None)
@given(costed_products(), rankings(), st.sampled_from(FIGURES))
def test_without_a_graph_the_answer_is_valid_and_says_how_sure_it_is(
    item: ProductDefinition, ranking: Ranking, figure: Figure
) -> None:
    model = model_of(item, ranking)
    left = [figures[figure] for _, figures in every_costed(item, model)]
    engine = compile_definition(item, content_hash="x", budget=NO_BUDGET)
    best = best_completion(engine, model, Selection(), Goal(figure), node_limit=5)
    if not left:
        assert best is None
        return
    assert best is not None
    assert best.bound <= min(left) <= best.score
    assert not best.is_proven or best.score == min(left)
