"""The customer's page of an order: stages, operations with plants and times, history of the promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog.text import Text
from ordering.order import Order, OrderState
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
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation: what, where, when, how far."""

    title: str
    place: str
    start: str
    end: str
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


def build_order_page(
    order: Order, *, destination: Text, zone: ZoneInfo, sites: Mapping[str, tuple[Text, ZoneInfo]],
    lines: Mapping[int, LineView], documents: tuple[DocumentLink, ...],
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
    )


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
        start=formatting.moment(job.started_at or job.planned_start_at, local),
        end=formatting.moment(job.finished_at or job.planned_end_at, local), state=job_order_state_tag(job.state))


def _note(order: Order) -> StateTag | None:
    if order.state is OrderState.CANCELED:
        return StateTag(_("This order is canceled."), "late")
    first = order.history[0].promised_on if order.history else order.promised_on
    if order.promised_on > first:
        return StateTag(_("Later than first promised. The history says why."), "warn")
    return StateTag(_("The promise holds."), "good")


def _stages(order: Order, zone: ZoneInfo) -> tuple[Stage, ...]:
    jobs = [job for work in order.work_orders for job in work.job_orders]
    starts = [job.started_at or job.planned_start_at for job in jobs]
    ends = [job.finished_at or job.planned_end_at for job in jobs]
    done = sum(job.state is JobOrderState.FINISHED for job in jobs)
    reached = {OrderState.CONFIRMED: 1, OrderState.IN_PRODUCTION: 2, OrderState.MADE: 3, OrderState.DELIVERED: 4,
               OrderState.CANCELED: 1}[order.state]
    progress = _("%(done)s of %(all)s operations done", done=done, all=len(jobs)) if done else ""
    titles = (
        (_("Ordered"), formatting.moment(order.accepted_at, zone)),
        (_("In production"), progress or (_("from %(moment)s", moment=formatting.moment(min(starts), zone))
                                          if starts else "")),
        (_("Made"), _("until %(moment)s", moment=formatting.moment(max(ends), zone)) if ends else ""),
        (_("Delivered"), formatting.day(order.promised_on)),
    )
    return tuple(
        Stage("done" if place < reached else "now" if place == reached else "todo",
              "tick" if place < reached else "open", title, when)
        for place, (title, when) in enumerate(titles))
