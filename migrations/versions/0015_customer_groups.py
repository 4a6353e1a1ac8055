"""Price groups applied, companies merged."""

from __future__ import annotations

revision = "0015_customer_groups"
down_revision = "0014_order_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
