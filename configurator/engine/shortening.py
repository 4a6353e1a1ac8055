"""Fewer levels: a chain of decisions, one after the other, becomes one choice. Imports no solver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from configurator.engine.sharing import Node, in_order

WIDEST_CHOICE: Final = 16
"""Chains are joined to choices of at most this many children."""

MOST_REPEATED: Final = 48
"""A branch repeats at most this many children when its decisions are written out."""


def shorten(nodes: Sequence[Node], leaf_count: int) -> list[Node]:
    """Write choices out where a conjunction that stands in a single choice holds a single choice.

    ``a·(b + c) + d`` becomes ``a·b + a·c + d``: two levels less, as long as little is repeated.

    Parameters
    ----------
    nodes
        A graph's inner nodes, children before parents, the root last. Node ``i`` is child ``leaf_count + i``.
    leaf_count
        Number of leaves.

    Returns
    -------
    list of Node
        The same models, the root last.
    """
    return _Shortener(nodes, leaf_count).run()


class _Shortener:
    """The nodes by number, and in how many places each stands."""

    def __init__(self, nodes: Sequence[Node], leaf_count: int) -> None:
        self._leaf_count = leaf_count
        self._rows = dict(enumerate(nodes, start=leaf_count))
        self._used: defaultdict[int, int] = defaultdict(int)
        for _, children in nodes:
            for child in children:
                self._used[child] += 1

    def run(self) -> list[Node]:
        """Write the choices out, those below first."""
        root = self._leaf_count + len(self._rows) - 1
        for node, (is_all, children) in list(self._rows.items()):
            if not is_all:
                self._rows[node] = (False, tuple(self._branches(children)))
        return in_order(self._rows, root, self._leaf_count)

    def _branches(self, children: Sequence[int]) -> list[int]:
        """Give the children of a choice, those written out that may be."""
        width = len(children)
        result: list[int] = []
        for child in children:
            branches = self._written_out(child)
            if branches and width + len(branches) - 1 <= WIDEST_CHOICE:
                width += len(branches) - 1
                result += [self._add(branch) for branch in branches]
            else:
                result.append(child)
        return result

    def _written_out(self, node: int) -> list[tuple[int, ...]]:
        """Give the branches of the only choice that a conjunction holds, each with all the rest; else nothing."""
        if not self._is(node, is_all=True):
            return []
        children = self._rows[node][1]
        choices = [child for child in children if self._is(child, is_all=False)]
        if len(choices) != 1:
            return []
        rest = tuple(child for child in children if child != choices[0])
        branches = self._rows[choices[0]][1]
        if len(rest) * (len(branches) - 1) > MOST_REPEATED:
            return []
        return [
            rest + (self._rows[branch][1] if self._is(branch, is_all=True) else (branch,)) for branch in branches
        ]

    def _is(self, node: int, *, is_all: bool) -> bool:
        """Say whether a node is of a kind and stands in one place only."""
        return node >= self._leaf_count and self._used[node] == 1 and self._rows[node][0] is is_all

    def _add(self, children: tuple[int, ...]) -> int:
        """Make a conjunction that stands in one place."""
        node = self._leaf_count + len(self._rows)
        self._rows[node] = (True, children)
        self._used[node] = 1
        return node
