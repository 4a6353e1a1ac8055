"""A draft with its prices and promises, worked out anew; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
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
from ordering.goods_cost import goods_cost_minor, is_cost_known
from ordering.offering import Offer, Preview, Surroundings, held_until, load_surroundings, plan_line
from ordering.price_book import find_group_terms, group_priced
from ordering.quote import Alternative


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
class DraftWay:
    """All included lines made in one way: what is paid before tax, the last day, the footprint."""

    alternative: Alternative
    promised_on: date
    net_minor: int
    co2_grams: int
    margin_percent: Fraction | None


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
    ways: tuple[DraftWay, ...] = ()
    """Cheapest, fastest, greenest; empty when nothing included is configured or capacity is short."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A configured line with the ways to make it."""

    line: ConfiguredLine
    position: int
    configured: ConfiguredProduct
    plans: Preview


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all lines of a preview share."""

    session: Session
    header: DraftHeader
    surroundings: Surroundings
    on: date
    now: datetime
    cache_directory: Path | None
    made: list[_Made] = field(default_factory=list)


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
                        _last_day(totals, promises), judge(totals, limits=limits), _ways(desk, figures))


def plant_day(session: Session, draft: QuoteDraft, now: datetime) -> date:
    """Give the day at a draft's destination, whose rules count; raise DraftInvalid where there is no such place."""
    return _open_desk(session, draft, now, None).on


def plan_draft_line(
    session: Session, *, draft: QuoteDraft, position: int, now: datetime, cache_directory: Path | None = None
) -> Preview:
    """Find the ways to make one configured line of a draft; writes nothing. Raises what a preview raises."""
    desk = _open_desk(session, draft, now, cache_directory)
    line = draft.lines[position]
    if not isinstance(line, ConfiguredLine):
        raise DraftInvalid("There is no such configured line.", field="lines")
    return _plan(desk, _configure(desk, line, position), position=position, quantity=line.quantity)


def configure_lines(
    session: Session, *, draft: QuoteDraft, now: datetime, cache_directory: Path | None = None
) -> dict[int, ConfiguredProduct]:
    """Work out the configured lines of a draft by their place, from 0; raises what a preview raises."""
    desk = _open_desk(session, draft, now, cache_directory)
    found: dict[int, ConfiguredProduct] = {}
    catalog_currency = ""
    for position, line in enumerate(draft.lines):
        if isinstance(line, ConfiguredLine):
            found[position] = _configure(desk, line, position)
            catalog_currency = _same_currency(draft, found[position], catalog_currency)
    return found


def _plan(desk: _Desk, configured: ConfiguredProduct, *, position: int, quantity: int) -> Preview:
    return plan_line(desk.session, configured=configured, code=f"draft-{position}", quantity=quantity,
                     destination=desk.header.destination, surroundings=desk.surroundings, now=desk.now,
                     starts_at=held_until(desk.now, desk.header.validity_days))


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
        listed = complete(desk.session, request, on=desk.on, cache_directory=desk.cache_directory)
    except ConfigurationNotSaleable as error:
        raise ConfigurationNotSaleable(error.message, **{**error.detail, "line": position}) from error
    except ProductVersionNotFound:
        raise DraftInvalid("No such product version is published.",
                           field=f"lines[{position}].content_hash") from None
    return group_priced(listed, find_group_terms(
        desk.session, email=desk.header.customer_email, product_code=listed.definition.code, on=desk.on))


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
    plans = _plan(desk, configured, position=position, quantity=quantity)
    if quantity == line.quantity:
        desk.made.append(_Made(line, position, configured, plans))
    chosen = plans.offer(desk.header.alternative)
    figures = _figures(line, configured, chosen, position=position, quantity=quantity, rate=desk.header.rate)
    if chosen is None:
        return figures, LinePromise(position, quantity, None, 0, plans.shortage, plans.short_operation)
    return figures, LinePromise(position, quantity, chosen.promised_on, chosen.co2_grams)


def _figures(
    line: ConfiguredLine, configured: ConfiguredProduct, chosen: Offer | None, *, position: int, quantity: int,
    rate: Fraction
) -> LineFigures:
    return LineFigures(
        position, line.standing, convert(configured.unit_net.amount_minor, rate=rate), quantity, line.discount,
        configured.definition.tax_percent, surcharge_minor=_surcharge(chosen, rate),
        cost_minor=None if chosen is None else goods_cost_minor(
            configured, plan_cost_minor=chosen.plan.cost_minor, quantity=quantity, rate=rate),
        is_cost_whole=chosen is not None and is_cost_known(configured),
        group=configured.group, catalog_unit_minor=convert(configured.listed_unit.amount_minor, rate=rate),
    )


def _ways(desk: _Desk, figures: list[LineFigures]) -> tuple[DraftWay, ...]:
    """Sum the included lines for each way of making the configured ones."""
    made = {item.position: item for item in desk.made if item.line.standing is Standing.INCLUDED}
    found = []
    for alternative in (Alternative.CHEAPEST, Alternative.FASTEST, Alternative.GREENEST) if made else ():
        offers = {position: item.plans.offer(alternative) for position, item in made.items()}
        chosen = {position: offer for position, offer in offers.items() if offer is not None}
        if len(chosen) < len(made):
            return ()
        totals = price_draft([
            figure if figure.position not in made else _figures(
                made[figure.position].line, made[figure.position].configured, chosen[figure.position],
                position=figure.position, quantity=figure.quantity, rate=desk.header.rate)
            for figure in figures], total_discount=desk.header.total_discount)
        found.append(DraftWay(
            alternative, max(offer.promised_on for offer in chosen.values()), totals.net_minor,
            sum(offer.co2_grams for offer in chosen.values()), totals.margin_percent))
    return tuple(found)


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
