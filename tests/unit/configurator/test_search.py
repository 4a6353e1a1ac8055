from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from catalog.product import ClauseGroup
from configurator.engine.formula import Formula, FormulaBuilder, exclusive_pairs
from configurator.engine.group_encoding import encode_group
from configurator.engine.search import FormulaSearch

VARIABLES = 6
literals = st.integers(1, VARIABLES).flatmap(lambda n: st.sampled_from((n, -n)))
formulas = st.lists(st.lists(literals, min_size=1, max_size=3), max_size=14)


def formula_of(clauses: list[list[int]], exclusive: list[list[int]]) -> Formula:
    builder = FormulaBuilder()
    builder.variables(VARIABLES)
    for clause in clauses:
        builder.clause(clause)
    for group in exclusive:
        builder.at_most_one(sorted(set(group)))
    return builder.build({})


def models(formula: Formula) -> list[frozenset[int]]:
    clauses = [*formula.clauses, *exclusive_pairs(formula)]
    found = []
    for signs in product((-1, 1), repeat=formula.variable_count):
        model = frozenset(sign * number for number, sign in enumerate(signs, start=1))
        if all(model & set(clause) for clause in clauses):
            found.append(model)
    return found


EVERY = [sign * number for number in range(1, VARIABLES + 1) for sign in (1, -1)]


@settings(max_examples=200, deadline=None)
@given(formulas, st.lists(st.lists(st.integers(1, VARIABLES), min_size=2, max_size=4), max_size=2),
       st.lists(st.lists(literals, max_size=3), min_size=1, max_size=5))
def test_possible_literals_equal_enumeration(
    clauses: list[list[int]], exclusive: list[list[int]], questions: list[list[int]]
) -> None:
    formula = formula_of(clauses, exclusive)
    every = models(formula)
    search = FormulaSearch(formula)
    for choices in questions:
        left = [model for model in every if model >= set(choices)]
        assert search.is_consistent(choices) == bool(left)
        expected = frozenset[int]().union(*left) if left else None
        assert search.possible(choices, EVERY) == expected
        core = search.find_core(choices)
        assert (core is None) == bool(left)
        if core is not None:
            assert set(core) <= set(choices)
            assert not [model for model in every if model >= set(core)]


@settings(max_examples=100, deadline=None)
@given(formulas, st.lists(literals, max_size=2), st.permutations(EVERY))
def test_completion_follows_the_preferences_in_order(
    clauses: list[list[int]], choices: list[int], preferred: list[int]
) -> None:
    formula = formula_of(clauses, [])
    left = [model for model in models(formula) if model >= set(choices)]
    found = FormulaSearch(formula).complete(choices, preferred)
    if not left:
        assert found is None
        return
    for literal in preferred:
        left = [model for model in left if literal in model] or left
    assert frozenset(found or ()) in left


def test_answers_stay_right_when_the_solver_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("configurator.engine.search._MAX_QUESTIONS", 2)
    formula = formula_of([[1, 2], [-1, 3], [-2, -3], [4, 5]], [])
    search = FormulaSearch(formula)
    every = models(formula)
    for choices in product(EVERY, repeat=2):
        left = [model for model in every if model >= set(choices)]
        assert search.possible(choices, EVERY) == (frozenset[int]().union(*left) if left else None)


@pytest.mark.parametrize("size", [1, 2, 5, 11])
@pytest.mark.parametrize("limit", [0, 1, 200])
def test_groups_allow_exactly_their_cardinality(size: int, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("configurator.engine.group_encoding._MAX_SUBSET_CLAUSES", limit)
    for low, high in ((0, 0), (0, 1), (1, 1), (1, size), (2, 3), (size, size), (size // 2, size - 1)):
        if not low <= high <= size:
            continue
        builder = FormulaBuilder()
        builder.variables(size + 1)
        group = ClauseGroup(size + 1, tuple(range(1, size + 1)), low, high)
        encode_group(builder, group, list(range(size + 2)))
        search = FormulaSearch(builder.build({}))
        for count in range(size + 1):
            children = [n if n <= count else -n for n in range(1, size + 1)]
            assert search.is_consistent([size + 1, *children]) == (low <= count <= high)
            assert search.is_consistent([-(size + 1), *children]) == (count == 0)


def test_helping_variables_of_groups_add_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("configurator.engine.group_encoding._MAX_SUBSET_CLAUSES", 1)
    builder = FormulaBuilder()
    builder.variables(6)
    encode_group(builder, ClauseGroup(6, (1, 2, 3, 4, 5), 2, 3), list(range(7)))
    formula = builder.build({})
    assert formula.variable_count > 6
    with Solver(name="minisat22", bootstrap_with=formula.clauses) as solver:
        assert len(list(solver.enum_models())) == 1 + 10 + 10
