"""The change of an order by its customer: until when it is possible, what is asked for, what it became.

Imports no database.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from catalog.money import Money
from ordering.order import Order, OrderState
from ordering.quote import Alternative

LEAD_TIME = timedelta(hours=2)
"""A changed order's work begins no earlier, so that the plants hear of it before."""
_HOUR = timedelta(hours=1)


class Obstacle(StrEnum):
    """Why a customer cannot change an order alone."""

    CANCELED = "canceled"
    DELIVERED = "delivered"
    MADE = "made"
    BEGUN = "begun"
    DUE = "due"
    """Nobody reported it yet, but by plan its work begins about now."""
    TERMS = "terms"
    """It has several lines, or terms that the sales desk agreed with the customer."""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What an order is to be: a product version, the choices as typed, pieces, where to, made which way."""

    content_hash: str
    choices: dict[str, str]
    quantity: int
    destination: str
    alternative: Alternative = Alternative.DEFAULT


@dataclass(frozen=True, slots=True)
class Replaced:
    """The work that a changed order stands in for: its places are free for it, and from when it may be made."""

    hold_ids: tuple[int, ...]
    starts_at: datetime
    """Aware UTC, see :func:`earliest_start`."""


@dataclass(frozen=True, slots=True)
class OrderChange:
    """A change that was made. Both revisions stay as they were accepted."""

    number: int
    """Counts the changes of an order from 1."""
    at: datetime
    accepted_by: str
    from_revision: int
    to_revision: int
    gross_before: Money
    gross_after: Money
    promised_before: date
    promised_after: date


def find_obstacle(order: Order, *, has_terms: bool, now: datetime) -> Obstacle | None:
    """Say why a customer cannot change an order alone; None when it is possible.

    Parameters
    ----------
    order
        With its work orders.
    has_terms
        Whether it has several lines, or terms of its own.
    now
        Aware UTC.
    """
    closed = {OrderState.CANCELED: Obstacle.CANCELED, OrderState.DELIVERED: Obstacle.DELIVERED,
              OrderState.MADE: Obstacle.MADE}
    if order.state in closed:
        return closed[order.state]
    if order.state is not OrderState.CONFIRMED or order.begun:
        return Obstacle.BEGUN
    starts_at = first_start(order)
    if starts_at is not None and starts_at <= now:
        return Obstacle.DUE
    return Obstacle.TERMS if has_terms else None


def first_start(order: Order) -> datetime | None:
    """Give the moment from which an order's work is planned; None when it needs none."""
    return min((job.planned_start_at for work in order.work_orders for job in work.job_orders), default=None)


def earliest_start(planned_at: datetime | None, *, held_for: timedelta, now: datetime) -> datetime:
    """Give the moment from which a changed order may be made; a whole hour, so that it stays while a page is read.

    That is where its work stands now, or where that of a new offer could begin: changing an order is no way to get it
    earlier than anybody else would.

    Parameters
    ----------
    planned_at
        When its work begins as it stands; None when it needs none.
    held_for
        How long an offer is held, in which its work does not begin.
    now
        Aware UTC.
    """
    as_new = _whole_hour(now + held_for)
    return max(_whole_hour(now + LEAD_TIME), as_new if planned_at is None else min(planned_at, as_new))


def _whole_hour(moment: datetime) -> datetime:
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return whole if whole == moment else whole + _HOUR


def seal(*, order_number: str, revision: int, choices: dict[str, str], request: ChangeRequest, promised_on: date,
         gross: Money, co2_grams: int) -> str:
    """Give a SHA-256 of what a customer was shown; another day, price or footprint gives another one.

    Parameters
    ----------
    order_number, revision
        The order, and the revision of its quote that would be replaced.
    choices
        The whole selection, as texts.
    request
        What was asked for.
    promised_on, gross, co2_grams
        What the page said of it.
    """
    content = [order_number, revision, sorted(choices.items()), request.content_hash, request.quantity,
               request.destination, request.alternative.value, promised_on.isoformat(), gross.amount_minor,
               gross.currency, co2_grams]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
