"""From a decision graph to few levels of nodes over leaves: nothing but options is left. Imports no solver."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain

import numpy as np

from configurator.engine.compiler import DecisionGraph
from configurator.engine.graph import Graph
from configurator.engine.sharing import Node, share
from configurator.engine.shortening import shorten
from configurator.engine.slots import CERTAIN, NEUTRAL

MERGED_EDGES = 2
"""A node with at most this many children is merged into a parent of its kind even when it is shared."""


def flatten(
    graph: DecisionGraph, leaf_by_literal: Sequence[int], leaf_count: int, slot_of: Sequence[int]
) -> Graph:
    """Flatten a compiled graph.

    Parameters
    ----------
    graph
        The compiled graph; its root is not FALSE.
    leaf_by_literal
        Leaf of each literal in the compiler's numbering; −1 for literals nobody asks for.
    leaf_count
        Number of leaves.
    slot_of
        Slot of each leaf.

    Returns
    -------
    Graph
        Of few levels, with what many branches have in common written once.
    """
    nodes = _spliced(graph, leaf_by_literal, leaf_count)
    nodes = _merged(nodes, leaf_count)
    nodes = share(shorten(nodes, leaf_count), leaf_count)
    return leveled(nodes, leaf_count, slot_of)


def _spliced(graph: DecisionGraph, leaf_by_literal: Sequence[int], leaf_count: int) -> list[Node]:
    """Write the graph over leaves; a node with a single child becomes that child, equal nodes become one."""
    nodes: list[Node] = []
    known: dict[Node, int] = {}
    images: list[int] = []
    for literals, children in zip(graph.literals, graph.children, strict=True):
        items = [images[child] for child in children]
        if literals is not None:
            items = [item for item in items if item != NEUTRAL]
            items += [leaf for leaf in map(leaf_by_literal.__getitem__, literals) if leaf >= 0]
        items.sort()
        if len(items) <= 1:
            images.append(items[0] if items else NEUTRAL)
            continue
        node = (literals is not None, tuple(items))
        if node not in known:
            known[node] = leaf_count + len(nodes)
            nodes.append(node)
        images.append(known[node])
    root = images[graph.root]
    nodes.append((True, (CERTAIN, root) if root != NEUTRAL else (CERTAIN,)))
    return nodes


def _merged(nodes: list[Node], leaf_count: int) -> list[Node]:
    """Merge conjunctions into conjunctions and choices into choices where no work is repeated; root last."""
    used = _use_counts(nodes, leaf_count)
    expanded: list[Node] = []
    for number, (is_all, children) in enumerate(nodes):
        if not used[number]:
            expanded.append((is_all, ()))
            continue
        items: list[int] = []
        for child in children:
            if child >= leaf_count:
                inner_is_all, inner = expanded[child - leaf_count]
                if inner_is_all is is_all and (used[child - leaf_count] == 1 or len(inner) <= MERGED_EDGES):
                    items.extend(inner)
                    continue
            items.append(child)
        expanded.append((is_all, tuple(items)))
    return _reachable(expanded, leaf_count)


def _use_counts(nodes: Sequence[Node], leaf_count: int) -> list[int]:
    """Count the uses of every node by nodes the root (the last one) reaches."""
    used = [0] * len(nodes)
    used[-1] = 1
    for number in range(len(nodes) - 1, -1, -1):
        if used[number]:
            for child in nodes[number][1]:
                if child >= leaf_count:
                    used[child - leaf_count] += 1
    return used


def _reachable(nodes: Sequence[Node], leaf_count: int) -> list[Node]:
    """Leave out the nodes that the root does not reach."""
    used = _use_counts(nodes, leaf_count)
    number: dict[int, int] = {leaf: leaf for leaf in range(leaf_count)}
    kept: list[Node] = []
    for old, (is_all, children) in enumerate(nodes):
        if used[old]:
            number[leaf_count + old] = leaf_count + len(kept)
            kept.append((is_all, tuple(number[child] for child in children)))
    return kept


def leveled(nodes: Sequence[Node], leaf_count: int, slot_of: Sequence[int]) -> Graph:
    """Order nodes, the root last, by level and write them as flat arrays."""
    levels = _levels(nodes, leaf_count)
    order = list(chain.from_iterable(levels))
    number = [*range(leaf_count), *order]
    for new, old in enumerate(order):
        number[leaf_count + old] = leaf_count + new
    rows = [[number[child] for child in nodes[old][1]] for old in order]
    return Graph(
        leaf_count=leaf_count,
        slots=np.array(slot_of, dtype=np.int32),
        children=np.array(list(chain.from_iterable(rows)), dtype=np.int32),
        starts=np.array(list(accumulate(map(len, rows), initial=0)), dtype=np.int32),
        levels=np.array(list(accumulate(map(len, levels), initial=0)), dtype=np.int32),
        conjunctions=np.array([nodes[level[0]][0] for level in levels], dtype=np.uint8),
    )


def _levels(nodes: Sequence[Node], leaf_count: int) -> list[list[int]]:
    """Group the nodes into few levels of one kind each, below everything that uses them.

    Of the two kinds whose nodes are ready, the one with the longer way to the root comes first.
    """
    above = [0] * len(nodes)
    users: list[list[int]] = [[] for _ in nodes]
    waiting = [0] * len(nodes)
    for node in range(len(nodes) - 1, -1, -1):
        for child in nodes[node][1]:
            if child >= leaf_count:
                above[child - leaf_count] = max(above[child - leaf_count], above[node] + 1)
                users[child - leaf_count].append(node)
                waiting[node] += 1
    ready: dict[bool, list[int]] = {True: [], False: []}
    for node, (is_all, _) in enumerate(nodes):
        if not waiting[node]:
            ready[is_all].append(node)
    levels: list[list[int]] = []
    while ready[True] or ready[False]:
        is_all = max((True, False), key=lambda kind: max((above[node] for node in ready[kind]), default=-1))
        level, ready[is_all] = sorted(ready[is_all]), []
        levels.append(level)
        for user in chain.from_iterable(users[node] for node in level):
            waiting[user] -= 1
            if not waiting[user]:
                ready[nodes[user][0]].append(user)
    return levels
