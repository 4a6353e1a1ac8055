"""What a changed order would be: planned on its own freed places, and sealed as it was shown.

Sessions come first and are never written to here; ``now`` is aware UTC.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog.money import Money
from ordering.configured import ConfiguredProduct, LineRequest, complete
from ordering.errors import ChangeOutdated, NoCapacity, RequestInvalid
from ordering.firming import FirmLimits, FirmLine, find_firm
from ordering.offering import HOLD_TIME, Offer, OfferTerms, Preview, load_surroundings, make_offer, plan_line
from ordering.order_change import ChangeRequest, Replaced, earliest_start, seal
from ordering.quote import LineTotals
from ordering.tables import OrderRow, QuoteRow
from scheduling import service as scheduling


def complete_change(
    session: Session, request: ChangeRequest, *, now: datetime, cache_directory: Path | None
) -> ConfiguredProduct:
    """Work the choices out under the version they name, by the rules of the day at the destination."""
    network = scheduling.get_planning_network(session)
    try:
        site = network.site(request.destination)
    except KeyError:
        raise RequestInvalid("Choose one of the delivery destinations.", field="destination") from None
    line = LineRequest(request.content_hash, request.choices, request.quantity)
    return complete(session, line, on=now.astimezone(ZoneInfo(site.time_zone)).date(),
                    cache_directory=cache_directory)


def plan_change(
    session: Session, configured: ConfiguredProduct, request: ChangeRequest, *, code: str, replaced: Replaced,
    now: datetime,
) -> tuple[Preview, Offer]:
    """Plan what is asked for where the replaced work stands; raise NoCapacity when there is none."""
    plans = plan_line(
        session, configured=configured, code=code, quantity=request.quantity, destination=request.destination,
        surroundings=load_surroundings(session), now=now, starts_at=replaced.starts_at,
        without_holds=replaced.hold_ids)
    offer = plans.offer(request.alternative)
    if offer is None:
        raise NoCapacity("The plants have no free capacity for this; try fewer pieces or other choices.", line=1,
                         shortage=plans.shortage, operation=plans.short_operation)
    return plans, offer


def replaced_work(row: OrderRow, *, now: datetime) -> Replaced:
    """Give the work of an order as it is planned now, which a change stands in for."""
    planned = [item.planned_start_at for work_order in row.work_orders for item in work_order.job_orders]
    return Replaced(tuple(line.hold_id for line in row.quote.lines if line.hold_id is not None),
                    earliest_start(min(planned, default=None), held_for=HOLD_TIME, now=now))


def is_same(quote: QuoteRow, configured: ConfiguredProduct, request: ChangeRequest) -> bool:
    """Tell whether nothing would change at all."""
    line = quote.lines[0]
    return (dict(line.choices), line.quantity, quote.destination, quote.alternative) == (
        configured.choices, request.quantity, request.destination, request.alternative.value)


def as_ordered(row: OrderRow, offer: Offer) -> Offer:
    """Give an offer the day, price and footprint that were promised with the order."""
    line, currency = row.quote.lines[0], row.quote.currency
    unit, surcharge, net, tax, gross = (Money(minor, currency) for minor in (
        line.unit_net_minor, line.surcharge_minor, line.net_minor, line.tax_minor, line.gross_minor))
    return replace(offer, promised_on=row.promised_on, totals=LineTotals(unit, surcharge, net, tax, gross),
                   co2_grams=line.co2_grams)


def find_firm_change(
    session: Session, plans: Preview, configured: ConfiguredProduct, request: ChangeRequest, *, replaced: Replaced,
    now: datetime, limits: FirmLimits,
) -> tuple[FirmLine, Offer] | None:
    """Look for an earlier day than that of a plan that moves nothing; writes nothing."""
    inserted = plans.offer(request.alternative)
    found = find_firm(session, (plans,), alternative=request.alternative, now=now, limits=limits,
                      without_holds=replaced.hold_ids)
    if found is None or inserted is None:
        return None
    terms = OfferTerms(configured, request.quantity, plans.job, load_surroundings(session),
                       inserted.cheapest_cost_minor, now)
    return found, make_offer(session, request.alternative, found.draft.quote.plan, terms)


def seal_of(row: OrderRow, configured: ConfiguredProduct, request: ChangeRequest, offer: Offer) -> str:
    """Give the seal of what a preview shows."""
    return seal(order_number=row.number, revision=row.quote.revision, choices=configured.choices, request=request,
                promised_on=offer.promised_on, gross=offer.totals.gross, co2_grams=offer.co2_grams)


def require_shown(
    row: OrderRow, configured: ConfiguredProduct, request: ChangeRequest, quote: QuoteRow, *, shown: str
) -> None:
    """Refuse what was held when it is not what the page showed; the caller rolls everything back."""
    gross = Money(quote.gross_minor, quote.currency)
    made = seal(order_number=row.number, revision=row.quote.revision, choices=configured.choices, request=request,
                promised_on=quote.promised_on, gross=gross, co2_grams=quote.co2_grams)
    if made != shown:
        raise ChangeOutdated("Date or price is another by now; look at it again.", promised_on=quote.promised_on,
                             gross_minor=quote.gross_minor)
