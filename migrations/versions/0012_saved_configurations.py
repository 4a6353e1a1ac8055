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
OLD_ACCOUNT = ("id", "login", "name", "role", "company", "password_hash", "is_active", "session_epoch", "created_at",
               "signed_in_at")


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
    if op.get_bind().dialect.name == "sqlite":
        _copy_accounts()
    else:
        op.add_column("user_account", sa.Column("confirmed_at", MOMENT, nullable=True))


def _copy_accounts() -> None:
    """Make the table anew, so that SQLite gives no number out twice. Saved views refer to the same accounts after it."""
    bind = op.get_bind()
    bind.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    bind.exec_driver_sql("CREATE TABLE user_account_before AS SELECT * FROM user_account")
    op.drop_table("user_account")
    op.create_table(
        "user_account",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("company", sa.String(length=40), nullable=True),
        sa.Column("password_hash", sa.String(length=300), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("signed_in_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.CheckConstraint("role IN ('consumer', 'sales', 'planner', 'catalog', 'partner', 'owner')",
                           name=op.f("ck_user_account_role_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
        sqlite_autoincrement=True,
    )
    names = ", ".join(OLD_ACCOUNT)
    bind.exec_driver_sql(f"INSERT INTO user_account ({names}) SELECT {names} FROM user_account_before ORDER BY id")  # noqa: S608  # our own names
    bind.exec_driver_sql("DROP TABLE user_account_before")


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
