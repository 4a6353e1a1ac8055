"""The demo products: the best of a part small enough to be listed is the best of the list."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from catalog.product import AttributeKind, ProductDefinition
from configurator.appraisal import Appraiser
from configurator.configuration import Conflict, OptionState, Selection
from configurator.cost_model import CostModel, Figure
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.goal import Goal
from configurator.optimization import best_completion
from configurator.popularity import learn_ranking
from tests.unit.configurator.demo import demo_product

MOST_LISTED = 1_500


def listed(engine: CompiledModel, selection: Selection) -> Iterator[Selection]:
    """List every whole configuration by asking what is left, choice after choice."""
    domains = engine.domains(selection)
    assert not isinstance(domains, Conflict)
    for name, states in domains.options.items():
        if name not in selection:
            for code, state in states.items():
                if state is not OptionState.EXCLUDED:
                    yield from listed(engine, selection.choose(name, code))
            return
    yield selection


def narrowed(item: ProductDefinition, engine: CompiledModel, chance: random.Random) -> Selection:
    """Choose numbers and options at random until few enough configurations are left."""
    selection = Selection()
    for attribute in chance.sample(item.attributes, len(item.attributes)):
        domains = engine.domains(selection)
        assert not isinstance(domains, Conflict)
        if attribute.kind is AttributeKind.NUMBER:
            low, high = chance.choice(domains.numbers[attribute.code].intervals)
            selection = selection.choose(
                attribute.code, low + chance.randrange(int((high - low) / attribute.step) + 1) * attribute.step)
        elif attribute.kind is AttributeKind.CHOICE and (domains.count or 0) > MOST_LISTED:
            left = [code for code, state in domains.options[attribute.code].items()
                    if state is not OptionState.EXCLUDED]
            selection = selection.choose(attribute.code, chance.choice(left))
    return selection


@pytest.mark.parametrize("code", ["bicycle", "pump", "window"])
@pytest.mark.parametrize("seed", range(3))
def test_best_is_the_best_of_all_that_can_be_listed(code: str, seed: int) -> None:
    item = demo_product(code)
    engine = compile_definition(item, content_hash="x")
    model = CostModel(Appraiser(item), learn_ranking(item))
    selection = narrowed(item, engine, random.Random(f"{code} {seed}"))
    every = [model.figures(whole) for whole in listed(engine, selection)]
    for figure in Figure:
        best = best_completion(engine, model, selection, Goal(figure))
        assert best is not None
        assert best.is_proven
        assert best.score == min(figures[figure] for figures in every)
    middle = {figure: sorted(figures[figure] for figures in every)[len(every) // 4] for figure in Figure}
    limits = {figure: middle[figure] for figure in (Figure.PRICE, Figure.CO2, Figure.WORK)}
    within = [figures for figures in every if all(figures[figure] <= most for figure, most in limits.items())]
    best = best_completion(engine, model, selection, Goal(Figure.RANK, limits))
    assert (best is None) == (not within)
    if best is not None:
        assert best.score == min(figures[Figure.RANK] for figures in within)
    else:
        goal = Goal(Figure.RANK, {figure: most // 2 for figure, most in limits.items()}, is_miss=True)
        miss = best_completion(engine, model, selection, goal)
        assert miss is not None
        assert miss.score == min(goal.excess(figures) for figures in every)
