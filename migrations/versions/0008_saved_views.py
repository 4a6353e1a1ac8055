"""Views of the sales desk's lists that people save, and the orders in which long lists are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_saved_views"
down_revision = "0007_customers"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = (
    ("ix_quote_state_offered_at", "quote", ["state", "offered_at"]),
    ("ix_quote_promised_on", "quote", ["promised_on"]),
    ("ix_quote_net_minor", "quote", ["net_minor"]),
    ("ix_quote_customer_name", "quote", ["customer_name"]),
    ("ix_quote_valid_until", "quote", ["valid_until"]),
    ("ix_customer_order_promised_on", "customer_order", ["promised_on"]),
    ("ix_customer_order_net_minor", "customer_order", ["net_minor"]),
)


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", ROW_ID, nullable=False),
        sa.Column("list_name", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("list_name IN ('quotes', 'orders')", name=op.f("ck_saved_view_list_name_is_known")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_view_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "list_name", "title", name=op.f("uq_saved_view_user_id_list_name_title")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_saved_view_user_id_key")),
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)
