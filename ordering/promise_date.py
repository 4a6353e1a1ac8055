"""From an arrival minute to the day promised to the customer. Imports no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from catalog.plant import Site

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_CLOSURE_DAYS = 400


def minute_of(moment: datetime) -> int:
    """Give the first whole UTC minute since 1970 that is not before an aware moment."""
    return -((EPOCH - moment) // timedelta(minutes=1))


def moment_of(minute: int) -> datetime:
    """Give the aware UTC moment of a whole minute since 1970."""
    return EPOCH + timedelta(minutes=minute)


def is_delivery_day(day: date, site: Site) -> bool:
    """Whether goods are received at a site on a plant-local day."""
    return day.weekday() not in site.closed_weekdays and day not in site.holidays


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
        The destination receives no goods for more than a year.
    """
    zone = ZoneInfo(destination.time_zone)
    day = max(moment_of(arrival_minute), now).astimezone(zone).date()
    for _ in range(LONGEST_CLOSURE_DAYS):
        if is_delivery_day(day, destination):
            return day
        day += timedelta(days=1)
    raise ValueError(f"{destination.code} receives no goods for {LONGEST_CLOSURE_DAYS} days")


def local_year(now: datetime, site: Site) -> int:
    """Give the calendar year of an aware moment at a site."""
    return now.astimezone(ZoneInfo(site.time_zone)).year
