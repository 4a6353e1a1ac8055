"""From a formula to flat arrays within a budget: two branching orders race in child processes. No solver."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configurator.engine.branching import Order, elimination_order, natural_order
from configurator.engine.compiler import FALSE, Budget, BudgetExceeded, Compiler, DecisionGraph
from configurator.engine.flattening import flatten
from configurator.engine.formula import Formula
from configurator.engine.graph import Graph, Ints
from configurator.engine.preparation import TRUE, Prepared, prepare
from configurator.engine.progress import UNWATCHED, Watch
from configurator.engine.slots import CERTAIN, Slots, image_of, make_slots, refer_all

FIRST_ATTEMPT_SECONDS = 20.0
"""The elimination order alone gets this long before both orders race."""

_GLANCE_SECONDS = 0.1
"""How often the race looks after its children."""

_ROOT = Path(__file__).resolve().parents[2]


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
    order = elimination_order(prepared)
    left = max(budget.seconds - (time.thread_time() - started), 0.0)
    try:
        first = replace(budget, seconds=min(left, FIRST_ATTEMPT_SECONDS))
        graph = Compiler(prepared, order, first, watch).compile()
    except BudgetExceeded:
        left = budget.seconds - (time.thread_time() - started)
        order, graph = _race(prepared, (order, natural_order(prepared)), replace(budget, seconds=left), watch)
    return _nothing(formula) if graph.root == FALSE else _over_leaves(formula, prepared, order, graph)


def _nothing(formula: Formula) -> CompiledFormula:
    """Give the answer for rules that no configuration keeps."""
    count = sum(map(len, formula.literals.values()))
    return CompiledFormula(
        None,
        np.zeros(count, dtype=np.int32),
        np.ones(count, dtype=np.bool_),
        tuple(np.full(len(group), -1, dtype=np.int32) for group in formula.combinations),
    )


def _over_leaves(formula: Formula, prepared: Prepared, order: Order, graph: DecisionGraph) -> CompiledFormula:
    """Choose the leaves and flatten the graph over them."""
    images = {
        image_of(prepared, literal) for codes in formula.literals.values() for literal in codes.values()
    }
    combinations = [[prepared.images[variable] for variable in group] for group in formula.combinations]
    open_groups = [tuple(image for image in group if abs(image) != TRUE) for group in combinations]
    slots = make_slots(prepared, images | {image for group in open_groups for image in group}, open_groups)
    leaves, opposites = refer_all(slots, prepared, formula.literals)
    return CompiledFormula(
        graph=flatten(graph, _leaf_by_literal(order, slots), len(slots.slot_of), slots.slot_of),
        option_leaves=np.array(leaves, dtype=np.int32),
        option_opposites=np.array(opposites, dtype=np.bool_),
        combination_leaves=tuple(_combination_leaves(slots, group) for group in combinations),
    )


def _combination_leaves(slots: Slots, images: Sequence[int]) -> Ints:
    leaves = [CERTAIN if image == TRUE else slots.leaf_of.get(image, -1) for image in images]
    return np.array(leaves, dtype=np.int32)


def _leaf_by_literal(order: Order, slots: Slots) -> list[int]:
    return [
        slots.leaf_of.get(literal, -1) for variable in order.variables for literal in (variable, -variable)
    ]


def _race(
    prepared: Prepared, orders: Sequence[Order], budget: Budget, watch: Watch
) -> tuple[Order, DecisionGraph]:
    """Compile under every order at once, each in its own process; the first to finish ends the others."""
    if budget.seconds <= 0:
        raise BudgetExceeded
    started = time.monotonic()
    children = [_start_child() for _ in orders]
    inputs = [_to_json(prepared, order, budget) for order in orders]
    with ThreadPoolExecutor(len(orders)) as pool:
        try:
            waiting = {
                pool.submit(child.communicate, text): (child, order)
                for child, text, order in zip(children, inputs, orders, strict=True)
            }
            pending = set(waiting)
            while pending:
                done, pending = wait(pending, timeout=_GLANCE_SECONDS, return_when=FIRST_COMPLETED)
                watch.report("graph", (time.monotonic() - started) / budget.seconds)
                for future in done:
                    child, order = waiting[future]
                    output, _ = future.result()
                    if child.returncode == 0 and output:
                        return order, _graph_from_json(output)
        finally:
            for child in children:
                child.kill()
    raise BudgetExceeded


def _start_child() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "configurator.engine.compilation"]
    return subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _to_json(prepared: Prepared, order: Order, budget: Budget) -> str:
    return json.dumps({
        "count": prepared.variable_count, "clauses": prepared.clauses, "exclusive": prepared.exclusive,
        "order": order.variables, "is_static": order.is_static,
        "seconds": budget.seconds, "edges": budget.edges,
    })


def _graph_from_json(text: str) -> DecisionGraph:
    literals, children, root = json.loads(text)
    return DecisionGraph(
        [None if item is None else tuple(item) for item in literals], [tuple(item) for item in children], root
    )


def _run_child() -> int:
    """Compile what standard input describes and write the graph to standard output; 1 beyond the budget."""
    task = json.load(sys.stdin)
    prepared = Prepared(
        is_consistent=True,
        variable_count=task["count"],
        clauses=tuple(map(tuple, task["clauses"])),
        exclusive=tuple(map(tuple, task["exclusive"])),
        images=(),
    )
    order = Order(tuple(task["order"]), is_static=task["is_static"])
    try:
        graph = Compiler(prepared, order, Budget(task["seconds"], task["edges"])).compile()
    except BudgetExceeded:
        return 1
    json.dump([graph.literals, graph.children, graph.root], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(_run_child())
