"""From a decision graph to few levels of nodes over leaves: nothing but options is left. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, chain

import numpy as np

from configurator.engine.compiler import DecisionGraph
from configurator.engine.graph import Graph
from configurator.engine.slots import CERTAIN, NEUTRAL

MERGED_EDGES = 2
"""A node with at most this many children is merged into a parent of its kind even when it is shared."""

Node = tuple[bool, tuple[int, ...]]
"""Whether all children hold (else one of them), and the children: leaves first, then nodes."""


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
        Its levels are alternately conjunctions (odd) and choices (even) above the leaves.
    """
    nodes = _spliced(graph, leaf_by_literal, leaf_count)
    nodes = _merged(nodes, leaf_count)
    return _leveled(nodes, leaf_count, slot_of)


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


def _leveled(nodes: Sequence[Node], leaf_count: int, slot_of: Sequence[int]) -> Graph:
    """Order the nodes by level and write them as flat arrays."""
    levels: list[int] = []
    for is_all, children in nodes:
        below = max((levels[child - leaf_count] for child in children if child >= leaf_count), default=0)
        levels.append(below + 1 if (below + 1) % 2 == is_all else below + 2)
    order = sorted(range(len(nodes)), key=levels.__getitem__)
    number = _numbering(order, leaf_count)
    rows = [[number[child] for child in nodes[old][1]] for old in order]
    heights = [levels[old] for old in order]
    bounds = [place for place, height in enumerate(heights) if not place or height != heights[place - 1]]
    return Graph(
        leaf_count=leaf_count,
        slots=np.array(slot_of, dtype=np.int32),
        children=np.array(list(chain.from_iterable(rows)), dtype=np.int32),
        starts=np.array(list(accumulate(map(len, rows), initial=0)), dtype=np.int32),
        levels=np.array([*bounds, len(nodes)], dtype=np.int32),
        conjunctions=np.array([heights[bound] % 2 for bound in bounds], dtype=np.uint8),
    )


def _numbering(order: Sequence[int], leaf_count: int) -> Mapping[int, int]:
    number = {leaf: leaf for leaf in range(leaf_count)}
    number.update({leaf_count + old: leaf_count + new for new, old in enumerate(order)})
    return number
