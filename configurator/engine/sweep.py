"""Sweeps over a compiled graph: what is still possible, and how many configurations are left. No solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
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
    """Sweeps one graph; holds no state between calls and may be shared between threads.

    Parameters
    ----------
    graph
        The graph.
    weights
        How many configurations one holding leaf stands for, by leaf; one when missing.
    """

    def __init__(self, graph: Graph, weights: Mapping[int, int] | None = None) -> None:
        self._graph = graph
        self._weights = dict(weights or {})
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
            Per leaf; together with "not blocked" it says that the leaf is possible.
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
        return reached[: self._graph.leaf_count]

    def count(self, blocked: Flags, upward: Upward, weights: Mapping[int, int] | None = None) -> int:
        """Count the configurations left, exactly.

        Parameters
        ----------
        blocked
            Per leaf, whether it may not hold.
        upward
            Result of the upward sweep for the same leaves.
        weights
            Weights of leaves that differ from those the sweeper was made with.
        """
        if not upward.is_consistent:
            return 0
        changed = blocked.copy()
        changed[list(weights or ())] = True
        counts = list(self._base_counts)
        values = {**self._weights, **(weights or {})}
        dead = upward.dead.tolist()
        for node in self._stale_nodes(changed, upward):
            counts[node] = self._count_node(node, counts, values, dead)
        return counts[-1]

    def _stale_nodes(self, changed_leaves: Flags, upward: Upward) -> Sequence[int]:
        """Give, by rising level, the living nodes above changed leaves, counted without the leaves."""
        graph = self._graph
        changed = np.zeros(graph.leaf_count + graph.node_count, dtype=np.bool_)
        changed[: graph.leaf_count] = changed_leaves
        for level in self._levels:
            changed[level.first_node : level.end_node] = np.bitwise_or.reduceat(
                changed[level.children], level.offsets
            )
        changed &= upward.dead == 0
        nodes: list[int] = np.flatnonzero(changed[graph.leaf_count :]).tolist()
        return nodes

    def _count_node(
        self, node: int, counts: Sequence[int], weights: Mapping[int, int], dead: Sequence[int]
    ) -> int:
        is_conjunction, leaves, inner = self._parts[node]
        leaf_count = self._graph.leaf_count
        if is_conjunction:
            value = prod([counts[child] for child in inner])
            return value * prod([weights[leaf] for leaf in leaves if leaf in weights]) if weights else value
        total = sum([counts[child] for child in inner if not dead[child + leaf_count]])
        return total + sum([weights.get(leaf, 1) for leaf in leaves if not dead[leaf]])

    @cached_property
    def _parts(self) -> list[tuple[bool, list[int], list[int]]]:
        """Per inner node whether it is a conjunction, its leaves, and its inner children without the leaves."""
        leaf_count = self._graph.leaf_count
        parts = []
        for level in self._levels:
            children = level.children.tolist()
            offsets = [*level.offsets.tolist(), len(children)]
            for start, end in pairwise(offsets):
                own = children[start:end]
                leaves = [child for child in own if child < leaf_count]
                inner = [child - leaf_count for child in own if child >= leaf_count]
                parts.append((level.is_conjunction, leaves, inner))
        return parts

    @cached_property
    def _base_counts(self) -> list[int]:
        """Per inner node the number of configurations when nothing is blocked."""
        counts: list[int] = []
        dead = [0] * (self._graph.leaf_count + self._graph.node_count)
        for node in range(self._graph.node_count):
            counts.append(self._count_node(node, counts, self._weights, dead))
        return counts
