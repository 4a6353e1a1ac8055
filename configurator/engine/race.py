"""Compile under several branching orders at once, each in its own process; the first to finish ends the others.

A child reads its task as JSON from standard input and writes the flat arrays of the graph to standard output, so
that what compiling holds in memory goes with the child. No solver.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configurator.engine.branching import Order
from configurator.engine.compiler import FALSE, Budget, BudgetExceeded, Compiler
from configurator.engine.flattening import flatten
from configurator.engine.graph import Graph
from configurator.engine.memory import resident_bytes
from configurator.engine.preparation import Prepared
from configurator.engine.progress import UNWATCHED, Watch

_GLANCE_SECONDS = 0.1
"""How often the race looks after its children."""

_PATIENCE = 3
"""The race is waited for so many times as long as a child may compute: a busy machine gives it a share of its time."""

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Leaves:
    """What the flat graph is written over: the leaf of each literal of the formula (−1: none), and their slots."""

    leaf_of: Mapping[int, int]
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One branching order for one formula."""

    prepared: Prepared
    order: Order
    leaves: Leaves

    def compile(self, budget: Budget, watch: Watch = UNWATCHED) -> tuple[Graph | None, int]:
        """Compile in this process.

        Returns
        -------
        Graph or None, int
            The flat graph, None when the formula has no model; and how many edges it had before.

        Raises
        ------
        BudgetExceeded
            When the budget does not suffice.
        CompilationStopped
            When the one who watches wishes to stop.
        """
        compiled = Compiler(self.prepared, self.order, budget, watch).compile()
        if compiled.root == FALSE:
            return None, 0
        leaf_of = self.leaves.leaf_of
        by_literal = [leaf_of.get(item, -1) for variable in self.order.variables for item in (variable, -variable)]
        slots = self.leaves.slots
        return flatten(compiled, by_literal, len(slots), slots), compiled.edge_count

    def to_json(self, budget: Budget) -> str:
        """Write the attempt as a task for a child."""
        return json.dumps({
            "count": self.prepared.variable_count, "clauses": self.prepared.clauses,
            "exclusive": self.prepared.exclusive, "order": self.order.variables, "is_static": self.order.is_static,
            "leaves": list(self.leaves.leaf_of.items()), "slots": self.leaves.slots, "budget": asdict(budget),
        })

    @classmethod
    def from_json(cls, task: Mapping[str, Any]) -> Attempt:
        """Read a task."""
        prepared = Prepared(
            is_consistent=True,
            variable_count=task["count"],
            clauses=tuple(map(tuple, task["clauses"])),
            exclusive=tuple(map(tuple, task["exclusive"])),
            images=(),
        )
        order = Order(tuple(task["order"]), is_static=task["is_static"])
        return cls(prepared, order, Leaves(dict(task["leaves"]), tuple(task["slots"])))


def race(attempts: Sequence[Attempt], budget: Budget, watch: Watch = UNWATCHED) -> Graph:
    """Give the graph of the attempt that is first to finish.

    Parameters
    ----------
    attempts
        Of the same formula, which has a model.
    budget
        Its seconds are those that each child may compute, its memory what this process and all children add.
    watch
        Hears what share of the time is spent, and may end it all.

    Raises
    ------
    BudgetExceeded
        When no attempt finishes within the budget.
    CompilationStopped
        When the one who watches wishes to stop.
    """
    if budget.seconds <= 0:
        raise BudgetExceeded
    runners: list[subprocess.Popen[bytes]] = []
    pending: dict[Future[tuple[bytes, bytes]], subprocess.Popen[bytes]] = {}
    with ThreadPoolExecutor(len(attempts)) as pool:
        try:
            for attempt in attempts:
                runners.append(_start_child())
                task = attempt.to_json(budget).encode()
                pending[pool.submit(runners[-1].communicate, task)] = runners[-1]
            return _first(pending, budget, watch)
        except OSError as error:
            # The system has no room for another process.
            raise BudgetExceeded from error
        finally:
            for child in runners:
                child.kill()


def _first(
    pending: dict[Future[tuple[bytes, bytes]], subprocess.Popen[bytes]], budget: Budget, watch: Watch
) -> Graph:
    """Wait for the first child that finishes with a graph; the hungriest go when memory runs out."""
    started = time.monotonic()
    limit = resident_bytes() + budget.memory
    while pending:
        done, _ = wait(pending, timeout=_GLANCE_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            child = pending.pop(future)
            output, _ = future.result()
            if child.returncode == 0 and output:
                return _graph_from_bytes(output)
        spent = (time.monotonic() - started) / budget.seconds
        if spent > _PATIENCE:
            break
        watch.report("graph", min(spent, 1.0))
        _stay_within(limit, list(pending.values()))
    raise BudgetExceeded


def _stay_within(limit: int, runners: Sequence[subprocess.Popen[bytes]]) -> None:
    """End the child that holds most when all processes together hold more than they may."""
    held = {child.pid: resident_bytes(child.pid) for child in runners}
    if runners and resident_bytes() + sum(held.values()) > limit:
        max(runners, key=lambda child: held[child.pid]).kill()


def _start_child() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "configurator.engine.race"]
    return subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _graph_from_bytes(data: bytes) -> Graph:
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        arrays: dict[str, NDArray[Any]] = dict(stored)
    return Graph.from_arrays(arrays)


def _run_child() -> int:
    """Compile what standard input describes and write the graph to standard output; 1 beyond the budget."""
    task = json.load(sys.stdin)
    attempt, budget = Attempt.from_json(task), Budget(**task["budget"])
    del task
    try:
        graph, _ = attempt.compile(budget)
    except BudgetExceeded:
        return 1
    if graph is None:
        return 1
    stored = io.BytesIO()
    np.savez(stored, allow_pickle=False, **graph.to_arrays())
    sys.stdout.buffer.write(stored.getvalue())
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(_run_child())
