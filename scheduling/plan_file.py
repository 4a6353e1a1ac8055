"""Planning files as a tool: read a file, plan it within a time limit, give the answer as plain data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TypedDict

from scheduling.errors import PlanFileInvalid
from scheduling.flexible_job_shop import read_flexible_job_shop, violations

MAXIMUM_FILE_BYTES = 20_000_000


class AssignmentAnswer(TypedDict):
    """One placed operation; positions count from 0, [start, end)."""

    job: int
    operation: int
    machine: int
    start: int
    end: int


class PlanAnswer(TypedDict):
    """The answer of ``onelot plan``."""

    makespan: int
    lower_bound: int
    assignments: list[AssignmentAnswer]


def plan_file(path: Path, *, seconds: float) -> PlanAnswer:
    """Plan a flexible job shop file for the least makespan.

    Parameters
    ----------
    path
        A ``.fjs`` file of the standard format.
    seconds
        Time limit in seconds, ≥ 0, reading the file included.

    Returns
    -------
    PlanAnswer
        A schedule that passed the solver-independent check, with a valid lower bound.

    Raises
    ------
    PlanFileInvalid
        The file cannot be read or is not of the format.
    """
    started = time.monotonic()
    instance = read_flexible_job_shop(_read(path), file=path.name)
    # OR-Tools takes seconds to import on a busy machine, so it is loaded only once a plan is wanted.
    from scheduling.solver.flexible_job_shop import plan_flexible_job_shop  # noqa: PLC0415

    left = max(0.0, seconds - (time.monotonic() - started))
    plan = plan_flexible_job_shop(instance, seconds=left)
    breaches = violations(instance, plan.assignments)
    if breaches:
        raise AssertionError(f"the planner broke its own rules: {breaches[0]}")
    return {
        "makespan": plan.makespan,
        "lower_bound": plan.lower_bound,
        "assignments": [
            {"job": a.job, "operation": a.operation, "machine": a.machine, "start": a.start, "end": a.end}
            for a in plan.assignments
        ],
    }


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAXIMUM_FILE_BYTES:
            raise PlanFileInvalid(f"{path.name}: the file is larger than 20 MB", file=path.name, line=0)
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileInvalid(f"{path.name}: cannot be read as text: {error}", file=path.name, line=0) from error
