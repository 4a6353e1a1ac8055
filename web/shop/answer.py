"""The answer to a query: what the services say of it, gathered as plain values for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from catalog.money import Money
from catalog.product import ProductVersion, Value
from catalog.text import Text
from configurator.configuration import NumberDomain, OptionState, Selection
from configurator.preferences import Advice, Preference

_NEVER = 10**9
"""Days to what cannot be made in time, behind all others."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What taking something else would change; None where it is not known."""

    price: Money | None = None
    days: int | None = None
    co2_grams: int | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """A smallest set of changes: attribute to its value before and after."""

    changes: Mapping[str, tuple[Value, Value]]
    whole: Selection
    """The whole configuration after it."""
    price: Money
    """Of one piece after it, net."""
    co2_grams: int
    """Of one piece after it; with ``promised_on`` of making and moving it too, else of its material."""
    difference: Difference = Difference()
    promised_on: date | None = None
    """The day after it; known while the choices contradict each other, when there is nothing to compare with."""

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The place among the repairs of one reason: the fewest changes first, then price, day, footprint."""
        days = self.difference.days if self.promised_on is None else self.promised_on.toordinal()
        return (len(self.changes), self.price.amount_minor, _NEVER if days is None else days,
                self.difference.co2_grams or 0)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot stand: the choices against it, the rules that say so, and what would help."""

    attributes: tuple[str, ...]
    rules: tuple[Text, ...] = ()
    repairs: tuple[Repair, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    """What was chosen for those attributes."""
    figures: Mapping[Text, tuple[Figure, ...]] = field(default_factory=dict)
    """By rule, the figures it limits, as they would be with the customer's choices."""


@dataclass(frozen=True, slots=True)
class FollowsFrom:
    """The choices that a value follows from, and the reasons of the rules that say so."""

    attributes: tuple[str, ...]
    rules: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A derived value for people."""

    code: str
    title: Text
    value: Fraction
    unit: str
    digits: int


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One line of the price; ``billing`` other than once is not part of the total."""

    title: Text
    amount: Money
    billing: str = "once"
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """All that the page shows of a configuration, before any formatting."""

    version: ProductVersion
    selection: Selection
    """The choices that could be read."""
    whole: Mapping[str, Value]
    """A whole valid configuration with these choices; empty when there is none."""
    options: Mapping[str, Mapping[str, OptionState]]
    numbers: Mapping[str, NumberDomain]
    count: int | None
    derived: Mapping[str, Value] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    price: Money | None = None
    price_rows: tuple[PriceRow, ...] = ()
    co2_grams: int | None = None
    differences: Mapping[tuple[str, str], Difference] = field(default_factory=dict)
    input_errors: Mapping[str, str] = field(default_factory=dict)
    """Attribute to the sentence that says what is wanted."""
    causes: Mapping[str, FollowsFrom] = field(default_factory=dict)
    """Attribute whose value follows from other choices, to what it follows from."""
    conflict: Reason | None = None
    why: Reason | None = None
    """Why the option that was asked about is excluded."""
    others: Mapping[tuple[str, str], Selection] = field(default_factory=dict)
    """The whole configuration that each selectable option leads to."""
    wish: Mapping[str, Value] = field(default_factory=dict)
    """In a conflict what was chosen all the same, completed by what is open, so that it can be drawn."""
    preferences: tuple[Preference, ...] = ()
    changes_needed: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    """For options that cannot be taken now, the fewest other choices to change; None for what no product has."""
    advice: Mapping[tuple[str, str], Advice] = field(default_factory=dict)
    """What soft rules say of an option beside the others of its attribute."""
    pieces: int = 1
    """How many pieces the money and the material are of."""
    is_void: bool = False
    """Whether the product has no valid configuration at all."""

    @property
    def pictured(self) -> Mapping[str, Value]:
        """What the drawing shows."""
        return self.whole or self.wish
