"""What stands beside the lines of a sent quote for the sales desk: its sums, other ways, other quantities, terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from catalog.money import Money
from ordering.line_number import line_numbers
from ordering.quote import Quote
from web import formatting
from web.sales.draft_words import percent_words, way_words
from web.sales.rows import quote_row
from web.shop.states import StateTag
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class SumRow:
    """A line under the lines of a quote."""

    title: str
    value: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class OtherWay:
    """Another quote of the same offer."""

    number: str
    way: str
    promised: str
    net: str
    mass: str
    state: StateTag


@dataclass(frozen=True, slots=True)
class OtherQuantity:
    """A line at another quantity."""

    number: str
    title: str
    quantity: str
    net: str
    promised: str


def sum_rows(quote: Quote) -> tuple[SumRow, ...]:
    """Add the lines up: subtotal and discount where there is one, net, the tax of each rate, total."""
    taken, rows = quote.total_discount_minor, []
    if taken:
        rows += [(_("Subtotal"), Money(quote.net.amount_minor + taken, quote.currency)),
                 (_("Discount on the total %(percent)s", percent=percent_words(quote.total_discount)),
                  Money(-taken, quote.currency))]
    rows.append((_("Net"), quote.net))
    rows += [(_("VAT %(percent)s %%", percent=formatting.plain_number(percent)), tax) for percent, tax in quote.taxes]
    total = SumRow(_("Total %(currency)s", currency=quote.currency), formatting.plain_money(quote.gross), is_total=True)
    return (*(SumRow(title, formatting.plain_money(value)) for title, value in rows), total)


def other_ways(siblings: Sequence[Quote], *, taken: str, zone: ZoneInfo, now: datetime) -> tuple[OtherWay, ...]:
    """Show the quotes of the same offer, by number; ``taken`` is the number that was accepted, empty for none."""
    return tuple(OtherWay(
        item.number, _ways(item), formatting.day(item.promised_on), formatting.money(item.net),
        f"{formatting.mass(item.co2_grams)} kg", quote_row(item, zone, now, taken).state,
    ) for item in sorted(siblings, key=lambda quote: quote.number))


def _ways(quote: Quote) -> str:
    ways = [quote.alternative, *(item.alternative for item in quote.alternatives
                                 if item.alternative is not quote.alternative)]
    return formatting.enumerated(way_words(way) for way in ways)


def other_quantities(quote: Quote) -> tuple[OtherQuantity, ...]:
    """Show what lines cost at other quantities, under the numbers that they have in the table."""
    titles = {line.position: line.title for line in quote.lines} | {item.position: item.title for item in quote.items}
    numbers = line_numbers(quote)
    return tuple(OtherQuantity(
        str(numbers[item.position]), titles[item.position].in_language(formatting.language()),
        formatting.count(item.quantity), formatting.plain_money(item.net),
        formatting.short_day(item.promised_on) if item.promised_on else "") for item in quote.breaks)


def terms(quote: Quote, zone: ZoneInfo, *, place: str) -> tuple[tuple[str, str], ...]:
    """Say on which terms a quote was sent; ``place`` names where it goes."""
    known = [
        (_("Way to make it"), way_words(quote.alternative)),
        (_("Earlier day asked for"), formatting.day(quote.wanted_on) if quote.wanted_on else ""),
        (_("Valid until"), formatting.moment(quote.valid_until, zone)),
        (_("Delivered to"), place), (_("Payment"), quote.payment_terms),
        (_("Delivery terms"), quote.delivery_terms),
        (_("Rate"), formatting.plain_number(quote.rate) if quote.rate != 1 else ""),
        (_("Footprint"), f"{formatting.mass(quote.co2_grams)} kg CO₂e"),
    ]
    return tuple((title, words) for title, words in known if words)


def note_lines(quote: Quote) -> tuple[str, ...]:
    """Give the notes of a quote, line by line."""
    return tuple(line for line in quote.notes.in_language(formatting.language()).split("\n") if line.strip())
