"""The fewest choices to give up so that the rest goes together: exact, by hitting every conflict. Imports no engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

MOST_QUESTIONS = 200
_MOST_NODES = 5_000

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Sacrifice:
    """Choices to give up, none of them needlessly.

    ``is_least`` tells that it is proven: no smaller set helps. It is false only when the search had to stop early.
    """

    names: Names
    is_least: bool


def smallest_sacrifices(names: Collection[str], find_conflict: Callable[[Names], Collection[str] | None], *,
                        kept: Names, most: int, least: int | None = None,
                        start: Callable[[], Names | None] = lambda: None) -> tuple[Sacrifice, ...]:
    """Find sets of choices to give up, those of the fewest choices first.

    Every sacrifice takes at least one choice of every conflict. So the sets that do so for the conflicts known are
    tried from the smallest on; one that leaves a further conflict makes that one known (Reiter, "A theory of
    diagnosis from first principles", 1987). Conflicts without a choice in common tell how many more are needed.

    Parameters
    ----------
    names
        Every choice.
    find_conflict
        Gives a minimal conflict of the choices left without the given ones; None when the rest goes together.
    kept
        Choices that are not given up.
    most
        How many sets to find, at least 1; further ones of the least size are found up to twice as many.
    least
        How many choices have to go at least, where that is known otherwise; it spares most of the search.
    start
        Gives choices without which the rest may go together; asked when the search has to stop early.

    Returns
    -------
    tuple of Sacrifice
        None contains another. Empty when giving up all but ``kept`` does not help.
    """
    if find_conflict(frozenset(names) - kept) is not None:
        return ()
    search = _Search(find_conflict, kept)
    found: list[Names] = []
    for given_up in search.run(found, least or 0):
        if len(found) >= most and len(given_up) > len(found[0]):
            break
        found.append(given_up)
        if len(found) >= 2 * most:
            break
    if not found:
        enough = start()
        if enough is None or find_conflict(enough) is not None:
            enough = frozenset(names) - kept
        enough = _thinned(enough, find_conflict)
        return (Sacrifice(enough, is_least=len(enough) == least),)
    return tuple(Sacrifice(given_up, is_least=len(given_up) == len(found[0])) for given_up in found)


class _Search:
    """Sets that hit all known conflicts, tried from the fewest members on."""

    def __init__(self, find_conflict: Callable[[Names], Collection[str] | None], kept: Names) -> None:
        self._find_conflict = find_conflict
        self._kept = kept
        self._conflicts: list[Names] = []
        self._questions = 0

    def run(self, found: Collection[Names], least: int) -> Iterator[Names]:
        """Give sacrifices in ascending size, none below ``least``; ends early when its limits are reached."""
        order = count()
        # Of equal bounds the one that has given up most comes first: it is the nearest to an answer.
        pending: list[tuple[int, int, int, Names]] = [(least, 0, next(order), frozenset())]
        seen = {frozenset[str]()}
        while pending and next(order) < _MOST_NODES and self._questions < MOST_QUESTIONS:
            bound, _size, _place, given_up = heappop(pending)
            if any(smaller <= given_up for smaller in found):
                continue
            open_conflicts = self._open(given_up)
            raised = len(given_up) + len(open_conflicts)
            if raised > bound:
                heappush(pending, (raised, -len(given_up), next(order), given_up))
                continue
            conflict = min(open_conflicts, key=len) if open_conflicts else self._ask(given_up)
            if conflict is None:
                yield given_up
                continue
            for name in sorted(conflict):
                more = given_up | {name}
                if more not in seen:
                    seen.add(more)
                    heappush(pending, (bound, -len(more), next(order), more))

    def _open(self, given_up: Names) -> list[Names]:
        """Give known conflicts that no given-up choice breaks and that have no choice in common."""
        chosen: list[Names] = []
        used: set[str] = set()
        for conflict in self._conflicts:
            if not conflict & given_up and not conflict & used:
                chosen.append(conflict)
                used |= conflict
        return chosen

    def _ask(self, given_up: Names) -> Names | None:
        self._questions += 1
        conflict = self._find_conflict(given_up)
        if conflict is None:
            return None
        known = frozenset(conflict) - self._kept
        self._conflicts.append(known)
        return known


def _thinned(given_up: Names, find_conflict: Callable[[Names], Collection[str] | None]) -> Names:
    """Take one choice after the other back as long as they go together."""
    for name in _latest_first(given_up):
        if find_conflict(given_up - {name}) is None:
            given_up -= {name}
    return given_up


def _latest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, reverse=True)
