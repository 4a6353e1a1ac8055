"""Secret links about accounts: one purpose, one account, a while, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.account_links import AccountFacts, LinkPurpose, is_account_link, make_account_link, read_account_number

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FACTS = AccountFacts(7, "lu@example.com", "scrypt:1", is_confirmed=False)
SECRET = "a secret of the tests"


def holds(token: str, facts: AccountFacts = FACTS, purpose: LinkPurpose = LinkPurpose.CONFIRM,
          now: datetime = NOW, secret: str = SECRET) -> bool:
    return is_account_link(token, facts, purpose=purpose, secret=secret, now=now)


def test_link_holds_for_its_account_purpose_and_time() -> None:
    token = make_account_link(FACTS, purpose=LinkPurpose.CONFIRM, secret=SECRET, now=NOW)
    assert read_account_number(token) == 7
    assert holds(token)
    assert holds(token, now=NOW + timedelta(days=2, hours=23))
    assert not holds(token, now=NOW + timedelta(days=3))
    assert not holds(token, purpose=LinkPurpose.PASSWORD)
    assert not holds(token, secret="another secret")
    assert not holds(token, replace(FACTS, account_id=8))
    assert not holds(token, replace(FACTS, login="li@example.com"))


def test_link_that_confirms_ends_with_the_confirmation_and_one_for_a_password_with_the_old_password() -> None:
    confirm = make_account_link(FACTS, purpose=LinkPurpose.CONFIRM, secret=SECRET, now=NOW)
    assert not holds(confirm, replace(FACTS, is_confirmed=True))
    assert holds(confirm, replace(FACTS, password_hash="scrypt:2"))
    password = make_account_link(FACTS, purpose=LinkPurpose.PASSWORD, secret=SECRET, now=NOW)
    assert holds(password, replace(FACTS, is_confirmed=True), LinkPurpose.PASSWORD)
    assert not holds(password, replace(FACTS, password_hash="scrypt:2"), LinkPurpose.PASSWORD)
    assert not holds(password, purpose=LinkPurpose.PASSWORD, now=NOW + timedelta(hours=2))


@pytest.mark.parametrize("place", [0, 3, -1])
def test_link_with_one_sign_changed_is_none(place: int) -> None:
    token = make_account_link(FACTS, purpose=LinkPurpose.PASSWORD, secret=SECRET, now=NOW)
    signs = list(token)
    signs[place] = "9" if signs[place] != "9" else "8"
    assert not holds("".join(signs), purpose=LinkPurpose.PASSWORD)


@given(st.text(max_size=120))
def test_any_other_text_is_no_link(text: str) -> None:
    assert not holds(text)
