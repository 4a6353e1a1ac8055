"""What the code of a paper seals: the facts that must still be stored as they were printed. Imports no database.

No name, address or reference of a customer is among them: erasing a person leaves every paper verifiable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ordering.order import Order, PromiseEvent, PromiseEventKind
from ordering.quote import Quote
from ordering.work_order import WorkOrder

Facts = list[object]


def quote_facts(quote: Quote) -> Facts:
    """Give what a quotation of a revision says in figures: money, days, and every line with its choices."""
    return [
        quote.number, quote.revision, quote.currency, quote.net.amount_minor, quote.tax.amount_minor,
        quote.gross.amount_minor, quote.promised_on.isoformat(), quote.valid_until.isoformat(), quote.destination,
        [[line.position, line.content_hash, sorted(line.choices.items()), line.quantity, str(line.tax_percent),
          line.totals.net.amount_minor, line.totals.gross.amount_minor, line.promised_on.isoformat()]
         for line in quote.lines],
        [[item.position, item.kind.value, item.standing.value, item.content_hash, item.quantity, str(item.tax_percent),
          item.totals.net.amount_minor, item.totals.gross.amount_minor] for item in quote.items],
        str(quote.rate), str(quote.total_discount),
    ]


def order_facts(order: Order, *, revision: int) -> Facts:
    """Give what a confirmation of an order says in figures: money, and the day as it was promised then."""
    return [order.number, revision, order.quote_number, order.quote_revision, order.gross.currency,
            order.net.amount_minor, order.tax.amount_minor, order.gross.amount_minor,
            promised_at(order, revision=revision).isoformat(), order.accepted_at.isoformat()]


def work_order_facts(work_order: WorkOrder, *, content_hash: str, choices: Mapping[str, str]) -> Facts:
    """Give what a traveller says that no plan changes: product, choices, pieces and operations."""
    return [work_order.number, work_order.order_number, work_order.quantity, content_hash, sorted(choices.items()),
            [[item.number, item.operation, str(item.standard_minutes)] for item in work_order.job_orders]]


def since_acceptance(history: Sequence[PromiseEvent]) -> tuple[PromiseEvent, ...]:
    """Give the entries of a promise's history from the acceptance on, oldest first."""
    places = [place for place, event in enumerate(history) if event.kind is PromiseEventKind.ACCEPTED]
    return tuple(history[places[0]:]) if places else ()


def confirmation_revision(order: Order) -> int:
    """Count the confirmations of an order: one when it was accepted, one more with every change of its promise."""
    return max(1, len(since_acceptance(order.history)))


def promised_at(order: Order, *, revision: int) -> date:
    """Give the day that a confirmation of an order promises; the present one where its history does not say."""
    events = since_acceptance(order.history)
    return events[revision - 1].promised_on if 0 < revision <= len(events) else order.promised_on
