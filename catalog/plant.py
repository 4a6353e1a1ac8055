"""Where products are made: companies, sites, work centers, calendars, sharing and transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from catalog.text import Text

DayWindow = tuple[int, int]
"""Plant-local minutes of the day [start, end); one that ends at or before its start runs over midnight."""


@dataclass(frozen=True, slots=True)
class Company:
    """A legal party that owns sites; each sees only what is its own. What papers say of the seller may be left out."""

    code: str
    title: Text
    address: tuple[str, ...] = ()
    """Lines, in the order they are written."""
    tax_id: str = ""
    email: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A place of a company.

    ``shifts`` maps a shift pattern to its windows; a window belongs to the day on which it starts.
    ``closed_weekdays`` counts Monday as 0. ``grid_kgco2_per_kwh`` is the local power mix.
    """

    code: str
    title: Text
    company: str
    time_zone: str
    latitude: Fraction
    longitude: Fraction
    grid_kgco2_per_kwh: Fraction
    shifts: Mapping[str, tuple[DayWindow, ...]]
    closed_weekdays: frozenset[int] = frozenset({6})
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class UnitTerms:
    """The terms of one work unit: its number in its work center, counted from 1, and what may differ there.

    ``further_capabilities`` are those that it alone has beside its work center's.
    """

    number: int
    shift: str
    rate_minor_per_hour: int
    power_kw: Fraction
    speed: Fraction
    further_capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkCenter:
    """A group of like work units at a site.

    ``rate_minor_per_hour`` in minor units of the network's currency; ``speed`` divides routing minutes;
    ``setup_minutes`` are due when the setup family changes, and ``setup_matrix`` lists the changes (family before,
    family after, minutes) that take another time; ``pool_share_percent`` of each shift window is offered to the
    pool. ``units`` holds the terms of the units that differ from the others.
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
    further_capabilities: tuple[str, ...] = ()
    setup_matrix: tuple[tuple[str, str, int], ...] = ()
    units: tuple[UnitTerms, ...] = ()

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What every unit of it can do."""
        return (self.capability, *self.further_capabilities)

    def unit_terms(self, number: int) -> UnitTerms:
        """Give the terms of a unit by its number."""
        for terms in self.units:
            if terms.number == number:
                return terms
        return UnitTerms(number, self.shift, self.rate_minor_per_hour, self.power_kw, self.speed)


@dataclass(frozen=True, slots=True)
class SecondaryResource:
    """Like tools, or people with one skill, of a site: operations on other units need one of them while they run.

    ``capability`` is what an operation asks for; ``unit_count`` of them work in ``shift``, whole.
    """

    code: str
    site: str
    title: Text
    capability: str
    unit_count: int
    shift: str


@dataclass(frozen=True, slots=True)
class Overtime:
    """Extra working time on a plant-local day, also on one that is closed.

    ``work_center`` is the code of a work center or a secondary resource; ``unit_number`` 0 means all its units.
    """

    work_center: str
    unit_number: int
    day: date
    windows: tuple[DayWindow, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """A plant-local time [from, until) without work: maintenance, a holiday of one company, capacity withdrawn.

    It holds for every unit that matches all of company, site, work center (or secondary resource) and unit number;
    what is empty, or 0, matches every unit.
    """

    from_at: datetime
    until_at: datetime
    company: str = ""
    site: str = ""
    work_center: str = ""
    unit_number: int = 0
    reason: Text = Text()


@dataclass(frozen=True, slots=True)
class PoolOffer:
    """What a company offers to the pool on some days and in some windows, in place of its work centers' own share.

    ``work_centers`` is empty for all of the company's; ``windows`` for the whole day. Work there is never charged
    below ``minimum_rate_minor_per_hour``, on any day, because the price of work does not depend on its day.
    ``valid_until`` is exclusive.
    """

    company: str
    share_percent: int
    work_centers: tuple[str, ...] = ()
    windows: tuple[DayWindow, ...] = ()
    minimum_rate_minor_per_hour: int = 0
    valid_from: date | None = None
    valid_until: date | None = None


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
    secondary_resources: tuple[SecondaryResource, ...] = ()
    overtime: tuple[Overtime, ...] = ()
    closures: tuple[Closure, ...] = ()
    pool_offers: tuple[PoolOffer, ...] = ()

    def speed_of(self, unit_code: str) -> Fraction:
        """Give the speed of a work unit by its code, ``<work center>-<number>``; 1 for one that has left."""
        center_code, number = split_unit_code(unit_code)
        return next(
            (center.unit_terms(number).speed for center in self.work_centers if center.code == center_code), Fraction(1)
        )

    def offers_of(self, center: WorkCenter) -> tuple[PoolOffer, ...]:
        """Give the offers that speak of a work center."""
        company = self.site(center.site).company
        return tuple(
            offer for offer in self.pool_offers
            if offer.company == company and (not offer.work_centers or center.code in offer.work_centers)
        )

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


def unit_code(work_center: str, number: int) -> str:
    """Give the code of a unit of a work center or secondary resource by its number, counted from 1."""
    return f"{work_center}-{number}"


def split_unit_code(code: str) -> tuple[str, int]:
    """Give work center and number of a unit's code; number 0 for a code that is not of this form."""
    center, _, number = code.rpartition("-")
    return (center, int(number)) if number.isdecimal() else (code, 0)
