"""Open quotes whose plan a plant had to change: one that cannot keep its date any more is closed, never moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.plant import Network
from ordering import store
from ordering.promise_date import is_delivery_day, promised_day
from ordering.promising import release_capacity
from ordering.quote import QuoteEvent, QuoteState, next_quote_state
from ordering.tables import QuoteLineRow, QuoteRow
from scheduling import service as scheduling


def expire_late_quotes(session: Session, *, now: datetime, actor: str) -> tuple[str, ...]:
    """Close the open quotes that cannot keep their day; their customers may ask for a new date.

    Their held plan arrives later, or nobody receives on that day any more.

    Parameters
    ----------
    session
        Inside the transaction that publishes the plan.
    now
        Aware UTC.
    actor
        For the audit log.

    Returns
    -------
    tuple of str
        Numbers of the quotes closed; empty when all keep their promise.
    """
    query = select(QuoteRow).where(QuoteRow.state == QuoteState.OFFERED.value).order_by(QuoteRow.id)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    if not rows:
        return ()
    network = scheduling.get_planning_network(session)
    late = [row for row in rows if any(_is_late(session, row, line, network) for line in row.lines)]
    for row in late:
        row.state = next_quote_state(QuoteState.OFFERED, QuoteEvent.EXPIRE).value
        row.closed_at = now
        release_capacity(session, row, now=now)
        store.append_audit(session, at=now, actor=actor, action="quote.expire", subject=row.number,
                           facts={"revision": row.revision, "reason": "A plant had to change its plan."})
    return tuple(row.number for row in late)


def _is_late(session: Session, quote: QuoteRow, line: QuoteLineRow, network: Network) -> bool:
    if line.hold_id is None:
        return False
    site = network.site(quote.destination)
    if not is_delivery_day(site, line.promised_on):
        return True
    arrival_minute = scheduling.get_hold(session, hold_id=line.hold_id).arrival_minute
    return promised_day(arrival_minute, destination=site, now=quote.offered_at) > line.promised_on
