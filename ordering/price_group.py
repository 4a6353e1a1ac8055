"""What a price group pays: the discount of a product on a day, and the price it makes. Imports no database.

A group has one discount for everything and, in its price book, discounts of single products for a time. A product's
own discount takes the place of the group's while it counts; the two are never added. No two discounts of one product
count on the same day, so that the order in which they were entered changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from catalog.money import round_half_up
from catalog.text import Text


@dataclass(frozen=True, slots=True)
class GroupDiscountEntry:
    """What a person enters in a group's price book: a product's discount, and when it counts."""

    product_code: str
    discount_percent: Fraction
    """Exact, from 0 to 100."""
    valid_from: date | None = None
    """First day; None for always before."""
    valid_until: date | None = None
    """First day on which it counts no more; None for ever after."""

    def counts_on(self, day: date) -> bool:
        """Whether it counts on a day."""
        return ((self.valid_from is None or self.valid_from <= day)
                and (self.valid_until is None or day < self.valid_until))


@dataclass(frozen=True, slots=True)
class GroupDiscount:
    """An entry of a price book as it stands."""

    id: int
    entry: GroupDiscountEntry


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """What a customer's group pays for a product on a day."""

    code: str = ""
    """Of the group; empty where the customer has none."""
    title: Text = Text()
    percent: Fraction = Fraction(0)
    is_of_product: bool = False
    """Whether the product has a discount of its own, which took the place of the group's."""

    def reduce(self, amount_minor: int) -> int:
        """Take the discount off an amount, rounded once, halves of the discount away from zero.

        Examples
        --------
        >>> GroupTerms("trade", Text(), Fraction(8)).reduce(10_006)
        9206
        """
        return amount_minor - round_half_up(amount_minor * self.percent / 100)


NO_TERMS = GroupTerms()
"""Of a customer without a group: the list price."""


@dataclass(frozen=True, slots=True)
class GroupBook:
    """A price group with all its terms."""

    code: str
    title: Text
    percent: Fraction
    entries: tuple[GroupDiscountEntry, ...]

    def terms(self, *, product_code: str, on: date) -> GroupTerms:
        """Give its terms for a product on a day."""
        return pick_terms(self.code, self.title, self.percent, self.entries, product_code=product_code, on=on)


def pick_terms(
    code: str, title: Text, default_percent: Fraction, entries: Iterable[GroupDiscountEntry], *,
    product_code: str, on: date
) -> GroupTerms:
    """Give the terms of a group for a product on a day.

    Parameters
    ----------
    code, title, default_percent
        Of the group.
    entries
        Its price book; entries of other products and other days are passed over.
    product_code
        What is sold.
    on
        The day of the quote.

    Returns
    -------
    GroupTerms
        The product's own discount where one counts, else the group's.
    """
    own = [entry for entry in entries if entry.product_code == product_code and entry.counts_on(on)]
    if not own:
        return GroupTerms(code, title, default_percent)
    return GroupTerms(code, title, min(entry.discount_percent for entry in own), is_of_product=True)


def is_period(entry: GroupDiscountEntry) -> bool:
    """Whether an entry counts on any day at all."""
    return entry.valid_from is None or entry.valid_until is None or entry.valid_from < entry.valid_until


def do_overlap(one: GroupDiscountEntry, other: GroupDiscountEntry) -> bool:
    """Whether two entries of a price book count for the same product on the same day.

    Examples
    --------
    >>> spring = GroupDiscountEntry("pump", Fraction(8), date(2027, 3, 1), date(2027, 6, 1))
    >>> do_overlap(spring, GroupDiscountEntry("pump", Fraction(5), date(2027, 6, 1)))
    False
    """
    return (one.product_code == other.product_code and is_period(one) and is_period(other)
            and _starts_before_end(one, other) and _starts_before_end(other, one))


def _starts_before_end(one: GroupDiscountEntry, other: GroupDiscountEntry) -> bool:
    return one.valid_from is None or other.valid_until is None or one.valid_from < other.valid_until
