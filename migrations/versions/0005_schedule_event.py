"""What happened on the floor and in the plants, and which of it moved a customer's date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_schedule_event"
down_revision = "0004_scenario"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("schedule_event", "schedule_event_hit")
GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in TABLES for verb in ("update", "delete")
    ),
    "postgresql": tuple(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in TABLES
    ),
}
COLUMNS = (
    "ALTER TABLE promise_event ADD COLUMN schedule_event_id BIGINT",
    "ALTER TABLE promise_event ADD COLUMN cause_kind VARCHAR(24) DEFAULT '' NOT NULL",
)
"""Written out, because SQLite would lose the triggers of a table that is copied to add a column."""


def upgrade() -> None:
    create_tables()
    for statement in (*COLUMNS, *GUARDS[op.get_bind().dialect.name]):
        op.get_bind().exec_driver_sql(statement)


def create_tables() -> None:
    op.create_table(
        "schedule_event",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("until_minute", sa.Integer(), nullable=True),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("report_hash", sa.String(length=64), nullable=False),
        sa.Column("applied_proposal_id", ROW_ID, nullable=True),
        sa.Column("proposal_id", ROW_ID, nullable=True),
        sa.Column("risks", sa.JSON(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_minute IS NULL OR until_minute > from_minute",
                           name=op.f("ck_schedule_event_until_is_after_from")),
        sa.ForeignKeyConstraint(["area_id"], ["planning_area.id"],
                                name=op.f("fk_schedule_event_area_id_planning_area")),
        sa.ForeignKeyConstraint(["applied_proposal_id"], ["proposal.id"],
                                name=op.f("fk_schedule_event_applied_proposal_id_proposal")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"],
                                name=op.f("fk_schedule_event_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_event")),
        sa.UniqueConstraint("report_hash", name=op.f("uq_schedule_event_report_hash")),
    )
    op.create_index("ix_schedule_event_kind", "schedule_event", ["kind"], unique=False)
    for column in ("applied_proposal_id", "proposal_id"):
        op.create_index(op.f(f"ix_schedule_event_{column}"), "schedule_event", [column], unique=False)
    op.create_table(
        "schedule_event_hit",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("event_id", ROW_ID, nullable=False),
        sa.Column("hold_id", ROW_ID, nullable=False),
        sa.Column("operation", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("effect", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["schedule_event.id"],
                                name=op.f("fk_schedule_event_hit_event_id_schedule_event")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_schedule_event_hit_hold_id_hold")),
        sa.ForeignKeyConstraint(["unit_id"], ["work_unit.id"], name=op.f("fk_schedule_event_hit_unit_id_work_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_event_hit")),
    )
    op.create_index(op.f("ix_schedule_event_hit_event_id"), "schedule_event_hit", ["event_id"], unique=False)
    op.create_index("ix_schedule_event_hit_hold", "schedule_event_hit", ["hold_id", "operation"], unique=False)
