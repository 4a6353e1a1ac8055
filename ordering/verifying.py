"""The use case of checking a paper: everything on it is worked out again from what it was made with.

Sessions come first and are only read; ``now`` is aware UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import OnelotError
from catalog.plant import Site
from ordering.configured import GROUP_PRICE, recall
from ordering.draft_pricing import PricedLine, convert
from ordering.errors import OrderNotFound, PaperNotFound, QuoteNotFound, WorkOrderNotFound
from ordering.line_number import line_numbers
from ordering.order import ORDER_FINAL_STATES, Order
from ordering.paper_facts import (
    confirmation_revision,
    order_facts,
    promised_at,
    quote_facts,
    since_acceptance,
    work_order_facts,
)
from ordering.promise_date import promised_day
from ordering.quote import Quote, QuoteLine, QuoteState, alternative_surcharge
from ordering.quote_reading import get_quote_by_number, get_quote_row
from ordering.reading import get_order, get_work_order, get_work_order_line, list_promise_events
from ordering.tables import QuoteLineRow
from ordering.verification import (
    CheckedLine,
    Difference,
    Finding,
    Recalculated,
    Verified,
    compare_money,
    first_day,
    price_again,
)
from ordering.verify_code import PaperKind, PaperName, read_code, seal_facts
from scheduling import service as scheduling
from scheduling.schedule import HoldState

LIVE_HOLDS = frozenset({HoldState.HELD, HoldState.CONFIRMED})


def verify(session: Session, *, code: str, secret: str, now: datetime) -> Verified:
    """Check a paper by its code: price, day and operations are worked out again and compared with what is stored.

    Parameters
    ----------
    session
        Only read.
    code
        As printed under the QR code.
    secret
        The site's secret.
    now
        Aware UTC.

    Returns
    -------
    Verified
        Without ``differences`` when all is as it was printed.

    Raises
    ------
    PaperNotFound
        This site never made such a code, or what it names is not here any more.
    """
    name = read_code(code, secret=secret)
    if name is None:
        raise PaperNotFound("No paper of ours has this code.")
    try:
        if name.kind is PaperKind.QUOTE:
            return _verify_quote(session, name, secret=secret, now=now)
        if name.kind is PaperKind.ORDER:
            return _verify_order(session, name, secret=secret)
        return _verify_work_order(session, name, secret=secret)
    except (QuoteNotFound, OrderNotFound, WorkOrderNotFound) as error:
        raise PaperNotFound("What this paper was about is not here any more.") from error


@dataclass(frozen=True, slots=True)
class _Checked:
    """The lines of a quote worked out again, and what differs."""

    lines: tuple[CheckedLine, ...]
    differences: tuple[Difference, ...]
    is_calendar_same: bool


def _verify_quote(session: Session, name: PaperName, *, secret: str, now: datetime) -> Verified:
    quote = get_quote_by_number(session, number=name.number, revision=name.revision)
    newest = get_quote_row(session, number=name.number)
    is_open = quote.is_open_at(now)
    checked = _check_lines(session, quote, is_live=is_open or quote.state is QuoteState.ACCEPTED)
    now_on = newest.promised_on
    differences = [*_sealed(quote_facts(quote), name, secret), *checked.differences]
    if quote.order_number:
        order = get_order(session, number=quote.order_number)
        now_on = order.promised_on
        differences += _order_price(order, get_quote_by_number(session, number=name.number,
                                                               revision=order.quote_revision))
    return Verified(
        kind=name.kind, number=quote.number, revision=quote.revision, newest=newest.revision, state=quote.state,
        is_open=is_open, issued_at=quote.offered_at, destination=quote.destination, valid_until=quote.valid_until,
        net=quote.net, tax=quote.tax, gross=quote.gross, promised_on=quote.promised_on,
        promised_now=now_on if now_on != quote.promised_on else None, order_number=quote.order_number,
        lines=checked.lines, differences=tuple(differences), is_calendar_same=checked.is_calendar_same)


def _verify_order(session: Session, name: PaperName, *, secret: str) -> Verified:
    order = get_order(session, number=name.number)
    quote = get_quote_by_number(session, number=order.quote_number, revision=order.quote_revision)
    newest = confirmation_revision(order)
    if name.revision > newest:
        raise OrderNotFound("This order has no such confirmation.")
    is_newest = name.revision == newest
    checked = _check_lines(session, quote, is_live=order.state not in ORDER_FINAL_STATES)
    differences = [*_order_price(order, quote), *checked.differences]
    if is_newest:  # what an older one said is told by the history alone
        differences = [*_sealed(order_facts(order, revision=newest), name, secret), *differences]
        if promised_at(order, revision=newest) != order.promised_on:
            differences.append(Difference(Finding.DAY, 0, order.promised_on, promised_at(order, revision=newest)))
    promised_on = promised_at(order, revision=name.revision)
    events = since_acceptance(order.history)
    return Verified(
        kind=name.kind, number=order.number, revision=name.revision, newest=newest, state=order.state, is_open=False,
        issued_at=events[name.revision - 1].at if events else order.accepted_at, destination=order.destination,
        net=order.net if is_newest else None, tax=order.tax if is_newest else None,
        gross=order.gross if is_newest else None, promised_on=promised_on,
        promised_now=order.promised_on if order.promised_on != promised_on else None, order_number=order.number,
        lines=checked.lines, differences=tuple(differences), is_calendar_same=checked.is_calendar_same)


def _verify_work_order(session: Session, name: PaperName, *, secret: str) -> Verified:
    work_order = get_work_order(session, number=name.number)
    if name.revision > work_order.revision:
        raise WorkOrderNotFound("This work order has no such revision.")
    order = get_order(session, number=work_order.order_number)
    line = get_work_order_line(session, number=work_order.number)
    differences = list(_sealed(work_order_facts(work_order, content_hash=line.content_hash, choices=line.choices),
                               name, secret))
    try:
        configured = recall(session, content_hash=line.content_hash, choices=line.choices)
    except OnelotError:
        differences.append(Difference(Finding.CHOICES, line.position))
    else:
        routed = [(item.code, item.minutes_of(work_order.quantity)) for item in configured.explosion.operations]
        if routed != [(item.operation, item.standard_minutes) for item in work_order.job_orders]:
            differences.append(Difference(Finding.OPERATIONS, line.position))
    return Verified(
        kind=name.kind, number=work_order.number, revision=name.revision, newest=work_order.revision,
        state=work_order.state, is_open=False, issued_at=work_order.issued_at, destination=order.destination,
        order_number=order.number, differences=tuple(differences),
        lines=(CheckedLine(work_order.position, work_order.title, work_order.quantity, _version(session, line), None,
                           None, None),))


def _sealed(facts: Sequence[object], name: PaperName, secret: str) -> tuple[Difference, ...]:
    return () if seal_facts(facts, secret=secret) == name.facts_seal else (Difference(Finding.FACTS),)


def _order_price(order: Order, quote: Quote) -> tuple[Difference, ...]:
    if (order.net, order.tax, order.gross) == (quote.net, quote.tax, quote.gross):
        return ()
    return (Difference(Finding.ORDER_PRICE, 0, order.gross, quote.gross),)


def _check_lines(session: Session, quote: Quote, *, is_live: bool) -> _Checked:
    """Work every product of a quote out again, and compare money and days."""
    rows = {row.position: row for row in get_quote_row(session, number=quote.number, revision=quote.revision).lines}
    again: dict[int, Recalculated] = {}
    differences: list[Difference] = []
    for line in quote.lines:
        found = _recalculate(session, rows[line.position], quote)
        if found is None:
            differences.append(Difference(Finding.CHOICES, line.position))
        else:
            again[line.position] = found
    priced = price_again(quote, again)
    differences += compare_money(quote, priced)
    is_same = quote.network_hash == scheduling.get_network_hash(session)
    differences += _days(session, quote, rows, is_calendar_same=is_same)
    lines = tuple(_line(session, line, quote, priced[line.position] if line.position in again else None,
                        is_live=is_live) for line in quote.lines)
    if is_live:
        promised_now = _promised_now(session, quote)
        differences += [Difference(Finding.LATER, line.position, promised_now, line.arrives_on) for line in lines
                        if line.arrives_on is not None and line.arrives_on > promised_now]
    return replace(_numbered(quote, lines, differences), is_calendar_same=is_same)


def _recalculate(session: Session, row: QuoteLineRow, quote: Quote) -> Recalculated | None:
    """Price one piece by the pinned version, at the quote's rate, with what the customer's group was granted."""
    try:
        configured = recall(session, content_hash=row.content_hash, choices=row.choices)
    except OnelotError:
        return None
    surcharge = alternative_surcharge(
        cost_minor=row.plan_cost_minor, cheapest_cost_minor=row.cheapest_cost_minor,
        margin_percent=Fraction(row.margin_percent), currency=configured.unit_net.currency)
    granted = sum(item["unit_minor"] for item in row.price_lines if item["code"] == GROUP_PRICE)
    return Recalculated(convert(configured.unit_net.amount_minor, rate=quote.rate) + granted,
                        convert(surcharge.amount_minor, rate=quote.rate))


def _days(
    session: Session, quote: Quote, rows: dict[int, QuoteLineRow], *, is_calendar_same: bool
) -> list[Difference]:
    """Compare the day with the record of promises, and each line's day with its stored plan."""
    history = [(event.revision, event.promised_on)
               for event in list_promise_events(session, quote_number=quote.number)]
    on_record = first_day(history, quote.revision)
    found = []
    if on_record != quote.promised_on:
        found.append(Difference(Finding.DAY, 0, quote.promised_on, on_record))
    if is_calendar_same:
        site = _destination(session, quote)
        for line in quote.lines:
            earliest = promised_day(rows[line.position].arrival_minute, destination=site, now=quote.offered_at)
            if earliest > line.promised_on:
                found.append(Difference(Finding.ARRIVAL, line.position, line.promised_on, earliest))
    return found


def _line(
    session: Session, line: QuoteLine, quote: Quote, priced: PricedLine | None, *, is_live: bool
) -> CheckedLine:
    arrives_on: date | None = None
    if is_live and line.hold_id is not None:
        hold = scheduling.get_hold(session, hold_id=line.hold_id)
        if hold.state in LIVE_HOLDS:
            arrives_on = promised_day(hold.arrival_minute, destination=_destination(session, quote),
                                      now=quote.offered_at)
    net = None if priced is None else type(quote.net)(priced.net_minor, quote.currency)
    return CheckedLine(line.position, line.title, line.quantity, _version(session, line), net, line.promised_on,
                       arrives_on)


def _version(session: Session, line: QuoteLine) -> int:
    return catalog.get_version(session, content_hash=line.content_hash).number


def _numbered(quote: Quote, lines: Sequence[CheckedLine], differences: Sequence[Difference]) -> _Checked:
    """Give lines and differences the numbers that people read, the counted free lines among them."""
    numbers = line_numbers(quote)
    free = [CheckedLine(item.position, item.title, item.quantity, 0, item.totals.net, None, None)
            for item in quote.items if item.is_counted]
    return _Checked(
        tuple(replace(line, position=numbers[line.position]) for line in sorted(
            (*lines, *free), key=lambda line: line.position)),
        tuple(replace(item, position=numbers.get(item.position, 0)) for item in differences), is_calendar_same=True)


def _destination(session: Session, quote: Quote) -> Site:
    return scheduling.get_planning_network(session).site(quote.destination)


def _promised_now(session: Session, quote: Quote) -> date:
    """Give the day that holds now: the order's, where there is one."""
    if not quote.order_number:
        return quote.promised_on
    return get_order(session, number=quote.order_number).promised_on
