"""Keep for each product version whether it is ready to serve, and the sources that wait to be published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_product_readiness"
down_revision = "0001_first_shape"
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": (
        "CREATE TRIGGER product_readiness_refuses_delete BEFORE DELETE ON product_readiness "
        "WHEN OLD.ready_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END",
        "CREATE TRIGGER product_readiness_refuses_update BEFORE UPDATE ON product_readiness "
        "WHEN OLD.ready_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END",
    ),
    "postgresql": (
        "CREATE TRIGGER product_readiness_refuses_change BEFORE UPDATE OR DELETE ON product_readiness "
        "FOR EACH ROW WHEN (OLD.ready_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_published()",
    ),
}


def upgrade() -> None:
    create_tables()
    op.execute(
        "INSERT INTO product_readiness "
        "(version_id, published_by, ready_at, failure, method, options, edges, milliseconds, variants) "
        "SELECT id, 'system', published_at, '', '', 0, 0, 0, '' FROM product_version"
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def create_tables() -> None:
    op.create_table(
        "product_readiness",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False,
                  nullable=False),
        sa.Column("published_by", sa.String(length=254), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("options", sa.BigInteger(), nullable=False),
        sa.Column("edges", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("variants", sa.Text(), nullable=False),
        sa.CheckConstraint("ready_at IS NULL OR failed_at IS NULL",
                           name=op.f("ck_product_readiness_not_ready_and_failed")),
        sa.ForeignKeyConstraint(["version_id"], ["product_version.id"],
                                name=op.f("fk_product_readiness_version_id_product_version")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_product_readiness")),
    )
    op.create_table(
        "catalog_upload",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_upload")),
    )
