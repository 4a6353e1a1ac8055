"""The board's time axis: minutes to percent of the width, with nights folded. Pure; knows no page."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.calendar import minute_at, moment_at

NIGHT_FROM_HOUR = 22
NIGHT_UNTIL_HOUR = 6
NIGHT_WIDTH = 0.25
"""A folded night minute is drawn a quarter as wide as a day minute."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis: where it stands, and what is written there."""

    percent: float
    hour: int
    on: date


class Axis:
    """Maps minutes in [from, until) to percent of the width.

    Parameters
    ----------
    from_minute, until_minute
        The shown stretch, whole UTC minutes since 1970, from < until.
    time_zone
        Zone whose nights are folded and whose days are named.
    folds_nights
        Whether 22:00 to 06:00 is drawn a quarter as wide.
    """

    def __init__(self, from_minute: int, until_minute: int, time_zone: ZoneInfo, *, folds_nights: bool) -> None:
        self.from_minute = from_minute
        self.until_minute = until_minute
        self.time_zone = time_zone
        self._minutes = [from_minute]
        self._widths = [0.0]
        for minute in self._borders():
            step = minute - self._minutes[-1]
            is_night = folds_nights and self._is_night(self._minutes[-1])
            self._minutes.append(minute)
            self._widths.append(self._widths[-1] + step * (NIGHT_WIDTH if is_night else 1.0))

    def percent(self, minute: int) -> float:
        """Give the place of a minute in percent of the width, clipped to the shown stretch."""
        minute = min(max(minute, self.from_minute), self.until_minute)
        index = min(bisect_right(self._minutes, minute), len(self._minutes) - 1)
        low, high = self._minutes[index - 1], self._minutes[index]
        share = (minute - low) / (high - low)
        width = self._widths[index - 1] + share * (self._widths[index] - self._widths[index - 1])
        return round(100 * width / self._widths[-1], 3)

    def days(self) -> tuple[Tick, ...]:
        """Give the local midnights inside the stretch, with the start of the stretch as the first."""
        first = self._local(self.from_minute)
        ticks = [Tick(0.0, first.hour, first.date())]
        day = first.date() + timedelta(days=1)
        while (minute := self._minute_at(day, 0)) < self.until_minute:
            ticks.append(Tick(self.percent(minute), 0, day))
            day += timedelta(days=1)
        return tuple(ticks)

    def hours(self, hours: tuple[int, ...]) -> tuple[Tick, ...]:
        """Give the named local hours of every shown day."""
        day = self._local(self.from_minute).date()
        last = self._local(self.until_minute).date()
        ticks = []
        while day <= last:
            ticks += [
                Tick(self.percent(minute), hour, day)
                for hour in hours
                if self.from_minute <= (minute := self._minute_at(day, hour)) < self.until_minute
            ]
            day += timedelta(days=1)
        return tuple(ticks)

    def _borders(self) -> list[int]:
        day = self._local(self.from_minute).date()
        last = self._local(self.until_minute).date()
        borders = []
        while day <= last:
            borders += [self._minute_at(day, NIGHT_UNTIL_HOUR), self._minute_at(day, NIGHT_FROM_HOUR)]
            day += timedelta(days=1)
        inside = [minute for minute in borders if self.from_minute < minute < self.until_minute]
        return [*inside, self.until_minute]

    def _is_night(self, minute: int) -> bool:
        return not NIGHT_UNTIL_HOUR <= self._local(minute).hour < NIGHT_FROM_HOUR

    def _local(self, minute: int) -> datetime:
        return moment_at(minute).astimezone(self.time_zone)

    def _minute_at(self, day: date, hour: int) -> int:
        return minute_at(datetime(day.year, day.month, day.day, hour, tzinfo=self.time_zone))
