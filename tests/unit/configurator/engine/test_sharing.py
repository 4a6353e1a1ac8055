"""Rewriting a graph changes neither its models nor how often it has each."""

from __future__ import annotations

from hypothesis import given, settings

from configurator.engine.sharing import Node, share
from configurator.engine.shortening import shorten
from tests.unit.configurator.engine.graphs import (
    RandomNodes,
    graph_of,
    models_of,
    models_of_nodes,
    random_nodes,
)


@settings(max_examples=150, deadline=None)
@given(random_nodes())
def test_models_stay_when_nodes_are_rewritten(source: RandomNodes) -> None:
    expected = models_of_nodes(source.nodes, source.leaf_count)
    short = shorten(source.nodes, source.leaf_count)
    assert models_of_nodes(short, source.leaf_count) == expected
    assert models_of_nodes(share(short, source.leaf_count), source.leaf_count) == expected
    assert models_of_nodes(share(source.nodes, source.leaf_count), source.leaf_count) == expected


@settings(max_examples=50, deadline=None)
@given(random_nodes())
def test_levels_are_of_one_kind_and_above_their_children(source: RandomNodes) -> None:
    graph = graph_of(source)
    assert models_of(graph) == models_of_nodes(source.nodes, source.leaf_count)
    for level, (first, end) in enumerate(zip(graph.levels[:-1], graph.levels[1:], strict=True)):
        children = graph.children[graph.starts[first] : graph.starts[end]]
        assert (children < graph.leaf_count + first).all(), level


def test_common_children_are_written_once() -> None:
    common = tuple(range(20))
    branches: list[Node] = [(True, (*common, own)) for own in range(20, 30)]
    nodes: list[Node] = [*branches, (False, tuple(range(30, 40))), (True, (40,))]
    shared = share(nodes, 30)
    assert (True, common) in shared
    assert sum(len(children) for _, children in shared) == 20 + 10 * 2 + 10 + 1
    assert models_of_nodes(shared, 30) == models_of_nodes(nodes, 30)


def test_a_set_that_is_all_of_another_is_not_written_twice() -> None:
    nodes: list[Node] = [
        (True, (0, 1, 2, 3, 4, 5)), *[(True, (0, 1, 2, 3, 4, 5, own)) for own in (6, 7, 8)],
        (False, (9, 10, 11, 12)), (True, (13,)),
    ]
    shared = share(nodes, 9)
    assert all(len(children) > 1 for _, children in shared[:-1])
    assert sum(is_all and set(range(6)) <= set(children) for is_all, children in shared) == 1
    assert models_of_nodes(shared, 9) == models_of_nodes(nodes, 9)


def test_a_chain_of_decisions_becomes_one_choice() -> None:
    # 0·(1 + 2·(3 + 4·5)) + 6·7
    nodes: list[Node] = [
        (True, (4, 5)), (False, (3, 8)), (True, (2, 9)), (False, (1, 10)), (True, (0, 11)), (True, (6, 7)),
        (False, (12, 13)), (True, (14,)),
    ]
    short = shorten(nodes, 8)
    assert [is_all for is_all, _ in short].count(False) == 1
    assert models_of_nodes(short, 8) == models_of_nodes(nodes, 8) == sorted(
        map(frozenset, ([0, 1], [0, 2, 3], [0, 2, 4, 5], [6, 7])), key=sorted
    )
