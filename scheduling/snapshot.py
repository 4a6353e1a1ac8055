"""A snapshot of a planning area: every work unit's timeline, and the terms of moving work between sites.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from scheduling.calendar import WorkCalendar
from scheduling.network import LegTable
from scheduling.problem import Minute, WorkUnit
from scheduling.timeline import Slot, Timeline


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
    """

    __slots__ = ("from_minute", "legs", "timelines", "until_minute", "version")

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

    def copy(self) -> Snapshot:
        """Give a snapshot whose timelines may be changed without touching this one."""
        return self.replaced({unit_id: line.copy() for unit_id, line in self.timelines.items()})

    def replaced(self, timelines: Mapping[int, Timeline], *, version: int | None = None) -> Snapshot:
        """Give a snapshot with some timelines replaced; the others stay shared."""
        return Snapshot(
            {**self.timelines, **timelines},
            self.legs,
            version=self.version if version is None else version,
            from_minute=self.from_minute,
            until_minute=self.until_minute,
        )

    def site_of(self, unit_id: int) -> str:
        """Give the site of a work unit.

        Raises
        ------
        KeyError
            No such unit.
        """
        return self.timelines[unit_id].unit.site


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
    calendars: dict[tuple[tuple[int, int], ...], WorkCalendar] = {}
    timelines: dict[int, Timeline] = {}
    for unit in units:
        calendar = calendars.get(unit.windows)
        if calendar is None:
            calendar = calendars[unit.windows] = WorkCalendar(unit.windows)
        before = (families_before or {}).get(unit.id)
        timeline = Timeline(unit, calendar, family_before=before)
        timeline.load((runs or {}).get(unit.id, ()))
        timelines[unit.id] = timeline
    return Snapshot(timelines, legs, version=version, from_minute=from_minute, until_minute=until_minute)
