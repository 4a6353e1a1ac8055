"""Capable-to-promise: the fastest, cheapest and greenest way to make a job without moving booked work.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduling.errors import DestinationUnknown
from scheduling.labels import DeadEnd, Label, Part, parts_of, search
from scheduling.problem import Job, Minute, Placement
from scheduling.snapshot import Snapshot
from scheduling.timeline import Slot, Timeline


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
    Deterministic. A few milliseconds at ten thousand booked operations.
    """
    _require_destination(snapshot, job)
    for index, operation in enumerate(job.operations):
        if not any(mode.unit_id in snapshot.timelines for mode in operation.modes):
            return _refusal(snapshot, job, Shortage.NO_WORK_UNIT, index)
    plans = _all_plans(snapshot, job)
    if isinstance(plans, DeadEnd):
        return _refusal(snapshot, job, Shortage.NO_TIME, plans.operation)
    deadline = job.deadline_minute
    if deadline is not None:
        plans = [plan for plan in plans if plan.arrival_minute <= deadline]
    if not plans:
        return _refusal(snapshot, job, Shortage.DEADLINE, None)
    return _answer(snapshot, job, plans)


def _all_plans(snapshot: Snapshot, job: Job) -> list[Plan] | DeadEnd:
    found = search(snapshot, job)
    if not isinstance(found, DeadEnd):
        plans = [plan for label in found if (plan := realize(snapshot, job, label)) is not None]
        if plans:
            return plans
    forward = _forward(snapshot, job)
    return forward if isinstance(forward, DeadEnd) else [forward]


def _require_destination(snapshot: Snapshot, job: Job) -> None:
    for site in {timeline.unit.site for timeline in snapshot.timelines.values()}:
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


def realize(
    snapshot: Snapshot, job: Job, label: Label, *, fixed: Collection[int] = frozenset()
) -> Plan | None:
    """Turn a label into a plan.

    Operations that share a work unit are placed again one after the other, because the search looks at
    each by itself; ``fixed`` ones stand on their timelines already.

    Returns
    -------
    Plan or None
        None when the operations that share a unit do not fit inside the horizon together.
    """
    parts = parts_of(label.parts)
    units = [part.mode.unit_id for index, part in parts.items() if index not in fixed]
    shared = {unit_id for unit_id in units if units.count(unit_id) > 1}
    if not shared:
        slots = {index: part.slot for index, part in parts.items()}
        ready = {index: part.ready_minute for index, part in parts.items()}
        return _plan(snapshot, job, parts, slots, ready)
    moving = {index: part for index, part in parts.items() if index not in fixed}
    slots = {index: parts[index].slot for index in fixed}
    ready = {index: parts[index].ready_minute for index in fixed}
    if not _place_again(snapshot, job, moving, shared, slots, ready):
        return None
    return _plan(snapshot, job, parts, slots, ready)


def _place_again(
    snapshot: Snapshot,
    job: Job,
    parts: dict[int, Part],
    shared: Iterable[int],
    slots: dict[int, Slot],
    ready: dict[int, Minute],
) -> bool:
    """Place parts in time order on copies of the units they share; False when they do not fit."""
    scratch: dict[int, Timeline] = {unit_id: snapshot.timelines[unit_id].copy() for unit_id in shared}
    for index in sorted(parts, key=lambda index: (parts[index].slot.start_minute, index)):
        part, operation = parts[index], job.operations[index]
        ready[index] = _ready_minute(snapshot, job, part, slots)
        timeline = scratch.get(part.mode.unit_id, snapshot.timelines[part.mode.unit_id])
        slot = timeline.earliest(
            ready[index],
            part.mode.work_minutes,
            setup_family=operation.setup_family,
            is_resumable=operation.is_resumable,
            floor_minute=job.release_minute,
        )
        if slot is None:
            return False
        slots[index] = slot
        if part.mode.unit_id in scratch:
            timeline.add(("job", index), slot, setup_family=operation.setup_family)
    for index, part in parts.items():
        if part.mode.unit_id in scratch:  # a later neighbor of the same job may have changed the setup
            slots[index] = scratch[part.mode.unit_id].slot_of(("job", index))
    return True


def _ready_minute(snapshot: Snapshot, job: Job, part: Part, slots: dict[int, Slot]) -> Minute:
    minutes = [job.release_minute]
    for before in part.inputs:
        leg = snapshot.legs.leg(before.site, part.site, job.load_grams)
        minutes.append(slots[before.operation].end_minute + leg.minutes)
    return max(minutes)


def _plan(
    snapshot: Snapshot,
    job: Job,
    parts: dict[int, Part],
    slots: dict[int, Slot],
    ready: dict[int, Minute],
) -> Plan:
    legs, load = snapshot.legs, job.load_grams
    cost = sum(part.cost_minor for part in parts.values())
    co2 = sum(part.co2_grams for part in parts.values())
    used = {before for operation in job.operations for before in operation.predecessors}
    arrival = job.release_minute
    for index in range(len(job.operations)):
        if index not in used:
            leg = legs.leg(parts[index].site, job.destination, load)
            arrival = max(arrival, slots[index].end_minute + leg.minutes)
            cost += leg.cost_minor
            co2 += leg.co2_grams
    return Plan(
        placements=tuple(
            _placement(job, parts[index], slots[index]) for index in range(len(job.operations))
        ),
        end_minute=max((slot.end_minute for slot in slots.values()), default=job.release_minute),
        arrival_minute=arrival,
        cost_minor=cost,
        co2_grams=co2,
        waits=tuple(
            _wait(snapshot, job, parts[index], ready[index], slots[index])
            for index in range(len(job.operations))
        ),
    )


def _placement(job: Job, part: Part, slot: Slot) -> Placement:
    return Placement(
        operation=part.operation,
        unit_id=part.mode.unit_id,
        setup_start_minute=slot.setup_start_minute,
        start_minute=slot.start_minute,
        end_minute=slot.end_minute,
        work_minutes=part.mode.work_minutes,
        setup_family=job.operations[part.operation].setup_family,
    )


def _wait(snapshot: Snapshot, job: Job, part: Part, ready: Minute, slot: Slot) -> Wait:
    timeline = snapshot.timelines[part.mode.unit_id]
    open_minutes = timeline.calendar.work_at(slot.start_minute) - timeline.calendar.work_at(ready)
    return Wait(
        operation=part.operation,
        operation_code=job.operations[part.operation].code,
        work_center=timeline.unit.work_center,
        unit_id=part.mode.unit_id,
        ready_minute=ready,
        start_minute=slot.start_minute,
        closed_minutes=slot.start_minute - ready - open_minutes,
    )


def _forward(snapshot: Snapshot, job: Job) -> Plan | DeadEnd:
    """Place operation after operation, each where it ends first: the answer when labels cannot agree."""
    scratch = snapshot.copy()
    parts: dict[int, Part] = {}
    for index, operation in enumerate(job.operations):
        best: Part | None = None
        for mode in operation.modes:
            if mode.unit_id not in scratch.timelines:
                continue
            site = scratch.site_of(mode.unit_id)
            inputs = tuple(parts[before] for before in operation.predecessors)
            moves = [scratch.legs.leg(part.site, site, job.load_grams) for part in inputs]
            ready = max(
                (part.slot.end_minute + leg.minutes for part, leg in zip(inputs, moves, strict=True)),
                default=job.release_minute,
            )
            slot = scratch.timelines[mode.unit_id].earliest(
                ready,
                mode.work_minutes,
                setup_family=operation.setup_family,
                is_resumable=operation.is_resumable,
                floor_minute=job.release_minute,
            )
            if slot is None or (best is not None and slot.end_minute >= best.slot.end_minute):
                continue
            cost = mode.cost_minor + sum(leg.cost_minor for leg in moves)
            co2 = mode.co2_grams + sum(leg.co2_grams for leg in moves)
            best = Part(index, mode, site, ready, slot, cost, co2, inputs)
        if best is None:
            return DeadEnd(index)
        parts[index] = best
        scratch.timelines[best.mode.unit_id].add(
            ("job", index), best.slot, setup_family=operation.setup_family
        )
    slots = {
        index: scratch.timelines[part.mode.unit_id].slot_of(("job", index)) for index, part in parts.items()
    }
    return _plan(snapshot, job, parts, slots, {index: part.ready_minute for index, part in parts.items()})
