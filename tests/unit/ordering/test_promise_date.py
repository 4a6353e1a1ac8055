"""The promised day: possible, never past, never a day without delivery."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from catalog.plant import Site
from catalog.text import Text
from ordering.promise_date import local_year, promised_day
from scheduling.calendar import first_minute_from, local_date

SUZHOU = Site(
    "SZ", Text.of("Suzhou"), "gusu", "Asia/Shanghai", Fraction(0), Fraction(0), Fraction(1, 2), shifts={},
    closed_weekdays=frozenset({6}), holidays=frozenset({date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 6)}),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(arrival=moments, now=moments)
def test_the_promised_day_is_a_delivery_day_not_before_arrival_nor_now(arrival: datetime, now: datetime) -> None:
    minute = first_minute_from(arrival)
    day = promised_day(minute, destination=SUZHOU, now=now)
    assert day.weekday() != 6
    assert day not in SUZHOU.holidays
    earliest = max(local_date(SUZHOU, minute), local_date(SUZHOU, first_minute_from(now)))
    assert day >= earliest
    assert day - earliest <= timedelta(days=4)


def test_an_arrival_late_on_friday_before_new_year_goes_to_saturday_in_the_plants_zone() -> None:
    arrival = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)  # already New Year's Day in Suzhou
    now = arrival - timedelta(days=3)
    assert promised_day(first_minute_from(arrival), destination=SUZHOU, now=now) == date(2027, 1, 2)


def test_the_year_of_a_number_is_the_plants_year() -> None:
    assert local_year(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), SUZHOU) == 2027
    assert local_year(datetime(2026, 12, 31, 15, 59, tzinfo=UTC), SUZHOU) == 2026
