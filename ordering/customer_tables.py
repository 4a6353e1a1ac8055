"""Rows of companies and their price groups; contacts are the customer rows of :mod:`ordering.tables`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base, UtcDateTime

Json = Any
"""A JSON column holds mappings and lists of plain values."""

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class PriceGroupRow(Base):
    """A group of companies that buy on the same terms; the percentage is exact, as a fraction."""

    __tablename__ = "price_group"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[Json] = mapped_column(JSON)
    discount_percent: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    discounts: Mapped[list[PriceGroupDiscountRow]] = relationship(
        order_by="PriceGroupDiscountRow.id", cascade="all, delete-orphan")


class PriceGroupDiscountRow(Base):
    """A product's discount in a group's price book; the period ends before ``valid_until``."""

    __tablename__ = "price_group_discount"
    __table_args__ = (
        CheckConstraint("valid_from IS NULL OR valid_until IS NULL OR valid_from < valid_until",
                        name="period_is_some_time"),
        Index("ix_price_group_discount_price_group_id_product_code", "price_group_id", "product_code"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    price_group_id: Mapped[int] = mapped_column(ForeignKey("price_group.id"))
    product_code: Mapped[str] = mapped_column(String(120))
    discount_percent: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)


class CompanyRow(Base):
    """A firm whose people ask for quotes. ``version`` grows with every change; one merged is found no more."""

    __tablename__ = "company"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    tax_id: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(10), default="")
    currency: Mapped[str] = mapped_column(String(3), default="")
    price_group_id: Mapped[int | None] = mapped_column(ForeignKey("price_group.id"))
    billing_address: Mapped[Json] = mapped_column(JSON)
    delivery_address: Mapped[Json] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)

    price_group: Mapped[PriceGroupRow | None] = relationship()


class CustomerDifferenceRow(Base):
    """Two contacts or two companies that look alike and are not the same."""

    __tablename__ = "customer_difference"
    __table_args__ = (
        CheckConstraint("kind IN ('contact', 'company')", name="kind_is_known"),
        CheckConstraint("low_id < high_id", name="ids_are_in_order"),
    )

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    low_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    high_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
