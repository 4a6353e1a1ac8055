"""Contacts, companies and what they asked for, as the sales desk reads them: plain view values."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import url_for

from ordering.customer import Company, Contact, OrderMention, QuoteMention
from ordering.customer_likeness import Likeness
from ordering.quote import QuoteState
from ordering.service import Duplicate, NotedAction
from web import formatting
from web.accounts import person_name
from web.customer_words import group_words
from web.forms.customers import LANGUAGE_NAMES
from web.sales.list_parts import Tab
from web.sales.rows import HistoryEntry
from web.shop.states import StateTag, order_state_tag
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact in a list and at the head of its page."""

    id: int
    name: str
    email: str
    telephone: str
    language: str
    company: str
    company_id: int | None
    group: str


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company in a list and at the head of its page."""

    id: int
    name: str
    tax_id: str
    language: str
    currency: str
    group: str


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A quote or an order of a contact."""

    number: str
    net: str
    promised: str
    made: str
    state: StateTag


@dataclass(frozen=True, slots=True)
class DuplicateSide:
    """One of two entries that are likely the same."""

    id: int
    name: str
    details: str


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """Two entries that are likely the same, and why."""

    one: DuplicateSide
    other: DuplicateSide
    reasons: str


def customer_tabs(current: str) -> tuple[Tab, ...]:
    """Link the lists of customers; ``current`` is the endpoint of the one that is shown."""
    titles = {"customers.contacts": _("Contacts"), "customers.companies": _("Companies"),
              "customers.price_groups": _("Price groups"), "customers.duplicates": _("Duplicates")}
    return tuple(Tab(words, url_for(endpoint), endpoint == current) for endpoint, words in titles.items())


def contact_row(contact: Contact) -> ContactRow:
    """Show a contact."""
    entry, company = contact.entry, contact.company
    return ContactRow(
        contact.id, entry.name, entry.email, entry.telephone, LANGUAGE_NAMES.get(entry.language, ""),
        "" if company is None else company.entry.name, entry.company_id,
        "" if company is None or company.price_group is None else group_words(company.price_group))


def company_row(company: Company) -> CompanyRow:
    """Show a company."""
    entry = company.entry
    return CompanyRow(company.id, entry.name, entry.tax_id, LANGUAGE_NAMES.get(entry.language, ""), entry.currency,
                      "" if company.price_group is None else group_words(company.price_group))


def duplicate_row(pair: Duplicate) -> DuplicateRow:
    """Show two entries that are likely the same, the older first."""
    reasons = {Likeness.TAX_ID: _("same tax id"), Likeness.TELEPHONE: _("same telephone number"),
               Likeness.NAME: _("similar name")}
    words = [reasons[item] for item in pair.reasons]
    if Likeness.NAME in pair.reasons and isinstance(pair.one, Contact):
        words.append(_("same e-mail domain"))
    return DuplicateRow(_side(pair.one), _side(pair.other), formatting.enumerated(words))


def _side(entry: Contact | Company) -> DuplicateSide:
    if isinstance(entry, Contact):
        details = (entry.entry.email, entry.entry.telephone, entry.company.entry.name if entry.company else "")
        return DuplicateSide(entry.id, entry.entry.name, " · ".join(filter(None, details)))
    address = ", ".join(entry.entry.billing_address or entry.entry.delivery_address)
    return DuplicateSide(entry.id, entry.entry.name, " · ".join(filter(None, (entry.entry.tax_id, address))))


def quote_row(quote: QuoteMention, zone: ZoneInfo) -> MentionRow:
    """Show a quote of a contact."""
    tags = {
        QuoteState.OFFERED: StateTag(_("offered"), "info", "clock"),
        QuoteState.ACCEPTED: StateTag(_("accepted"), "on", "tick"),
        QuoteState.DECLINED: StateTag(_("declined"), "off", "slash"),
        QuoteState.EXPIRED: StateTag(_("expired"), "warn", "open"),
        QuoteState.SUPERSEDED: StateTag(_("replaced"), "off", "slash"),
    }
    return MentionRow(quote.number, formatting.money(quote.net), formatting.short_day(quote.promised_on),
                      formatting.moment_briefly(quote.offered_at, zone), tags[quote.state])


def order_row(order: OrderMention, zone: ZoneInfo) -> MentionRow:
    """Show an order of a contact."""
    return MentionRow(order.number, formatting.money(order.net), formatting.short_day(order.promised_on),
                      formatting.moment_briefly(order.accepted_at, zone), order_state_tag(order.state))


def action_entry(action: NotedAction, zone: ZoneInfo) -> HistoryEntry:
    """Show an entry of a contact's or a company's history."""
    titles = {
        "contact.add": _("Added"), "contact.change": _("Changed"), "contact.merge": _("Another contact merged in"),
        "contact.export": _("Exported"), "contact.different": _("Put aside as different from another"),
        "company.add": _("Added"), "company.change": _("Changed"),
        "company.merge": _("Another company merged in"),
        "company.different": _("Put aside as different from another"),
    }
    names = field_names()
    fields = formatting.enumerated(names.get(name, name) for name in action.facts.get("fields", ()))
    words = " · ".join(filter(None, (person_name(action.actor), fields)))
    return HistoryEntry(titles.get(action.action, action.action), words,
                        formatting.moment_briefly(action.at, zone))


def field_names() -> dict[str, str]:
    """Give what people call the fields of contacts and companies."""
    return {
        "name": _("Name"), "email": _("E-mail"), "telephone": _("Telephone"), "language": _("Language"),
        "company_id": _("Company"), "tax_id": _("Tax id"), "currency": _("Currency"),
        "price_group_id": _("Price group"), "billing_address": _("Billing address"),
        "delivery_address": _("Delivery address"),
    }
