"""Setup matrices, secondary units, material dates of booked work."""

from __future__ import annotations

from alembic import op

revision = "0003_planning_model"
down_revision = "0002_product_readiness"
branch_labels = None
depends_on = None

COLUMNS = (
    "ALTER TABLE work_unit ADD COLUMN further_capabilities JSON DEFAULT '[]' NOT NULL",
    "ALTER TABLE work_unit ADD COLUMN setup_matrix JSON DEFAULT '[]' NOT NULL",
    "ALTER TABLE work_unit ADD COLUMN is_secondary BOOLEAN DEFAULT false NOT NULL",
    "ALTER TABLE booking ADD COLUMN secondary_unit_id INTEGER "
    "CONSTRAINT fk_booking_secondary_unit_id_work_unit REFERENCES work_unit (id)",
    "CREATE INDEX ix_booking_secondary_unit_end ON booking (secondary_unit_id, end_minute)",
)
"""Written out, because SQLite would lose the triggers of a table that is copied to add a column."""

_OVERLAP_EXISTS = (
    "EXISTS (SELECT 1 FROM booking AS other WHERE other.secondary_unit_id = NEW.secondary_unit_id "
    "AND other.id <> NEW.id AND other.state IN ('held', 'booked') AND other.start_minute < NEW.end_minute "
    "AND other.end_minute > NEW.start_minute)"
)
GUARDS = {
    "sqlite": (
        "CREATE TRIGGER booking_secondary_overlap_on_insert AFTER INSERT ON booking "
        f"WHEN NEW.secondary_unit_id IS NOT NULL AND NEW.state IN ('held', 'booked') AND {_OVERLAP_EXISTS} "
        "BEGIN SELECT RAISE(ABORT, 'booking overlaps another one on its secondary unit'); END",
        "CREATE TRIGGER booking_secondary_overlap_on_update "
        "AFTER UPDATE OF secondary_unit_id, start_minute, end_minute, state ON booking "
        f"WHEN NEW.secondary_unit_id IS NOT NULL AND NEW.state IN ('held', 'booked') AND {_OVERLAP_EXISTS} "
        "BEGIN SELECT RAISE(ABORT, 'booking overlaps another one on its secondary unit'); END",
    ),
    "postgresql": (
        "ALTER TABLE booking ADD CONSTRAINT ex_booking_secondary_unit_time EXCLUDE USING gist ("
        "int4range(secondary_unit_id, secondary_unit_id, '[]') WITH &&, "
        "int4range(start_minute, end_minute) WITH &&) "
        "WHERE (state IN ('held', 'booked') AND secondary_unit_id IS NOT NULL)",
    ),
}


def upgrade() -> None:
    for statement in (*COLUMNS, *GUARDS[op.get_bind().dialect.name]):
        op.get_bind().exec_driver_sql(statement)
