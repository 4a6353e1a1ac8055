"""Price books as the sales desk reads them: plain view values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog import service as catalog
from ordering.customer import discount_text
from ordering.price_group import GroupDiscount, GroupDiscountEntry
from ordering.service import NotedAction
from web import formatting
from web.forms.customers import last_day_of
from web.sales.rows import HistoryEntry
from web.shop.states import StateTag
from web.words import gettext as _

MOST_COMPANIES = 20


@dataclass(frozen=True, slots=True)
class BookRow:
    """A product's discount in a price book."""

    id: int
    product: str
    percent: str
    period: str
    state: StateTag


def product_titles(session: Session) -> dict[str, str]:
    """Give the title of every product for sale by its code."""
    language = formatting.language()
    return {item.product_code: item.title.in_language(language) for item in catalog.list_product_summaries(session)}


def book_row(item: GroupDiscount, products: Mapping[str, str], today: date) -> BookRow:
    """Show an entry of a price book."""
    entry = item.entry
    return BookRow(item.id, products.get(entry.product_code, entry.product_code),
                   f"{discount_text(entry.discount_percent)} %", period_words(entry), _state(entry, today))


def period_words(entry: GroupDiscountEntry) -> str:
    """Say when an entry counts."""
    last = last_day_of(entry)
    if entry.valid_from is None and last is None:
        return _("always")
    if last is None and entry.valid_from is not None:
        return _("from %(day)s", day=formatting.day_with_year(entry.valid_from))
    if entry.valid_from is None and last is not None:
        return _("to %(day)s", day=formatting.day_with_year(last))
    return " – ".join(formatting.day_with_year(day) for day in (entry.valid_from, last) if day is not None)


def action_entry(action: NotedAction, products: Mapping[str, str], zone: ZoneInfo) -> HistoryEntry:
    """Show an entry of a price group's history."""
    titles = {
        "price_group.add": _("Added"), "price_group.change": _("Changed"),
        "price_group.discount_add": _("Entry added to the price book"),
        "price_group.discount_change": _("Entry of the price book changed"),
        "price_group.discount_remove": _("Entry taken out of the price book"),
    }
    facts = action.facts
    code = str(facts.get("product", ""))
    percent = f"{facts['discount_percent']} %" if facts.get("discount_percent") else ""
    return HistoryEntry(titles.get(action.action, action.action),
                        " · ".join(filter(None, (action.actor, products.get(code, code), percent))),
                        formatting.moment_briefly(action.at, zone))


def _state(entry: GroupDiscountEntry, today: date) -> StateTag:
    if entry.counts_on(today):
        return StateTag(_("counts now"), "on", "tick")
    if entry.valid_until is not None and entry.valid_until <= today:
        return StateTag(_("over"), "off", "slash")
    return StateTag(_("later"), "info", "clock")
