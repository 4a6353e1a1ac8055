"""What shoppers looked for, gave up and stumbled over, without anything personal."""

from __future__ import annotations

revision = "0013_shop_usage"
down_revision = "0012_saved_configurations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
