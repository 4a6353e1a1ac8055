"""Rows of the configurator: frozen configurations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.database import Base, UtcDateTime


class ConfigurationRow(Base):
    """A whole configuration as it was quoted; never changed after it is written.

    ``selection`` and ``choices`` are JSON objects of attribute code to ``{"option": code}``,
    ``{"number": "exact fraction"}`` or ``{"text": wording}``: the whole configuration, and the customer's own part.
    """

    __tablename__ = "configuration"
    __table_args__ = (
        CheckConstraint("length(revision_hash) = 64", name="revision_hash_is_sha256"),
        CheckConstraint("length(content_hash) = 64", name="content_hash_is_sha256"),
        Index(None, "product_code", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    product_code: Mapped[str] = mapped_column(String(100))
    content_hash: Mapped[str] = mapped_column(String(64))
    selection: Mapped[str] = mapped_column(Text)
    choices: Mapped[str] = mapped_column(Text)
    revision_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
