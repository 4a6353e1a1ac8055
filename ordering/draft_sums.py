"""What drafts in a list come to, quickly: priced without plans, hence without the surcharge of a way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.errors import ProductVersionNotFound
from catalog.money import Money
from configurator.recent import Recent
from ordering.configured import LineRequest, complete
from ordering.draft import ConfiguredLine, QuoteDraft, SectionLine
from ordering.draft_preview import plant_day
from ordering.draft_pricing import LineFigures, convert, price_draft
from ordering.drafting import KeptDraft
from ordering.errors import ConfigurationNotSaleable, DraftInvalid
from ordering.price_book import find_group_book, group_priced
from ordering.price_group import GroupBook

_MOST_REMEMBERED = 512
_summed: Recent[tuple[QuoteDraft, date, GroupBook | None], Money] = Recent(_MOST_REMEMBERED)


def sum_drafts(
    session: Session, *, drafts: Sequence[KeptDraft], now: datetime, cache_directory: Path | None = None
) -> dict[int, Money]:
    """Give the net of drafts by their numbers, with all discounts.

    Parameters
    ----------
    session
        Only read.
    drafts
        Any.
    now
        Aware UTC; rules of its day count.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    dict
        Without drafts that cannot be priced as they stand.
    """
    found = {}
    for draft in drafts:
        try:
            found[draft.id] = _remembered(session, draft.content, now, cache_directory)
        except (ConfigurationNotSaleable, DraftInvalid, ProductVersionNotFound):
            continue
    return found


def _remembered(session: Session, draft: QuoteDraft, now: datetime, cache_directory: Path | None) -> Money:
    """Give what a draft came to when it was asked for last, unless the day or its customer's price group changed."""
    key = (draft, plant_day(session, draft, now), find_group_book(session, email=draft.header.customer_email))
    known = _summed.find(key)
    if known is None:
        known = _sum(session, *key, cache_directory)
        _summed.keep(key, known)
    return known


def _sum(
    session: Session, draft: QuoteDraft, on: date, book: GroupBook | None, cache_directory: Path | None
) -> Money:
    figures = []
    for position, line in enumerate(draft.lines):
        if isinstance(line, SectionLine):
            continue
        if isinstance(line, ConfiguredLine):
            made = complete(session, LineRequest(line.content_hash, dict(line.choices), line.quantity), on=on,
                            cache_directory=cache_directory)
            if book is not None:
                made = group_priced(made, book.terms(product_code=made.definition.code, on=on))
            unit, tax = convert(made.unit_net.amount_minor, rate=draft.header.rate), made.definition.tax_percent
        else:
            unit, tax = line.unit_minor, line.tax_percent
        figures.append(LineFigures(position, line.standing, unit, line.quantity, line.discount, tax))
    totals = price_draft(figures, total_discount=draft.header.total_discount)
    return Money(totals.net_minor, draft.header.currency)
