"""Rows of what-if plans: a described change of the live plan, and what planning it came to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base, UtcDateTime
from scheduling.tables import ROW_ID

Json = Any
"""A JSON column holds what ``scheduling.scenario_codec`` put there: mappings and lists of plain values."""


class ScenarioRow(Base):
    """A what-if: a list of changes beside the live plan. Nothing of the live plan is copied.

    ``outcome`` is empty until it is planned; ``planned_version`` is the version of the planning area it was planned
    on. ``proposal_id`` is the proposal that putting it forward made.
    """

    __tablename__ = "scenario"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'published', 'dropped')", name="state_is_known"),
        Index("ix_scenario_state", "state"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("planning_area.id"))
    title: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10))
    made_by: Mapped[str] = mapped_column(String(254))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    base_version: Mapped[int] = mapped_column(BigInteger)
    changes: Mapped[Json] = mapped_column(JSON)
    weights: Mapped[Json] = mapped_column(JSON)
    frozen_minutes: Mapped[int] = mapped_column(Integer)
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    planned_version: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[Json | None] = mapped_column(JSON)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
