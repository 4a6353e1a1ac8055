"""States of quotes, orders and work in words, each with its tag and icon."""

from __future__ import annotations

from dataclasses import dataclass

from ordering.order import OrderState, PromiseEvent, PromiseEventKind
from ordering.quote import DeclineReason, QuoteState
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


def decline_words(reason: str, words: str) -> str:
    """Say why a quote was declined; empty where nothing was said."""
    titles = {
        DeclineReason.PRICE.value: _("The price"), DeclineReason.DATE.value: _("The date"),
        DeclineReason.OTHER_SUPPLIER.value: _("Another supplier"),
        DeclineReason.NOT_NEEDED.value: _("No longer needed"), DeclineReason.OTHER.value: _("Another reason"),
    }
    return ": ".join(part for part in (titles.get(reason, ""), words) if part)


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
        PromiseEventKind.CHANGED: _("Changed by you"),
        PromiseEventKind.CANCELED: _("Canceled"),
    }[event.kind]


def promise_event_sentence(event: PromiseEvent) -> str:
    """Say what an event made of the promised day, and why."""
    day = formatting.day(event.promised_on)
    if event.previous_on is not None and event.previous_on != event.promised_on:
        words = _("Promise %(day)s instead of %(previous)s.", day=day, previous=formatting.day(event.previous_on))
    else:
        words = _("Promise %(day)s.", day=day)
    return f"{words} {promise_cause(event)}".strip()


def promise_cause(event: PromiseEvent) -> str:
    """Say what moved a promised day, in the words of the page, with the cause as it was reported."""
    sentences = {
        "machine_down": _("A machine stood still: %(cause)s", cause=event.reason),
        "operator_absent": _("People were absent: %(cause)s", cause=event.reason),
        "capacity_withdrawn": _("A plant needed its capacity itself: %(cause)s", cause=event.reason),
        "calendar_changed": _("A plant changed its working time: %(cause)s", cause=event.reason),
        "operation_finished": _("An operation took longer than planned: %(cause)s", cause=event.reason),
        "operation_scrapped": _("A piece is made again: %(cause)s", cause=event.reason),
        "material_late": _("Material came late: %(cause)s", cause=event.reason),
        "rush_order": _("An urgent order went first: %(cause)s", cause=event.reason),
        "plan_published": _("A plant had to change its plan."),
    }
    return sentences.get(event.cause_kind, event.reason)
