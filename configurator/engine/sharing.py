"""Write what many conjunctions have in common once: shared sets of children become nodes. Imports no solver.

Branches of a smooth graph repeat the same leaves and choices over and over: whatever a branch leaves free, and
whatever follows from it. A *bundle* is a conjunction of such children that stands in their place; it changes
neither the models nor the kinds of nodes. Bundles are found greedily: intersections of similar conjunctions are
candidates, and the one that saves most edges is made first. Similar conjunctions are neighbors in an order by
the least hash values of their children (A. Broder, "On the resemblance and containment of documents", 1997).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

Node = tuple[bool, tuple[int, ...]]
"""Whether all children hold (else one of them), and the children: leaves first, then nodes."""

ROUNDS: Final = 2
"""Bundles of later rounds may hold those of earlier ones, which costs levels."""

LEAST_SAVED_EDGES: Final = 4
_HASHES: Final = (0x9E3779B1, 0x85EBCA77)
_SIGNATURE: Final = 3


def share(nodes: Sequence[Node], leaf_count: int) -> list[Node]:
    """Put shared bundles in the place of children that conjunctions have in common.

    Parameters
    ----------
    nodes
        A graph's inner nodes, children before parents, the root last. Node ``i`` is child ``leaf_count + i``.
    leaf_count
        Number of leaves.

    Returns
    -------
    list of Node
        The same models; bundles are ordinary conjunctions. Root last.
    """
    conjunctions = [place for place, (is_all, _) in enumerate(nodes) if is_all]
    bundler = _Bundler([nodes[place][1] for place in conjunctions], leaf_count + len(nodes))
    for _ in range(ROUNDS):
        if not bundler.bundle():
            break
    rows = {leaf_count + place: node for place, node in enumerate(nodes)}
    numbers = [leaf_count + place for place in conjunctions]
    numbers += range(leaf_count + len(nodes), bundler.next_number)
    for number, members in zip(numbers, bundler.sets, strict=True):
        rows[number] = (True, tuple(sorted(members)))
    return in_order(rows, leaf_count + len(nodes) - 1, leaf_count)


class _Bundler:
    """Sets of numbers, and for every number the sets that have it; bundles are further sets."""

    def __init__(self, sets: Iterable[Iterable[int]], next_number: int) -> None:
        self.sets = [set(members) for members in sets]
        self.next_number = next_number
        self._holders: defaultdict[int, set[int]] = defaultdict(set)
        for place, members in enumerate(self.sets):
            for member in members:
                self._holders[member].add(place)

    def bundle(self) -> bool:
        """Make all bundles worth while now; False when there is none."""
        before = len(self.sets)
        self._bundle_inseparable()
        # A heap of candidates whose saving may have shrunk since they were put in.
        heap = [(-self._saving(candidate), candidate) for candidate in sorted(self._candidates())]
        heapq.heapify(heap)
        while heap:
            expected, candidate = heapq.heappop(heap)
            saving = self._saving(candidate)
            if saving < LEAST_SAVED_EDGES:
                continue
            if saving < -expected and heap and saving < -heap[0][0]:
                heapq.heappush(heap, (-saving, candidate))
            else:
                self._make(candidate, self._support(candidate))
        return len(self.sets) > before

    def _bundle_inseparable(self) -> None:
        """Bundle the members that are always together."""
        together: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for member, holders in sorted(self._holders.items()):
            if len(holders) > 1:
                together[tuple(sorted(holders))].append(member)
        for holders_in_order, members in together.items():
            if _saved(len(members), len(holders_in_order)) > 0:
                self._make(tuple(members), set(holders_in_order))

    def _candidates(self) -> set[tuple[int, ...]]:
        """Give the intersections of sets that are similar by one of the hashes."""
        found = set()
        for factor in _HASHES:
            signatures = sorted(
                (sorted([member * factor & 0xFFFFFFFF for member in members])[:_SIGNATURE], place)
                for place, members in enumerate(self.sets)
                if len(members) > 1
            )
            for (one, first), (other, second) in pairwise(signatures):
                if one[0] == other[0]:
                    common = self.sets[first] & self.sets[second]
                    if len(common) > 1:
                        found.add(tuple(sorted(common)))
        return found

    def _support(self, members: Sequence[int]) -> set[int]:
        """Give the sets that have all the members."""
        rarest, *others = sorted((self._holders[member] for member in members), key=len)
        return rarest.intersection(*others)

    def _saving(self, members: Sequence[int]) -> int:
        return _saved(len(members), len(self._support(members)))

    def _make(self, members: tuple[int, ...], holders: set[int]) -> None:
        """Put a new set in the place of the members in their holders."""
        place, number = len(self.sets), self.next_number
        for holder in holders:
            self.sets[holder].difference_update(members)
            self.sets[holder].add(number)
        self.sets.append(set(members))
        for member in members:
            self._holders[member] -= holders
            self._holders[member].add(place)
        self._holders[number] = set(holders)
        self.next_number += 1


def _saved(members: int, holders: int) -> int:
    """Count the edges that a bundle saves."""
    return members * holders - members - holders


def in_order(rows: dict[int, Node], root: int, leaf_count: int) -> list[Node]:
    """Number what the root reaches anew, children before parents; all of a bundle's holder is the bundle."""
    number = {leaf: leaf for leaf in range(leaf_count)}
    ordered: list[Node] = []
    stack = [root]
    while stack:
        node = stack[-1]
        missing = [child for child in rows[node][1] if child not in number]
        stack.extend(missing)
        if not missing:
            stack.pop()
            if node not in number:
                is_all, children = rows[node]
                images = tuple(number[child] for child in children)
                if len(images) == 1 and node != root:
                    number[node] = images[0]
                    continue
                number[node] = leaf_count + len(ordered)
                ordered.append((is_all, images))
    return ordered
