"""Real models: known counts, counts that add up, and table models against one selector per row."""

from __future__ import annotations

import math
import random

import pytest
from pysat.solvers import Solver

from catalog.formats.source import read_source
from catalog.product import ProductDefinition
from configurator.configuration import Conflict, OptionState, Selection
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from tests.unit.configurator.oracle import real_model

KNOWN = [
    ("bike.uvl", None), ("berkeleydb.uvl", 5.0), ("pc-richmond.dimacs", 71.49), ("eshop.uvl", 47.81),
    ("windows8.uvl", 176.99), ("financial1805.uvl", 46.47), ("renault_small.xml", 17.39),
    ("automotive01.uvl.xz", 700.01),
    pytest.param("ecos-am31.uvl", 393.38, marks=pytest.mark.slow),
    pytest.param("renault_big.xml.xz", 74.38, marks=pytest.mark.slow),
    pytest.param("automotive2_1.uvl.xz", 4187.86, marks=pytest.mark.slow),
]


def read(name: str) -> ProductDefinition:
    (definition,) = read_source(real_model(name)).products
    return definition


@pytest.mark.parametrize(("name", "bits"), KNOWN)
def test_counts_are_known_and_add_up(name: str, bits: float | None) -> None:
    model = compile_definition(read(name), content_hash=name)
    assert model.method == "graph"
    total = model.count(Selection())
    assert bits is None or math.log2(total) == pytest.approx(bits, abs=0.005)
    rng = random.Random(5)
    selection, left = Selection(), total
    for attribute in rng.sample(model.definition.attributes, min(12, len(model.definition.attributes))):
        parts = {
            option.code: model.count(selection.choose(attribute.code, option.code)) for option in attribute.options
        }
        assert sum(parts.values()) == left
        code = rng.choice([code for code, count in parts.items() if count])
        selection, left = selection.choose(attribute.code, code), parts[code]


def test_tree_and_clauses_give_equal_counts() -> None:
    tree, clauses = (
        compile_definition(read(name), content_hash=name)
        for name in ("automotive01.uvl.xz", "automotive01.dimacs")
    )
    assert tree.count(Selection()) == clauses.count(Selection())


class RowOracle:
    """One variable per option and per table row, clauses as plain as can be."""

    def __init__(self, definition: ProductDefinition) -> None:
        self.numbers: dict[tuple[str, str], int] = {}
        self.solver = Solver(name="cadical153")
        self._last = 0
        for attribute in definition.attributes:
            own = [self._new() for _ in attribute.options]
            self.numbers.update({
                (attribute.code, o.code): v for o, v in zip(attribute.options, own, strict=True)
            })
            self._exactly_one(own)
        for table in definition.table_rules:
            if not table.is_allowed:
                for row in table.rows:
                    self.solver.add_clause(
                        [-self.numbers[pair] for pair in zip(table.attributes, row, strict=True)]
                    )
                continue
            selectors = [self._new() for _ in table.rows]
            self.solver.add_clause(selectors)
            for selector, row in zip(selectors, table.rows, strict=True):
                for pair in zip(table.attributes, row, strict=True):
                    self.solver.add_clause([-selector, self.numbers[pair]])

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _exactly_one(self, variables: list[int]) -> None:
        self.solver.add_clause(variables)
        for place, first in enumerate(variables):
            for second in variables[place + 1 :]:
                self.solver.add_clause([-first, -second])

    def can(self, choices: dict[str, str], name: str, code: str) -> bool:
        return bool(self.solver.solve([*(self.numbers[pair] for pair in choices.items()), self.numbers[name, code]]))


def test_table_model_agrees_with_one_selector_per_row() -> None:
    definition = read("renault_small.xml")
    oracle, model = RowOracle(definition), compile_definition(definition, content_hash="r")
    rng = random.Random(11)
    for _ in range(3):
        walk(model, oracle, rng)


def walk(model: CompiledModel, oracle: RowOracle, rng: random.Random) -> None:
    choices: dict[str, str] = {}
    while len(choices) < 8:
        answer = model.domains(Selection.of(dict(choices)))
        assert not isinstance(answer, Conflict)
        for name, states in answer.options.items():
            for code, state in states.items():
                assert (state is not OptionState.EXCLUDED) == oracle.can(choices, name, code)
        still_open = [n for n, states in answer.options.items() if OptionState.AVAILABLE in states.values()]
        if not still_open:
            return
        name = rng.choice(still_open)
        choices[name] = rng.choice([
            code for code, state in answer.options[name].items() if state is OptionState.AVAILABLE
        ])
