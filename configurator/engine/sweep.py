"""Sweeps over a compiled graph: what is still possible when some leaves are blocked. Imports no solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configurator.engine.graph import Graph, Ints

Flags = NDArray[np.bool_]


class _Level(NamedTuple):
    """One level: its nodes, their edges, and what numpy needs to reduce them."""

    is_conjunction: bool
    first_node: int
    end_node: int
    children: NDArray[np.intp]
    offsets: NDArray[np.intp]
    parents: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Upward:
    """Result of an upward sweep: how many children of each node, dead leaves included, are dead."""

    dead: Ints
    dead_children: Ints

    @property
    def is_consistent(self) -> bool:
        """Whether some configuration is left."""
        return not self.dead[-1]


class Sweeper:
    """Sweeps one graph; holds no state between calls and may be shared between threads."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._levels = [self._level(place) for place in range(graph.level_count)]

    def _level(self, place: int) -> _Level:
        graph = self._graph
        first, end = (int(bound) for bound in graph.levels[place : place + 2])
        edges = slice(int(graph.starts[first]), int(graph.starts[end]))
        sizes = np.diff(graph.starts[first : end + 1])
        return _Level(
            is_conjunction=bool(graph.conjunctions[place]),
            first_node=first + graph.leaf_count,
            end_node=end + graph.leaf_count,
            children=graph.children[edges].astype(np.intp),
            offsets=(graph.starts[first:end] - graph.starts[first]).astype(np.intp),
            parents=np.repeat(np.arange(first, end, dtype=np.intp) + graph.leaf_count, sizes),
        )

    def up(self, blocked: Flags) -> Upward:
        """Tell which nodes have no configuration left when some leaves are blocked.

        Parameters
        ----------
        blocked
            Per leaf, whether it may not hold.
        """
        graph = self._graph
        dead = np.zeros(graph.leaf_count + graph.node_count, dtype=np.int32)
        dead[: graph.leaf_count] = blocked
        dead_children = np.zeros_like(dead)
        for level in self._levels:
            nodes = slice(level.first_node, level.end_node)
            if level.is_conjunction:
                sums = np.add.reduceat(dead[level.children], level.offsets)
                dead_children[nodes] = sums
                dead[nodes] = sums > 0
            else:
                dead[nodes] = np.bitwise_and.reduceat(dead[level.children], level.offsets)
        return Upward(dead, dead_children)

    def down(self, upward: Upward) -> Flags:
        """Tell which leaves some configuration holds, each leaf's own blocking (and its slot's) set aside.

        Returns
        -------
        array of bool
            Per node, leaves first; together with "not dead" it says that some configuration holds it.
        """
        dead, dead_children = upward.dead, upward.dead_children
        reached = np.zeros(len(dead), dtype=np.bool_)
        reached[-1] = True
        for level in reversed(self._levels):
            through = reached[level.parents]
            if level.is_conjunction:
                # All brothers are alive: the dead among the children are at most the child itself.
                through &= dead_children[level.parents] == dead[level.children]
            reached[level.children[through]] = True
        return reached

    def above(self, leaves: Flags) -> Flags:
        """Tell which inner nodes have one of the given leaves below them."""
        graph = self._graph
        found = np.zeros(graph.leaf_count + graph.node_count, dtype=np.bool_)
        found[: graph.leaf_count] = leaves
        for level in self._levels:
            nodes = slice(level.first_node, level.end_node)
            found[nodes] = np.bitwise_or.reduceat(found[level.children], level.offsets)
        return found[graph.leaf_count :]
