"""What a quote shows in and around its products: headings, free lines, options, other ways. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from catalog.money import Money
from catalog.product import ProductDefinition
from ordering.earlier import EarlierOffer
from ordering.line_number import filled_sections, line_numbers
from ordering.quote import Alternative, Quote, QuoteState
from ordering.quote_item import ItemKind, QuoteItem, Standing
from web import formatting
from web.shop.page import describe
from web.shop.quote_page import LineView, read_choices
from web.shop.states import StateTag, quote_state_tag
from web.shop.summary import WAY_ICONS, way_title
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A row of what is included: a heading, a product or a free line."""

    title: str
    is_section: bool = False
    number: int = 0
    words: str = ""
    discount: str = ""
    drawing: Markup = Markup("")
    quantity: int = 0
    unit: str = ""
    net: str = ""
    mass: str = ""


@dataclass(frozen=True, slots=True)
class BesideRow:
    """A line that may be added, or taken in place of another."""

    position: int
    """By which it is chosen; people read the number."""
    number: int
    title: str
    words: str
    standing: str
    quantity: int
    net: str
    date: str


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A line at another quantity."""

    number: int
    title: str
    quantity: int
    net: str
    date: str


@dataclass(frozen=True, slots=True)
class SiblingRow:
    """Another way of the offer, with its own quote."""

    title: str
    icon: str
    number: str
    url: str
    date: str
    net: str
    mass: str
    state: StateTag | None
    is_present: bool


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """An earlier day and what it costs more."""

    value: str
    date: str
    price: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """All of it; a part is empty where the quote says nothing of it."""

    rows: tuple[OfferRow, ...]
    beside: tuple[BesideRow, ...]
    breaks: tuple[BreakRow, ...]
    siblings: tuple[SiblingRow, ...]
    earlier: tuple[EarlierRow, ...]
    is_earlier_asked: bool
    notes: tuple[str, ...]
    discount_words: str = ""
    """That prices beside the included lines are after the discount on the total; empty where there is none."""


def build_offer(
    quote: Quote, *, lines: Sequence[LineView], definitions: Mapping[str, ProductDefinition],
    siblings: Sequence[tuple[Quote, str]] = (), earlier: Sequence[EarlierOffer] | None = None
) -> OfferView:
    """Put together what stands in and around an offer.

    Parameters
    ----------
    quote
        The newest revision, with its items.
    lines
        The views of its products.
    definitions
        By content hash, of the products beside it too.
    siblings
        The other ways of which the customer takes one, each with the address of its page.
    earlier
        The earlier days that can be had; None where nobody asked.
    """
    notes = quote.notes.in_language(formatting.language())
    return OfferView(
        rows=_rows(quote, lines), beside=tuple(_beside(quote, item, definitions) for item in quote.items
                                               if item.may_be_chosen),
        breaks=_breaks(quote), siblings=_siblings(quote, siblings),
        earlier=tuple(
            EarlierRow(item.day.isoformat(), formatting.day(item.day), formatting.money_difference(item.extra))
            for item in earlier or () if item.extra is not None),
        is_earlier_asked=earlier is not None, notes=tuple(line for line in notes.split("\n") if line.strip()),
        discount_words=_("Prices here are with your %(percent)s %% discount on the total; those above are before it.",
                         percent=formatting.plain_number(quote.total_discount)) if quote.total_discount else "",
    )


def _rows(quote: Quote, lines: Sequence[LineView]) -> tuple[OfferRow, ...]:
    views, numbers = {view.position: view for view in lines}, line_numbers(quote)
    headings = filled_sections((*quote.lines, *quote.items))
    rows: dict[int, OfferRow] = {}
    for line in quote.lines:
        view = views[line.position]
        own = line.totals.net.amount_minor + line.total_discount_minor
        rows[line.position] = OfferRow(
            view.title, number=numbers[line.position], words=view.words,
            discount=_discount(quote, line.discount, line.line_discount_minor), drawing=view.drawing,
            quantity=line.quantity, unit=view.unit, net=formatting.money(Money(own, quote.currency)), mass=view.mass)
    for item in quote.items:
        title = item.title.in_language(formatting.language())
        if item.position in headings:
            rows[item.position] = OfferRow(title, is_section=True)
        elif item.is_counted:
            own_money = item.totals.net + item.totals.total_discount
            rows[item.position] = OfferRow(
                title, number=numbers[item.position], quantity=item.quantity,
                discount=_discount(quote, item.discount, item.totals.line_discount.amount_minor),
                unit=formatting.money(item.totals.unit), net=formatting.money(own_money))
    return tuple(rows[position] for position in sorted(rows))


def _discount(quote: Quote, percent: Fraction, taken_minor: int) -> str:
    if not taken_minor:
        return ""
    return _("Discount %(percent)s %%: %(amount)s", percent=formatting.plain_number(percent),
             amount=formatting.money(Money(-taken_minor, quote.currency)))


def _beside(quote: Quote, item: QuoteItem, definitions: Mapping[str, ProductDefinition]) -> BesideRow:
    words = ""
    if item.content_hash:
        definition = definitions[item.content_hash]
        words = describe(definition, read_choices(definition, item.choices or {})).partition(", ")[2]
    standing, numbers = _("Option"), line_numbers(quote)
    if item.standing is Standing.ALTERNATIVE:
        other = quote.replaced_line(item.position)
        standing = (_("Alternative") if other is None
                    else _("Alternative, in place of no. %(number)s", number=numbers[other]))
    date = ""
    if item.kind is ItemKind.PRODUCT:
        date = formatting.day(item.promised_on) if item.promised_on else _("no free capacity")
    return BesideRow(item.position, numbers[item.position], item.title.in_language(formatting.language()), words,
                     standing, item.quantity, formatting.money(item.totals.net), date)


def _breaks(quote: Quote) -> tuple[BreakRow, ...]:
    titles = {line.position: line.title for line in quote.lines} | {item.position: item.title for item in quote.items}
    numbers = line_numbers(quote)
    return tuple(
        BreakRow(numbers[item.position], titles[item.position].in_language(formatting.language()), item.quantity,
                 formatting.money(item.net), formatting.day(item.promised_on) if item.promised_on else "")
        for item in quote.breaks)


def _siblings(quote: Quote, siblings: Sequence[tuple[Quote, str]]) -> tuple[SiblingRow, ...]:
    if not siblings:
        return ()
    found = [(quote, ""), *siblings]
    return tuple(
        SiblingRow(
            title=formatting.enumerated(way_title(way) for way in _ways(item)), icon=WAY_ICONS[_ways(item)[0]],
            number=item.number, url=url, date=formatting.day(item.promised_on), net=formatting.money(item.net),
            mass=f"{formatting.mass(item.co2_grams)} kg", is_present=not url,
            state=None if item.state is QuoteState.OFFERED else quote_state_tag(item.state, is_open=False))
        for item, url in sorted(found, key=lambda pair: pair[0].number))


def _ways(quote: Quote) -> tuple[str, ...]:
    """Give the ways that a quote stands for: several where they are the same plan."""
    own = Alternative.CHEAPEST if quote.alternative is Alternative.DEFAULT else quote.alternative
    return (own.value, *(item.alternative.value for item in quote.alternatives if item.alternative is not own))
