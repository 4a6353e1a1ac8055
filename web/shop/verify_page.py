"""The page of a checked paper: genuine or not as printed, how things stand now, line by line. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from catalog.money import Money
from catalog.text import Text
from ordering import document_words as words
from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.verification import CheckedLine, Difference, Finding, Verified
from ordering.verify_code import PaperKind
from ordering.work_order import WorkOrderState
from web import formatting
from web.shop.states import StateTag, order_state_tag, quote_state_tag, work_order_state_tag
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class VerifyLine:
    """One product of the paper."""

    position: int
    title: str
    quantity: int
    net: str
    promised: str
    arrives: str
    version: str
    """Number of the product version; empty for a line that is no product."""


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """The page of a checked paper."""

    title: str
    state: StateTag
    verdict: StateTag
    verdict_sentence: str
    standing: StateTag
    """What counts now: whether the paper still stands, and what stands in its place."""
    differences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[VerifyLine, ...]
    has_prices: bool
    basis: tuple[str, ...]
    """How price and day were worked out again."""
    work_order: str
    """Number for the people of the plant; empty on papers for customers."""


def build_verify_page(found: Verified, *, destination: Text, zone: ZoneInfo) -> VerifyPage:
    """Put the page of a checked paper together.

    Parameters
    ----------
    found
        What checking it found.
    destination, zone
        Where the goods go, and the clock there.
    """
    is_as_printed = not found.differences
    verdict = (StateTag(_("This paper is genuine."), "good", "tick") if is_as_printed
               else StateTag(_("This paper is ours, but something differs."), "late", "warn"))
    sentence = (_("We made it, and everything on it works out again to the cent and to the day.") if is_as_printed
                else _("Do not rely on it before you have asked us. This is what differs:"))
    if found.kind is PaperKind.WORK_ORDER and is_as_printed:
        sentence = _("We made it, and product, choices and operations are as they were printed.")
    return VerifyPage(
        title=_title(found), state=_state(found), verdict=verdict, verdict_sentence=sentence,
        standing=_standing(found), differences=tuple(_difference(item, found) for item in found.differences),
        facts=tuple(_facts(found, destination, zone)), lines=tuple(_line(line) for line in found.lines),
        has_prices=found.kind is not PaperKind.WORK_ORDER, basis=tuple(_basis(found)),
        work_order=found.number if found.kind is PaperKind.WORK_ORDER else "",
    )


def _title(found: Verified) -> str:
    titles: Mapping[PaperKind, str] = {
        PaperKind.QUOTE: _("Quote %(number)s", number=found.number),
        PaperKind.ORDER: _("Confirmation of order %(number)s", number=found.number),
        PaperKind.WORK_ORDER: _("Work order %(number)s", number=found.number),
    }
    return titles[found.kind]


def _state(found: Verified) -> StateTag:
    if isinstance(found.state, QuoteState):
        return quote_state_tag(found.state, is_open=found.is_open)
    return order_state_tag(found.state) if isinstance(found.state, OrderState) else work_order_state_tag(found.state)


def _standing(found: Verified) -> StateTag:
    """Say whether the paper still stands."""
    if found.is_replaced:
        return StateTag(_("It no longer stands: revision %(newest)s replaces it.", newest=found.newest), "warn", "warn")
    if isinstance(found.state, QuoteState):
        sentences = {
            QuoteState.ACCEPTED: StateTag(_("It was accepted and is order %(number)s.", number=found.order_number),
                                          "good", "tick"),
            QuoteState.DECLINED: StateTag(_("It no longer stands: it was declined."), "warn", "warn"),
        }
        if found.is_open:
            return StateTag(_("It stands: the capacity is held."), "good", "tick")
        return sentences.get(found.state, StateTag(
            _("It no longer stands: the time for which its capacity was held is over."), "warn", "warn"))
    if found.state in {OrderState.CANCELED, WorkOrderState.CANCELED}:
        return StateTag(_("It no longer stands: it was canceled."), "warn", "warn")
    return StateTag(_("It stands: this is the newest one."), "good", "tick")


def _facts(found: Verified, destination: Text, zone: ZoneInfo) -> list[tuple[str, str]]:
    language = formatting.language()
    rows = [(_("Number"), found.number), (_("Revision"), str(found.revision)),
            (_("Made on"), words.local_moment(found.issued_at, zone, language))]
    if found.promised_on is not None:
        rows.append((_("Promised day"), words.full_day(found.promised_on, language)))
    if found.promised_now is not None:
        rows.append((_("Promised day now"), words.full_day(found.promised_now, language)))
    if found.valid_until is not None:
        rows.append((_("Valid until"), words.local_moment(found.valid_until, zone, language)))
    rows.append((_("Delivered to"), destination.in_language(language)))
    for title, amount in ((_("Net"), found.net), (_("VAT"), found.tax), (_("Total"), found.gross)):
        if amount is not None:
            rows.append((title, formatting.money(amount)))
    if found.order_number and found.kind is not PaperKind.ORDER:
        rows.append((_("Order"), found.order_number))
    return rows


def _line(line: CheckedLine) -> VerifyLine:
    return VerifyLine(
        position=line.position, title=line.title.in_language(formatting.language()), quantity=line.quantity,
        net=_worth(line.net), promised=_worth(line.promised_on), arrives=_worth(line.arrives_on),
        version=formatting.count(line.version) if line.version else "")


def _worth(value: Money | date | None) -> str:
    if value is None:
        return "–"
    return formatting.money(value) if isinstance(value, Money) else words.short_day(value, formatting.language())


def _difference(item: Difference, found: Verified) -> str:
    places = {"position": item.position, "stored": _worth(item.stored), "again": _worth(item.again)}
    sentences = {
        Finding.FACTS: _("What is stored now is not what was printed on it."),
        Finding.LINE_PRICE: _("Line %(position)s: %(stored)s is stored, but its pinned product version gives "
                              "%(again)s.", **places),
        Finding.TOTAL: _("Total: %(stored)s is stored, but its lines add up to %(again)s.", **places),
        Finding.ORDER_PRICE: _("Order: %(stored)s is stored, but its quote said %(again)s.", **places),
        Finding.CHOICES: _("Line %(position)s cannot be worked out again from its choices.", **places),
        Finding.DAY: _("Day: %(stored)s is stored, but %(again)s is on record.", **places),
        Finding.ARRIVAL: _("Line %(position)s: %(stored)s is stored, but its plan arrives on %(again)s.", **places),
        Finding.LATER: _("Line %(position)s: %(stored)s is promised, but the plan as it stands now arrives on "
                         "%(again)s.", **places),
        Finding.OPERATIONS: _("The operations are not those of the product version it was made with."),
    }
    return sentences[item.finding]


def _basis(found: Verified) -> list[str]:
    if found.kind is PaperKind.WORK_ORDER:
        return [_("The operations and their times were worked out again from the product version below.")]
    rows = [_("Every price was worked out again from the product version, the choices and the stored plan below."),
            _("The day was compared with the record of promises, to which entries can only be added.")]
    rows.append(_("Each line's day was worked out again from its plan and the calendars of the plants.")
                if found.is_calendar_same else
                _("The plants have published other calendars since, so the day was not worked out again from them."))
    if any(line.arrives_on is not None for line in found.lines):
        rows.append(_("The last column is what the plan as it stands now says."))
    return rows
