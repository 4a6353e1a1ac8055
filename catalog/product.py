"""What may be sold: a product definition with its attributes, rules, prices, parts and operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from catalog.bom import BomItem, Part
from catalog.need import NeedQuestion
from catalog.price_book import PriceItem
from catalog.routing import RoutingItem
from catalog.rules.expression import Expression
from catalog.text import Text

Value = str | Fraction
"""A chosen value: an option code or a text (str), or a number on the attribute's step grid."""


class AttributeKind(StrEnum):
    """How an attribute is chosen: one option of a list, a number on a step grid, or a short text."""

    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """One way to choose an attribute, with named properties that expressions may read."""

    code: str
    title: Text
    help: Text = Text()
    properties: Mapping[str, Fraction | str] = field(default_factory=dict)
    picture: str = ""
    """Name of the drawing of this option, or empty."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A question to the customer.

    A choice has ``options`` (a yes/no attribute has the codes ``true`` and ``false``); a number has
    ``minimum``, ``maximum`` and ``step`` in ``unit``, its grid is minimum + k·step; a text has
    ``max_length`` in characters and may be required by ``required_when`` (None: never required).
    """

    code: str
    kind: AttributeKind
    title: Text
    help: Text = Text()
    options: tuple[Option, ...] = ()
    minimum: Fraction = Fraction(0)
    maximum: Fraction = Fraction(0)
    step: Fraction = Fraction(1)
    unit: str = ""
    max_length: int = 0
    required_when: Expression | None = None
    default: Value | None = None
    """Preferred when the customer leaves the attribute open and rules allow it."""

    def option(self, code: str) -> Option | None:
        """Find an option by its code; None when the attribute has no such option."""
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True, slots=True)
class Group:
    """A step of the configurator: a title and the attributes asked together, in order."""

    code: str
    title: Text
    attributes: tuple[str, ...]


class Strength(StrEnum):
    """A hard rule forbids; a soft rule only prefers."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Rule:
    """A named condition that every sold configuration meets, and the reason told to the customer."""

    code: str
    expression: Expression
    reason: Text
    strength: Strength = Strength.HARD
    valid_from: date | None = None
    valid_until: date | None = None
    """Exclusive end; None means open."""
    weight: int = 1
    """How much a soft rule counts beside other soft rules, at least 1; of no meaning for a hard one."""
    rule_set: str = ""
    """The shared rule set that the rule comes from; empty for the product's own rules."""


@dataclass(frozen=True, slots=True)
class TableRule:
    """Combinations of options that are allowed (or forbidden) over some choice attributes."""

    code: str
    attributes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_allowed: bool
    reason: Text = Text()
    valid_from: date | None = None
    valid_until: date | None = None
    """Exclusive end; None means open."""


@dataclass(frozen=True, slots=True)
class ClauseGroup:
    """A parent and its children in a feature tree: how many of the children go with the parent.

    When the parent holds, at least ``low`` and at most ``high`` of the children hold; when it does not,
    none of them does. Numbers are variables of the clause set.
    """

    parent: int
    children: tuple[int, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ClauseSet:
    """Rules of an imported model as clauses over yes/no attributes, kept compact.

    ``names[i]`` is the attribute of variable ``i + 1``; a clause is a tuple of non-zero integers,
    negative for "false", at least one of which holds (DIMACS convention). ``groups`` hold besides the
    clauses (they are not repeated in them): a group of hundreds of children, of which exactly one goes
    with the parent, would take tens of thousands of clauses.
    """

    names: tuple[str, ...]
    clauses: tuple[tuple[int, ...], ...]
    groups: tuple[ClauseGroup, ...] = ()
    sources: tuple[tuple[int, str], ...] = ()
    """Wording of the constraints: (index of its first clause, wording), ascending, up to the next one."""


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """A figure computed from the choices, such as weight or heat loss."""

    code: str
    title: Text
    expression: Expression
    unit: str = ""
    digits: int = 2
    """Decimals shown to people; the value itself stays exact."""
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class LookupTable:
    """Rows of numbers by ascending numeric key; ``columns`` names the numbers of a row."""

    code: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Fraction, tuple[Fraction, ...]], ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A labelled starting point: a valid partial or whole selection."""

    code: str
    title: Text
    selection: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ConfigurationCase:
    """A named test configuration: choices that must be valid, or must be invalid, whenever rules change.

    A partial selection is valid when some whole configuration holds all its choices. ``rules`` names rules of
    which at least one must take part in the refusal of an invalid one; empty lets any rule refuse it.
    """

    code: str
    title: Text
    selection: Mapping[str, Value]
    is_valid: bool
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductDefinition:
    """All that is known of a product at one version; immutable once published."""

    code: str
    title: Text
    attributes: tuple[Attribute, ...]
    description: Text = Text()
    family: str = ""
    drawing: str = ""
    """Name of the parametric drawing, or empty."""
    currency: str = "CNY"
    tax_percent: Fraction = Fraction(13)
    groups: tuple[Group, ...] = ()
    parameters: Mapping[str, Fraction] = field(default_factory=dict)
    tables: Mapping[str, LookupTable] = field(default_factory=dict)
    derived: tuple[DerivedValue, ...] = ()
    """In an order in which each refers only to earlier ones."""
    rules: tuple[Rule, ...] = ()
    table_rules: tuple[TableRule, ...] = ()
    clauses: ClauseSet | None = None
    prices: tuple[PriceItem, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    bom: tuple[BomItem, ...] = ()
    routing: tuple[RoutingItem, ...] = ()
    weight_kg: Expression | None = None
    presets: tuple[Preset, ...] = ()
    cases: tuple[ConfigurationCase, ...] = ()
    needs: tuple[NeedQuestion, ...] = ()
    """What is asked of customers who do not know the product, in this order."""
    keywords: Text = Text()
    """Further words under which customers look for the product."""

    def attribute(self, code: str) -> Attribute | None:
        """Find an attribute by its code; None when the product has no such attribute."""
        return next((item for item in self.attributes if item.code == code), None)


@dataclass(frozen=True, slots=True)
class ProductVersion:
    """A published product: its definition, pinned by the SHA-256 of its source."""

    product_code: str
    number: int
    """Counts up from 1 per product."""
    content_hash: str
    definition: ProductDefinition


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """What a list of products shows of the newest version, without its definition."""

    product_code: str
    number: int
    content_hash: str
    title: Text
    family: str
    drawing: str
    published_at: datetime
    """Aware UTC."""
