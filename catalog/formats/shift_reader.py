"""Calendars of the network folder: time zones, closed days, holidays and the windows of shifts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from catalog.formats.fields import Fields, Report
from catalog.formats.yaml_source import Node, Scalar, Sequence
from catalog.plant import DayWindow
from catalog.rules.scope import did_you_mean

DAY_MINUTES = 1440
CALENDAR_KEYS = ("time_zone", "closed", "holidays", "shifts")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


class Calendar:
    """What the sites of one calendar share."""

    def __init__(self, fields: Fields) -> None:
        self.time_zone = _time_zone(fields)
        self.closed = frozenset(_weekday(word, fields.report) for word in fields.words("closed"))
        self.holidays = frozenset(day for word in fields.words("holidays") for day in read_days(word, fields.report))
        self.shifts = {
            name.text: read_windows(node, fields.report, f"shift {name.text!r}")
            for name, node in fields.pairs("shifts")
        }
        if len(self.closed) == len(WEEKDAYS):
            fields.report.at(fields.find("closed") or fields.node, "the calendar has no working day; all are closed")


def read_windows(node: Node, report: Report, owner: str) -> tuple[DayWindow, ...]:
    """Read windows such as 08:00-12:00: a list, or words with spaces between; faults name the owner.

    Returns
    -------
    tuple of DayWindow
        Ascending, none overlapping another one of the same or of the next day.
    """
    windows: list[DayWindow] = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        for text in item.text.split() if isinstance(item, Scalar) else ("",):
            windows.extend(_window(text, item, report))
    windows.sort()
    clash = find_overlap(windows)
    if clash is not None:
        report.at(node, f"the windows of {owner} overlap at {at_clock(clash)}")
    if not windows:
        report.at(node, f"{owner} has no working minute; expected windows such as 08:00-12:00")
    return tuple(windows)


def find_overlap(windows: list[DayWindow]) -> int | None:
    """Give the minute of the day at which ascending windows of every day overlap; None when they do not."""
    spans = [(start, end if end > start else end + DAY_MINUTES) for start, end in windows]
    if spans:
        spans.append((spans[0][0] + DAY_MINUTES, spans[0][1] + DAY_MINUTES))
    for (_, end), (start, _) in itertools.pairwise(spans):
        if start < end:
            return start % DAY_MINUTES
    return None


def at_clock(minute: int) -> str:
    """Write a minute of the day as 08:05."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _window(text: str, item: Node, report: Report) -> Iterator[DayWindow]:
    match = _WINDOW.fullmatch(text)
    start, end = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
    if match is None or end > DAY_MINUTES:
        found = repr(item.text) if isinstance(item, Scalar) else "a list"
        report.at(item, f"found {found}; expected a window such as 08:00-12:00, up to 24:00")
    elif start == end:
        report.at(item, "a window of zero minutes; expected an end after the start")
    else:
        yield start, end or DAY_MINUTES


def read_days(word: Scalar, report: Report) -> list[date]:
    """Read a day 2027-01-31 or days 2027-02-05..2027-02-11; empty after a problem."""
    first, _, last = word.text.partition("..")
    try:
        start = date.fromisoformat(first)
        end = date.fromisoformat(last) if last else start
    except ValueError:
        report.at(word, f"found {word.text!r}; expected a date 2027-01-31 or dates 2027-02-05..2027-02-11")
        return []
    if not 0 <= (end - start).days <= 366:
        report.at(word, f"found {word.text!r}; expected at most 366 days in ascending order")
        return []
    return [start + timedelta(days=count) for count in range((end - start).days + 1)]


def _time_zone(fields: Fields) -> str:
    name = fields.string("time_zone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fields.report.at(fields.find("time_zone") or fields.node,
                         f"unknown time zone {name!r}; expected a name such as Asia/Shanghai")
        return "UTC"
    return name


def _weekday(word: Scalar, report: Report) -> int:
    if word.text.lower() in WEEKDAYS:
        return WEEKDAYS.index(word.text.lower())
    report.at(word, f"unknown weekday {word.text!r}{did_you_mean(word.text.lower(), WEEKDAYS)}")
    return 6
