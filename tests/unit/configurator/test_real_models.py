"""Real feature models against python-sat on their DIMACS files: every option of random selections."""

from __future__ import annotations

import random
from functools import cache

import pytest

from catalog.formats.source import read_source
from configurator.configuration import Conflict, Selection
from configurator.engine.encoding import encode
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.engine.search import FormulaSearch
from tests.unit.configurator.oracle import DimacsOracle, real_model

# UVL and DIMACS of pc-richmond hold different features in their source, so only its DIMACS file is asked.
PAIRS = [
    ("berkeleydb.uvl", "berkeleydb.dimacs", 8),
    ("eshop.uvl", "eshop.dimacs", 8),
    ("pc-richmond.dimacs", "pc-richmond.dimacs", 5),
    ("windows8.uvl", "windows8.dimacs", 5),
    ("financial1805.uvl", "financial1805.dimacs", 3),
    ("ecos-am31.uvl", "ecos-am31.dimacs", 2),
    ("automotive01.uvl.xz", "automotive01.dimacs", 1),
]


@cache
def compiled(name: str) -> CompiledModel:
    (definition,) = read_source(real_model(name)).products
    return compile_definition(definition, content_hash=name)


def check_walk(model: CompiledModel, oracle: DimacsOracle, *, steps: int, seed: int) -> None:
    """Choose at random among all options, also excluded ones, and compare every answer."""
    rng = random.Random(seed)
    choices: dict[str, str] = {}
    names = sorted(oracle.numbers)
    for _ in range(steps):
        answer = model.domains(Selection.of(dict(choices)))
        if isinstance(answer, Conflict):
            minimal = {name: choices[name] for name in answer.attributes}
            assert not oracle.is_consistent(minimal)
            for name in minimal:
                assert oracle.is_consistent({k: v for k, v in minimal.items() if k != name})
            choices.pop(rng.choice(answer.attributes))
            continue
        states = {name: {c: str(s) for c, s in own.items()} for name, own in answer.options.items()}
        assert states == oracle.states(choices)
        choices[rng.choice(names)] = rng.choice(("true", "false"))


@pytest.mark.parametrize(("model_file", "dimacs_file", "steps"), PAIRS)
def test_domains_equal_the_oracle(model_file: str, dimacs_file: str, steps: int) -> None:
    oracle = DimacsOracle(real_model(dimacs_file))
    check_walk(compiled(model_file), oracle, steps=steps, seed=len(model_file))


@pytest.mark.parametrize("name", ["berkeleydb", "eshop", "windows8", "financial1805"])
def test_both_formats_of_a_model_count_the_same(name: str) -> None:
    from_uvl, from_dimacs = compiled(f"{name}.uvl"), compiled(f"{name}.dimacs")
    assert {a.code for a in from_uvl.definition.attributes} == {a.code for a in from_dimacs.definition.attributes}
    assert from_uvl.count(Selection()) == from_dimacs.count(Selection()) > 1


@pytest.mark.parametrize(("model_file", "dimacs_file"), [
    ("eshop.uvl", "eshop.dimacs"), ("financial1805.uvl", "financial1805.dimacs"),
    ("automotive01.uvl.xz", "automotive01.dimacs"),
])
def test_search_equals_the_oracle_too(model_file: str, dimacs_file: str) -> None:
    oracle = DimacsOracle(real_model(dimacs_file))
    (definition,) = read_source(real_model(model_file)).products
    formula = encode(definition)
    search = FormulaSearch(formula)
    every = [literal for codes in formula.literals.values() for literal in codes.values()]
    rng = random.Random(3)
    choices: dict[str, str] = {}
    for _ in range(2):
        found = search.possible([formula.literals[n][c] for n, c in choices.items()], every)
        assert found is not None
        for name, states in oracle.states(choices).items():
            for code, state in states.items():
                assert (formula.literals[name][code] in found) == (state != "excluded")
        name = rng.choice([n for n, codes in formula.literals.items() if set(codes.values()) <= found])
        choices[name] = rng.choice(("true", "false"))


def test_bike_has_the_selections_its_rules_allow() -> None:
    model = compiled("bike.uvl")
    found = set()
    for bits in range(1 << 6):
        bell, wheels, blah, front, back, dynamo = (bool(bits >> place & 1) for place in range(6))
        light = front or back
        weight = 3 + bell + 2 * front + (1.5 if back else 0) + 3 * dynamo
        if (1 <= bell + wheels + light + dynamo <= 3 and weight < 10 and (wheels or not blah)
                and (dynamo or not light)):
            found.add(bits)
    assert model.count(Selection()) == len(found) == 22


def test_renault_counts_as_published() -> None:
    assert compiled("renault_small.xml").count(Selection()) == 172_056


@pytest.mark.slow
def test_fourteen_thousand_features_answer_by_search() -> None:
    (definition,) = read_source(real_model("automotive2_1.uvl.xz")).products
    oracle = DimacsOracle(real_model("automotive2_1.dimacs.xz"))
    formula = encode(definition)
    every = [literal for codes in formula.literals.values() for literal in codes.values()]
    found = FormulaSearch(formula).possible([], every)
    assert found is not None
    rng = random.Random(1)
    for name in rng.sample(sorted(oracle.numbers), 120):
        for code, literal in formula.literals[name].items():
            assert (literal in found) == oracle.is_consistent({name: code})
