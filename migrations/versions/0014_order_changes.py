"""Changes that customers make to their orders, and the work orders that they replace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_order_changes"
down_revision = "0013_shop_usage"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "order_change",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("order_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.String(length=120), nullable=False),
        sa.Column("from_quote_id", ROW_ID, nullable=False),
        sa.Column("to_quote_id", ROW_ID, nullable=False),
        sa.Column("promised_before", sa.Date(), nullable=False),
        sa.Column("promised_after", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"],
                                name=op.f("fk_order_change_order_id_customer_order")),
        sa.ForeignKeyConstraint(["from_quote_id"], ["quote.id"], name=op.f("fk_order_change_from_quote_id_quote")),
        sa.ForeignKeyConstraint(["to_quote_id"], ["quote.id"], name=op.f("fk_order_change_to_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_change_order_id_number")),
        sa.UniqueConstraint("from_quote_id", name=op.f("uq_order_change_from_quote_id")),
        sa.UniqueConstraint("to_quote_id", name=op.f("uq_order_change_to_quote_id")),
    )
    op.add_column("work_order", sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
