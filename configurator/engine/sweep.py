"""Sweeps over a compiled graph: what is still possible when some leaves are blocked. Imports no solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configurator.engine.graph import Bytes, Graph

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


class _Step(NamedTuple):
    """Nodes of one level, and what decides on them: their children on the way up, their parents on the way down.

    ``others`` are those of the first node, then those of the second, and so on; ``offsets`` says where each
    node's start.
    """

    nodes: slice | Places
    others: Places
    offsets: Places


@dataclass(frozen=True, slots=True)
class Upward:
    """Result of an upward sweep: per node, leaves first, 1 when some configuration of it is left, else 0."""

    alive: Bytes

    @property
    def is_consistent(self) -> bool:
        """Whether some configuration is left."""
        return bool(self.alive[-1])


class Sweeper:
    """Sweeps one graph; holds no state between calls and may be shared between threads."""

    def __init__(self, graph: Graph) -> None:
        self._leaf_count = graph.leaf_count
        self._size = graph.leaf_count + graph.node_count
        parents = np.repeat(np.arange(graph.leaf_count, self._size), np.diff(graph.starts))
        children = graph.children.astype(np.intp)
        self._upward = [
            (np.bitwise_and if graph.conjunctions[level] else np.bitwise_or, _step_up(graph, children, level))
            for level in range(graph.level_count)
        ]
        self._downward = _steps_down(graph, children, parents)
        is_in_conjunction = np.repeat(graph.conjunctions, np.diff(graph.starts[graph.levels])) == 1
        self._joined_children = children[is_in_conjunction]
        self._joined_parents = parents[is_in_conjunction]

    def up(self, blocked: Flags) -> Upward:
        """Tell which nodes have a configuration left when some leaves are blocked.

        Parameters
        ----------
        blocked
            Per leaf, whether it may not hold.
        """
        alive = np.empty(self._size, dtype=np.uint8)
        alive[: self._leaf_count] = ~blocked
        for reduce, (nodes, children, offsets) in self._upward:
            alive[nodes] = reduce.reduceat(alive[children], offsets)
        return Upward(alive)

    def down(self, upward: Upward) -> Flags:
        """Tell which nodes, leaves first, some configuration left holds."""
        alive = upward.alive
        held = np.zeros(self._size, dtype=np.uint8)
        held[-1] = alive[-1]
        for nodes, parents, offsets in self._downward:
            held[nodes] = np.bitwise_or.reduceat(held[parents], offsets) & alive[nodes]
        return held.view(np.bool_)

    def around(self, upward: Upward) -> Flags:
        """Tell which leaves go with the rest when the blocked leaves of their own slot are set aside.

        Every configuration holds exactly one leaf of a slot, so what stands around a leaf does not depend on
        which leaves of its slot are blocked: one sweep answers for all slots at once. It is of use after a
        contradiction, too.
        """
        alive = upward.alive
        # In a conjunction, what is around a child is alive when no other child is dead.
        dead = np.flatnonzero(alive[self._joined_children] == 0)
        dead_children = np.bincount(self._joined_parents[dead], minlength=self._size)
        # Bit 0: what is around a live child is alive; bit 1: what is around a dead child is.
        passes = (2 * (dead_children < 2) + (dead_children == 0)).astype(np.uint8)
        wanted = 2 - alive
        around = np.zeros(self._size, dtype=np.uint8)
        around[-1] = passes[-1]
        for nodes, parents, offsets in self._downward:
            through = np.bitwise_or.reduceat(around[parents], offsets) & wanted[nodes]
            around[nodes] = (through != 0) * passes[nodes]
        return np.asarray(around[: self._leaf_count] != 0)


def _step_up(graph: Graph, children: Places, level: int) -> _Step:
    first, end = (int(bound) for bound in graph.levels[level : level + 2])
    start, stop = int(graph.starts[first]), int(graph.starts[end])
    return _Step(
        nodes=slice(graph.leaf_count + first, graph.leaf_count + end),
        others=children[start:stop],
        offsets=(graph.starts[first:end] - start).astype(np.intp),
    )


def _steps_down(graph: Graph, children: Places, parents: Places) -> list[_Step]:
    """Give the levels below the root from the top, with their parents; at the end the leaves that have any."""
    order = np.argsort(children, kind="stable")
    nodes, starts = np.unique(children[order], return_index=True)
    bounds = np.searchsorted(nodes, [0, *(graph.leaf_count + graph.levels[:-1])]).tolist()
    ends = [*starts.tolist(), len(children)]
    steps = []
    for level in range(len(bounds) - 2, -1, -1):
        first, end = bounds[level : level + 2]
        start, stop = ends[first], ends[end]
        own = nodes[first:end]
        steps.append(
            _Step(
                nodes=slice(int(own[0]), int(own[-1]) + 1) if level else own,
                others=parents[order[start:stop]],
                offsets=(starts[first:end] - start).astype(np.intp),
            )
        )
    return steps
