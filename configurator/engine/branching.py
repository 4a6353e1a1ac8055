"""Static branching orders from the structure of a formula. Imports no solver."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from configurator.engine.preparation import Prepared


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the variables: branched on first to last when static, else only a numbering."""

    variables: tuple[int, ...]
    is_static: bool


def primal_graph(prepared: Prepared) -> list[set[int]]:
    """Give, per variable, the variables it shares a clause or an exclusive group with."""
    neighbors: list[set[int]] = [set() for _ in range(prepared.variable_count + 1)]
    for literals in {*prepared.clauses, *prepared.exclusive}:
        members = {abs(literal) for literal in literals}
        for member in members:
            neighbors[member] |= members
    for variable, others in enumerate(neighbors):
        others.discard(variable)
    return neighbors


def elimination_order(prepared: Prepared) -> Order:
    """Order the variables so that the one eliminated last by minimum degree is branched on first."""
    neighbors = primal_graph(prepared)
    heap = [(len(neighbors[variable]), variable) for variable in range(1, prepared.variable_count + 1)]
    heapq.heapify(heap)
    eliminated: list[int] = []
    is_gone = bytearray(prepared.variable_count + 1)
    while heap:
        degree, variable = heapq.heappop(heap)
        if is_gone[variable] or degree != len(neighbors[variable]):
            continue
        is_gone[variable] = 1
        eliminated.append(variable)
        around = neighbors[variable]
        for other in around:
            merged = neighbors[other]
            merged |= around
            merged.discard(variable)
            merged.discard(other)
            heapq.heappush(heap, (len(merged), other))
    return Order(tuple(reversed(eliminated)), is_static=True)


def natural_order(prepared: Prepared) -> Order:
    """Number the variables as they are and choose the branching variable anew at each step."""
    return Order(tuple(range(1, prepared.variable_count + 1)), is_static=False)
