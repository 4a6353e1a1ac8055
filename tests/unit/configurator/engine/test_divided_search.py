"""The search part by part against every model; what it refuses to count; threads that share it."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.configuration import Domains, Selection
from configurator.engine.compiler import Budget
from configurator.engine.divided_search import DividedSearch
from configurator.engine.formula import Formula, FormulaBuilder, exclusive_pairs
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from tests.factories import demo_products

VARIABLES = 8
literals = st.integers(1, VARIABLES).flatmap(lambda n: st.sampled_from((n, -n)))
EVERY = np.array([sign * number for number in range(1, VARIABLES + 1) for sign in (1, -1)], dtype=np.int64)


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    builder = FormulaBuilder()
    builder.variables(VARIABLES)
    for clause in draw(st.lists(st.lists(literals, min_size=1, max_size=3), max_size=12)):
        builder.clause(clause)
    for group in draw(st.lists(st.sets(st.integers(1, VARIABLES), min_size=2, max_size=5), max_size=2)):
        builder.at_most_one(sorted(group))
    return builder.build({})


def models(formula: Formula) -> list[frozenset[int]]:
    clauses = [set(clause) for clause in (*formula.clauses, *exclusive_pairs(formula))]
    every = (
        frozenset(sign * number for number, sign in enumerate(signs, start=1))
        for signs in product((-1, 1), repeat=VARIABLES)
    )
    return [model for model in every if all(model & clause for clause in clauses)]


@settings(max_examples=150, deadline=None)
@given(formulas(), st.lists(st.lists(literals, max_size=3), min_size=1, max_size=6), st.permutations(EVERY.tolist()))
def test_every_answer_equals_enumeration(
    formula: Formula, questions: list[list[int]], preferred: list[int]
) -> None:
    every = models(formula)
    search = DividedSearch(formula)
    for choices in questions:
        left = [model for model in every if model >= set(choices)]
        assert search.is_consistent(choices) == bool(left)
        possible = search.possible(choices, EVERY)
        among = search.possible_among(choices, [1, -1, VARIABLES])
        whole = search.complete(choices, preferred)
        assert search.count(choices, Budget(), at_most=VARIABLES) == len(left)
        assert search.is_consistent(choices) == bool(left)
        if not left:
            assert possible is None
            assert among is None
            assert whole is None
            continue
        assert possible is not None
        expected = frozenset[int]().union(*left)
        assert possible.tolist() == [literal in expected for literal in EVERY.tolist()]
        assert among == expected & {1, -1, VARIABLES}
        for literal in preferred:
            left = [model for model in left if literal in model] or left
        assert whole in left


def test_what_is_too_much_to_count_is_not_counted() -> None:
    rng = random.Random(1)
    builder = FormulaBuilder()
    variables = builder.variables(60)
    for _ in range(120):
        builder.clause(rng.choice((1, -1)) * variable for variable in rng.sample(variables, 3))
    search = DividedSearch(builder.build({}))
    assert search.count((), Budget(), at_most=5) is None
    assert search.count((), Budget(seconds=-1.0), at_most=60) is None
    everything = search.complete((), variables)
    assert everything is not None
    assert search.count(everything, Budget(), at_most=60) == 1


def by_search(product_code: str) -> CompiledModel:
    definition = demo_products()[product_code].definition
    return compile_definition(definition, content_hash="s", budget=Budget(seconds=-1.0))


@pytest.mark.parametrize("product_code", ["window", "pump", "bicycle"])
def test_products_with_numbers_answer_the_same_by_search_and_by_graph(product_code: str) -> None:
    definition = demo_products()[product_code].definition
    graph, search = compile_definition(definition, content_hash="g"), by_search(product_code)
    assert (graph.method, search.method) == ("graph", "search")
    rng = random.Random(4)
    selection = Selection()
    for _ in range(6):
        expected, found = graph.domains(selection), search.domains(selection)
        assert isinstance(expected, Domains)
        assert isinstance(found, Domains)
        assert (found.options, found.numbers) == (expected.options, expected.numbers)
        assert found.count in (expected.count, None)
        assert graph.replaceable(selection) == search.replaceable(selection)
        assert search.is_consistent(search.complete(selection, preferred={}))
        name = rng.choice([*expected.options, *expected.numbers])
        if name in expected.numbers:
            selection = selection.choose(name, rng.choice(expected.numbers[name].intervals)[0])
        else:
            possible = [code for code, state in expected.options[name].items() if state != "excluded"]
            selection = selection.choose(name, rng.choice(possible))


def test_threads_that_share_a_search_get_the_same_answers() -> None:
    rng = random.Random(9)
    builder = FormulaBuilder()
    variables = builder.variables(80)
    for _ in range(110):
        builder.clause(rng.choice((1, -1)) * variable for variable in rng.sample(variables, 3))
    formula = builder.build({})
    wanted = np.array([sign * variable for variable in variables for sign in (1, -1)], dtype=np.int64)
    questions = [[rng.choice((1, -1)) * rng.choice(variables) for _ in range(3)] for _ in range(24)]
    alone = [DividedSearch(formula).possible(choices, wanted) for choices in questions]
    shared = DividedSearch(formula)
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda choices: shared.possible(choices, wanted), questions))
    for expected, found in zip(alone, together, strict=True):
        assert (expected is None) == (found is None)
        assert expected is None or found is None or expected.tolist() == found.tolist()
