"""Rows of the sales desk: drafts of quotes, and what was decided about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.append_only import keep_append_only
from catalog.database import Base, UtcDateTime
from ordering.tables import ROW_ID

Json = Any
"""A JSON column holds what ``ordering.draft_codec`` put there: mappings and lists of plain values."""


class QuoteDraftRow(Base):
    """A quote as it is being typed. ``version`` counts its contents, for whoever edits it at the same time."""

    __tablename__ = "quote_draft"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'waiting', 'approved', 'sent', 'dropped')", name="state_is_known"),
        CheckConstraint("(based_on_number IS NULL) = (based_on_revision IS NULL)", name="base_is_whole"),
        Index("ix_quote_draft_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[Json] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(String(254), index=True)
    based_on_number: Mapped[str | None] = mapped_column(String(20), index=True)
    based_on_revision: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(254))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApprovalRow(Base):
    """A step of asking a second person about a draft: asked, approved or refused. Never changed."""

    __tablename__ = "approval"
    __table_args__ = (CheckConstraint("step IN ('asked', 'approved', 'refused')", name="step_is_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("quote_draft.id"), index=True)
    draft_version: Mapped[int] = mapped_column(Integer)
    step: Mapped[str] = mapped_column(String(10))
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500))
    discount_percent: Mapped[str] = mapped_column(String(80))
    """Exact, as a fraction: the largest discount of the draft when it was asked about."""
    margin_percent: Mapped[str | None] = mapped_column(String(80))
    """Exact, as a fraction, when it was asked about; None where no cost was known."""


keep_append_only(Base.metadata.tables["approval"])
