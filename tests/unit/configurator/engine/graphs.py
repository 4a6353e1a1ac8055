"""Random smooth deterministic decomposable graphs, and their models by plain enumeration."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import strategies as st

from configurator.engine.flattening import leveled
from configurator.engine.graph import Graph
from configurator.engine.sharing import Node

Model = frozenset[int]


class RandomNodes:
    """Nodes over slots of leaves; equal sets of slots now and then share a node."""

    def __init__(self, data: st.DataObject, slot_sizes: list[int]) -> None:
        self._data = data
        self.slot_of = [slot for slot, size in enumerate(slot_sizes) for _ in range(size)]
        self.leaf_count = len(self.slot_of)
        self.nodes: list[Node] = []
        self._known: dict[tuple[int, ...], list[int]] = {}
        self._add(True, [self._over(tuple(range(len(slot_sizes))))])

    def _add(self, is_all: bool, children: list[int]) -> int:
        self.nodes.append((is_all, tuple(children)))
        return self.leaf_count + len(self.nodes) - 1

    def _over(self, slots: tuple[int, ...]) -> int:
        known = self._known.setdefault(slots, [])
        again = self._data.draw(st.integers(0, 2 * len(known)))
        if again < len(known):
            return known[again]
        leaves = [leaf for leaf, slot in enumerate(self.slot_of) if slot == slots[0]]
        chosen = self._data.draw(st.lists(st.sampled_from(leaves), min_size=1, unique=True))
        branches = [self._branch(leaf, slots[1:]) for leaf in sorted(chosen)]
        node = branches[0] if len(branches) == 1 else self._add(False, branches)
        known.append(node)
        return node

    def _branch(self, leaf: int, slots: tuple[int, ...]) -> int:
        """Hold a leaf with one or two independent parts of the other slots."""
        cut = self._data.draw(st.integers(0, len(slots)))
        parts = [part for part in (slots[:cut], slots[cut:]) if part]
        return self._add(True, [leaf, *map(self._over, parts)]) if parts else leaf


@st.composite
def random_nodes(draw: st.DrawFn) -> RandomNodes:
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=7))
    return RandomNodes(draw(st.data()), sizes)


def graph_of(source: RandomNodes) -> Graph:
    return leveled(source.nodes, source.leaf_count, source.slot_of)


def models_of_nodes(nodes: list[Node], leaf_count: int) -> list[Model]:
    """List the models of the last node, repeated when it has one twice."""
    found: list[list[Model]] = [[frozenset([leaf])] for leaf in range(leaf_count)]
    for is_all, children in nodes:
        below = [found[child] for child in children]
        found.append(
            [frozenset().union(*parts) for parts in product(*below)] if is_all
            else [model for models in below for model in models]
        )
    return sorted(found[-1], key=sorted)


def models_of(graph: Graph) -> list[Model]:
    """List the models of a graph, repeated when it has one twice."""
    kinds = [bool(kind) for level, kind in enumerate(graph.conjunctions)
             for _ in range(graph.levels[level], graph.levels[level + 1])]
    rows = [tuple(graph.children[first:end].tolist()) for first, end in pairwise(graph.starts)]
    return models_of_nodes(list(zip(kinds, rows, strict=True)), graph.leaf_count)
