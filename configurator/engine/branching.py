"""Static branching orders from the structure of a formula. Imports no solver."""

from __future__ import annotations

import heapq
import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from configurator.engine.preparation import Prepared

_MANY_NEIGHBORS: Final = 60
"""Beyond so many neighbors the edges to add are estimated; they are many in any case."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the variables: branched on first to last when static, else only a numbering."""

    variables: tuple[int, ...]
    is_static: bool


def primal_graph(prepared: Prepared, without: Collection[int] = ()) -> list[set[int]]:
    """Give, per variable, the variables it shares a clause or an exclusive group with, some variables left out."""
    neighbors: list[set[int]] = [set() for _ in range(prepared.variable_count + 1)]
    for literals in {*prepared.clauses, *prepared.exclusive}:
        members = {abs(literal) for literal in literals}.difference(without)
        for member in members:
            neighbors[member] |= members
    for variable, others in enumerate(neighbors):
        others.discard(variable)
    return neighbors


def elimination_order(prepared: Prepared, seed: int = 0) -> Order:
    """Order the variables so that the one eliminated last by minimum fill is branched on first.

    Eliminating a variable joins all its neighbors; the one whose elimination adds the fewest edges goes next
    (Kjaerulff's minimum fill heuristic, 1990). What is eliminated late separates the rest into parts.

    Parameters
    ----------
    prepared
        The formula.
    seed
        Decides between variables that are equally good; different seeds give graphs of different sizes.
    """
    neighbors = primal_graph(prepared, without=joined_already(prepared))
    elimination = _Elimination(neighbors, random.Random(seed))  # noqa: S311 - no secret
    return Order(tuple(reversed(elimination.run())), is_static=True)


def joined_already(prepared: Prepared) -> set[int]:
    """Give the variables that a single wide clause or group joins with all their neighbors.

    Eliminating them first adds no edge, so the pairs among them, which are many, need not be written down.
    """
    together = {frozenset(map(abs, literals)) for literals in (*prepared.clauses, *prepared.exclusive)}
    wide = [members for members in together if len(members) > _MANY_NEIGHBORS]
    if not wide:
        return set()
    around: list[list[frozenset[int]]] = [[] for _ in range(prepared.variable_count + 1)]
    for members in together:
        for member in members:
            around[member].append(members)
    return {member for members in wide for member in members if all(other <= members for other in around[member])}


class _Elimination:
    """Eliminates the variables of a primal graph one after the other; the graph is used up."""

    def __init__(self, neighbors: list[set[int]], rng: random.Random) -> None:
        self._neighbors = neighbors
        self._fill = [self._count_fill(variable) for variable in range(len(neighbors))]
        self._tie = [rng.random() for _ in neighbors]
        self._is_gone = bytearray(len(neighbors))
        self._heap = [self._entry(variable) for variable in range(1, len(neighbors))]
        heapq.heapify(self._heap)

    def run(self) -> list[int]:
        """Give the variables in the order they were eliminated."""
        eliminated: list[int] = []
        while self._heap:
            entry = heapq.heappop(self._heap)
            variable = entry[-1]
            if self._is_gone[variable] or entry != self._entry(variable):
                continue
            if self._fill[variable]:
                # Edges added elsewhere may have made it better meanwhile.
                current = self._count_fill(variable)
                if current < self._fill[variable]:
                    self._update(variable, current)
                    continue
            self._is_gone[variable] = 1
            eliminated.append(variable)
            self._eliminate(variable)
        return eliminated

    def _entry(self, variable: int) -> tuple[int, int, float, int]:
        return self._fill[variable], len(self._neighbors[variable]), self._tie[variable], variable

    def _update(self, variable: int, fill: int) -> None:
        self._fill[variable] = fill
        heapq.heappush(self._heap, self._entry(variable))

    def _eliminate(self, variable: int) -> None:
        around = self._neighbors[variable]
        if not self._fill[variable]:
            # All neighbors are joined already: each loses the pairs of this variable with what is no neighbor of it.
            for other in around:
                self._neighbors[other].discard(variable)
                left = self._fill[other] - (len(self._neighbors[other]) + 1 - len(around))
                self._update(other, max(left, 0))
            return
        for other in around:
            merged = self._neighbors[other]
            merged |= around
            merged.discard(variable)
            merged.discard(other)
        for other in around:
            self._update(other, self._count_fill(other))

    def _count_fill(self, variable: int) -> int:
        """Count the edges that eliminating a variable adds; only estimate them when it has many neighbors."""
        around = self._neighbors[variable]
        degree = len(around)
        if degree > _MANY_NEIGHBORS:
            joined = all(
                len(self._neighbors[other]) >= degree and len(around & self._neighbors[other]) == degree - 1
                for other in around
            )
            return 0 if joined else degree * degree
        joined_pairs = sum(len(self._neighbors[other] & around) for other in around) // 2
        return degree * (degree - 1) // 2 - joined_pairs


def natural_order(prepared: Prepared, *, is_static: bool = False) -> Order:
    """Number the variables as they are.

    Parameters
    ----------
    prepared
        The formula.
    is_static
        Branch on them in this order, which suits sums: after each attribute only its partial sum counts. Else the
        branching variable is chosen anew at each step.
    """
    return Order(tuple(range(1, prepared.variable_count + 1)), is_static=is_static)
