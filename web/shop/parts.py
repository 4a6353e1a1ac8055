"""What the templates of the configurator show, ready to print. Holds no rule and no calculation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from web.shop.deciding_page import Deciding
from web.shop.keeping import Keeping
from web.shop.pieces import Pieces
from web.shop.promise_line import PromiseLine
from web.shop.ruler import Scale
from web.shop.taking import Taking

RowState = Literal["available", "chosen", "implied", "excluded"]
SectionKind = Literal["options", "flags", "numbers", "swatches"]


@dataclass(frozen=True, slots=True)
class Delta:
    """A difference in words; ``kind`` is less (a gain), more or zero."""

    label: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A smallest change that makes something possible."""

    title: str
    changes: tuple[str, ...]
    """Each choice that changes, with its value before and after."""
    effects: tuple[Delta, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Against:
    """A choice that stands against something."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is not possible, and what would make it so."""

    title: str
    words: str
    sentences: tuple[str, ...]
    against: tuple[Against, ...]
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option of a choice."""

    id: str
    attribute: str
    code: str
    title: str
    help: str
    state: RowState
    is_proposed: bool
    """Taken as long as the attribute is left open."""
    picture: Markup
    icon: str
    """An icon for want of a picture; empty when there is none either."""
    deltas: tuple[Delta, ...]
    set_by: str
    why_url: str
    why: Why | None
    popular: str = ""
    """How many orders have it, when most of them do; empty otherwise."""
    recommended: str = ""
    """Why it is recommended; empty when it is not."""
    caution: str = ""
    """Which recommendation it goes against, when it is taken."""
    because: str = ""
    """Why other choices set it, in the words of the rules."""
    way_in: str = ""
    """What has to change so that it becomes possible; empty when it is possible, or not known."""


@dataclass(frozen=True, slots=True)
class NumberField:
    """A number or a short text; a text has no scale."""

    id: str
    attribute: str
    title: str
    unit: str
    value: str
    placeholder: str
    limits: str
    is_invalid: bool
    scale: Scale | None
    max_length: int = 40


@dataclass(frozen=True, slots=True)
class Section:
    """A question, or several small ones of one kind."""

    id: str
    title: str
    words: str
    help: str
    kind: SectionKind
    rows: tuple[OptionRow, ...] = ()
    fields: tuple[NumberField, ...] = ()
    open_url: str = ""
    mistakes: tuple[str, ...] = ()
    """What its entries need that cannot be taken; numbers and texts say it beside their own fields."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One attribute of a long list, with its options as small radio buttons."""

    id: str
    attribute: str
    title: str
    words: str
    state: RowState
    options: tuple[OptionRow, ...]
    is_open: bool
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Pager:
    """Which part of a long list is shown."""

    words: str
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of a long list by state."""

    title: str
    url: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a product with very many attributes."""

    find: str
    words: str
    rows: tuple[ListRow, ...]
    tabs: tuple[Tab, ...]
    pager: Pager
    mistakes: tuple[str, ...] = ()
    """What entries need that cannot be taken, on whatever page of the list they stand."""


@dataclass(frozen=True, slots=True)
class Step:
    """A group of questions in the bar of steps."""

    id: str
    title: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """A starting point."""

    title: str
    words: str
    url: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class Way:
    """One way of making it: cheapest, fastest or greenest."""

    icon: str
    title: str
    date: str
    price: str
    mass: str
    url: str
    is_present: bool
    sentence: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class OpenChoice:
    """A question that is still open."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One step that a date hangs on: its name, where its time goes, and the choice that causes it, if any."""

    title: str
    words: str
    cause: OpenChoice | None = None


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """An earlier day, and what it takes."""

    day: str
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Promise, price, footprint, and what is open."""

    destination: str
    date: str
    short_date: str
    no_date_words: str
    line: PromiseLine | None
    costliest: str
    wait_words: str
    cause: OpenChoice | None
    """The choice that the costliest step depends on; None when none is known."""
    condition: str
    price: str
    """Empty while choices contradict each other."""
    price_rows: tuple[tuple[str, str], ...]
    quote_url: str
    no_quote_words: str
    hold_hours: int
    footprint: str
    open_title: str
    open_choices: tuple[OpenChoice, ...]
    more_open: str
    open_count: int
    ways: tuple[Way, ...]
    """Empty when one way is the cheapest, the fastest and the greenest; then ``is_one_way``."""
    is_one_way: bool
    earlier_words: str = ""
    """That a quote may bring an earlier day; empty when it brings this one."""
    reasons: tuple[ReasonLine, ...] = ()
    """What the date hangs on, from the hold to the delivery."""
    earlier: tuple[EarlierLine, ...] = ()
    recommendations: tuple[str, ...] = ()
    """Reasons of the soft rules that the present configuration does not keep."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that can be delivered to, as an entry of a list."""

    code: str
    title: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class ChangeBar:
    """That an order is being changed: its number, its page, and what stands ordered now."""

    number: str
    order_url: str
    words: str


@dataclass(frozen=True, slots=True)
class ConfigurePage:
    """The configurator's page."""

    title: str
    family: str
    description: str
    version_words: str
    action: str
    share_url: str
    hidden_fields: tuple[tuple[str, str], ...]
    drawing: Markup
    section_drawing: Markup
    figures: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    presets: tuple[Preset, ...]
    conflict: Why | None
    sections: tuple[Section, ...]
    listing: Listing | None
    places: tuple[Place, ...]
    """Where it can be delivered to; empty while nothing can be promised."""
    summary: Summary
    pieces: Pieces | None = None
    """How many are wanted; None where that is asked elsewhere."""
    version_number: int = 0
    """The product version that the page was made with; its next click tells it."""
    news: tuple[str, ...] = ()
    """What changed since the page before, when the product was published anew meanwhile."""
    needs_url: str = ""
    """Where the questions about needs are asked; empty when the product asks none."""
    left_out: str = ""
    """Which choices of the address the product does not have."""
    deciding: Deciding | None = None
    """What decides the rest; None when nothing can be decided."""
    void_words: str = ""
    """That the product cannot be configured at all; then nothing is asked."""
    keeping: Keeping | None = None
    """How the choice is kept, compared and gone on with."""
    change: ChangeBar | None = None
    """The order that is being changed; None where something new is configured."""
    taking: Taking | None = None
    """What a signed-in seller's button takes into a quote; None for everybody else."""
