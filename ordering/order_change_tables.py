"""Rows of changes that customers made to their orders."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.database import Base, UtcDateTime
from ordering.tables import OrderRow, QuoteRow

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class OrderChangeRow(Base):
    """A change of an order: from one accepted revision of its quote to the next. Lines and money stand in these."""

    __tablename__ = "order_change"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    number: Mapped[int] = mapped_column(Integer)
    """Counts the changes of an order from 1."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str] = mapped_column(String(120))
    from_quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), unique=True)
    to_quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), unique=True)
    promised_before: Mapped[date] = mapped_column(Date)
    """What was promised when the change was made; an event may have moved it since the revision was accepted."""
    promised_after: Mapped[date] = mapped_column(Date)

    order: Mapped[OrderRow] = relationship()
    from_quote: Mapped[QuoteRow] = relationship(foreign_keys=[from_quote_id])
    to_quote: Mapped[QuoteRow] = relationship(foreign_keys=[to_quote_id])
