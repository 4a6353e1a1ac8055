"""A quote: what was offered to whom, at which price, for which date. Imports no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from catalog.money import Money, round_half_up
from catalog.text import Text
from ordering.quote_item import QuoteBreak, QuoteItem
from ordering.state_machine import advance, final_states


class QuoteState(StrEnum):
    """Where a revision of a quote stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class QuoteEvent(StrEnum):
    """What can happen to a revision of a quote."""

    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"
    AMEND = "amend"
    """The customer accepts the next revision in its place: the order is changed."""


QUOTE_TRANSITIONS: Mapping[tuple[QuoteState, QuoteEvent], QuoteState] = {
    (QuoteState.OFFERED, QuoteEvent.ACCEPT): QuoteState.ACCEPTED,
    (QuoteState.OFFERED, QuoteEvent.DECLINE): QuoteState.DECLINED,
    (QuoteState.OFFERED, QuoteEvent.EXPIRE): QuoteState.EXPIRED,
    (QuoteState.OFFERED, QuoteEvent.SUPERSEDE): QuoteState.SUPERSEDED,
    (QuoteState.EXPIRED, QuoteEvent.SUPERSEDE): QuoteState.SUPERSEDED,
    (QuoteState.ACCEPTED, QuoteEvent.AMEND): QuoteState.SUPERSEDED,
}
QUOTE_FINAL_STATES = final_states(QUOTE_TRANSITIONS, QuoteState)


def next_quote_state(state: QuoteState, event: QuoteEvent) -> QuoteState:
    """Give the state after an event; raise TransitionRefused for one that is not listed."""
    return advance(QUOTE_TRANSITIONS, state, event, thing="quote")


class Alternative(StrEnum):
    """Which plan the customer takes of those that the promise offers."""

    DEFAULT = "default"
    FASTEST = "fastest"
    CHEAPEST = "cheapest"
    GREENEST = "greenest"


class DeclineReason(StrEnum):
    """Why a customer declines a quote."""

    PRICE = "price"
    DATE = "date"
    OTHER_SUPPLIER = "other_supplier"
    NOT_NEEDED = "not_needed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One charge of a quote line. ``unit`` is per piece, or for the whole line when ``is_per_line``."""

    code: str
    title: Text
    unit: Money
    level: str = "product"
    billing: str = "once"
    is_per_line: bool = False


@dataclass(frozen=True, slots=True)
class LineTotals:
    """The money of a quote line: net = unit net × quantity + surcharge, gross = net + tax."""

    unit_net: Money
    surcharge: Money
    net: Money
    tax: Money
    gross: Money


def line_totals(*, unit_net: Money, quantity: int, surcharge: Money, tax_percent: Fraction) -> LineTotals:
    """Total a quote line; tax is rounded once per line, halves away from zero.

    Parameters
    ----------
    unit_net
        Price of one piece before tax.
    quantity
        Pieces, at least 1.
    surcharge
        Charge for the chosen alternative of the whole line, at least 0.
    tax_percent
        Value added tax in percent.

    Returns
    -------
    LineTotals
        All in the currency of ``unit_net``.
    """
    net = unit_net * quantity + surcharge
    tax = net.percent(tax_percent)
    return LineTotals(unit_net, surcharge, net, tax, net + tax)


def alternative_surcharge(
    *, cost_minor: int, cheapest_cost_minor: int, margin_percent: Fraction, currency: str
) -> Money:
    """Charge for a plan that costs more to make than the cheapest one.

    Parameters
    ----------
    cost_minor, cheapest_cost_minor
        Cost of the chosen and of the cheapest plan, in minor units.
    margin_percent
        Subcontract margin on the difference.
    currency
        Currency of both costs.

    Returns
    -------
    Money
        (cost − cheapest cost) × (1 + margin), rounded once; never below 0.
    """
    difference = max(0, cost_minor - cheapest_cost_minor)
    return Money(round_half_up(Fraction(difference) * (100 + margin_percent) / 100), currency)


@dataclass(frozen=True, slots=True)
class AlternativeSummary:
    """One way of making the quoted work, for the comparison table. ``net`` is before tax."""

    alternative: Alternative
    promised_on: date
    net: Money
    co2_grams: int
    sites: tuple[str, ...] = ()
    """Codes of the sites that take part, in order of first use."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One configured product of a quote, frozen at its product version."""

    id: int
    position: int
    """Counts from 1."""
    product_code: str
    content_hash: str
    title: Text
    choices: Mapping[str, str]
    """The whole selection: attribute code to its value as text."""
    quantity: int
    price_lines: tuple[PriceLine, ...]
    totals: LineTotals
    tax_percent: Fraction
    co2_grams: int
    """Of the whole line: material, operations and transport."""
    promised_on: date
    hold_id: int | None
    discount: Fraction = Fraction(0)
    """Percent off this line, as its seller typed it."""
    line_discount_minor: int = 0
    total_discount_minor: int = 0
    """Its share of the discount on the total."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A revision of a quote. Only the newest revision can be accepted."""

    id: int
    number: str
    revision: int
    state: QuoteState
    customer_name: str
    customer_email: str
    reference: str
    """The customer's own reference; empty when none was given."""
    currency: str
    destination: str
    alternative: Alternative
    net: Money
    tax: Money
    gross: Money
    co2_grams: int
    promised_on: date
    offered_at: datetime
    valid_until: datetime
    """Exclusive end of the capacity hold and of the price."""
    network_hash: str
    lines: tuple[QuoteLine, ...] = ()
    alternatives: tuple[AlternativeSummary, ...] = ()
    order_number: str = ""
    """Empty until the quote is accepted."""
    decline_reason: str = ""
    """A word of :class:`DeclineReason`; empty where none was given."""
    decline_words: str = ""
    """What the customer added to the reason."""
    language: str = ""
    """Of its documents: ``en`` or ``zh``; empty where nobody said."""
    payment_terms: str = ""
    delivery_terms: str = ""
    notes: Text = Text()
    rate: Fraction = Fraction(1)
    """Units of ``currency`` for one of the catalog's currency, frozen here."""
    total_discount: Fraction = Fraction(0)
    """Percent off the sum of the included lines."""
    validity_days: int = 2
    draft_id: int | None = None
    """The draft it was sent from; None for one that its customer asked for."""
    trio: int | None = None
    """Shared by the quotes of which the customer takes one; None where there are no others."""
    wanted_on: date | None = None
    """The earlier day that it was planned for on request."""
    items: tuple[QuoteItem, ...] = ()
    """What it says beside its promised products; empty where it was not read with them."""
    breaks: tuple[QuoteBreak, ...] = ()
    slots: tuple[tuple[int, int], ...] = ()
    """Lines of which one is included, fixed when it was sent: position, and the position that names their group."""

    def replaced_line(self, position: int) -> int | None:
        """Give the included line that a line takes the place of; None where it would be added."""
        group = dict(self.slots).get(position)
        included = {line.position for line in self.lines} | {item.position for item in self.items if item.is_counted}
        return next((member for member, other in self.slots
                     if group is not None and other == group and member in included), None)

    @property
    def discount_minor(self) -> int:
        """All discounts of the included lines together."""
        lines = sum(line.line_discount_minor + line.total_discount_minor for line in self.lines)
        return lines + sum((item.totals.line_discount + item.totals.total_discount).amount_minor
                           for item in self.items if item.is_counted)

    @property
    def content_hashes(self) -> frozenset[str]:
        """The product versions that it speaks of."""
        return frozenset(line.content_hash for line in self.lines) | {
            item.content_hash for item in self.items if item.content_hash}

    @property
    def total_discount_minor(self) -> int:
        """What the discount on the total takes off the included lines."""
        return sum(line.total_discount_minor for line in self.lines) + sum(
            item.totals.total_discount.amount_minor for item in self.items if item.is_counted)

    @property
    def taxes(self) -> tuple[tuple[Fraction, Money], ...]:
        """The tax of each rate, lowest rate first."""
        shares = [(line.tax_percent, line.totals.tax) for line in self.lines]
        shares += [(item.tax_percent, item.totals.tax) for item in self.items if item.is_counted]
        return tuple((percent, Money(sum(tax.amount_minor for rate, tax in shares if rate == percent), self.currency))
                     for percent in sorted({rate for rate, _ in shares}))

    def is_open_at(self, now: datetime) -> bool:
        """Whether the revision can be accepted at ``now`` (aware UTC)."""
        return self.state is QuoteState.OFFERED and now < self.valid_until
