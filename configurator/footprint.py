"""Greenhouse gas of a configuration in grams of CO2 equivalent: material, operations, transport."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from catalog.bom import Part
from catalog.money import round_half_up
from catalog.plant import Transport
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


def operation_co2_grams(*, power_kw: Fraction, minutes: Fraction, grid_kgco2_per_kwh: Fraction) -> int:
    """Give the footprint of the power that an operation draws.

    Parameters
    ----------
    power_kw
        Mean power of the work unit.
    minutes
        Exact time at the work unit, set-up included, divided by its speed already.
    grid_kgco2_per_kwh
        Emission factor of the local power mix.

    Returns
    -------
    int
        Grams, rounded once.
    """
    return round_half_up(power_kw * minutes / MINUTES_PER_HOUR * grid_kgco2_per_kwh * GRAMS_PER_KG)


def transport_co2_grams(*, weight_grams: int, distance_km: int, transport: Transport) -> int:
    """Give the footprint of moving goods by road, by articulated truck from the network's limit on.

    Parameters
    ----------
    weight_grams
        Weight of the whole load.
    distance_km
        Length of the trip; 0 within a site.
    transport
        The network's terms.

    Returns
    -------
    int
        Grams, rounded once.
    """
    is_long = distance_km >= transport.articulated_from_km
    factor = transport.co2_kg_per_tonne_km_articulated if is_long else transport.co2_kg_per_tonne_km_rigid
    return round_half_up(Fraction(weight_grams, GRAMS_PER_TONNE) * distance_km * factor * GRAMS_PER_KG)
