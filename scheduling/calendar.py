"""Work calendars: plant shifts become windows of UTC minutes, and windows become a working-minute axis.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only the plant values.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from catalog.plant import DayWindow, Site
from scheduling.problem import Minute

MINUTES_PER_DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Window = tuple[Minute, Minute]


def minute_at(moment: datetime) -> Minute:
    """Give the whole UTC minute a moment lies in.

    Parameters
    ----------
    moment
        Aware.

    Returns
    -------
    Minute
        Whole minutes since 1970-01-01T00:00Z, rounded down.

    Raises
    ------
    ValueError
        The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no minute")
    return (moment - _EPOCH) // timedelta(minutes=1)


def first_minute_from(moment: datetime) -> Minute:
    """Give the first whole UTC minute that begins at or after a moment (aware)."""
    return -((_EPOCH - moment) // timedelta(minutes=1))


def moment_at(minute: Minute) -> datetime:
    """Give the aware UTC moment at which a minute begins."""
    return _EPOCH + timedelta(minutes=minute)


def offered_share(pool_share_percent: int, availability_percent: int) -> Fraction:
    """Give the share of a shift window that a work center offers: pool share times availability."""
    return Fraction(pool_share_percent * availability_percent, 10_000)


def site_windows(
    site: Site,
    shift: str,
    *,
    from_on: date,
    until_on: date,
    share: Fraction = Fraction(1),
    overtime: Mapping[date, Sequence[DayWindow]] = MappingProxyType({}),
    shares: Sequence[tuple[Minute, Minute, Fraction]] = (),
) -> tuple[Window, ...]:
    """Turn a site's shift pattern into the windows of working time it offers.

    A shift belongs to the plant-local day on which it starts; one that ends at or before its start runs
    over midnight. Each window is cut, from its start, to the whole minutes of its share. A local time
    that the clock skips in spring means the moment of the change; one that comes twice in autumn means
    the first.

    Parameters
    ----------
    site
        Its time zone, shift patterns, closed weekdays and holidays.
    shift
        Name of a pattern of the site.
    from_on, until_on
        Plant-local days, the last one exclusive.
    share
        From 0 to 1.
    overtime
        Further windows by plant-local day, also of closed days and holidays.
    shares
        Times [from, until) with a share of their own, ascending and disjoint; a window that reaches into
        several is cut in each by itself.

    Returns
    -------
    tuple of Window
        Ascending, disjoint, not touching, half-open UTC minutes; empty when nothing is offered.

    Raises
    ------
    KeyError
        The site has no such shift pattern.
    """
    zone = ZoneInfo(site.time_zone)
    pattern = site.shifts[shift]
    whole: list[Window] = []
    day = from_on
    while day < until_on:
        if day.weekday() not in site.closed_weekdays and day not in site.holidays:
            whole.extend(day_windows(day, pattern, zone))
        whole.extend(day_windows(day, overtime.get(day, ()), zone))
        day += timedelta(days=1)
    cut = [
        (start, start + (end - start) * part.numerator // part.denominator)
        for window in _without_overlap(whole)
        for start, end, part in _split(window, shares, share)
    ]
    return _joined((start, end) for start, end in cut if end > start)


def _split(
    window: Window, shares: Sequence[tuple[Minute, Minute, Fraction]], share: Fraction
) -> Iterator[tuple[Minute, Minute, Fraction]]:
    """Cut a window where the share changes; ``share`` counts between the times that have their own."""
    position, until = window
    for start, end, own in shares[bisect_right(shares, position, key=lambda item: item[1]) :]:
        if start >= until:
            break
        if start > position:
            yield position, start, share
        yield max(start, position), min(end, until), own
        position = min(end, until)
    if position < until:
        yield position, until, share


def day_windows(day: date, pattern: Sequence[DayWindow], zone: ZoneInfo) -> Iterator[Window]:
    """Give the UTC minutes of a plant-local day's windows."""
    for start, end in pattern:
        if start != end:
            until = end if end > start else end + MINUTES_PER_DAY
            yield local_minute(day, start, zone), local_minute(day, until, zone)


@lru_cache(maxsize=1 << 17)  # every unit of a site asks for the same minutes, some years of them
def local_minute(day: date, minute_of_day: int, zone: ZoneInfo) -> Minute:
    """Give the UTC minute of a plant-local minute of a day, which may lie beyond its midnight.

    A time that the clock skips means the moment of the change; one that comes twice means the first.
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute_of_day)  # noqa: DTZ001
    local = wall.replace(tzinfo=zone)
    late = minute_at(local)
    early = minute_at(local.replace(fold=1))
    if early >= late:
        return late
    # The clock skips this wall time. The change lies after `early` (still the old offset's side) and at
    # or before `late`; the first minute with the new offset is the change.
    before = moment_at(early).astimezone(zone).utcoffset()
    return next(
        (m for m in range(early, late) if moment_at(m).astimezone(zone).utcoffset() != before), late
    )


def _without_overlap(windows: Iterable[Window]) -> list[Window]:
    result: list[Window] = []
    for start, end in sorted(windows):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif end > start:
            result.append((start, end))
    return result


def _joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    result: list[Window] = []
    for start, end in windows:
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def without(windows: Sequence[Window], closures: Iterable[Window]) -> tuple[Window, ...]:
    """Take closed times (in any order, half-open) out of ascending windows."""
    remaining = list(windows)
    for closed_from, closed_until in closures:
        kept: list[Window] = []
        for start, end in remaining:
            if end <= closed_from or start >= closed_until:
                kept.append((start, end))
                continue
            if start < closed_from:
                kept.append((start, closed_from))
            if closed_until < end:
                kept.append((closed_until, end))
        remaining = kept
    return tuple(remaining)


def local_date(site: Site, minute: Minute) -> date:
    """Give the plant-local date of a minute."""
    return moment_at(minute).astimezone(ZoneInfo(site.time_zone)).date()


def promise_day(site: Site, arrival_minute: Minute) -> date:
    """Give the first day at or after an arrival on which the destination's site works.

    Parameters
    ----------
    site
        The destination, with its closed weekdays and holidays.
    arrival_minute
        When the load arrives.

    Returns
    -------
    date
        A plant-local date.

    Raises
    ------
    ValueError
        The site works on no weekday at all.
    """
    if len(site.closed_weekdays) >= 7:
        raise ValueError(f"site {site.code} is closed on every weekday")
    day = local_date(site, arrival_minute)
    while day.weekday() in site.closed_weekdays or day in site.holidays:
        day += timedelta(days=1)
    return day


def day_end_minute(site: Site, day: date) -> Minute:
    """Give the minute at which a plant-local day is over (the next local midnight)."""
    return local_minute(day, MINUTES_PER_DAY, ZoneInfo(site.time_zone))


class WorkCalendar:
    """The working-minute axis of one work unit.

    Work coordinates count working minutes from the first window on, so a resumable operation has a fixed
    length on this axis however many breaks it spans.

    Parameters
    ----------
    windows
        Ascending, disjoint, half-open.

    Notes
    -----
    Every conversion is one bisection.
    """

    __slots__ = ("_ends", "_starts", "_sums", "total_minutes", "windows")

    def __init__(self, windows: Sequence[Window]) -> None:
        if any(a[1] > b[0] for a, b in pairwise(windows)) or any(s >= e for s, e in windows):
            raise ValueError("windows must be ascending, disjoint and not empty")
        self.windows = tuple(windows)
        self._starts = [start for start, _ in windows]
        self._ends = [end for _, end in windows]
        sums = [0]
        for start, end in windows:
            sums.append(sums[-1] + end - start)
        self._sums = sums
        self.total_minutes = sums[-1]

    def work_at(self, minute: Minute) -> int:
        """Count the working minutes before a wall minute."""
        index = bisect_right(self._starts, minute) - 1
        if index < 0:
            return 0
        end = self._ends[index]
        return self._sums[index] + (minute if minute < end else end) - self._starts[index]

    def start_at(self, work: int) -> Minute:
        """Give the wall minute at which the working minute numbered ``work`` begins.

        ``work`` must lie in [0, total_minutes); a piece of work that starts here starts in a window.
        """
        index = bisect_right(self._sums, work) - 1
        return self._starts[index] + work - self._sums[index]

    def end_at(self, work: int) -> Minute:
        """Give the wall minute at which ``work`` working minutes are done; 0 < work ≤ total_minutes."""
        index = bisect_left(self._sums, work) - 1
        return self._starts[index] + work - self._sums[index]

    def first_fit(self, work: int, length: int) -> int | None:
        """Give the first work coordinate ≥ ``work`` from which ``length`` minutes stay in one window."""
        sums = self._sums
        index = max(bisect_right(sums, work) - 1, 0)
        while index < len(sums) - 1:
            begin = max(work, sums[index])
            if begin + length <= sums[index + 1]:
                return begin
            index += 1
        return None
