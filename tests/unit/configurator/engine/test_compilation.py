"""The race of two branching orders, and what a budget does."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from configurator.engine import compilation
from configurator.engine.compilation import compile_formula
from configurator.engine.compiler import Budget, BudgetExceeded
from configurator.engine.counting import Counter
from configurator.engine.formula import Formula, FormulaBuilder


def random_formula(seed: int) -> Formula:
    """Three-literal clauses over 14 yes/no attributes."""
    rng = random.Random(seed)
    builder = FormulaBuilder()
    variables = builder.variables(14)
    for _ in range(36):
        builder.clause(rng.choice((1, -1)) * variable for variable in rng.sample(variables, 3))
    return builder.build({f"x{v}": {"true": v, "false": -v} for v in variables})


def models(formula: Formula) -> int:
    bits = (np.arange(1 << formula.variable_count)[:, None] >> np.arange(formula.variable_count)) & 1
    kept = np.ones(len(bits), dtype=bool)
    for clause in formula.clauses:
        kept &= np.any([bits[:, abs(item) - 1] == (item > 0) for item in clause], axis=0)
    return int(kept.sum())


def count(formula: Formula, budget: Budget) -> int:
    graph = compile_formula(formula, budget).graph
    if graph is None:
        return 0
    blocked = np.zeros(graph.leaf_count, dtype=np.bool_)
    return Counter(graph, {}).count(blocked, {})


@pytest.mark.parametrize("seed", range(6))
def test_compiled_count_equals_the_models(seed: int) -> None:
    formula = random_formula(seed)
    assert count(formula, Budget()) == models(formula)


def test_race_in_child_processes_gives_the_same_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "FIRST_ATTEMPT_SECONDS", -1.0)
    formula = random_formula(3)
    assert count(formula, Budget()) == models(formula) > 0


def test_budget_ends_the_race_and_the_first_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = random_formula(3)
    with pytest.raises(BudgetExceeded):
        compile_formula(formula, Budget(seconds=-1.0))
    monkeypatch.setattr(compilation, "FIRST_ATTEMPT_SECONDS", -1.0)
    with pytest.raises(BudgetExceeded):
        compile_formula(formula, Budget(edges=3))


def test_formula_without_models_compiles_to_nothing() -> None:
    formula = random_formula(1)
    contradiction = replace(formula, clauses=(*formula.clauses, (1,), (-1,)), sources=(*formula.sources, "", ""))
    assert compile_formula(contradiction, Budget()).graph is None
