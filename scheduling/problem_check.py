"""What is wrong with a job before anybody plans it: each fault names the job and the operation.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scheduling.errors import JobInvalid
from scheduling.problem import Job, Leg, Minute, Mode, Operation, WorkUnit

Legs = Callable[[str, str, int], Leg]

SHORTAGES = frozenset({
    "no_unit", "no_working_time", "no_secondary_time", "too_long", "beyond_horizon", "release_beyond_horizon",
    "material_beyond_horizon",
})
"""Faults of the plants rather than of the job: a promise answers them with a shortage."""


@dataclass(frozen=True, slots=True)
class JobFault:
    """Something that keeps a job from being planned; ``code`` is stable, ``message`` is for people.

    ``operation`` is the operation's code; empty for a fault of the job as a whole.
    """

    code: str
    job: str
    operation: str
    message: str


def job_faults(
    job: Job, units: Mapping[int, WorkUnit], legs: Legs, now_minute: Minute, horizon: Minute
) -> tuple[JobFault, ...]:
    """Check a job against the plants, as if nothing were booked.

    Parameters
    ----------
    job
        To be checked.
    units
        By id, with the windows in which they may work; secondary units too.
    legs
        Terms of a move: origin, destination, load in grams; raises KeyError for an unknown way.
    now_minute
        The present.
    horizon
        The minute by which the windows end.

    Returns
    -------
    tuple of JobFault
        Those of the job, then those of its operations in order; empty when it can be planned on empty units.
    """
    found = list(_whole_faults(job, now_minute, horizon))
    order = list(_order_faults(job))
    found.extend(order)
    for operation in job.operations:
        for mode in operation.modes:
            found.extend(_mode_faults(job, operation, mode, units))
        found.extend(_operation_faults(job, operation, units, horizon))
    if not order:
        found.extend(_way_faults(job, units, legs))
    return tuple(found)


def require_sound(
    job: Job, units: Mapping[int, WorkUnit], legs: Legs, now_minute: Minute, horizon: Minute
) -> None:
    """Refuse a job that no plants could make.

    Raises
    ------
    JobInvalid
        The message names the job and the operation of the first fault; ``detail["faults"]`` lists all. What only
        the plants lack is left to the promise, which names it as a shortage.
    """
    faults = [item for item in job_faults(job, units, legs, now_minute, horizon) if item.code not in SHORTAGES]
    if faults:
        raise JobInvalid(
            f"Job {job.code} cannot be planned: {faults[0].message}.",
            job=job.code, operation=faults[0].operation,
            faults=[[item.code, item.operation, item.message] for item in faults],
        )


def _whole_faults(job: Job, now_minute: Minute, horizon: Minute) -> Iterator[JobFault]:
    if job.deadline_minute is not None and job.deadline_minute < now_minute:
        late = now_minute - job.deadline_minute
        yield JobFault("deadline_past", job.code, "", f"its promised time passed {late} minutes ago")
    elif job.deadline_minute is not None and job.deadline_minute < job.release_minute:
        yield JobFault("deadline_past", job.code, "", "its promised time lies before its release")
    if job.release_minute >= horizon and job.operations:
        yield JobFault("release_beyond_horizon", job.code, "", "it is released only after the horizon")
    if job.weight < 1:
        yield JobFault("weight", job.code, "", f"its weight is {job.weight}; expected 1 or more")
    if job.load_grams < 0:
        yield JobFault("load", job.code, "", f"it weighs {job.load_grams} grams; expected 0 or more")


def _order_faults(job: Job) -> Iterator[JobFault]:
    count = len(job.operations)
    for operation in job.operations:
        for before in operation.predecessors:
            if not 0 <= before < count:
                yield JobFault("predecessor", job.code, operation.code, f"{operation.code} waits for what there is not")
    circle = _circle(job)
    if circle:
        names = " → ".join(job.operations[index].code for index in circle)
        yield JobFault("cycle", job.code, job.operations[circle[0]].code, f"its operations wait in a circle: {names}")
        return
    for index, operation in enumerate(job.operations):
        if any(index <= before < count for before in operation.predecessors):
            yield JobFault("order", job.code, operation.code, f"{operation.code} stands before what it waits for")


def _circle(job: Job) -> tuple[int, ...]:
    """Give the positions of operations that wait for each other, the first one again at the end; empty without."""
    count = len(job.operations)
    left = {
        index: [before for before in operation.predecessors if 0 <= before < count]
        for index, operation in enumerate(job.operations)
    }
    while free := [index for index, waits in left.items() if not any(before in left for before in waits)]:
        for index in free:
            del left[index]
    if not left:
        return ()
    path = [min(left)]
    while True:
        path.append(next(before for before in left[path[-1]] if before in left))
        if path[-1] in path[:-1]:
            return tuple(path[path.index(path[-1]) :])


def _mode_faults(
    job: Job, operation: Operation, mode: Mode, units: Mapping[int, WorkUnit]
) -> Iterator[JobFault]:
    code = operation.code
    messages = []
    if mode.work_minutes < 1:
        messages.append(("no_duration", f"{code} takes {mode.work_minutes} minutes; expected 1 or more"))
    if mode.cost_minor < 0 or mode.co2_grams < 0:
        messages.append(("negative", f"{code} has a cost or footprint below 0"))
    messages.extend(
        ("secondary", f"{code} needs {_name(units, unit_id)}, which is no secondary unit of its site")
        for unit_id in mode.secondary_unit_ids if not _is_helper(units, unit_id, mode)
    )
    if mode.unit_id in units and units[mode.unit_id].is_secondary:
        name = units[mode.unit_id].code
        messages.append(("secondary", f"{code} would run on {name}, which does no work by itself"))
    for kind, message in messages:
        yield JobFault(kind, job.code, code, message)


def _operation_faults(
    job: Job, operation: Operation, units: Mapping[int, WorkUnit], horizon: Minute
) -> Iterator[JobFault]:
    code = operation.code

    def fault(kind: str, message: str) -> JobFault:
        return JobFault(kind, job.code, code, message)

    if operation.earliest_minute is not None and operation.earliest_minute >= horizon:
        yield fault("material_beyond_horizon", f"the material of {code} comes only after the horizon")
    usable = [mode for mode in operation.modes if mode.unit_id in units]
    if not usable:
        yield fault("no_unit", f"no work unit can do {code}")
    elif not any(units[mode.unit_id].windows for mode in usable):
        names = ", ".join(sorted({units[mode.unit_id].code for mode in usable}))
        yield fault("no_working_time", f"{code} can be done on {names} only, which never work")
    elif not any(_has_helper_time(units, mode) for mode in usable):
        yield fault("no_secondary_time", f"no secondary unit that {code} needs ever works")
    elif not operation.is_resumable and not any(_fits_one_window(units[mode.unit_id], mode) for mode in usable):
        yield fault("too_long", f"{code} must not pause and is longer than every window of its units")
    elif not any(_fits_horizon(units[mode.unit_id], mode) for mode in usable):
        yield fault("beyond_horizon", f"{code} is longer than all working time before the horizon")


def _is_helper(units: Mapping[int, WorkUnit], unit_id: int, mode: Mode) -> bool:
    helper, unit = units.get(unit_id), units.get(mode.unit_id)
    return unit is None or (helper is not None and helper.is_secondary and helper.site == unit.site)


def _name(units: Mapping[int, WorkUnit], unit_id: int) -> str:
    return units[unit_id].code if unit_id in units else f"unit {unit_id}"


def _has_helper_time(units: Mapping[int, WorkUnit], mode: Mode) -> bool:
    return not mode.secondary_unit_ids or any(
        units[unit_id].windows for unit_id in mode.secondary_unit_ids if unit_id in units
    )


def _fits_one_window(unit: WorkUnit, mode: Mode) -> bool:
    return any(end - start >= mode.work_minutes for start, end in unit.windows)


def _fits_horizon(unit: WorkUnit, mode: Mode) -> bool:
    """Add up windows until they suffice: most often the first one does."""
    left = mode.work_minutes
    for start, end in unit.windows:
        left -= end - start
        if left <= 0:
            return True
    return left <= 0


def _way_faults(job: Job, units: Mapping[int, WorkUnit], legs: Legs) -> Iterator[JobFault]:
    """Find operations whose inputs cannot come to any place where they can be done."""
    for operation in job.operations:
        here = _sites(operation, units)
        for before in operation.predecessors:
            origins = _sites(job.operations[before], units)
            if here and origins and not any(_knows(legs, origin, site, job) for origin in origins for site in here):
                message = f"no way is known from {', '.join(sorted(origins))} to where {operation.code} can be done"
                yield JobFault("no_way", job.code, operation.code, message)


def _sites(operation: Operation, units: Mapping[int, WorkUnit]) -> set[str]:
    return {units[mode.unit_id].site for mode in operation.modes if mode.unit_id in units}


def _knows(legs: Legs, origin: str, site: str, job: Job) -> bool:
    try:
        legs(origin, site, job.load_grams)
    except KeyError:
        return False
    return True
