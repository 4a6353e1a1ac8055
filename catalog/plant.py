"""Where products are made: companies, sites, work centers, calendars, sharing and transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from catalog.text import Text


@dataclass(frozen=True, slots=True)
class Company:
    """A legal party that owns sites; each sees only what is its own."""

    code: str
    title: Text


@dataclass(frozen=True, slots=True)
class Site:
    """A place of a company.

    ``shifts`` maps a shift pattern to windows of plant-local minutes of the day [start, end).
    ``closed_weekdays`` counts Monday as 0. ``grid_kgco2_per_kwh`` is the local power mix.
    """

    code: str
    title: Text
    company: str
    time_zone: str
    latitude: Fraction
    longitude: Fraction
    grid_kgco2_per_kwh: Fraction
    shifts: Mapping[str, tuple[tuple[int, int], ...]]
    closed_weekdays: frozenset[int] = frozenset({6})
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class WorkCenter:
    """A group of like work units at a site.

    ``rate_minor_per_hour`` in minor units of the network's currency; ``speed`` divides routing minutes;
    ``setup_minutes`` are due when the setup family changes; ``pool_share_percent`` of each shift window
    is offered to the pool.
    """

    code: str
    site: str
    title: Text
    capability: str
    unit_count: int
    shift: str
    rate_minor_per_hour: int
    power_kw: Fraction
    speed: Fraction
    setup_minutes: int
    pool_share_percent: int


@dataclass(frozen=True, slots=True)
class Transport:
    """How goods move between sites and to the customer: time, money and emissions."""

    km_per_day: int
    handling_minutes: int
    rate_minor_per_tonne_km: int
    minimum_charge_minor: int
    co2_kg_per_tonne_km_rigid: Fraction
    co2_kg_per_tonne_km_articulated: Fraction
    articulated_from_km: int
    """Trips of at least this length go by articulated truck."""
    full_truck_fixed_minor: int = 0
    full_truck_rate_minor_per_km: int = 0
    """A whole truck instead of a share of one: a fixed amount and a rate for every kilometer."""


@dataclass(frozen=True, slots=True)
class Network:
    """The plants that share capacity, and the terms they share it on.

    ``availability_percent`` (overall equipment effectiveness) scales every offered window.
    """

    code: str
    currency: str
    companies: tuple[Company, ...]
    sites: tuple[Site, ...]
    work_centers: tuple[WorkCenter, ...]
    distance_km: Mapping[tuple[str, str], int]
    transport: Transport
    subcontract_margin_percent: Fraction = Fraction(8)
    platform_fee_percent: Fraction = Fraction(2)
    availability_percent: int = 85
    destinations: Mapping[str, Text] = field(default_factory=dict)
    """Delivery destinations by code; each code is a site code that ``distance_km`` knows."""

    def speed_of(self, unit_code: str) -> Fraction:
        """Give the speed of a work unit by its code, ``<work center>-<number>``; 1 for one that has left."""
        center_code = unit_code.rpartition("-")[0]
        return next((center.speed for center in self.work_centers if center.code == center_code), Fraction(1))

    def site(self, code: str) -> Site:
        """Give a site by its code.

        Raises
        ------
        KeyError
            The network has no such site.
        """
        for site in self.sites:
            if site.code == code:
                return site
        raise KeyError(code)
