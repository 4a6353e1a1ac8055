"""The summary beside the questions: promise, price, footprint, what is open, three ways to make it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from catalog.money import Money
from catalog.product import Attribute, AttributeKind
from web import formatting
from web.shop.answer import Answer
from web.shop.date_reasons import earlier_lines, reason_lines
from web.shop.forecast import Forecast
from web.shop.forecast import Way as ForecastWay
from web.shop.listing import is_long
from web.shop.parts import OpenChoice, ReasonLine, Summary, Way
from web.shop.pieces import PIECES
from web.shop.promise_line import PromiseLine, Step, costliest, draw_promise_line
from web.shop.recommendations import broken_words
from web.shop.sections import Place, is_settled, section_id
from web.shop.wording import NO, attribute_title, earlier_day_words, inside_sentence, is_yes_no, live_day
from web.words import gettext as _
from web.words import ngettext

HOLD_HOURS = 48
_MOST_OPEN = 3
WAY_ICONS = {"cheapest": "coin", "fastest": "clock", "greenest": "leaf"}


def build_summary(place: Place, forecast: Forecast | None, *, quote_address: str) -> Summary:
    """Build the summary.

    Parameters
    ----------
    place
        The answer and its addresses.
    forecast
        The ways to make it; None when the choices contradict each other or have errors.
    quote_address
        The page on which a quote is asked for.
    """
    answer = place.answer
    present = forecast.present if forecast is not None else None
    is_listed = is_long(answer)
    open_attributes = [attribute for attribute in answer.version.definition.attributes
                       if _counts_as_open(answer, attribute, is_listed=is_listed)]
    named = [] if is_listed else open_attributes[:_MOST_OPEN]
    encoded = place.query.asking("").looking(find="", show="", page=1).encode()
    open_count = len(open_attributes) + (PIECES in answer.input_errors)
    may_quote = present is not None and not answer.input_errors
    slow = costliest(present.steps) if present is not None else None
    net = present.net if present is not None else answer.price
    return Summary(
        destination=forecast.destination.title.in_language(formatting.language()) if forecast is not None else "",
        date=live_day(present.promised_on, may_be_earlier=forecast is not None and forecast.may_be_earlier)
        if present is not None else "",
        earlier_words=earlier_day_words() if forecast is not None and forecast.may_be_earlier else "",
        short_date=formatting.short_day(present.promised_on) if present is not None else "",
        no_date_words=_no_date_words(answer, forecast),
        line=_line(present, forecast) if present is not None and forecast is not None else None,
        costliest=_("%(step)s, %(span)s", step=slow.title.in_language(formatting.language()),
                    span=formatting.span_words(slow.cost)) if slow else "",
        wait_words=_wait_words(forecast),
        cause=_cause(answer, slow),
        condition=_condition(forecast),
        price=formatting.money(net) if net is not None else "" if answer.conflict is not None else "–",
        price_rows=_price_rows(answer, present),
        quote_url=f"{quote_address}?{encoded}" if may_quote and encoded else quote_address if may_quote else "",
        no_quote_words=_no_quote_words(answer, forecast),
        hold_hours=HOLD_HOURS,
        footprint=_footprint(answer, present),
        open_title=_open_title(answer, open_count), open_choices=_open_choices(answer, named),
        more_open=_more_words(len(open_attributes), len(named)),
        open_count=open_count,
        ways=build_ways(place, forecast) if forecast is not None and not forecast.is_one_way else (),
        is_one_way=forecast is not None and forecast.is_one_way,
        reasons=_reasons(answer, present),
        earlier=earlier_lines(forecast.earlier, most=1) if forecast is not None else (),
        recommendations=broken_words(answer),
    )


def _open_choices(answer: Answer, named: Sequence[Attribute]) -> tuple[OpenChoice, ...]:
    """Point to what is open, a wrong quantity first."""
    quantity = (OpenChoice("pieces", _("Quantity")),) if PIECES in answer.input_errors else ()
    return (*quantity, *(OpenChoice(section_id(attribute), attribute_title(attribute)) for attribute in named))


def build_ways(place: Place, forecast: Forecast) -> tuple[Way, ...]:
    """Build the trio: cheapest, fastest, greenest, each with all three figures."""
    return tuple(
        Way(icon=WAY_ICONS[way.alternative], title=way_title(way.alternative),
            date=formatting.short_day(way.promised_on), price=formatting.money(way.net),
            mass=f"{formatting.mass(way.co2_grams)} kg",
            url=place.url(place.query.looking(alternative=way.alternative, why="")),
            is_present=_is_present(way, forecast),
            sentence=_("Made in %(places)s.", places=formatting.enumerated(
                site.in_language(formatting.language()) for site in way.sites)) if way.sites else "")
        for way in forecast.ways
    )


def way_title(alternative: str) -> str:
    """Give the name of a way to make something."""
    return {"cheapest": _("Cheapest"), "fastest": _("Fastest"), "greenest": _("Greenest")}.get(
        alternative, _("As offered"))


def _is_present(way: ForecastWay, forecast: Forecast) -> bool:
    return forecast.present is not None and way.alternative == forecast.present.alternative


def _more_words(open_count: int, named_count: int) -> str:
    rest = open_count - named_count
    if not rest:
        return ""
    if not named_count:
        return ngettext("%(words)s feature can be chosen.", "%(words)s features can be chosen.", rest,
                        words=formatting.count(rest))
    return ngettext("and %(num)s more", "and %(num)s more", rest)


def _counts_as_open(answer: Answer, attribute: Attribute, *, is_listed: bool) -> bool:
    if answer.conflict is not None:
        return False
    if attribute.code in answer.input_errors:
        return True
    if attribute.kind is AttributeKind.TEXT or is_settled(answer, attribute):
        return False
    return is_listed or not (is_yes_no(attribute) and attribute.default == NO)


def _open_title(answer: Answer, open_count: int) -> str:
    if answer.conflict is not None:
        return _("No variant is left")
    if answer.count is None:
        variants = _("more variants than can be counted at once")
    else:
        variants = ngettext("%(words)s variant remains", "%(words)s variants remain", min(answer.count, 10**6),
                            words=formatting.count(answer.count))
    if open_count:
        return _("Still open, %(variants)s", variants=variants)
    return _("Nothing is open, %(variants)s", variants=variants)


def _line(present: ForecastWay, forecast: Forecast) -> PromiseLine:
    place = forecast.destination
    return draw_promise_line(present.steps, now=forecast.now, arrival_at=present.arrival_at,
                             promised_on=present.promised_on, zone=place.zone,
                             closed_weekdays=place.closed_weekdays, holidays=place.holidays)


def _wait_words(forecast: Forecast | None) -> str:
    if forecast is None or forecast.present is None:
        return ""
    slow = costliest(forecast.present.steps)
    if slow is None or not slow.is_queued:
        return ""
    day = slow.start_at.astimezone(forecast.destination.zone).date()
    return _("Free on its line from %(day)s.", day=formatting.day(day))


def _cause(answer: Answer, slow: Step | None) -> OpenChoice | None:
    """Point to the choice that the costliest step depends on most."""
    if slow is None or not slow.attributes:
        return None
    found = [attribute for attribute in answer.version.definition.attributes if attribute.code in slow.attributes]
    choices = [attribute for attribute in found if attribute.kind is AttributeKind.CHOICE]
    attribute = next(iter(choices or found), None)
    return OpenChoice(section_id(attribute), inside_sentence(attribute_title(attribute))) if attribute else None


def _reasons(answer: Answer, present: ForecastWay | None) -> tuple[ReasonLine, ...]:
    if present is None:
        return ()
    return reason_lines(present.reasons, hold_hours=HOLD_HOURS, delivery_minutes=present.delivery_minutes,
                        definition=answer.version.definition)


def _condition(forecast: Forecast | None) -> str:
    if forecast is None or forecast.present is None:
        return ""
    zone: ZoneInfo = forecast.destination.zone
    return _("As of %(moment)s", moment=formatting.moment(forecast.now, zone))


def _no_date_words(answer: Answer, forecast: Forecast | None) -> str:
    if answer.conflict is not None:
        return _("Price and date follow once your choices go together.")
    if answer.input_errors:
        return _("A date follows once the entries fit together.")
    return forecast.shortage if forecast is not None and forecast.shortage else _("No date can be promised now.")


def _no_quote_words(answer: Answer, forecast: Forecast | None) -> str:
    if answer.conflict is not None:
        return _("Take one of the proposed changes, or change one of the contradicting choices yourself.")
    if answer.input_errors:
        return _("Some entries need a change. They are marked in red.")
    return forecast.shortage if forecast is not None else ""


def _footprint(answer: Answer, present: ForecastWay | None) -> str:
    grams = present.co2_grams if present is not None else answer.co2_grams
    return formatting.mass(grams) if grams else ""


def _price_rows(answer: Answer, present: ForecastWay | None) -> tuple[tuple[str, str], ...]:
    language = formatting.language()
    once = [row for row in answer.price_rows if row.billing == "once"]
    services = [row for row in once if row.is_service]
    product = [row.amount for row in once if not row.is_service]
    title = answer.version.definition.title.in_language(language)
    if answer.pieces > 1:
        title = _("%(quantity)s × %(title)s", quantity=answer.pieces, title=title)
    rows = [(title, formatting.money(_sum(product)))] if product else []
    rows += [(row.title.in_language(language), formatting.money(row.amount)) for row in services]
    if present is not None and present.surcharge.amount_minor:
        rows.append((_("Surcharge, %(way)s", way=way_title(present.alternative)), formatting.money(present.surcharge)))
    net = present.net if present is not None else answer.price
    if net is not None:
        percent = answer.version.definition.tax_percent
        gross: Money = net + net.percent(percent)
        rows.append((_("With %(percent)s %% VAT", percent=formatting.plain_number(percent)), formatting.money(gross)))
    rows += [(row.title.in_language(language), billing_words(row.billing, formatting.money(row.amount)))
             for row in answer.price_rows if row.billing != "once"]
    return tuple(rows)


def _sum(amounts: list[Money]) -> Money:
    return Money(sum(amount.amount_minor for amount in amounts), amounts[0].currency)


def billing_words(billing: str, amount: str) -> str:
    """Write an amount that is paid again and again: ``¥72.64 a year``."""
    return {"yearly": _("%(amount)s a year", amount=amount), "monthly": _("%(amount)s a month", amount=amount),
            "metered": _("%(amount)s as metered", amount=amount)}.get(billing, amount)
