"""The made-up products that measure the engine: the same for a seed, possible, and answered exactly."""

from __future__ import annotations

import random
from fractions import Fraction

from benchmarks.synthetic import synthetic_product
from catalog.product import AttributeKind, ProductDefinition
from catalog.rules.evaluation import Evaluator
from configurator.configuration import Domains, Selection
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel

SEED = 1


def test_a_seed_makes_one_product_of_thirty_choices_and_six_numbers() -> None:
    item = synthetic_product(SEED)
    assert item == synthetic_product(SEED) != synthetic_product(SEED + 1)
    kinds = [attribute.kind for attribute in item.attributes]
    assert kinds.count(AttributeKind.CHOICE) == 30
    assert kinds.count(AttributeKind.NUMBER) == 6


def test_numbers_reach_exactly_what_can_be_completed() -> None:
    item = synthetic_product(SEED)
    model = compile_definition(item, content_hash=item.code)
    assert model.method == "graph"
    rng = random.Random(SEED)
    selection = Selection()
    for _ in range(12):
        answer = model.domains(selection)
        assert isinstance(answer, Domains)
        name = rng.choice(list(answer.numbers))
        check_bounds(model, selection, name, answer)
        code = rng.choice([attribute.code for attribute in item.attributes if attribute.code in answer.options])
        possible = [option for option, state in answer.options[code].items() if state != "excluded"]
        low, _ = rng.choice(answer.numbers[name].intervals)
        selection = selection.choose(code, rng.choice(possible)).choose(name, low)
        if not model.is_consistent(selection):
            selection = selection.retract(code)
        assert_is_valid(item, model.complete(selection, preferred={}))


def check_bounds(model: CompiledModel, selection: Selection, name: str, answer: Domains) -> None:
    """Check that the ends of a number's intervals can be chosen, and what lies just outside cannot."""
    attribute = model.definition.attribute(name)
    assert attribute is not None
    for low, high in answer.numbers[name].intervals[:3]:
        assert model.is_consistent(selection.choose(name, low))
        assert model.is_consistent(selection.choose(name, high))
        assert not model.is_consistent(selection.choose(name, low - attribute.step))
        assert not model.is_consistent(selection.choose(name, high + attribute.step))
        assert not model.is_consistent(selection.choose(name, low + attribute.step / 2))
        assert (high - low) / attribute.step == Fraction(int((high - low) / attribute.step))


def assert_is_valid(item: ProductDefinition, whole: Selection) -> None:
    evaluator = Evaluator(item, whole)
    assert all(evaluator.truth(rule.expression) for rule in item.rules)
