"""Configurations kept by shoppers, and their accounts."""

from __future__ import annotations

revision = "0012_saved_configurations"
down_revision = "0011_sent_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
