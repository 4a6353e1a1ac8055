"""Bookings and schedules as plain values. Imports neither SQLAlchemy nor OR-Tools nor the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduling.problem import Job, Minute, Placement


class BookingState(StrEnum):
    """Life of a booking; ``held`` and ``booked`` ones occupy their unit."""

    HELD = "held"
    BOOKED = "booked"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Booking:
    """An operation on a work unit: set-up from ``setup_start``, run in [start, end)."""

    id: int
    hold_id: int
    job: str
    operation: int
    operation_code: str
    unit_id: int
    unit: str
    work_center: str
    site: str
    setup_start_minute: Minute
    start_minute: Minute
    end_minute: Minute
    work_minutes: int
    setup_family: str
    state: BookingState
    is_pinned: bool
    secondary_unit_id: int | None = None
    """The secondary unit it uses in [start, end); None when it needs none."""

    @property
    def placement(self) -> Placement:
        """The booking as a placement of its job's operation."""
        return Placement(
            operation=self.operation,
            unit_id=self.unit_id,
            setup_start_minute=self.setup_start_minute,
            start_minute=self.start_minute,
            end_minute=self.end_minute,
            work_minutes=self.work_minutes,
            setup_family=self.setup_family,
            secondary_unit_id=self.secondary_unit_id,
        )


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job with the placement of each of its operations, in the job's order.

    ``fixed`` are positions of operations that must stay: started, pinned, or inside the frozen horizon.
    """

    job: Job
    placements: tuple[Placement, ...]
    fixed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MovableJob:
    """A booked job that may be planned anew.

    ``booking_ids`` and ``placements`` follow the job's operations. Nothing that moves begins before
    ``floor_minute`` (frozen horizon, end of a hold).
    """

    hold_id: int
    planned: PlannedJob
    booking_ids: tuple[int, ...]
    floor_minute: Minute


@dataclass(frozen=True, slots=True)
class WorkUnitEntry:
    """A work unit as the planning area knows it; ``is_active`` is False when it left the network.

    ``further_capabilities`` are those beside ``capability``. A secondary unit is a tool or a person with a skill;
    ``capability`` is then what operations ask for beside their own.
    """

    id: int
    code: str
    work_center: str
    site: str
    company: str
    capability: str
    setup_minutes: int
    is_active: bool
    further_capabilities: tuple[str, ...] = ()
    is_secondary: bool = False

    def can(self, capability: str) -> bool:
        """Tell whether the unit has a capability."""
        return capability == self.capability or capability in self.further_capabilities


class HoldState(StrEnum):
    """Life of a capacity hold; ``held`` and ``confirmed`` ones occupy capacity."""

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Hold:
    """Capacity kept for a job until ``expires_at``, or for good once confirmed.

    ``bookings`` follow the job's operations.
    """

    id: int
    job: Job
    state: HoldState
    expires_at: datetime
    arrival_minute: Minute
    cost_minor: int
    co2_grams: int
    bookings: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class CenterLoad:
    """Minutes of a work center on a plant-local day: offered to the pool, and booked of them."""

    work_center: str
    site: str
    day: date
    offered_minutes: int
    booked_minutes: int
