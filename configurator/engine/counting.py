"""How many configurations are left, exactly: integers of any size, only where something changed. No solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configurator.engine.graph import Graph
from configurator.engine.sweep import Flags, Sweeper, Upward

Places = NDArray[np.intp]


class _Edges(NamedTuple):
    """Edges of one sort, grouped by their node: the nodes, where each one's edges start, and the children."""

    nodes: Places
    starts: Places
    children: Places

    def sums(self, values: NDArray[np.int64], size: int) -> list[int]:
        """Add the values of each node's children; zero for nodes without such edges."""
        result = np.zeros(size, dtype=np.int64)
        if len(self.nodes):
            result[self.nodes] = np.add.reduceat(values[self.children], self.starts)
        totals: list[int] = result.tolist()
        return totals


class Counter:
    """Counts on one graph; holds no state between calls and may be shared between threads.

    A *gate* is a choice of two leaves, such as a yes/no attribute that nothing constrains any more. Most
    children of most conjunctions are gates, each a factor of two while both leaves are open: they are added up
    by numpy and multiplied by one shift.

    Parameters
    ----------
    sweeper
        Sweeps the same graph.
    weights
        How many configurations one holding leaf stands for, by leaf; one when missing.
    """

    def __init__(self, graph: Graph, sweeper: Sweeper, weights: Mapping[int, int]) -> None:
        self._graph = graph
        self._sweeper = sweeper
        self._weights = dict(weights)
        self._sort_edges()

    def count(self, blocked: Flags, upward: Upward, reached: Flags, weights: Mapping[int, int]) -> int:
        """Count the configurations left.

        Parameters
        ----------
        blocked
            Per leaf, whether it may not hold.
        upward
            Result of the upward sweep for the same leaves.
        reached
            Result of the downward sweep after it.
        weights
            Weights of leaves that differ from those the counter was made with.
        """
        if not upward.is_consistent:
            return 0
        changed = blocked.copy()
        changed[list(weights)] = True
        stale = self._sweeper.above(changed)
        alive = upward.dead[self._graph.leaf_count :] == 0
        counts = list(self._base_counts)
        for node in np.flatnonzero(stale & ~alive).tolist():
            counts[node] = 0
        stale &= alive & reached[self._graph.leaf_count :] & ~self._is_gate
        self._evaluate(np.flatnonzero(stale).tolist(), counts, blocked, {**self._weights, **weights})
        return counts[-1]

    def _evaluate(
        self, nodes: Sequence[int], counts: list[int], blocked: Flags, weights: Mapping[int, int]
    ) -> None:
        """Count nodes by rising level."""
        is_open = (~blocked).astype(np.int64)
        size = self._graph.node_count
        gate_is_open = is_open[self._gate_leaves[0]] & is_open[self._gate_leaves[1]]
        shifts = self._gates_below.sums(gate_is_open, size)
        open_leaves = self._plain_leaves.sums(is_open, size)
        conjunctions, inner, weighted = self._conjunctions, self._inner, self._weighted
        for node in nodes:
            if conjunctions[node]:
                value = prod([counts[child] for child in inner[node]]) << shifts[node]
            else:
                value = sum([counts[child] for child in inner[node]]) + open_leaves[node]
            if node in weighted:
                own = [weights[leaf] for leaf in weighted[node] if not blocked[leaf]]
                value = value * prod(own) if conjunctions[node] else value + sum(own)
            counts[node] = value

    @cached_property
    def _base_counts(self) -> list[int]:
        """Per inner node the number of configurations when nothing is blocked; unused for gates."""
        counts = [0] * self._graph.node_count
        nodes = np.flatnonzero(~self._is_gate).tolist()
        self._evaluate(nodes, counts, np.zeros(self._graph.leaf_count, dtype=np.bool_), self._weights)
        return counts

    def _sort_edges(self) -> None:
        """Tell gates, plain leaves, weighted leaves and inner children apart."""
        graph = self._graph
        sizes = np.diff(graph.starts)
        parents = np.repeat(np.arange(graph.node_count), sizes)
        children = graph.children.astype(np.intp)
        is_conjunction = np.repeat(graph.conjunctions, np.diff(graph.levels)).astype(np.bool_)
        has_weight = np.zeros(graph.leaf_count, dtype=np.bool_)
        has_weight[list(self._weights)] = True
        is_leaf = children < graph.leaf_count
        is_weighted = np.zeros(len(children), dtype=np.bool_)
        is_weighted[is_leaf] = has_weight[children[is_leaf]]
        plain_counts = np.bincount(parents[is_leaf & ~is_weighted], minlength=graph.node_count)
        self._is_gate: Flags = ~is_conjunction & (sizes == 2) & (plain_counts == 2)
        starts = graph.starts[:-1][self._is_gate]
        self._gate_leaves = (children[starts], children[starts + 1])
        self._conjunctions: list[bool] = is_conjunction.tolist()

        below = np.where(is_leaf, 0, children - graph.leaf_count)
        is_gate_edge = ~is_leaf & self._is_gate[below] & is_conjunction[parents]
        gate_number = np.cumsum(self._is_gate) - 1
        self._gates_below = _grouped(parents[is_gate_edge], gate_number[below[is_gate_edge]])
        is_plain = is_leaf & ~is_weighted & ~is_conjunction[parents] & ~self._is_gate[parents]
        self._plain_leaves = _grouped(parents[is_plain], children[is_plain])
        self._weighted = _listed(parents[is_weighted], children[is_weighted])
        is_inner = ~is_leaf & ~is_gate_edge
        inner = _listed(parents[is_inner], below[is_inner])
        self._inner = [inner.get(node, []) for node in range(graph.node_count)]


def _grouped(parents: Places, children: Places) -> _Edges:
    """Group edges, which come by rising parent."""
    nodes, starts = np.unique(parents, return_index=True)
    return _Edges(nodes, starts, children)


def _listed(parents: Places, children: Places) -> dict[int, list[int]]:
    """Give the children of each parent that has any."""
    result: dict[int, list[int]] = {}
    for parent, child in zip(parents.tolist(), children.tolist(), strict=True):
        result.setdefault(parent, []).append(child)
    return result
