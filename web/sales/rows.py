"""Quotes and orders as the sales desk reads them: plain view values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ordering.earlier import EarlierOffer
from ordering.order import Order, PromiseEvent, PromiseEventKind
from ordering.quote import Quote, QuoteLine, QuoteState
from web import formatting
from web.shop.date_reasons import earlier_lines
from web.shop.parts import EarlierLine
from web.shop.states import StateTag, order_state_tag
from web.words import gettext as _
from web.words import ngettext

MOST_EARLIER_DAYS = 7


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote in the list."""

    number: str
    revision: int
    customer: str
    products: str
    net: str
    promised: str
    offered: str
    state: StateTag
    hold: str
    taken: str
    """The number of the quote that was accepted in place of this one; empty where none was."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the list."""

    number: str
    quote: str
    customer: str
    products: str
    net: str
    promised: str
    accepted: str
    state: StateTag
    unread: str
    """How many messages of the customer nobody has read; empty for none."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a quote."""

    position: int
    title: str
    words: str
    quantity: int
    unit: str
    net: str
    promised: str
    co2: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An entry of a promise's history, as the design's history part takes it."""

    title: str
    sentence: str
    when: str


def quote_tag(quote: Quote, now: datetime) -> StateTag:
    """Say where a quote stands; an open one whose time is over counts as expired."""
    is_over = quote.state is QuoteState.OFFERED and quote.valid_until <= now
    return state_tag(QuoteState.EXPIRED if is_over else quote.state)


def state_tag(state: QuoteState) -> StateTag:
    """Name a state of a quote."""
    return {
        QuoteState.OFFERED: StateTag(_("offered"), "info", "clock"),
        QuoteState.ACCEPTED: StateTag(_("accepted"), "on", "tick"),
        QuoteState.DECLINED: StateTag(_("declined"), "off", "slash"),
        QuoteState.EXPIRED: StateTag(_("expired"), "warn", "open"),
        QuoteState.SUPERSEDED: StateTag(_("replaced"), "off", "slash"),
    }[state]


def quote_row(quote: Quote, zone: ZoneInfo, now: datetime, taken: str = "") -> QuoteRow:
    """Show a quote in the list; ``taken`` is the number that was accepted of its offer, its own one too."""
    is_ended = quote.state is QuoteState.SUPERSEDED and taken not in {"", quote.number}
    is_open = quote.state is QuoteState.OFFERED and quote.valid_until > now
    return QuoteRow(
        number=quote.number, revision=quote.revision, customer=quote.customer_name,
        products=formatting.enumerated(_piece(line.quantity, line.title.in_language(formatting.language()))
                           for line in quote.lines),
        net=formatting.money(quote.net), promised=formatting.short_day(quote.promised_on),
        offered=formatting.moment_briefly(quote.offered_at, zone),
        state=StateTag(_("ended"), "off", "slash") if is_ended else quote_tag(quote, now),
        taken=taken if is_ended else "",
        hold=formatting.duration(quote.valid_until - now) if is_open else "",
    )


def order_row(order: Order, zone: ZoneInfo, unread: int = 0) -> OrderRow:
    """Show an order in the list."""
    return OrderRow(
        number=order.number, quote=order.quote_number, customer=order.customer_name,
        products=formatting.enumerated(_piece(item.quantity, item.title.in_language(formatting.language()))
                           for item in order.work_orders),
        net=formatting.money(order.net), promised=formatting.short_day(order.promised_on),
        accepted=formatting.moment_briefly(order.accepted_at, zone), state=order_state_tag(order.state),
        unread=ngettext("%(num)s unread message", "%(num)s unread messages", unread) if unread else "",
    )


def line_view(line: QuoteLine, words: str) -> LineView:
    """Show a line of a quote; ``words`` tell the choices."""
    return LineView(
        position=line.position, title=line.title.in_language(formatting.language()), words=words,
        quantity=line.quantity, unit=formatting.plain_money(line.totals.unit_net),
        net=formatting.plain_money(line.totals.net), promised=formatting.short_day(line.promised_on),
        co2=formatting.mass(line.co2_grams),
    )


def earlier_view(line: QuoteLine, offers: Sequence[EarlierOffer]) -> tuple[str, tuple[EarlierLine, ...]]:
    """Show what the days before a line's own cost, the nearest first."""
    return line.title.in_language(formatting.language()), earlier_lines(offers, most=MOST_EARLIER_DAYS)


def history_entry(event: PromiseEvent, zone: ZoneInfo) -> HistoryEntry:
    """Show an entry of a promise's history."""
    titles = {
        PromiseEventKind.OFFERED: _("Offered"), PromiseEventKind.REQUOTED: _("New date offered"),
        PromiseEventKind.ACCEPTED: _("Accepted"), PromiseEventKind.MOVED: _("Date moved"),
        PromiseEventKind.CHANGED: _("Changed by the customer"), PromiseEventKind.CANCELED: _("Canceled"),
    }
    sentence = _("Promised for %(day)s.", day=formatting.day(event.promised_on))
    if event.reason:
        sentence = f"{sentence} {event.reason}"
    return HistoryEntry(titles[event.kind], sentence, formatting.moment_briefly(event.at, zone))


def _piece(quantity: int, title: str) -> str:
    return f"{quantity} × {title}" if quantity > 1 else title
