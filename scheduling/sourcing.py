"""Which work units can do an operation, and what it takes there.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only the plant values and rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from catalog.money import round_half_up
from catalog.plant import Network
from scheduling.problem import Mode
from scheduling.schedule import WorkUnitEntry


def find_modes(
    network: Network, units: Iterable[WorkUnitEntry], *, capability: str, minutes: Fraction, quantity: int = 1
) -> tuple[Mode, ...]:
    """List the ways to do an operation on the network.

    Parameters
    ----------
    network
        Rates, speeds, power and grid factors.
    units
        The planning area's work units; inactive ones are left out.
    capability
        What the operation needs.
    minutes
        Exact run minutes of one piece at speed 1, > 0.
    quantity
        Pieces, > 0.

    Returns
    -------
    tuple of Mode
        One per active unit, in the units' order: whole working minutes (rounded up), cost in minor units
        and grams of CO2 of the exact machine time (rounded half up). Empty when nobody offers it.
    """
    centers = {center.code: center for center in network.work_centers}
    grid = {site.code: site.grid_kgco2_per_kwh for site in network.sites}
    modes = []
    for unit in units:
        if unit.capability != capability or not unit.is_active:
            continue
        center = centers[unit.work_center]
        machine_minutes = minutes * quantity / center.speed
        energy_kwh = center.power_kw * machine_minutes / 60
        modes.append(
            Mode(
                unit_id=unit.id,
                work_minutes=max(ceil(machine_minutes), 1),
                cost_minor=round_half_up(machine_minutes * center.rate_minor_per_hour / 60),
                co2_grams=round_half_up(energy_kwh * grid[unit.site] * 1000),
            )
        )
    return tuple(modes)
