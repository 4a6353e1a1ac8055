"""Price books of price groups, companies that were merged, and customers that only look alike."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_customer_groups"
down_revision = "0014_order_changes"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    "ALTER TABLE company ADD COLUMN merged_into_id {key} "
    "CONSTRAINT fk_company_merged_into_id_company REFERENCES company (id)",
    "CREATE INDEX ix_company_merged_into_id ON company (merged_into_id)",
)
"""Written out, so that SQLite adds the column without copying the table."""
KEYS = {"sqlite": "INTEGER", "postgresql": "BIGINT"}


def upgrade() -> None:
    op.create_table(
        "price_group_discount",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("price_group_id", ROW_ID, nullable=False),
        sa.Column("product_code", sa.String(length=120), nullable=False),
        sa.Column("discount_percent", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_from IS NULL OR valid_until IS NULL OR valid_from < valid_until",
                           name=op.f("ck_price_group_discount_period_is_some_time")),
        sa.ForeignKeyConstraint(["price_group_id"], ["price_group.id"],
                                name=op.f("fk_price_group_discount_price_group_id_price_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_group_discount")),
    )
    op.create_index("ix_price_group_discount_price_group_id_product_code", "price_group_discount",
                    ["price_group_id", "product_code"], unique=False)
    op.create_table(
        "customer_difference",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("low_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("high_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('contact', 'company')", name=op.f("ck_customer_difference_kind_is_known")),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_customer_difference_ids_are_in_order")),
        sa.PrimaryKeyConstraint("kind", "low_id", "high_id", name=op.f("pk_customer_difference")),
    )
    key = KEYS[op.get_bind().dialect.name]
    for statement in COLUMNS:
        op.get_bind().exec_driver_sql(statement.format(key=key))
