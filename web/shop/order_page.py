"""The customer's page of an order: stages, operations with plants and times, history of the promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog.text import Text
from ordering.messages import OrderMessage, Side
from ordering.order import ORDER_FINAL_STATES, Order, OrderState, PromiseEventKind
from ordering.service import OrderChange
from ordering.work_order import JobOrder, JobOrderState, WorkOrder
from web import formatting
from web.shop.quote_page import LineView
from web.shop.states import (
    StateTag,
    job_order_state_tag,
    order_state_tag,
    promise_event_sentence,
    promise_event_title,
    work_order_state_tag,
)
from web.shop.thread import MessageView, thread
from web.words import gettext as _

_MADE_PLACE = 3
_AGREED = (PromiseEventKind.OFFERED, PromiseEventKind.REQUOTED, PromiseEventKind.ACCEPTED, PromiseEventKind.CHANGED)
"""Days that the customer said yes to."""


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation: what, where, when, how far."""

    title: str
    place: str
    when: str
    state: StateTag


@dataclass(frozen=True, slots=True)
class WorkView:
    """The work of one order line."""

    title: str
    choices: tuple[tuple[str, str], ...]
    picture: Markup
    state: StateTag
    operations: tuple[OperationView, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an order: done, now or todo."""

    kind: str
    icon: str
    title: str
    when: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of the history of a promise."""

    title: str
    sentence: str
    when: str


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """A document of the order."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change of the order: when and by whom, what it made of price and day."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """The customer's page of an order."""

    number: str
    state: StateTag
    customer: str
    documents: tuple[DocumentLink, ...]
    works: tuple[WorkView, ...]
    date: str
    destination_words: str
    note: StateTag | None
    stages: tuple[Stage, ...]
    history: tuple[HistoryEntry, ...]
    price_rows: tuple[tuple[str, str], ...]
    accepted_rows: tuple[tuple[str, str], ...]
    thread: tuple[MessageView, ...]
    message_url: str
    change_url: str
    """Empty when it is delivered or canceled, as is ``cancel_url``."""
    cancel_url: str
    again_url: str
    """The configurator with the same choices, once the order is closed; empty before, or when it has several lines."""
    is_canceled: bool
    changes: tuple[ChangeView, ...] = ()
    """What its customer changed, newest first."""


@dataclass(frozen=True, slots=True)
class OrderLinks:
    """The addresses that belong to an order."""

    messages: str
    change: str
    cancel: str
    again: str


@dataclass(frozen=True, slots=True)
class OrderRecords:
    """What else is known of an order: its messages and changes, oldest first, and when its work was released."""

    messages: tuple[OrderMessage, ...] = ()
    changes: tuple[OrderChange, ...] = ()
    released_at: datetime | None = None


def build_order_page(
    order: Order, *, destination: Text, zone: ZoneInfo, sites: Mapping[str, tuple[Text, ZoneInfo]],
    lines: Mapping[int, LineView], documents: tuple[DocumentLink, ...],
    links: OrderLinks, records: OrderRecords = OrderRecords(),  # a frozen value
) -> OrderPage:
    """Put the page of an order together.

    Parameters
    ----------
    order
        With its work orders and history.
    destination, zone
        Where the goods go, and the clock there.
    sites
        Name and clock of each plant by its code.
    lines
        The quote's lines by their id.
    documents
        What can be opened.
    links
        The addresses that belong to the order.
    records
        What else is known of it.
    """
    is_over = order.state in ORDER_FINAL_STATES
    return OrderPage(
        number=order.number, state=order_state_tag(order.state), customer=order.customer_name, documents=documents,
        works=tuple(_work(work, sites, zone, lines.get(work.line_id)) for work in order.work_orders),
        date=formatting.day(order.promised_on),
        destination_words=_("Delivered to %(place)s.", place=destination.in_language(formatting.language())),
        note=_note(order), stages=_stages(order, records, zone),
        history=tuple(HistoryEntry(promise_event_title(event), promise_event_sentence(event),
                                   formatting.moment(event.at, zone)) for event in reversed(order.history)),
        price_rows=((_("Net"), formatting.money(order.net)), (_("VAT"), formatting.money(order.tax)),
                    (_("Total"), formatting.money(order.gross)),
                    (_("Footprint"), f"{formatting.mass(order.co2_grams)} kg CO₂e")),
        accepted_rows=accepted_rows(order, zone), thread=thread(records.messages, zone, own=Side.CUSTOMER),
        message_url=links.messages, change_url="" if is_over else links.change,
        cancel_url="" if is_over else links.cancel, again_url=links.again if is_over else "",
        is_canceled=order.state is OrderState.CANCELED,
        changes=tuple(_change(item, zone) for item in reversed(records.changes)),
    )


def _change(item: OrderChange, zone: ZoneInfo) -> ChangeView:
    day = formatting.day(item.promised_after)
    if item.promised_after != item.promised_before:
        day = _("Promise %(day)s instead of %(previous)s.", day=day, previous=formatting.day(item.promised_before))
    else:
        day = _("Promise %(day)s, as before.", day=day)
    money = formatting.money(item.gross_after)
    if item.gross_after != item.gross_before:
        money = _("Total %(price)s instead of %(previous)s.", price=money,
                  previous=formatting.money(item.gross_before))
    else:
        money = _("Total %(price)s, as before.", price=money)
    return ChangeView(_("%(moment)s, by %(name)s", moment=formatting.moment(item.at, zone), name=item.accepted_by),
                      (money, day))


def accepted_rows(order: Order, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """Say who accepted, when, and under which number of their own."""
    found = ((_("Accepted by"), order.accepted_by), (_("Accepted"), formatting.moment(order.accepted_at, zone)),
             (_("Purchase order"), order.reference))
    return tuple((title, value) for title, value in found if value)


def _work(work: WorkOrder, sites: Mapping[str, tuple[Text, ZoneInfo]], zone: ZoneInfo,
          line: LineView | None) -> WorkView:
    title = work.title.in_language(formatting.language())
    return WorkView(
        title=_("%(quantity)s × %(title)s", quantity=work.quantity, title=title),
        choices=line.choices if line is not None else (), picture=line.picture if line is not None else Markup(),
        state=work_order_state_tag(work.state),
        operations=tuple(_operation(job, sites, zone) for job in sorted(
            work.job_orders, key=lambda job: (job.started_at or job.planned_start_at, job.position))),
    )


def _operation(job: JobOrder, sites: Mapping[str, tuple[Text, ZoneInfo]], zone: ZoneInfo) -> OperationView:
    name, local = sites.get(job.site, (Text.of(job.site), zone))
    return OperationView(
        title=job.title.in_language(formatting.language()), place=name.in_language(formatting.language()),
        when=_times(job, local), state=job_order_state_tag(job.state))


def _times(job: JobOrder, zone: ZoneInfo) -> str:
    start_at, end_at = job.started_at or job.planned_start_at, job.finished_at or job.planned_end_at
    is_one_day = start_at.astimezone(zone).date() == end_at.astimezone(zone).date()
    start = formatting.moment(start_at, zone)
    end = formatting.clock(end_at, zone) if is_one_day else formatting.moment(end_at, zone)
    if job.state is JobOrderState.CANCELED:
        return ""
    if job.state is JobOrderState.FINISHED:
        return _("Begun %(start)s, finished %(end)s", start=start, end=end)
    if job.state is JobOrderState.RUNNING:
        return _("Begun %(start)s, planned until %(end)s", start=start, end=end)
    return _("Planned from %(start)s to %(end)s", start=start, end=end)


def _note(order: Order) -> StateTag | None:
    if order.state is OrderState.CANCELED:
        return StateTag(_("This order is canceled."), "late")
    agreed = [event.promised_on for event in order.history if event.kind in _AGREED]
    if agreed and order.promised_on > agreed[-1]:
        return StateTag(_("Later than promised. The history says why."), "warn")
    return StateTag(_("The promise holds."), "good")


def _stages(order: Order, records: OrderRecords, zone: ZoneInfo) -> tuple[Stage, ...]:
    if order.state is OrderState.CANCELED:
        return _ended_stages(order, zone)
    jobs = [job for work in order.work_orders for job in work.job_orders]
    reached = {OrderState.CONFIRMED: 1, OrderState.IN_PRODUCTION: 2, OrderState.MADE: 4,
               OrderState.DELIVERED: 5}[order.state]
    if order.state is OrderState.CONFIRMED and records.released_at is not None:
        reached = 2
    titles = (
        (_("Ordered"), formatting.moment(order.accepted_at, zone)),
        (_("Released to the plants"), _released_words(jobs, records, zone)),
        (_("In production"), _progress_words(jobs, zone)),
        (_("Made"), _made_words(jobs, zone, is_made=reached >= _MADE_PLACE)),
        (_("Delivered"), formatting.moment(order.closed_at, zone)
         if order.state is OrderState.DELIVERED and order.closed_at is not None
         else _("promised for %(day)s", day=formatting.day(order.promised_on))),
    )
    return tuple(
        Stage("done" if place < reached else "now" if place == reached else "todo",
              "tick" if place < reached else "open", title, when)
        for place, (title, when) in enumerate(titles))


def _ended_stages(order: Order, zone: ZoneInfo) -> tuple[Stage, ...]:
    closed = formatting.moment(order.closed_at, zone) if order.closed_at is not None else ""
    return (Stage("done", "tick", _("Ordered"), formatting.moment(order.accepted_at, zone)),
            Stage("now", "slash", _("Canceled"), closed))


def _released_words(jobs: list[JobOrder], records: OrderRecords, zone: ZoneInfo) -> str:
    if records.released_at is not None:
        return formatting.moment(records.released_at, zone)
    if not jobs:
        return ""
    return _("before %(moment)s", moment=formatting.moment(min(job.planned_start_at for job in jobs), zone))


def _progress_words(jobs: list[JobOrder], zone: ZoneInfo) -> str:
    begun = min((job.started_at for job in jobs if job.started_at is not None), default=None)
    if begun is not None:
        done = sum(job.state is JobOrderState.FINISHED for job in jobs)
        return _("begun %(moment)s, %(done)s of %(all)s operations done", moment=formatting.moment(begun, zone),
                 done=done, all=len(jobs))
    if not jobs:
        return ""
    return _("planned from %(moment)s", moment=formatting.moment(min(job.planned_start_at for job in jobs), zone))


def _made_words(jobs: list[JobOrder], zone: ZoneInfo, *, is_made: bool) -> str:
    if not jobs:
        return ""
    end = formatting.moment(max(job.finished_at or job.planned_end_at for job in jobs), zone)
    return end if is_made else _("planned until %(moment)s", moment=end)
