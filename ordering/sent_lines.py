"""The lines of a sent quote: what is included is held together, the rest is priced beside it, and all is summed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from ordering import store
from ordering.configured import ConfiguredProduct
from ordering.draft import ConfiguredLine, FreeLine, QuoteDraft, SectionLine, Standing
from ordering.draft_pricing import DraftTotals, LineFigures, PricedLine, convert, price_draft
from ordering.firming import FirmLine
from ordering.goods_cost import goods_cost_minor, is_cost_known
from ordering.offering import Offer, Preview, Surroundings, load_surroundings, plan_line, summarize
from ordering.promising import EARLIER, HeldItem, hold_lines
from ordering.quote import Alternative, PriceLine
from ordering.quote_item import ItemKind
from ordering.sent_money import converted_lines
from ordering.sent_tables import QuoteBreakRow, QuoteItemRow
from ordering.tables import QuoteLineRow, QuoteRow


@dataclass(frozen=True, slots=True)
class Goods:
    """A configured line as it is sold: the product, the price of one piece and its parts in the quote's currency."""

    position: int
    line: ConfiguredLine
    configured: ConfiguredProduct
    unit_minor: int
    price_lines: tuple[PriceLine, ...]

    @property
    def is_included(self) -> bool:
        """Whether it is promised."""
        return self.line.standing is Standing.INCLUDED


def sell(position: int, line: ConfiguredLine, configured: ConfiguredProduct, content: QuoteDraft) -> Goods:
    """Price a configured line anew, at the rate of its quote.

    Parameters
    ----------
    position
        In the quote, from 1.
    line, configured
        What is sold; from now on by the whole selection.
    content
        Gives currency and rate.

    Returns
    -------
    Goods
        Its price lines that are paid once add up to the price of one piece.
    """
    header = content.header
    unit_minor, lines = converted_lines(configured, rate=header.rate, currency=header.currency)
    whole = replace(line, choices=tuple(sorted(configured.choices.items())))
    return Goods(position, whole, configured, unit_minor, lines)


def sell_again(
    line: ConfiguredLine, configured: ConfiguredProduct, row: QuoteLineRow | QuoteItemRow, *, currency: str
) -> Goods:
    """Take over what a line cost in the revision before."""
    lines = tuple(store.price_line_value(item, currency) for item in row.price_lines)
    kept = tuple(item for item in lines if item.code not in {"surcharge", EARLIER})
    return Goods(row.position, line, configured, row.unit_net_minor, kept)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What a configured line would be, which nothing is held for."""

    surcharge_minor: int = 0
    cost_minor: int | None = None
    promised_on: date | None = None
    co2_grams: int = 0


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all lines of a quote share."""

    session: Session
    header: QuoteRow
    content: QuoteDraft
    goods: Mapping[int, Goods]
    surroundings: Surroundings
    starts_at: datetime
    now: datetime


def promise_content(
    session: Session, *, header: QuoteRow, content: QuoteDraft, goods: Mapping[int, Goods],
    drafts: Sequence[Preview] = (), firm: FirmLine | None = None, now: datetime
) -> DraftTotals:
    """Hold what a quote includes, price everything, and store the revision with its lines.

    Parameters
    ----------
    session, drafts, firm, now
        As for :func:`ordering.promising.hold_lines`.
    header
        A new revision without lines; ``valid_until`` is how long it is to hold.
    content
        What is offered, on which terms.
    goods
        Its configured lines by position, from 1; at least one is included.

    Returns
    -------
    DraftTotals
        The money of all lines, as it was stored.

    Raises
    ------
    NoCapacity
        An included line cannot be made; ``detail["line"]`` is its position.
    """
    starts_at = header.valid_until
    included = [item for _, item in sorted(goods.items()) if item.is_included]
    previews = hold_lines(
        session, header=header, drafts=drafts, firm=firm, now=now,
        items=[HeldItem(item.position, item.configured, item.line.quantity) for item in included])
    desk = _Desk(session, header, content, goods, load_surroundings(session), starts_at, now)
    held = {row.position: row for row in header.lines}
    beside = {position: _plan_beside(desk, item, item.line.quantity)
              for position, item in sorted(goods.items()) if not item.is_included}
    figures = [_figures(desk, position, line, held.get(position), beside.get(position))
               for position, line in enumerate(content.lines, start=1) if not isinstance(line, SectionLine)]
    totals = price_draft(figures, total_discount=content.header.total_discount)
    priced = {line.figures.position: line for line in totals.lines}
    for position, row in held.items():
        _fill_line(row, goods[position], priced[position], currency=content.header.currency)
    _sum_up(header, content, totals, previews)
    session.add(header)
    session.flush()
    session.add_all(_items(desk, priced, beside))
    session.add_all(_breaks(desk, priced))
    session.flush()
    return totals


def _plan_beside(desk: _Desk, item: Goods, quantity: int) -> _Beside:
    """Plan a line as if it were added now, around what is held; nothing is known of it when capacity is short."""
    plans = plan_line(
        desk.session, configured=item.configured, code=f"beside-{item.position}", quantity=quantity,
        destination=desk.header.destination, surroundings=desk.surroundings, now=desk.now, starts_at=desk.starts_at)
    offer: Offer | None = plans.offer(Alternative(desk.header.alternative))
    if offer is None:
        return _Beside()
    rate = desk.content.header.rate
    cost = goods_cost_minor(item.configured, plan_cost_minor=offer.plan.cost_minor, quantity=quantity, rate=rate)
    return _Beside(convert(offer.totals.surcharge.amount_minor, rate=rate), cost, offer.promised_on, offer.co2_grams)


def _figures(
    desk: _Desk, position: int, line: ConfiguredLine | FreeLine, row: QuoteLineRow | None, beside: _Beside | None
) -> LineFigures:
    if isinstance(line, FreeLine):
        return _free_figures(position, line, line.quantity)
    item, rate = desk.goods[position], desk.content.header.rate
    known = beside or _Beside()
    if row is not None:
        known = _Beside(convert(row.surcharge_minor, rate=rate), goods_cost_minor(
            item.configured, plan_cost_minor=row.plan_cost_minor, quantity=line.quantity, rate=rate))
    return _goods_figures(item, line.quantity, known)


def _free_figures(position: int, line: FreeLine, quantity: int) -> LineFigures:
    cost = None if line.unit_cost_minor is None else line.unit_cost_minor * quantity
    return LineFigures(position, line.standing, line.unit_minor, quantity, line.discount, line.tax_percent,
                       cost_minor=cost, is_cost_whole=cost is not None)


def _goods_figures(item: Goods, quantity: int, known: _Beside) -> LineFigures:
    return LineFigures(
        item.position, item.line.standing, item.unit_minor, quantity, item.line.discount,
        item.configured.definition.tax_percent, surcharge_minor=known.surcharge_minor, cost_minor=known.cost_minor,
        is_cost_whole=known.cost_minor is not None and is_cost_known(item.configured))


def _fill_line(row: QuoteLineRow, item: Goods, priced: PricedLine, *, currency: str) -> None:
    """Put a held line into the quote's money: the catalog's price at the frozen rate, less the discounts."""
    extra = [line for line in row.price_lines if line["code"] in {"surcharge", EARLIER}]
    shares = _split(priced.figures.surcharge_minor, [line["unit_minor"] for line in extra])
    row.price_lines = [*(store.price_line_as_json(line) for line in item.price_lines),
                       *({**line, "unit_minor": share} for line, share in zip(extra, shares, strict=True))]
    row.unit_net_minor, row.surcharge_minor = item.unit_minor, priced.figures.surcharge_minor
    row.discount = str(item.line.discount)
    row.line_discount_minor, row.total_discount_minor = priced.line_discount_minor, priced.total_discount_minor
    row.net_minor, row.tax_minor, row.gross_minor = priced.net_minor, priced.tax_minor, priced.gross_minor


def _split(total_minor: int, parts: Sequence[int]) -> list[int]:
    """Split a converted amount like the one it was converted from; the last part takes what rounding leaves."""
    whole = sum(parts)
    shares = [total_minor * part // whole if whole else 0 for part in parts]
    if shares:
        shares[-1] += total_minor - sum(shares)
    return shares


def _sum_up(header: QuoteRow, content: QuoteDraft, totals: DraftTotals, previews: Sequence[Preview]) -> None:
    header.currency = content.header.currency
    header.net_minor, header.tax_minor, header.gross_minor = totals.net_minor, totals.tax_minor, totals.gross_minor
    header.co2_grams = sum(line.co2_grams for line in header.lines)
    header.promised_on = max(line.promised_on for line in header.lines)
    is_plain = (totals.net_minor == sum(line.unit_net_minor * line.quantity + line.surcharge_minor
                                        for line in header.lines)
                and content.header.rate == 1 and header.wanted_on is None and header.trio is None)
    header.alternatives = [store.alternative_as_json(item) for item in summarize(previews)] if is_plain else []


def _items(
    desk: _Desk, priced: Mapping[int, PricedLine], beside: Mapping[int, _Beside]
) -> list[QuoteItemRow]:
    rows = []
    for position, line in enumerate(desk.content.lines, start=1):
        row = QuoteItemRow(quote_id=desk.header.id, position=position)
        if isinstance(line, SectionLine):
            row.kind, row.standing = ItemKind.SECTION.value, Standing.INCLUDED.value
            row.title = store.text_as_json(line.title)
            rows.append(row)
            continue
        if isinstance(line, ConfiguredLine):
            if desk.goods[position].is_included:
                continue
            _fill_product(row, desk.goods[position], beside[position])
        else:
            row.kind, row.title = ItemKind.FREE.value, store.text_as_json(line.title)
            row.unit_cost_minor = line.unit_cost_minor
        _fill_money(row, priced[position])
        rows.append(row)
    return rows


def _fill_product(row: QuoteItemRow, item: Goods, known: _Beside) -> None:
    definition = item.configured.definition
    row.kind, row.product_code = ItemKind.PRODUCT.value, definition.code
    row.title = store.text_as_json(definition.title)
    row.content_hash, row.choices = item.configured.content_hash, item.configured.choices
    row.price_lines = [store.price_line_as_json(line) for line in item.price_lines]
    row.co2_grams, row.promised_on = known.co2_grams, known.promised_on


def _fill_money(row: QuoteItemRow, priced: PricedLine) -> None:
    figures = priced.figures
    row.standing, row.quantity, row.discount = figures.standing.value, figures.quantity, str(figures.discount)
    row.unit_net_minor, row.surcharge_minor = figures.unit_minor, figures.surcharge_minor
    row.line_discount_minor, row.total_discount_minor = priced.line_discount_minor, priced.total_discount_minor
    row.net_minor, row.tax_minor, row.gross_minor = priced.net_minor, priced.tax_minor, priced.gross_minor
    row.tax_percent = str(figures.tax_percent)


def _breaks(desk: _Desk, priced: Mapping[int, PricedLine]) -> list[QuoteBreakRow]:
    """Price each further quantity for itself: with both discounts, in no sum."""
    rows = []
    for position, line in enumerate(desk.content.lines, start=1):
        for quantity in () if isinstance(line, SectionLine) else line.breaks:
            promised_on = None
            if isinstance(line, FreeLine):
                figures = _free_figures(position, line, quantity)
            else:
                known = _plan_beside(desk, desk.goods[position], quantity)
                figures, promised_on = _goods_figures(desk.goods[position], quantity, known), known.promised_on
            (one,) = price_draft([figures], total_discount=desk.content.header.total_discount).lines
            rows.append(QuoteBreakRow(
                quote_id=desk.header.id, position=position, quantity=quantity, net_minor=one.net_minor,
                tax_minor=one.tax_minor, gross_minor=one.gross_minor, promised_on=promised_on))
    return rows
