"""Stored moves put on scratch timelines, and written into bookings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.codec import job_from_json
from scheduling.problem import Minute, Placement
from scheduling.rebooking import Rebooking
from scheduling.tables import BookingRow, HoldRow

Json = Any
"""A stored move: its shape is what ``scheduling.replanning`` put there."""


def target_of(booking: BookingRow, move: Json) -> Placement:
    """Give the new place of a stored move."""
    unit_id, start, end, work_minutes, *secondary = move["to"]
    return Placement(booking.operation, unit_id, start, start, end, work_minutes, booking.setup_family,
                     secondary_unit_id=secondary[0] if secondary else None)


def columns_of(target: Placement, state: str) -> dict[str, object]:
    """Give the columns of a booking that stands at a new place again."""
    return {
        "unit_id": target.unit_id,
        "secondary_unit_id": target.secondary_unit_id,
        "setup_start_minute": target.setup_start_minute,
        "start_minute": target.start_minute,
        "end_minute": target.end_minute,
        "work_minutes": target.work_minutes,
        "state": state,
    }


def put_targets(
    session: Session, rebooking: Rebooking, bookings: Mapping[int, BookingRow], targets: Mapping[int, Placement], *,
    floor_minute: Minute,
) -> list[int]:
    """Put bookings at their new places on scratch timelines, in time order; give the ids of those that do not fit."""
    holds = select(HoldRow).where(HoldRow.id.in_({booking.hold_id for booking in bookings.values()}))
    jobs = {hold.id: job_from_json(hold.job) for hold in session.scalars(holds)}
    return [
        booking_id for booking_id, target in sorted(targets.items(), key=lambda item: (item[1].start_minute, item[0]))
        if not rebooking.put(
            booking_id, target, floor_minute=floor_minute,
            is_resumable=jobs[bookings[booking_id].hold_id].operations[target.operation].is_resumable)
    ]
