"""Running every loop of a promise, a repair and a search once on a tiny plant, so that none compiles when it matters.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scheduling.engine.compiled import is_compiled
from scheduling.problem import Job, Leg, Mode, Operation, WorkUnit
from scheduling.promise import Plan, promise
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot

_DAY = 1440
_ROOT = Path(__file__).parents[2]


class _NearLegs:
    """Moves of an hour, for nothing."""

    def knows(self, _origin: str, _destination: str) -> bool:
        return True

    def leg(self, origin: str, destination: str, _load_grams: int) -> Leg:
        return Leg(0 if origin == destination else 60, 0, 0)


def warm(*, search_seconds: float = 0.0, before_search: Callable[[], object] = lambda: None) -> float:
    """Run every loop once: it is compiled, or read from disk, then.

    Parameters
    ----------
    search_seconds
        How long to search with capacity prices, whose loops only a worker needs; at least 1, or 0 to leave them out.
    before_search
        Called when only the loops of :func:`scheduling.order_book_plan.warm_planning` are left.

    Returns
    -------
    float
        Seconds it took; next to nothing when all is loaded already.
    """
    from scheduling.improve import improve  # noqa: PLC0415  # imports the search, which imports it

    began = time.perf_counter()
    windows = tuple((day * _DAY + 480, day * _DAY + 960) for day in range(6))
    units = [
        WorkUnit(number, f"U{number}", f"C{number}", "A" if number < 3 else "B", "", 5, windows, (("x", "y", 9),),
                 is_secondary=number == 4)
        for number in (1, 2, 3, 4)
    ]
    snapshot = make_snapshot(units, _NearLegs())  # type: ignore[arg-type]  # as much of a leg table as is asked for
    jobs = [_book(snapshot, _job(number), number) for number in range(4)]
    down = [replace(units[0], windows=windows[2:]), *units[1:]]
    runs = {unit_id: [(key, line.slot_of(key), line.family_of(key)) for key in line.list_keys()]
            for unit_id, line in snapshot.timelines.items()}
    snapshot.timelines[1].earliest(0, 10, setup_family="x", floor_minute=0)
    improve(make_snapshot(down, snapshot.legs, runs=runs), jobs, iterations=0)
    before_search()
    improve(make_snapshot(down, snapshot.legs, runs=runs), jobs, iterations=20)
    if search_seconds:
        from scheduling.order_book_plan import warm_planning  # noqa: PLC0415  # it too

        improve(snapshot, jobs, seconds=search_seconds)
        warm_planning()
    return time.perf_counter() - began


def _job(number: int) -> Job:
    """Make a job with a join, moves between sites, a secondary unit and a promise."""
    by_any = tuple(Mode(unit, 60, 100 * unit, 10) for unit in (1, 2, 3))
    by_tool = (Mode(3, 30, 10, 1, (4,)), Mode(1, 30, 20, 1))
    chain = (Operation("a", by_any, (), "x"), Operation("b", by_any, (0,), "y", is_resumable=False))
    joined = (*chain[:1], Operation("c", by_tool, (), "y"), Operation("d", by_any, (0, 1), "x"))
    return Job(f"J{number}", chain if number % 2 else joined, 0, "B", 1000, 900, 5 * _DAY if number else None)


def _book(snapshot: Snapshot, job: Job, number: int) -> MovableJob:
    plan = promise(snapshot, job).fastest
    if plan is None:
        raise RuntimeError("the plant that warms the loops has become too small")
    keys = tuple(number * 10 + operation for operation in range(len(plan.placements)))
    _put(snapshot, plan, keys)
    return MovableJob(number, PlannedJob(job, plan.placements), keys, 0)


def _put(snapshot: Snapshot, plan: Plan, keys: tuple[int, ...]) -> None:
    for key, here in zip(keys, plan.placements, strict=True):
        for unit_id in (here.unit_id, here.secondary_unit_id):
            if unit_id is not None:
                slot = Slot(here.setup_start_minute, here.start_minute, here.end_minute)
                snapshot.timelines[unit_id].add(key, slot, setup_family=here.setup_family)


def describe() -> str:
    """Say in a few words how the loops run in this process."""
    return f"the planning loops are {'compiled' if is_compiled() else 'interpreted'}"


def warm_all() -> float:
    """Run every loop once, those of planning in a second process where there is a core for it; the seconds it took."""
    if not is_compiled() or (os.cpu_count() or 1) < 2:
        return warm(search_seconds=1.5)
    began = time.perf_counter()
    planning = "from scheduling.order_book_plan import warm_planning; warm_planning()"
    # Should it fail, what it would have compiled is compiled here.
    command, variables = [sys.executable, "-P", "-c", planning], {**os.environ, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL) as other:  # noqa: S603
        warm(search_seconds=1.5, before_search=other.wait)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.stderr.write(f"onelot: {describe()}, ready in {warm_all():.1f} s\n")
