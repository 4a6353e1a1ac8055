"""An order: an accepted quote, and what its customer sees of its progress. Imports no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from catalog.money import Money
from ordering.state_machine import advance, final_states
from ordering.work_order import JobOrder, JobOrderState, WorkOrder, WorkOrderState


class OrderState(StrEnum):
    """Where an order stands."""

    CONFIRMED = "confirmed"
    IN_PRODUCTION = "in_production"
    MADE = "made"
    DELIVERED = "delivered"
    CANCELED = "canceled"


class OrderEvent(StrEnum):
    """What can happen to an order."""

    START = "start"
    FINISH = "finish"
    DELIVER = "deliver"
    CANCEL = "cancel"


ORDER_TRANSITIONS: Mapping[tuple[OrderState, OrderEvent], OrderState] = {
    (OrderState.CONFIRMED, OrderEvent.START): OrderState.IN_PRODUCTION,
    (OrderState.IN_PRODUCTION, OrderEvent.FINISH): OrderState.MADE,
    (OrderState.MADE, OrderEvent.DELIVER): OrderState.DELIVERED,
    (OrderState.CONFIRMED, OrderEvent.CANCEL): OrderState.CANCELED,
    (OrderState.IN_PRODUCTION, OrderEvent.CANCEL): OrderState.CANCELED,
}
ORDER_FINAL_STATES = final_states(ORDER_TRANSITIONS, OrderState)


def next_order_state(state: OrderState, event: OrderEvent) -> OrderState:
    """Give the state after an event; raise TransitionRefused for one that is not listed."""
    return advance(ORDER_TRANSITIONS, state, event, thing="order")


def progress_event(state: OrderState, work_orders: Iterable[WorkOrderState]) -> OrderEvent | None:
    """Say what the states of its work orders mean for an order.

    Parameters
    ----------
    state
        The present state of the order.
    work_orders
        The states of all its work orders.

    Returns
    -------
    OrderEvent or None
        START once one work order runs or is finished, FINISH once all are; None when nothing changes.
    """
    states = tuple(work_orders)
    begun = {WorkOrderState.IN_PROGRESS, WorkOrderState.FINISHED}
    if state is OrderState.CONFIRMED and begun & set(states):
        return OrderEvent.START
    if state is OrderState.IN_PRODUCTION and states and set(states) == {WorkOrderState.FINISHED}:
        return OrderEvent.FINISH
    return None


class PromiseEventKind(StrEnum):
    """Why the promised date of a quote or order was set."""

    OFFERED = "offered"
    REQUOTED = "requoted"
    ACCEPTED = "accepted"
    MOVED = "moved"
    CHANGED = "changed"
    """By its customer."""
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class PromiseEvent:
    """One entry of the history of a promise, visible to the customer."""

    at: datetime
    kind: PromiseEventKind
    revision: int
    promised_on: date
    previous_on: date | None
    """None for the first promise."""
    reason: str = ""
    """In plain words, as a person reported it."""
    schedule_event_id: int | None = None
    """What moved the date; None where nothing in the plants did."""
    cause_kind: str = ""
    """The kind of that event; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Order:
    """An accepted quote with its work orders."""

    id: int
    number: str
    state: OrderState
    quote_number: str
    quote_revision: int
    customer_name: str
    customer_email: str
    reference: str
    destination: str
    net: Money
    tax: Money
    gross: Money
    co2_grams: int
    promised_on: date
    accepted_at: datetime
    work_orders: tuple[WorkOrder, ...] = ()
    history: tuple[PromiseEvent, ...] = ()
    """Oldest first."""
    accepted_by: str = ""
    """The person who accepted; empty where none was named."""
    closed_at: datetime | None = None
    """When it was delivered or canceled; None before."""

    @property
    def begun(self) -> tuple[JobOrder, ...]:
        """The operations that run or are finished."""
        return tuple(job for work in self.work_orders for job in work.job_orders
                     if job.state in {JobOrderState.RUNNING, JobOrderState.FINISHED})

    @property
    def may_customer_cancel(self) -> bool:
        """Whether its customer may cancel it alone: it is confirmed and no operation has begun."""
        return self.state is OrderState.CONFIRMED and not self.begun
