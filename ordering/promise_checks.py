"""No date that a customer was promised moves without an event that names it, and that its customer sees: I9.

And no open order is promised for a day that a report made a holiday of its destination: I8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.checks import Breach
from ordering.order import ORDER_FINAL_STATES, PromiseEventKind
from ordering.tables import OrderRow, PromiseEventRow, QuoteLineRow, QuoteRow
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import day_end_minute
from scheduling.errors import EventNotFound
from scheduling.schedule import Hold, HoldState


def moved_promises(session: Session, holds: Mapping[int, Hold]) -> Iterator[Breach]:
    """Find promises that moved unseen.

    Every entry of a moved date names an event of the plants that delayed the order's work, or that made the day before
    a holiday of the destination; and no open order arrives after its promised day, or is promised for such a day.

    Parameters
    ----------
    session
        Only read.
    holds
        Every hold by its id.
    """
    lines: dict[int, list[QuoteLineRow]] = {}
    of_number: dict[str, set[int | None]] = {}
    for line, number in session.execute(select(QuoteLineRow, QuoteRow.number).join(QuoteRow)):
        lines.setdefault(line.quote_id, []).append(line)
        of_number.setdefault(number, set()).add(line.hold_id)  # its work before a change of the order too
    orders = {row.quote_number: row for row in session.scalars(select(OrderRow))}
    moved = select(PromiseEventRow).where(PromiseEventRow.kind == PromiseEventKind.MOVED.value)
    for entry in session.scalars(moved.order_by(PromiseEventRow.id)):
        order = orders.get(entry.quote_number)
        if not _is_named(session, entry, order, of_number.get(entry.quote_number, set())):
            yield Breach("I9", f"the date of {entry.quote_number} moved without an event that delayed its work")
    yield from _unseen(session, orders, lines, holds)


def _is_named(
    session: Session, entry: PromiseEventRow, order: OrderRow | None, hold_ids: set[int | None]
) -> bool:
    if entry.schedule_event_id is None or order is None:
        return False
    try:
        found = events.get_outcome(session, event_id=entry.schedule_event_id)
    except EventNotFound:
        return False
    if entry.previous_on is not None and events.is_closing(
        found.event, site=order.quote.destination, day=entry.previous_on
    ):
        return True
    return events.is_delaying(found, {hold_id for hold_id in hold_ids if hold_id is not None})


def _unseen(
    session: Session, orders: Mapping[str, OrderRow], lines: Mapping[int, list[QuoteLineRow]],
    holds: Mapping[int, Hold],
) -> Iterator[Breach]:
    """Compare what the plan says with what open orders were told."""
    waiting = [row for row in orders.values() if row.state not in {state.value for state in ORDER_FINAL_STATES}]
    if not waiting:
        return
    network, holidays = scheduling.get_planning_network(session), events.list_reported_holidays(session)
    for order in waiting:
        if (order.quote.destination, order.promised_on) in holidays:
            yield Breach("I8", f"order {order.number} is promised for a day on which nobody receives it")
        last = day_end_minute(network.site(order.quote.destination), order.promised_on)
        booked = [holds.get(line.hold_id or 0) for line in lines.get(order.quote_id, ())]
        if any(hold.arrival_minute > last for hold in booked if hold and hold.state is HoldState.CONFIRMED):
            yield Breach("I9", f"order {order.number} arrives after its promised day, and its customer was not told")
