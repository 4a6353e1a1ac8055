"""The fewest choices to give up, against trying every subset."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from configurator import sacrifice
from configurator.sacrifice import smallest_sacrifices

Names = frozenset[str]
NAMES = tuple("abcdefgh")
conflict_lists = st.lists(st.sets(st.sampled_from(NAMES), min_size=1, max_size=4).map(frozenset), max_size=8)


class Contradictions:
    """Answers from a list of minimal conflicts, and remembers how often it was asked."""

    def __init__(self, conflicts: Collection[Names]) -> None:
        self.conflicts = [one for one in conflicts if not any(other < one for other in conflicts)]
        self.questions = 0

    def find(self, given_up: Names) -> Names | None:
        self.questions += 1
        return next((one for one in self.conflicts if not one & given_up), None)

    def is_solved(self, given_up: Collection[str]) -> bool:
        return all(one & frozenset(given_up) for one in self.conflicts)


@settings(max_examples=200, deadline=None)
@given(conflict_lists, st.sets(st.sampled_from(NAMES), max_size=2).map(frozenset), st.sampled_from(["known", "open"]))
def test_the_smallest_sets_are_found_first(conflicts: list[Names], kept: Names, number: str) -> None:
    truth = Contradictions(conflicts)
    free = [name for name in NAMES if name not in kept]
    minimal = [
        frozenset(names)
        for size in range(len(free) + 1)
        for names in combinations(free, size)
        if truth.is_solved(names) and not any(truth.is_solved(set(names) - {one}) for one in names)
    ]
    least = len(minimal[0]) if minimal and number == "known" else None
    found = smallest_sacrifices(NAMES, truth.find, kept=kept, most=3, least=least)
    assert len(found) == len({item.names for item in found})
    assert len(found) >= min(3, len(minimal))
    assert all(item.names in minimal for item in found)
    assert [len(item.names) for item in found[:3]] == [len(names) for names in minimal[:3]]
    assert all(item.is_least is (len(item.names) == len(minimal[0])) for item in found)


def test_nothing_is_given_up_when_nothing_contradicts() -> None:
    (only,) = smallest_sacrifices(NAMES, Contradictions([]).find, kept=frozenset(), most=3)
    assert only.names == frozenset()
    assert only.is_least


def test_nothing_helps_when_what_stays_contradicts_itself() -> None:
    truth = Contradictions([frozenset("a")])
    assert smallest_sacrifices(NAMES, truth.find, kept=frozenset("a"), most=3) == ()


def test_many_choices_to_give_up_are_found_with_few_questions() -> None:
    names = tuple(f"n{place}" for place in range(60))
    truth = Contradictions([frozenset(names[place:place + 2]) for place in range(0, 60, 2)])
    found = smallest_sacrifices(names, truth.find, kept=frozenset(), most=3)
    assert len(found[0].names) == 30
    assert found[0].is_least
    assert truth.questions < 60


def test_an_early_end_still_gives_a_set_without_a_needless_member() -> None:
    names = tuple(f"n{place}" for place in range(9))
    truth = Contradictions([frozenset(names[place:place + 3]) for place in range(0, 9, 3)])
    with patch.object(sacrifice, "MOST_QUESTIONS", 1):
        (only,) = smallest_sacrifices(names, truth.find, kept=frozenset(), most=3)
    assert not only.is_least
    assert truth.is_solved(only.names)
    assert not any(truth.is_solved(only.names - {name}) for name in only.names)
