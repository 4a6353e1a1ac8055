"""Publishing a proposal: every move at once, or none.

A proposal is only put in force when everything it touches still stands as it did when it was worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.calendar import first_minute_from
from scheduling.capacity import LONGEST_HORIZON_DAYS
from scheduling.codec import change_from_json, job_from_json
from scheduling.errors import ProposalNotFound, ProposalOutdated
from scheduling.improve import JobChange
from scheduling.problem import Minute, Placement
from scheduling.rebooking import Rebooking
from scheduling.store import LIVE_STATES, load_snapshot, lock_area, move_rows, next_version
from scheduling.tables import BookingMoveRow, BookingRow, HoldRow, PlanningAreaRow, ProposalRow

Json = Any
"""A stored move: its shape is what ``scheduling.replanning`` put there."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stored better schedule; ``changes`` lists the jobs it touches, ``state`` is open, published or withdrawn."""

    id: int
    kind: str
    state: str
    base_version: int
    proposed_at: datetime
    published_at: datetime | None
    changes: tuple[JobChange, ...]
    objective_before_minor: int
    objective_after_minor: int


def publish_proposal(session: Session, *, proposal_id: int, now: datetime) -> Proposal:
    """Put a proposal in force, whole or not at all.

    Parameters
    ----------
    now
        Aware UTC; work that has begun by then does not move.

    Returns
    -------
    Proposal
        Published, with what changed for each job, so that customers can be told.

    Raises
    ------
    ProposalNotFound
        No such proposal.
    ProposalOutdated
        It is closed, or something it moves has moved, begun, been pinned or canceled, or one of its new
        places was taken; ``detail["moved"]`` names the operations.
    """
    area = lock_area(session)
    row = proposal_row(session, proposal_id)
    if row.state != "open":
        raise ProposalOutdated(f"This proposal is {row.state} already.", proposal_id=proposal_id, moved=[])
    changes = tuple(map(change_from_json, row.changes))
    standing = _live_bookings(session, changes)
    gone = _departed(changes, standing, minute=first_minute_from(now))
    if gone:
        raise _outdated(proposal_id, gone, "something it moves has changed since")
    moves: dict[int, Json] = {move["booking_id"]: move for move in row.moves}
    bookings = {booking.id: booking for booking in standing.values() if booking.id in moves}
    _apply(session, area, row, bookings, moves, now=now)
    _update_holds(session, changes)
    row.state, row.published_at = "published", now
    session.flush()
    return proposal_value(row)


def _live_bookings(session: Session, changes: Iterable[JobChange]) -> dict[tuple[int, int], BookingRow]:
    """Give the live bookings of the jobs a proposal touches, by hold and operation."""
    query = select(BookingRow).where(
        BookingRow.hold_id.in_([change.hold_id for change in changes]), BookingRow.state.in_(LIVE_STATES)
    )
    rows = session.scalars(query.execution_options(populate_existing=True))
    return {(row.hold_id, row.operation): row for row in rows}


def _departed(
    changes: Iterable[JobChange], standing: Mapping[tuple[int, int], BookingRow], *, minute: Minute
) -> list[tuple[int, int]]:
    """List the operations, as (hold, operation), that do not stand as the proposal found them."""
    gone = []
    for change in changes:
        for before in change.before:
            row = standing.get((change.hold_id, before.operation))
            is_same = row is not None and (row.unit_id, row.start_minute, row.end_minute) == (
                before.unit_id,
                before.start_minute,
                before.end_minute,
            )
            is_free = row is not None and not row.is_pinned and row.setup_start_minute >= minute
            if not is_same or (before.operation in change.moved and not is_free):
                gone.append((change.hold_id, before.operation))
    return gone


def _apply(
    session: Session,
    area: PlanningAreaRow,
    row: ProposalRow,
    bookings: Mapping[int, BookingRow],
    moves: Mapping[int, Json],
    *,
    now: datetime,
) -> None:
    rebooking = Rebooking(load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS))
    for booking in bookings.values():
        rebooking.remove(booking.unit_id, booking.id)
    targets = {booking_id: _target(bookings[booking_id], move) for booking_id, move in moves.items()}
    jobs = {
        hold.id: job_from_json(hold.job)
        for hold in session.scalars(select(HoldRow).where(HoldRow.id.in_({b.hold_id for b in bookings.values()})))
    }
    taken = []
    for booking_id, target in sorted(targets.items(), key=lambda item: (item[1].start_minute, item[0])):
        operation = jobs[bookings[booking_id].hold_id].operations[target.operation]
        if not rebooking.put(
            booking_id, target, is_resumable=operation.is_resumable, floor_minute=first_minute_from(now)
        ):
            taken.append((bookings[booking_id].hold_id, target.operation))
    if taken:
        raise _outdated(row.id, taken, "one of its new places was taken since")
    version = next_version(session, area)
    states = {booking_id: booking.state for booking_id, booking in bookings.items()}
    _log_moves(session, row, bookings, moves, now=now)
    # First everything that moves lets go, then the neighbors' setups, then the new places: the guards of
    # the database never see two bookings in one place.
    move_rows(session, {booking_id: {"state": "released"} for booking_id in bookings}, version=version)
    setups = {int(str(key)): start for key, start in rebooking.setup_changes().items() if key not in targets}
    move_rows(session, {key: {"setup_start_minute": start} for key, start in setups.items()}, version=version)
    final = {booking_id: rebooking.with_setup(booking_id, target) for booking_id, target in targets.items()}
    move_rows(session, {key: _columns(target, states[key]) for key, target in final.items()}, version=version)


def _target(booking: BookingRow, move: Json) -> Placement:
    unit_id, start, end, work_minutes = move["to"]
    return Placement(booking.operation, unit_id, start, start, end, work_minutes, booking.setup_family)


def _columns(target: Placement, state: str) -> dict[str, object]:
    return {
        "unit_id": target.unit_id,
        "setup_start_minute": target.setup_start_minute,
        "start_minute": target.start_minute,
        "end_minute": target.end_minute,
        "work_minutes": target.work_minutes,
        "state": state,
    }


def _log_moves(
    session: Session,
    row: ProposalRow,
    bookings: Mapping[int, BookingRow],
    moves: Mapping[int, Json],
    *,
    now: datetime,
) -> None:
    for booking_id, booking in sorted(bookings.items()):
        session.add(
            BookingMoveRow(
                booking_id=booking_id,
                proposal_id=row.id,
                moved_at=now,
                was_pinned=booking.is_pinned,
                from_unit_id=booking.unit_id,
                from_setup_start_minute=booking.setup_start_minute,
                from_start_minute=booking.start_minute,
                to_unit_id=moves[booking_id]["to"][0],
                to_start_minute=moves[booking_id]["to"][1],
            )
        )


def _update_holds(session: Session, changes: Iterable[JobChange]) -> None:
    for change in changes:
        hold = session.get(HoldRow, change.hold_id)
        if hold is not None and change.moved:
            hold.arrival_minute = change.arrival_after_minute
            hold.cost_minor += change.cost_after_minor - change.cost_before_minor


def _outdated(proposal_id: int, operations: Iterable[tuple[int, int]], why: str) -> ProposalOutdated:
    return ProposalOutdated(
        f"The proposal no longer fits: {why}. Make a new one.",
        proposal_id=proposal_id,
        moved=[{"hold_id": hold_id, "operation": operation} for hold_id, operation in operations],
    )


def proposal_row(session: Session, proposal_id: int) -> ProposalRow:
    """Give a proposal's row; raise ProposalNotFound when there is none."""
    is_storable = 0 < proposal_id < 2**63
    row = session.get(ProposalRow, proposal_id, populate_existing=True) if is_storable else None
    if row is None:
        raise ProposalNotFound("There is no such proposal.", proposal_id=proposal_id)
    return row


def proposal_value(row: ProposalRow) -> Proposal:
    """Give a proposal row as a value."""
    return Proposal(
        id=row.id,
        kind=row.kind,
        state=row.state,
        base_version=row.base_version,
        proposed_at=row.proposed_at,
        published_at=row.published_at,
        changes=tuple(change_from_json(change) for change in row.changes),
        objective_before_minor=row.objective_before_minor,
        objective_after_minor=row.objective_after_minor,
    )
