"""The outbox: mails to customers, written in the transaction of what they tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base, UtcDateTime

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class MailRow(Base):
    """A mail. ``title``, ``text`` and ``html`` are empty until it is put in words."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state_is_known"),
        Index("ix_mail_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(20), index=True)
    """Number of the quote."""
    revision: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(10), default="")
    to_name: Mapped[str] = mapped_column(String(200))
    to_address: Mapped[str] = mapped_column(String(254))
    facts: Mapped[Any] = mapped_column(JSON)
    title: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    attachments: Mapped[Any] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    sendings: Mapped[int] = mapped_column(Integer, default=1)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
