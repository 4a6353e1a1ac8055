"""The figures of the sales desk and what each of them means. Pure values: imports no database and reads no clock.

- An **open** quote is the newest revision of its number, offered, with its time not over. Its age counts from then.
- A quote is **closed** when it was accepted, declined or expired; an offer whose time is over counts as expired at that
  moment. A revision that a newer one replaced is not closed: the quote lives on in the newer one.
- The **hit rate** of a month is accepted ÷ closed, by the plant's month in which the quotes were closed.
- **Lost** is what was declined or expired; replaced revisions are told beside it and belong to no rate.
- The **value by stage** is the net of open quotes and of orders that are not yet delivered, by where they stand.

Money is counted for each currency by itself, in minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

MONTHS = 12
SOON_HOURS = 48


class AgeBand(StrEnum):
    """How long ago an open quote was offered."""

    DAY = "day"
    THREE_DAYS = "three_days"
    WEEK = "week"
    MONTH = "month"
    OLDER = "older"


BAND_DAYS = {AgeBand.DAY: 1, AgeBand.THREE_DAYS: 3, AgeBand.WEEK: 7, AgeBand.MONTH: 30}
"""The first day that is too old for a band; OLDER takes the rest."""


class Stage(StrEnum):
    """Where money stands between an offer and a delivery."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    IN_PRODUCTION = "in_production"
    MADE = "made"


class Loss(StrEnum):
    """How a revision of a quote ended without an order."""

    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    OTHER_WAY = "other_way"
    """Another quote of the same offer was accepted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and their net in minor units by currency."""

    count: int = 0
    net_minor: Mapping[str, int] = field(default_factory=dict)

    def plus(self, count: int, currency: str, net_minor: int) -> Tally:
        """Give the tally with some more of one currency."""
        return Tally(self.count + count, {**self.net_minor, currency: self.net_minor.get(currency, 0) + net_minor})


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class HitRate:
    """Quotes closed in a month of the plant."""

    month: str
    """Such as ``2026-11``."""
    accepted: int
    closed: int

    @property
    def rate(self) -> Fraction | None:
        """Accepted ÷ closed; None when nothing was closed."""
        return Fraction(self.accepted, self.closed) if self.closed else None


@dataclass(frozen=True, slots=True)
class LossReason:
    """How quotes were lost; ``reason`` is what the customer chose when declining, empty where none was given."""

    loss: Loss
    reason: str


@dataclass(frozen=True, slots=True)
class SalesFigures:
    """The figures of the sales desk at one moment; every band, stage and month is there, empty or not."""

    open_by_age: Mapping[AgeBand, Tally]
    hit_rates: tuple[HitRate, ...]
    """Oldest month first; the last one is still running."""
    losses: Mapping[LossReason, Tally]
    """In the months of the hit rates; only what happened."""
    stages: Mapping[Stage, Tally]
    expiring_count: int
    """Open quotes whose hold ends within SOON_HOURS."""


Group = tuple[str, int, str, int]
"""A bucket's name, a count, a currency and a net in minor units."""


def tally(groups: Iterable[Group]) -> dict[str, Tally]:
    """Add groups up by the name of their bucket."""
    found: dict[str, Tally] = {}
    for name, count, currency, net_minor in groups:
        found[name] = found.get(name, NOTHING).plus(count, currency, net_minor)
    return found


def age_bounds(now: datetime) -> tuple[tuple[AgeBand, datetime], ...]:
    """Give for each band but the oldest the moment after which a quote of that band was offered, youngest first.

    Parameters
    ----------
    now
        Aware UTC.
    """
    return tuple((band, now - timedelta(days=days)) for band, days in BAND_DAYS.items())


def month_starts(now: datetime, zone: ZoneInfo, *, months: int = MONTHS) -> tuple[tuple[str, datetime], ...]:
    """Give the plant's last months with the moments at which they began, oldest first; the last one is running.

    Parameters
    ----------
    now
        Aware UTC.
    zone
        Of the plant.
    months
        How many, at least 1.
    """
    here = now.astimezone(zone)
    found = []
    for back in range(months - 1, -1, -1):
        year, month = divmod(here.year * 12 + here.month - 1 - back, 12)
        begins = datetime.combine(here.date().replace(year=year, month=month + 1, day=1), time(), tzinfo=zone)
        found.append((f"{year:04d}-{month + 1:02d}", begins.astimezone(UTC)))
    return tuple(found)


def hit_rates(months: Iterable[str], accepted: Mapping[str, Tally], lost: Mapping[str, Tally]) -> tuple[HitRate, ...]:
    """Put accepted and lost quotes of months together, in the order of ``months``."""
    return tuple(
        HitRate(month, won, won + lost.get(month, NOTHING).count)
        for month in months for won in (accepted.get(month, NOTHING).count,)
    )
