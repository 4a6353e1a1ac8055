"""A sent quote as the sales desk reads it: all its lines in order, and what differs from the revision before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from fractions import Fraction

from markupsafe import Markup

from catalog.money import Money
from catalog.product import ProductDefinition
from catalog.text import Text
from configurator.derived import all_values
from ordering.line_number import filled_sections, line_numbers
from ordering.quote import Quote, QuoteLine
from ordering.quote_item import ItemKind, QuoteItem
from web import formatting
from web.sales.draft_words import percent_words, standing_words, way_words
from web.shop.page import draw
from web.shop.quote_page import read_choices
from web.shop.wording import attribute_title, option_title
from web.words import gettext as _

DefinitionOf = Callable[[str], ProductDefinition]


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a quote; a section has a title alone."""

    number: str
    title: str
    words: str
    standing: str
    quantity: str
    unit: str
    discount: str
    net: str
    promised: str
    co2: str
    is_section: bool = False
    picture: Markup = Markup("")
    more: str = ""
    """What its way of making adds to the price of the pieces; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that differs from the revision before: what, how it was, how it is."""

    title: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class _Said:
    """A line or an item by what both have."""

    key: tuple[str, str]
    title: Text
    quantity: int
    discount: Fraction
    net: Money
    promised_on: date | None
    choices: Mapping[str, str]
    content_hash: str
    standing: str


def sold_lines(
    quote: Quote, words_of: Callable[[str, Mapping[str, str]], str], definition_of: DefinitionOf, *,
    is_whole: bool = True
) -> tuple[SoldLine, ...]:
    """Show promised products and all else that a quote says, in its order.

    Parameters
    ----------
    quote
        With its items.
    words_of
        Tells choices, given the hash of a version and them.
    definition_of
        Gives the definition of a version's hash.
    is_whole
        Whether lines are shown that are in no total.

    Returns
    -------
    tuple of SoldLine
        The net of those in the total is before the discount on the total, so that they add up to the subtotal.
    """
    entries: list[QuoteLine | QuoteItem] = sorted((*quote.lines, *quote.items), key=lambda entry: entry.position)
    found, numbers, headings = [], line_numbers(quote), filled_sections(entries)
    for entry in entries:
        if isinstance(entry, QuoteItem) and entry.kind is ItemKind.SECTION:
            if not is_whole and entry.position not in headings:
                continue
            found.append(SoldLine("", _title(entry.title), "", "", "", "", "", "", "", "", is_section=True))
            continue
        if is_whole or not (isinstance(entry, QuoteItem) and entry.may_be_chosen):
            found.append(_sold(entry, str(numbers[entry.position]), words_of, definition_of))
    return tuple(found)


def _sold(
    entry: QuoteLine | QuoteItem, number: str, words_of: Callable[[str, Mapping[str, str]], str],
    definition_of: DefinitionOf
) -> SoldLine:
    net, surcharge = entry.totals.net, entry.totals.surcharge
    if isinstance(entry, QuoteLine):
        unit, taken = entry.totals.unit_net, Money(entry.total_discount_minor, net.currency)
    else:
        unit, taken = entry.totals.unit, entry.totals.total_discount
    if not isinstance(entry, QuoteItem) or entry.is_counted:
        net += taken
    words = words_of(entry.content_hash, entry.choices or {}) if entry.content_hash else ""
    return SoldLine(
        number, _title(entry.title), words,
        standing_words(entry.standing) if isinstance(entry, QuoteItem) else "",
        formatting.count(entry.quantity), formatting.plain_money(unit),
        percent_words(entry.discount) if entry.discount else "", formatting.plain_money(net),
        formatting.short_day(entry.promised_on) if entry.promised_on else "",
        formatting.mass(entry.co2_grams) if entry.co2_grams else "", picture=_picture(entry, definition_of),
        more=_("with %(amount)s for its way and day", amount=formatting.plain_money(surcharge))
        if surcharge.amount_minor else "")


def _picture(entry: QuoteLine | QuoteItem, definition_of: DefinitionOf) -> Markup:
    if not entry.content_hash:
        return Markup()
    definition = definition_of(entry.content_hash)
    values = read_choices(definition, entry.choices or {})
    return draw(definition, values, all_values(definition, values), is_thumbnail=True)


def _title(title: Text) -> str:
    return title.in_language(formatting.language())


def difference(old: Quote, new: Quote, definition_of: DefinitionOf) -> tuple[Change, ...]:
    """Tell what differs between two revisions of a quote, the terms first.

    Parameters
    ----------
    old, new
        With their items.
    definition_of
        Gives the definition of a version's hash.

    Returns
    -------
    tuple of Change
        Empty when nothing that is read differs.
    """
    pairs = [
        (_("Promise"), formatting.day(old.promised_on), formatting.day(new.promised_on)),
        (_("Net"), formatting.money(old.net), formatting.money(new.net)),
        (_("Total"), formatting.money(old.gross), formatting.money(new.gross)),
        (_("Discount on the total"), percent_words(old.total_discount), percent_words(new.total_discount)),
        (_("Way to make it"), way_words(old.alternative), way_words(new.alternative)),
        (_("Customer's reference"), old.reference, new.reference),
        (_("Delivered to"), old.destination, new.destination),
        (_("Payment terms"), old.payment_terms, new.payment_terms),
        (_("Delivery terms"), old.delivery_terms, new.delivery_terms),
        (_("Note"), _title(old.notes), _title(new.notes)),
    ]
    changes = [Change(title, was or "–", now or "–") for title, was, now in pairs if was != now]
    return (*changes, *_line_changes(_said(old), _said(new), definition_of))


def _said(quote: Quote) -> list[_Said]:
    entries: list[QuoteLine | QuoteItem] = sorted((*quote.lines, *quote.items), key=lambda entry: entry.position)
    return [_Said(
        (entry.product_code or "text", "" if entry.product_code else str(entry.title.entries)), entry.title,
        entry.quantity, entry.discount, entry.totals.net, entry.promised_on, dict(entry.choices or {}),
        entry.content_hash, standing_words(entry.standing) if isinstance(entry, QuoteItem) else "",
    ) for entry in entries]


def _line_changes(old: Sequence[_Said], new: Sequence[_Said], definition_of: DefinitionOf) -> list[Change]:
    matcher = SequenceMatcher(None, [line.key for line in old], [line.key for line in new], autojunk=False)
    changes = []
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            for one, other in zip(old[first:last], new[start:end], strict=True):
                changes += _changed(one, other, definition_of)
            continue
        changes += [Change(_title(line.title), _amount(line), _("not in it any more")) for line in old[first:last]]
        changes += [Change(_title(line.title), _("was not in it"), _amount(line)) for line in new[start:end]]
    return changes


def _amount(line: _Said) -> str:
    return _("%(count)s × for %(net)s", count=formatting.count(line.quantity), net=formatting.money(line.net))


def _changed(old: _Said, new: _Said, definition_of: DefinitionOf) -> list[Change]:
    title = _title(new.title)
    pairs = [
        (_("quantity"), formatting.count(old.quantity), formatting.count(new.quantity)),
        (_("discount"), percent_words(old.discount), percent_words(new.discount)),
        (_("in the total"), old.standing or _("yes"), new.standing or _("yes")),
        (_("net"), formatting.money(old.net), formatting.money(new.net)),
        (_("day"), _day(old.promised_on), _day(new.promised_on)),
        *_choice_pairs(old, new, definition_of),
    ]
    return [Change(_("%(line)s: %(what)s", line=title, what=what), was, now) for what, was, now in pairs if was != now]


def _day(day: date | None) -> str:
    return formatting.day(day) if day is not None else "–"


def _choice_pairs(old: _Said, new: _Said, definition_of: DefinitionOf) -> list[tuple[str, str, str]]:
    if old.choices == new.choices or not new.content_hash:
        return []
    definition, found = definition_of(new.content_hash), []
    for code in sorted({*old.choices, *new.choices}):
        attribute = definition.attribute(code)
        was, now = old.choices.get(code, ""), new.choices.get(code, "")
        if attribute is None or was == now:
            continue
        known = {option.code for option in attribute.options}
        found.append((attribute_title(attribute), *(option_title(attribute, value) if value in known else value or "–"
                                                    for value in (was, now))))
    return [(title, was, now) for title, was, now in found]
