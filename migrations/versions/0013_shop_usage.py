"""What shoppers looked for, gave up and stumbled over, without anything personal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_shop_usage"
down_revision = "0012_saved_configurations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shop_usage",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("product_code", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("option_code", sa.String(length=120), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_shop_usage_count_is_positive")),
        sa.PrimaryKeyConstraint("day", "product_code", "version", "kind", "subject", "option_code",
                                name=op.f("pk_shop_usage")),
    )
