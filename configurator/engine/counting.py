"""How many configurations are left, exactly, in integers of any size. Imports no solver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, pairwise
from math import prod
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from configurator.engine.graph import Graph
from configurator.engine.sweep import Flags

Counts = NDArray[np.int64]
Places = NDArray[np.intp]

Nodes = Mapping[int, Sequence[int]]
"""The children of nodes, by node."""

_WORD: Final = 2**63
"""Counts below this fit into a machine word."""


class Counter:
    """Counts on one graph; holds no state between calls and may be shared between threads.

    No choice makes a node count more than it does without any. So nodes whose count fits into a machine word
    then are always added and multiplied in words. In the other nodes, the *great* ones, as many children as
    fit into a word are taken together; only the rest is left to integers of any size, in arrays of objects.

    Parameters
    ----------
    graph
        The graph.
    weights
        How many configurations one holding leaf stands for, by leaf; one when missing.
    """

    def __init__(self, graph: Graph, weights: Mapping[int, int]) -> None:
        self._graph = graph
        self._weights = dict(weights)

    def count(self, blocked: Flags, weights: Mapping[int, int]) -> int:
        """Count the configurations left.

        Parameters
        ----------
        blocked
            Per leaf, whether it may not hold.
        weights
            Weights of leaves that differ from those the counter was made with; none is greater.
        """
        plan, leaf_count = self._plan, self._graph.leaf_count
        values = np.zeros(leaf_count + self._graph.node_count, dtype=np.int64)
        values[:leaf_count] = plan.leaf_weights
        for leaf, weight in weights.items():
            values[leaf] = 0 if leaf in plan.great_leaves else weight
        values[:leaf_count][blocked] = 0
        for nodes, group in plan.levels:
            values[nodes] = group.evaluate(values)
        if not plan.great_levels:
            return int(values[-1])
        products, sums = plan.products.evaluate(values), plan.sums.evaluate(values)
        leaves = [0 if blocked[leaf] else weights.get(leaf, self._weights[leaf]) for leaf in plan.great_leaves]
        pool = np.array([*products.tolist(), *sums.tolist(), *leaves, *plan.zeros], dtype=object)
        for nodes, group in plan.great_levels:
            pool[nodes] = group.evaluate(pool)
        return int(pool[-1])

    @cached_property
    def _plan(self) -> _Plan:
        return _make_plan(self._graph, self._weights)


class _Group(NamedTuple):
    """Sums, or products, of values: the children of the first one, then those of the second, and so on."""

    is_product: bool
    children: Places
    starts: Places

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], *, is_product: bool) -> _Group:
        """Lay rows of children, none of them empty, one after the other."""
        starts = np.array(list(accumulate(map(len, rows), initial=0))[:-1], dtype=np.intp)
        return cls(is_product, np.array(list(chain.from_iterable(rows)), dtype=np.intp), starts)

    def evaluate(self, values: NDArray[Any]) -> NDArray[Any]:
        """Add or multiply the values of each row."""
        if not len(self.starts):
            return values[:0]
        reduce = np.multiply if self.is_product else np.add
        return np.asarray(reduce.reduceat(values[self.children], self.starts))


class _Plan(NamedTuple):
    """What to count in machine words, and what to do with the rest.

    Attributes
    ----------
    leaf_weights
        Per leaf its weight; zero for great leaves.
    levels
        The nodes that fit into a word, by rising level: their numbers, and what to do with their children.
    products, sums
        Parts of great conjunctions and great choices that fit into a word.
    great_leaves
        Leaves that do not fit.
    great_levels
        The nodes that do not fit, by rising level, like ``levels``, but with places in a list of all products,
        sums, great leaves and great nodes.
    zeros
        As many zeros as there are great nodes.
    """

    leaf_weights: Counts
    levels: Sequence[tuple[Places, _Group]]
    products: _Group
    sums: _Group
    great_leaves: Sequence[int]
    great_levels: Sequence[tuple[Places, _Group]]
    zeros: Sequence[int]


def _make_plan(graph: Graph, weights: Mapping[int, int]) -> _Plan:
    counts = _counts(graph, weights)
    great_leaves = [leaf for leaf in range(graph.leaf_count) if counts[leaf] >= _WORD]
    levels: list[tuple[Places, _Group]] = []
    great_levels: list[tuple[bool, Nodes]] = []
    for is_conjunction, nodes in _by_level(graph):
        small = {node: children for node, children in nodes.items() if counts[node] < _WORD}
        great = {node: children for node, children in nodes.items() if node not in small}
        if small:
            group = _Group.of(list(small.values()), is_product=is_conjunction)
            levels.append((np.array(list(small), dtype=np.intp), group))
        if great:
            great_levels.append((is_conjunction, great))
    parts = {is_conjunction: _Parts(counts) for is_conjunction in (True, False)}
    for is_conjunction, nodes in great_levels:
        for node, children in nodes.items():
            parts[is_conjunction].take(node, children, is_conjunction=is_conjunction)
    return _Plan(
        leaf_weights=np.array([count if count < _WORD else 0 for count in counts[: graph.leaf_count]], dtype=np.int64),
        levels=levels,
        products=_Group.of(parts[True].rows, is_product=True),
        sums=_Group.of(parts[False].rows, is_product=False),
        great_leaves=great_leaves,
        great_levels=_great_groups(great_levels, great_leaves, parts),
        zeros=[0] * sum(len(nodes) for _, nodes in great_levels),
    )


class _Parts:
    """Rows of children that fit into a word together, and the numbers of each node's rows."""

    def __init__(self, counts: Sequence[int]) -> None:
        self._counts = counts
        self.rows: list[list[int]] = []
        self.of_node: dict[int, range] = {}

    def take(self, node: int, children: Sequence[int], *, is_conjunction: bool) -> None:
        """Take together what fits of a node's children."""
        first = len(self.rows)
        total = _WORD
        for child in children:
            count = self._counts[child]
            together = total * count if is_conjunction else total + count
            if together < _WORD:
                self.rows[-1].append(child)
                total = together
            elif count < _WORD:
                self.rows.append([child])
                total = count
        self.of_node[node] = range(first, len(self.rows))


def _great_groups(
    great_levels: Sequence[tuple[bool, Nodes]], great_leaves: Sequence[int], parts: Mapping[bool, _Parts]
) -> list[tuple[Places, _Group]]:
    """Write the great nodes over places in the list of products, sums, great leaves and great nodes."""
    product_count = len(parts[True].rows)
    first = product_count + len(parts[False].rows)
    listed = [*great_leaves, *chain.from_iterable(nodes for _, nodes in great_levels)]
    place = {number: first + position for position, number in enumerate(listed)}
    groups = []
    for is_conjunction, nodes in great_levels:
        shift = 0 if is_conjunction else product_count
        rows = [
            [shift + part for part in parts[is_conjunction].of_node[node]]
            + [place[child] for child in children if child in place]
            for node, children in nodes.items()
        ]
        places = np.array([place[node] for node in nodes], dtype=np.intp)
        groups.append((places, _Group.of(rows, is_product=is_conjunction)))
    return groups


def _by_level(graph: Graph) -> Iterator[tuple[bool, Nodes]]:
    """Give, level by level, whether its nodes are conjunctions, and the children of each."""
    children, starts = graph.children.tolist(), graph.starts.tolist()
    for is_conjunction, (first, end) in zip(graph.conjunctions.tolist(), pairwise(graph.levels.tolist()), strict=True):
        yield bool(is_conjunction), {
            graph.leaf_count + node: children[starts[node] : starts[node + 1]] for node in range(first, end)
        }


def _counts(graph: Graph, weights: Mapping[int, int]) -> list[int]:
    """Count every node, leaves first, when nothing is blocked."""
    counts = [weights.get(leaf, 1) for leaf in range(graph.leaf_count)]
    for is_conjunction, nodes in _by_level(graph):
        combine = prod if is_conjunction else sum
        counts += [combine([counts[child] for child in children]) for children in nodes.values()]
    return counts
