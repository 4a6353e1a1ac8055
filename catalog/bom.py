"""What a product is made of: parts, and BOM items whose quantities follow the choices."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from catalog.rules.expression import Expression
from catalog.text import Text


@dataclass(frozen=True, slots=True)
class Part:
    """A bought or stocked part.

    ``co2_kg_per_unit`` is the footprint of its material, cradle to gate, per ``unit``; its source
    stands in ``co2_source``.
    """

    code: str
    title: Text
    unit: str
    co2_kg_per_unit: Fraction = Fraction(0)
    co2_source: str = ""


@dataclass(frozen=True, slots=True)
class BomItem:
    """A part used when a condition holds, in a quantity (in the part's unit) that follows the choices.

    ``operation`` is the code of the routing item that consumes it, or empty.
    """

    part: str
    quantity: Expression
    when: Expression | None = None
    operation: str = ""
