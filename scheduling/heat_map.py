"""The bottleneck heat map: prices of capacity by work center and bucket of time.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. The prices are theoretical: duals of a relaxed plan, in which
work may be split and moved at will. They show where time is scarce, not what an hour would bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from scheduling.buckets import Axis, Bucket, BucketKind
from scheduling.calendar import WorkCalendar
from scheduling.improve import CapacityPrice
from scheduling.problem import Minute, WorkUnit


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A work center in a bucket: its offered minutes, and the mean price of an hour of them in minor units."""

    work_center: str
    bucket: Bucket
    offered_minutes: int
    price_minor_per_hour: Fraction


def heat_cells(
    prices: Iterable[CapacityPrice],
    units: Mapping[int, WorkUnit],
    zones: Mapping[str, ZoneInfo],
    *,
    from_minute: Minute,
    until_minute: Minute,
    kind: BucketKind,
) -> tuple[HeatCell, ...]:
    """Average the prices of capacity over the offered time of each work center and bucket.

    Parameters
    ----------
    prices
        Per unit and stretch of time; where there is none, an hour is worth nothing.
    units
        By id, with the windows offered in the period; prices of other units are left out.
    zones
        Time zone of every site.
    from_minute, until_minute
        The period, half-open.
    kind
        How long buckets are.

    Returns
    -------
    tuple of HeatCell
        By work center and bucket; those in which nothing is offered are left out.
    """
    axes = {site: Axis(zones[site], from_minute=from_minute, until_minute=until_minute, kind=kind)
            for site in {unit.site for unit in units.values()}}
    calendars = {unit.id: WorkCalendar(unit.windows) for unit in units.values()}
    offered: dict[tuple[str, Bucket], int] = {}
    worth: dict[tuple[str, Bucket], int] = {}
    for unit in units.values():
        for start, end in unit.windows:
            for part in axes[unit.site].parts(start, end):
                key = (unit.work_center, part.bucket)
                offered[key] = offered.get(key, 0) + part.until_minute - part.from_minute
    for price in prices:
        priced = units.get(price.unit_id)
        if priced is None:
            continue
        calendar = calendars[priced.id]
        for part in axes[priced.site].parts(price.from_minute, price.until_minute):
            minutes = calendar.work_at(part.until_minute) - calendar.work_at(part.from_minute)
            if minutes:
                key = (priced.work_center, part.bucket)
                worth[key] = worth.get(key, 0) + minutes * price.price_minor_per_hour
    return tuple(
        HeatCell(center, bucket, minutes, Fraction(worth.get((center, bucket), 0), minutes))
        for (center, bucket), minutes in sorted(
            offered.items(), key=lambda item: (item[0][0], item[0][1].on, item[0][1].part or 0))
        if minutes
    )
