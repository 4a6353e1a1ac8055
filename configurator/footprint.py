"""Greenhouse gas of a configuration in grams of CO2 equivalent: material, operations, transport."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from catalog.bom import Part
from catalog.money import round_half_up
from configurator.explosion import BomLine

GRAMS_PER_KG = 1000
GRAMS_PER_TONNE = 1_000_000
MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class FootprintLine:
    """The footprint of one BOM line of one piece in whole grams, and where its factor comes from."""

    bom_line: BomLine
    co2_grams: int

    @property
    def source(self) -> str:
        """Where the emission factor is published; empty when the part names none."""
        return self.bom_line.part.co2_source


def material_lines(bom: Iterable[BomLine]) -> tuple[FootprintLine, ...]:
    """Give the cradle-to-gate footprint of every BOM line, each rounded once to grams."""
    return tuple(FootprintLine(line, part_co2_grams(line.part, line.quantity)) for line in bom)


def part_co2_grams(part: Part, quantity: Fraction) -> int:
    """Give the cradle-to-gate footprint of a quantity of a part in grams, rounded once."""
    return round_half_up(quantity * part.co2_kg_per_unit * GRAMS_PER_KG)


def material_co2_grams(bom: Iterable[BomLine]) -> int:
    """Sum the footprint of the material of one piece in grams; equals the sum of :func:`material_lines`."""
    return sum(line.co2_grams for line in material_lines(bom))
