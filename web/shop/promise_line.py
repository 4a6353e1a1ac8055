"""The line from today to the promised day: work, waiting, the costliest step, transport, days off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from catalog.text import Text
from web import formatting
from web.words import gettext as _

_MOST_DAYS = 60
_Place = Callable[[datetime], float]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on its way: when its inputs are there, when it runs, what it is called."""

    title: Text
    ready_at: datetime
    start_at: datetime
    end_at: datetime
    is_queued: bool = False
    """Whether it waits behind other work, and not only for a shift to begin."""
    attributes: tuple[str, ...] = ()
    """Choices that its need and time depend on, when it is what the date hangs on."""

    @property
    def cost(self) -> timedelta:
        """How much time it takes, from ready to done."""
        return self.end_at - self.ready_at


@dataclass(frozen=True, slots=True)
class LinePart:
    """A piece of the line; ``kind`` is seg, wait or slow, places are percentages as text."""

    kind: str
    x: str
    width: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A drawn promise line; every place is a percentage with one decimal, as text."""

    words: str
    days_off: tuple[tuple[str, str], ...]
    parts: tuple[LinePart, ...]
    days: tuple[str, ...]
    flag: str
    labels: tuple[tuple[str, str, str], ...]


def costliest(steps: Iterable[Step]) -> Step | None:
    """Find the step that costs the most time; None when there is no step."""
    return max(steps, key=lambda step: step.cost, default=None)


def draw_promise_line(
    steps: Sequence[Step], *, now: datetime, arrival_at: datetime, promised_on: date, zone: ZoneInfo,
    closed_weekdays: Iterable[int] = (6,), holidays: Iterable[date] = (),
) -> PromiseLine:
    """Lay out the line of one plan.

    Parameters
    ----------
    steps
        The operations in the order of their start; none draws only transport.
    now, arrival_at
        Aware UTC: where the line begins, and when the goods are there.
    promised_on
        The promised day at the destination.
    zone
        The destination's time zone.
    closed_weekdays, holidays
        Days on which the destination receives nothing; they are shaded. Monday is 0.
    """
    begin = _midnight(now.astimezone(zone).date(), zone)
    end = _midnight(promised_on + timedelta(days=1), zone)
    span = max(end - begin, timedelta(days=1))

    def place(moment: datetime) -> float:
        return min(max((moment - begin) / span * 100, 0.0), 100.0)

    days = [now.astimezone(zone).date() + timedelta(days=k) for k in range(span.days + 1)]
    closed, free = set(closed_weekdays), set(holidays)
    off = [day for day in days[:-1] if day.weekday() in closed or day in free]
    every = max(1, len(days) // _MOST_DAYS)
    flag = max(_midnight(promised_on, zone), min(arrival_at, end))
    slow = costliest(steps)
    return PromiseLine(
        words=_words(steps, promised_on, zone),
        days_off=tuple(_stretch(place(_midnight(day, zone)), place(_midnight(day + timedelta(days=1), zone)))
                       for day in off),
        parts=tuple(_parts(steps, slow, now, arrival_at, place)),
        days=tuple(_percent(place(_midnight(day, zone))) for day in days[::every]),
        flag=_percent(place(flag)),
        labels=_labels(slow, days[0], promised_on, place, zone),
    )


def _parts(steps: Sequence[Step], slow: Step | None, now: datetime, arrival_at: datetime,
           place: _Place) -> Iterable[LinePart]:
    at = now
    for start, finish in _busy(steps):
        if start > at:
            yield _part("wait", place(at), place(start), 8, 8)
        yield _part("seg", place(start), place(finish), 8, 8)
        at = max(at, finish)
    if slow is not None:
        yield _part("slow", place(slow.start_at), place(slow.end_at), 6, 12)
    if arrival_at > at:
        yield _part("seg", place(at), place(arrival_at), 10, 4)


def _busy(steps: Sequence[Step]) -> list[tuple[datetime, datetime]]:
    """Join the runs of all steps into stretches in which at least one runs."""
    joined: list[tuple[datetime, datetime]] = []
    for step in sorted(steps, key=lambda step: step.start_at):
        if joined and step.start_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], step.end_at))
        else:
            joined.append((step.start_at, step.end_at))
    return joined


def _labels(slow: Step | None, today: date, promised_on: date, place: _Place,
            zone: ZoneInfo) -> tuple[tuple[str, str, str], ...]:
    labels = [("0", formatting.short_day(today), "start")]
    if slow is not None:
        at = place(slow.start_at)
        day = slow.start_at.astimezone(zone).date()
        if 22 < at < 72 and today < day < promised_on:
            labels.append((_percent(at), formatting.short_day(day), "middle"))
    if promised_on > today:
        labels.append(("100", formatting.short_day(promised_on), "end"))
    return tuple(labels)


def _words(steps: Sequence[Step], promised_on: date, zone: ZoneInfo) -> str:
    told = []
    for step in steps:
        day = formatting.day(step.start_at.astimezone(zone).date())
        told.append(_("%(step)s on %(day)s", step=step.title.in_language(formatting.language()), day=day))
    told.append(_("delivered on %(day)s", day=formatting.day(promised_on)))
    return _("From today to the promise: %(steps)s", steps=formatting.enumerated(told))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _part(kind: str, start: float, end: float, y: int, height: int) -> LinePart:
    return LinePart(kind, _percent(start), _percent(max(end - start, 0.8)), y, height)


def _stretch(start: float, end: float) -> tuple[str, str]:
    return _percent(start), _percent(end - start)


def _percent(value: float) -> str:
    return f"{value:.1f}"
