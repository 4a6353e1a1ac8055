"""Changes that customers make to their orders."""

from __future__ import annotations

revision = "0014_order_changes"
down_revision = "0013_shop_usage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
