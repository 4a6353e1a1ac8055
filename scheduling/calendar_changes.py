"""Changes of working time that people report: a holiday of a site, overtime of a work center.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only the plant values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from catalog.plant import Network, Overtime
from scheduling.errors import PlaceUnknown, ReportInvalid

MINUTES_OF_DAY = 1440
DayWindow = tuple[int, int]


def with_holiday(network: Network, *, site: str, day: date) -> Network:
    """Give the network in which a site does not work on a plant-local day.

    Raises
    ------
    PlaceUnknown
        There is no such site.
    """
    if all(item.code != site for item in network.sites):
        raise PlaceUnknown("There is no such site.", site=site)
    return replace(network, sites=tuple(
        replace(item, holidays=item.holidays | {day}) if item.code == site else item for item in network.sites))


def with_overtime(network: Network, *, work_center: str, day: date, window: DayWindow) -> Network:
    """Give the network in which all units of a work center (or secondary resource) work in a further window.

    Parameters
    ----------
    day
        Plant-local, the day on which the window starts.
    window
        Minutes of the day, the end later than the start and at most two days.

    Raises
    ------
    PlaceUnknown
        There is no such work center.
    ReportInvalid
        The window has no minutes, or is not of the day.
    """
    known = {item.code for item in network.work_centers} | {item.code for item in network.secondary_resources}
    if work_center not in known:
        raise PlaceUnknown("There is no such work center.", work_center=work_center)
    start, end = window
    if not 0 <= start < MINUTES_OF_DAY or not start < end <= 2 * MINUTES_OF_DAY:
        raise ReportInvalid("Overtime must end after it begins, on its day or the next.", field="window")
    added = Overtime(work_center, 0, day, (window,))
    if added in network.overtime:
        return network
    return replace(network, overtime=(*network.overtime, added))


def with_reported(network: Network, changes: Iterable[Mapping[str, Any]]) -> Network:
    """Give a network with reported changes made again; those for what it does not have any more are left out.

    Parameters
    ----------
    network
        As its catalog describes it.
    changes
        What calendar events name: ``site`` and ``day``, or ``work_center``, ``day`` and ``window``.
    """
    for change in changes:
        day = date.fromisoformat(change["day"])
        try:
            if "site" in change:
                network = with_holiday(network, site=change["site"], day=day)
            else:
                start, end = change["window"]
                network = with_overtime(network, work_center=change["work_center"], day=day, window=(start, end))
        except PlaceUnknown:
            continue
    return network
