"""What a quote says beside its promised products: headings, free lines, what may be added. Imports no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from catalog.money import Money
from catalog.text import Text


class Standing(StrEnum):
    """Whether a line is part of what is asked for; only included lines count in a total."""

    INCLUDED = "included"
    OPTIONAL = "optional"
    ALTERNATIVE = "alternative"


class ItemKind(StrEnum):
    """What an item is."""

    SECTION = "section"
    FREE = "free"
    PRODUCT = "product"
    """A configured product that may be added or taken instead; it holds no capacity."""


@dataclass(frozen=True, slots=True)
class ItemTotals:
    """The money of an item: net = unit × quantity + surcharge − both discounts, gross = net + tax."""

    unit: Money
    surcharge: Money
    line_discount: Money
    total_discount: Money
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class QuoteItem:
    """A line of a quote that promises no capacity. A section has a title and nothing else of worth."""

    position: int
    """Counts from 1, in one row with the promised products."""
    kind: ItemKind
    standing: Standing
    title: Text
    quantity: int
    totals: ItemTotals
    discount: Fraction
    """Percent off this line."""
    tax_percent: Fraction
    product_code: str = ""
    content_hash: str = ""
    choices: Mapping[str, str] | None = None
    co2_grams: int = 0
    promised_on: date | None = None
    """The day if it had been added when the quote was made; None for a free line and where capacity was short."""

    @property
    def is_counted(self) -> bool:
        """Whether it counts in the totals."""
        return self.kind is not ItemKind.SECTION and self.standing is Standing.INCLUDED

    @property
    def may_be_chosen(self) -> bool:
        """Whether the customer can have it by asking for it."""
        return self.kind is not ItemKind.SECTION and self.standing is not Standing.INCLUDED


@dataclass(frozen=True, slots=True)
class QuoteBreak:
    """What a line would cost at another quantity, and when it would come: for itself, in no sum."""

    position: int
    """Of its line."""
    quantity: int
    net: Money
    gross: Money
    promised_on: date | None
    """None for a free line and where capacity was short."""
