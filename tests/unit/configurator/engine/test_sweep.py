"""Sweeps and counts against the list of all models."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.engine.counting import Counter
from configurator.engine.flattening import leveled
from configurator.engine.graph import Graph
from configurator.engine.sharing import Node, share
from configurator.engine.sweep import Flags, Sweeper
from tests.unit.configurator.engine.graphs import Model, RandomNodes, graph_of, models_of, random_nodes


def flags(size: int, places: Iterable[int]) -> Flags:
    found = np.zeros(size, dtype=np.bool_)
    found[list(places)] = True
    return found


def left(models: list[Model], blocked: Flags) -> list[Model]:
    return [model for model in models if not any(blocked[leaf] for leaf in model)]


@settings(max_examples=200, deadline=None)
@given(random_nodes(), st.data())
def test_sweeps_agree_with_the_list_of_models(source: RandomNodes, data: st.DataObject) -> None:
    graph = graph_of(source)
    every = models_of(graph)
    blocked = flags(graph.leaf_count, data.draw(st.sets(st.integers(0, graph.leaf_count - 1))))
    sweeper = Sweeper(graph)
    upward = sweeper.up(blocked)
    kept = left(every, blocked)
    assert upward.is_consistent is bool(kept)
    held = sweeper.down(upward)
    assert set(np.flatnonzero(held[: graph.leaf_count])) == set().union(*kept)
    around = sweeper.around(upward)
    for leaf, slot in enumerate(source.slot_of):
        others = blocked & (graph.slots != slot)
        assert around[leaf] == any(leaf in model for model in left(every, others))


@settings(max_examples=200, deadline=None)
@given(random_nodes(), st.data())
def test_counts_agree_with_the_list_of_models_when_leaves_weigh_anything(
    source: RandomNodes, data: st.DataObject
) -> None:
    graph = graph_of(source)
    every = models_of(graph)
    leaves = range(graph.leaf_count)
    weight = st.sampled_from([1, 2, 1000, 2**40, 2**62, 2**63, 3**50])
    weights = data.draw(st.dictionaries(st.sampled_from(leaves), weight))
    lighter = {leaf: data.draw(st.integers(0, weights[leaf])) for leaf in weights if data.draw(st.booleans())}
    blocked = flags(graph.leaf_count, data.draw(st.sets(st.sampled_from(leaves))))
    counter = Counter(graph, weights)
    for changed in ({}, lighter):
        now = {**weights, **changed}
        out = blocked.copy()
        out[[leaf for leaf in leaves if now.get(leaf, 1) == 0]] = True
        expected = sum(prod(now.get(leaf, 1) for leaf in model) for model in left(every, out))
        assert counter.count(out, changed) == expected


def wide_graph(size: int) -> Graph:
    """A free yes-or-no slot per place, in ten branches, of which each leaves one more out."""
    leaf_count = 2 * size + 10
    nodes: list[Node] = [(False, (2 * place, 2 * place + 1)) for place in range(size)]
    gates = list(range(leaf_count, leaf_count + size))
    nodes += [
        (True, (2 * size + branch, *(2 * place for place in range(branch)), *gates[branch:])) for branch in range(10)
    ]
    nodes.append((False, tuple(range(leaf_count + size, leaf_count + size + 10))))
    nodes.append((True, (leaf_count + size + 10,)))
    slots = [place // 2 for place in range(2 * size)] + [size] * 10
    return leveled(share(nodes, leaf_count), leaf_count, slots)


def test_a_count_of_many_words_is_exact() -> None:
    graph = wide_graph(500)
    counter = Counter(graph, {})
    blocked = np.zeros(graph.leaf_count, dtype=np.bool_)
    assert counter.count(blocked, {}) == sum(2 ** (500 - out) for out in range(10))
    blocked[2 * 499] = True
    blocked[0] = True
    assert counter.count(blocked, {}) == 2**498
    blocked[1] = True
    assert counter.count(blocked, {}) == 0
