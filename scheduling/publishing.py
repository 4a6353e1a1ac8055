"""Publishing a proposal: every move at once, or none.

A proposal is only put in force when everything it touches still stands as it did when it was worked out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from scheduling.calendar import first_minute_from
from scheduling.capacity import LONGEST_HORIZON_DAYS
from scheduling.codec import change_from_json, job_from_json
from scheduling.errors import ProposalNotFound, ProposalOutdated
from scheduling.event_checks import list_not_begun
from scheduling.event_runs import Place, correct_rows, fit_runs, read_run_rows
from scheduling.improve import CapacityPrice, JobChange, Terms
from scheduling.kpis import Kpi
from scheduling.placing import columns_of, put_targets, target_of
from scheduling.problem import Minute, Placement, Weights
from scheduling.publish_check import broken_rules
from scheduling.rebooking import Rebooking
from scheduling.scenario_codec import kpis_from_json, prices_from_json, terms_from_json, weights_from_json
from scheduling.store import LIVE_STATES, load_snapshot, lock_area, move_rows, next_version
from scheduling.tables import BookingMoveRow, BookingRow, HoldRow, PlanningAreaRow, ProposalRow, WorkUnitRow

Json = Any
"""A stored move: its shape is what ``scheduling.replanning`` put there."""

_MOST_RUNS_LOOKED_AT = 20
_UNFIT = {
    "material": "material that it waits for comes later now",
    "release": "an order may begin later only now",
    "deadline": "an order would break its promise now",
}


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
    weights: Weights | None = None
    """Prices it was found with; None, like all that follows, in proposals from before it was kept."""
    terms_before: Terms | None = None
    terms_after: Terms | None = None
    lower_bound_minor: int | None = None
    """Certified: no schedule of these jobs is better."""
    iterations: int | None = None
    frozen_minutes: int | None = None
    co2_grams: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """By hold id: before and after."""
    kpis_before: tuple[Kpi, ...] = ()
    kpis_after: tuple[Kpi, ...] = ()


def publish_proposal(
    session: Session, *, proposal_id: int, now: datetime, not_begun: Collection[tuple[int, int]] = (),
    may_break_promises: bool = False, runs: Mapping[Place, Placement] = MappingProxyType({}),
) -> Proposal:
    """Put a proposal in force, whole or not at all.

    Parameters
    ----------
    now
        Aware UTC; work that has begun by then does not move. What was to begin inside a downtime has not begun.
    not_begun
        Operations, as (hold, operation), of which an event says that they cannot have begun or cannot stay, whatever
        the plan says. What is pinned stays all the same.
    may_break_promises
        Whether who puts it in force was shown the promises that it breaks, as for a rush order.
    runs
        What really happened instead of what is booked, put in force with it, up to what stays in the way.

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
        places was taken, or is none for the job as it is now. ``detail["moved"]`` lists what differs: ``hold_id``,
        ``job``, ``operation`` and its ``operation_code``, ``why`` (canceled, moved, begun, pinned, taken, or the rule
        of the job: material, release, precedence, deadline, mode, secondary), and ``from`` and ``to`` as work unit and
        start minute: where it stood, and where it stands now or was to go; None where it stands nowhere.
    """
    area = lock_area(session)
    row = proposal_row(session, proposal_id)
    if row.state != "open":
        raise ProposalOutdated(f"This proposal is {row.state} already.", proposal_id=proposal_id, moved=[])
    changes = tuple(map(change_from_json, row.changes))
    standing = _live_bookings(session, changes)
    gone = _departed(session, changes, standing, minute=first_minute_from(now), not_begun=not_begun)
    if gone:
        raise _outdated(proposal_id, gone, "something it moves has changed since")
    # What an event forces follows what really happened, which is put in force with it.
    unfit = [] if not_begun else [item for item in _unfit(session, changes, standing, now=now)
                                  if not (may_break_promises and item["why"] == "deadline")]
    if unfit:
        raise _outdated(proposal_id, unfit, _UNFIT.get(unfit[0]["why"], "an order asks for something else now"))
    moves: dict[int, Json] = {move["booking_id"]: move for move in row.moves}
    bookings = {booking.id: booking for booking in standing.values() if booking.id in moves}
    _apply(session, area, row, bookings, moves, now=now, runs=runs)
    _update_holds(session, changes, proposal_value(row).co2_grams)
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
    session: Session, changes: Iterable[JobChange], standing: Mapping[tuple[int, int], BookingRow], *, minute: Minute,
    not_begun: Collection[tuple[int, int]],
) -> list[Json]:
    """List the operations that do not stand as the proposal found them: what, why, from where to where."""
    codes, waiting, gone = _unit_codes(session), list_not_begun(session, minute=minute), []
    for change in changes:
        for before in change.before:
            row = standing.get((change.hold_id, before.operation))
            is_excused = (change.hold_id, before.operation) in not_begun or (row is not None and row.id in waiting)
            since = row.setup_start_minute if row is not None and is_excused else minute
            why = _difference(before, row, minute=since, is_to_move=before.operation in change.moved)
            if why:
                now_at = None if row is None else [codes.get(row.unit_id, ""), row.start_minute]
                gone.append(_difference_entry(change, before.operation, row, why,
                                              [codes.get(before.unit_id, ""), before.start_minute], now_at))
    return gone


def _unfit(
    session: Session, changes: Iterable[JobChange], standing: Mapping[tuple[int, int], BookingRow], *, now: datetime
) -> list[Json]:
    """List the operations whose new places are none for their jobs as they are now."""
    snapshot, codes = load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS), _unit_codes(session)
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    moving = {change.hold_id: change for change in changes if change.moved}
    query = select(HoldRow.id, HoldRow.job).where(HoldRow.id.in_(moving)).order_by(HoldRow.id)
    found = []
    for hold_id, document in session.execute(query):
        change = moving[hold_id]
        for operation, why in broken_rules(job_from_json(document), change, units, snapshot.legs.leg).items():
            stood, goes = change.before[operation], change.after[operation]
            found.append(_difference_entry(change, operation, standing.get((hold_id, operation)), why,
                                           [codes.get(stood.unit_id, ""), stood.start_minute],
                                           [codes.get(goes.unit_id, ""), goes.start_minute]))
    return found


def _difference(before: Placement, row: BookingRow | None, *, minute: Minute, is_to_move: bool) -> str:
    """Say how a booking differs from what a proposal found; empty when it does not matter."""
    if row is None:
        return "canceled"
    if (row.unit_id, row.start_minute, row.end_minute) != (before.unit_id, before.start_minute, before.end_minute):
        return "moved"
    if is_to_move and row.is_pinned:
        return "pinned"
    return "begun" if is_to_move and row.setup_start_minute < minute else ""


def _difference_entry(
    change: JobChange, operation: int, row: BookingRow | None, why: str, stood: Json, stands: Json
) -> dict[str, Json]:
    return {
        "hold_id": change.hold_id,
        "job": change.job_code,
        "operation": operation,
        "operation_code": row.operation_code if row is not None else "",
        "why": why,
        "from": stood,
        "to": stands,
    }


def _taken_entry(booking: BookingRow, move: Json, codes: Mapping[int, str]) -> dict[str, Json]:
    return {
        "hold_id": booking.hold_id,
        "job": booking.hold.job_code,
        "operation": booking.operation,
        "operation_code": booking.operation_code,
        "why": "taken",
        "from": [codes.get(booking.unit_id, ""), booking.start_minute],
        "to": [codes.get(move["to"][0], ""), move["to"][1]],
    }


def _unit_codes(session: Session) -> dict[int, str]:
    return dict(iter(session.execute(select(WorkUnitRow.id, WorkUnitRow.code))))


def _apply(
    session: Session,
    area: PlanningAreaRow,
    row: ProposalRow,
    bookings: Mapping[int, BookingRow],
    moves: Mapping[int, Json],
    *,
    now: datetime,
    runs: Mapping[Place, Placement],
) -> None:
    rebooking = Rebooking(load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS))
    states = {booking_id: booking.state for booking_id, booking in bookings.items()}
    released: dict[int, dict[str, object]] = {booking_id: {"state": "released"} for booking_id in bookings}
    if runs:  # only when what moves has left is it known how far they reach
        move_rows(session, released, version=next_version(session, area))
    for booking in bookings.values():
        rebooking.remove(booking.unit_id, booking.id)
    run_rows, runs = read_run_rows(session, runs), fit_runs(session, runs)
    for place, run in runs.items():
        rebooking.force(run_rows[place].id, run_rows[place].unit_id, run)
    targets = {booking_id: target_of(bookings[booking_id], move) for booking_id, move in moves.items()}
    refused = put_targets(session, rebooking, bookings, targets, floor_minute=first_minute_from(now))
    codes = _unit_codes(session)
    taken = [_taken_entry(bookings[booking_id], moves[booking_id], codes) for booking_id in refused]
    if taken:
        raise _outdated(row.id, taken, "one of its new places was taken since")
    _log_moves(session, row, bookings, moves, now=now)
    version = next_version(session, area)
    # First everything that moves lets go, then what really happened is written and the neighbors' setups, then the
    # new places: the guards of the database never see two bookings in one place.
    move_rows(session, released, version=version)
    if runs:
        correct_rows(session, runs)
    settled = {*targets, *(item.id for item in run_rows.values())}
    setups = {int(str(key)): start for key, start in rebooking.setup_changes().items() if key not in settled}
    move_rows(session, {key: {"setup_start_minute": start} for key, start in setups.items()}, version=version)
    final = {booking_id: rebooking.with_setup(booking_id, target) for booking_id, target in targets.items()}
    move_rows(session, {key: columns_of(target, states[key]) for key, target in final.items()}, version=version)


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


def _update_holds(
    session: Session, changes: Iterable[JobChange], co2_grams: Mapping[int, tuple[int, int]]
) -> None:
    for change in changes:
        hold = session.get(HoldRow, change.hold_id)
        if hold is not None and change.moved:
            hold.arrival_minute = change.arrival_after_minute
            hold.cost_minor += change.cost_after_minor - change.cost_before_minor
            grams_before, grams_after = co2_grams.get(change.hold_id, (0, 0))
            hold.co2_grams += grams_after - grams_before


def list_moved_grams(session: Session) -> dict[int, int]:
    """Give, by hold id, by how many grams of CO2 published proposals changed what its plan emits."""
    moved: dict[int, int] = {}
    query = select(ProposalRow.changes, ProposalRow.co2_grams).where(ProposalRow.state == "published")
    for changes, grams in session.execute(query):
        for change in map(change_from_json, changes):
            before, after = (grams or {}).get(str(change.hold_id), (0, 0))
            if change.moved and after != before:
                moved[change.hold_id] = moved.get(change.hold_id, 0) + after - before
    return moved


def _outdated(proposal_id: int, moved: Sequence[Json], why: str) -> ProposalOutdated:
    return ProposalOutdated(
        f"The proposal no longer fits: {why}. Make a new one.", proposal_id=proposal_id, moved=list(moved)
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
        weights=weights_from_json(row.weights) if row.weights else None,
        terms_before=terms_from_json(row.terms["before"]) if row.terms else None,
        terms_after=terms_from_json(row.terms["after"]) if row.terms else None,
        lower_bound_minor=row.lower_bound_minor,
        iterations=row.iterations,
        frozen_minutes=row.frozen_minutes,
        co2_grams={int(hold_id): (before, after) for hold_id, (before, after) in (row.co2_grams or {}).items()},
        kpis_before=kpis_from_json(row.kpis["before"]) if row.kpis else (),
        kpis_after=kpis_from_json(row.kpis["after"]) if row.kpis else (),
    )


@dataclass(frozen=True, slots=True)
class PricedCapacity:
    """What more capacity would have been worth to a planning run, in theory; ``proposal_id`` is what it came to."""

    proposal_id: int
    proposed_at: datetime
    prices: tuple[CapacityPrice, ...]


def find_capacity_prices(session: Session, *, proposal_id: int | None = None) -> PricedCapacity | None:
    """Give the prices of capacity that a planning run worked out.

    Parameters
    ----------
    proposal_id
        Of this proposal; None for the newest that has any.

    Returns
    -------
    PricedCapacity or None
        None when no run has worked any out, or the one that is named has not; without prices when time is scarce
        nowhere.
    """
    query = select(ProposalRow).where(ProposalRow.prices.is_not(None)).order_by(ProposalRow.id.desc())
    if proposal_id is not None:
        query = query.where(ProposalRow.id == proposal_id)
    for row in session.scalars(query.limit(_MOST_RUNS_LOOKED_AT).options(undefer(ProposalRow.prices))):
        if row.prices is not None:
            return PricedCapacity(row.id, row.proposed_at, prices_from_json(row.prices))
    return None
