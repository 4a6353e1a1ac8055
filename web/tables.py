"""Rows of the edge: accounts, saved views, background jobs and counts of clicks. All else belongs to the domain."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base, UtcDateTime

Json = Any
"""A JSON column holds mappings and lists of plain values."""

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


FIRST_EPOCHS = 900_000_000
"""Epochs start below this: nine digits leave room to grow for ever."""


def draw_epoch() -> int:
    """Draw where the epochs of a new account start: no cookie of an account that is gone fits it."""
    return secrets.randbelow(FIRST_EPOCHS)


class UserRow(Base):
    """A person who signs in. ``session_epoch`` grows whenever every session of the account must end."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint(
            "role IN ('consumer', 'sales', 'planner', 'catalog', 'partner', 'owner')", name="role_is_known"
        ),
        {"sqlite_autoincrement": True},  # cookies and kept designs know accounts by number: none is given out twice
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    login: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(10))
    company: Mapped[str | None] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(300))
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(Integer, default=draw_epoch)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a shopper showed that the login is an e-mail address of theirs; None before, and for staff."""


class SavedViewRow(Base):
    """A filtered list that a person keeps under a name: the address arguments, which are read strictly again."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("user_id", "list_name", "title"),
        UniqueConstraint("user_id", "key"),
        CheckConstraint("list_name IN ('quotes', 'orders')", name="list_name_is_known"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    list_name: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(1000))
    is_default: Mapped[bool] = mapped_column(default=False)
    key: Mapped[str] = mapped_column(String(64))
    """Of the page that saved it: the same page sent twice saves once."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JobRow(Base):
    """A piece of background work: the truth about it, whatever the broker knows.

    ``fencing_token`` grows with every claim; only the holder of the newest may write the outcome.
    """

    __tablename__ = "background_job"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state_is_known"),
        Index("ix_background_job_state_run_after_at", "state", "run_after_at"),
        Index("ix_background_job_kind_state", "kind", "state"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(255))
    payload: Mapped[Json] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    fencing_token: Mapped[int] = mapped_column(Integer, default=0)
    run_after_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress: Mapped[Json | None] = mapped_column(JSON)
    result: Mapped[Json | None] = mapped_column(JSON)
    error: Mapped[str | None] = mapped_column(Text)
    is_stop_requested: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ShopUsageRow(Base):
    """How often shoppers did something on a day; never who, from where, or what they typed."""

    __tablename__ = "shop_usage"
    __table_args__ = (CheckConstraint("count > 0", name="count_is_positive"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    product_code: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject: Mapped[str] = mapped_column(String(120), primary_key=True)
    option_code: Mapped[str] = mapped_column(String(120), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
