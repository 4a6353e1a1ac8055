"""What the material of a configuration costs its maker: exact, and honest about parts that nobody put a cost to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from catalog.money import MINOR_UNITS_PER_MAJOR, round_half_up
from configurator.explosion import BomLine


@dataclass(frozen=True, slots=True)
class MaterialCost:
    """The material of one piece.

    Nothing is rounded here: a screw of a third of a cent counts as such, and how lines are split changes no sum.
    """

    unit: Fraction
    """Of all lines whose part has a cost, in major units of the product's currency."""
    unknown: tuple[str, ...] = ()
    """Codes of the parts without a cost, each once, in the order of the BOM. They count as nothing in ``unit``."""

    @property
    def is_whole(self) -> bool:
        """Whether every line has a cost; so it is where nothing is used up."""
        return not self.unknown

    def minor(self, quantity: int, currency: str) -> int:
        """Give the cost of some pieces in minor units, rounded once for all of them, halves away from zero."""
        return round_half_up(self.unit * quantity * MINOR_UNITS_PER_MAJOR[currency])


def material_cost(bom: Iterable[BomLine]) -> MaterialCost:
    """Add up what the lines of one piece cost.

    Parameters
    ----------
    bom
        Lines with exact quantities, in the units of their parts.

    Returns
    -------
    MaterialCost
        Exact; ``unknown`` names what it leaves out.
    """
    total = Fraction(0)
    unknown: dict[str, None] = {}
    for line in bom:
        if line.part.unit_cost is None:
            unknown[line.part.code] = None
        else:
            total += line.quantity * line.part.unit_cost
    return MaterialCost(total, tuple(unknown))
