"""Questions about an order and their answers: written by its customer through the link, answered by the sales desk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ordering import store
from ordering.errors import OrderNotFound, RequestInvalid
from ordering.quote_reading import newest_row
from ordering.reading import find_order_row, get_order_row
from ordering.tables import OrderMessageRow, OrderRow

LONGEST_MESSAGE = 2000
MOST_MESSAGES = 200
"""So many messages an order takes; more are a telephone call."""
MESSAGE_SCOPE = "message"


class Side(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    SALES = "sales"


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """A message about an order."""

    side: Side
    author: str
    text: str
    at: datetime
    """Aware UTC."""
    is_unread: bool
    """From the customer, and the sales desk has not marked it as read."""


def ask_sales(session: Session, *, token: str, text: str, idempotency_key: str, now: datetime) -> None:
    """Add a message of the customer to the order of a link; the same key again adds nothing.

    Raises
    ------
    QuoteNotFound, OrderNotFound
        No such link, or its quote is not an order.
    RequestInvalid
        The text is empty or too long, or the order has too many messages.
    IdempotencyMismatch
        The key belongs to another message.
    """
    quote = newest_row(session, token=token)
    order = find_order_row(session, quote_number=quote.number)
    if order is None:
        raise OrderNotFound("This quote is not an order yet.")
    _add(session, order, Side.CUSTOMER, author=quote.customer_name, text=text, key=idempotency_key, now=now)


def note_words(session: Session, *, order_id: int, author: str, text: str, now: datetime) -> None:
    """Add what a customer said with something else, such as canceling: once by itself, however many messages there are.

    Parameters
    ----------
    order_id
        The order.
    author
        The customer's name.
    text
        1 to 2000 characters.
    now
        Aware UTC.
    """
    session.add(OrderMessageRow(order_id=order_id, side=Side.CUSTOMER.value, author=author[:200],
                                text=text.strip()[:LONGEST_MESSAGE], at=now))
    session.flush()


def answer_customer(session: Session, *, number: str, text: str, author: str, idempotency_key: str,
                    now: datetime) -> None:
    """Add a message of the sales desk to an order; what the customer wrote before counts as read.

    Raises
    ------
    OrderNotFound
        No such order.
    RequestInvalid
        The text is empty or too long, or the order has too many messages.
    IdempotencyMismatch
        The key belongs to another message.
    """
    order = get_order_row(session, number=number)
    _mark_read(session, order, now=now)
    _add(session, order, Side.SALES, author=author, text=text, key=idempotency_key, now=now)


def mark_messages_read(session: Session, *, number: str, now: datetime) -> None:
    """Note that the sales desk has read what the customer wrote; raise OrderNotFound for an unknown number."""
    _mark_read(session, get_order_row(session, number=number), now=now)


def list_messages(session: Session, *, order_id: int) -> tuple[OrderMessage, ...]:
    """List the messages of an order, oldest first; empty when there is none."""
    query = select(OrderMessageRow).where(OrderMessageRow.order_id == order_id).order_by(OrderMessageRow.id)
    return tuple(
        OrderMessage(side := Side(row.side), row.author, row.text, row.at,
                     is_unread=side is Side.CUSTOMER and row.read_at is None)
        for row in session.scalars(query))


def count_unread(session: Session, *, order_ids: Collection[int]) -> dict[int, int]:
    """Count the customers' unread messages by order; orders without any are left out."""
    query = (
        select(OrderMessageRow.order_id, func.count())
        .where(OrderMessageRow.order_id.in_(order_ids), OrderMessageRow.side == Side.CUSTOMER.value,
               OrderMessageRow.read_at.is_(None))
        .group_by(OrderMessageRow.order_id))
    return {order_id: int(count) for order_id, count in session.execute(query)}


def _mark_read(session: Session, order: OrderRow, *, now: datetime) -> None:
    session.execute(
        update(OrderMessageRow)
        .where(OrderMessageRow.order_id == order.id, OrderMessageRow.side == Side.CUSTOMER.value,
               OrderMessageRow.read_at.is_(None))
        .values(read_at=now))


def _add(session: Session, order: OrderRow, side: Side, *, author: str, text: str, key: str, now: datetime) -> None:
    if not 1 <= len(text.strip()) <= LONGEST_MESSAGE:
        raise RequestInvalid(f"A message has 1 to {LONGEST_MESSAGE} characters.", field="text")
    scope = f"{MESSAGE_SCOPE}:{side.value}"
    body_hash = hashlib.sha256(json.dumps([order.number, text]).encode()).hexdigest()
    if store.find_answer(session, scope=scope, key=key, body_hash=body_hash) is not None:
        return
    of_order = select(func.count()).select_from(OrderMessageRow).where(OrderMessageRow.order_id == order.id)
    if (session.scalar(of_order) or 0) >= MOST_MESSAGES:
        raise RequestInvalid(f"An order takes {MOST_MESSAGES} messages; call us for anything further.", field="text")
    session.add(OrderMessageRow(order_id=order.id, side=side.value, author=author[:200], text=text.strip(), at=now))
    store.store_answer(session, scope=scope, key=key, body_hash=body_hash, answer={}, now=now)
