"""A work unit's timeline: its bookings in time order, on the working-minute axis, kept as an array.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from scheduling.calendar import WorkCalendar
from scheduling.engine.arrays import (
    NONE,
    RUN_FAMILY,
    RUN_FROM,
    RUN_FROM_MINUTE,
    RUN_KEY,
    RUN_UNTIL,
    RUN_UNTIL_MINUTE,
    Lines,
    Shop,
    Table,
)
from scheduling.families import Families
from scheduling.problem import Minute, WorkUnit

_LEAST_ROOM = 8
_FIRST_NAMED_KEY = -(1 << 61)


class Slot(NamedTuple):
    """A place for an operation on a unit: set-up from ``setup_start``, run in [start, end)."""

    setup_start_minute: Minute
    start_minute: Minute
    end_minute: Minute


class Run(NamedTuple):
    """A booked run: its work coordinates, its wall minutes, what it is."""

    start: int
    end: int
    start_minute: Minute
    end_minute: Minute
    family: str
    key: Hashable


class Timeline:
    """What one work unit has promised, and where something more fits.

    Setups are derived, never stored: a run is preceded by the unit's setup between the family of the run
    before it and its own; nothing is due before the first run.

    Parameters
    ----------
    unit
        The work unit with its offered windows. The runs of a secondary unit have no setups and are kept on the
        wall clock: what it serves pauses with the unit that works.
    calendar
        The axis of exactly these windows; units of one work center may share one.
    family_before
        Setup family of the last run before the first window, None when there is none.
    families
        Shared by timelines that are planned together; None makes its own.

    Notes
    -----
    Bookings that lie outside the windows stay as barriers of no working minutes.
    """

    __slots__ = ("_count", "_names", "_rows", "_shop", "_starts", "calendar", "changes", "families", "family_before",
                 "unit")

    def __init__(
        self, unit: WorkUnit, calendar: WorkCalendar | None = None, *, family_before: str | None = None,
        families: Families | None = None,
    ) -> None:
        self.unit = unit
        self.calendar = calendar or WorkCalendar(unit.windows)
        self.family_before = family_before
        self.families = families or Families((unit,))
        self.changes = 0
        """Raised by every change of the runs."""
        self._rows: Table = np.zeros((_LEAST_ROOM, 6), dtype=np.int64)
        self._count = 0
        self._starts: dict[Hashable, Minute] = {}
        self._names: dict[Hashable, int] = {}
        self._shop: Shop | None = None

    def __contains__(self, key: Hashable) -> bool:
        return key in self._starts

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> Table:
        """The runs as :data:`scheduling.engine.arrays.RUN_FROM` and on say, in time order; to be read only."""
        return self._rows[: self._count]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs as values, in time order."""
        names = self.families.names
        return tuple(
            Run(start, end, start_minute, end_minute, names[family] if family >= 0 else "", key)
            for (start, end, start_minute, end_minute, family, _), key
            in zip(self.rows.tolist(), self.list_keys(), strict=True)
        )

    def copy(self) -> Timeline:
        """Give an independent timeline with the same runs."""
        twin = Timeline(self.unit, self.calendar, family_before=self.family_before, families=self.families)
        twin._rows, twin._count, twin._shop = self._rows.copy(), self._count, self._shop  # its own kind
        twin._starts, twin._names = self._starts.copy(), self._names.copy()
        return twin

    def list_keys(self) -> tuple[Hashable, ...]:
        """List the keys of the runs in time order."""
        names = {number: key for key, number in self._names.items()}
        return tuple(names.get(number, number) for number in self.rows[:, RUN_KEY].tolist())

    def earliest(
        self,
        ready_minute: Minute,
        work_minutes: int,
        *,
        setup_family: str,
        is_resumable: bool = True,
        floor_minute: Minute,
    ) -> Slot | None:
        """Find the earliest run of an operation that moves nothing else; on a unit that is not secondary.

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
        from scheduling.engine.timelines import find_run  # noqa: PLC0415  # the compiled loop loads on first use

        work_at = self.calendar.work_at
        lines = Lines(np.array([self._count], dtype=np.int64), self._rows[np.newaxis])
        family = self.families.number(setup_family)
        run = int(find_run(self._own_shop(), lines, 0, work_at(ready_minute), work_at(floor_minute), work_minutes,
                           family, int(is_resumable)))
        return None if run < 0 else self._slot(run, work_minutes, self._setup_before(run, setup_family))

    def _own_shop(self) -> Shop:
        """Give this unit alone as the tables of the compiled loop."""
        if self._shop is None:
            from scheduling.engine.plant import lay_out_plant  # noqa: PLC0415  # the compiled loop loads on first use

            self._shop = lay_out_plant((self.unit,), self.families, {self.unit.id: self.family_before}).shop
        return self._shop

    def _setup_before(self, run: int, family: str) -> int:
        """Give the setup of a run that would start at a work coordinate in a gap."""
        position = int(np.searchsorted(self.rows[:, RUN_UNTIL], run, side="right"))
        return self.unit.setup_between(self._family_at(position - 1), family)

    def _family_at(self, position: int) -> str | None:
        if position < 0:
            return self.family_before
        number = int(self._rows[position, RUN_FAMILY])
        return self.families.names[number] if number >= 0 else None

    def _slot(self, run: int, work_minutes: int, setup: int) -> Slot:
        calendar = self.calendar
        start = calendar.start_at(run)
        return Slot(calendar.start_at(run - setup) if setup else start, start, calendar.end_at(run + work_minutes))

    def slot_at(
        self, start_minute: Minute, work_minutes: int, *, setup_family: str, is_resumable: bool = True
    ) -> Slot | None:
        """Give the slot of a run that starts exactly at a minute, if it is free; on a unit that is not secondary.

        Returns
        -------
        Slot or None
            The slot with the setup that the present neighbors ask for; None when the run does not fit.
        """
        calendar, rows = self.calendar, self.rows
        run = calendar.work_at(start_minute)
        if run + work_minutes > calendar.total_minutes or calendar.start_at(run) != start_minute:
            return None
        if not is_resumable and calendar.first_fit(run, work_minutes) != run:
            return None
        index = int(np.searchsorted(rows[:, RUN_UNTIL], run, side="right"))
        setup = self.unit.setup_between(self._family_at(index - 1), setup_family)
        begin = int(rows[index - 1, RUN_UNTIL]) if index else 0
        if run - setup < begin:
            return None
        if index < self._count:
            after = self._family_at(index)
            tail = 0 if after is None else self.unit.setup_between(setup_family, after)
            if run + work_minutes + tail > rows[index, RUN_FROM]:
                return None
        return self._slot(run, work_minutes, setup)

    def serves(self, calendar: WorkCalendar, start_minute: Minute, end_minute: Minute) -> bool:
        """Tell whether a secondary unit is free in [start, end) and there whenever another unit works in it.

        Parameters
        ----------
        calendar
            Of the unit that works.
        """
        rows = self.rows
        index = int(np.searchsorted(rows[:, RUN_UNTIL_MINUTE], start_minute, side="right"))
        if index < self._count and rows[index, RUN_FROM_MINUTE] < end_minute:
            return False
        return all(
            self.calendar.work_at(min(until, end_minute)) - self.calendar.work_at(max(begin, start_minute))
            == min(until, end_minute) - max(begin, start_minute)
            for begin, until in calendar.windows if begin < end_minute and until > start_minute
        )

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
        if key in self._starts:
            raise ValueError(f"{key!r} is booked already on {self.unit.code}")
        if self._count == len(self._rows):
            self._rows = np.concatenate((self._rows, np.zeros_like(self._rows)))
        rows, count = self._rows, self._count
        index = int(np.searchsorted(rows[:count, RUN_FROM_MINUTE], slot.start_minute))
        rows[index + 1 : count + 1] = rows[index:count].copy()
        rows[index] = self._row(key, slot, setup_family)
        self._starts[key] = slot.start_minute
        self._count += 1
        self.changes += 1
        return self._key_at(index + 1)

    def _row(self, key: Hashable, slot: Slot, setup_family: str) -> tuple[int, ...]:
        _, start, end = slot
        number = key if isinstance(key, int) else self._names.setdefault(key, _FIRST_NAMED_KEY - len(self._names))
        if self.unit.is_secondary:
            return start, end, start, end, NONE, number
        work_at = self.calendar.work_at
        return work_at(start), work_at(end), start, end, self.families.number(setup_family), number

    def _key_at(self, index: int) -> Hashable | None:
        if index >= self._count:
            return None
        number = int(self._rows[index, RUN_KEY])
        if number > _FIRST_NAMED_KEY:
            return number
        return next(key for key, known in self._names.items() if known == number)

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
        index, rows = self._index_of(key), self._rows
        del self._starts[key]
        self._count -= 1
        rows[index : self._count] = rows[index + 1 : self._count + 1].copy()
        self.changes += 1
        return self._key_at(index)

    def slot_of(self, key: Hashable) -> Slot:
        """Give the slot of a booked run, its setup derived from the run before it.

        Raises
        ------
        KeyError
            No such run.
        """
        index = self._index_of(key)
        run, _, start, end, family, _ = self._rows[index].tolist()
        setup = 0 if family < 0 else self.unit.setup_between(self._family_at(index - 1), self.families.names[family])
        if not setup:
            return Slot(start, start, end)
        begin = max(run - setup, int(self._rows[index - 1, RUN_UNTIL]) if index else 0)
        if begin >= self.calendar.total_minutes:
            return Slot(start, start, end)
        return Slot(min(self.calendar.start_at(begin), start), start, end)

    def family_of(self, key: Hashable) -> str:
        """Give the setup family of a booked run; empty on a secondary unit."""
        return self._family_at(self._index_of(key)) or ""

    def load(self, runs: Iterable[tuple[Hashable, Slot, str]]) -> None:
        """Book many runs at once, in any order; faster than one by one."""
        more = list(runs)
        rows = [self._row(key, slot, family) for key, slot, family in more]
        self._starts.update((key, slot.start_minute) for key, slot, _ in more)
        self._replace(np.array(rows, dtype=np.int64).reshape(-1, 6))

    def load_arrays(self, keys: Table, starts: Table, ends: Table, families: Table) -> None:
        """Book many runs given as arrays: keys, wall minutes from and until, numbers of families."""
        if self.unit.is_secondary:
            spans, families = (starts, ends), np.full(len(keys), NONE, dtype=np.int64)
        else:
            spans = (works_at(self.unit.windows, starts), works_at(self.unit.windows, ends))
        self._starts.update(zip(keys.tolist(), starts.tolist(), strict=True))
        self._replace(np.stack((*spans, starts, ends, families, keys), axis=1))

    def _replace(self, more: Table) -> None:
        rows = np.concatenate((self.rows, more))
        rows = rows[np.argsort(rows[:, RUN_FROM_MINUTE], kind="stable")]
        self._count = len(rows)
        self._rows = np.zeros((len(rows) + _LEAST_ROOM, 6), dtype=np.int64)
        self._rows[: self._count] = rows
        self.changes += 1

    def _index_of(self, key: Hashable) -> int:
        start, rows = self._starts[key], self.rows
        number = key if isinstance(key, int) else self._names[key]
        index = int(np.searchsorted(rows[:, RUN_FROM_MINUTE], start))
        while rows[index, RUN_KEY] != number:
            index += 1
        return index


def works_at(windows: Sequence[tuple[Minute, Minute]], minutes: Table) -> Table:
    """Count the working minutes before each of many wall minutes."""
    if not windows:
        return np.zeros_like(minutes)
    starts, ends = np.array(windows, dtype=np.int64).T
    sums = np.concatenate(([0], np.cumsum(ends - starts)))
    rows = np.searchsorted(starts, minutes, side="right") - 1
    inside = np.minimum(minutes, ends[rows]) - starts[rows]
    return np.where(rows < 0, 0, sums[rows] + inside).astype(np.int64)
