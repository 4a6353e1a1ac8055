"""Laying the values of planning out as the arrays of the compiled loop.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from scheduling.engine.arrays import NEVER, NONE, OUT_OF_REACH, POINTS_PER_MINOR, Lines, Shop, Table
from scheduling.engine.axis import lay_guides
from scheduling.engine.outlook import look_ahead
from scheduling.engine.timelines import put_run, work_from
from scheduling.problem import Job, Leg, Minute, Mode, Operation, Placement, Weights, WorkUnit

Legs = Callable[[str, str, int], Leg]
Name = TypeVar("Name", str, int)


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job to be planned.

    Attributes
    ----------
    job
        With its operations in topological order.
    floor_minute
        No setup and no run of it begins before this minute.
    limit_minute
        A plan that arrives later is no plan; None when any is one.
    was
        Where its operations stood, by position; starting elsewhere is priced.
    stands
        Operations that stay where they are, by position, with everything they build on.
    """

    job: Job
    floor_minute: Minute
    limit_minute: Minute | None = None
    was: Mapping[int, Placement] = field(default_factory=dict)
    stands: Mapping[int, Placement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandingRun:
    """Work on a unit that planning does not touch, in [start, end) minutes."""

    unit_id: int
    start_minute: Minute
    end_minute: Minute
    setup_family: str
    key: int
    secondary_unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A problem as arrays, and where each value went."""

    shop: Shop
    units: tuple[WorkUnit, ...]
    unit_index: Mapping[int, int]
    """By work unit id."""
    family_index: Mapping[str, int]
    site_index: Mapping[str, int]
    entries: tuple[JobEntry, ...]


def lay_out(
    units: Sequence[WorkUnit],
    entries: Sequence[JobEntry],
    legs: Legs,
    weights: Weights,
    *,
    families_before: Mapping[int, str] | None = None,
    families: Iterable[str] = (),
) -> Layout:
    """Lay a problem out as arrays.

    Parameters
    ----------
    units
        Work units, secondary ones too.
    entries
        Jobs; modes on units that are not among ``units`` are left out.
    legs
        Terms of a move: origin, destination, load in grams. A pair it does not know is out of reach.
    weights
        Prices of the objective's terms.
    families_before
        Setup family of the last run before the first window, by unit id; a unit that is missing had none.
    families
        Setup families of runs that are not among the jobs' operations.

    Returns
    -------
    Layout
        With empty timelines nowhere in it: see :func:`arrays.make_lines` and :func:`put_standing`.
    """
    before = families_before or {}
    named = matrix_families(units)
    family_index = _index(
        [*named, *families, *before.values(),
         *(operation.setup_family for entry in entries for operation in entry.job.operations)]
    )
    site_index = _index([*(unit.site for unit in units), *(entry.job.destination for entry in entries)])
    unit_index = {unit.id: number for number, unit in enumerate(units)}
    loads = _index([entry.job.load_grams for entry in entries]) or {0: 0}
    axes, windows, unit_table, setups = unit_tables(units, site_index, family_index, before, len(named))
    writer = _JobWriter(units, unit_index, family_index, site_index, loads, weights)
    writer.legs = _leg_table(site_index, loads, legs, weights)
    for entry in entries:
        writer.add(entry)
    guides = lay_guides(axes, windows)
    shop = Shop(axes, windows, unit_table, setups, writer.legs, *writer.tables(), guides)
    look_ahead(shop)
    return Layout(shop, tuple(units), unit_index, family_index, site_index, tuple(entries))


def put_standing(layout: Layout, lines: Lines, runs: Iterable[StandingRun]) -> None:
    """Put work that stays on the timelines; runs on unknown units are left out.

    Raises
    ------
    ValueError
        A timeline has no room for another run.
    """
    for run in sorted(runs, key=lambda item: item.start_minute):
        unit = layout.unit_index.get(run.unit_id)
        if unit is None:
            continue
        shop, start, end = layout.shop, run.start_minute, run.end_minute
        span = np.array([work_from(shop, unit, start), work_from(shop, unit, end), start, end], dtype=np.int64)
        family = layout.family_index.get(run.setup_family, NONE)
        secondary = None if run.secondary_unit_id is None else layout.unit_index.get(run.secondary_unit_id)
        placed = put_run(lines, unit, span, family, run.key)
        if secondary is not None:
            wall = np.array([start, end, start, end], dtype=np.int64)
            placed = min(placed, put_run(lines, secondary, wall, NONE, run.key))
        if placed == NONE:
            raise ValueError(f"no room for another run on {layout.units[unit].code}")


def _index(names: Iterable[Name]) -> dict[Name, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def matrix_families(units: Iterable[WorkUnit]) -> dict[str, int]:
    """Number the setup families that the matrices of units name."""
    return _index([name for unit in units for a, b, _ in unit.setup_matrix for name in (a, b)])


def unit_tables(
    units: Sequence[WorkUnit], sites: Mapping[str, int], families: Mapping[str, int], before: Mapping[int, str],
    named: int,
) -> tuple[Table, Table, Table, Table]:
    """Lay out axes, windows, units and setups; ``families`` begins with the ``named`` ones of the matrices."""
    axis_of: dict[tuple[tuple[int, int], ...], int] = {}
    axes: list[tuple[int, ...]] = []
    windows: list[tuple[int, int, int]] = []
    matrices: dict[tuple[int, tuple[tuple[str, str, int], ...]], int] = {}
    wall = ((-NEVER, NEVER),)

    def axis(shape: tuple[tuple[int, int], ...]) -> int:
        if shape not in axis_of:
            first, work = len(windows), 0
            for start, end in shape:
                windows.append((start, end, work))
                work += end - start
            axis_of[shape] = len(axes)
            axes.append((first, len(windows), work, 0, 0, 0, NONE))
        return axis_of[shape]

    rows = []
    for unit in units:
        matrix = matrices.setdefault((unit.setup_minutes, unit.setup_matrix), len(matrices))
        own = axis(wall if unit.is_secondary else unit.windows)
        cover = axis(unit.windows) if unit.is_secondary else NONE
        rows.append((own, sites[unit.site], matrix, families.get(before.get(unit.id, ""), NONE)
                     if unit.id in before else NONE, cover))
    setups = np.zeros((max(len(matrices), 1), named + 1, named + 1), dtype=np.int64)
    for (default, exceptions), number in matrices.items():
        setups[number] = default
        np.fill_diagonal(setups[number, :named, :named], 0)
        for first_family, second_family, minutes in exceptions:
            if first_family != second_family:
                setups[number, families[first_family], families[second_family]] = minutes
    return _table(axes, 7), _table(windows, 3), _table(rows, 5), setups


def _table(rows: Sequence[Sequence[int]], columns: int) -> Table:
    return np.array(rows, dtype=np.int64).reshape(len(rows), columns)


def _leg_table(sites: Mapping[str, int], loads: Mapping[int, int], legs: Legs, weights: Weights) -> Table:
    table = np.zeros((len(loads), len(sites), len(sites), 4), dtype=np.int64)
    for grams, load in loads.items():
        for origin, a in sites.items():
            for end, b in sites.items():
                if a == b:
                    continue
                try:
                    leg = legs(origin, end, grams)
                except KeyError:
                    table[load, a, b] = (OUT_OF_REACH, 0, 0, NEVER >> 8)
                    continue
                points = price_points(leg.cost_minor, leg.co2_grams, weights)
                table[load, a, b] = (leg.minutes, leg.cost_minor, leg.co2_grams, points)
    return table


def price_points(cost_minor: int, co2_grams: int, weights: Weights) -> int:
    """Give cost and emissions in points."""
    return cost_minor * weights.cost_percent * (POINTS_PER_MINOR // 100) + co2_grams * weights.co2_minor_per_kg


class _JobWriter:
    """The tables of jobs, operations, predecessors, modes and secondary units, row by row."""

    def __init__(
        self,
        units: Sequence[WorkUnit],
        unit_index: Mapping[int, int],
        families: Mapping[str, int],
        sites: Mapping[str, int],
        loads: Mapping[int, int],
        weights: Weights,
    ) -> None:
        self.units, self.unit_index, self.families = units, unit_index, families
        self.sites, self.loads, self.weights = sites, loads, weights
        self.legs: Table = np.zeros((1, 1, 1, 4), dtype=np.int64)
        self.jobs: list[tuple[int, ...]] = []
        self.operations: list[tuple[int, ...]] = []
        self.befores: list[int] = []
        self.modes: list[tuple[int, ...]] = []
        self.secondaries: list[int] = []

    def tables(self) -> tuple[Table, Table, Table, Table, Table]:
        """Give the tables in the order of :class:`Shop`."""
        return (
            _table(self.jobs, 10), _table(self.operations, 15), np.array(self.befores, dtype=np.int64),
            _table(self.modes, 10), np.array(self.secondaries, dtype=np.int64),
        )

    def add(self, entry: JobEntry) -> None:
        """Add one job."""
        job, first = entry.job, len(self.operations)
        load, destination = self.loads[job.load_grams], self.sites[job.destination]
        self.jobs.append((
            first, first + len(job.operations), job.release_minute, entry.floor_minute,
            NEVER if job.due_minute is None else job.due_minute,
            NEVER if entry.limit_minute is None else entry.limit_minute,
            job.weight * self.weights.tardiness_minor_per_minute * POINTS_PER_MINOR, load, destination, 0,
        ))
        after = [0] * len(job.operations)
        for operation in job.operations:
            for before in operation.predecessors:
                after[before] += 1
        for index, operation in enumerate(job.operations):
            self._add_operation(entry, index, operation, first, after[index])

    def _add_operation(
        self, entry: JobEntry, index: int, operation: Operation, first: int, after: int
    ) -> None:
        first_before, first_mode = len(self.befores), len(self.modes)
        self.befores.extend(first + before for before in operation.predecessors)
        modes = [mode for mode in operation.modes if mode.unit_id in self.unit_index]
        for mode in sorted(modes, key=self._site):
            self._add_mode(mode)
        was, stands = entry.was.get(index), entry.stands.get(index)
        self.operations.append((
            len(self.jobs) - 1, self.families[operation.setup_family], int(operation.is_resumable),
            -NEVER if operation.earliest_minute is None else operation.earliest_minute,
            first_mode, len(self.modes), first_before, len(self.befores), after, 0,
            NONE if was is None else self.unit_index.get(was.unit_id, len(self.units)),
            NONE if was is None else was.start_minute,
            self.weights.move_minor * POINTS_PER_MINOR,
            NONE if stands is None else self.sites[self.units[self.unit_index[stands.unit_id]].site],
            NONE if stands is None else stands.end_minute,
        ))

    def _add_mode(self, mode: Mode) -> None:
        first = len(self.secondaries)
        self.secondaries.extend(
            self.unit_index[unit_id] for unit_id in mode.secondary_unit_ids if unit_id in self.unit_index
        )
        if mode.secondary_unit_ids and len(self.secondaries) == first:
            return
        self.modes.append((
            self.unit_index[mode.unit_id], mode.work_minutes, mode.cost_minor, mode.co2_grams,
            price_points(mode.cost_minor, mode.co2_grams, self.weights), first, len(self.secondaries),
            self._site(mode), 0, 0,
        ))

    def _site(self, mode: Mode) -> int:
        return self.sites[self.units[self.unit_index[mode.unit_id]].site]
