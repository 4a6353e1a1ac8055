"""What a product is made of: parts, and BOM items whose quantities follow the choices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from catalog.rules.expression import Expression
from catalog.text import Text


@dataclass(frozen=True, slots=True)
class Part:
    """A bought or stocked part.

    ``co2_kg_per_unit`` is the footprint of its material, cradle to gate, per ``unit``; its source
    stands in ``co2_source``. ``lead_days`` after an order it is there, not before ``available_from``.
    ``unit_cost`` is what a ``unit`` of it costs the maker, in major units of the product's currency; None where nobody
    said so, which is not nothing. It is for the seller's eyes alone.
    """

    code: str
    title: Text
    unit: str
    co2_kg_per_unit: Fraction = Fraction(0)
    co2_source: str = ""
    lead_days: int = 0
    available_from: date | None = None
    unit_cost: Fraction | None = None

    @property
    def is_waited_for(self) -> bool:
        """Whether work may have to wait for it."""
        return self.lead_days > 0 or self.available_from is not None


@dataclass(frozen=True, slots=True)
class BomItem:
    """A part used when a condition holds, in a quantity (in the part's unit) that follows the choices.

    ``operation`` is the code of the routing item that consumes it, or empty.
    """

    part: str
    quantity: Expression
    when: Expression | None = None
    operation: str = ""
