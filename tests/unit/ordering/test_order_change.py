"""Until when an order may be changed, from when the changed one is made, and what its seal covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog.money import Money
from ordering.order_change import LEAD_TIME, ChangeRequest, earliest_start, seal

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HELD = timedelta(hours=48)
REQUEST = ChangeRequest("ab", {"color": "red"}, 2, "SZ")
moments = st.integers(0, 60 * 24 * 30).map(lambda minutes: NOW + timedelta(minutes=minutes))


def sealed(request: ChangeRequest = REQUEST, **changes: object) -> str:
    facts = {"order_number": "O-1", "revision": 1, "choices": {"color": "red", "size": "3"}, "promised_on":
             date(2026, 12, 1), "gross": Money(100, "CNY"), "co2_grams": 7} | changes
    return seal(request=request, **facts)  # type: ignore[arg-type]  # facts by name


@given(now=moments, planned=st.none() | moments)
def test_a_changed_order_is_made_no_earlier_than_it_was_and_after_the_lead_time(
    now: datetime, planned: datetime | None
) -> None:
    start = earliest_start(planned, held_for=HELD, now=now)
    assert start >= now + LEAD_TIME
    assert start <= max(now + HELD + timedelta(hours=1), now + LEAD_TIME + timedelta(hours=1))
    if planned is not None and now + LEAD_TIME + timedelta(hours=1) <= planned <= now + HELD:
        assert start == planned


@given(now=moments, seconds=st.integers(0, 3599))
def test_the_start_stays_within_an_hour(now: datetime, seconds: int) -> None:
    whole = now.replace(minute=0) + timedelta(seconds=1)
    assert earliest_start(None, held_for=HELD, now=whole) == earliest_start(
        None, held_for=HELD, now=whole + timedelta(seconds=min(seconds, 3598)))


def test_a_seal_is_the_same_for_the_same_and_another_for_anything_else() -> None:
    assert sealed() == sealed(choices={"size": "3", "color": "red"})
    others = [
        sealed(order_number="O-2"), sealed(revision=2), sealed(choices={"color": "blue", "size": "3"}),
        sealed(promised_on=date(2026, 12, 2)), sealed(gross=Money(101, "CNY")), sealed(gross=Money(100, "EUR")),
        sealed(co2_grams=8), sealed(replace(REQUEST, quantity=3)), sealed(replace(REQUEST, destination="WH")),
        sealed(replace(REQUEST, content_hash="cd")),
    ]
    assert len({sealed(), *others}) == len(others) + 1
