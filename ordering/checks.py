"""The invariants of ordering, checked over everything that is stored.

I5 an accepted quote is exactly one order, I6 the same money everywhere, I8 promises are possible days, I9 no
promise moves unseen, I10 configurations are valid and I27 work out the same again, I12 all work orders or none, I13
job orders are the routing and stand as booked, I14 states follow their tables, I15 the audit log is whole, I17
canceled orders hold nothing unstarted, I19 one stored answer per effect, I21 no series is behind its numbers, I24
parts are needed in quantities above 0, I25 discounts and margins are within limits or agreed to, I26 money has a
currency, I32 a footprint is the sum of its lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Float, func, select
from sqlalchemy.orm import Session, selectinload

from catalog.checks import Breach
from catalog.database import Base
from catalog.errors import OnelotError
from configurator.appraisal import Appraiser
from ordering.accepting import ACCEPT_SCOPE
from ordering.audit import AuditEntry, first_break
from ordering.change_checks import changed_orders
from ordering.configured import ConfiguredProduct, recall
from ordering.numbering import Series, job_order_number, split_number
from ordering.promise_checks import moved_promises
from ordering.promise_date import promised_day
from ordering.quote import QuoteState
from ordering.quoting import OFFER_SCOPE
from ordering.sending import SEND_SCOPE
from ordering.sent_checks import check_links, check_money, replayed
from ordering.store import planned_columns
from ordering.tables import (
    AuditRow,
    IdempotencyRow,
    JobOrderRow,
    NumberSeriesRow,
    OrderRow,
    PromiseEventRow,
    QuoteLineRow,
    QuoteRow,
    WorkOrderRow,
)
from ordering.work_order import JobOrderState, WorkOrderState
from scheduling import service as scheduling
from scheduling.calendar import first_minute_from
from scheduling.schedule import Booking, BookingState, Hold, HoldState

_ANSWER_FIELDS = {ACCEPT_SCOPE: "order", OFFER_SCOPE: "number"}
"""Under which name a stored answer carries the number of what the request made."""
_LIVING = (QuoteState.OFFERED.value, QuoteState.EXPIRED.value)
"""What no other way of an offer is any more once one of them is ordered, or the offer is revised."""


def check(session: Session, *, now: datetime) -> tuple[Breach, ...]:
    """Check every invariant of ordering.

    Parameters
    ----------
    session
        Only read.
    now
        Aware UTC.

    Returns
    -------
    tuple of Breach
        Empty when all hold.
    """
    holds = scheduling.list_holds(session)
    return (
        *_orders_and_quotes(session),
        *changed_orders(session),
        *check_money(session),
        *check_links(session),
        *_promises(session),
        *moved_promises(session, holds),
        *_days(session),
        *_work_orders(session),
        *_lines(session, holds),
        *_bookings(session, holds),
        *_answers(session),
        *_numbers(session),
        *_states(session),
        *_audit(session),
        *_canceled(session, holds, now=now),
        *_columns(),
    )


def _orders_and_quotes(session: Session) -> Iterator[Breach]:
    orders = {row.quote_id: row for row in session.scalars(select(OrderRow))}
    accepted = select(QuoteRow.id, QuoteRow.number).where(QuoteRow.state == QuoteState.ACCEPTED.value)
    accepted_ids = set()
    for quote_id, number in session.execute(accepted):
        accepted_ids.add(quote_id)
        if quote_id not in orders:
            yield Breach("I5", f"quote {number} is accepted but no order exists")
    for quote_id, order in orders.items():
        if quote_id not in accepted_ids:
            yield Breach("I5", f"order {order.number} stands on a quote that is not accepted")


def _promises(session: Session) -> Iterator[Breach]:
    shown = {
        (row.quote_number, row.revision): row
        for row in session.scalars(select(PromiseEventRow).order_by(PromiseEventRow.id))
    }
    for quote in session.scalars(select(QuoteRow)):
        if (quote.number, quote.revision) not in shown:
            yield Breach("I9", f"quote {quote.number} revision {quote.revision} has no promise on record")
    for order in session.scalars(select(OrderRow)):
        event = shown.get((order.quote_number, order.quote.revision))
        if event is not None and event.promised_on != order.promised_on:
            yield Breach("I9", f"order {order.number} moved its date without telling the customer")


def _days(session: Session) -> Iterator[Breach]:
    """Judge the promised days of quotes that were planned on the network as it stands now."""
    if session.execute(select(QuoteRow.id).limit(1)).first() is None:
        return
    network = scheduling.get_planning_network(session)
    query = select(QuoteRow).where(QuoteRow.network_hash == scheduling.get_network_hash(session))
    for quote in session.scalars(query):
        site = network.site(quote.destination)
        for line in quote.lines:
            earliest = promised_day(line.arrival_minute, destination=site, now=quote.offered_at)
            if line.promised_on < earliest:
                yield Breach("I8", f"{line.job_code} is promised before it can arrive")
            if line.promised_on.weekday() in site.closed_weekdays or line.promised_on in site.holidays:
                yield Breach("I8", f"{line.job_code} is promised for a day without delivery")


def _work_orders(session: Session) -> Iterator[Breach]:
    for order in session.scalars(select(OrderRow)):
        made = sorted(row.quote_line_id for row in order.work_orders)
        if made != sorted(line.id for line in order.quote.lines):
            yield Breach("I12", f"order {order.number} does not have one work order per line")


def _lines(session: Session, holds: Mapping[int, Hold]) -> Iterator[Breach]:
    appraisers: dict[str, Appraiser] = {}
    moved_grams = scheduling.list_moved_grams(session)
    work_orders = {row.quote_line_id: row for row in session.scalars(
        select(WorkOrderRow).options(selectinload(WorkOrderRow.job_orders)))}
    for line, quote in session.execute(select(QuoteLineRow, QuoteRow).join(QuoteRow)):
        try:
            configured = recall(session, content_hash=line.content_hash, choices=line.choices)
        except OnelotError as error:
            yield Breach("I10", f"{line.job_code} cannot be worked out again: {error.message}")
            continue
        appraiser = appraisers.setdefault(line.content_hash, Appraiser(configured.definition))
        broken = appraiser.broken(configured.selection, [item.code for item in configured.definition.attributes])
        if broken is not None:
            yield Breach("I10", f"{line.job_code} breaks a rule over {', '.join(broken)}")
        yield from quantity_breaches(line, configured)
        yield from replayed(line, configured, quote)
        yield from _footprint(line, configured, holds, moved_grams)
        work_order = work_orders.get(line.id)
        if work_order is not None:
            planned = [(item.operation, item.standard_minutes) for item in work_order.job_orders]
            routed = configured.explosion.operations
            if planned != [(item.code, str(item.minutes_of(line.quantity))) for item in routed]:
                yield Breach("I13", f"the job orders of {work_order.number} are not the routing")


def quantity_breaches(line: QuoteLineRow, configured: ConfiguredProduct) -> Iterator[Breach]:
    """Find the parts of a frozen configuration that are needed in no quantity or a negative one (I24)."""
    for item in configured.explosion.bom:
        if item.quantity <= 0:
            yield Breach("I24", f"{line.job_code} needs {item.quantity} of part {item.part.code}")


def _footprint(
    line: QuoteLineRow, configured: ConfiguredProduct, holds: Mapping[int, Hold], moved_grams: Mapping[int, int]
) -> Iterator[Breach]:
    """Add the material of all pieces to what the line's plan emitted when it was offered.

    That is what its hold keeps, without what published proposals have changed since.
    """
    made_grams = 0
    if line.hold_id is not None:
        if line.hold_id not in holds:
            yield Breach("I27", f"the plan of {line.job_code} is not kept any more")
            return
        made_grams = holds[line.hold_id].co2_grams - moved_grams.get(line.hold_id, 0)
    if line.co2_grams != configured.material_co2_grams * line.quantity + made_grams:
        yield Breach("I27", f"{line.job_code} has another footprint when it is worked out again")


def _bookings(session: Session, holds: Mapping[int, Hold]) -> Iterator[Breach]:
    """Compare every job order that is not canceled with its booking; that of a finished one tells when it was done."""
    query = select(JobOrderRow, QuoteLineRow.hold_id, WorkOrderRow.number).join(
        WorkOrderRow, JobOrderRow.work_order_id == WorkOrderRow.id
    ).join(QuoteLineRow, WorkOrderRow.quote_line_id == QuoteLineRow.id)
    live: dict[tuple[int | None, int], Booking] = {
        (hold_id, booking.operation): booking
        for hold_id, hold in holds.items() for booking in hold.bookings if booking.state is BookingState.BOOKED
    }
    for row, hold_id, work_order_number in session.execute(query.order_by(JobOrderRow.id)):
        if row.number != job_order_number(work_order_number, position=row.position):
            yield Breach("I21", f"job order {row.number} is not numbered after {work_order_number}")
        if row.state == JobOrderState.CANCELED.value:
            continue
        booking = live.get((hold_id, row.position))
        if booking is None:
            yield Breach("I13", f"job order {row.number} has no booking")
        elif booking.operation_code != row.operation or (row.state != JobOrderState.FINISHED.value and any(
            getattr(row, name) != value for name, value in planned_columns(booking).items()
        )):
            yield Breach("I13", f"job order {row.number} is not planned as its booking")


def _answers(session: Session) -> Iterator[Breach]:
    """Count the stored answers that name each quote and each order: one request made each of them."""
    named: Counter[tuple[str, str]] = Counter()
    for row in session.scalars(select(IdempotencyRow)):
        if row.scope in _ANSWER_FIELDS:
            named[row.scope, str(row.answer.get(_ANSWER_FIELDS[row.scope]))] += 1
        elif row.scope == SEND_SCOPE:
            named.update((OFFER_SCOPE, str(number)) for number, revision in row.answer["quotes"] if revision == 1)
    made = {(ACCEPT_SCOPE, number) for number in session.scalars(select(OrderRow.number))}
    made |= {(OFFER_SCOPE, number) for number in session.scalars(select(QuoteRow.number))}
    for scope, number in sorted(made | set(named)):
        if (scope, number) not in made:
            yield Breach("I19", f"a stored answer to {scope} names {number}, which is not there")
        elif named[scope, number] != 1:
            yield Breach("I19", f"{named[scope, number]} stored answers to {scope} name {number} instead of one")


def _numbers(session: Session) -> Iterator[Breach]:
    last = {(row.series, row.year): row.last for row in session.scalars(select(NumberSeriesRow))}
    given = ((Series.QUOTE, QuoteRow.number), (Series.ORDER, OrderRow.number), (Series.WORK_ORDER, WorkOrderRow.number))
    for series, column in given:
        for number in session.scalars(select(column).distinct().order_by(column)):
            parts = split_number(number, series)
            if parts is None:
                yield Breach("I21", f"{number} is not a number of series {series.value}")
            elif parts[1] > last.get((series.value, parts[0]), 0):
                yield Breach("I21", f"{number} was given out, but its series stands before it")


def _states(session: Session) -> Iterator[Breach]:
    for quote in session.scalars(select(QuoteRow)):
        if (quote.state == QuoteState.OFFERED.value) is (quote.closed_at is not None):
            yield Breach("I14", f"quote {quote.number} revision {quote.revision} is {quote.state} but closed wrongly")
    newest = select(QuoteRow.number, func.max(QuoteRow.revision)).group_by(QuoteRow.number)
    top = {row[0]: row[1] for row in session.execute(newest)}
    taken = set(session.scalars(select(QuoteRow.trio).join(OrderRow, OrderRow.quote_id == QuoteRow.id)))
    sent = select(QuoteRow.trio, func.max(QuoteRow.draft_id)).where(QuoteRow.trio.is_not(None)).group_by(QuoteRow.trio)
    last_sent = {row[0]: row[1] for row in session.execute(sent)}
    old = select(QuoteRow.number, QuoteRow.revision, QuoteRow.state, QuoteRow.trio, QuoteRow.draft_id)
    for number, revision, state, trio, draft_id in session.execute(old):
        is_replaced = trio in taken or draft_id != last_sent.get(trio)
        is_decided = trio is not None and is_replaced and revision == top[number]
        is_wrong = (revision < top[number]) is not (state == QuoteState.SUPERSEDED.value)
        if state in _LIVING if is_decided else is_wrong:
            yield Breach("I14", f"quote {number} revision {revision} is {state} beside revision {top[number]}")
    for row in session.scalars(select(WorkOrderRow)):
        states = {item.state for item in row.job_orders}
        if row.state == WorkOrderState.FINISHED.value and states - {JobOrderState.FINISHED.value}:
            yield Breach("I14", f"work order {row.number} is finished but its job orders are not")


def _audit(session: Session) -> Iterator[Breach]:
    entries = (
        AuditEntry(id=row.id, at=row.at, actor=row.actor, action=row.action, subject=row.subject, facts=row.facts,
                   previous_hash=row.previous_hash, entry_hash=row.entry_hash)
        for row in session.scalars(select(AuditRow).order_by(AuditRow.id))
    )
    broken = first_break(entries)
    if broken is not None:
        yield Breach("I15", f"the audit log does not follow at entry {broken.id}")


def _canceled(session: Session, holds: Mapping[int, Hold], *, now: datetime) -> Iterator[Breach]:
    minute = first_minute_from(now)
    query = select(WorkOrderRow).where(WorkOrderRow.state == WorkOrderState.CANCELED.value)
    for row in session.scalars(query):
        held = holds.get(row.line.hold_id) if row.line.hold_id is not None else None
        if held is None:
            continue
        live = [item for item in held.bookings if item.state is not BookingState.RELEASED]
        begun = {item.position for item in row.job_orders
                 if item.state in {JobOrderState.RUNNING.value, JobOrderState.FINISHED.value}}
        if any(item.operation not in begun and item.setup_start_minute >= minute for item in live):
            yield Breach("I17", f"canceled work order {row.number} still holds unstarted capacity")
        if begun - {item.operation for item in live}:
            yield Breach("I17", f"canceled work order {row.number} gave away the place of work that has begun")
    accepted = select(QuoteLineRow).join(QuoteRow).where(QuoteRow.state == QuoteState.ACCEPTED.value)
    canceled = set(session.scalars(select(WorkOrderRow.quote_line_id).where(
        WorkOrderRow.state == WorkOrderState.CANCELED.value)))
    for line in session.scalars(accepted):
        if line.hold_id is not None and line.id not in canceled:
            held = holds.get(line.hold_id)
            if held is None or held.state is not HoldState.CONFIRMED:
                state = "not kept" if held is None else held.state.value
                yield Breach("I5", f"{line.job_code} is ordered but its capacity is {state}")


def _columns() -> Iterator[Breach]:
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Float):
                yield Breach("I26", f"{table.name}.{column.name} is a floating-point column")
