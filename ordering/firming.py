"""The firm quote of a customer's request: an earlier day at no higher price, worked out before the lock is taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from ordering.offering import Offer, Preview
from ordering.quote import Alternative
from scheduling import firm_quoting
from scheduling.firm import FirmOutcome
from scheduling.firm_quoting import FirmDraft


@dataclass(frozen=True, slots=True)
class FirmLine:
    """The line of a quote that is made earlier, counted from 0, and how."""

    position: int
    draft: FirmDraft

    def applied_to(self, preview: Preview, chosen: Offer, firm: Offer) -> Preview:
        """Give a preview in which the offers of the chosen plan are the firm one's."""
        def told(offer: Offer | None) -> Offer | None:
            return offer if offer is None or offer.plan != chosen.plan else replace(firm, alternative=offer.alternative)

        return replace(preview, default=told(preview.default), fastest=told(preview.fastest),
                       cheapest=told(preview.cheapest), greenest=told(preview.greenest))


@dataclass(frozen=True, slots=True)
class FirmLimits:
    """How long an earlier day is looked for, and whether the database's lock is given back meanwhile.

    0 seconds look for nothing; the lock is only to be given back in a session without changes.
    """

    seconds: float = 0.0
    is_lock_released: bool = False


def find_firm(
    session: Session, drafts: Sequence[Preview], *, alternative: Alternative, now: datetime, limits: FirmLimits,
    without_holds: Collection[int] = (),
) -> FirmLine | None:
    """Look for an earlier day of the line that arrives last; writes nothing.

    Parameters
    ----------
    session
        Only read.
    drafts
        The lines' plans that move nothing.
    alternative
        The way the customer chose; its plan gets no dearer and no dirtier.
    now
        Aware UTC.
    limits
        Of the search.
    without_holds
        Holds that the lines stand in for; they are given back before anything is held.

    Returns
    -------
    FirmLine or None
        None when no earlier day was found.
    """
    offers = [(offer.arrival_minute, position, offer) for position, draft in enumerate(drafts)
              if (offer := draft.offer(alternative)) is not None and draft.job.operations]
    if limits.seconds <= 0 or not offers:
        return None
    _, position, chosen = max(offers, key=lambda item: item[:2])
    load = firm_quoting.load_firm(session, job=drafts[position].job, inserted=chosen.plan, now=now,
                                  without_holds=without_holds)
    if not load.task.movable:
        return None
    if limits.is_lock_released:
        session.rollback()
    found = firm_quoting.work_out_firm(load, seconds=limits.seconds)
    return FirmLine(position, found) if found.quote.outcome is FirmOutcome.IMPROVED else None
