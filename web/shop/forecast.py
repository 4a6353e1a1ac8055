"""When and how a configuration can be made: the ways that the promise offers, as plain values for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from catalog.money import Money
from catalog.product import Value
from catalog.text import Text
from ordering.earlier import EarlierOffer
from ordering.order_change import Replaced
from ordering.translation import DateReason
from web.shop.promise_line import Step


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that goods can be delivered to."""

    code: str
    title: Text
    zone: ZoneInfo
    closed_weekdays: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that is being changed: what it is, the day it is promised for, and the work that a change replaces."""

    choices: Mapping[str, str]
    """The whole selection, as texts."""
    quantity: int
    destination: str
    alternative: str
    promised_on: date
    replaced: Replaced

    def is_kept(self, whole: Mapping[str, Value], *, quantity: int, destination: str, alternative: str) -> bool:
        """Tell whether a whole configuration is what is ordered; the way by default may be empty."""
        choices = {code: str(value) for code, value in whole.items()}
        return (choices, quantity, destination, alternative or "default") == (
            self.choices, self.quantity, self.destination, self.alternative)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to make it: its day, its net price with any surcharge, its whole footprint."""

    alternative: str
    promised_on: date
    arrival_at: datetime
    net: Money
    surcharge: Money
    co2_grams: int
    steps: tuple[Step, ...] = ()
    sites: tuple[Text, ...] = ()
    reasons: tuple[DateReason, ...] = ()
    """What the day hangs on, in the order it is done."""
    delivery_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """The ways to make one configuration; ``present`` is None when there is no capacity for it."""

    destination: Destination
    destinations: tuple[Destination, ...]
    now: datetime
    present: Way | None
    ways: tuple[Way, ...] = ()
    """Cheapest, fastest, greenest, in this order; empty when there is no capacity."""
    earlier: tuple[EarlierOffer, ...] = ()
    """What an earlier day than the present way's costs, the nearest first; empty when none can be had."""
    is_promised: bool = False
    """Whether the present way's day is one that is promised already, of an order that is being changed."""
    may_be_earlier: bool = False
    """Whether a quote may bring an earlier day than these, because others make room for it."""
    shortage: str = ""
    """A sentence that says why no day can be promised."""

    @property
    def is_one_way(self) -> bool:
        """Whether the cheapest, the fastest and the greenest way have the same day, price and footprint."""
        return len({(way.promised_on, way.net, way.co2_grams) for way in self.ways}) == 1
