"""Capable-to-promise: the fastest, cheapest and greenest way to make a job without moving booked work.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduling.engine.arrays import MODE_MINUTES, MODE_UNIT, NONE
from scheduling.errors import DestinationUnknown
from scheduling.problem import Job, Minute, Placement
from scheduling.snapshot import Snapshot


class PromiseStatus(StrEnum):
    """Whether a job can be promised."""

    PROMISED = "promised"
    NO_CAPACITY = "no_capacity"


class Shortage(StrEnum):
    """Why a job cannot be promised."""

    NO_WORK_UNIT = "no_work_unit"
    """No work unit of the network can do the operation."""
    NO_TIME = "no_time"
    """The operation does not fit inside the horizon."""
    DEADLINE = "deadline"
    """Every way arrives after the job's deadline."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long an operation waits for its work unit.

    ``ready_minute`` is when its inputs are there; of the wait until ``start_minute``,
    ``closed_minutes`` lie outside the unit's offered windows, the rest behind other work or set-up.
    """

    operation: int
    operation_code: str
    work_center: str
    unit_id: int
    ready_minute: Minute
    start_minute: Minute
    closed_minutes: int

    @property
    def minutes(self) -> int:
        """Wall-clock minutes from ready to start."""
        return self.start_minute - self.ready_minute


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to make a job.

    ``placements`` and ``waits`` follow the job's operations. ``end_minute`` ends the last operation,
    ``arrival_minute`` brings it to the destination. Cost and emissions include every move.
    """

    placements: tuple[Placement, ...]
    end_minute: Minute
    arrival_minute: Minute
    cost_minor: int
    co2_grams: int
    waits: tuple[Wait, ...]

    @property
    def longest_wait(self) -> Wait | None:
        """The operation that waits longest; None when nothing waits."""
        longest = max(self.waits, key=lambda wait: wait.minutes, default=None)
        return longest if longest is not None and longest.minutes > 0 else None


@dataclass(frozen=True, slots=True)
class Promise:
    """The answer to "when, for how much?".

    The four plans are None exactly when ``status`` is NO_CAPACITY; then ``shortage`` says why and
    ``operation_code`` where (empty when no single operation is to blame). ``plans`` lists every plan
    that no other beats in arrival, cost and emissions together, earliest first.
    """

    status: PromiseStatus
    fastest: Plan | None = None
    cheapest: Plan | None = None
    greenest: Plan | None = None
    default: Plan | None = None
    plans: tuple[Plan, ...] = ()
    shortage: Shortage | None = None
    operation_code: str = ""
    version: int = 0


def promise(snapshot: Snapshot, job: Job) -> Promise:
    """Find the fastest, cheapest and greenest way to make and deliver a job; booked work never moves.

    The default plan is the cheapest one that arrives by the due minute (earliest among equals), else the
    fastest; without a due minute the cheapest.

    Parameters
    ----------
    snapshot
        Only read.
    job
        Nothing of it starts before ``release_minute``; a plan that arrives after ``deadline_minute`` is
        no plan.

    Returns
    -------
    Promise
        ``NO_CAPACITY`` when an operation has no work unit, no time inside the horizon, or the deadline
        cannot be met.

    Raises
    ------
    DestinationUnknown
        The distance from a site to the destination is not known.

    Notes
    -----
    Deterministic. Earliest, cheapest and greenest are exact when each operation feeds at most one other and no two
    operations of the job compete for one unit; elsewhere they are very good.
    """
    from scheduling.engine.realizing import promise_job  # noqa: PLC0415  # the compiled loop loads on first use

    _require_destination(snapshot, job)
    for index, operation in enumerate(job.operations):
        if not any(mode.unit_id in snapshot.timelines for mode in operation.modes):
            return _refusal(snapshot, job, Shortage.NO_WORK_UNIT, index)
    shop = snapshot.lay_out(job)
    missing, summary, steps = promise_job(shop, snapshot.lines)
    if missing != NONE:
        return _refusal(snapshot, job, Shortage.NO_TIME, int(missing))
    modes = shop.modes[:, (MODE_UNIT, MODE_MINUTES)].tolist()
    deadline = job.deadline_minute
    plans = [
        _plan(snapshot, job, terms, rows, modes)
        for terms, rows in zip(summary.tolist(), steps.tolist(), strict=True)
        if deadline is None or terms[1] <= deadline
    ]
    if not plans:
        return _refusal(snapshot, job, Shortage.DEADLINE, None)
    return _answer(snapshot, job, plans)


def _require_destination(snapshot: Snapshot, job: Job) -> None:
    for site in snapshot.plant.sites:
        if not snapshot.legs.knows(site, job.destination):
            raise DestinationUnknown(
                f"No distance from {site} to {job.destination} is known; choose a known destination.",
                destination=job.destination,
                site=site,
            )


def _refusal(snapshot: Snapshot, job: Job, shortage: Shortage, operation: int | None) -> Promise:
    return Promise(
        status=PromiseStatus.NO_CAPACITY,
        shortage=shortage,
        operation_code="" if operation is None else job.operations[operation].code,
        version=snapshot.version,
    )


def _answer(snapshot: Snapshot, job: Job, plans: Sequence[Plan]) -> Promise:
    fastest = min(plans, key=lambda plan: (plan.arrival_minute, plan.cost_minor, plan.co2_grams))
    cheapest = min(plans, key=_by_cost)
    greenest = min(plans, key=lambda plan: (plan.co2_grams, plan.arrival_minute, plan.cost_minor))
    default = cheapest
    if job.due_minute is not None:
        due = job.due_minute
        default = min((plan for plan in plans if plan.arrival_minute <= due), key=_by_cost, default=fastest)
    return Promise(
        status=PromiseStatus.PROMISED,
        fastest=fastest,
        cheapest=cheapest,
        greenest=greenest,
        default=default,
        plans=tuple(sorted(plans, key=lambda plan: (plan.arrival_minute, plan.cost_minor))),
        version=snapshot.version,
    )


def _by_cost(plan: Plan) -> tuple[int, int, int]:
    return plan.cost_minor, plan.arrival_minute, plan.co2_grams


def _plan(
    snapshot: Snapshot, job: Job, terms: Sequence[int], rows: Sequence[Sequence[int]], modes: Sequence[Sequence[int]]
) -> Plan:
    """Read a plan out of the compiled loop's answer."""
    units = snapshot.plant.units
    placements, waits = [], []
    for index, (operation, row) in enumerate(zip(job.operations, rows, strict=True)):
        mode, secondary, setup_start, start, end, ready, closed, *_ = row
        number, minutes = modes[mode]
        unit = units[number]
        helper = None if secondary == NONE else units[secondary].id
        placements.append(
            Placement(index, unit.id, setup_start, start, end, minutes, operation.setup_family, helper)
        )
        waits.append(Wait(index, operation.code, unit.work_center, unit.id, ready, start, closed))
    end, arrival, cost, co2 = terms
    return Plan(tuple(placements), end, arrival, cost, co2, tuple(waits))
