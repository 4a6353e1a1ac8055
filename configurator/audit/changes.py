"""What differs between two versions of a product, as plain values. Imports no engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from catalog.text import Text
from configurator.configuration import Selection


class Change(StrEnum):
    """What became of something from the old version to the new one."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An attribute, option, rule, figure or other part that is not what it was.

    ``old`` and ``new`` say what it was and is, as text; empty where it was or is not.
    """

    part: str
    """``attribute``, ``option``, ``property``, ``rule``, ``table``, ``tree``, ``constraint``, ``derived``,
    ``parameter``, ``lookup_table``, ``price``, ``part``, ``bom``, ``operation``, ``preset``, ``case``, ``product``."""
    code: str
    change: Change
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Options that became possible or impossible: one alone, or two together. All are options of both versions."""

    options: tuple[tuple[str, str], ...]
    """Pairs of attribute and option, by the new version's codes."""
    is_possible: bool
    """Whether it is possible now (and was not), or impossible now (and was possible)."""
    example: Selection | None
    """A whole configuration with it, of the version in which it is possible."""


@dataclass(frozen=True, slots=True)
class NumberReach:
    """A number whose reachable values are others than before: closed intervals on the step grid."""

    attribute: str
    old: tuple[tuple[Fraction, Fraction], ...]
    new: tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Containment:
    """Whether every configuration of one version goes on in the other, over the attributes that both have.

    ``holds`` is proven either way; None when it was not decided (``reason`` says why). The counter-example is a whole
    configuration of the first version that the second does not have.
    """

    holds: bool | None
    counter_example: Selection | None = None
    rules: tuple[str, ...] = ()
    """Rules of the other version that the counter-example breaks, where one alone does."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """What a starting point costs in both versions, net of tax, in minor units; None where it is not valid."""

    code: str
    """Of the preset; empty for the defaults."""
    title: Text
    old_minor: int | None
    new_minor: int | None
    old_currency: str
    new_currency: str


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two versions of a product.

    ``reach`` lists at most so many examples of each kind as ``difference.MOST_EXAMPLES``; the four counts are of all.
    """

    product_code: str
    is_same: bool
    """Whether the two definitions are equal in everything, texts included."""
    old_variants: int | None
    new_variants: int | None
    items: tuple[ItemChange, ...] = ()
    reach: tuple[Reach, ...] = ()
    options_possible: int = 0
    options_impossible: int = 0
    pairs_possible: int = 0
    pairs_impossible: int = 0
    numbers: tuple[NumberReach, ...] = ()
    old_in_new: Containment = field(default_factory=lambda: Containment(None))
    """Whether every old configuration stays possible."""
    new_in_old: Containment = field(default_factory=lambda: Containment(None))
    prices: tuple[PriceChange, ...] = ()
    not_checked: tuple[str, ...] = ()
    """What the time did not suffice for."""
