"""Companies, price groups, and what is kept about contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_customers"
down_revision = "0006_buying"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    "ALTER TABLE customer ADD COLUMN company_id {key} "
    "CONSTRAINT fk_customer_company_id_company REFERENCES company (id)",
    "ALTER TABLE customer ADD COLUMN language VARCHAR(10) DEFAULT '' NOT NULL",
    "ALTER TABLE customer ADD COLUMN telephone VARCHAR(40) DEFAULT '' NOT NULL",
    "ALTER TABLE customer ADD COLUMN version INTEGER DEFAULT 1 NOT NULL",
    "ALTER TABLE customer ADD COLUMN changed_at {moment}",
    "ALTER TABLE customer ADD COLUMN erased_at {moment}",
    "ALTER TABLE customer ADD COLUMN merged_into_id {key} "
    "CONSTRAINT fk_customer_merged_into_id_customer REFERENCES customer (id)",
    "CREATE INDEX ix_customer_company_id ON customer (company_id)",
    "CREATE INDEX ix_customer_merged_into_id ON customer (merged_into_id)",
)
"""Written out, so that SQLite adds the columns without copying the table."""
TYPES = {"sqlite": {"key": "INTEGER", "moment": "DATETIME"},
         "postgresql": {"key": "BIGINT", "moment": "TIMESTAMP WITH TIME ZONE"}}


def upgrade() -> None:
    create_tables()
    types = TYPES[op.get_bind().dialect.name]
    for statement in COLUMNS:
        op.get_bind().exec_driver_sql(statement.format(**types))


def create_tables() -> None:
    op.create_table(
        "price_group",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("discount_percent", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_group")),
        sa.UniqueConstraint("code", name=op.f("uq_price_group_code")),
    )
    op.create_table(
        "company",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("tax_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("price_group_id", ROW_ID, nullable=True),
        sa.Column("billing_address", sa.JSON(), nullable=False),
        sa.Column("delivery_address", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["price_group_id"], ["price_group.id"],
                                name=op.f("fk_company_price_group_id_price_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
    )
    op.create_index(op.f("ix_company_name"), "company", ["name"], unique=False)
