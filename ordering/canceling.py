"""A customer takes an order back, as long as no operation of it has begun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ordering.errors import TransitionRefused
from ordering.messages import note_words
from ordering.order import OrderState
from ordering.production import cancel_order
from ordering.quoting import CUSTOMER
from ordering.reading import get_order_by_link
from scheduling import service as scheduling


def cancel_by_customer(session: Session, *, token: str, reason: str, now: datetime) -> bool:
    """Cancel the order of a link and give its capacity back.

    Parameters
    ----------
    session
        Inside a writing transaction.
    token
        From the quote's link.
    reason
        In the customer's words, at most 300 characters; may be empty. Kept as a message about the order.
    now
        Aware UTC.

    Returns
    -------
    bool
        False when the order was canceled before; nothing happens then.

    Raises
    ------
    QuoteNotFound, OrderNotFound
        No such link, or its quote is not an order.
    TransitionRefused
        Work on it has begun, or it is made or delivered: that is a question to the sales desk.
    """
    scheduling.lock_area(session)
    order = get_order_by_link(session, token=token)
    if order.state is OrderState.CANCELED:
        return False
    if not order.may_customer_cancel:
        raise TransitionRefused("Work on this order has begun; ask us about canceling it.",
                                thing="order", state=order.state.value)
    if reason.strip():  # a message, which erasing overwrites; audit and history of the promise keep words for ever
        note_words(session, order_id=order.id, author=order.customer_name, text=reason, now=now)
    cancel_order(session, number=order.number, reason="", now=now, actor=CUSTOMER)
    return True
