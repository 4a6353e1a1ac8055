"""Rows of ordering ↔ values, and the small reads and writes that several use cases share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from catalog.money import Money
from catalog.text import Text
from ordering.audit import GENESIS_HASH, entry_hash
from ordering.errors import IdempotencyMismatch, RequestInvalid
from ordering.mail import MAIL_OF_EVENT
from ordering.mailing import note_mail
from ordering.numbering import Series, make_number
from ordering.order import Order, OrderState, PromiseEvent, PromiseEventKind
from ordering.quote import (
    Alternative,
    AlternativeSummary,
    LineTotals,
    PriceLine,
    Quote,
    QuoteLine,
    QuoteState,
)
from ordering.quote_item import ItemKind, ItemTotals, QuoteBreak, QuoteItem, Standing
from ordering.sent_tables import QuoteBreakRow, QuoteItemRow
from ordering.tables import (
    AuditRow,
    CustomerRow,
    IdempotencyRow,
    JobOrderRow,
    OrderRow,
    PromiseEventRow,
    QuoteLineRow,
    QuoteRow,
    WorkOrderRow,
)
from ordering.work_order import JobOrder, JobOrderState, WorkOrder, WorkOrderState
from scheduling.calendar import moment_at
from scheduling.schedule import Booking
from scheduling.schedule_event import ScheduleEvent

AUDIT_LOCK = 4_021_978
"""Key of the PostgreSQL advisory lock under which the audit chain grows by one writer at a time."""
LONGEST_KEY = 255


def next_number(session: Session, *, series: Series, year: int) -> str:
    """Take the next number of a series; two transactions never get the same.

    Parameters
    ----------
    session
        Inside a writing transaction.
    series
        The kind of number.
    year
        Four digits, in the plant's calendar.

    Returns
    -------
    str
        Such as ``Q-2026-0001``.
    """
    statement = text(
        "INSERT INTO number_series (series, year, last) VALUES (:series, :year, 1) "
        "ON CONFLICT (series, year) DO UPDATE SET last = number_series.last + 1 RETURNING last"
    )
    sequence: int = session.execute(statement, {"series": series.value, "year": year}).scalar_one()
    return make_number(series, year=year, sequence=sequence)


def find_or_add_customer(session: Session, *, email: str, name: str, now: datetime) -> CustomerRow:
    """Give the customer with an e-mail address, adding one when it is new (under the area's lock)."""
    address = email.strip().lower()
    query = select(CustomerRow).where(CustomerRow.email == address)
    row = session.scalars(query).first()
    if row is None:
        row = CustomerRow(email=address, name=name, created_at=now)
        session.add(row)
        session.flush()
    while row.merged_into_id is not None:  # never a circle: only living contacts are merged into
        row = session.get_one(CustomerRow, row.merged_into_id)
    return row


def append_audit(
    session: Session, *, at: datetime, actor: str, action: str, subject: str, facts: Mapping[str, object]
) -> None:
    """Add an entry to the audit log, chained to the newest one."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AUDIT_LOCK})
    newest = session.scalar(select(AuditRow.entry_hash).order_by(AuditRow.id.desc()).limit(1))
    content = {
        "at": at, "actor": actor, "action": action, "subject": subject,
        "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str),
        "previous_hash": newest or GENESIS_HASH,
    }
    session.add(AuditRow(**content, entry_hash=entry_hash(**content)))  # type: ignore[arg-type]  # one mapping, two readers
    session.flush()


def add_promise_event(  # noqa: PLR0913  # an entry has that many facts
    session: Session,
    *,
    quote: QuoteRow,
    kind: PromiseEventKind,
    at: datetime,
    promised_on: date,
    previous_on: date | None = None,
    reason: str = "",
    event: ScheduleEvent | None = None,
    language: str = "",
) -> None:
    """Add an entry to the history of a promise, and the mail that tells it; ``event`` moved it in the plants."""
    session.add(PromiseEventRow(
        quote_number=quote.number, revision=quote.revision, at=at, kind=kind.value, promised_on=promised_on,
        previous_on=previous_on, reason=reason, schedule_event_id=None if event is None else event.id,
        cause_kind="" if event is None else event.kind.value,
    ))
    if kind in MAIL_OF_EVENT:
        note_mail(session, quote=quote, kind=MAIL_OF_EVENT[kind], at=at, promised_on=promised_on,
                  previous_on=previous_on, reason=reason, language=language)


def find_answer(session: Session, *, scope: str, key: str, body_hash: str) -> Mapping[str, Any] | None:
    """Give the stored answer of an idempotency key; None when the key is new.

    Raises
    ------
    RequestInvalid
        The key is empty or longer than :data:`LONGEST_KEY`.
    IdempotencyMismatch
        The key belongs to another request.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise RequestInvalid(f"The request key must have 1 to {LONGEST_KEY} printable characters.",
                             field="idempotency_key")
    row = session.scalars(
        select(IdempotencyRow).where(IdempotencyRow.scope == scope, IdempotencyRow.key == key)
    ).first()
    if row is None:
        return None
    if row.body_hash != body_hash:
        raise IdempotencyMismatch("This request key was used before for another request.")
    answer: Mapping[str, Any] = row.answer
    return answer


def store_answer(
    session: Session, *, scope: str, key: str, body_hash: str, answer: Mapping[str, object], now: datetime
) -> None:
    """Keep the answer of an idempotency key."""
    session.add(IdempotencyRow(scope=scope, key=key, body_hash=body_hash, answer=dict(answer), created_at=now))
    session.flush()


def text_as_json(value: Text) -> dict[str, str]:
    """Give a text as a mapping of language to wording."""
    return dict(value.entries)


def price_line_as_json(line: PriceLine) -> dict[str, object]:
    """Give a price line as JSON-ready facts."""
    return {"code": line.code, "title": text_as_json(line.title), "unit_minor": line.unit.amount_minor,
            "level": line.level, "billing": line.billing, "is_per_line": line.is_per_line}


def alternative_as_json(item: AlternativeSummary) -> dict[str, object]:
    """Give an alternative as JSON-ready facts."""
    return {"alternative": item.alternative.value, "promised_on": item.promised_on.isoformat(),
            "net_minor": item.net.amount_minor, "co2_grams": item.co2_grams, "sites": list(item.sites)}


def quote_value(
    row: QuoteRow, *, order_number: str = "", items: Iterable[QuoteItemRow] = (),
    breaks: Iterable[QuoteBreakRow] = ()
) -> Quote:
    """Give a quote row with its lines, and what stands beside them, as a value."""
    currency = row.currency
    return Quote(
        id=row.id, number=row.number, revision=row.revision, state=QuoteState(row.state),
        customer_name=row.customer_name, customer_email=row.customer_email, reference=row.reference,
        currency=currency, destination=row.destination, alternative=Alternative(row.alternative),
        net=Money(row.net_minor, currency), tax=Money(row.tax_minor, currency),
        gross=Money(row.gross_minor, currency), co2_grams=row.co2_grams, promised_on=row.promised_on,
        offered_at=row.offered_at, valid_until=row.valid_until, network_hash=row.network_hash,
        lines=tuple(line_value(line, currency) for line in row.lines),
        alternatives=tuple(_alternative(item, currency) for item in row.alternatives),
        order_number=order_number, decline_reason=row.decline_reason, decline_words=row.decline_words,
        language=row.language, payment_terms=row.payment_terms, delivery_terms=row.delivery_terms,
        notes=Text.of(row.notes), rate=Fraction(row.rate), total_discount=Fraction(row.total_discount),
        validity_days=row.validity_days, draft_id=row.draft_id, trio=row.trio, wanted_on=row.wanted_on,
        items=tuple(_item(item, currency) for item in items),
        breaks=tuple(QuoteBreak(item.position, item.quantity, Money(item.net_minor, currency),
                                Money(item.gross_minor, currency), item.promised_on) for item in breaks),
        slots=slots_value(row),
    )


def slots_value(row: QuoteRow) -> tuple[tuple[int, int], ...]:
    """Give which lines of a quote stand for one another, by position."""
    return tuple(sorted((int(member), group) for member, group in (row.slots or {}).items()))


def _item(row: QuoteItemRow, currency: str) -> QuoteItem:
    return QuoteItem(
        position=row.position, kind=ItemKind(row.kind), standing=Standing(row.standing), title=Text.of(row.title),
        quantity=row.quantity, discount=Fraction(row.discount), tax_percent=Fraction(row.tax_percent),
        totals=ItemTotals(
            unit=Money(row.unit_net_minor, currency), surcharge=Money(row.surcharge_minor, currency),
            line_discount=Money(row.line_discount_minor, currency),
            total_discount=Money(row.total_discount_minor, currency), net=Money(row.net_minor, currency),
            tax=Money(row.tax_minor, currency), gross=Money(row.gross_minor, currency),
        ),
        product_code=row.product_code, content_hash=row.content_hash, choices=dict(row.choices),
        co2_grams=row.co2_grams, promised_on=row.promised_on,
    )


def line_value(row: QuoteLineRow, currency: str) -> QuoteLine:
    """Give a quote line row as a value."""
    return QuoteLine(
        id=row.id, position=row.position, product_code=row.product_code, content_hash=row.content_hash,
        title=Text.of(row.title), choices=dict(row.choices), quantity=row.quantity,
        price_lines=tuple(price_line_value(item, currency) for item in row.price_lines),
        totals=LineTotals(
            unit_net=Money(row.unit_net_minor, currency), surcharge=Money(row.surcharge_minor, currency),
            net=Money(row.net_minor, currency), tax=Money(row.tax_minor, currency),
            gross=Money(row.gross_minor, currency),
        ),
        tax_percent=Fraction(row.tax_percent), co2_grams=row.co2_grams, promised_on=row.promised_on,
        hold_id=row.hold_id, discount=Fraction(row.discount), line_discount_minor=row.line_discount_minor,
        total_discount_minor=row.total_discount_minor,
    )


def price_line_value(item: Mapping[str, Any], currency: str) -> PriceLine:
    """Give a price line from its JSON-ready facts."""
    return PriceLine(
        code=item["code"], title=Text.of(item["title"]), unit=Money(item["unit_minor"], currency),
        level=item["level"], billing=item["billing"], is_per_line=item["is_per_line"],
    )


def _alternative(item: Mapping[str, Any], currency: str) -> AlternativeSummary:
    return AlternativeSummary(
        alternative=Alternative(item["alternative"]), promised_on=date.fromisoformat(item["promised_on"]),
        net=Money(item["net_minor"], currency), co2_grams=item["co2_grams"], sites=tuple(item["sites"]),
    )


def work_order_value(row: WorkOrderRow) -> WorkOrder:
    """Give a work order row with its job orders as a value."""
    return WorkOrder(
        id=row.id, number=row.number, state=WorkOrderState(row.state), order_number=row.order.number,
        line_id=row.quote_line_id, position=row.line.position, title=Text.of(row.line.title),
        quantity=row.quantity, due_at=row.due_at, revision=row.revision, issued_at=row.issued_at,
        job_orders=tuple(job_order_value(item) for item in row.job_orders),
    )


def job_order_value(row: JobOrderRow) -> JobOrder:
    """Give a job order row as a value."""
    return JobOrder(
        id=row.id, number=row.number, position=row.position, operation=row.operation,
        title=Text.of(row.title), instruction=Text.of(row.instruction), unit_code=row.unit_code, site=row.site,
        work_minutes=row.work_minutes, standard_minutes=Fraction(row.standard_minutes),
        planned_start_at=row.planned_start_at,
        planned_end_at=row.planned_end_at, state=JobOrderState(row.state), started_at=row.started_at,
        finished_at=row.finished_at,
    )


def planned_columns(booking: Booking) -> dict[str, Any]:  # Any: columns of several types
    """Give the columns of a job order that follow its booking."""
    return {
        "unit_id": booking.unit_id, "unit_code": booking.unit, "site": booking.site,
        "work_minutes": booking.work_minutes, "planned_start_at": moment_at(booking.start_minute),
        "planned_end_at": moment_at(booking.end_minute),
    }


def order_value(row: OrderRow, history: Iterable[PromiseEventRow] = ()) -> Order:
    """Give an order row with its work orders, and the history of its promise, as a value."""
    return Order(
        id=row.id, number=row.number, state=OrderState(row.state), quote_number=row.quote_number,
        quote_revision=row.quote.revision, customer_name=row.quote.customer_name,
        customer_email=row.quote.customer_email, reference=row.reference, destination=row.quote.destination,
        net=Money(row.net_minor, row.currency), tax=Money(row.tax_minor, row.currency),
        gross=Money(row.gross_minor, row.currency), co2_grams=row.quote.co2_grams,
        promised_on=row.promised_on, accepted_at=row.accepted_at,
        work_orders=tuple(work_order_value(item) for item in row.work_orders),
        history=tuple(promise_event_value(item) for item in history),
        accepted_by=row.accepted_by, closed_at=row.closed_at,
    )


def promise_event_value(row: PromiseEventRow) -> PromiseEvent:
    """Give an entry of a promise's history as a value."""
    return PromiseEvent(at=row.at, kind=PromiseEventKind(row.kind), revision=row.revision,
                        promised_on=row.promised_on, previous_on=row.previous_on, reason=row.reason,
                        schedule_event_id=row.schedule_event_id, cause_kind=row.cause_kind)
