"""A quote as its seller types it: header and lines, within strict bounds. Imports no database.

A draft is what the seller is typing; a quote revision is what was promised and never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction

from catalog.text import Text
from ordering.quote import Alternative, Quote
from ordering.quote_item import ItemKind, QuoteItem, Standing
from ordering.state_machine import advance, final_states

__all__ = [
    "DRAFT_FINAL_STATES", "DRAFT_TRANSITIONS", "ConfiguredLine", "DraftEvent", "DraftHeader", "DraftLine",
    "DraftState", "FreeLine", "QuoteDraft", "SectionLine", "Standing", "changed_fields", "draft_of",
    "next_draft_state",
]


class DraftState(StrEnum):
    """Where a draft stands."""

    OPEN = "open"
    WAITING = "waiting"
    APPROVED = "approved"
    SENT = "sent"
    DROPPED = "dropped"


class DraftEvent(StrEnum):
    """What can happen to a draft."""

    CHANGE = "change"
    ASK = "ask"
    APPROVE = "approve"
    REFUSE = "refuse"
    DROP = "drop"
    SEND = "send"


DRAFT_TRANSITIONS: Mapping[tuple[DraftState, DraftEvent], DraftState] = {
    (DraftState.OPEN, DraftEvent.CHANGE): DraftState.OPEN,
    (DraftState.WAITING, DraftEvent.CHANGE): DraftState.OPEN,
    (DraftState.APPROVED, DraftEvent.CHANGE): DraftState.OPEN,
    (DraftState.OPEN, DraftEvent.ASK): DraftState.WAITING,
    (DraftState.APPROVED, DraftEvent.ASK): DraftState.WAITING,
    (DraftState.WAITING, DraftEvent.APPROVE): DraftState.APPROVED,
    (DraftState.WAITING, DraftEvent.REFUSE): DraftState.OPEN,
    (DraftState.OPEN, DraftEvent.DROP): DraftState.DROPPED,
    (DraftState.WAITING, DraftEvent.DROP): DraftState.DROPPED,
    (DraftState.APPROVED, DraftEvent.DROP): DraftState.DROPPED,
    (DraftState.OPEN, DraftEvent.SEND): DraftState.SENT,
    (DraftState.APPROVED, DraftEvent.SEND): DraftState.SENT,
}
"""A changed draft is open again: an approval is for what was shown, nothing else."""
DRAFT_FINAL_STATES = final_states(DRAFT_TRANSITIONS, DraftState)


def next_draft_state(state: DraftState, event: DraftEvent) -> DraftState:
    """Give the state after an event; raise TransitionRefused for one that is not listed."""
    return advance(DRAFT_TRANSITIONS, state, event, thing="draft")


@dataclass(frozen=True, slots=True)
class DraftHeader:
    """Who is quoted, where to, on which terms. Texts may be empty while they are being typed."""

    currency: str
    customer_name: str = ""
    customer_email: str = ""
    reference: str = ""
    """The customer's own reference."""
    destination: str = ""
    language: str = "en"
    """Of the documents: ``en`` or ``zh``."""
    alternative: Alternative = Alternative.DEFAULT
    rate: Fraction = Fraction(1)
    """Units of ``currency`` for one unit of the catalog's currency, frozen here."""
    payment_terms: str = ""
    delivery_terms: str = ""
    validity_days: int = 2
    notes: Text = Text()
    total_discount: Fraction = Fraction(0)
    """Percent off the sum of the included lines."""


@dataclass(frozen=True, slots=True)
class ConfiguredLine:
    """A configured product: its version, the choices as typed, and pieces."""

    content_hash: str
    choices: tuple[tuple[str, str], ...]
    """Attribute code and value, sorted by code."""
    quantity: int = 1
    standing: Standing = Standing.INCLUDED
    discount: Fraction = Fraction(0)
    """Percent off this line."""
    breaks: tuple[int, ...] = ()
    """Further quantities whose price and day are asked for, rising."""


@dataclass(frozen=True, slots=True)
class FreeLine:
    """Something sold that no catalog holds, at a price typed in the quote's currency."""

    title: Text
    quantity: int = 1
    unit_minor: int = 0
    """Price of one piece before tax, in minor units of the quote's currency."""
    tax_percent: Fraction = Fraction(0)
    unit_cost_minor: int | None = None
    """What one piece costs us, in the quote's currency; None where nobody said."""
    standing: Standing = Standing.INCLUDED
    discount: Fraction = Fraction(0)
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A heading over the lines that follow it."""

    title: Text


DraftLine = ConfiguredLine | FreeLine | SectionLine


@dataclass(frozen=True, slots=True)
class QuoteDraft:
    """All that a seller has typed of a quote."""

    header: DraftHeader
    lines: tuple[DraftLine, ...] = ()


def draft_of(quote: Quote, *, language: str) -> QuoteDraft:
    """Start a draft from what a quote says: the same customer, terms, discounts and lines.

    Parameters
    ----------
    quote
        Any revision.
    language
        Of the documents to come, where the quote names none.

    Returns
    -------
    QuoteDraft
        Its lines at the places that the quote gives them. What a free line costs us stands on no quote.
    """
    header = DraftHeader(
        currency=quote.currency, customer_name=quote.customer_name, customer_email=quote.customer_email,
        reference=quote.reference, destination=quote.destination, language=quote.language or language,
        alternative=quote.alternative, rate=quote.rate, payment_terms=quote.payment_terms,
        delivery_terms=quote.delivery_terms, validity_days=quote.validity_days, notes=quote.notes,
        total_discount=quote.total_discount,
    )
    breaks: dict[int, list[int]] = {}
    for item in quote.breaks:
        breaks.setdefault(item.position, []).append(item.quantity)
    lines: dict[int, DraftLine] = {
        line.position: ConfiguredLine(line.content_hash, tuple(sorted(line.choices.items())), line.quantity,
                                      discount=line.discount, breaks=tuple(breaks.get(line.position, ())))
        for line in quote.lines
    }
    lines |= {item.position: _line_of(item, tuple(breaks.get(item.position, ()))) for item in quote.items}
    return QuoteDraft(header, tuple(lines[position] for position in sorted(lines)))


def _line_of(item: QuoteItem, breaks: tuple[int, ...]) -> DraftLine:
    if item.kind is ItemKind.SECTION:
        return SectionLine(item.title)
    if item.kind is ItemKind.FREE:
        return FreeLine(item.title, item.quantity, item.totals.unit.amount_minor, item.tax_percent,
                        standing=item.standing, discount=item.discount, breaks=breaks)
    return ConfiguredLine(item.content_hash, tuple(sorted((item.choices or {}).items())), item.quantity,
                          item.standing, item.discount, breaks)


def changed_fields(old: QuoteDraft, new: QuoteDraft) -> tuple[str, ...]:
    """Name every field in which two contents of a draft differ.

    Parameters
    ----------
    old, new
        Lines are compared by their place.

    Returns
    -------
    tuple of str
        Such as ``reference``, ``lines[0].quantity`` or, for a line that came, went or became another kind,
        ``lines[2]``; header first.
    """
    names = [*_differing(old.header, new.header)]
    for place in range(max(len(old.lines), len(new.lines))):
        if place >= len(old.lines) or place >= len(new.lines):
            names.append(f"lines[{place}]")
            continue
        before, after = old.lines[place], new.lines[place]
        if type(before) is not type(after):
            names.append(f"lines[{place}]")
        else:
            names += [f"lines[{place}].{name}" for name in _differing(before, after)]
    return tuple(names)


def _differing(old: DraftHeader | DraftLine, new: DraftHeader | DraftLine) -> list[str]:
    return [field.name for field in fields(old) if getattr(old, field.name) != getattr(new, field.name)]
