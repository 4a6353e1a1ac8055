"""Windows of working time: time zones, holidays, nights, the pool's share, and the working-minute axis."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendar import (
    WorkCalendar,
    day_end_minute,
    first_minute_from,
    minute_at,
    moment_at,
    offered_share,
    promise_day,
    site_windows,
    without,
)
from tests.unit.scheduling.plants import a_site


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return minute_at(datetime(year, month, day, hour, minute, tzinfo=UTC))


def test_pool_offers_122_minutes_of_each_shift_when_share_is_30_percent_of_85() -> None:
    share = offered_share(30, 85)

    windows = site_windows(a_site("SZ"), "2x8", from_on=date(2026, 3, 2), until_on=date(2026, 3, 3), share=share)

    # 06:00 and 14:00 in Suzhou are 22:00 the day before and 06:00 in UTC.
    first, second = at(2026, 3, 1, 22), at(2026, 3, 2, 6)
    assert windows == ((first, first + 122), (second, second + 122))


def test_sunday_and_holidays_offer_nothing() -> None:
    windows = site_windows(a_site("SZ"), "1x8", from_on=date(2026, 4, 30), until_on=date(2026, 5, 4))

    days = [moment_at(start).date() for start, _ in windows]
    assert days == [date(2026, 4, 30)] * 2 + [date(2026, 5, 2)] * 2  # 1 May is a holiday, 3 May a Sunday


def test_night_shift_runs_over_midnight_and_into_a_holiday() -> None:
    site = a_site("SZ", shifts={"night": ((1320, 360),)})

    windows = site_windows(site, "night", from_on=date(2026, 4, 30), until_on=date(2026, 5, 3))

    assert windows == (
        (at(2026, 4, 30, 14), at(2026, 4, 30, 22)),
        (at(2026, 5, 2, 14), at(2026, 5, 2, 22)),
    )


def test_continuous_shift_becomes_one_window_when_everything_is_offered() -> None:
    windows = site_windows(a_site("SZ"), "3x8", from_on=date(2026, 3, 2), until_on=date(2026, 3, 8))

    assert windows == ((at(2026, 3, 1, 16), at(2026, 3, 7, 16)),)


def test_overlapping_shifts_are_not_offered_twice() -> None:
    site = a_site("SZ", shifts={"odd": ((480, 720), (600, 900), (900, 900))})

    windows = site_windows(site, "odd", from_on=date(2026, 3, 2), until_on=date(2026, 3, 3))

    assert windows == ((at(2026, 3, 2, 0), at(2026, 3, 2, 7)),)


@pytest.mark.parametrize(("day", "minutes"), [(date(2026, 3, 28), 420), (date(2026, 10, 24), 540)])
def test_night_shift_is_an_hour_shorter_or_longer_when_the_clock_changes(day: date, minutes: int) -> None:
    site = a_site("DE", time_zone="Europe/Berlin", shifts={"night": ((1320, 360),)})

    windows = site_windows(site, "night", from_on=day, until_on=date.fromordinal(day.toordinal() + 1))

    assert [end - start for start, end in windows] == [minutes]


def test_skipped_local_time_means_the_moment_of_the_change() -> None:
    site = a_site("DE", time_zone="Europe/Berlin", closed_weekdays=frozenset(), shifts={"early": ((150, 195),)})

    windows = site_windows(site, "early", from_on=date(2026, 3, 29), until_on=date(2026, 3, 30))

    # 02:30 does not exist that night; the clock jumps from 02:00 to 03:00 at 01:00 UTC.
    assert windows == ((at(2026, 3, 29, 1), at(2026, 3, 29, 1, 15)),)


def test_repeated_local_time_means_its_first_pass() -> None:
    site = a_site("DE", time_zone="Europe/Berlin", closed_weekdays=frozenset(), shifts={"early": ((120, 150),)})

    windows = site_windows(site, "early", from_on=date(2026, 10, 25), until_on=date(2026, 10, 26))

    assert windows == ((at(2026, 10, 25, 0), at(2026, 10, 25, 0, 30)),)


def test_promise_day_skips_sunday_and_holiday_and_is_plant_local() -> None:
    site = a_site("SZ")

    assert promise_day(site, at(2026, 3, 7, 15, 59)) == date(2026, 3, 7)
    assert promise_day(site, at(2026, 3, 7, 16)) == date(2026, 3, 9)  # Sunday has begun in Suzhou
    assert promise_day(site, at(2026, 5, 1, 3)) == date(2026, 5, 2)
    assert day_end_minute(site, date(2026, 3, 9)) == at(2026, 3, 9, 16)


def test_promise_day_refuses_a_site_that_never_works() -> None:
    with pytest.raises(ValueError, match="closed on every weekday"):
        promise_day(a_site("SZ", closed_weekdays=frozenset(range(7))), 0)


def test_minutes_are_whole_and_need_a_time_zone() -> None:
    moment = datetime(2026, 3, 2, 8, 30, 30, tzinfo=UTC)

    assert first_minute_from(moment) == minute_at(moment) + 1
    assert moment_at(minute_at(moment)) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        minute_at(datetime(2026, 3, 2))  # noqa: DTZ001


def test_closures_are_cut_out() -> None:
    assert without([(0, 100), (200, 300)], [(50, 220), (250, 260)]) == ((0, 50), (220, 250), (260, 300))
    assert without([(0, 100)], [(0, 100)]) == ()


def test_windows_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="ascending"):
        WorkCalendar([(0, 10), (5, 20)])


windows_strategy = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 60)), min_size=1, max_size=12).map(
    lambda pairs: tuple(_laid_out(pairs))
)


def _laid_out(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    windows, clock = [], 0
    for pause, length in pairs:
        windows.append((clock + pause, clock + pause + length))
        clock += pause + length
    return windows


@given(windows=windows_strategy)
def test_axis_agrees_with_counting_minute_by_minute(windows: tuple[tuple[int, int], ...]) -> None:
    calendar = WorkCalendar(windows)
    open_minutes = [minute for start, end in windows for minute in range(start, end)]

    assert calendar.total_minutes == len(open_minutes)
    for work, minute in enumerate(open_minutes):
        assert calendar.start_at(work) == minute
        assert calendar.end_at(work + 1) == minute + 1
        assert calendar.work_at(minute) == work
    for minute in range(windows[-1][1] + 3):
        assert calendar.work_at(minute) == sum(open_minute < minute for open_minute in open_minutes)


@given(windows=windows_strategy, ready=st.integers(0, 200), length=st.integers(1, 70))
def test_first_fit_is_the_first_run_inside_one_window(
    windows: tuple[tuple[int, int], ...], ready: int, length: int
) -> None:
    calendar = WorkCalendar(windows)
    candidates = [
        work
        for work in range(ready, calendar.total_minutes)
        if work + length <= calendar.total_minutes
        and calendar.end_at(work + length) - calendar.start_at(work) == length
    ]

    assert calendar.first_fit(ready, length) == (candidates[0] if candidates else None)


@given(
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    zone=st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
    start=st.integers(0, 1439),
    end=st.integers(0, 2880),
    percent=st.integers(1, 100),
)
def test_windows_are_ascending_disjoint_and_never_more_than_offered(
    day: date, zone: str, start: int, end: int, percent: int
) -> None:
    site = a_site("X", time_zone=zone, closed_weekdays=frozenset(), shifts={"s": ((start, end),)})
    until = date.fromordinal(day.toordinal() + 3)

    whole = site_windows(site, "s", from_on=day, until_on=until)
    cut = site_windows(site, "s", from_on=day, until_on=until, share=Fraction(percent, 100))

    for windows in (whole, cut):
        flat = [minute for window in windows for minute in window]
        assert flat == sorted(set(flat))
    assert sum(e - s for s, e in cut) * 100 <= sum(e - s for s, e in whole) * percent
