"""Rows of configurations that shoppers keep: named designs, the last state of each product, links to go on elsewhere.

``owner`` names whose they are, see :mod:`ordering.saved`; a browser's secret key is known by its hash only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base, UtcDateTime

Json = Any
"""A JSON column holds mappings of plain values."""

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class ChoiceColumns:
    """What was chosen of which product, under which version, and how it was looked at."""

    owner: Mapped[str] = mapped_column(String(80))
    product_code: Mapped[str] = mapped_column(String(80))
    content_hash: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    choices: Mapped[Json] = mapped_column(JSON)
    destination: Mapped[str] = mapped_column(String(40))
    alternative: Mapped[str] = mapped_column(String(10))
    pieces: Mapped[int] = mapped_column(Integer)


class SavedDesignRow(ChoiceColumns, Base):
    """A configuration kept under a name. ``key`` is of the page that kept it: sent twice, it keeps once."""

    __tablename__ = "saved_design"
    __table_args__ = (UniqueConstraint("owner", "name"), UniqueConstraint("owner", "key"))

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LastChoiceRow(ChoiceColumns, Base):
    """Where an owner stopped with a product."""

    __tablename__ = "last_choice"
    __table_args__ = (UniqueConstraint("owner", "product_code"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ResumeLinkRow(ChoiceColumns, Base):
    """A secret link to one configuration, for going on with it on another device."""

    __tablename__ = "resume_link"
    __table_args__ = (UniqueConstraint("owner", "key"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    link_seed: Mapped[str] = mapped_column(String(43))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
