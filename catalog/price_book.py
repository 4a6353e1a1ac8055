"""What a choice costs: named price items, in the order in which a customer reads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catalog.rules.expression import Expression
from catalog.text import Text


class ServiceLevel(StrEnum):
    """How far a price item goes beyond the product: the levels of service-oriented manufacturing."""

    PRODUCT = "product"
    BASIC = "basic"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Billing(StrEnum):
    """When an item is paid: once with the order, or again and again."""

    ONCE = "once"
    YEARLY = "yearly"
    MONTHLY = "monthly"
    METERED = "metered"


@dataclass(frozen=True, slots=True)
class PriceItem:
    """One line of the price: an amount in major units, charged when its condition holds.

    The amount is evaluated exactly and rounded once, to the minor unit, halves away from zero.
    Items are evaluated in order; ``Derived("product_price")`` in an amount is the rounded sum of the
    items of level PRODUCT before it. Only items billed ONCE enter the total.
    """

    code: str
    title: Text
    amount: Expression
    when: Expression | None = None
    level: ServiceLevel = ServiceLevel.PRODUCT
    billing: Billing = Billing.ONCE
