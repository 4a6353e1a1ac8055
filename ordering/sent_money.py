"""A product's price in the currency of a quote: every part at the frozen rate, adding up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from catalog.money import Money
from ordering.configured import GROUP_PRICE, ConfiguredProduct
from ordering.draft_pricing import convert
from ordering.quote import PriceLine


def converted_lines(
    configured: ConfiguredProduct, *, rate: Fraction, currency: str
) -> tuple[int, tuple[PriceLine, ...]]:
    """Give the price of one piece and its parts at a rate.

    Parameters
    ----------
    configured
        Priced in the catalog's currency.
    rate
        Units of ``currency`` for one of the catalog's.
    currency
        Of the quote.

    Returns
    -------
    tuple of int and of PriceLine
        The price of one piece in minor units, rounded once, and the parts; those that are paid once add up to it.
    """
    unit_minor = convert(configured.unit_net.amount_minor, rate=rate)
    listed_minor = convert(configured.listed_unit.amount_minor, rate=rate)
    lines = [replace(line, unit=Money(convert(line.unit.amount_minor, rate=rate), currency))
             for line in configured.price_lines]
    lines = [replace(line, unit=Money(unit_minor - listed_minor, currency)) if line.code == GROUP_PRICE else line
             for line in lines]
    return unit_minor, tuple(_adding_up(lines, unit_minor, currency))


def _adding_up(lines: Sequence[PriceLine], unit_minor: int, currency: str) -> list[PriceLine]:
    """Let the largest part bear what rounding every part by itself leaves."""
    places = [place for place, line in enumerate(lines)
              if line.billing == "once" and not line.is_per_line and line.code != GROUP_PRICE]
    once = sum(line.unit.amount_minor for line in lines if line.billing == "once" and not line.is_per_line)
    found = list(lines)
    if places and once != unit_minor:
        largest = max(places, key=lambda place: (lines[place].unit.amount_minor, -place))
        found[largest] = replace(found[largest], unit=found[largest].unit + Money(unit_minor - once, currency))
    return found
