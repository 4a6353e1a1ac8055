"""Independent check of a schedule, and its objective. Shares no code with the engine that makes schedules.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduling.problem import Job, Leg, Minute, Operation, Placement, WorkUnit
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
        By id, with the windows in which they may work.
    planned
        Jobs with their placements.
    legs
        Terms of a move: origin, destination, load in grams.
    families_before
        Setup family of each unit before its first placement; a unit that is missing had none.
    has_all_bookings
        False when other work stands on the units too, so that setups cannot be known from these
        placements; a setup is then either none or the unit's minutes.

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
    for plan in jobs:
        for placement in plan.placements:
            by_unit.setdefault(placement.unit_id, []).append((plan, placement))
    for unit_id, placed in by_unit.items():
        if unit_id in units:
            before = (families_before or {}).get(unit_id)
            found.extend(_unit_violations(units[unit_id], placed, before, has_all_bookings))
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
        # A setup needs no material and follows the neighbor before it, so release bounds the run.
        if index not in plan.fixed and here.start_minute < job.release_minute:
            yield Violation("release", job.code, index, f"{operation.code} begins before the job's release")
        for before in operation.predecessors:
            ready = _arrival(units, placed[before], here, job, legs)
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
    run = [window for window in unit.windows if window[0] < here.end_minute and window[1] > here.start_minute]
    if not _is_exact(unit, here.start_minute, here.end_minute, here.work_minutes):
        yield Violation("calendar", job.code, here.operation, f"{operation.code} leaves the time of {unit.code}")
    elif not operation.is_resumable and len(run) > 1:
        yield Violation("interrupted", job.code, here.operation, f"{operation.code} must not pause")


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
        wanted = {0 if family is None or family == here.setup_family else unit.setup_minutes}
        if not has_all_bookings:
            wanted = {0, unit.setup_minutes}
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
    """Give the minute at which everything the job makes is at its destination."""
    job = plan.job
    used = {before for operation in job.operations for before in operation.predecessors}
    arrivals = [job.release_minute]
    for placement in plan.placements:
        if placement.operation not in used and placement.unit_id in units:
            leg = legs(units[placement.unit_id].site, job.destination, job.load_grams)
            arrivals.append(placement.end_minute + leg.minutes)
    return max(arrivals)


def job_cost_minor(units: Mapping[int, WorkUnit], plan: PlannedJob, legs: Legs) -> int:
    """Give what making and delivering a job costs: its modes, the moves between sites, the delivery."""
    job = plan.job
    placed = {placement.operation: placement for placement in plan.placements}
    used = {before for operation in job.operations for before in operation.predecessors}
    cost = 0
    for index, operation in enumerate(job.operations):
        here = placed[index]
        site = units[here.unit_id].site
        cost += next((mode.cost_minor for mode in operation.modes if mode.unit_id == here.unit_id), 0)
        for before in operation.predecessors:
            cost += legs(units[placed[before].unit_id].site, site, job.load_grams).cost_minor
        if index not in used:
            cost += legs(site, job.destination, job.load_grams).cost_minor
    return cost


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
