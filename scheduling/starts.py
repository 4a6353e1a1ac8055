"""Where an operation may start on a work unit: every free start, by how long its run then pauses.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Hashable, Iterable, Iterator
from typing import NamedTuple

from scheduling.calendar import WorkCalendar
from scheduling.problem import Minute, Mode, Operation
from scheduling.snapshot import Snapshot
from scheduling.timeline import Timeline

Span = tuple[int, int]
"""First and last work coordinate of a stretch, both inclusive."""


class Starts(NamedTuple):
    """Wall minutes ``first`` to ``last`` (both inclusive) at which a run may start, with the same extra.

    ``extra_minutes`` is what the caller asked for: the minutes a run pauses, or those by which a setup precedes it.
    """

    first_minute: Minute
    last_minute: Minute
    extra_minutes: int


class Barrier(NamedTuple):
    """A run that stays: its work coordinates and setup family."""

    start: int
    end: int
    family: str


def standing_runs(
    timeline: Timeline, movable: Collection[Hashable], from_minute: Minute, until_minute: Minute
) -> list[Barrier]:
    """List the runs that stay, in time order: those that touch [from, until) and the last one before them.

    Parameters
    ----------
    timeline
        Only read.
    movable
        Keys of the runs that are left out.
    from_minute, until_minute
        Wall minutes.

    Returns
    -------
    list of Barrier
        Empty when nothing stays there; a run beyond ``until_minute`` closes the list when there is one.
    """
    keys = timeline.list_keys()
    index = bisect_left(keys, from_minute, key=lambda key: timeline.slot_of(key).end_minute)
    while index > 0:
        index -= 1
        if keys[index] not in movable:
            break
    found = []
    work_at = timeline.calendar.work_at
    for key in keys[index:]:
        if key in movable:
            continue
        slot = timeline.slot_of(key)
        found.append(Barrier(work_at(slot.start_minute), work_at(slot.end_minute), timeline.family_of(key)))
        if slot.start_minute >= until_minute:
            break
    return found


def free_spans(
    timeline: Timeline, barriers: Iterable[Barrier], operation: Operation, mode: Mode, *, floor_minute: Minute,
    from_minute: Minute, until_minute: Minute,
) -> Iterator[Span]:
    """Give the starts, in work coordinates, at which a run and every setup around it fit between what stays.

    Parameters
    ----------
    timeline, barriers
        The unit, and what stays on it, from :func:`standing_runs`.
    operation, mode
        What is placed.
    floor_minute
        No setup begins before it.
    from_minute, until_minute
        The run lies in [from, until).
    """
    calendar, unit, family = timeline.calendar, timeline.unit, operation.setup_family
    least = calendar.work_at(from_minute)
    most = min(calendar.work_at(until_minute), calendar.total_minutes) - mode.work_minutes
    floor = calendar.work_at(floor_minute)
    begin, before = 0, timeline.family_before
    for barrier in (*barriers, None):
        first = max(least, max(begin, floor) + unit.setup_between(before, family))
        last = most
        if barrier is not None:
            last = min(most, barrier.start - mode.work_minutes - unit.setup_between(family, barrier.family))
            begin, before = barrier.end, barrier.family
        if first <= last:
            yield first, last


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Take stretches out of others; all inclusive."""
    left = list(spans)
    for first, last in taken:
        left = [part for a, b in left for part in ((a, min(b, first - 1)), (max(a, last + 1), b)) if part[0] <= part[1]]
    return left


def blocked_spans(calendar: WorkCalendar, work_minutes: int, closed: Iterable[tuple[Minute, Minute]]) -> Iterator[Span]:
    """Give the starts of runs that would touch times [from, until) on the wall clock."""
    for begin, end in closed:
        first, last = calendar.work_at(begin) - work_minutes + 1, calendar.work_at(end) - 1
        if first <= last:
            yield first, last


def secondary_closed(
    snapshot: Snapshot, timeline: Timeline, secondary_id: int, movable: Collection[Hashable], from_minute: Minute,
    until_minute: Minute,
) -> Iterator[tuple[Minute, Minute]]:
    """Give the times in [from, until) in which a unit works but its secondary unit cannot help it.

    These are the parts of the unit's windows outside the secondary unit's, and the runs that the secondary unit
    serves already, but for the movable ones.
    """
    secondary = snapshot.timelines[secondary_id]
    for start, end in _windows_between(timeline.calendar, from_minute, until_minute):
        at = start
        for opens, closes in _windows_between(secondary.calendar, start, end):
            if opens > at:
                yield at, opens
            at = max(at, closes)
        if at < end:
            yield at, end
    for key in secondary.list_keys():
        slot = secondary.slot_of(key)
        if key not in movable and slot.end_minute > from_minute and slot.start_minute < until_minute:
            yield slot.start_minute, slot.end_minute


def _windows_between(calendar: WorkCalendar, start: Minute, end: Minute) -> Iterator[tuple[Minute, Minute]]:
    windows = calendar.windows
    for index in range(max(bisect_right(windows, (start, start)) - 1, 0), len(windows)):
        opens, closes = windows[index]
        if opens >= end:
            return
        if closes > start:
            yield max(opens, start), min(closes, end)


def paused_starts(
    calendar: WorkCalendar, spans: Iterable[Span], work_minutes: int, *, is_resumable: bool
) -> list[Starts]:
    """Turn free spans into wall minutes, each with the minutes that a run from there pauses.

    Runs that may not pause keep only the starts whose whole run lies in one window.
    """
    found = []
    for first, last in spans:
        at = first
        while at <= last:
            start, end = calendar.start_at(at), calendar.end_at(at + work_minutes)
            opened, closed = _window_end(calendar, start), _window_end(calendar, end - 1)
            until = min(last, opened - 1, closed - work_minutes)
            if is_resumable or opened == closed:
                found.append(Starts(start, start + until - at, end - start - work_minutes))
            at = until + 1
    return found


def led_starts(calendar: WorkCalendar, starts: Iterable[Starts], setup_minutes: int) -> list[Starts]:
    """Give, for wall starts of runs, by how many minutes the end of the run before must precede each.

    ``extra_minutes`` of an answer is the least wall-clock distance that leaves ``setup_minutes`` of working time
    between the end of a run and the start of the next; starts too near the begin of the axis have no run before.
    """
    found = []
    for first_minute, last_minute, _ in starts:
        at, last = calendar.work_at(first_minute), calendar.work_at(last_minute)
        while at <= last:
            start = calendar.start_at(at)
            if at <= setup_minutes:
                until = min(last, setup_minutes)
                found.append(Starts(start, start + until - at, start + until - at - calendar.windows[0][0]))
            else:
                ready = calendar.end_at(at - setup_minutes)
                until = min(last, _window_end(calendar, ready - 1) + setup_minutes)
                found.append(Starts(start, start + until - at, start - ready))
            at = until + 1
    return found


def _window_end(calendar: WorkCalendar, minute: Minute) -> int:
    """Give the work coordinate at which the window that holds a working minute ends."""
    index = bisect_right(calendar.windows, (minute, 1 << 62)) - 1
    return calendar.work_at(calendar.windows[index][1])
