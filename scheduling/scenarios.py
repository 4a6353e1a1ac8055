"""Scenarios: changes applied to the live plan, in memory, and which of them the live plan does not have yet.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only rounding. Nothing is copied but the timelines that
change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from catalog.money import round_half_up
from scheduling.calendar import Window, moment_at, site_windows, without
from scheduling.errors import ScenarioInvalid
from scheduling.problem import Minute, Mode, WorkUnit
from scheduling.promise import promise
from scheduling.scene import (
    Change,
    ExtraShift,
    NewMachine,
    NewPartner,
    OrderDropped,
    PartnerWithdraws,
    RushOrder,
    Scene,
    UnitDown,
)
from scheduling.schedule import MovableJob, PlannedJob, WorkUnitEntry
from scheduling.snapshot import make_snapshot
from scheduling.timeline import Slot, Timeline

MOST_NEW_UNITS = 20


def apply_changes(scene: Scene, changes: Iterable[Change]) -> Scene:
    """Apply changes to a plan: plants first, then orders, whatever their order in the list.

    Parameters
    ----------
    scene
        The live plan; not changed. What is in it already (a reported downtime, a published machine) is not done
        twice.
    changes
        Of any kind and number.

    Returns
    -------
    Scene
        To be planned by the improver. Jobs that lost their place start off the board there and are repaired first.

    Raises
    ------
    ScenarioInvalid
        A change names a unit, work center, company, site, shift, capability or job that there is not, or a stretch
        of time that is empty.
    """
    ordered = sorted(changes, key=lambda change: isinstance(change, RushOrder))
    for change in ordered:
        scene = _APPLY[type(change)](scene, change)
    return scene


def pending_changes(scene: Scene, changes: Iterable[Change]) -> tuple[Change, ...]:
    """List the changes that the live plan does not have yet, so that they must be made there before publishing.

    Parameters
    ----------
    scene
        The live plan.
    changes
        Of a scenario.

    Returns
    -------
    tuple of Change
        Empty when a plan of the scenario changes bookings only.
    """
    return tuple(change for change in changes if not _is_in_force(scene, change))


def _is_in_force(scene: Scene, change: Change) -> bool:
    units = scene.units.values()
    if isinstance(change, UnitDown):
        named = [unit for unit in units if unit.code == change.unit]
        return _is_shut(named, change.from_minute, change.until_minute)
    if isinstance(change, PartnerWithdraws):
        named = [unit for unit in units if unit.company == change.company]
        return _is_shut(named, change.from_minute, change.until_minute)
    if isinstance(change, OrderDropped):
        return all(planned.job.code != change.job for planned in scene.planned.values())
    if isinstance(change, NewMachine):
        return set(change.units) <= {unit.code for unit in units}
    if isinstance(change, RushOrder):
        return False
    center = [unit for unit in units if unit.work_center == change.work_center]
    is_open = not isinstance(change, ExtraShift) or all(
        not without(_extra_windows(scene, change), unit.windows) for unit in center
    )
    return bool(center) and is_open


def _is_shut(units: Sequence[WorkUnit], from_minute: Minute, until_minute: Minute) -> bool:
    return all(start >= until_minute or end <= from_minute for unit in units for start, end in unit.windows)


def _down(scene: Scene, change: UnitDown) -> Scene:
    unit = _one(scene, "work unit", change.unit, lambda unit: unit.code == change.unit)
    return _shut(scene, [unit], change.from_minute, change.until_minute)


def _withdraw(scene: Scene, change: PartnerWithdraws) -> Scene:
    _one(scene, "company", change.company, lambda unit: unit.company == change.company)
    company = [unit for unit in scene.units.values() if unit.company == change.company]
    return _shut(scene, company, change.from_minute, change.until_minute)


def _shut(scene: Scene, units: Sequence[WorkUnit], from_minute: Minute, until_minute: Minute) -> Scene:
    if from_minute >= until_minute:
        raise ScenarioInvalid("A time away must end after it begins.", unit=units[0].code)
    return _with_units(
        scene, [replace(unit, windows=without(unit.windows, [(from_minute, until_minute)])) for unit in units]
    )


def _extend(scene: Scene, change: ExtraShift) -> Scene:
    _one(scene, "work center", change.work_center, lambda unit: unit.work_center == change.work_center)
    extra = _extra_windows(scene, change)
    if not extra:
        raise ScenarioInvalid("An extra shift must hold at least a minute within the horizon.",
                              work_center=change.work_center)
    center = [unit for unit in scene.units.values() if unit.work_center == change.work_center]
    return _with_units(scene, [replace(unit, windows=united((*unit.windows, *extra))) for unit in center])


def _extra_windows(scene: Scene, change: ExtraShift) -> tuple[Window, ...]:
    sites = {unit.site for unit in scene.units.values() if unit.work_center == change.work_center}
    site = next((site for site in scene.network.sites if site.code in sites), None)
    if site is None or change.from_on >= change.until_on:
        return ()
    every_day = replace(
        site, shifts={"extra": ((change.start_minute_of_day, change.end_minute_of_day),)},
        closed_weekdays=frozenset(), holidays=frozenset(),
    )
    windows = site_windows(every_day, "extra", from_on=change.from_on, until_on=change.until_on)
    return without(windows, _outside(scene.snapshot.from_minute, scene.snapshot.until_minute))


def _add_units(scene: Scene, change: NewMachine) -> Scene:
    like = _one(scene, "work center", change.work_center, lambda unit: unit.work_center == change.work_center)
    known = {unit.code for unit in scene.units.values()}
    codes = [code for code in change.units if code not in known]
    if len(codes) > MOST_NEW_UNITS:
        raise ScenarioInvalid(f"At most {MOST_NEW_UNITS} units can be added at once.", work_center=change.work_center)
    base = _whole_windows(scene, like.work_center)
    windows = without(base, _outside(change.from_minute, scene.snapshot.until_minute))
    first = _next_id(scene)
    made = [replace(like, id=first - index, code=code, windows=windows) for index, code in enumerate(codes)]

    def further(modes: tuple[Mode, ...]) -> tuple[Mode, ...]:
        present = next((mode for mode in modes if _center_of(scene, mode) == change.work_center), None)
        return () if present is None else tuple(replace(present, unit_id=unit.id) for unit in made)

    return _with_modes(_with_units(scene, made), further)


def _whole_windows(scene: Scene, work_center: str) -> tuple[Window, ...]:
    """Give the widest windows among a work center's units: those without downtimes of their own."""
    return max(
        (unit.windows for unit in scene.units.values() if unit.work_center == work_center),
        key=lambda windows: sum(end - start for start, end in windows),
    )


def _center_of(scene: Scene, mode: Mode) -> str:
    line = scene.snapshot.timelines.get(mode.unit_id)
    return line.unit.work_center if line is not None else ""


def _add_partner(scene: Scene, change: NewPartner) -> Scene:
    if any(unit.work_center == change.work_center for unit in scene.units.values()):
        return scene
    site = next((site for site in scene.network.sites if site.code == change.site), None)
    if site is None or change.shift not in site.shifts:
        raise ScenarioInvalid("There is no such site or shift.", site=change.site, shift=change.shift)
    doers = {entry.id: entry for entry in scene.entries if entry.can(change.capability) and not entry.is_secondary}
    if not doers or not 0 < change.unit_count <= MOST_NEW_UNITS or change.speed_percent <= 0:
        raise ScenarioInvalid("A partner needs a capability that the plants know, units, and a speed.",
                              capability=change.capability)
    windows = without(
        site_windows(site, change.shift, from_on=_day(scene.floor_minute) - timedelta(days=4),
                     until_on=_day(scene.snapshot.until_minute)),
        _outside(scene.floor_minute, scene.snapshot.until_minute),
    )
    first = _next_id(scene)
    made = [
        WorkUnit(id=first - index, code=f"{change.work_center}-{index + 1}", work_center=change.work_center,
                 site=site.code, company=site.company, setup_minutes=change.setup_minutes, windows=windows)
        for index in range(change.unit_count)
    ]

    def further(modes: tuple[Mode, ...]) -> tuple[Mode, ...]:
        known = next((mode for mode in modes if mode.unit_id in doers), None)
        if known is None:
            return ()
        standard = known.work_minutes * _speed(scene, doers[known.unit_id])
        return _partner_modes(made, standard / Fraction(change.speed_percent, 100), change, site.grid_kgco2_per_kwh,
                              known.secondary_unit_ids)

    return _with_modes(_with_units(scene, made), further)


def _partner_modes(
    units: Sequence[WorkUnit], minutes: Fraction, change: NewPartner, grid: Fraction, secondary: tuple[int, ...]
) -> tuple[Mode, ...]:
    energy_kwh = Fraction(change.power_watts, 1000) * minutes / 60
    return tuple(
        Mode(unit.id, max(ceil(minutes), 1), round_half_up(minutes * change.rate_minor_per_hour / 60),
             round_half_up(energy_kwh * grid * 1000), secondary)
        for unit in units
    )


def _speed(scene: Scene, entry: WorkUnitEntry) -> Fraction:
    return scene.network.speed_of(entry.code)


def _drop(scene: Scene, change: OrderDropped) -> Scene:
    hold_id = next((hold for hold, plan in scene.planned.items() if plan.job.code == change.job), None)
    if hold_id is None:
        raise ScenarioInvalid("There is no such planned order.", job=change.job)
    item = next((item for item in scene.jobs if item.hold_id == hold_id), None)
    if item is None:
        raise ScenarioInvalid("Work of this order has begun or is frozen; it stays.", job=change.job)
    snapshot = scene.snapshot
    freed = [booking for booking, placement in zip(item.booking_ids, item.planned.placements, strict=True)
             if placement.operation not in item.planned.fixed]
    lines: dict[int, Timeline] = {}
    for unit_id, line in snapshot.timelines.items():
        if any(booking in line for booking in freed):
            lines[unit_id] = line.copy()
            for booking in freed:
                if booking in lines[unit_id]:
                    lines[unit_id].remove(booking)
    return replace(
        scene,
        snapshot=snapshot.replaced(lines),
        jobs=tuple(other for other in scene.jobs if other.hold_id != hold_id),
        planned={hold: plan for hold, plan in scene.planned.items() if hold != hold_id},
        dropped=scene.dropped | {hold_id},
    )


def _rush(scene: Scene, change: RushOrder) -> Scene:
    like = next((plan.job for plan in scene.planned.values() if plan.job.code == change.like_job), None)
    if like is None:
        raise ScenarioInvalid("There is no such planned order to be like.", job=change.like_job)
    job = replace(like, code=change.code, release_minute=scene.floor_minute, due_minute=change.due_minute,
                  deadline_minute=None, weight=change.weight)
    job = replace(job, operations=tuple(replace(operation, earliest_minute=None) for operation in job.operations))
    plan = promise(scene.snapshot, job).default
    if plan is None:
        return replace(scene, unplaced=(*scene.unplaced, change.code))
    hold_id = min((*scene.planned, 0)) - 1
    keys = tuple(hold_id * 1000 - index for index in range(len(plan.placements)))
    snapshot = scene.snapshot.copy()
    for key, placement in zip(keys, plan.placements, strict=True):
        slot = Slot(placement.setup_start_minute, placement.start_minute, placement.end_minute)
        snapshot.timelines[placement.unit_id].add(key, slot, setup_family=placement.setup_family)
        if placement.secondary_unit_id is not None:
            free = Slot(placement.start_minute, placement.start_minute, placement.end_minute)
            snapshot.timelines[placement.secondary_unit_id].add(key, free, setup_family="")
    planned = PlannedJob(job, plan.placements)
    return replace(
        scene,
        snapshot=snapshot,
        jobs=(*scene.jobs, MovableJob(hold_id, planned, keys, scene.floor_minute)),
        planned={**scene.planned, hold_id: planned},
        added=scene.added | {hold_id},
    )


_APPLY: Mapping[type, Callable[..., Scene]] = {
    UnitDown: _down, PartnerWithdraws: _withdraw, ExtraShift: _extend, NewMachine: _add_units,
    NewPartner: _add_partner, RushOrder: _rush, OrderDropped: _drop,
}


def united(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Join windows that overlap or touch, in any order, into ascending disjoint ones."""
    result: list[Window] = []
    for start, end in sorted(windows):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def _one(scene: Scene, kind: str, code: str, is_it: Callable[[WorkUnit], bool]) -> WorkUnit:
    found = next((unit for _, unit in sorted(scene.units.items()) if is_it(unit)), None)
    if found is None:
        raise ScenarioInvalid(f"There is no {kind} {code}.", **{kind.replace(" ", "_"): code})
    return found


def _with_units(scene: Scene, units: Sequence[WorkUnit]) -> Scene:
    """Put units on the plan in place of those with their ids, what is booked on them included."""
    snapshot = scene.snapshot
    lines = {unit.id: line for unit in units if (line := snapshot.timelines.get(unit.id)) is not None}
    runs = {
        unit_id: [(key, line.slot_of(key), line.family_of(key)) for key in line.list_keys()]
        for unit_id, line in lines.items()
    }
    before = {unit_id: line.family_before for unit_id, line in lines.items() if line.family_before is not None}
    made = make_snapshot(units, snapshot.legs, runs=runs, families_before=before)
    return replace(scene, snapshot=snapshot.replaced(made.timelines))


def _with_modes(scene: Scene, further: Callable[[tuple[Mode, ...]], tuple[Mode, ...]]) -> Scene:
    """Give every job that may move further ways to do its operations."""

    def widened(plan: PlannedJob) -> PlannedJob:
        operations = tuple(
            replace(operation, modes=(*operation.modes, *further(operation.modes)))
            for operation in plan.job.operations
        )
        return replace(plan, job=replace(plan.job, operations=operations))

    jobs = tuple(replace(item, planned=widened(item.planned)) for item in scene.jobs)
    return replace(scene, jobs=jobs, planned={**scene.planned, **{item.hold_id: item.planned for item in jobs}})


def _next_id(scene: Scene) -> int:
    return min((*scene.snapshot.timelines, 0)) - 1


def _outside(from_minute: Minute, until_minute: Minute) -> tuple[Window, Window]:
    return (-(1 << 62), from_minute), (until_minute, 1 << 62)


def _day(minute: Minute) -> date:
    """Give a day that has not begun anywhere when the minute comes."""
    return moment_at(minute).date() + timedelta(days=2)
