"""The customer's page of an order: stages, operations with plants and times, history of the promise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog.text import Text
from ordering.messages import OrderMessage, Side
from ordering.order import ORDER_FINAL_STATES, Order, OrderState
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
    cancel_url: str
    """Empty when it is delivered or canceled."""


@dataclass(frozen=True, slots=True)
class OrderLinks:
    """The addresses that belong to an order."""

    messages: str
    cancel: str


def build_order_page(
    order: Order, *, destination: Text, zone: ZoneInfo, sites: Mapping[str, tuple[Text, ZoneInfo]],
    lines: Mapping[int, LineView], documents: tuple[DocumentLink, ...],
    links: OrderLinks, messages: Iterable[OrderMessage] = (),
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
    messages
        What its customer and the sales desk wrote, oldest first.
    """
    return OrderPage(
        number=order.number, state=order_state_tag(order.state), customer=order.customer_name, documents=documents,
        works=tuple(_work(work, sites, zone, lines.get(work.line_id)) for work in order.work_orders),
        date=formatting.day(order.promised_on),
        destination_words=_("Delivered to %(place)s.", place=destination.in_language(formatting.language())),
        note=_note(order), stages=_stages(order, zone),
        history=tuple(HistoryEntry(promise_event_title(event), promise_event_sentence(event),
                                   formatting.moment(event.at, zone)) for event in reversed(order.history)),
        price_rows=((_("Net"), formatting.money(order.net)), (_("VAT"), formatting.money(order.tax)),
                    (_("Total"), formatting.money(order.gross)),
                    (_("Footprint"), f"{formatting.mass(order.co2_grams)} kg CO₂e")),
        accepted_rows=accepted_rows(order, zone), thread=thread(messages, zone, own=Side.CUSTOMER),
        message_url=links.messages, cancel_url="" if order.state in ORDER_FINAL_STATES else links.cancel,
    )


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
        operations=tuple(_operation(job, sites, zone) for job in work.job_orders),
    )


def _operation(job: JobOrder, sites: Mapping[str, tuple[Text, ZoneInfo]], zone: ZoneInfo) -> OperationView:
    name, local = sites.get(job.site, (Text.of(job.site), zone))
    return OperationView(
        title=job.title.in_language(formatting.language()), place=name.in_language(formatting.language()),
        when=_times(job, local), state=job_order_state_tag(job.state))


def _times(job: JobOrder, zone: ZoneInfo) -> str:
    start = formatting.moment(job.started_at or job.planned_start_at, zone)
    end = formatting.moment(job.finished_at or job.planned_end_at, zone)
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
    first = order.history[0].promised_on if order.history else order.promised_on
    if order.promised_on > first:
        return StateTag(_("Later than first promised. The history says why."), "warn")
    return StateTag(_("The promise holds."), "good")


def _made_words(end: datetime, zone: ZoneInfo, *, is_made: bool) -> str:
    moment = formatting.moment(end, zone)
    return moment if is_made else _("planned until %(moment)s", moment=moment)


def _stages(order: Order, zone: ZoneInfo) -> tuple[Stage, ...]:
    jobs = [job for work in order.work_orders for job in work.job_orders]
    starts = [job.started_at or job.planned_start_at for job in jobs]
    ends = [job.finished_at or job.planned_end_at for job in jobs]
    done = sum(job.state is JobOrderState.FINISHED for job in jobs)
    reached = {OrderState.CONFIRMED: 1, OrderState.IN_PRODUCTION: 2, OrderState.MADE: 3, OrderState.DELIVERED: 4,
               OrderState.CANCELED: 1}[order.state]
    begun = min((job.started_at for job in jobs if job.started_at is not None), default=None)
    progress = _("begun %(moment)s, %(done)s of %(all)s operations done", moment=formatting.moment(begun, zone),
                 done=done, all=len(jobs)) if begun is not None else ""
    titles = (
        (_("Ordered"), formatting.moment(order.accepted_at, zone)),
        (_("In production"), progress or (_("planned from %(moment)s", moment=formatting.moment(min(starts), zone))
                                          if starts else "")),
        (_("Made"), _made_words(max(ends), zone, is_made=reached >= _MADE_PLACE) if ends else ""),
        (_("Delivered"), formatting.moment(order.closed_at, zone)
         if order.state is OrderState.DELIVERED and order.closed_at is not None
         else _("promised for %(day)s", day=formatting.day(order.promised_on))),
    )
    return tuple(
        Stage("done" if place < reached else "now" if place == reached else "todo",
              "tick" if place < reached else "open", title, when)
        for place, (title, when) in enumerate(titles))
