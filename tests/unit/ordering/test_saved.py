"""Kept configurations as values: owners, names, what counts as the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ordering.link import make_token
from ordering.saved import (
    LINK_PURPOSE,
    LONGEST_NAME,
    Choice,
    ResumeLink,
    account_owner,
    browser_owner,
    free_name,
    is_browser,
    make_owner_key,
)

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=LONGEST_NAME)
CHOICE = Choice("window", "a" * 64, 1, {"width": "1230"})


@given(NAMES, st.lists(NAMES, max_size=8))
def test_free_name_is_free_short_enough_and_the_name_itself_where_that_is_free(name: str, taken: list[str]) -> None:
    found = free_name(name, taken)
    assert found not in taken
    assert 1 <= len(found) <= LONGEST_NAME
    assert (found == name) == (name not in taken)


@given(NAMES, st.integers(1, 12))
def test_names_asked_for_one_after_the_other_are_all_different(name: str, count: int) -> None:
    taken: list[str] = []
    for _round in range(count):
        taken.append(free_name(name, taken))
    assert len(set(taken)) == count
    assert taken[0] == name


def test_browser_is_known_by_a_hash_of_its_key_and_never_taken_for_an_account() -> None:
    key = make_owner_key()
    assert key not in browser_owner(key)
    assert browser_owner(key) == browser_owner(key) != browser_owner(make_owner_key())
    assert is_browser(browser_owner(key))
    assert not is_browser(account_owner(7))
    assert len(browser_owner(key)) <= 80


def test_choices_are_the_same_only_with_the_same_version_place_and_way() -> None:
    assert CHOICE.is_same(replace(CHOICE, choices={"width": "1230"}, version=9))
    for other in (replace(CHOICE, choices={"width": "1231"}), replace(CHOICE, content_hash="b" * 64),
                  replace(CHOICE, destination="QD"), replace(CHOICE, alternative="fastest"), replace(CHOICE, pieces=2)):
        assert not CHOICE.is_same(other)


def test_link_is_open_until_its_end_unless_it_was_taken_back() -> None:
    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    link = ResumeLink(1, "token", CHOICE, now, now + timedelta(days=30), is_revoked=False)
    assert link.is_open(now=now + timedelta(days=29, hours=23))
    assert not link.is_open(now=now + timedelta(days=30))
    assert not replace(link, is_revoked=True).is_open(now=now)


def test_token_of_one_purpose_is_none_of_another() -> None:
    assert make_token("seed", secret="secret") != make_token("seed", secret="secret", purpose=LINK_PURPOSE)
