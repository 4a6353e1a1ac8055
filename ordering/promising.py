"""The lines of a quote: planned, held, priced and summed up under the planning area's lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.text import Text
from ordering import store
from ordering.configured import ConfiguredProduct
from ordering.document_words import WORDS
from ordering.errors import NoCapacity, RequestInvalid
from ordering.firming import FirmLine
from ordering.offering import (
    Offer,
    OfferTerms,
    Preview,
    Surroundings,
    load_surroundings,
    make_offer,
    plan_line,
    summarize,
    valid_until,
)
from ordering.quote import Alternative, PriceLine
from ordering.tables import QuoteLineRow, QuoteRow
from scheduling import firm_quoting
from scheduling import service as scheduling
from scheduling.errors import HoldLost

EARLIER = "earlier"
"""Code of the price line that says what an earlier day costs."""


@dataclass(frozen=True, slots=True)
class HeldItem:
    """A configured product that is to be planned and held, and its place in the quote, from 1."""

    position: int
    configured: ConfiguredProduct
    quantity: int


def promise_lines(
    session: Session,
    *,
    header: QuoteRow,
    items: Sequence[tuple[ConfiguredProduct, int]],
    drafts: Sequence[Preview] = (),
    firm: FirmLine | None = None,
    now: datetime,
) -> QuoteRow:
    """Plan and hold each line in turn, and fill the header with the sums.

    Parameters
    ----------
    session
        Inside a writing transaction that holds the planning area's lock.
    header
        A new revision without lines.
    items
        Configured products with their pieces.
    drafts
        Plans of the same items from before the lock was taken, or none: what is still free of them is held as it is.
    firm
        A better plan of one of them, for which others make room; what it needs may be gone by now.
    now
        Aware UTC.

    Returns
    -------
    QuoteRow
        The header, stored with its lines.

    Raises
    ------
    NoCapacity
        A line cannot be made before the end of the horizon.
    RequestInvalid
        The lines have several currencies.
    """
    held = [HeldItem(position, *item) for position, item in enumerate(items, start=1)]
    header.valid_until = valid_until(now)
    previews = hold_lines(session, header=header, items=held, drafts=drafts, firm=firm, now=now)
    _sum_up(header, previews, [item.unit_net.currency for item, _ in items])
    session.add(header)
    session.flush()
    return header


def hold_lines(
    session: Session, *, header: QuoteRow, items: Sequence[HeldItem], drafts: Sequence[Preview] = (),
    firm: FirmLine | None = None, now: datetime
) -> list[Preview]:
    """Plan each product and hold its capacity, the next around those before it; add the lines at list price.

    Parameters
    ----------
    session, header, drafts, firm, now
        As for :func:`promise_lines`. The header's ``valid_until`` is how long the capacity is to be held, before
        which no work starts; it is brought forward to what the holds allow. Its ``wanted_on``, if it has one, is the
        day by which everything is to arrive.
    items
        What is held.

    Returns
    -------
    list of Preview
        The plans of each, as they stood when it was held.

    Raises
    ------
    NoCapacity
        A product cannot be made before the end of the horizon, or not by the day that is wanted; ``detail["line"]`` is
        its position.
    """
    previews: list[Preview] = []
    surroundings = load_surroundings(session)
    header.offered_at, starts_at = now, header.valid_until
    header.network_hash = scheduling.get_network_hash(session)
    for index, item in enumerate(items):
        code = f"{header.number}-{header.revision}-{item.position}"
        taken = None
        if firm is not None and firm.position == index:
            chosen = drafts[index].offer(Alternative(header.alternative))
            terms = OfferTerms(item.configured, item.quantity, drafts[index].job, surroundings,
                               chosen.cheapest_cost_minor if chosen is not None else 0, now)
            taken = _hold_firm(session, header, firm, drafts[index], terms, code=code)
        if taken is None and drafts:
            taken = _hold_draft(session, header, drafts[index], code=code, now=now)
        forward = None
        if taken is None:
            plans = plan_line(session, configured=item.configured, code=code, quantity=item.quantity,
                              destination=header.destination, surroundings=surroundings, now=now, starts_at=starts_at)
            plans, forward = _bring_forward(session, header, plans, item, surroundings=surroundings, now=now)
            taken = plans, *_hold(session, header, plans, position=item.position, now=now)
        plans, chosen, hold_id = taken
        previews.append(plans)
        header.lines.append(_line_row(item, code=code, chosen=chosen, hold_id=hold_id, forward=forward))
    return previews


def _bring_forward(
    session: Session, header: QuoteRow, plans: Preview, item: HeldItem, *, surroundings: Surroundings, now: datetime
) -> tuple[Preview, Offer | None]:
    """Put the cheapest plan that arrives by the wanted day in place of the chosen one; and give the one before it."""
    alternative = Alternative(header.alternative)
    usual = plans.offer(alternative)
    if usual is None or header.wanted_on is None or usual.promised_on <= header.wanted_on:
        return plans, None
    terms = OfferTerms(item.configured, item.quantity, plans.job, surroundings, usual.cheapest_cost_minor, now)
    for plan in sorted(plans.plans, key=lambda plan: (plan.cost_minor, plan.arrival_minute)):
        found = make_offer(session, alternative, plan, terms)
        if found.promised_on <= header.wanted_on:
            earlier: Mapping[str, Offer] = {alternative.value: found}
            return replace(plans, **earlier), usual  # type: ignore[arg-type]  # each way is a field of its name
    raise NoCapacity("The plants cannot make it by that day without moving what is booked.", line=item.position,
                     day=header.wanted_on.isoformat())


def _hold_firm(
    session: Session, header: QuoteRow, firm: FirmLine, draft: Preview, terms: OfferTerms, *, code: str
) -> tuple[Preview, Offer, int | None] | None:
    """Hold a firm plan and let others make room; None when the world moved meanwhile, and nothing has changed."""
    chosen = draft.offer(Alternative(header.alternative))
    if chosen is None:
        return None
    offer = make_offer(session, chosen.alternative, firm.draft.quote.plan, terms)
    try:
        held = firm_quoting.hold_firm(session, draft=firm.draft, code=code, expires_at=header.valid_until,
                                      now=terms.now)
    except HoldLost:
        return None
    header.valid_until = min(header.valid_until, held.expires_at)
    return firm.applied_to(draft, chosen, offer), offer, held.id


def _hold_draft(
    session: Session, header: QuoteRow, draft: Preview, *, code: str, now: datetime
) -> tuple[Preview, Offer, int | None] | None:
    """Hold what was planned before the writer's lock was taken; None when its places are gone, to be planned again."""
    if draft.offer(Alternative(header.alternative)) is None:
        return None
    plans = replace(draft, job=replace(draft.job, code=code))
    try:
        return plans, *_hold(session, header, plans, position=1, now=now)
    except HoldLost:
        return None


def _hold(
    session: Session, header: QuoteRow, plans: Preview, *, position: int, now: datetime
) -> tuple[Offer, int | None]:
    chosen = plans.offer(Alternative(header.alternative))
    if chosen is None:
        raise NoCapacity("The plants have no free capacity for this; try fewer pieces or other choices.",
                         line=position, shortage=plans.shortage, operation=plans.short_operation)
    if not plans.job.operations:
        return chosen, None
    held = scheduling.hold(session, job=plans.job, plan=chosen.plan, expires_at=header.valid_until, now=now)
    header.valid_until = min(header.valid_until, held.expires_at)
    return chosen, held.id


def _line_row(
    item: HeldItem, *, code: str, chosen: Offer, hold_id: int | None, forward: Offer | None
) -> QuoteLineRow:
    totals, configured = chosen.totals, item.configured
    lines = [*configured.price_lines, *_extra_lines(chosen, forward)]
    return QuoteLineRow(
        position=item.position, product_code=configured.definition.code, content_hash=configured.content_hash,
        title=store.text_as_json(configured.definition.title), choices=configured.choices, quantity=item.quantity,
        price_lines=[store.price_line_as_json(line) for line in lines],
        unit_net_minor=totals.unit_net.amount_minor, surcharge_minor=totals.surcharge.amount_minor,
        net_minor=totals.net.amount_minor, tax_percent=str(configured.definition.tax_percent),
        tax_minor=totals.tax.amount_minor, gross_minor=totals.gross.amount_minor, co2_grams=chosen.co2_grams,
        promised_on=chosen.promised_on, arrival_minute=chosen.arrival_minute, job_code=code,
        plan_cost_minor=chosen.plan.cost_minor, cheapest_cost_minor=chosen.cheapest_cost_minor,
        margin_percent=str(chosen.margin_percent), hold_id=hold_id,
    )


def _extra_lines(chosen: Offer, forward: Offer | None) -> list[PriceLine]:
    """Name what the surcharge is for: the way of making, and the days that the goods come earlier than in that way."""
    surcharge = chosen.totals.surcharge
    usual = surcharge if forward is None else forward.totals.surcharge
    lines = [PriceLine(code="surcharge", title=WORDS["surcharge"], unit=usual, is_per_line=True)]
    if forward is not None:
        days = (forward.promised_on - chosen.promised_on).days
        title = Text.of({"en": f"{days} day earlier" if days == 1 else f"{days} days earlier", "zh": f"提前 {days} 天"})
        lines.append(PriceLine(code=EARLIER, title=title, unit=surcharge - usual, is_per_line=True))
    return [line for line in lines if line.unit.amount_minor or line.code == EARLIER]


def _sum_up(header: QuoteRow, previews: Sequence[Preview], currencies: Sequence[str]) -> None:
    if len(set(currencies)) != 1:
        raise RequestInvalid("All lines of a quote must have one currency.", field="lines")
    header.currency = currencies[0]
    header.net_minor = sum(line.net_minor for line in header.lines)
    header.tax_minor = sum(line.tax_minor for line in header.lines)
    header.gross_minor = sum(line.gross_minor for line in header.lines)
    header.co2_grams = sum(line.co2_grams for line in header.lines)
    header.promised_on = max(line.promised_on for line in header.lines)
    header.alternatives = [store.alternative_as_json(item) for item in summarize(previews)]


def release_capacity(session: Session, row: QuoteRow, *, now: datetime) -> None:
    """Give back what a revision holds."""
    for line in row.lines:
        if line.hold_id is not None:
            scheduling.release_hold(session, hold_id=line.hold_id, now=now)
