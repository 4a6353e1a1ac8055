"""Rows of ordering: customers, quotes, orders, work orders, the history of promises, the audit log, documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.append_only import keep_append_only
from catalog.database import Base, UtcDateTime
from ordering.customer_tables import CompanyRow

Json = Any
"""A JSON column holds what its writer in ``store`` put there: mappings and lists of plain values."""

ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class CustomerRow(Base):
    """A contact: who asked for a quote, known by e-mail address in small letters.

    One merged into another keeps its address, under which the other is found from then on; one erased keeps none.
    """

    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"), index=True)
    language: Mapped[str] = mapped_column(String(10), default="")
    telephone: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)

    company: Mapped[CompanyRow | None] = relationship()


class NumberSeriesRow(Base):
    """The last number given out in a series and year."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(String(1), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class QuoteRow(Base):
    """One revision of a quote. All revisions of a number share the link."""

    __tablename__ = "quote"
    __table_args__ = (
        UniqueConstraint("number", "revision"),
        UniqueConstraint("token_hash", "revision"),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_is_net_plus_tax"),
        CheckConstraint(
            "state IN ('offered', 'accepted', 'declined', 'expired', 'superseded')", name="state_is_known"
        ),
        Index("ix_quote_state_valid_until", "state", "valid_until"),
        Index("ix_quote_offered_at", "offered_at"),
        Index("ix_quote_state_offered_at", "state", "offered_at"),
        Index("ix_quote_promised_on", "promised_on"),
        Index("ix_quote_net_minor", "net_minor"),
        Index("ix_quote_customer_name", "customer_name"),
        Index("ix_quote_customer_email", "customer_email"),
        Index("ix_quote_valid_until", "valid_until"),
        Index("ix_quote_draft_id", "draft_id"),
        Index("uq_quote_trio_accepted", "trio", unique=True, sqlite_where=text("state = 'accepted'"),
              postgresql_where=text("state = 'accepted'")),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    customer_name: Mapped[str] = mapped_column(String(200))
    customer_email: Mapped[str] = mapped_column(String(254))
    """As it was typed: the contact may be known by another address, which is nobody else's to see."""
    reference: Mapped[str] = mapped_column(String(80), default="")
    currency: Mapped[str] = mapped_column(String(3))
    destination: Mapped[str] = mapped_column(String(40))
    alternative: Mapped[str] = mapped_column(String(10))
    alternatives: Mapped[Json] = mapped_column(JSON)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    co2_grams: Mapped[int] = mapped_column(BigInteger)
    promised_on: Mapped[date] = mapped_column(Date)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decline_reason: Mapped[str] = mapped_column(String(16), default="")
    decline_words: Mapped[str] = mapped_column(String(300), default="")
    network_hash: Mapped[str] = mapped_column(String(64))
    link_seed: Mapped[str] = mapped_column(String(43))
    token_hash: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(10), default="")
    payment_terms: Mapped[str] = mapped_column(String(500), default="")
    delivery_terms: Mapped[str] = mapped_column(String(500), default="")
    notes: Mapped[Json] = mapped_column(JSON, default=dict)
    rate: Mapped[str] = mapped_column(String(40), default="1")
    """Exact, as a fraction: units of ``currency`` for one of the catalog's currency."""
    total_discount: Mapped[str] = mapped_column(String(40), default="0")
    """Exact, in percent."""
    validity_days: Mapped[int] = mapped_column(Integer, default=2)
    draft_id: Mapped[int | None] = mapped_column(BigInteger)
    draft_version: Mapped[int | None] = mapped_column(Integer)
    judged: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    """Which limits stood when it was sent, and what was found within them; None without a draft."""
    trio: Mapped[int | None] = mapped_column(BigInteger)
    """The draft that several quotes were sent from, of which one can be accepted."""
    wanted_on: Mapped[date | None] = mapped_column(Date)
    slots: Mapped[Json] = mapped_column(JSON, default=dict)
    """Which lines stand for one another: position to the position that was included when it was sent."""

    customer: Mapped[CustomerRow] = relationship()
    lines: Mapped[list[QuoteLineRow]] = relationship(order_by="QuoteLineRow.position", back_populates="quote")


class QuoteLineRow(Base):
    """One configured product of a quote, frozen: choices, price lines and the job as planned."""

    __tablename__ = "quote_line"
    __table_args__ = (
        UniqueConstraint("quote_id", "position"),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_is_net_plus_tax"),
        CheckConstraint(
            "net_minor = unit_net_minor * quantity + surcharge_minor - line_discount_minor - total_discount_minor",
            name="net_is_pieces_plus_surcharge_less_discounts",
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"))
    position: Mapped[int] = mapped_column(Integer)
    product_code: Mapped[str] = mapped_column(String(80))
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    title: Mapped[Json] = mapped_column(JSON)
    choices: Mapped[Json] = mapped_column(JSON)
    quantity: Mapped[int] = mapped_column(Integer)
    price_lines: Mapped[Json] = mapped_column(JSON)
    unit_net_minor: Mapped[int] = mapped_column(BigInteger)
    surcharge_minor: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[str] = mapped_column(String(40), default="0")
    """Exact, in percent."""
    line_discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    total_discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_percent: Mapped[str] = mapped_column(String(20))
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    co2_grams: Mapped[int] = mapped_column(BigInteger)
    promised_on: Mapped[date] = mapped_column(Date)
    arrival_minute: Mapped[int] = mapped_column(BigInteger)
    job_code: Mapped[str] = mapped_column(String(80), unique=True)
    plan_cost_minor: Mapped[int] = mapped_column(BigInteger)
    cheapest_cost_minor: Mapped[int] = mapped_column(BigInteger)
    margin_percent: Mapped[str] = mapped_column(String(20))
    hold_id: Mapped[int | None] = mapped_column(BigInteger)

    quote: Mapped[QuoteRow] = relationship(back_populates="lines")


class OrderRow(Base):
    """An accepted quote: exactly one per quote number, by the unique keys."""

    __tablename__ = "customer_order"
    __table_args__ = (
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_is_net_plus_tax"),
        CheckConstraint(
            "state IN ('confirmed', 'in_production', 'made', 'delivered', 'canceled')", name="state_is_known"
        ),
        Index("ix_customer_order_accepted_at", "accepted_at"),
        Index("ix_customer_order_promised_on", "promised_on"),
        Index("ix_customer_order_net_minor", "net_minor"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), unique=True)
    quote_number: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[str] = mapped_column(String(14), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    net_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    promised_on: Mapped[date] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(80), default="")
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str] = mapped_column(String(120), default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    quote: Mapped[QuoteRow] = relationship()
    work_orders: Mapped[list[WorkOrderRow]] = relationship(
        order_by="WorkOrderRow.id", back_populates="order",
        primaryjoin="and_(OrderRow.id == WorkOrderRow.order_id, WorkOrderRow.replaced_at.is_(None))",
    )
    """Without those that a change of the order replaced."""


class OrderMessageRow(Base):
    """A message about an order, from its customer or from the sales desk."""

    __tablename__ = "order_message"
    __table_args__ = (CheckConstraint("side IN ('customer', 'sales')", name="side_is_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the sales desk had read it; None for its own messages."""


class WorkOrderRow(Base):
    """The work of one order line."""

    __tablename__ = "work_order"
    __table_args__ = (
        CheckConstraint(
            "state IN ('planned', 'released', 'in_progress', 'finished', 'canceled')", name="state_is_known"
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    quote_line_id: Mapped[int] = mapped_column(ForeignKey("quote_line.id"), unique=True)
    job_code: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    quantity: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a change of its order put another in its place; it is canceled since."""

    order: Mapped[OrderRow] = relationship(back_populates="work_orders")
    line: Mapped[QuoteLineRow] = relationship()
    job_orders: Mapped[list[JobOrderRow]] = relationship(
        order_by="JobOrderRow.position", back_populates="work_order"
    )


class JobOrderRow(Base):
    """One operation of a work order on one work unit; its planned times follow the booking."""

    __tablename__ = "job_order"
    __table_args__ = (
        UniqueConstraint("work_order_id", "position"),
        CheckConstraint("planned_end_at > planned_start_at", name="planned_end_is_after_start"),
        CheckConstraint("state IN ('planned', 'running', 'finished', 'canceled')", name="state_is_known"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"))
    position: Mapped[int] = mapped_column(Integer)
    operation: Mapped[str] = mapped_column(String(80))
    title: Mapped[Json] = mapped_column(JSON)
    instruction: Mapped[Json] = mapped_column(JSON)
    unit_id: Mapped[int] = mapped_column(BigInteger, index=True)
    unit_code: Mapped[str] = mapped_column(String(80))
    site: Mapped[str] = mapped_column(String(40))
    work_minutes: Mapped[int] = mapped_column(Integer)
    standard_minutes: Mapped[str] = mapped_column(String(60))
    """Exact, as a fraction: the routing's minutes for all pieces on a work unit of speed 1."""
    planned_start_at: Mapped[datetime] = mapped_column(UtcDateTime)
    planned_end_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    work_order: Mapped[WorkOrderRow] = relationship(back_populates="job_orders")


class PromiseEventRow(Base):
    """An entry of the history of a promise, which its customer sees. Never changed.

    A moved date names what moved it: the schedule event, its kind, and its cause in plain words as ``reason``.
    """

    __tablename__ = "promise_event"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    quote_number: Mapped[str] = mapped_column(String(20), index=True)
    revision: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(10))
    promised_on: Mapped[date] = mapped_column(Date)
    previous_on: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(500), default="")
    schedule_event_id: Mapped[int | None] = mapped_column(BigInteger)
    cause_kind: Mapped[str] = mapped_column(String(24), default="")


class AuditRow(Base):
    """Who did what to which thing: append-only, each entry carrying the hash of the one before."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    facts: Mapped[str] = mapped_column(String(4000))
    previous_hash: Mapped[str] = mapped_column(String(64), unique=True)
    entry_hash: Mapped[str] = mapped_column(String(64), unique=True)


class IdempotencyRow(Base):
    """The stored answer to a request that must have one effect only."""

    __tablename__ = "idempotency"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    scope: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Json] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class DocumentRow(Base):
    """A drawn document, kept byte for byte; its hash is checked whenever it is read."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("kind", "subject", "revision", "language"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(24))
    revision: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(10))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


APPEND_ONLY_TABLES = ("audit", "promise_event")
for _name in APPEND_ONLY_TABLES:
    keep_append_only(Base.metadata.tables[_name])
