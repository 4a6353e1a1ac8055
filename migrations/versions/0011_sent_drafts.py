"""Quotes sent from drafts: terms, discounts, what stands beside the promised products, and of several one order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_sent_drafts"
down_revision = "0010_mail"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUM = "net_minor = unit_net_minor * quantity + surcharge_minor - line_discount_minor - total_discount_minor"
QUOTE_COLUMNS = (
    "language VARCHAR(10) DEFAULT '' NOT NULL", "payment_terms VARCHAR(500) DEFAULT '' NOT NULL",
    "delivery_terms VARCHAR(500) DEFAULT '' NOT NULL", "notes JSON DEFAULT '{}' NOT NULL",
    "rate VARCHAR(40) DEFAULT '1' NOT NULL", "total_discount VARCHAR(40) DEFAULT '0' NOT NULL",
    "validity_days INTEGER DEFAULT 2 NOT NULL", "draft_id BIGINT", "draft_version INTEGER", "judged JSON",
    "trio BIGINT", "wanted_on DATE",
    "customer_email VARCHAR(254) DEFAULT '' NOT NULL", "slots JSON DEFAULT '{}' NOT NULL",
)
LINE_COLUMNS = (
    "discount VARCHAR(40) DEFAULT '0' NOT NULL", "line_discount_minor BIGINT DEFAULT 0 NOT NULL",
    "total_discount_minor BIGINT DEFAULT 0 NOT NULL",
)
OLD_LINE = (
    "id", "quote_id", "position", "product_code", "content_hash", "title", "choices", "quantity", "price_lines",
    "unit_net_minor", "surcharge_minor", "net_minor", "tax_percent", "tax_minor", "gross_minor", "co2_grams",
    "promised_on", "arrival_minute", "job_code", "plan_cost_minor", "cheapest_cost_minor", "margin_percent", "hold_id",
)
GUARDED = ("quote_item", "quote_break")
GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER {table}_refuses_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in GUARDED for verb in ("update", "delete")
    ),
    "postgresql": tuple(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()" for table in GUARDED
    ),
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for column in QUOTE_COLUMNS:
        op.get_bind().exec_driver_sql(f"ALTER TABLE quote ADD COLUMN {column}")
    op.get_bind().exec_driver_sql(
        "UPDATE quote SET customer_email = (SELECT email FROM customer WHERE customer.id = quote.customer_id)")
    op.create_index("ix_quote_customer_email", "quote", ["customer_email"], unique=False)
    op.create_index("ix_quote_draft_id", "quote", ["draft_id"], unique=False)
    op.create_index("uq_quote_trio_accepted", "quote", ["trio"], unique=True,
                    sqlite_where=sa.text("state = 'accepted'"), postgresql_where=sa.text("state = 'accepted'"))
    if dialect == "sqlite":
        _copy_lines()
    else:
        for column in LINE_COLUMNS:
            op.get_bind().exec_driver_sql(f"ALTER TABLE quote_line ADD COLUMN {column}")
        op.drop_constraint(op.f("ck_quote_line_net_is_pieces_plus_surcharge"), "quote_line", type_="check")
        op.create_check_constraint(op.f("ck_quote_line_net_is_pieces_plus_surcharge_less_discounts"), "quote_line", SUM)
    _create_items()
    _create_breaks()
    for statement in GUARDS[dialect]:
        op.get_bind().exec_driver_sql(statement)


def _copy_lines() -> None:
    """Make the table anew: SQLite cannot change a condition. Work orders refer to the same lines when it is done."""
    bind = op.get_bind()
    bind.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    bind.exec_driver_sql("CREATE TABLE quote_line_before AS SELECT * FROM quote_line")
    op.drop_table("quote_line")
    _create_lines()
    names = ", ".join(OLD_LINE)
    copied = f"SELECT {names}, '0', 0, 0 FROM quote_line_before ORDER BY id"  # noqa: S608  # our own names
    bind.exec_driver_sql(f"INSERT INTO quote_line ({names}, discount, line_discount_minor, total_discount_minor) {copied}")
    bind.exec_driver_sql("DROP TABLE quote_line_before")


def _create_lines() -> None:
    op.create_table(
        "quote_line",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("quote_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_code", sa.String(length=80), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_lines", sa.JSON(), nullable=False),
        sa.Column("unit_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("surcharge_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.String(length=40), nullable=False),
        sa.Column("line_discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_percent", sa.String(length=20), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("co2_grams", sa.BigInteger(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("arrival_minute", sa.BigInteger(), nullable=False),
        sa.Column("job_code", sa.String(length=80), nullable=False),
        sa.Column("plan_cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("cheapest_cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("margin_percent", sa.String(length=20), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quote_line_quantity_is_positive")),
        sa.CheckConstraint("gross_minor = net_minor + tax_minor", name=op.f("ck_quote_line_gross_is_net_plus_tax")),
        sa.CheckConstraint(SUM, name=op.f("ck_quote_line_net_is_pieces_plus_surcharge_less_discounts")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_line_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_line")),
        sa.UniqueConstraint("job_code", name=op.f("uq_quote_line_job_code")),
        sa.UniqueConstraint("quote_id", "position", name=op.f("uq_quote_line_quote_id_position")),
    )
    op.create_index(op.f("ix_quote_line_content_hash"), "quote_line", ["content_hash"], unique=False)


def _create_items() -> None:
    op.create_table(
        "quote_item",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("quote_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("product_code", sa.String(length=80), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("price_lines", sa.JSON(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_net_minor", sa.BigInteger(), nullable=False),
        sa.Column("surcharge_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.String(length=40), nullable=False),
        sa.Column("line_discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_percent", sa.String(length=40), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("co2_grams", sa.BigInteger(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('section', 'free', 'product')", name=op.f("ck_quote_item_kind_is_known")),
        sa.CheckConstraint("standing IN ('included', 'optional', 'alternative')",
                           name=op.f("ck_quote_item_standing_is_known")),
        sa.CheckConstraint("kind <> 'product' OR standing <> 'included'",
                           name=op.f("ck_quote_item_included_products_are_promised")),
        sa.CheckConstraint(SUM, name=op.f("ck_quote_item_net_is_pieces_plus_surcharge_less_discounts")),
        sa.CheckConstraint("gross_minor = net_minor + tax_minor", name=op.f("ck_quote_item_gross_is_net_plus_tax")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_item_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_item")),
        sa.UniqueConstraint("quote_id", "position", name=op.f("uq_quote_item_quote_id_position")),
    )


def _create_breaks() -> None:
    op.create_table(
        "quote_break",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("quote_id", ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.CheckConstraint("gross_minor = net_minor + tax_minor", name=op.f("ck_quote_break_gross_is_net_plus_tax")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_break_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_break")),
        sa.UniqueConstraint("quote_id", "position", "quantity",
                            name=op.f("uq_quote_break_quote_id_position_quantity")),
    )
