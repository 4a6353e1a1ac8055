"""The price of time of a line that is still typed: what each earlier day would cost. Writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.money import Money
from ordering.draft import ConfiguredLine, QuoteDraft
from ordering.draft_preview import plan_draft_line
from ordering.draft_pricing import convert
from ordering.earlier import EarlierOffer, preview_earlier
from ordering.errors import DraftInvalid


def price_draft_earlier(
    session: Session, *, draft: QuoteDraft, position: int, now: datetime, cache_directory: Path | None = None
) -> tuple[EarlierOffer, ...]:
    """Price the days before the one that a configured line would be promised for.

    Parameters
    ----------
    session
        Only read.
    draft
        As it is typed.
    position
        Place of the line, from 0.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    tuple of EarlierOffer
        The nearest day first, in the quote's currency; empty when there is none, or capacity is short.

    Raises
    ------
    DraftInvalid
        There is no such configured line, or the draft cannot be planned as it stands.
    ConfigurationNotSaleable
        The line breaks a rule.
    """
    line = draft.lines[position] if 0 <= position < len(draft.lines) else None
    if not isinstance(line, ConfiguredLine):
        raise DraftInvalid("There is no such configured line.", field="lines")
    plans = plan_draft_line(session, draft=draft, position=position, now=now, cache_directory=cache_directory)
    offer = plans.offer(draft.header.alternative)
    if offer is None:
        return ()
    return tuple(
        item if item.extra is None else replace(item, extra=Money(
            convert(item.extra.amount_minor, rate=draft.header.rate), draft.header.currency))
        for item in preview_earlier(session, preview=plans, offer=offer, now=now))
