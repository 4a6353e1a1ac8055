"""What a draft comes to, for its pages: lines with their money and days, sums, margin, verdict, ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from catalog.money import Money
from ordering.approval import DiscountLimits, Need
from ordering.draft import QuoteDraft, Standing
from ordering.draft_preview import DraftPreview, DraftWay, LinePromise, QuantityBreak
from ordering.draft_pricing import PricedLine
from ordering.quote import Alternative
from web import formatting
from web.sales.draft_words import margin_words, percent_words, verdict_sentences, way_words
from web.words import gettext as _

_ICONS = {Alternative.CHEAPEST: "coin", Alternative.FASTEST: "clock", Alternative.GREENEST: "leaf"}


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A line at another quantity."""

    quantity: str
    net: str
    each: str
    day: str


@dataclass(frozen=True, slots=True)
class LineMoney:
    """The money and day of a line."""

    rows: tuple[tuple[str, str], ...]
    """List price, discounts, tax and margin, each with its name."""
    unit: str
    net: str
    discount: str
    day: str
    """Empty for a line that nobody makes."""
    co2: str
    margin: str
    shortage: str
    """Why no day can be promised; empty when one can."""
    breaks: tuple[BreakRow, ...]
    after: str
    """That the net bears its share of the discount on the total; empty when it bears none."""


@dataclass(frozen=True, slots=True)
class WayCard:
    """All included lines made in one way, as the trio's part takes it."""

    code: str
    icon: str
    title: str
    date: str
    price: str
    mass: str
    sentence: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where the largest discount stands between nothing and the most, in percent of the way."""

    label: str
    at: str
    own_at: str
    over: str
    own_words: str
    most_words: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class DraftFigures:
    """The sums of a draft."""

    lines: Mapping[int, LineMoney]
    """By place in the draft, from 0."""
    rows: tuple[tuple[str, str], ...]
    """From the list price to the tax."""
    total: str
    net: str
    day: str
    """Empty when nothing is promised."""
    no_day_words: str
    co2: str
    margin: str
    margin_note: str
    is_cost_known: bool
    """Whether the margin leaves no cost out."""
    need: str
    sentences: tuple[str, ...]
    gauge: Gauge
    ways: tuple[WayCard, ...]


def build_figures(draft: QuoteDraft, preview: DraftPreview, limits: DiscountLimits) -> DraftFigures:
    """Put what a preview says into words."""
    totals, currency = preview.totals, preview.currency
    promises = {promise.position: promise for promise in preview.promises}
    included = {line.figures.position for line in totals.lines if line.figures.standing is Standing.INCLUDED}
    grams = sum(promise.co2_grams for position, promise in promises.items() if position in included)
    is_made = any(position in included for position in promises)
    return DraftFigures(
        lines={line.figures.position: _line(line, promises.get(line.figures.position), preview)
               for line in totals.lines},
        rows=_rows(preview), total=formatting.plain_money(Money(totals.gross_minor, currency)),
        net=formatting.money(Money(totals.net_minor, currency)),
        day=formatting.day(preview.promised_on) if preview.promised_on else "",
        no_day_words=_("Capacity is short for one of the lines.") if is_made
        else _("Nothing included is made, so no day is promised."),
        co2=formatting.mass(grams) if grams else "",
        margin=margin_words(totals.margin_percent, is_whole=totals.is_cost_complete),
        margin_note=_margin_note(preview), is_cost_known=totals.is_cost_complete, need=preview.verdict.need.value,
        sentences=verdict_sentences(preview.verdict, limits) if totals.lines else (),
        gauge=_gauge(preview.verdict.discount_percent, limits, is_over=preview.verdict.need is not Need.NOTHING),
        ways=_ways(draft, preview),
    )


def _rows(preview: DraftPreview) -> tuple[tuple[str, str], ...]:
    totals, currency = preview.totals, preview.currency
    rows = [(_("List price"), totals.list_minor)]
    if totals.line_discount_minor:
        rows.append((_("Discount on lines"), -totals.line_discount_minor))
    if totals.total_discount_minor:
        rows.append((_("Discount on the total"), -totals.total_discount_minor))
    if len(rows) > 1:
        rows.append((_("Net"), totals.net_minor))
    rows += [(_("Tax %(percent)s on %(net)s", percent=percent_words(share.percent),
                net=formatting.plain_money(Money(share.net_minor, currency))), share.tax_minor)
             for share in totals.taxes]
    return tuple((name, formatting.plain_money(Money(minor, currency))) for name, minor in rows)


def _line(line: PricedLine, promise: LinePromise | None, preview: DraftPreview) -> LineMoney:
    figures = line.figures
    amounts = [(_("List price"), line.list_minor), (_("Its discount"), -line.line_discount_minor),
               (_("Share of the total's discount"), -line.total_discount_minor), (_("Net"), line.net_minor),
               (_("Tax %(percent)s", percent=percent_words(figures.tax_percent)), line.tax_minor)]
    rows = [(name, _plain(minor, preview)) for name, minor in amounts
            if minor or name in {_("List price"), _("Net")}]
    if figures.group_minor:
        rows.insert(0, (_("Taken off by the price group"), _plain(-figures.group_minor, preview)))
    if figures.surcharge_minor:
        rows.insert(1, (_("of it for the chosen way"), _plain(figures.surcharge_minor, preview)))
    return LineMoney(
        rows=tuple(rows), unit=_plain(figures.unit_minor, preview), net=_plain(line.net_minor, preview),
        discount=percent_words(line.discount_percent) if line.discount_percent else "",
        day=formatting.short_day(promise.promised_on) if promise and promise.promised_on else "",
        co2=formatting.mass(promise.co2_grams) if promise and promise.co2_grams else "",
        margin=margin_words(line.margin_percent, is_whole=figures.is_cost_whole),
        shortage=_("The plants have no free capacity for this.") if promise and promise.promised_on is None else "",
        breaks=tuple(_break(item, preview) for item in preview.breaks
                     if item.line.figures.position == figures.position),
        after=_("after the discount on the total") if line.total_discount_minor else "",
    )


def _break(item: QuantityBreak, preview: DraftPreview) -> BreakRow:
    quantity, day = item.line.figures.quantity, item.promise.promised_on if item.promise else None
    each = round(Fraction(item.line.net_minor, quantity))
    words = formatting.short_day(day) if day else _("no capacity") if item.promise else "–"
    return BreakRow(formatting.count(quantity), _plain(item.line.net_minor, preview), _plain(each, preview), words)


def _plain(minor: int, preview: DraftPreview) -> str:
    return formatting.plain_money(Money(minor, preview.currency))


def _margin_note(preview: DraftPreview) -> str:
    if preview.totals.cost_minor is None:
        return _("No cost is known yet, so the margin is not either.") if preview.totals.lines else ""
    if preview.totals.is_cost_complete:
        return _("Every cost is known.")
    return _("The cost of some parts or services is unknown and counts as nothing: the true margin is lower.")


def _gauge(discount: Fraction, limits: DiscountLimits, *, is_over: bool) -> Gauge:
    most = max(limits.most_percent, 1)
    own_at = Fraction(100 * limits.own_percent, most)
    at = min(Fraction(100), 100 * discount / most)
    return Gauge(
        label=_("Discount %(discount)s, alone up to %(own)s %%, with a second person up to %(most)s %%",
                discount=percent_words(discount), own=limits.own_percent, most=limits.most_percent),
        at=f"{float(at):.2f}%", own_at=f"{float(own_at):.2f}%", over=f"{float(100 - own_at):.2f}%",
        own_words=_("%(own)s %%, yours", own=limits.own_percent), most_words=f"{limits.most_percent} %",
        is_over=is_over)


def _ways(draft: QuoteDraft, preview: DraftPreview) -> tuple[WayCard, ...]:
    """Show the ways side by side where they differ at all."""
    ways = preview.ways
    if len({(way.promised_on, way.net_minor, way.co2_grams) for way in ways}) < 2:
        return ()
    wanted = draft.header.alternative
    present = Alternative.CHEAPEST if wanted is Alternative.DEFAULT else wanted
    return tuple(_way(way, preview, is_present=way.alternative is present) for way in ways)


def _way(way: DraftWay, preview: DraftPreview, *, is_present: bool) -> WayCard:
    margin = margin_words(way.margin_percent, is_whole=preview.totals.is_cost_complete)
    return WayCard(
        way.alternative.value, _ICONS[way.alternative], way_words(way.alternative), formatting.day(way.promised_on),
        formatting.money(Money(way.net_minor, preview.currency)), f"{formatting.mass(way.co2_grams)} kg",
        _("Margin %(margin)s.", margin=margin), is_present)

