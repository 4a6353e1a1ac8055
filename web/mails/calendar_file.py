"""The promised day as an iCalendar file: one all-day event that later files with the same UID replace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Event

MEDIA_TYPE = "text/calendar"
PRODUCER = "-//Onelot//Promised day//EN"


class Certainty(StrEnum):
    """How certain the day is, in the words of iCalendar."""

    OPEN = "TENTATIVE"
    FIRM = "CONFIRMED"
    GONE = "CANCELLED"


@dataclass(frozen=True, slots=True)
class PromisedDay:
    """What a calendar shows of a promise."""

    number: str
    """Of the quote; the order that it becomes keeps the event."""
    day: date
    certainty: Certainty
    sequence: int
    """Grows with every change of the promise."""
    changed_at: datetime
    title: str
    description: str
    url: str


def write_calendar(promised: PromisedDay, *, host: str) -> str:
    """Write the file.

    Parameters
    ----------
    promised
        What it shows.
    host
        Name of the site, for the UID.

    Returns
    -------
    str
        Lines of at most 75 bytes that end with CR LF, as RFC 5545 wants them.
    """
    event = Event()
    event.add("uid", f"{promised.number}@{host}")
    event.add("sequence", promised.sequence)
    event.add("dtstamp", promised.changed_at)
    event.add("dtstart", promised.day)
    event.add("dtend", promised.day + timedelta(days=1))
    event.add("summary", promised.title)
    event.add("description", promised.description)
    event.add("url", promised.url)
    event.add("status", promised.certainty.value)
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return str(calendar.to_ical().decode("utf-8"))
