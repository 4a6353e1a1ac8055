"""What speaks against the new places of a proposal's jobs, judged by the jobs and units as they are now.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scheduling.improve import JobChange
from scheduling.problem import Job, Placement, WorkUnit
from scheduling.schedule import PlannedJob
from scheduling.validation import Legs, violations

_OF_THE_JOB = frozenset({"mode", "secondary", "release", "material", "precedence", "deadline"})
"""Rules that a job sets by itself; time and neighbors are judged when the new places are taken."""


def broken_rules(
    job: Job, change: JobChange, units: Mapping[int, WorkUnit], legs: Legs
) -> dict[int, str]:
    """Find the operations that a proposal would put where the job does not allow it any more.

    Parameters
    ----------
    job
        As it is now.
    change
        What a proposal does to it; what it does not move stands as before.
    units, legs
        As they are now.

    Returns
    -------
    dict of int to str
        By operation the first rule that its new place breaks: mode, secondary, release, material, precedence; or
        deadline, for the last operation that moves, when the promise is kept now and would not be. Empty when all fits.
    """
    if not change.moved:
        return {}
    found: dict[int, str] = {}
    for code, operation in _violations(job, change.after, change, units, legs):
        if operation in found or code not in _OF_THE_JOB:
            continue
        if code == "deadline":
            if not _violations(job, change.before, change, units, legs):
                found[max(change.moved, key=lambda position: change.after[position].end_minute)] = code
        elif not {operation, *(job.operations[operation].predecessors if code == "precedence" else ())}.isdisjoint(
            change.moved
        ):
            found[operation] = code
    return found


def _violations(
    job: Job, placements: tuple[Placement, ...], change: JobChange, units: Mapping[int, WorkUnit], legs: Legs
) -> list[tuple[str, int]]:
    """List the broken rules of a job, as code and operation, but for those of places that stay."""
    fixed = frozenset(range(len(placements))) - frozenset(change.moved)
    settled = tuple(replace(here, setup_start_minute=here.start_minute) for here in placements)
    found = violations(units, [PlannedJob(job, settled, fixed)], legs, has_all_bookings=False)
    return [(item.code, item.operation) for item in found
            if item.operation not in fixed or item.code == "precedence"]
