"""Rows of what happens in the plants. They only grow; the database itself refuses any change of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.append_only import keep_append_only
from catalog.database import Base, UtcDateTime
from scheduling.tables import ROW_ID

Json = Any
"""A JSON column holds what ``scheduling.event_store`` put there: mappings and lists of plain values."""


class ScheduleEventRow(Base):
    """Something that happened to a plan: who says so, when, why, which things it names.

    ``report_hash`` makes the same report one row. ``applied_proposal_id`` is what was put in force at once,
    ``proposal_id`` the repair that waits for a person.
    """

    __tablename__ = "schedule_event"
    __table_args__ = (
        CheckConstraint("until_minute IS NULL OR until_minute > from_minute", name="until_is_after_from"),
        Index("ix_schedule_event_kind", "kind"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("planning_area.id"))
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(254))
    cause: Mapped[str] = mapped_column(String(200))
    from_minute: Mapped[int | None] = mapped_column(Integer)
    until_minute: Mapped[int | None] = mapped_column(Integer)
    named: Mapped[Json] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(BigInteger)
    report_hash: Mapped[str] = mapped_column(String(64), unique=True)
    applied_proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"), index=True)
    risks: Mapped[Json] = mapped_column(JSON)
    milliseconds: Mapped[int] = mapped_column(Integer)

    hits: Mapped[list[ScheduleEventHitRow]] = relationship(order_by="ScheduleEventHitRow.id")


class ScheduleEventHitRow(Base):
    """An operation that an event names, and where it stood."""

    __tablename__ = "schedule_event_hit"
    __table_args__ = (Index("ix_schedule_event_hit_hold", "hold_id", "operation"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("schedule_event.id"), index=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id"))
    operation: Mapped[int] = mapped_column(Integer)
    unit_id: Mapped[int] = mapped_column(ForeignKey("work_unit.id"))
    start_minute: Mapped[int] = mapped_column(Integer)
    end_minute: Mapped[int] = mapped_column(Integer)
    effect: Mapped[str] = mapped_column(String(10))


for _name in ("schedule_event", "schedule_event_hit"):
    keep_append_only(Base.metadata.tables[_name])
