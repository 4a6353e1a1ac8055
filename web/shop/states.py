"""States of quotes, orders and work in words, each with its tag and icon."""

from __future__ import annotations

from dataclasses import dataclass

from ordering.order import OrderState, PromiseEvent, PromiseEventKind
from ordering.quote import QuoteState
from ordering.work_order import JobOrderState, WorkOrderState
from web import formatting
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class StateTag:
    """A state as a tag: words, kind of tag, icon."""

    words: str
    kind: str = ""
    icon: str = ""


def quote_state_tag(state: QuoteState, *, is_open: bool) -> StateTag:
    """Give the tag of a quote; one whose hold has ended is shown as lapsed at once."""
    if state is QuoteState.OFFERED and not is_open:
        return StateTag(_("date lapsed"), "warn", "clock")
    return {
        QuoteState.OFFERED: StateTag(_("open"), "info", "open"),
        QuoteState.ACCEPTED: StateTag(_("accepted"), "on", "tick"),
        QuoteState.DECLINED: StateTag(_("declined"), "off"),
        QuoteState.EXPIRED: StateTag(_("date lapsed"), "warn", "clock"),
        QuoteState.SUPERSEDED: StateTag(_("replaced"), "off"),
    }[state]


def order_state_tag(state: OrderState) -> StateTag:
    """Give the tag of an order."""
    return {
        OrderState.CONFIRMED: StateTag(_("confirmed"), "on", "tick"),
        OrderState.IN_PRODUCTION: StateTag(_("in production"), "on", "play"),
        OrderState.MADE: StateTag(_("made"), "on", "tick"),
        OrderState.DELIVERED: StateTag(_("delivered"), "on", "truck"),
        OrderState.CANCELED: StateTag(_("canceled"), "off"),
    }[state]


def work_order_state_tag(state: WorkOrderState) -> StateTag:
    """Give the tag of a work order."""
    return {
        WorkOrderState.PLANNED: StateTag(_("planned")),
        WorkOrderState.RELEASED: StateTag(_("released"), "info", "flag"),
        WorkOrderState.IN_PROGRESS: StateTag(_("running"), "on", "play"),
        WorkOrderState.FINISHED: StateTag(_("done"), "", "tick"),
        WorkOrderState.CANCELED: StateTag(_("canceled"), "off"),
    }[state]


def job_order_state_tag(state: JobOrderState) -> StateTag:
    """Give the tag of a job order."""
    return {
        JobOrderState.PLANNED: StateTag(_("planned")),
        JobOrderState.RUNNING: StateTag(_("running"), "on", "play"),
        JobOrderState.FINISHED: StateTag(_("done"), "", "tick"),
        JobOrderState.CANCELED: StateTag(_("canceled"), "off"),
    }[state]


def promise_event_title(event: PromiseEvent) -> str:
    """Say in a few words what happened to a promise."""
    return {
        PromiseEventKind.OFFERED: _("Offered"),
        PromiseEventKind.REQUOTED: _("Offered anew"),
        PromiseEventKind.ACCEPTED: _("Ordered"),
        PromiseEventKind.MOVED: _("Date changed"),
        PromiseEventKind.CANCELED: _("Canceled"),
    }[event.kind]


def promise_event_sentence(event: PromiseEvent) -> str:
    """Say what an event made of the promised day, and why."""
    day = formatting.day(event.promised_on)
    if event.previous_on is not None and event.previous_on != event.promised_on:
        words = _("Promise %(day)s instead of %(previous)s.", day=day, previous=formatting.day(event.previous_on))
    else:
        words = _("Promise %(day)s.", day=day)
    return f"{words} {event.reason}".strip()
