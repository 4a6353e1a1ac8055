"""The lines of a quote: planned, held, priced and summed up under the planning area's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from ordering import store
from ordering.configured import ConfiguredProduct
from ordering.document_words import WORDS
from ordering.errors import NoCapacity, RequestInvalid
from ordering.firming import FirmLine
from ordering.offering import (
    Offer,
    OfferTerms,
    Preview,
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
    previews: list[Preview] = []
    surroundings = load_surroundings(session)
    header.offered_at, header.valid_until = now, valid_until(now)
    header.network_hash = scheduling.get_network_hash(session)
    for position, (configured, quantity) in enumerate(items, start=1):
        code = f"{header.number}-{header.revision}-{position}"
        taken = None
        if firm is not None and firm.position == position - 1:
            chosen = drafts[position - 1].offer(Alternative(header.alternative))
            terms = OfferTerms(configured, quantity, drafts[position - 1].job, surroundings,
                               chosen.cheapest_cost_minor if chosen is not None else 0, now)
            taken = _hold_firm(session, header, firm, drafts[position - 1], terms, code=code)
        if taken is None and drafts:
            taken = _hold_draft(session, header, drafts[position - 1], code=code, now=now)
        if taken is None:
            plans = plan_line(session, configured=configured, code=code, quantity=quantity,
                              destination=header.destination, surroundings=surroundings, now=now)
            taken = plans, *_hold(session, header, plans, position=position, now=now)
        plans, chosen, hold_id = taken
        previews.append(plans)
        header.lines.append(_line_row(position, configured, quantity, code=code, chosen=chosen, hold_id=hold_id))
    _sum_up(header, previews, [item.unit_net.currency for item, _ in items])
    session.add(header)
    session.flush()
    return header


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
    position: int, configured: ConfiguredProduct, quantity: int, *, code: str, chosen: Offer, hold_id: int | None
) -> QuoteLineRow:
    totals = chosen.totals
    lines = list(configured.price_lines)
    if totals.surcharge.amount_minor:
        lines.append(PriceLine(code="surcharge", title=WORDS["surcharge"], unit=totals.surcharge, is_per_line=True))
    return QuoteLineRow(
        position=position, product_code=configured.definition.code, content_hash=configured.content_hash,
        title=store.text_as_json(configured.definition.title), choices=configured.choices, quantity=quantity,
        price_lines=[store.price_line_as_json(line) for line in lines],
        unit_net_minor=totals.unit_net.amount_minor, surcharge_minor=totals.surcharge.amount_minor,
        net_minor=totals.net.amount_minor, tax_percent=str(configured.definition.tax_percent),
        tax_minor=totals.tax.amount_minor, gross_minor=totals.gross.amount_minor, co2_grams=chosen.co2_grams,
        promised_on=chosen.promised_on, arrival_minute=chosen.arrival_minute, job_code=code,
        plan_cost_minor=chosen.plan.cost_minor, cheapest_cost_minor=chosen.cheapest_cost_minor,
        margin_percent=str(chosen.margin_percent), hold_id=hold_id,
    )


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
