"""What an order may be changed into: dates that can be met, ways of making it that there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scheduling.calendar import first_minute_from
from scheduling.errors import ReportInvalid
from scheduling.event_answer import require_near
from scheduling.problem import Job, Minute, WorkUnit
from scheduling.problem_check import Legs, job_faults

LARGEST_WEIGHT = 1000
LARGEST_AMOUNT = 10**12
"""Of a mode's cost and emissions, and of a load in grams."""

_FIELDS = {
    "deadline_past": "deadline_minute", "release_beyond_horizon": "release_minute", "weight": "weight",
    "load": "load_grams", "material_beyond_horizon": "earliest_minute", "predecessor": "operations",
    "cycle": "operations", "order": "operations",
}
"""Which field of a job each fault is about; all others are about the modes."""


def require_same_operations(job: Job, before: Job) -> None:
    """Refuse other operations than a job has, or a weight out of bounds; raise ReportInvalid."""
    if [(o.code, o.predecessors) for o in job.operations] != [(o.code, o.predecessors) for o in before.operations]:
        raise ReportInvalid("The order has other operations now; book it anew and cancel the old work.",
                            field="operations", job=before.code)
    if not 1 <= job.weight <= LARGEST_WEIGHT:
        raise ReportInvalid(f"The weight goes from 1 to {LARGEST_WEIGHT}.", field="weight", job=before.code)


def require_possible(
    job: Job, before: Job, units: Mapping[int, WorkUnit], legs: Legs, *, horizon: Minute, now: datetime
) -> None:
    """Refuse a change of a job into what nobody could make, or into times that are over or too far away.

    Parameters
    ----------
    job
        As it is to be.
    before
        As it is; what was wrong with it already is no reason.
    units
        By id, with the windows in which they may work.
    legs
        Terms of a move: origin, destination, load in grams; raises KeyError for an unknown way.
    horizon
        The minute by which the windows end.
    now
        Aware UTC.

    Raises
    ------
    ReportInvalid
        ``detail["field"]`` names what is wrong, ``detail["operation"]`` with which operation, where it is one's.
    """
    _require_times(job, before, now=now)
    _require_amounts(job, before)
    minute = first_minute_from(now)
    old = {(fault.code, fault.operation) for fault in job_faults(before, units, legs, minute, horizon)}
    for fault in job_faults(job, units, legs, minute, horizon):
        if (fault.code, fault.operation) not in old:
            raise ReportInvalid(f"{job.code} cannot be changed so: {fault.message}.",
                                field=_FIELDS.get(fault.code, "modes"), job=job.code, operation=fault.operation)
    if job.destination != before.destination:
        _require_way(job, units, legs)


def _require_times(job: Job, before: Job, *, now: datetime) -> None:
    minute = first_minute_from(now)
    for name in ("due_minute", "deadline_minute", "release_minute"):
        wanted = getattr(job, name)
        if wanted is None or wanted == getattr(before, name):
            continue
        require_near(wanted, field=name, now=now, job=job.code)
        if wanted < minute and name != "release_minute":
            raise ReportInvalid("This time is over.", field=name, job=job.code)


def _require_amounts(job: Job, before: Job) -> None:
    if job.load_grams != before.load_grams and job.load_grams > LARGEST_AMOUNT:
        raise ReportInvalid("The load is too large.", field="load_grams", job=job.code)
    for operation in job.operations:
        if any(max(mode.cost_minor, mode.co2_grams) > LARGEST_AMOUNT for mode in operation.modes):
            raise ReportInvalid(f"A way of doing {operation.code} costs or emits too much.", field="modes",
                                job=job.code, operation=operation.code)


def _require_way(job: Job, units: Mapping[int, WorkUnit], legs: Legs) -> None:
    for mode in (mode for operation in job.operations for mode in operation.modes):
        try:
            legs(units[mode.unit_id].site, job.destination, job.load_grams)
        except KeyError:
            continue
        return
    raise ReportInvalid(f"No way to {job.destination} is known.", field="destination", job=job.code)
