"""A rush order's two answers: put between what is booked, or others make room; with the price of each.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from scheduling.displacing import displaced, undisplaced
from scheduling.improve import JobChange, improve
from scheduling.problem import Job, Minute, Placement
from scheduling.promise import Plan, promise
from scheduling.rebooking import Rebooking
from scheduling.schedule import MovableJob
from scheduling.snapshot import Snapshot


class RushWay(StrEnum):
    """How a rush order gets its capacity."""

    NO_MOVE = "no_move"
    BUMP = "bump"


@dataclass(frozen=True, slots=True)
class Slip:
    """A promise that would be broken: when it was promised, when it would arrive.

    ``is_lost`` when it would fit nowhere inside the horizon.
    """

    hold_id: int
    job_code: str
    promised_minute: Minute
    arrival_minute: Minute
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class RushAnswer:
    """One way to take a rush order.

    Attributes
    ----------
    plan
        The rush order's own, with its cost and emissions.
    changes
        What others do for it; empty when nothing moves.
    slips
        Promises of others it would break; empty when all are kept.
    """

    way: RushWay
    plan: Plan
    changes: tuple[JobChange, ...] = ()
    slips: tuple[Slip, ...] = ()

    @property
    def moved_operations(self) -> int:
        """How many booked operations of others move."""
        return sum(len(change.moved) for change in self.changes)

    @property
    def others_cost_minor(self) -> int:
        """What the others cost more (or less) in work, transport and tardiness."""
        return sum(
            change.cost_after_minor + change.tardiness_after_minor
            - change.cost_before_minor - change.tardiness_before_minor
            for change in self.changes
        )


@dataclass(frozen=True, slots=True)
class RushOptions:
    """Both answers; ``no_move`` is None when nothing fits between, ``bump`` when making room gains no time."""

    no_move: RushAnswer | None
    bump: RushAnswer | None


def price_rush(snapshot: Snapshot, job: Job, others: Sequence[MovableJob]) -> RushOptions:
    """Find the earliest arrival of a rush order without moving anything, and with others making room.

    Parameters
    ----------
    snapshot
        Only read; the rush order's own bookings, if it has any, are not in it.
    job
        The rush order; its deadline is only a wish here, so that the planner sees how late it would be.
    others
        What may move. Whoever makes room is placed again with as little change as possible, its promise kept
        where any way keeps it.

    Returns
    -------
    RushOptions
        A bump is only offered when it arrives earlier than the way without moving.

    Raises
    ------
    DestinationUnknown
        The distance from a site to the destination is not known.
    """
    job = replace(job, deadline_minute=None)
    fitting = promise(snapshot, job).fastest
    no_move = None if fitting is None else RushAnswer(RushWay.NO_MOVE, fitting)
    bump = _bump(snapshot, job, others)
    if bump is not None and fitting is not None and bump.plan.arrival_minute >= fitting.arrival_minute:
        bump = None
    return RushOptions(no_move, bump)


def _bump(snapshot: Snapshot, job: Job, others: Sequence[MovableJob]) -> RushAnswer | None:
    bookings = _movable_bookings(others)
    emptied = Rebooking(snapshot)
    for booking_id, (_, placement) in bookings.items():
        emptied.remove(placement.unit_id, booking_id)
    plan = promise(emptied.changed(), job).fastest
    if plan is None:
        return None
    room = Rebooking(snapshot)
    gone = _make_room(room, job, plan, bookings)
    if gone is None:
        return None
    hit = {bookings[booking_id][0] for booking_id in gone}
    chosen = [others[index] for index in sorted(hit)]
    positions = {
        others[index].hold_id: frozenset(
            placement.operation for key, (owner, placement) in bookings.items() if owner == index and key in gone)
        for index in hit
    }
    outcome = improve(room.changed(), [displaced(item, positions[item.hold_id]) for item in chosen], iterations=0)
    changes = undisplaced(snapshot, chosen, outcome.changes)
    final = tuple(room.with_setup((job.code, here.operation), here) for here in plan.placements)
    return RushAnswer(RushWay.BUMP, replace(plan, placements=final), changes, _slips(chosen, changes))


def _movable_bookings(others: Sequence[MovableJob]) -> dict[int, tuple[int, Placement]]:
    """Give the bookings that may move, by id: whose they are, and where they stand."""
    return {
        booking_id: (index, placement)
        for index, item in enumerate(others)
        for placement, booking_id in zip(item.planned.placements, item.booking_ids, strict=True)
        if placement.operation not in item.planned.fixed
    }


def _make_room(
    room: Rebooking, job: Job, plan: Plan, bookings: Mapping[int, tuple[int, Placement]]
) -> set[int] | None:
    """Take out what overlaps the rush order's runs, and neighbors whose setups they leave no time for.

    Returns
    -------
    set of int or None
        Ids of the bookings that are out; None when a run fits nowhere near.
    """
    gone: set[int] = set()

    def take_out(booking_id: int) -> None:
        room.remove(bookings[booking_id][1].unit_id, booking_id)
        gone.add(booking_id)

    for here in sorted(plan.placements, key=lambda placement: placement.start_minute):
        on_unit = {key: other for key, (_, other) in bookings.items()
                   if other.unit_id == here.unit_id
                   or (here.secondary_unit_id is not None and other.secondary_unit_id == here.secondary_unit_id)}
        for key, other in on_unit.items():
            if key not in gone and other.start_minute < here.end_minute and other.end_minute > here.start_minute:
                take_out(key)
        is_resumable = job.operations[here.operation].is_resumable
        while not room.put((job.code, here.operation), here, is_resumable=is_resumable,
                           floor_minute=job.release_minute):
            nearest = min(
                (key for key in on_unit if key not in gone),
                key=lambda key: max(on_unit[key].start_minute - here.end_minute,
                                    here.start_minute - on_unit[key].end_minute),
                default=None,
            )
            if nearest is None:
                return None
            take_out(nearest)
    return gone


def _slips(jobs: Sequence[MovableJob], changes: Sequence[JobChange]) -> tuple[Slip, ...]:
    deadlines = {item.hold_id: item.planned.job.deadline_minute for item in jobs}
    found = []
    for change in changes:
        promised = deadlines[change.hold_id]
        if promised is None:
            continue
        is_slipping = change.arrival_after_minute > max(promised, change.arrival_before_minute)
        if is_slipping or change.is_lost:
            found.append(Slip(change.hold_id, change.job_code, promised, change.arrival_after_minute, change.is_lost))
    return tuple(found)
