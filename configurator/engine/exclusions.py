"""Literals that exclude each other, gathered into groups of which at most one holds. Imports no solver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

from configurator.engine.formula import Clause


class Exclusions:
    """Knows which literals exclude each other: by a group, or by a clause of two.

    Parameters
    ----------
    clauses
        Clauses of two and more literals.
    groups
        Groups of literals of which at most one holds.

    Attributes
    ----------
    groups
        The groups given and found.
    """

    def __init__(self, clauses: Iterable[Clause], groups: Iterable[Clause]) -> None:
        self.groups: list[Clause] = []
        self._groups_of: dict[int, set[int]] = {}
        self._pairs: dict[int, set[int]] = {}
        self._exact: set[int] = set()
        for clause in clauses:
            if len(clause) == 2:
                self._pairs.setdefault(-clause[0], set()).add(-clause[1])
                self._pairs.setdefault(-clause[1], set()).add(-clause[0])
        for group in groups:
            self._add(group)

    def _add(self, group: Clause) -> None:
        for literal in group:
            self._groups_of.setdefault(literal, set()).add(len(self.groups))
        self.groups.append(group)

    def is_grouped(self, first: int, second: int) -> bool:
        """Say whether some group holds both literals."""
        return not self._groups_of.get(first, _NOTHING).isdisjoint(self._groups_of.get(second, _NOTHING))

    def _exclude(self, first: int, second: int) -> bool:
        return second in self._pairs.get(first, _NOTHING) or self.is_grouped(first, second)

    def find_groups(self, clauses: Iterable[Clause]) -> None:
        """Find sets of three and more literals every two of which exclude each other.

        First the literals of each clause (then exactly one of them holds), then greedily among the pairs left.
        Groups inside a larger one are dropped.
        """
        long = [clause for clause in clauses if len(clause) > 2]
        given, every = set(self.groups), set(long)
        self._exact = {place for place, group in enumerate(self.groups) if group in every}
        for clause in long:
            if clause not in given and not self._is_refinement(clause) and self._is_exclusive(clause):
                self._add(clause)
        self._find_cliques()
        self.groups = [group for place, group in enumerate(self.groups) if not self._is_inside(place, group)]

    def _is_refinement(self, clause: Clause) -> bool:
        """Say whether two neighbors in the clause are already values of one thing, exactly one of which holds."""
        return any(
            not self._exact.isdisjoint(self._groups_of.get(first, _NOTHING) & self._groups_of.get(second, _NOTHING))
            for first, second in pairwise(clause[:3])
        )

    def _is_inside(self, place: int, group: Clause) -> bool:
        shared = set.intersection(*(self._groups_of[literal] for literal in group))
        return any(len(self.groups[other]) > len(group) or other < place for other in shared - {place})

    def _is_exclusive(self, clause: Sequence[int]) -> bool:
        """Say whether every two literals exclude each other; ends mostly at the first two that do not."""
        last = clause[-1]
        return all(self._exclude(literal, last) for literal in clause[:-1]) and all(
            self._exclude(first, second) for first, second in combinations(clause[:-1], 2)
        )

    def _find_cliques(self) -> None:
        neighbors = {
            literal: {other for other in others if not self.is_grouped(literal, other)}
            for literal, others in self._pairs.items()
        }
        for literal in sorted(neighbors, key=lambda item: (-len(neighbors[item]), item)):
            while len(neighbors[literal]) > 1:
                clique = _grown(literal, neighbors)
                if len(clique) < 3:
                    break
                self._add(tuple(sorted(clique, key=abs)))
                for first, second in combinations(clique, 2):
                    neighbors[first].discard(second)
                    neighbors[second].discard(first)


def _grown(literal: int, neighbors: dict[int, set[int]]) -> list[int]:
    clique = [literal]
    candidates = set(neighbors[literal])
    while candidates:
        chosen = max(candidates, key=lambda item: (len(neighbors[item] & candidates), -item))
        clique.append(chosen)
        candidates &= neighbors[chosen]
    return clique


_NOTHING: set[int] = set()
