"""From a formula to flat arrays within a budget: several branching orders are tried. No solver of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from configurator.engine.branching import elimination_order, natural_order
from configurator.engine.compiler import Budget, BudgetExceeded
from configurator.engine.formula import Formula
from configurator.engine.graph import Graph, Ints
from configurator.engine.preparation import TRUE, Prepared, prepare
from configurator.engine.progress import UNWATCHED, Watch
from configurator.engine.race import Attempt, Leaves, race
from configurator.engine.slots import CERTAIN, Slots, image_of, make_slots, refer_all
from configurator.engine.wide_clauses import split_wide_clauses

FIRST_ATTEMPT_SECONDS: Final = 2.0
"""One order alone gets this long before two orders race."""

IMPROVEMENT_SECONDS: Final = 1.5
"""A graph found soon is tried to be made smaller for this long."""

IMPROVEMENT_ATTEMPTS: Final = 6

LARGE_SUM: Final = 200
"""Sums with more partial sums than this, if they are a good part of the rules, decide the order of branching."""

SMALL_GRAPH_EDGES: Final = 1_000
"""A graph with fewer edges is not made smaller: a sweep over it takes no time."""


@dataclass(frozen=True, eq=False)
class CompiledFormula:
    """A graph, and the leaves that options and combinations stand for.

    Attributes
    ----------
    graph
        None when no configuration is valid.
    option_leaves
        Leaf of every option, in the order of the formula's ``literals``.
    option_opposites
        Whether the option holds exactly when its leaf does not.
    combination_leaves
        Per numeric component the leaf of every combination; −1 for a combination no configuration has.
    """

    graph: Graph | None
    option_leaves: Ints
    option_opposites: NDArray[np.bool_]
    combination_leaves: tuple[Ints, ...]


def compile_formula(formula: Formula, budget: Budget, watch: Watch = UNWATCHED) -> CompiledFormula:
    """Compile a formula.

    A quick first attempt runs here; when it is done soon, other orders are tried for a smaller graph, and when it
    is not, two orders race in child processes.

    Raises
    ------
    BudgetExceeded
        When neither branching order finishes within the budget.
    CompilationStopped
        When the one who watches wishes to stop.
    """
    watch.report("simplify")
    started = time.thread_time()
    frozen = frozenset(variable for group in formula.combinations for variable in group)
    prepared = prepare(formula, frozen)
    if not prepared.is_consistent:
        return _nothing(formula)
    watch.report("graph")
    combinations = [[prepared.images[variable] for variable in group] for group in formula.combinations]
    slots = _slots(formula, prepared, combinations)
    leaves = Leaves(slots.leaf_of, tuple(slots.slot_of))
    left = replace(budget, seconds=max(budget.seconds - (time.thread_time() - started), 0.0))
    is_sum = formula.sum_variables > max(LARGE_SUM, formula.variable_count // 4)
    graph = (_sum_graph if is_sum else _smallest_graph)(split_wide_clauses(prepared), leaves, left, watch)
    option_leaves, opposites = refer_all(slots, prepared, formula.literals)
    return CompiledFormula(
        graph=graph,
        option_leaves=np.array(option_leaves, dtype=np.int32),
        option_opposites=np.array(opposites, dtype=np.bool_),
        combination_leaves=tuple(_combination_leaves(slots, group) for group in combinations),
    )


def _nothing(formula: Formula) -> CompiledFormula:
    """Give the answer for rules that no configuration keeps."""
    count = sum(map(len, formula.literals.values()))
    return CompiledFormula(
        None,
        np.zeros(count, dtype=np.int32),
        np.ones(count, dtype=np.bool_),
        tuple(np.full(len(group), -1, dtype=np.int32) for group in formula.combinations),
    )


def _slots(formula: Formula, prepared: Prepared, combinations: Sequence[Sequence[int]]) -> Slots:
    """Choose the leaves of the graph."""
    images = {image_of(prepared, literal) for codes in formula.literals.values() for literal in codes.values()}
    open_groups = [tuple(image for image in group if abs(image) != TRUE) for group in combinations]
    return make_slots(prepared, images | {image for group in open_groups for image in group}, open_groups)


def _smallest_graph(prepared: Prepared, leaves: Leaves, budget: Budget, watch: Watch) -> Graph | None:
    """Compile under several orders, as far as the time allows, and give the smallest graph."""
    first = Attempt(prepared, elimination_order(prepared), leaves)
    started = time.thread_time()
    try:
        best, edges = first.compile(replace(budget, seconds=min(budget.seconds, FIRST_ATTEMPT_SECONDS)), watch)
    except BudgetExceeded:
        left = replace(budget, seconds=budget.seconds - (time.thread_time() - started))
        return race((first, Attempt(prepared, natural_order(prepared), leaves)), left, watch)
    deadline = time.thread_time() + min(IMPROVEMENT_SECONDS, budget.seconds)
    for seed in range(1, IMPROVEMENT_ATTEMPTS + 1):
        left = replace(budget, seconds=deadline - time.thread_time(), edges=edges)
        if best is None or best.edge_count < SMALL_GRAPH_EDGES or left.seconds <= 0:
            break
        try:
            graph, edges_before = Attempt(prepared, elimination_order(prepared, seed), leaves).compile(left, watch)
        except BudgetExceeded:
            continue
        if graph is not None and graph.edge_count < best.edge_count:
            best, edges = graph, edges_before
    return best


def _sum_graph(prepared: Prepared, leaves: Leaves, budget: Budget, watch: Watch) -> Graph | None:
    """Compile a formula that is mostly a sum: in the order of the product, beside other orders when that takes long."""
    first = Attempt(prepared, natural_order(prepared, is_static=True), leaves)
    started = time.thread_time()
    try:
        return first.compile(replace(budget, seconds=min(budget.seconds, FIRST_ATTEMPT_SECONDS)), watch)[0]
    except BudgetExceeded:
        left = replace(budget, seconds=budget.seconds - (time.thread_time() - started))
    return race((first, Attempt(prepared, natural_order(prepared), leaves)), left, watch)


def _combination_leaves(slots: Slots, images: Sequence[int]) -> Ints:
    leaves = [CERTAIN if image == TRUE else slots.leaf_of.get(image, -1) for image in images]
    return np.array(leaves, dtype=np.int32)
