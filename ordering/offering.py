"""From configured products to plans, dates and prices: what a preview shows and a quote fixes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from catalog.plant import Network
from ordering.configured import ConfiguredProduct
from ordering.promise_date import promised_day
from ordering.quote import (
    Alternative,
    AlternativeSummary,
    LineTotals,
    alternative_surcharge,
    line_totals,
)
from ordering.translation import DateReason, Delay, find_delay, make_job, name_reasons, sites_of
from scheduling import firm_quoting
from scheduling import service as scheduling
from scheduling.calendar import minute_at
from scheduling.problem import Job
from scheduling.promise import Plan, Promise, PromiseStatus
from scheduling.schedule import WorkUnitEntry

HOLD_TIME = timedelta(hours=48)
"""How long a quote keeps its capacity; its work starts no earlier, so that the date holds all that time."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The plants as they stand now."""

    network: Network
    units: Mapping[int, WorkUnitEntry]


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to make a configured product: its plan, day, money and footprint."""

    alternative: Alternative
    plan: Plan
    promised_on: date
    arrival_minute: int
    totals: LineTotals
    co2_grams: int
    """Of all pieces: material, operations and transport."""
    sites: tuple[str, ...]
    cheapest_cost_minor: int
    margin_percent: Fraction
    reasons: tuple[DateReason, ...] = ()
    """What the day hangs on, in the order it is done."""
    delivery_minutes: int = 0
    """Of the last operation's work to the destination."""

    def summary(self) -> AlternativeSummary:
        """The offer as a row of the comparison table."""
        return AlternativeSummary(self.alternative, self.promised_on, self.totals.net, self.co2_grams, self.sites)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a customer sees before asking for a quote. Without capacity the offers are None.

    ``default`` is the cheapest plan; ``shortage`` and ``short_operation`` say why there is none.
    """

    job: Job
    default: Offer | None
    fastest: Offer | None
    cheapest: Offer | None
    greenest: Offer | None
    delay: Delay | None
    """What the date of the default plan hangs on most."""
    shortage: str = ""
    short_operation: str = ""
    plans: tuple[Plan, ...] = ()
    """Every way that no other beats in day, cost and footprint together, earliest first."""

    def offer(self, alternative: Alternative) -> Offer | None:
        """Give the offer of an alternative."""
        return {
            Alternative.DEFAULT: self.default, Alternative.FASTEST: self.fastest,
            Alternative.CHEAPEST: self.cheapest, Alternative.GREENEST: self.greenest,
        }[alternative]


def load_surroundings(session: Session) -> Surroundings:
    """Give the published network and its work units; raise NetworkMissing when there is none."""
    return Surroundings(
        network=scheduling.get_planning_network(session),
        units={unit.id: unit for unit in scheduling.list_work_units(session)},
    )


def valid_until(now: datetime) -> datetime:
    """Give the moment until which an offer made now holds: a whole minute."""
    return now.replace(second=0, microsecond=0) + HOLD_TIME


def held_until(now: datetime, validity_days: int) -> datetime:
    """Give the moment until which a quote sent now for some days holds: a whole minute."""
    return now.replace(second=0, microsecond=0) + timedelta(days=validity_days)


def plan_line(  # noqa: PLR0913  # a plan has that many givens
    session: Session,
    *,
    configured: ConfiguredProduct,
    code: str,
    quantity: int,
    destination: str,
    surroundings: Surroundings,
    now: datetime,
    starts_at: datetime | None = None,
    without_holds: Collection[int] = (),
) -> Preview:
    """Find the ways to make and deliver a configured product, without writing anything.

    Parameters
    ----------
    session
        Only read.
    configured
        Whole and valid.
    code
        Names the job.
    quantity
        Pieces.
    destination
        A destination of the network.
    surroundings
        From :func:`load_surroundings`.
    now
        Aware UTC; work starts when an offer made now would end, at the earliest.
    starts_at
        When work starts at the earliest, where nothing is held before; None takes the rule above.
    without_holds
        Holds whose places count as free, because this stands in for theirs.

    Returns
    -------
    Preview
        With None for the offers when capacity is short.
    """
    job = make_job(
        configured.explosion, code=code, quantity=quantity, destination=destination,
        release_minute=minute_at(starts_at or valid_until(now)), network=surroundings.network,
        units=tuple(surroundings.units.values()),
    )
    promise = _promise(session, job, now, without_holds)
    if promise.default is None:
        return Preview(job, None, None, None, None, None,
                       shortage=promise.shortage.value if promise.shortage else "",
                       short_operation=promise.operation_code)
    cheapest_cost = promise.cheapest.cost_minor if promise.cheapest is not None else 0
    offers = _offers(session, promise, OfferTerms(configured, quantity, job, surroundings, cheapest_cost, now))
    return Preview(
        job, default=offers[Alternative.DEFAULT], fastest=offers[Alternative.FASTEST],
        cheapest=offers[Alternative.CHEAPEST], greenest=offers[Alternative.GREENEST],
        delay=find_delay(promise.default, configured.definition), plans=promise.plans,
    )


def _promise(session: Session, job: Job, now: datetime, without_holds: Collection[int]) -> Promise:
    if job.operations:
        return scheduling.promise_job(session, job=job, now=now, without_holds=without_holds)
    nothing = Plan(placements=(), end_minute=job.release_minute, arrival_minute=job.release_minute,
                   cost_minor=0, co2_grams=0, waits=())
    return Promise(PromiseStatus.PROMISED, nothing, nothing, nothing, nothing, plans=(nothing,))


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What turns a plan into an offer: the product and its pieces, the job, the plants, the cheapest way, the time."""

    configured: ConfiguredProduct
    quantity: int
    job: Job
    surroundings: Surroundings
    cheapest_cost_minor: int
    now: datetime


def _offers(session: Session, promise: Promise, terms: OfferTerms) -> dict[Alternative, Offer | None]:
    plans = {Alternative.DEFAULT: promise.default, Alternative.FASTEST: promise.fastest,
             Alternative.CHEAPEST: promise.cheapest, Alternative.GREENEST: promise.greenest}
    return {
        alternative: None if plan is None else make_offer(session, alternative, plan, terms)
        for alternative, plan in plans.items()
    }


def make_offer(session: Session, alternative: Alternative, plan: Plan, terms: OfferTerms) -> Offer:
    """Turn a plan into an offer: its day, its money, its footprint, and what the day hangs on."""
    configured, network = terms.configured, terms.surroundings.network
    chain = firm_quoting.explain_date(session, job=terms.job, plan=plan, now=terms.now)
    return Offer(
        alternative=alternative, plan=plan, arrival_minute=plan.arrival_minute,
        promised_on=promised_day(plan.arrival_minute, destination=network.site(terms.job.destination), now=terms.now),
        totals=price_plan(configured, quantity=terms.quantity, cost_minor=plan.cost_minor,
                          cheapest_cost_minor=terms.cheapest_cost_minor, network=network),
        co2_grams=configured.material_co2_grams * terms.quantity + plan.co2_grams,
        sites=sites_of(plan, terms.surroundings.units), cheapest_cost_minor=terms.cheapest_cost_minor,
        margin_percent=network.subcontract_margin_percent,
        reasons=name_reasons(chain, configured.definition), delivery_minutes=chain.delivery_minutes,
    )


def price_plan(
    configured: ConfiguredProduct, *, quantity: int, cost_minor: int, cheapest_cost_minor: int, network: Network
) -> LineTotals:
    """Price a line made by a plan: list price of all pieces, the plan's surcharge, and tax.

    Parameters
    ----------
    configured
        Gives price of one piece and tax.
    quantity
        Pieces.
    cost_minor, cheapest_cost_minor
        Cost of this and of the cheapest plan.
    network
        Gives the subcontract margin.

    Returns
    -------
    LineTotals
        Exact.
    """
    return line_totals(
        unit_net=configured.unit_net, quantity=quantity, tax_percent=configured.definition.tax_percent,
        surcharge=alternative_surcharge(
            cost_minor=cost_minor, cheapest_cost_minor=cheapest_cost_minor,
            margin_percent=network.subcontract_margin_percent, currency=configured.unit_net.currency,
        ),
    )


def summarize(previews: Sequence[Preview]) -> tuple[AlternativeSummary, ...]:
    """Sum the alternatives of several lines: last day, all money, all footprint."""
    summaries = []
    for alternative in (Alternative.FASTEST, Alternative.CHEAPEST, Alternative.GREENEST):
        offers = [preview.offer(alternative) for preview in previews]
        found = [offer for offer in offers if offer is not None]
        if len(found) != len(previews) or not found:
            continue
        net = found[0].totals.net
        for offer in found[1:]:
            net = net + offer.totals.net
        summaries.append(AlternativeSummary(
            alternative=alternative, promised_on=max(offer.promised_on for offer in found), net=net,
            co2_grams=sum(offer.co2_grams for offer in found),
            sites=tuple(dict.fromkeys(site for offer in found for site in offer.sites)),
        ))
    return tuple(summaries)
