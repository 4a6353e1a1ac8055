"""The page on which a customer sees what canceling an order means, before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ordering.order import Order, OrderState
from ordering.work_order import JobOrderState
from web import formatting
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class CancelPage:
    """What canceling an order means."""

    number: str
    back: str
    action: str
    """Where the cancellation is sent; empty when the customer cannot cancel alone."""
    message_url: str
    """Where the question is sent; empty when there is nothing to ask any more."""
    consequences: tuple[str, ...]


def build_cancel_page(order: Order, *, zone: ZoneInfo, back: str, action: str, message_url: str) -> CancelPage:
    """Put the page together.

    Parameters
    ----------
    order
        With its work orders.
    zone
        The clock where the goods go.
    back, action, message_url
        Addresses of the order's page, of the cancellation, and of questions to the sales desk.
    """
    if order.state is OrderState.CANCELED:
        return CancelPage(order.number, back, "", "", (_("This order is canceled already."),))
    if order.state is OrderState.DELIVERED:
        return CancelPage(order.number, back, "", message_url, (_("This order is delivered."),))
    if order.may_customer_cancel:
        jobs = [job for work in order.work_orders for job in work.job_orders]
        first = min((job.planned_start_at for job in jobs), default=None)
        words = [_("No work on it has begun.")]
        if first is not None:
            words.append(_("The first operation is planned for %(moment)s.", moment=formatting.moment(first, zone)))
        words += [_("Canceling is free of charge."),
                  _("The reserved capacity is given back at once; the date is lost, and a new order gets a new date.")]
        return CancelPage(order.number, back, action, "", tuple(words))
    done = [job for job in order.begun if job.state is JobOrderState.FINISHED]
    running = [job for job in order.begun if job.state is JobOrderState.RUNNING]
    language = formatting.language()
    words = [_("Work on this order has begun, so it cannot be canceled here. Ask us; we answer on the order's page.")]
    if done:
        words.append(_("Done: %(operations)s", operations=formatting.enumerated(
            job.title.in_language(language) for job in done)))
    if running:
        words.append(_("Running: %(operations)s", operations=formatting.enumerated(
            job.title.in_language(language) for job in running)))
    return CancelPage(order.number, back, "", message_url, tuple(words))
