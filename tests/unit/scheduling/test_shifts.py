"""Working windows of units: own shifts, overtime, pool offers, closures, midnight and both changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.plant import Closure, Network, Overtime, PoolOffer, SecondaryResource, UnitTerms
from catalog.text import Text
from scheduling.calendar import Window, minute_at
from scheduling.shifts import unit_windows
from tests.unit.scheduling.plants import a_center, a_network, a_site

wall = datetime.fromisoformat


def at(text: str) -> int:
    """A UTC minute such as 2026-03-02 08:00."""
    return minute_at(wall(text).replace(tzinfo=UTC))


def day_of(network: Network, code: str, day: str, *, days: int = 1, zone_hours: int = 8) -> tuple[Window, ...]:
    """The windows of a unit on plant-local days, in minutes after the first one's midnight (without a clock change)."""
    midnight = at(day) - zone_hours * 60
    found = unit_windows(network, from_minute=midnight, until_minute=midnight + days * 1440)[code]
    return tuple((start - midnight, end - midnight) for start, end in found)


def whole(**changes: object) -> Network:
    """One saw center of three units in one shift 08:00-12:00, 13:00-17:00, offered whole."""
    terms = UnitTerms(2, "2x8", 9000, Fraction(6), Fraction(1))
    centers = [a_center("SAW", "SZ", "saw", unit_count=3, shift="1x8", pool_share_percent=100, units=(terms,))]
    return a_network(centers, availability_percent=100, **changes)


def test_units_work_their_own_shifts() -> None:
    network = whole()
    assert day_of(network, "SAW-1", "2026-03-02") == ((480, 720), (780, 1020))
    assert day_of(network, "SAW-2", "2026-03-02") == ((360, 1320),)
    assert day_of(network, "SAW-3", "2026-03-01") == ()  # a Sunday


def test_overtime_adds_windows_also_on_closed_days_and_to_one_unit_alone() -> None:
    sunday, monday = date(2026, 3, 1), date(2026, 3, 2)
    network = whole(overtime=(Overtime("SAW", 1, sunday, ((480, 600),)), Overtime("SAW", 0, monday, ((1020, 1080),))))
    assert day_of(network, "SAW-1", "2026-03-01") == ((480, 600),)
    assert day_of(network, "SAW-3", "2026-03-01") == ()
    assert day_of(network, "SAW-3", "2026-03-02") == ((480, 720), (780, 1080))


def test_closures_hold_for_what_they_name() -> None:
    network = whole(closures=(
        Closure(wall("2026-03-02 09:00"), wall("2026-03-02 10:00"), work_center="SAW", unit_number=3),
        Closure(wall("2026-03-02 16:00"), wall("2026-03-03 09:00"), company="SZ-CO"),
        Closure(wall("2026-03-02 08:00"), wall("2026-03-03 08:00"), company="NB-CO"),
        Closure(wall("2026-03-02 08:00"), wall("2026-03-03 08:00"), site="NB"),
    ))
    assert day_of(network, "SAW-1", "2026-03-02") == ((480, 720), (780, 960))
    assert day_of(network, "SAW-3", "2026-03-02") == ((480, 540), (600, 720), (780, 960))
    assert day_of(network, "SAW-1", "2026-03-03") == ((540, 720), (780, 1020))


def test_offers_replace_the_share_in_their_days_and_windows() -> None:
    network = whole(pool_offers=(
        PoolOffer("SZ-CO", 50, (), ((480, 720),), valid_until=date(2026, 3, 3)),
        PoolOffer("SZ-CO", 0, ("SAW",), ((780, 900),)),
        PoolOffer("NB-CO", 0),
    ))
    assert day_of(network, "SAW-1", "2026-03-02") == ((480, 600), (900, 1020))
    assert day_of(network, "SAW-1", "2026-03-03") == ((480, 720), (900, 1020))


def test_an_offer_of_whole_days_does_not_cut_a_shift_at_midnight() -> None:
    site = a_site("SZ", shifts={"night": ((1320, 360),)}, closed_weekdays=frozenset())
    centers = [a_center("SAW", "SZ", "saw", shift="night", pool_share_percent=10)]
    network = a_network(centers, sites=(site,), availability_percent=100, pool_offers=(PoolOffer("SZ-CO", 50),))
    assert day_of(network, "SAW-1", "2026-03-02") == ((0, 120), (1320, 1440))
    network = a_network(centers, sites=(site,), availability_percent=100,
                        pool_offers=(PoolOffer("SZ-CO", 50, windows=((0, 360),)),))
    assert day_of(network, "SAW-1", "2026-03-02") == ((0, 180), (1320, 1332))


def test_secondary_units_work_their_shifts_whole() -> None:
    crew = SecondaryResource("CREW", "SZ", Text.of("Crew"), "testing", 2, "1x8")
    network = a_network([a_center("SAW", "SZ", "saw", pool_share_percent=40)], secondary_resources=(crew,),
                        closures=(Closure(wall("2026-03-02 13:00"), wall("2026-03-02 15:00"), work_center="CREW",
                                          unit_number=2),))
    assert day_of(network, "CREW-1", "2026-03-02") == ((480, 720), (780, 1020))
    assert day_of(network, "CREW-2", "2026-03-02") == ((480, 720), (900, 1020))


def test_windows_end_with_the_period() -> None:
    found = unit_windows(whole(), from_minute=at("2026-03-02 01:00"), until_minute=at("2026-03-02 06:00"))
    assert found["SAW-1"] == ((at("2026-03-02 01:00"), at("2026-03-02 04:00")),
                              (at("2026-03-02 05:00"), at("2026-03-02 06:00")))


CHANGES = [
    ("Europe/Berlin", "2026-03-28", 1, ("2026-03-28 21:00", "2026-03-29 04:00"), 420),
    ("Europe/Berlin", "2026-10-24", 2, ("2026-10-24 20:00", "2026-10-25 05:00"), 540),
    ("America/New_York", "2026-03-07", -5, ("2026-03-08 03:00", "2026-03-08 10:00"), 420),
    ("America/New_York", "2026-10-31", -4, ("2026-11-01 02:00", "2026-11-01 11:00"), 540),
]


@pytest.mark.parametrize(("zone", "day", "hours", "window", "minutes"), CHANGES)
def test_night_shift_over_a_change_of_the_clock_is_as_long_as_the_night(
    zone: str, day: str, hours: int, window: tuple[str, str], minutes: int
) -> None:
    site = a_site("SZ", time_zone=zone, shifts={"night": ((1320, 360),)}, closed_weekdays=frozenset({6}))
    network = a_network([a_center("SAW", "SZ", "saw", shift="night", pool_share_percent=100)], sites=(site,),
                        availability_percent=100)
    noon = at(day) + 720 - hours * 60
    found = unit_windows(network, from_minute=noon, until_minute=noon + 1440)["SAW-1"]
    assert found == ((at(window[0]), at(window[1])),)
    assert found[0][1] - found[0][0] == minutes


@pytest.mark.parametrize(("zone", "day", "hours", "window", "minutes"), CHANGES)
def test_day_shift_after_a_change_of_the_clock_keeps_its_local_hours(
    zone: str, day: str, hours: int, window: tuple[str, str], minutes: int
) -> None:
    site = a_site("SZ", time_zone=zone, closed_weekdays=frozenset())
    network = a_network([a_center("SAW", "SZ", "saw", shift="1x8", pool_share_percent=100)], sites=(site,),
                        availability_percent=100)
    changed = 60 if minutes < 480 else -60
    midnight = at(day) - hours * 60
    found = unit_windows(network, from_minute=midnight, until_minute=midnight + 2 * 1440)["SAW-1"]
    after = [1440 + minute - changed for minute in (480, 720, 780, 1020)]
    assert found == tuple((midnight + a, midnight + b) for a, b in (
        (480, 720), (780, 1020), (after[0], after[1]), (after[2], after[3])))


@pytest.mark.parametrize(("zone", "day", "hours", "window", "minutes"), CHANGES)
def test_closed_times_and_overtime_follow_the_local_clock_too(
    zone: str, day: str, hours: int, window: tuple[str, str], minutes: int
) -> None:
    following = date.fromisoformat(day) + timedelta(days=1)
    site = a_site("SZ", time_zone=zone, closed_weekdays=frozenset({6}))
    network = a_network(
        [a_center("SAW", "SZ", "saw", shift="1x8", pool_share_percent=100)], sites=(site,), availability_percent=100,
        overtime=(Overtime("SAW", 0, following, ((480, 720),)),),
        closures=(Closure(wall(f"{following} 09:00"), wall(f"{following} 10:00"), site="SZ"),),
    )
    midnight = at(day) - hours * 60
    found = unit_windows(network, from_minute=midnight, until_minute=midnight + 2 * 1440)["SAW-1"]
    changed = 60 if minutes < 480 else -60
    assert [(start - midnight, end - midnight) for start, end in found[2:]] == [
        (1440 + a - changed, 1440 + b - changed) for a, b in ((480, 540), (600, 720))]


@given(
    first=st.integers(0, 1380), length=st.integers(1, 600), share=st.integers(0, 100), own=st.integers(0, 100),
    from_hour=st.integers(0, 22), hours=st.integers(1, 23), zone=st.sampled_from(["Europe/Berlin", "America/New_York"]),
    start_day=st.dates(date(2026, 1, 1), date(2027, 12, 1)),
)
def test_an_offer_never_gives_more_than_the_shift_and_lies_in_it(
    first: int, length: int, share: int, own: int, from_hour: int, hours: int, zone: str, start_day: date
) -> None:
    pattern = ((first, (first + length - 1) % 1440 + 1),)
    site = a_site("SZ", time_zone=zone, shifts={"s": pattern}, closed_weekdays=frozenset({6}))
    offer = PoolOffer("SZ-CO", own, (), ((from_hour * 60, (from_hour + hours) % 24 * 60),))
    from_minute = at(f"{start_day} 12:00")

    def windows(percent: int, offers: tuple[PoolOffer, ...]) -> tuple[Window, ...]:
        centers = [a_center("SAW", "SZ", "saw", shift="s", pool_share_percent=percent)]
        network = a_network(centers, sites=(site,), availability_percent=100, pool_offers=offers)
        return unit_windows(network, from_minute=from_minute, until_minute=from_minute + 7 * 1440)["SAW-1"]

    full, offered = windows(100, ()), windows(share, (offer,))
    assert all(a < b for a, b in offered)
    assert all(one[1] < other[0] for one, other in pairwise(offered))
    assert all(any(a <= start and end <= b for a, b in full) for start, end in offered)
    total = sum(b - a for a, b in full)
    assert sum(b - a for a, b in offered) <= total * max(share, own) / 100 + 60
