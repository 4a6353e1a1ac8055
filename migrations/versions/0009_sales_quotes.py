"""Quotes as they are being typed, and what a second person decided about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_sales_quotes"
down_revision = "0008_saved_views"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER approval_refuses_{verb} BEFORE {verb.upper()} ON approval "
        "BEGIN SELECT RAISE(ABORT, 'approval is append-only'); END"
        for verb in ("update", "delete")
    ),
    "postgresql": (
        "CREATE TRIGGER approval_refuses_change BEFORE UPDATE OR DELETE ON approval "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "quote_draft",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner", sa.String(length=254), nullable=False),
        sa.Column("based_on_number", sa.String(length=20), nullable=True),
        sa.Column("based_on_revision", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.String(length=254), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'waiting', 'approved', 'sent', 'dropped')",
                           name=op.f("ck_quote_draft_state_is_known")),
        sa.CheckConstraint("(based_on_number IS NULL) = (based_on_revision IS NULL)",
                           name=op.f("ck_quote_draft_base_is_whole")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_draft")),
    )
    op.create_index("ix_quote_draft_state", "quote_draft", ["state", "id"], unique=False)
    for column in ("owner", "based_on_number"):
        op.create_index(op.f(f"ix_quote_draft_{column}"), "quote_draft", [column], unique=False)
    op.create_table(
        "approval",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("draft_id", ROW_ID, nullable=False),
        sa.Column("draft_version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("discount_percent", sa.String(length=80), nullable=False),
        sa.Column("margin_percent", sa.String(length=80), nullable=True),
        sa.CheckConstraint("step IN ('asked', 'approved', 'refused')", name=op.f("ck_approval_step_is_known")),
        sa.ForeignKeyConstraint(["draft_id"], ["quote_draft.id"], name=op.f("fk_approval_draft_id_quote_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_draft_id"), "approval", ["draft_id"], unique=False)
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)
