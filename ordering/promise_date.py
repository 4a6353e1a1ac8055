"""From an arrival minute to the day promised to the customer. Imports no database."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from catalog.plant import Site
from scheduling.calendar import first_minute_from, promise_day


def promised_day(arrival_minute: int, *, destination: Site, now: datetime) -> date:
    """Give the day that is promised for an arrival.

    Parameters
    ----------
    arrival_minute
        Whole UTC minutes since 1970 at which the goods reach the destination.
    destination
        Whose calendar and time zone count.
    now
        Aware UTC; a promise is never in the past.

    Returns
    -------
    date
        The first delivery day, local to the destination, at or after the arrival and after ``now``.

    Raises
    ------
    ValueError
        The destination never receives goods.
    """
    return promise_day(destination, max(arrival_minute, first_minute_from(now)))


def is_delivery_day(site: Site, day: date) -> bool:
    """Tell whether a site receives goods on a day."""
    return day.weekday() not in site.closed_weekdays and day not in site.holidays


def local_year(now: datetime, site: Site) -> int:
    """Give the calendar year of an aware moment at a site."""
    return now.astimezone(ZoneInfo(site.time_zone)).year
