"""Who accepted, why a quote was declined, and the messages about an order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_buying"
down_revision = "0005_schedule_event"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    "ALTER TABLE quote ADD COLUMN decline_reason VARCHAR(16) DEFAULT '' NOT NULL",
    "ALTER TABLE quote ADD COLUMN decline_words VARCHAR(300) DEFAULT '' NOT NULL",
    "ALTER TABLE customer_order ADD COLUMN accepted_by VARCHAR(120) DEFAULT '' NOT NULL",
)


def upgrade() -> None:
    for statement in COLUMNS:
        op.get_bind().exec_driver_sql(statement)
    op.create_table(
        "order_message",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("order_id", ROW_ID, nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side IN ('customer', 'sales')", name=op.f("ck_order_message_side_is_known")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"],
                                name=op.f("fk_order_message_order_id_customer_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_message")),
    )
    op.create_index(op.f("ix_order_message_order_id"), "order_message", ["order_id"], unique=False)
