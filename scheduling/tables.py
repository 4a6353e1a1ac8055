"""Rows of scheduling, and the guards by which the database itself refuses a double booking."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base, UtcDateTime

Json = Any
"""A JSON column holds what ``scheduling.codec`` put there: mappings and lists of plain values."""

ROW_ID = BigInteger().with_variant(Integer, "sqlite")
LIVE = "state IN ('held', 'booked')"

POSTGRESQL_GUARDS = (
    "ALTER TABLE booking ADD CONSTRAINT ex_booking_unit_time EXCLUDE USING gist ("
    "int4range(unit_id, unit_id, '[]') WITH &&, "
    "int4range(setup_start_minute, end_minute) WITH &&) "
    f"WHERE ({LIVE})",
    "ALTER TABLE booking ADD CONSTRAINT ex_booking_secondary_unit_time EXCLUDE USING gist ("
    "int4range(secondary_unit_id, secondary_unit_id, '[]') WITH &&, "
    "int4range(start_minute, end_minute) WITH &&) "
    f"WHERE ({LIVE} AND secondary_unit_id IS NOT NULL)",
)

_OVERLAP_EXISTS = (
    "EXISTS (SELECT 1 FROM booking AS other WHERE other.unit_id = NEW.unit_id AND other.id <> NEW.id "
    "AND other.state IN ('held', 'booked') AND other.setup_start_minute < NEW.end_minute "
    "AND other.end_minute > NEW.setup_start_minute)"
)
_SECONDARY_OVERLAP_EXISTS = (
    "EXISTS (SELECT 1 FROM booking AS other WHERE other.secondary_unit_id = NEW.secondary_unit_id "
    "AND other.id <> NEW.id AND other.state IN ('held', 'booked') AND other.start_minute < NEW.end_minute "
    "AND other.end_minute > NEW.start_minute)"
)
SQLITE_GUARDS = (
    "CREATE TRIGGER booking_overlap_on_insert AFTER INSERT ON booking "
    f"WHEN NEW.state IN ('held', 'booked') AND {_OVERLAP_EXISTS} "
    "BEGIN SELECT RAISE(ABORT, 'booking overlaps another one on its work unit'); END",
    "CREATE TRIGGER booking_overlap_on_update "
    "AFTER UPDATE OF unit_id, setup_start_minute, end_minute, state ON booking "
    f"WHEN NEW.state IN ('held', 'booked') AND {_OVERLAP_EXISTS} "
    "BEGIN SELECT RAISE(ABORT, 'booking overlaps another one on its work unit'); END",
    "CREATE TRIGGER booking_secondary_overlap_on_insert AFTER INSERT ON booking "
    f"WHEN NEW.secondary_unit_id IS NOT NULL AND NEW.state IN ('held', 'booked') AND {_SECONDARY_OVERLAP_EXISTS} "
    "BEGIN SELECT RAISE(ABORT, 'booking overlaps another one on its secondary unit'); END",
    "CREATE TRIGGER booking_secondary_overlap_on_update "
    "AFTER UPDATE OF secondary_unit_id, start_minute, end_minute, state ON booking "
    f"WHEN NEW.secondary_unit_id IS NOT NULL AND NEW.state IN ('held', 'booked') AND {_SECONDARY_OVERLAP_EXISTS} "
    "BEGIN SELECT RAISE(ABORT, 'booking overlaps another one on its secondary unit'); END",
)
"""The triggers run after the row is written, when its id is known, and undo the statement."""


class PlanningAreaRow(Base):
    """The one writer's lock and the version that every change of bookings raises.

    ``network_version`` is the version at which plants, calendars or downtimes changed last; ``network_hash`` is the
    SHA-256 of the network's terms, by which a process finds the network that it has read before.
    """

    __tablename__ = "planning_area"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    network_version: Mapped[int] = mapped_column(BigInteger, default=0)
    network: Mapped[Json] = mapped_column(JSON, deferred=True)
    network_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkUnitRow(Base):
    """One machine or bench; a unit that left the network stays as an inactive row.

    A secondary unit is a tool or a person with a skill: bookings of other units use it. ``setup_matrix`` lists
    [family before, family after, minutes] where a change takes other than ``setup_minutes``.
    """

    __tablename__ = "work_unit"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("planning_area.id"))
    code: Mapped[str] = mapped_column(String(80), unique=True)
    work_center: Mapped[str] = mapped_column(String(80), index=True)
    site: Mapped[str] = mapped_column(String(40))
    company: Mapped[str] = mapped_column(String(40))
    capability: Mapped[str] = mapped_column(String(80), index=True)
    further_capabilities: Mapped[Json] = mapped_column(JSON, default=list)
    setup_minutes: Mapped[int] = mapped_column(Integer)
    setup_matrix: Mapped[Json] = mapped_column(JSON, default=list)
    is_secondary: Mapped[bool] = mapped_column(Boolean, default=False)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)


class DowntimeRow(Base):
    """A time in which a work unit cannot work; it is cut out of the unit's windows."""

    __tablename__ = "downtime"
    __table_args__ = (CheckConstraint("until_minute > from_minute", name="until_is_after_from"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("work_unit.id"), index=True)
    from_minute: Mapped[int] = mapped_column(Integer)
    until_minute: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(200), default="")
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_in_version: Mapped[int] = mapped_column(BigInteger)


class HoldRow(Base):
    """A job with capacity: held for a quote, confirmed by an order, or given back."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'confirmed', 'released', 'expired')", name="state_is_known"),
        Index("ix_hold_state_expires_at", "state", "expires_at"),
        Index(
            "uq_hold_live_job_code",
            "job_code",
            unique=True,
            sqlite_where=text("state IN ('held', 'confirmed')"),
            postgresql_where=text("state IN ('held', 'confirmed')"),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("planning_area.id"))
    job_code: Mapped[str] = mapped_column(String(80))
    job: Mapped[Json] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cost_minor: Mapped[int] = mapped_column(BigInteger)
    co2_grams: Mapped[int] = mapped_column(BigInteger)
    arrival_minute: Mapped[int] = mapped_column(Integer)

    bookings: Mapped[list[BookingRow]] = relationship(
        order_by="BookingRow.operation", back_populates="hold"
    )


class BookingRow(Base):
    """An operation of a held or confirmed job on a work unit, in UTC minutes since 1970.

    It uses its secondary unit, if it needs one, in [start, end).
    """

    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("hold_id", "operation"),
        CheckConstraint("state IN ('held', 'booked', 'released')", name="state_is_known"),
        CheckConstraint(
            "setup_start_minute <= start_minute AND start_minute < end_minute", name="times_ascend"
        ),
        CheckConstraint(
            "work_minutes > 0 AND work_minutes <= end_minute - start_minute", name="work_fits_run"
        ),
        Index("ix_booking_unit_end", "unit_id", "end_minute"),
        Index("ix_booking_secondary_unit_end", "secondary_unit_id", "end_minute"),
        Index("ix_booking_changed", "changed_in_version"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("work_unit.id"))
    secondary_unit_id: Mapped[int | None] = mapped_column(ForeignKey("work_unit.id"))
    operation: Mapped[int] = mapped_column(Integer)
    operation_code: Mapped[str] = mapped_column(String(80))
    setup_start_minute: Mapped[int] = mapped_column(Integer)
    start_minute: Mapped[int] = mapped_column(Integer)
    end_minute: Mapped[int] = mapped_column(Integer)
    work_minutes: Mapped[int] = mapped_column(Integer)
    setup_family: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    is_pinned: Mapped[bool] = mapped_column(Boolean, default=False)
    changed_in_version: Mapped[int] = mapped_column(BigInteger)

    hold: Mapped[HoldRow] = relationship(back_populates="bookings")
    unit: Mapped[WorkUnitRow] = relationship(foreign_keys=[unit_id])


class BookingMoveRow(Base):
    """A booking that a published proposal moved: from where, to where. Never changed."""

    __tablename__ = "booking_move"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    was_pinned: Mapped[bool] = mapped_column(Boolean)
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("work_unit.id"))
    from_setup_start_minute: Mapped[int] = mapped_column(Integer)
    from_start_minute: Mapped[int] = mapped_column(Integer)
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("work_unit.id"))
    to_start_minute: Mapped[int] = mapped_column(Integer)


class ProposalRow(Base):
    """A better schedule, worked out but not yet in force: the moves it asks for and what each job gains.

    What it was found with is None in proposals from before it was kept: ``weights``, the ``terms`` of the objective
    before and after, the certified bound, the prices of capacity, and each job's CO2 and all KPIs before and after.
    """

    __tablename__ = "proposal"
    __table_args__ = (CheckConstraint("state IN ('open', 'published', 'withdrawn')", name="state_is_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("planning_area.id"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    base_version: Mapped[int] = mapped_column(BigInteger)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moves: Mapped[Json] = mapped_column(JSON)
    changes: Mapped[Json] = mapped_column(JSON)
    objective_before_minor: Mapped[int] = mapped_column(BigInteger)
    objective_after_minor: Mapped[int] = mapped_column(BigInteger)
    weights: Mapped[Json | None] = mapped_column(JSON)
    terms: Mapped[Json | None] = mapped_column(JSON)
    lower_bound_minor: Mapped[int | None] = mapped_column(BigInteger)
    prices: Mapped[Json | None] = mapped_column(JSON, deferred=True)
    iterations: Mapped[int | None] = mapped_column(BigInteger)
    frozen_minutes: Mapped[int | None] = mapped_column(Integer)
    co2_grams: Mapped[Json | None] = mapped_column(JSON)
    kpis: Mapped[Json | None] = mapped_column(JSON)


for _dialect, _statements in (("postgresql", POSTGRESQL_GUARDS), ("sqlite", SQLITE_GUARDS)):
    for _statement in _statements:
        _guard = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(BookingRow.__table__, "after_create", _guard)
