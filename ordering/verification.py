"""What checking a paper found: whose it is, how things stand now, and what differs. Imports no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from catalog.money import Money
from catalog.text import Text
from ordering.draft_pricing import LineFigures, PricedLine, price_draft
from ordering.order import OrderState
from ordering.quote import Quote, QuoteState
from ordering.quote_item import ItemKind, Standing
from ordering.verify_code import PaperKind
from ordering.work_order import WorkOrderState


class Finding(StrEnum):
    """What differs on a paper that is ours."""

    FACTS = "facts"
    """What is stored is not what the paper was printed with."""
    LINE_PRICE = "line_price"
    """A line costs something else when its pinned product version is priced again."""
    TOTAL = "total"
    """The total is not what its lines add up to."""
    ORDER_PRICE = "order_price"
    """The order does not cost what its quote said."""
    CHOICES = "choices"
    """The choices of a line cannot be worked out again."""
    DAY = "day"
    """The day is not the one on record."""
    ARRIVAL = "arrival"
    """A line was promised for a day before its plan could bring it."""
    LATER = "later"
    """By the plan as it stands now a line comes after its day."""
    OPERATIONS = "operations"
    """The operations are not those of the pinned product version."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: what is stored, and what working it out again gives."""

    finding: Finding
    position: int = 0
    """Of the line; 0 for the whole paper."""
    stored: Money | date | None = None
    again: Money | date | None = None


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A counted line of the paper as it was worked out again; a free line is only added up again."""

    position: int
    """The number that people read before it."""
    title: Text
    quantity: int
    version: int
    """Number of the pinned product version; 0 for a free line."""
    net: Money | None
    """As the pinned version prices it now; None on a traveller, and where it cannot be worked out."""
    promised_on: date | None
    arrives_on: date | None
    """By the plan as it stands now; None where it holds no capacity any more."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A genuine paper. No name, address or reference of a customer is in it."""

    kind: PaperKind
    number: str
    revision: int
    newest: int
    """The newest revision of the same paper."""
    state: QuoteState | OrderState | WorkOrderState
    is_open: bool
    """Whether a quote can be accepted now."""
    issued_at: datetime
    destination: str
    valid_until: datetime | None = None
    net: Money | None = None
    tax: Money | None = None
    gross: Money | None = None
    """None on a traveller, which tells no price."""
    promised_on: date | None = None
    """As printed."""
    promised_now: date | None = None
    """The day of the newest revision, or of the order it became; None where it does not differ."""
    order_number: str = ""
    lines: tuple[CheckedLine, ...] = ()
    differences: tuple[Difference, ...] = ()
    is_calendar_same: bool = True
    """Whether the plants still publish the calendars that the day was worked out with."""

    @property
    def is_replaced(self) -> bool:
        """Whether a newer revision stands in its place."""
        return self.newest > self.revision


@dataclass(frozen=True, slots=True)
class Recalculated:
    """A product line worked out again: the price of one piece and the surcharge of its plan, in minor units."""

    unit_minor: int
    surcharge_minor: int


def price_again(quote: Quote, again: Mapping[int, Recalculated]) -> dict[int, PricedLine]:
    """Price every counted line of a quote again, with its discounts, by position.

    Parameters
    ----------
    quote
        With its lines and what stands beside them.
    again
        Each product line worked out from its pinned version, by position; one that is missing keeps what is stored.

    Returns
    -------
    dict
        Free lines have no other source than the quote itself, and are only added up again.
    """
    figures = []
    for line in quote.lines:
        found = again.get(line.position)
        unit = line.totals.unit_net.amount_minor if found is None else found.unit_minor
        surcharge = line.totals.surcharge.amount_minor if found is None else found.surcharge_minor
        figures.append(LineFigures(line.position, Standing.INCLUDED, unit, line.quantity, line.discount,
                                   line.tax_percent, surcharge_minor=surcharge))
    figures += [
        LineFigures(item.position, item.standing, item.totals.unit.amount_minor, item.quantity, item.discount,
                    item.tax_percent, surcharge_minor=item.totals.surcharge.amount_minor)
        for item in quote.items if item.kind is not ItemKind.SECTION and item.is_counted
    ]
    totals = price_draft(sorted(figures, key=lambda line: line.position), total_discount=quote.total_discount)
    return {line.figures.position: line for line in totals.lines}


def compare_money(quote: Quote, priced: Mapping[int, PricedLine]) -> tuple[Difference, ...]:
    """Find the lines, and the total, that cost something else when they are worked out again."""
    found = []
    stored = {line.position: (line.totals.net, line.totals.gross) for line in quote.lines}
    stored |= {item.position: (item.totals.net, item.totals.gross) for item in quote.items if item.is_counted}
    for position, (net, gross) in sorted(stored.items()):
        line = priced[position]
        if (net.amount_minor, gross.amount_minor) != (line.net_minor, line.gross_minor):
            found.append(Difference(Finding.LINE_PRICE, position, net, Money(line.net_minor, quote.currency)))
    total = Money(sum(line.gross_minor for line in priced.values()), quote.currency)
    if total != quote.gross or quote.net + quote.tax != quote.gross:
        found.append(Difference(Finding.TOTAL, 0, quote.gross, total))
    return tuple(found)


def first_day(history: Sequence[tuple[int, date]], revision: int) -> date | None:
    """Give the day that the record names first for a revision; None where it names none."""
    return next((day for known, day in history if known == revision), None)
