"""What-if plans beside the live one; with a proposal, the terms, bound and prices it was found with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_scenario"
down_revision = "0003_planning_model"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("weights", sa.JSON(), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=True),
        sa.Column("lower_bound_minor", sa.BigInteger(), nullable=True),
        sa.Column("prices", sa.JSON(), nullable=True),
        sa.Column("iterations", sa.BigInteger(), nullable=True),
        sa.Column("frozen_minutes", sa.Integer(), nullable=True),
        sa.Column("co2_grams", sa.JSON(), nullable=True),
        sa.Column("kpis", sa.JSON(), nullable=True),
    ):
        op.add_column("proposal", column)
    op.create_table(
        "scenario",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("base_version", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("frozen_minutes", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_version", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("proposal_id", ROW_ID, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'published', 'dropped')", name=op.f("ck_scenario_state_is_known")),
        sa.ForeignKeyConstraint(["area_id"], ["planning_area.id"],
                                name=op.f("fk_scenario_area_id_planning_area")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_scenario_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
    )
    op.create_index("ix_scenario_state", "scenario", ["state"], unique=False)
