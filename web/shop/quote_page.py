"""The pages of a quote and of asking for one: choices, price, promise with the time left. Formatting only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog.money import Money
from catalog.product import Attribute, AttributeKind, ProductDefinition, Value
from catalog.text import Text
from configurator.derived import all_values
from ordering.quote import PriceLine, Quote, QuoteLine, QuoteState
from ordering.quote_item import Standing
from ordering.revision_diff import compare_revisions
from web import formatting
from web.shop.answer import Answer
from web.shop.forecast import Forecast
from web.shop.page import describe, draw, product_title, void_words
from web.shop.query import Query
from web.shop.sections import Place, is_settled
from web.shop.states import StateTag, quote_state_tag
from web.shop.summary import WAY_ICONS, billing_words, build_summary, way_title
from web.shop.wording import attribute_title, live_day, value_words
from web.words import gettext as _

_SHORT_HOLD = timedelta(hours=6)
_WAY_ORDER = ("cheapest", "fastest", "greenest")


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One line of the overview of choices."""

    title: str
    value: str
    note: str
    """Why it stands there although it was not chosen; empty when it was."""


@dataclass(frozen=True, slots=True)
class WayChoice:
    """One way to make it, as a row of a form or a table."""

    code: str
    icon: str
    title: str
    date: str
    price: str
    mass: str
    sentence: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class RequestPage:
    """The page on which a quote is asked for."""

    title: str
    action: str
    back_url: str
    hold_hours: int
    drawing: Markup
    choices: tuple[ChoiceRow, ...]
    ways: tuple[WayChoice, ...]
    date: str
    no_date_words: str
    price_rows: tuple[tuple[str, str], ...]
    is_blocked: bool
    void_words: str = ""
    """That the product cannot be configured at all; then nothing is asked."""
    earlier_words: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a quote."""

    position: int
    title: str
    words: str
    drawing: Markup
    picture: Markup
    quantity: int
    unit: str
    net: str
    mass: str
    choices: tuple[tuple[str, str], ...]
    price_rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TotalRow:
    """One line under the lines of a quote."""

    title: str
    value: str
    mass: str = ""
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a new revision changed."""

    title: str
    was: str
    value: str


@dataclass(frozen=True, slots=True)
class HoldClock:
    """What a script needs to keep the remaining time right while a page stays open: wordings with places."""

    seconds: int
    days: str
    hours: str
    minutes: str
    over: str


@dataclass(frozen=True, slots=True)
class HoldView:
    """What is left of the hold, or that it has ended."""

    kind: str
    left: str
    words: str
    clock: HoldClock | None = None


@dataclass(frozen=True, slots=True)
class QuotePage:
    """The customer's page of a quote."""

    number: str
    revision: int
    state: StateTag
    customer: str
    document_url: str
    lines: tuple[LineView, ...]
    totals: tuple[TotalRow, ...]
    ways: tuple[WayChoice, ...]
    date: str
    destination_words: str
    hold: HoldView | None
    changes: tuple[ChangeRow, ...]
    is_renewed: bool
    is_open: bool
    may_requote: bool
    accept_url: str
    decline_url: str
    requote_url: str
    order_url: str
    again_url: str
    """The configurator with the same choices, once the quote is declined; empty before, or for several lines."""
    gross: str
    price_rows: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class QuoteLinks:
    """The addresses that belong to a quote."""

    document: str
    accept: str
    decline: str
    requote: str
    order: str
    again: str = ""


def build_request_page(answer: Answer, query: Query, forecast: Forecast | None, *, address: str,
                       quote_address: str) -> RequestPage:
    """Put together the page on which a quote is asked for."""
    place = Place(answer, query, address)
    summary = build_summary(place, forecast, quote_address=quote_address)
    definition = answer.version.definition
    encoded = query.encode()
    ways = () if forecast is None or forecast.is_one_way else tuple(
        WayChoice(way.alternative, WAY_ICONS[way.alternative], way_title(way.alternative),
                  live_day(way.promised_on, may_be_earlier=forecast.may_be_earlier), formatting.money(way.net),
                  f"{formatting.mass(way.co2_grams)} kg", _made_in(way.sites),
                  forecast.present is not None and forecast.present.alternative == way.alternative)
        for way in forecast.ways)
    return RequestPage(
        title=product_title(definition),
        action=f"{quote_address}?{encoded}" if encoded else quote_address,
        back_url=place.url(query), hold_hours=summary.hold_hours,
        drawing=draw(definition, answer.pictured, answer.derived),
        choices=tuple(ChoiceRow(attribute_title(attribute), value_words(attribute, value), _note(answer, attribute))
                      for attribute, value in shown_choices(definition, answer.whole or answer.selection,
                                                            answer.selection)),
        ways=ways,
        date=summary.date,
        no_date_words=summary.no_date_words if not summary.date else "",
        price_rows=((_("Net"), summary.price), *summary.price_rows,
                    (_("Footprint"), f"{summary.footprint or '–'} kg CO₂e")) if summary.price else (),
        is_blocked=not summary.quote_url,
        void_words=void_words(answer), earlier_words=summary.earlier_words,
    )


def build_quote_page(
    quote: Quote, *, definitions: Mapping[str, ProductDefinition], destination: Text, zone: ZoneInfo, now: datetime,
    links: QuoteLinks, previous: Quote | None = None,
) -> QuotePage:
    """Put the page of a quote together.

    Parameters
    ----------
    quote
        The newest revision.
    definitions
        Product definitions by content hash, one for each line.
    destination, zone
        Where the goods go, and the clock there.
    now
        Aware UTC.
    links
        The addresses that belong to the quote.
    previous
        The revision before, to show what changed; None for the first.
    """
    is_open = quote.is_open_at(now)
    may_requote = quote.state is QuoteState.EXPIRED or (quote.state is QuoteState.OFFERED and not is_open)
    return QuotePage(
        number=quote.number, revision=quote.revision, state=quote_state_tag(quote.state, is_open=is_open),
        customer=quote.customer_name, document_url=links.document,
        lines=tuple(build_line(line, definitions[line.content_hash]) for line in quote.lines),
        totals=_totals(quote), ways=_ways(quote), date=formatting.day(quote.promised_on),
        destination_words=_("Delivered to %(place)s.", place=destination.in_language(formatting.language())),
        hold=_hold(quote, zone=zone, now=now), changes=_changes(previous, quote),
        is_renewed=previous is not None, is_open=is_open,
        may_requote=may_requote, accept_url=links.accept, decline_url=links.decline, requote_url=links.requote,
        order_url=links.order if quote.state is QuoteState.ACCEPTED else "",
        again_url=links.again if quote.state is QuoteState.DECLINED else "", gross=formatting.money(quote.gross),
        price_rows=((_("Net"), formatting.money(quote.net)),
                    *((_vat_title(percent), formatting.money(tax)) for percent, tax in quote.taxes)),
        terms=_terms(quote, zone),
    )


def shown_choices(definition: ProductDefinition, whole: Mapping[str, Value],
                  chosen: Mapping[str, Value]) -> Iterable[tuple[Attribute, Value]]:
    """Give the choices worth reading: all that were chosen, and of the rest what is not simply "no"."""
    for attribute in definition.attributes:
        value = whole.get(attribute.code)
        if value is None or value == "":
            continue
        is_nothing = value in {"false", "none", "no"}
        if attribute.code in chosen or not is_nothing:
            yield attribute, value


def _note(answer: Answer, attribute: Attribute) -> str:
    if attribute.code in answer.selection:
        return ""
    return _("follows from the others") if is_settled(answer, attribute) else _("left open, taken so")


def read_choices(definition: ProductDefinition, choices: Mapping[str, str]) -> dict[str, Value]:
    """Read stored choices back as values; they were checked when they were stored."""
    numbers = {attribute.code for attribute in definition.attributes if attribute.kind is AttributeKind.NUMBER}
    return {code: Fraction(text) if code in numbers else text for code, text in choices.items()}


def build_line(line: QuoteLine, definition: ProductDefinition) -> LineView:
    """Build the view of one line from its frozen choices."""
    values = read_choices(definition, line.choices)
    derived = all_values(definition, values)
    title = line.title.in_language(formatting.language()) or line.product_code
    choices = tuple((attribute_title(attribute), value_words(attribute, value))
                    for attribute, value in shown_choices(definition, values, {}))
    return LineView(
        position=line.position, title=title, words=describe(definition, values).partition(", ")[2],
        drawing=draw(definition, values, derived, is_thumbnail=True), picture=draw(definition, values, derived),
        quantity=line.quantity, unit=formatting.money(line.totals.unit_net), net=formatting.money(line.totals.net),
        mass=formatting.mass(line.co2_grams), choices=choices,
        price_rows=(*((item.title.in_language(formatting.language()), _price_words(item))
                      for item in line.price_lines), (_("One piece, net"), formatting.money(line.totals.unit_net))),
    )


def _price_words(item: PriceLine) -> str:
    amount = billing_words(item.billing, formatting.money(item.unit))
    return _("%(amount)s for the line", amount=amount) if item.is_per_line else amount


def _totals(quote: Quote) -> tuple[TotalRow, ...]:
    taken = quote.total_discount_minor
    discount = () if not taken else (
        TotalRow(_("Subtotal"), formatting.money(Money(quote.net.amount_minor + taken, quote.currency))),
        TotalRow(_("Discount on the total %(percent)s %%", percent=formatting.plain_number(quote.total_discount)),
                 formatting.money(Money(-taken, quote.currency))))
    taxes = tuple(TotalRow(_vat_title(percent), formatting.money(tax)) for percent, tax in quote.taxes)
    return (*discount, TotalRow(_("Net"), formatting.money(quote.net)), *taxes,
            TotalRow(_("Total %(currency)s", currency=quote.currency), formatting.money(quote.gross),
                     formatting.mass(quote.co2_grams), is_total=True))


def _vat_title(percent: Fraction) -> str:
    return _("VAT %(percent)s %%", percent=formatting.plain_number(percent))


def _ways(quote: Quote) -> tuple[WayChoice, ...]:
    known = {item.alternative.value: item for item in quote.alternatives}
    if len({(item.promised_on, item.net, item.co2_grams) for item in quote.alternatives}) < 2:
        return ()
    chosen = quote.alternative.value if quote.alternative.value in known else _same_as_offered(quote)
    return tuple(
        WayChoice(code, WAY_ICONS[code], way_title(code), formatting.day(known[code].promised_on),
                  formatting.money(known[code].net), f"{formatting.mass(known[code].co2_grams)} kg", "", code == chosen)
        for code in _WAY_ORDER if code in known)


def _same_as_offered(quote: Quote) -> str:
    offered = (quote.promised_on, quote.net, quote.co2_grams)
    return next((item.alternative.value for item in quote.alternatives
                 if (item.promised_on, item.net, item.co2_grams) == offered), "")


def _hold(quote: Quote, *, zone: ZoneInfo, now: datetime) -> HoldView | None:
    if quote.state is QuoteState.ACCEPTED:
        return HoldView("good", "", _("Ordered. The date is yours."))
    if quote.state is QuoteState.DECLINED:
        return HoldView("", "", _("Declined. Its capacity is free again."))
    until = formatting.moment(quote.valid_until, zone)
    if not quote.is_open_at(now):
        return HoldView("late", "", _("The capacity was reserved until %(moment)s. Price and choices stay; "
                                      "the date needs to be found anew.", moment=until))
    left = quote.valid_until - now
    return HoldView("warn" if left < _SHORT_HOLD else "good", _("%(time)s left", time=formatting.duration(left)),
                    _("Capacity is reserved until %(moment)s.", moment=until), _clock(left))


def _clock(left: timedelta) -> HoldClock:
    return HoldClock(
        seconds=max(int(left.total_seconds()), 0),
        days=_("%(time)s left", time=_("%(days)s d %(hours)s h", days="{d}", hours="{h}")),
        hours=_("%(time)s left", time=_("%(hours)s h %(minutes)s min", hours="{h}", minutes="{m}")),
        minutes=_("%(time)s left", time=_("%(minutes)s min", minutes="{m}")),
        over=_("The reserved time is over. Load the page again for a new date."))


def _changes(previous: Quote | None, quote: Quote) -> tuple[ChangeRow, ...]:
    if previous is None:
        return ()
    rows = (
        *_line_changes(previous, quote),
        ChangeRow(_("Promise"), formatting.day(previous.promised_on), formatting.day(quote.promised_on)),
        ChangeRow(_("Total"), formatting.money(previous.gross), formatting.money(quote.gross)),
        ChangeRow(_("Footprint"), f"{formatting.mass(previous.co2_grams)} kg CO₂e",
                  f"{formatting.mass(quote.co2_grams)} kg CO₂e"),
    )
    return tuple(row for row in rows if row.was != row.value)


def _line_changes(previous: Quote, quote: Quote) -> Iterable[ChangeRow]:
    """Say which lines came, went, or stand otherwise."""
    found, language = compare_revisions(previous, quote), formatting.language()
    standings = {Standing.INCLUDED: _("included"), Standing.OPTIONAL: _("option"),
                 Standing.ALTERNATIVE: _("alternative")}
    for line in found.added:
        yield ChangeRow(line.title.in_language(language), _("not offered"), standings[line.standing])
    for line in found.removed:
        yield ChangeRow(line.title.in_language(language), standings[line.standing], _("not offered"))
    for change in found.changed:
        title = change.after.title.in_language(language)
        yield ChangeRow(title, standings[change.before.standing], standings[change.after.standing])
        yield ChangeRow(title, formatting.count(change.before.quantity), formatting.count(change.after.quantity))
        if "choices" in change.fields:
            yield ChangeRow(title, _("other choices"), _("new choices"))


def _terms(quote: Quote, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    rows = [(_("Offered"), formatting.moment(quote.offered_at, zone)),
            (_("Valid until"), formatting.moment(quote.valid_until, zone))]
    if quote.reference:
        rows.append((_("Your reference"), quote.reference))
    if quote.payment_terms:
        rows.append((_("Payment"), quote.payment_terms))
    if quote.delivery_terms:
        rows.append((_("Delivery terms"), quote.delivery_terms))
    if quote.rate != 1:
        rows.append((_("Rate, fixed for this quote"), formatting.plain_number(quote.rate)))
    rows.append((_("Footprint"), f"{formatting.mass(quote.co2_grams)} kg CO₂e"))
    return tuple(rows)


def _made_in(sites: tuple[Text, ...]) -> str:
    if not sites:
        return ""
    places = formatting.enumerated(site.in_language(formatting.language()) for site in sites)
    return _("Made in %(places)s.", places=places)
