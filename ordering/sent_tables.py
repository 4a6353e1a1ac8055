"""Rows of what a quote says beside its promised products: headings, free lines, what may be added, breaks."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.append_only import keep_append_only
from catalog.database import Base
from ordering.tables import ROW_ID

Json = Any
"""A JSON column holds mappings of plain values."""


class QuoteItemRow(Base):
    """A line of a quote that holds no capacity; it counts in the total when it is included. Never changed."""

    __tablename__ = "quote_item"
    __table_args__ = (
        UniqueConstraint("quote_id", "position"),
        CheckConstraint("kind IN ('section', 'free', 'product')", name="kind_is_known"),
        CheckConstraint("standing IN ('included', 'optional', 'alternative')", name="standing_is_known"),
        CheckConstraint("kind <> 'product' OR standing <> 'included'", name="included_products_are_promised"),
        CheckConstraint(
            "net_minor = unit_net_minor * quantity + surcharge_minor - line_discount_minor - total_discount_minor",
            name="net_is_pieces_plus_surcharge_less_discounts",
        ),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_is_net_plus_tax"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(8))
    standing: Mapped[str] = mapped_column(String(12))
    title: Mapped[Json] = mapped_column(JSON)
    product_code: Mapped[str] = mapped_column(String(80), default="")
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    choices: Mapped[Json] = mapped_column(JSON, default=dict)
    price_lines: Mapped[Json] = mapped_column(JSON, default=list)
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    unit_net_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    surcharge_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    discount: Mapped[str] = mapped_column(String(40), default="0")
    line_discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    total_discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    net_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_percent: Mapped[str] = mapped_column(String(40), default="0")
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    gross_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    unit_cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What one piece of a free line costs us; stands on no page of the customer."""
    co2_grams: Mapped[int] = mapped_column(BigInteger, default=0)
    promised_on: Mapped[date | None] = mapped_column(Date)


class QuoteBreakRow(Base):
    """What a line of a quote would cost at another quantity, and when it would come. Never changed."""

    __tablename__ = "quote_break"
    __table_args__ = (
        UniqueConstraint("quote_id", "position", "quantity"),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_is_net_plus_tax"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"))
    position: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[int] = mapped_column(Integer)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    promised_on: Mapped[date | None] = mapped_column(Date)


APPEND_ONLY_TABLES = ("quote_item", "quote_break")
for _name in APPEND_ONLY_TABLES:
    keep_append_only(Base.metadata.tables[_name])
