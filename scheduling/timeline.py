"""A work unit's timeline: its bookings and the free gaps between them, on the working-minute axis.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from scheduling.calendar import WorkCalendar
from scheduling.problem import Minute, WorkUnit


class Slot(NamedTuple):
    """A place for an operation on a unit: set-up from ``setup_start``, run in [start, end)."""

    setup_start_minute: Minute
    start_minute: Minute
    end_minute: Minute


class _Run(NamedTuple):
    """A booked run: its work coordinates, its wall minutes, what it is."""

    start: int
    end: int
    start_minute: Minute
    end_minute: Minute
    family: str
    key: Hashable


class _Gap(NamedTuple):
    """Free working minutes between two runs; ``usable`` is the longest run that any family can have."""

    start: int
    end: int
    usable: int
    before: str | None
    after: str | None


class Timeline:
    """What one work unit has promised, and where something more fits.

    Setups are derived, never stored: a run is preceded by the unit's setup minutes when the run before it
    has another family; nothing is due before the first run.

    Parameters
    ----------
    unit
        The work unit with its offered windows.
    calendar
        The axis of exactly these windows; units of one work center may share one.
    family_before
        Setup family of the last run before the first window, None when there is none.
    floor_minute
        Nothing may be put before this minute.

    Notes
    -----
    Gaps are kept beside the runs, so a search never looks at a booking; insertion and removal touch the
    neighbors only. Bookings that lie outside the windows stay as barriers of no working minutes.
    ``runs``, ``gaps`` and ``places`` are to be read, never changed from outside.
    """

    __slots__ = ("calendar", "family_before", "gaps", "places", "runs", "unit")

    def __init__(
        self, unit: WorkUnit, calendar: WorkCalendar | None = None, *, family_before: str | None = None
    ) -> None:
        self.unit = unit
        self.calendar = calendar or WorkCalendar(unit.windows)
        self.family_before = family_before
        self.runs: list[_Run] = []
        self.gaps: list[_Gap] = []
        self.places: dict[Hashable, _Run] = {}
        self._renew_gap(-1)

    def __contains__(self, key: Hashable) -> bool:
        return key in self.places

    def copy(self) -> Timeline:
        """Give an independent timeline with the same runs."""
        twin = Timeline(self.unit, self.calendar, family_before=self.family_before)
        twin.runs, twin.gaps, twin.places = self.runs.copy(), self.gaps.copy(), self.places.copy()
        return twin

    def list_keys(self) -> tuple[Hashable, ...]:
        """List the keys of the runs in time order."""
        return tuple(run.key for run in self.runs)

    def earliest(
        self,
        ready_minute: Minute,
        work_minutes: int,
        *,
        setup_family: str,
        is_resumable: bool = True,
        floor_minute: Minute,
    ) -> Slot | None:
        """Find the earliest run of an operation that moves nothing else.

        The setup may be made before the operation is ready, but not before ``floor_minute``. The run
        after it keeps its start; a setup it needs because of the insertion must fit too.

        Parameters
        ----------
        ready_minute
            The run starts at or after it.
        work_minutes
            Working minutes of the run, > 0.
        setup_family
            Family of the operation.
        is_resumable
            False: the whole run must lie in one window.
        floor_minute
            Neither setup nor run starts before it.

        Returns
        -------
        Slot or None
            None when nothing fits inside the windows.
        """
        calendar, setup_minutes = self.calendar, self.unit.setup_minutes
        ready, floor = calendar.work_at(ready_minute), calendar.work_at(floor_minute)
        gaps = self.gaps
        first = max(bisect_right(gaps, (ready,)) - 1, 0)
        for index in range(first, len(gaps)):
            start, end, usable, before, after = gaps[index]
            if usable < work_minutes:
                continue
            setup = 0 if before is None or before == setup_family else setup_minutes
            run: int | None = max(ready, (start if start > floor else floor) + setup)
            if not is_resumable:
                run = calendar.first_fit(run or 0, work_minutes)
                if run is None:
                    return None
            tail = 0 if after is None or after == setup_family else setup_minutes
            if run is not None and run + work_minutes + tail <= end:
                return self._slot(run, work_minutes, setup)
        return None

    def _slot(self, run: int, work_minutes: int, setup: int) -> Slot:
        calendar = self.calendar
        start = calendar.start_at(run)
        return Slot(
            calendar.start_at(run - setup) if setup else start, start, calendar.end_at(run + work_minutes)
        )

    def slot_at(
        self, start_minute: Minute, work_minutes: int, *, setup_family: str, is_resumable: bool = True
    ) -> Slot | None:
        """Give the slot of a run that starts exactly at a minute, if it is free.

        Returns
        -------
        Slot or None
            The slot with the setup that the present neighbors ask for; None when the run does not fit.
        """
        calendar, setup_minutes = self.calendar, self.unit.setup_minutes
        run = calendar.work_at(start_minute)
        if run + work_minutes > calendar.total_minutes or calendar.start_at(run) != start_minute:
            return None
        if not is_resumable and calendar.first_fit(run, work_minutes) != run:
            return None
        index = bisect_right(self.gaps, (run + 1,)) - 1
        if index < 0:
            return None
        start, end, _, before, after = self.gaps[index]
        setup = 0 if before is None or before == setup_family else setup_minutes
        tail = 0 if after is None or after == setup_family else setup_minutes
        if run - setup < start or run + work_minutes + tail > end:
            return None
        return self._slot(run, work_minutes, setup)

    def add(self, key: Hashable, slot: Slot, *, setup_family: str) -> Hashable | None:
        """Book a run at a slot that is free.

        Parameters
        ----------
        key
            Names the run; unique on the timeline.
        slot
            Its run minutes count; its setup is derived from the neighbors.
        setup_family
            Family of the operation.

        Returns
        -------
        key or None
            The run after it, whose setup may have changed; None when it is the last.

        Raises
        ------
        ValueError
            The key is booked already.
        """
        if key in self.places:
            raise ValueError(f"{key!r} is booked already on {self.unit.code}")
        calendar = self.calendar
        run = _Run(
            calendar.work_at(slot.start_minute),
            calendar.work_at(slot.end_minute),
            slot.start_minute,
            slot.end_minute,
            setup_family,
            key,
        )
        index = bisect_left(self.runs, slot.start_minute, key=_start_minute)
        self.runs.insert(index, run)
        self.places[key] = run
        self._renew_gap(index - 1)
        self._renew_gap(index)
        return self.runs[index + 1].key if index + 1 < len(self.runs) else None

    def remove(self, key: Hashable) -> Hashable | None:
        """Take a run out.

        Returns
        -------
        key or None
            The run that stood after it, whose setup may have changed.

        Raises
        ------
        KeyError
            No such run.
        """
        run = self.places.pop(key)
        index = self._index_of(run)
        self._drop_gap(index)
        del self.runs[index]
        self._renew_gap(index - 1)
        if index < len(self.runs) and self.runs[index].end == run.end:
            self._renew_gap(index)
        return self.runs[index].key if index < len(self.runs) else None

    def slot_of(self, key: Hashable) -> Slot:
        """Give the slot of a booked run, its setup derived from the run before it.

        Raises
        ------
        KeyError
            No such run.
        """
        run = self.places[key]
        index = self._index_of(run)
        before = self.runs[index - 1].family if index else self.family_before
        setup = 0 if before is None or before == run.family else self.unit.setup_minutes
        if not setup:
            return Slot(run.start_minute, run.start_minute, run.end_minute)
        end_before = self.runs[index - 1].end if index else 0
        begin = max(run.start - setup, end_before)
        if begin >= self.calendar.total_minutes:
            return Slot(run.start_minute, run.start_minute, run.end_minute)
        return Slot(
            min(self.calendar.start_at(begin), run.start_minute), run.start_minute, run.end_minute
        )

    def family_of(self, key: Hashable) -> str:
        """Give the setup family of a booked run."""
        return self.places[key].family

    def load(self, runs: Iterable[tuple[Hashable, Slot, str]]) -> None:
        """Book many runs at once, in any order; faster than one by one on an empty timeline."""
        for key, slot, family in runs:
            run = _Run(
                self.calendar.work_at(slot.start_minute),
                self.calendar.work_at(slot.end_minute),
                slot.start_minute,
                slot.end_minute,
                family,
                key,
            )
            self.runs.append(run)
            self.places[key] = run
        self.runs.sort(key=_start_minute)
        self.gaps.clear()
        for index in range(-1, len(self.runs)):
            gap = self._gap_after(index)
            if gap is not None:
                self.gaps.append(gap)

    def _index_of(self, run: _Run) -> int:
        return bisect_left(self.runs, run.start_minute, key=_start_minute)

    def _gap_after(self, index: int) -> _Gap | None:
        runs = self.runs
        start, before = (runs[index].end, runs[index].family) if index >= 0 else (0, self.family_before)
        if index + 1 < len(runs):
            end, after = runs[index + 1].start, runs[index + 1].family
        else:
            end, after = self.calendar.total_minutes, None
        changes = before is not None and after is not None and before != after
        usable = end - start - (self.unit.setup_minutes if changes else 0)
        return _Gap(start, end, usable, before, after) if usable > 0 else None

    def _drop_gap(self, index: int) -> None:
        """Forget the gap that starts where the run at ``index`` ends (or at the axis's beginning)."""
        start = self.runs[index].end if index >= 0 else 0
        position = bisect_left(self.gaps, (start,))
        if position < len(self.gaps) and self.gaps[position].start == start:
            del self.gaps[position]

    def _renew_gap(self, index: int) -> None:
        runs = self.runs
        start = runs[index].end if index >= 0 else 0
        # Runs without working minutes may share an end; the gap there belongs to the last of them.
        while index + 1 < len(runs) and runs[index + 1].end == start:
            index += 1
        self._drop_gap(index)
        gap = self._gap_after(index)
        if gap is not None:
            insort(self.gaps, gap, key=_gap_start)


def _start_minute(run: _Run) -> Minute:
    return run.start_minute


def _gap_start(gap: _Gap) -> int:
    return gap.start
