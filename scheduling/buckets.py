"""Buckets of plant-local time: days, weeks and shifts, as half-open stretches of UTC minutes.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduling.calendar import minute_at, moment_at
from scheduling.problem import Minute


class BucketKind(StrEnum):
    """How long a bucket is. A shift is a third of a local day: early from 06:00, late from 14:00, night from 22:00."""

    DAY = "day"
    WEEK = "week"
    SHIFT = "shift"


SHIFT_HOURS = (("early", 6), ("late", 14), ("night", 22))


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """A plant-local day, the week that begins on its Monday, or a part of the day.

    ``part`` is empty but for shifts: 0 early, 1 late, 2 night, so that buckets sort by time.
    """

    on: date
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A bucket with the minutes [from, until) of it that are looked at."""

    bucket: Bucket
    from_minute: Minute
    until_minute: Minute


class Axis:
    """A period cut into buckets at a place.

    Parameters
    ----------
    zone
        The place's time zone.
    from_minute, until_minute
        The period, half-open; the first and the last bucket may be cut.
    kind
        How long buckets are.
    """

    def __init__(self, zone: ZoneInfo, *, from_minute: Minute, until_minute: Minute, kind: BucketKind) -> None:
        self.stretches = tuple(_stretches(zone, from_minute, until_minute, kind))
        self._starts = [stretch.from_minute for stretch in self.stretches]

    def parts(self, from_minute: Minute, until_minute: Minute) -> Iterator[Stretch]:
        """Cut [from, until) at the borders of the buckets; what lies outside of the period is left out."""
        index = max(bisect_right(self._starts, from_minute) - 1, 0)
        for stretch in self.stretches[index:]:
            if stretch.from_minute >= until_minute:
                return
            start, end = max(stretch.from_minute, from_minute), min(stretch.until_minute, until_minute)
            if start < end:
                yield Stretch(stretch.bucket, start, end)


def _stretches(zone: ZoneInfo, from_minute: Minute, until_minute: Minute, kind: BucketKind) -> Iterator[Stretch]:
    borders = list(_borders(zone, from_minute, until_minute, kind))
    for (bucket, start), following in zip(borders, [*borders[1:], None], strict=True):
        end = following[1] if following is not None else until_minute
        if max(start, from_minute) < min(end, until_minute):
            yield Stretch(bucket, max(start, from_minute), min(end, until_minute))


def _borders(
    zone: ZoneInfo, from_minute: Minute, until_minute: Minute, kind: BucketKind
) -> Iterator[tuple[Bucket, Minute]]:
    day = moment_at(from_minute).astimezone(zone).date() - timedelta(days=1)
    if kind is BucketKind.WEEK:
        day -= timedelta(days=day.weekday())
    hours: Sequence[tuple[int | None, int]] = [(None, 0)]
    if kind is BucketKind.SHIFT:
        hours = [(part, hour) for part, (_, hour) in enumerate(SHIFT_HOURS)]
    while True:
        for part, hour in hours:
            minute = minute_at(datetime(day.year, day.month, day.day, hour, tzinfo=zone))
            if minute >= until_minute:
                return
            yield Bucket(day, part), minute
        day += timedelta(days=7 if kind is BucketKind.WEEK else 1)
