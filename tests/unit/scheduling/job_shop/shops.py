"""Small job shops for the tests: strategies, a slow exact solver, a file of each family."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st

from scheduling.job_shop.instance import JobShop, topological_order

FLEXIBLE = "2 2 1.5\n2 2 0 3 1 4 1 1 2\n1 1 0 5\n"
SETUPS = "2 2 1.0\n2 1 1 3 1 2 4\n1 1 1 5\n\n9 9 2\n9 9 9\n7 9 9\n9 9 9\n9 9 9\n9 9 9\n"
GRAPH = "# a comment\n4 3 2\n0 2\n1 2\n\n2 3\n1 0 3\n2 0 4 1 2\n1 1 5\n1 0 1\n"
CLASSIC = "2 2\n0 3 1 2\n1 4 0 1\n"
BLOCKS = "2 2 77 88 20 15\nTimes\n3 2\n4 1\nMachines\n1 2\n2 1\n"

UNSOLVED = "20 5\n" + "".join(
    "10" + "".join(f" 2 {(j + o) % 5 + 1} {3 + (7 * j + 3 * o) % 17} {(j + 2 * o + 1) % 5 + 1} {4 + (5 * j + o) % 19}"
                   for o in range(10)) + "\n"
    for j in range(20)
)
"""Flexible; its bound is not reached soon."""


@st.composite
def shops(draw: st.DrawFn, most_operations: int = 8) -> JobShop:
    """Draw a job shop: any precedence without a cycle, any modes, sometimes setups."""
    machines = draw(st.integers(1, 3))
    count = draw(st.integers(1, most_operations))
    mode = st.tuples(st.integers(0, machines - 1), st.integers(1, 9))
    modes = tuple(
        tuple(draw(st.lists(mode, min_size=1, max_size=3, unique_by=lambda pair: pair[0]))) for _ in range(count)
    )
    before = tuple(
        tuple(sorted(draw(st.sets(st.integers(0, v - 1), max_size=2)))) if v else () for v in range(count)
    )
    setups = None
    if draw(st.booleans()):
        numbers = draw(st.lists(st.integers(0, 6), min_size=machines * count * count,
                                max_size=machines * count * count))
        setups = np.array(numbers, dtype=np.int64).reshape(machines, count, count)
    return JobShop("graph", machines, modes, before, tuple((0, v) for v in range(count)), setups)


def best_by_enumeration(shop: JobShop) -> int:
    """Try every order of operations and every mode, each as early as it can go: the least makespan."""
    best = 10**9
    for modes in product(*(range(len(found)) for found in shop.modes)):
        best = min(best, _best_order(shop, modes, [], {}, {}, best))
    return best


def _best_order(
    shop: JobShop, modes: tuple[int, ...], ends: list[int], done: dict[int, int],
    machine_free: dict[int, tuple[int, int]], best: int,
) -> int:
    if len(done) == len(shop.modes):
        return max(done.values())
    for v, earlier in enumerate(shop.before):
        if v in done or not all(other in done for other in earlier):
            continue
        machine, duration = shop.modes[v][modes[v]]
        start = max((done[other] for other in earlier), default=0)
        if machine in machine_free:
            last, free = machine_free[machine]
            start = max(start, free + shop.setup(machine, last, v))
        if start + duration + shop.tails[v] >= best:
            continue
        best = min(best, _best_order(shop, modes, ends, {**done, v: start + duration},
                                     {**machine_free, machine: (v, start + duration)}, best))
    return best


def is_acyclic(shop: JobShop) -> bool:
    """Whether every operation has a place in an order."""
    return len(topological_order(shop.before)) == len(shop.modes)
