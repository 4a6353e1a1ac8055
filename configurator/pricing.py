"""What a configuration costs: exact lines in the customer's reading order. Imports no engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from catalog.money import MINOR_UNITS_PER_MAJOR, Money
from catalog.price_book import Billing, PriceItem, ServiceLevel
from catalog.product import ProductDefinition, Value
from catalog.rules.evaluation import Evaluator
from catalog.text import Text

PRODUCT_PRICE = "product_price"
"""Name under which later amounts read the sum of the product's own lines so far, in major units."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the price. ``unit_amount`` is for one piece, ``amount`` for the quantity; both net of tax."""

    code: str
    title: Text
    unit_amount: Money
    amount: Money
    level: ServiceLevel
    billing: Billing


@dataclass(frozen=True, slots=True)
class PriceBreakdown:
    """The list price of a configuration, net of tax unless said.

    ``lines`` are paid once and add up to ``total``; ``recurring`` are paid per year, month or metered unit and
    stay outside it. ``tax`` is taken once of the total, so ``gross`` = ``total`` + ``tax``.
    """

    lines: tuple[PriceLine, ...]
    recurring: tuple[PriceLine, ...]
    product_total: Money
    service_total: Money
    total: Money
    tax_percent: Fraction
    tax: Money
    quantity: int = 1

    @property
    def unit_total(self) -> Money:
        """The total of one piece."""
        return add_up((line.unit_amount for line in self.lines), self.total.currency)

    @property
    def gross(self) -> Money:
        """The total with tax."""
        return self.total + self.tax


def price(definition: ProductDefinition, selection: Mapping[str, Value], *, quantity: int = 1) -> PriceBreakdown:
    """Price a whole configuration.

    Each amount is evaluated exactly and rounded once per piece to the minor unit, halves away from zero; then
    it is multiplied by the quantity. Lines of nothing are left out unless a condition put them there (such
    as a warranty that is included).

    Parameters
    ----------
    definition
        The product.
    selection
        A whole valid configuration.
    quantity
        Pieces, at least 1.

    Returns
    -------
    PriceBreakdown
        Lines in the order of the price book; no lines when the product has no prices.

    Raises
    ------
    ValueError
        The quantity is below 1.
    ValueUndefined
        An amount reads a value that the selection leaves open.
    """
    if quantity < 1:
        raise ValueError(f"quantity must be at least 1, not {quantity}")
    amounts = price_items(definition, selection)
    built = [
        PriceLine(item.code, item.title, Money(amount, definition.currency),
                  Money(amount * quantity, definition.currency), item.level, item.billing)
        for item, amount in zip(definition.prices, amounts, strict=True)
        if amount is not None and (amount or item.when is not None)]
    lines = tuple(line for line in built if line.billing is Billing.ONCE)
    own = add_up((line.amount for line in lines if line.level is ServiceLevel.PRODUCT), definition.currency)
    services = add_up((line.amount for line in lines if line.level is not ServiceLevel.PRODUCT), definition.currency)
    total = own + services
    return PriceBreakdown(
        lines, tuple(line for line in built if line.billing is not Billing.ONCE), own, services, total,
        definition.tax_percent, total.percent(definition.tax_percent), quantity)


def price_items(definition: ProductDefinition, selection: Mapping[str, Value]) -> tuple[int | None, ...]:
    """Give each price item's amount of one piece in minor units; None where its condition does not hold."""
    evaluator = Evaluator(definition, selection)
    amounts: list[int | None] = []
    running = 0
    for item in definition.prices:
        amount = price_item(item, evaluator, definition.currency, running)
        amounts.append(amount)
        if counts_as_product(item):
            running += amount or 0
    return tuple(amounts)


def price_item(item: PriceItem, evaluator: Evaluator, currency: str, running_minor: int) -> int | None:
    """Evaluate one price item after the product's lines before it summed to ``running_minor``."""
    evaluator.learn(PRODUCT_PRICE, Fraction(running_minor, MINOR_UNITS_PER_MAJOR[currency]))
    if not evaluator.truth(item.when):
        return None
    return Money.from_major(evaluator.number(item.amount), currency).amount_minor


def counts_as_product(item: PriceItem) -> bool:
    """Tell whether an item is part of ``product_price``: of the product itself and paid once."""
    return item.level is ServiceLevel.PRODUCT and item.billing is Billing.ONCE


def add_up(amounts: Iterable[Money], currency: str) -> Money:
    """Sum amounts of one currency; nothing gives zero."""
    total = Money(0, currency)
    for amount in amounts:
        total += amount
    return total
