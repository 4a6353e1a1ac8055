"""Which work units can do an operation, and what it takes there.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only the plant values and rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil

from catalog.money import round_half_up
from catalog.plant import Network, WorkCenter, split_unit_code
from scheduling.problem import Mode
from scheduling.schedule import WorkUnitEntry


def find_modes(
    network: Network,
    units: Iterable[WorkUnitEntry],
    *,
    capability: str,
    minutes: Fraction,
    quantity: int = 1,
    batch: int = 1,
    needs: str = "",
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
        Exact run minutes of one batch at speed 1, > 0.
    quantity
        Pieces, > 0.
    batch
        Pieces that are worked on at once, > 0; the last batch may be smaller and takes as long.
    needs
        The capability that a secondary unit of the same site must have; empty when none is needed.

    Returns
    -------
    tuple of Mode
        One per active unit, in the units' order: whole working minutes (rounded up), cost in minor units
        and grams of CO2 of the exact machine time (rounded half up), and the secondary units of which one is
        needed. Empty when nobody offers it.
    """
    known = tuple(units)
    centers = {center.code: center for center in network.work_centers}
    grid = {site.code: site.grid_kgco2_per_kwh for site in network.sites}
    batches = -(-quantity // batch)
    modes = []
    for unit in known:
        if not unit.can(capability) or unit.is_secondary or not unit.is_active:
            continue
        secondary = tuple(
            other.id for other in known
            if needs and other.is_secondary and other.is_active and other.site == unit.site and other.can(needs)
        )
        if needs and not secondary:
            continue
        terms = centers[unit.work_center].unit_terms(split_unit_code(unit.code)[1])
        rate = max(terms.rate_minor_per_hour, _minimum_rate(network, centers[unit.work_center]))
        machine_minutes = minutes * batches / terms.speed
        energy_kwh = terms.power_kw * machine_minutes / 60
        modes.append(
            Mode(
                unit_id=unit.id,
                work_minutes=max(ceil(machine_minutes), 1),
                cost_minor=round_half_up(machine_minutes * rate / 60),
                co2_grams=round_half_up(energy_kwh * grid[unit.site] * 1000),
                secondary_unit_ids=secondary,
            )
        )
    return tuple(modes)


def _minimum_rate(network: Network, center: WorkCenter) -> int:
    """Give the least that an hour at a work center costs, by the offers that speak of it; 0 without any."""
    return max((offer.minimum_rate_minor_per_hour for offer in network.offers_of(center)), default=0)
