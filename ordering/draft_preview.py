"""A draft with its prices and promises, worked out anew; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog.errors import ProductVersionNotFound
from ordering.approval import DiscountLimits, Verdict, judge
from ordering.configured import ConfiguredProduct, LineRequest, complete
from ordering.draft import ConfiguredLine, DraftHeader, FreeLine, QuoteDraft, SectionLine, Standing
from ordering.draft_pricing import DraftTotals, LineFigures, PricedLine, convert, price_draft
from ordering.errors import ConfigurationNotSaleable, DraftInvalid
from ordering.offering import Offer, Surroundings, load_surroundings, plan_line


@dataclass(frozen=True, slots=True)
class LinePromise:
    """What the plants say to a configured line, planned as if it were alone."""

    position: int
    """Place in the draft, from 0."""
    quantity: int
    promised_on: date | None
    """None when capacity is short."""
    co2_grams: int
    shortage: str = ""
    short_operation: str = ""


@dataclass(frozen=True, slots=True)
class QuantityBreak:
    """A line at another quantity, for itself: with both discounts, in no sum."""

    line: PricedLine
    promise: LinePromise | None
    """None for a free line."""


@dataclass(frozen=True, slots=True)
class DraftPreview:
    """What a draft would promise if it were sent now."""

    currency: str
    totals: DraftTotals
    promises: tuple[LinePromise, ...]
    breaks: tuple[QuantityBreak, ...]
    promised_on: date | None
    """The last day of the included lines; None when nothing is promised or capacity is short."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all lines of a preview share."""

    session: Session
    header: DraftHeader
    surroundings: Surroundings
    on: date
    now: datetime
    cache_directory: Path | None


def preview_draft(
    session: Session, *, draft: QuoteDraft, limits: DiscountLimits, now: datetime, cache_directory: Path | None = None
) -> DraftPreview:
    """Price a draft and plan its configured lines; writes nothing and holds nothing.

    Parameters
    ----------
    session
        Only read.
    draft
        Its destination counts once a line is configured.
    limits
        Of discount and margin.
    now
        Aware UTC.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    DraftPreview
        A line without capacity is priced without surcharge and has no day and no cost.

    Raises
    ------
    DraftInvalid
        The destination or a product version is unknown, or the rate does not fit the currencies.
    ConfigurationNotSaleable
        A configured line breaks a rule; ``detail["line"]`` is its place.
    """
    desk = _open_desk(session, draft, now, cache_directory)
    figures: list[LineFigures] = []
    promises: list[LinePromise] = []
    breaks: list[QuantityBreak] = []
    catalog_currency = ""
    for position, line in enumerate(draft.lines):
        if isinstance(line, SectionLine):
            continue
        configured = None
        if isinstance(line, ConfiguredLine):
            configured = _configure(desk, line, position)
            catalog_currency = _same_currency(draft, configured, catalog_currency)
        worked, promise = _work_out(desk, line, configured, position=position, quantity=line.quantity)
        figures.append(worked)
        promises += [] if promise is None else [promise]
        breaks += [_break(desk, line, configured, position=position, quantity=quantity) for quantity in line.breaks]
    totals = price_draft(figures, total_discount=draft.header.total_discount)
    return DraftPreview(draft.header.currency, totals, tuple(promises), tuple(breaks),
                        _last_day(totals, promises), judge(totals, limits=limits))


def _open_desk(session: Session, draft: QuoteDraft, now: datetime, cache_directory: Path | None) -> _Desk:
    surroundings = load_surroundings(session)
    zone = "UTC"
    if any(isinstance(line, ConfiguredLine) for line in draft.lines):
        try:
            zone = surroundings.network.site(draft.header.destination).time_zone
        except KeyError:
            raise DraftInvalid("Choose one of the delivery destinations.", field="destination") from None
    return _Desk(session, draft.header, surroundings, now.astimezone(ZoneInfo(zone)).date(), now, cache_directory)


def _configure(desk: _Desk, line: ConfiguredLine, position: int) -> ConfiguredProduct:
    request = LineRequest(line.content_hash, dict(line.choices), line.quantity)
    try:
        return complete(desk.session, request, on=desk.on, cache_directory=desk.cache_directory)
    except ConfigurationNotSaleable as error:
        raise ConfigurationNotSaleable(error.message, **{**error.detail, "line": position}) from error
    except ProductVersionNotFound:
        raise DraftInvalid("No such product version is published.",
                           field=f"lines[{position}].content_hash") from None


def _same_currency(draft: QuoteDraft, configured: ConfiguredProduct, known: str) -> str:
    """Give the catalog's one currency; refuse a second one, and a rate between a currency and itself."""
    currency = configured.unit_net.currency
    if known and currency != known:
        raise DraftInvalid("All products of a quote must be priced in one currency.", field="lines")
    if currency == draft.header.currency and draft.header.rate != 1:
        raise DraftInvalid("The products are priced in this currency; its rate is 1.", field="rate")
    if currency != draft.header.currency and draft.header.rate == 1:
        raise DraftInvalid(f"The products are priced in {currency}; enter the rate.", field="rate")
    return currency


def _work_out(
    desk: _Desk, line: ConfiguredLine | FreeLine, configured: ConfiguredProduct | None, *, position: int,
    quantity: int
) -> tuple[LineFigures, LinePromise | None]:
    """Give a line's figures at a quantity, and its promise if it is configured."""
    if isinstance(line, FreeLine):
        cost = None if line.unit_cost_minor is None else line.unit_cost_minor * quantity
        return LineFigures(position, line.standing, line.unit_minor, quantity, line.discount, line.tax_percent,
                           cost_minor=cost, is_cost_whole=cost is not None), None
    if configured is None:
        raise ValueError("a configured line without its product")
    plans = plan_line(desk.session, configured=configured, code=f"draft-{position}", quantity=quantity,
                      destination=desk.header.destination, surroundings=desk.surroundings, now=desk.now)
    chosen = plans.offer(desk.header.alternative)
    rate = desk.header.rate
    figures = LineFigures(
        position, line.standing, convert(configured.unit_net.amount_minor, rate=rate), quantity, line.discount,
        configured.definition.tax_percent, surcharge_minor=_surcharge(chosen, rate),
        cost_minor=None if chosen is None else convert(chosen.plan.cost_minor, rate=rate),
        is_cost_whole=chosen is not None and not configured.explosion.bom,
    )
    if chosen is None:
        return figures, LinePromise(position, quantity, None, 0, plans.shortage, plans.short_operation)
    return figures, LinePromise(position, quantity, chosen.promised_on, chosen.co2_grams)


def _surcharge(chosen: Offer | None, rate: Fraction) -> int:
    return 0 if chosen is None else convert(chosen.totals.surcharge.amount_minor, rate=rate)


def _break(
    desk: _Desk, line: ConfiguredLine | FreeLine, configured: ConfiguredProduct | None, *, position: int,
    quantity: int
) -> QuantityBreak:
    figures, promise = _work_out(desk, line, configured, position=position, quantity=quantity)
    (priced,) = price_draft([figures], total_discount=desk.header.total_discount).lines
    return QuantityBreak(priced, promise)


def _last_day(totals: DraftTotals, promises: list[LinePromise]) -> date | None:
    counted = {line.figures.position for line in totals.lines if line.figures.standing is Standing.INCLUDED}
    days = [promise.promised_on for promise in promises if promise.position in counted]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None
