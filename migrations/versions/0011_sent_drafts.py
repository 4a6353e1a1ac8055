"""Quotes sent from drafts: standings, discounts, free lines, terms, trios."""

from __future__ import annotations

revision = "0011_sent_drafts"
down_revision = "0010_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
