"""What an earlier day costs the customer: the plants' price with the network's margin, or why it cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from catalog.money import Money
from catalog.plant import Network
from ordering.offering import Offer, Preview
from ordering.promise_date import promised_day
from ordering.quote import Quote, alternative_surcharge
from scheduling import firm_quoting
from scheduling import service as scheduling
from scheduling.calendar import local_date
from scheduling.day_earlier import EarlierDay, WhyNot


@dataclass(frozen=True, slots=True)
class EarlierOffer:
    """An earlier day for a line: what it costs more, before tax; or why it cannot be had.

    ``extra`` is None when the day cannot be had, and ``why_not`` says why. ``moved_operations`` of others make room,
    each within its own promise.
    """

    day: date
    extra: Money | None
    moved_operations: int = 0
    why_not: WhyNot | None = None


def preview_earlier(session: Session, *, preview: Preview, offer: Offer, now: datetime) -> tuple[EarlierOffer, ...]:
    """Price the earlier days that can be had without moving anything booked; writes nothing.

    Parameters
    ----------
    session
        Only read.
    preview, offer
        What was planned, and the way that is compared with.
    now
        Aware UTC.

    Returns
    -------
    tuple of EarlierOffer
        The nearest day first; empty when there is none.
    """
    if not preview.job.operations:
        return ()
    network = scheduling.get_planning_network(session)
    days = firm_quoting.price_earlier_days(session, job=preview.job, present=offer.plan, plans=preview.plans, now=now)
    return _offers(days, network=network, destination=preview.job.destination, currency=offer.totals.net.currency,
                   now=now)


def price_earlier(session: Session, *, quote: Quote, now: datetime) -> tuple[tuple[EarlierOffer, ...], ...]:
    """Price the days before each line of a quote arrives, others making room within their promises; writes nothing.

    Returns
    -------
    tuple of tuple of EarlierOffer
        For each line, the nearest day first; empty for a line that holds nothing, or has no earlier day.
    """
    network = scheduling.get_planning_network(session)
    return tuple(
        () if line.hold_id is None else _offers(
            firm_quoting.price_held_earlier(session, hold_id=line.hold_id, now=now), network=network,
            destination=quote.destination, currency=quote.currency, now=now)
        for line in quote.lines
    )


def _offers(
    days: tuple[EarlierDay, ...], *, network: Network, destination: str, currency: str, now: datetime
) -> tuple[EarlierOffer, ...]:
    """Put days into the customer's money; of several days with one plan only its own counts."""
    site = network.site(destination)
    found: dict[date, EarlierOffer] = {}
    for item in reversed(days):
        on = local_date(site, item.day_end_minute - 1)
        if item.plan is None:
            found.setdefault(on, EarlierOffer(on, None, why_not=item.why_not))
            continue
        on = min(on, promised_day(item.plan.arrival_minute, destination=site, now=now))
        extra = alternative_surcharge(cost_minor=item.price_minor, cheapest_cost_minor=0,
                                      margin_percent=network.subcontract_margin_percent, currency=currency)
        found.setdefault(on, EarlierOffer(on, extra, item.moved_operations))
    return tuple(found.values())
