"""A snapshot of a planning area: every work unit's timeline, and the terms of moving work between sites.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scheduling.calendar import WorkCalendar
from scheduling.engine.arrays import RUN_FAMILY, Lines, Shop, Table
from scheduling.families import Families
from scheduling.network import LegTable
from scheduling.problem import Job, Minute, WorkUnit
from scheduling.timeline import Slot, Timeline

if TYPE_CHECKING:
    from scheduling.engine.plant import Plant


class Snapshot:
    """What the planning area has promised at one version; readers share it and never change it.

    Parameters
    ----------
    timelines
        By work unit id.
    legs
        Terms of moves.
    version
        Version of the planning area that the bookings belong to.
    from_minute, until_minute
        The horizon the windows cover.

    Notes
    -----
    The arrays of the compiled loop are made on first use and kept: the units' for all snapshots with the same units,
    the runs' until a timeline changes.
    """

    __slots__ = ("_lines", "_plant", "families", "from_minute", "legs", "timelines", "until_minute", "version")

    def __init__(
        self,
        timelines: Mapping[int, Timeline],
        legs: LegTable,
        *,
        version: int = 0,
        from_minute: Minute = 0,
        until_minute: Minute = 0,
    ) -> None:
        self.timelines = dict(timelines)
        self.legs = legs
        self.version = version
        self.from_minute = from_minute
        self.until_minute = until_minute
        self.families = next((line.families for line in self.timelines.values()), None) or Families(())
        self._plant: Plant | None = None
        self._lines: tuple[tuple[int, ...], Lines] | None = None

    def copy(self) -> Snapshot:
        """Give a snapshot whose timelines may be changed without touching this one."""
        return self.replaced({unit_id: line.copy() for unit_id, line in self.timelines.items()})

    def replaced(self, timelines: Mapping[int, Timeline], *, version: int | None = None) -> Snapshot:
        """Give a snapshot with some timelines replaced; the others stay shared."""
        other = Snapshot(
            {**self.timelines, **timelines},
            self.legs,
            version=self.version if version is None else version,
            from_minute=self.from_minute,
            until_minute=self.until_minute,
        )
        if self._plant is not None and self._plant.is_of(other.timelines):
            other._plant, other.families = self._plant, self._plant.families  # its own kind
        return other

    def load(self, bookings: Sequence[tuple[int, int, int | None, Minute, Minute, str]]) -> None:
        """Book many runs at once; those on units that the snapshot does not know are left out.

        Parameters
        ----------
        bookings
            Key, unit id, secondary unit id, start, end and setup family of each, in any order.
        """
        if not bookings:
            return
        keys, units, helpers, starts, ends, names = zip(*bookings, strict=True)
        numbers = {name: self.families.number(name) for name in dict.fromkeys(names)}
        table = np.array([keys, starts, ends, [numbers[name] for name in names]], dtype=np.int64)
        self._load(table, np.array(units, dtype=np.int64))
        is_helped = np.array([helper is not None for helper in helpers])
        self._load(table[:, is_helped], np.array([helper for helper in helpers if helper is not None], dtype=np.int64))

    def _load(self, table: Table, units: Table) -> None:
        order = np.argsort(units, kind="stable")
        table, units = table[:, order], units[order]
        for unit_id in np.unique(units).tolist():
            line = self.timelines.get(unit_id)
            if line is not None:
                first, last = np.searchsorted(units, [unit_id, unit_id + 1])
                line.load_arrays(*table[:, first:last])

    def site_of(self, unit_id: int) -> str:
        """Give the site of a work unit.

        Raises
        ------
        KeyError
            No such unit.
        """
        return self.timelines[unit_id].unit.site

    @property
    def families_before(self) -> dict[int, str]:
        """Setup family of the last run before the horizon, by the id of the units that had one."""
        return {unit: line.family_before for unit, line in self.timelines.items() if line.family_before is not None}

    @property
    def plant(self) -> Plant:
        """The units as arrays."""
        if self._plant is None:
            from scheduling.engine.plant import lay_out_plant  # noqa: PLC0415  # the compiled loop loads on first use

            units = [line.unit for line in self.timelines.values()]
            names = {name for unit in units for a, b, _ in unit.setup_matrix for name in (a, b)}
            if not names <= set(self.families.names[: self.families.named]):
                self.families = Families(units)
            before = {unit_id: line.family_before for unit_id, line in self.timelines.items()}
            self._plant = lay_out_plant(units, self.families, before)
        return self._plant

    def lay_out(self, job: Job) -> Shop:
        """Give one job upon the units as arrays."""
        from scheduling.engine.plant import lay_out_job  # noqa: PLC0415  # the compiled loop loads on first use

        return lay_out_job(self.plant, job, self.legs)

    @property
    def lines(self) -> Lines:
        """The runs as arrays, units in the order of ``timelines``; to be read only."""
        seen = tuple([line.changes for line in self.timelines.values()])
        kept = self._lines
        if kept is None or kept[0] != seen:
            kept = self._lines = (seen, self.pack_lines())
        return kept[1]

    def pack_lines(self, room: int = 0) -> Lines:
        """Copy the runs of all units into arrays with room for some more on each."""
        families = self.plant.families
        counts = np.array([len(line) for line in self.timelines.values()], dtype=np.int64)
        runs = np.zeros((len(counts), int(counts.max(initial=0)) + room + 1, 6), dtype=np.int64)
        for number, line in enumerate(self.timelines.values()):
            runs[number, : counts[number]] = line.rows
            if line.families is not families:
                own = runs[number, : counts[number], RUN_FAMILY]
                translated = np.array([*map(families.number, line.families.names), -1], dtype=np.int64)
                own[:] = translated[own]
        return Lines(counts, runs)


def make_snapshot(
    units: Iterable[WorkUnit],
    legs: LegTable,
    *,
    runs: Mapping[int, Iterable[tuple[Hashable, Slot, str]]] | None = None,
    families_before: Mapping[int, str] | None = None,
    version: int = 0,
    from_minute: Minute = 0,
    until_minute: Minute = 0,
) -> Snapshot:
    """Build a snapshot from work units and their booked runs.

    Parameters
    ----------
    units
        With their offered windows; equal windows share one axis.
    legs
        Terms of moves between sites.
    runs
        Per unit id: key, slot and setup family of each booked run, in any order.
    families_before
        Per unit id: setup family of the last run before the horizon.
    version, from_minute, until_minute
        See :class:`Snapshot`.

    Returns
    -------
    Snapshot
        Ready for promises.
    """
    units = tuple(units)
    families = Families(units)
    calendars: dict[tuple[tuple[int, int], ...], WorkCalendar] = {}
    timelines: dict[int, Timeline] = {}
    for unit in units:
        calendar = calendars.get(unit.windows)
        if calendar is None:
            calendar = calendars[unit.windows] = WorkCalendar(unit.windows)
        before = (families_before or {}).get(unit.id)
        timeline = Timeline(unit, calendar, family_before=before, families=families)
        more = (runs or {}).get(unit.id)
        if more is not None:
            timeline.load(more)
        timelines[unit.id] = timeline
    return Snapshot(timelines, legs, version=version, from_minute=from_minute, until_minute=until_minute)
