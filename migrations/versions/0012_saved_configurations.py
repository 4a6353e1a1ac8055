"""Configurations kept by shoppers, and their accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_saved_configurations"
down_revision = "0011_sent_drafts"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "saved_design",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        *_choice_columns(),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_design")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_saved_design_owner_name")),
        sa.UniqueConstraint("owner", "key", name=op.f("uq_saved_design_owner_key")),
    )
    op.create_index(op.f("ix_saved_design_changed_at"), "saved_design", ["changed_at"], unique=False)
    op.create_table(
        "last_choice",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        *_choice_columns(),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_choice")),
        sa.UniqueConstraint("owner", "product_code", name=op.f("uq_last_choice_owner_product_code")),
    )
    op.create_index(op.f("ix_last_choice_changed_at"), "last_choice", ["changed_at"], unique=False)
    op.create_table(
        "resume_link",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        *_choice_columns(),
        sa.Column("link_seed", sa.String(length=43), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resume_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_resume_link_token_hash")),
        sa.UniqueConstraint("owner", "key", name=op.f("uq_resume_link_owner_key")),
    )
    op.create_index(op.f("ix_resume_link_expires_at"), "resume_link", ["expires_at"], unique=False)
    with op.batch_alter_table("user_account") as table:
        table.add_column(sa.Column("confirmed_at", MOMENT, nullable=True))


def _choice_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("product_code", sa.String(length=80), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("destination", sa.String(length=40), nullable=False),
        sa.Column("alternative", sa.String(length=10), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
    )
