"""Independent check of a schedule, and its objective. Shares no code with the engine that makes schedules.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduling.problem import Job, Leg, Minute, Mode, Operation, Placement, Weights, WorkUnit
from scheduling.schedule import PlannedJob

TARDINESS_MINOR_PER_MINUTE = 10
"""Price of one minute after the due minute for a job of weight 1, in minor units."""

Legs = Callable[[str, str, int], Leg]


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A rule of the plants that a schedule breaks; ``code`` is stable, ``message`` is for people."""

    code: str
    job: str
    operation: int
    message: str


def violations(
    units: Mapping[int, WorkUnit],
    planned: Iterable[PlannedJob],
    legs: Legs,
    *,
    families_before: Mapping[int, str] | None = None,
    has_all_bookings: bool = True,
) -> tuple[Violation, ...]:
    """Check planned jobs against every rule.

    Parameters
    ----------
    units
        By id, with the windows in which they may work; secondary units too.
    planned
        Jobs with their placements.
    legs
        Terms of a move: origin, destination, load in grams.
    families_before
        Setup family of each unit before its first placement; a unit that is missing had none.
    has_all_bookings
        False when other work stands on the units too, so that setups cannot be known from these
        placements; a setup is then none or any that the unit has before the run's family.

    Returns
    -------
    tuple of Violation
        Sorted; empty when the schedule is right.
    """
    jobs = tuple(planned)
    found: list[Violation] = []
    for plan in jobs:
        found.extend(_job_violations(units, plan, legs))
    by_unit: dict[int, list[tuple[PlannedJob, Placement]]] = {}
    by_secondary: dict[int, list[tuple[PlannedJob, Placement]]] = {}
    for plan in jobs:
        for placement in plan.placements:
            by_unit.setdefault(placement.unit_id, []).append((plan, placement))
            if placement.secondary_unit_id is not None:
                by_secondary.setdefault(placement.secondary_unit_id, []).append((plan, placement))
    for unit_id, placed in by_unit.items():
        if unit_id in units:
            before = (families_before or {}).get(unit_id)
            found.extend(_unit_violations(units[unit_id], placed, before, has_all_bookings))
    for unit_id, placed in by_secondary.items():
        if unit_id in units:
            found.extend(_secondary_overlaps(units[unit_id], placed))
    return tuple(sorted(set(found)))


def _job_violations(units: Mapping[int, WorkUnit], plan: PlannedJob, legs: Legs) -> Iterable[Violation]:
    job = plan.job
    placed = {placement.operation: placement for placement in plan.placements}
    if len(placed) != len(plan.placements) or set(placed) != set(range(len(job.operations))):
        yield Violation("incomplete", job.code, -1, "every operation must be placed exactly once")
        return
    for index, operation in enumerate(job.operations):
        here = placed[index]
        yield from _mode_violations(units, job, operation, here)
        yield from _secondary_violations(units, job, operation, here)
        # A setup needs no material and follows the neighbor before it, so release bounds the run.
        if index not in plan.fixed and here.start_minute < job.release_minute:
            yield Violation("release", job.code, index, f"{operation.code} begins before the job's release")
        material = operation.earliest_minute
        if index not in plan.fixed and material is not None and here.start_minute < material:
            yield Violation("material", job.code, index, f"{operation.code} begins before its material is there")
        for before in operation.predecessors:
            ready = _arrival(units, placed[before], here, job, legs)
            if ready is None and before in plan.fixed and here.unit_id in units:
                ready = placed[before].end_minute  # made where nothing is known of any more
            if ready is None or here.start_minute < ready:
                yield Violation("precedence", job.code, index, f"{operation.code} starts before its input is there")
    arrival = arrival_minute(units, plan, legs)
    if job.deadline_minute is not None and arrival > job.deadline_minute:
        late = arrival - job.deadline_minute
        yield Violation("deadline", job.code, -1, f"arrives {late} minutes after the promised time")


def _mode_violations(
    units: Mapping[int, WorkUnit], job: Job, operation: Operation, here: Placement
) -> Iterable[Violation]:
    if here.unit_id not in units or not any(
        mode.unit_id == here.unit_id and mode.work_minutes == here.work_minutes for mode in operation.modes
    ):
        yield Violation("mode", job.code, here.operation, f"{operation.code} cannot be done so on this unit")
    if here.setup_family != operation.setup_family:
        yield Violation("mode", job.code, here.operation, f"{operation.code} has another setup family")
    unit = units.get(here.unit_id)
    if unit is None:
        return
    if unit.is_secondary:
        yield Violation("mode", job.code, here.operation, f"{unit.code} does no work by itself")
    run = [window for window in unit.windows if window[0] < here.end_minute and window[1] > here.start_minute]
    if not _is_exact(unit, here.start_minute, here.end_minute, here.work_minutes):
        yield Violation("calendar", job.code, here.operation, f"{operation.code} leaves the time of {unit.code}")
    elif not operation.is_resumable and len(run) > 1:
        yield Violation("interrupted", job.code, here.operation, f"{operation.code} must not pause")


def _secondary_violations(
    units: Mapping[int, WorkUnit], job: Job, operation: Operation, here: Placement
) -> Iterable[Violation]:
    """Check the secondary unit of a run: one of those its mode asks for, at its site, working whenever the run does."""
    asked = {mode.secondary_unit_ids for mode in operation.modes if mode.unit_id == here.unit_id}
    given = here.secondary_unit_id
    if not asked:
        return  # no mode of it: said already
    if not any((given in ids) if ids else given is None for ids in asked):
        message = f"{operation.code} lacks a secondary unit of the right kind"
        yield Violation("secondary", job.code, here.operation, message)
    unit, helper = units.get(here.unit_id), units.get(-1 if given is None else given)
    if given is None or unit is None:
        return
    if helper is None or not helper.is_secondary or helper.site != unit.site:
        message = f"{operation.code} uses what is no secondary unit of {unit.site}"
        yield Violation("secondary", job.code, here.operation, message)
        return
    for opens, closes in unit.windows:
        start, end = max(opens, here.start_minute), min(closes, here.end_minute)
        if start < end and sum(_overlap(window, start, end) for window in helper.windows) < end - start:
            message = f"{operation.code} works while {helper.code} does not"
            yield Violation("secondary_calendar", job.code, here.operation, message)
            return


def _secondary_overlaps(helper: WorkUnit, placed: Sequence[tuple[PlannedJob, Placement]]) -> Iterable[Violation]:
    """Find runs that use a secondary unit at once; a run keeps it from its start to its end, pauses included."""
    ordered = sorted(placed, key=lambda item: (item[1].start_minute, item[1].end_minute))
    until = -1
    for plan, here in ordered:
        if here.start_minute < until:
            message = f"{helper.code} is double-booked at {here.start_minute}"
            yield Violation("secondary_overlap", plan.job.code, here.operation, message)
        until = max(until, here.end_minute)


def _arrival(
    units: Mapping[int, WorkUnit], before: Placement, here: Placement, job: Job, legs: Legs
) -> Minute | None:
    if before.unit_id not in units or here.unit_id not in units:
        return None
    leg = legs(units[before.unit_id].site, units[here.unit_id].site, job.load_grams)
    return before.end_minute + leg.minutes


def _unit_violations(
    unit: WorkUnit,
    placed: Sequence[tuple[PlannedJob, Placement]],
    family_before: str | None,
    has_all_bookings: bool,  # noqa: FBT001 - handed through
) -> Iterable[Violation]:
    ordered = sorted(placed, key=lambda item: (item[1].start_minute, item[1].end_minute))
    for (_, first), (plan, second) in pairwise(ordered):
        if second.setup_start_minute < first.end_minute:
            message = f"{unit.code} is double-booked at {second.setup_start_minute}"
            yield Violation("overlap", plan.job.code, second.operation, message)
    family = family_before
    for plan, here in ordered:
        wanted = {unit.setup_between(family, here.setup_family)}
        if not has_all_bookings:
            known = (minutes for _, after, minutes in unit.setup_matrix if after == here.setup_family)
            wanted = {0, unit.setup_minutes, *known}
        if not any(_is_setup(unit, here, minutes) for minutes in wanted):
            yield Violation(
                "setup", plan.job.code, here.operation, f"{unit.code} needs {max(wanted)} minutes of setup before it"
            )
        family = here.setup_family


def _is_setup(unit: WorkUnit, here: Placement, minutes: int) -> bool:
    if minutes == 0:
        return here.setup_start_minute == here.start_minute
    spent = sum(_overlap(window, here.setup_start_minute, here.start_minute) for window in unit.windows)
    starts_open = any(start <= here.setup_start_minute < end for start, end in unit.windows)
    return spent == minutes and starts_open


def _is_exact(unit: WorkUnit, start: Minute, end: Minute, work_minutes: int) -> bool:
    """Tell whether [start, end) begins and ends in working time and holds exactly the working minutes."""
    spent = sum(_overlap(window, start, end) for window in unit.windows)
    begins = any(opens <= start < closes for opens, closes in unit.windows)
    ends = any(opens < end <= closes for opens, closes in unit.windows)
    return spent == work_minutes and begins and ends


def _overlap(window: tuple[Minute, Minute], start: Minute, end: Minute) -> int:
    return max(0, min(window[1], end) - max(window[0], start))


def arrival_minute(units: Mapping[int, WorkUnit], plan: PlannedJob, legs: Legs) -> Minute:
    """Give the minute at which everything the job makes is at its destination.

    From a unit that is not there any more, the way is not known: what was made there counts as there when it ends.
    """
    job = plan.job
    used = {before for operation in job.operations for before in operation.predecessors}
    arrivals = [job.release_minute]
    for placement in plan.placements:
        if placement.operation not in used:
            unit = units.get(placement.unit_id)
            minutes = 0 if unit is None else legs(unit.site, job.destination, job.load_grams).minutes
            arrivals.append(placement.end_minute + minutes)
    return max(arrivals)


def job_cost_minor(units: Mapping[int, WorkUnit], plan: PlannedJob, legs: Legs) -> int:
    """Give what making and delivering a job costs: its modes, the moves between sites, the delivery.

    Where the site of a unit is not known, because the unit is not there any more, its moves are left out.
    """
    modes = sum(mode.cost_minor for mode in _chosen_modes(plan))
    return modes + sum(leg.cost_minor for leg in _known_legs(units, plan, legs))


def job_co2_grams(units: Mapping[int, WorkUnit], plan: PlannedJob, legs: Legs) -> int:
    """Give what making and delivering a job emits: its modes, the moves between sites, the delivery.

    Where the site of a unit is not known, because the unit is not there any more, its moves are left out.
    """
    modes = sum(mode.co2_grams for mode in _chosen_modes(plan))
    return modes + sum(leg.co2_grams for leg in _known_legs(units, plan, legs))


def _chosen_modes(plan: PlannedJob) -> Iterable[Mode]:
    """Give the mode by which each operation is placed; an operation placed by none of its modes has none."""
    for here in plan.placements:
        modes = plan.job.operations[here.operation].modes
        yield from [mode for mode in modes if mode.unit_id == here.unit_id][:1]


def _known_legs(units: Mapping[int, WorkUnit], plan: PlannedJob, legs: Legs) -> Iterable[Leg]:
    """Give every move of a job between places that are known."""
    job = plan.job
    sites = {here.operation: units[here.unit_id].site for here in plan.placements if here.unit_id in units}
    used = {before for operation in job.operations for before in operation.predecessors}
    for index, site in sites.items():
        for before in job.operations[index].predecessors:
            if before in sites:
                yield legs(sites[before], site, job.load_grams)
        if index not in used:
            yield legs(site, job.destination, job.load_grams)


def tardiness_minor(job: Job, arrival: Minute) -> int:
    """Price the tardiness of a job: minutes after its due minute by weight; 0 without a due minute."""
    if job.due_minute is None:
        return 0
    return max(0, arrival - job.due_minute) * job.weight * TARDINESS_MINOR_PER_MINUTE


def objective_minor(units: Mapping[int, WorkUnit], planned: Iterable[PlannedJob], legs: Legs) -> int:
    """Give the objective of a schedule in minor units: priced weighted tardiness plus cost; less is better."""
    return sum(
        tardiness_minor(plan.job, arrival_minute(units, plan, legs)) + job_cost_minor(units, plan, legs)
        for plan in planned
    )


def objective_thousandths(
    units: Mapping[int, WorkUnit],
    planned: Iterable[PlannedJob],
    legs: Legs,
    weights: Weights,
    *,
    stood: Mapping[tuple[str, int], tuple[int, Minute]] | None = None,
) -> dict[str, int]:
    """Give each term of the weighted objective, exactly.

    Parameters
    ----------
    units, planned, legs
        As for :func:`violations`; every operation is placed.
    weights
        Prices of the terms.
    stood
        By job code and operation: unit and start of the run before; what is missing stood nowhere.

    Returns
    -------
    dict of str to int
        ``tardiness``, ``cost``, ``co2`` and ``moves`` in thousandths of a minor unit; the objective is their sum.
    """
    terms = {"tardiness": 0, "cost": 0, "co2": 0, "moves": 0}
    for plan in planned:
        job = plan.job
        if job.due_minute is not None:
            late = max(0, arrival_minute(units, plan, legs) - job.due_minute)
            terms["tardiness"] += 1000 * late * job.weight * weights.tardiness_minor_per_minute
        terms["cost"] += 10 * job_cost_minor(units, plan, legs) * weights.cost_percent
        terms["co2"] += job_co2_grams(units, plan, legs) * weights.co2_minor_per_kg
        for here in plan.placements:
            before = (stood or {}).get((job.code, here.operation))
            if before is not None and before != (here.unit_id, here.start_minute):
                terms["moves"] += 1000 * weights.move_minor
    return terms
