"""What the plants offer: the working windows of every unit, with overtime, pool shares and closed times.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only the plant values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from catalog.plant import Closure, DayWindow, Network, PoolOffer, Site, unit_code
from scheduling.calendar import (
    MINUTES_PER_DAY,
    Window,
    day_windows,
    local_date,
    local_minute,
    offered_share,
    site_windows,
    without,
)
from scheduling.problem import Minute

_FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class _Pattern:
    """All that the windows of a unit follow from; units with the same one share their windows."""

    site: str
    shift: str
    share: Fraction
    overtime: tuple[tuple[date, tuple[DayWindow, ...]], ...]
    offers: tuple[PoolOffer, ...]
    closures: tuple[Closure, ...]


def unit_windows(
    network: Network, *, from_minute: Minute, until_minute: Minute
) -> Mapping[str, tuple[Window, ...]]:
    """Give the windows that each unit of a network offers in a period.

    Parameters
    ----------
    network
        Shifts, holidays, overtime, pool shares and offers, closures.
    from_minute, until_minute
        Half-open.

    Returns
    -------
    mapping of str to tuple of Window
        By unit code, secondary units too: ascending, disjoint, not touching. Secondary units work their shifts
        whole; of the others the pool share times availability is offered.
    """
    made: dict[_Pattern, tuple[Window, ...]] = {}
    result = {}
    for code, pattern in _patterns(network):
        if pattern not in made:
            made[pattern] = _windows(network, pattern, from_minute, until_minute)
        result[code] = made[pattern]
    return result


def _patterns(network: Network) -> Iterator[tuple[str, _Pattern]]:
    for center in network.work_centers:
        share = offered_share(center.pool_share_percent, network.availability_percent)
        for number in range(1, center.unit_count + 1):
            overtime, closures = _exceptions(network, center.code, center.site, number)
            yield unit_code(center.code, number), _Pattern(
                center.site, center.unit_terms(number).shift, share, overtime, network.offers_of(center), closures
            )
    for resource in network.secondary_resources:
        for number in range(1, resource.unit_count + 1):
            overtime, closures = _exceptions(network, resource.code, resource.site, number)
            yield unit_code(resource.code, number), _Pattern(
                resource.site, resource.shift, Fraction(1), overtime, (), closures
            )


def _exceptions(
    network: Network, code: str, site: str, number: int
) -> tuple[tuple[tuple[date, tuple[DayWindow, ...]], ...], tuple[Closure, ...]]:
    """Give the overtime by day and the closures of one unit."""
    company = network.site(site).company
    days: dict[date, tuple[DayWindow, ...]] = {}
    for item in network.overtime:
        if item.work_center == code and item.unit_number in (0, number):
            days[item.day] = (*days.get(item.day, ()), *item.windows)
    closures = tuple(
        item for item in network.closures
        if item.company in ("", company) and item.site in ("", site)
        and item.work_center in ("", code) and item.unit_number in (0, number)
    )
    return tuple(sorted(days.items())), closures


def _windows(
    network: Network, pattern: _Pattern, from_minute: Minute, until_minute: Minute
) -> tuple[Window, ...]:
    site = network.site(pattern.site)
    zone = ZoneInfo(site.time_zone)
    from_on = local_date(site, from_minute) - timedelta(days=1)
    until_on = local_date(site, until_minute) + timedelta(days=1)
    windows = site_windows(
        site,
        pattern.shift,
        from_on=from_on,
        until_on=until_on,
        share=pattern.share,
        overtime=dict(pattern.overtime),
        shares=_shares(site, pattern.offers, from_on, until_on + timedelta(days=1), network.availability_percent),
    )
    outside = ((-_FOREVER, from_minute), (until_minute, _FOREVER))
    closed = [
        tuple(local_minute(at.date(), at.hour * 60 + at.minute, zone) for at in (item.from_at, item.until_at))
        for item in pattern.closures
    ]
    return without(windows, (*outside, *((start, end) for start, end in closed)))


def _shares(
    site: Site, offers: Iterable[PoolOffer], from_on: date, until_on: date, availability_percent: int
) -> tuple[tuple[Minute, Minute, Fraction], ...]:
    """Give the times with a share of their own; times of one share that touch become one."""
    zone = ZoneInfo(site.time_zone)
    found: list[tuple[Minute, Minute, Fraction]] = []
    for offer in offers:
        share = offered_share(offer.share_percent, availability_percent)
        day = from_on if offer.valid_from is None else max(from_on, offer.valid_from)
        last = until_on if offer.valid_until is None else min(until_on, offer.valid_until)
        while day < last:
            pattern = offer.windows or ((0, MINUTES_PER_DAY),)
            found.extend((start, end, share) for start, end in day_windows(day, pattern, zone) if end > start)
            day += timedelta(days=1)
    joined: list[tuple[Minute, Minute, Fraction]] = []
    for start, end, share in sorted(found):
        if joined and joined[-1][1] >= start and joined[-1][2] == share:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]), share)
        elif joined and joined[-1][1] > start:  # two offers speak of it: the one that begins earlier holds
            if end > joined[-1][1]:
                joined.append((joined[-1][1], end, share))
        else:
            joined.append((start, end, share))
    return tuple(joined)
