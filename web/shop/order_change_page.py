"""The page on which a customer sees what changing an order means, before it happens. Formatting only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog.money import Money
from catalog.product import ProductDefinition, Value
from catalog.text import Text
from configurator.derived import all_values
from ordering.quote import Quote
from ordering.service import Changeable, ChangePreview, ChangeRequest, Obstacle
from ordering.work_order import JobOrderState
from web import formatting
from web.shop.page import draw
from web.shop.quote_page import read_choices, shown_choices
from web.shop.summary import way_title
from web.shop.wording import attribute_title, value_words
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class Difference:
    """What was ordered and what it becomes; ``more`` is the difference, ``kind`` good-text, late-text or empty."""

    title: str
    was: str
    value: str
    more: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """What changing an order means."""

    number: str
    back: str
    choose_url: str
    """The configurator with what is wanted now."""
    action: str
    picture: Markup
    choices: tuple[Difference, ...]
    figures: tuple[Difference, ...]
    price_rows: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    may_confirm: bool
    version_words: str = ""
    """That the product has changed since it was ordered; empty when it has not."""
    blocked_words: str = ""
    """Why nothing can be shown for these choices; empty when it can."""


@dataclass(frozen=True, slots=True)
class UnchangeablePage:
    """Why a customer cannot change an order alone, and what can be done instead."""

    number: str
    back: str
    words: tuple[str, ...]
    message_url: str
    """Empty when there is nothing to ask any more."""
    again_url: str
    """The configurator with the same choices, for a new order; empty where it is no help."""


@dataclass(frozen=True, slots=True)
class ChangeAddresses:
    """The addresses around changing an order."""

    back: str
    choose: str
    action: str
    message: str
    again: str


def build_change_page(
    found: Changeable, preview: ChangePreview | None, request: ChangeRequest, *,
    definitions: Mapping[str, ProductDefinition], places: Mapping[str, Text], zone: ZoneInfo,
    links: ChangeAddresses,
) -> ChangePage:
    """Put the page together.

    Parameters
    ----------
    found
        The order as it stands.
    preview
        What it would become; None when that could not be worked out.
    request
        What is wanted.
    definitions
        Of the ordered and of the wanted version, by content hash.
    places
        Names of the destinations.
    zone
        The clock where the goods go.
    links
        The addresses around it.
    """
    old = found.quote.lines[0]
    present = read_choices(definitions[old.content_hash], old.choices)
    wanted = present if preview is None else dict(preview.configured.selection)
    definition = definitions[old.content_hash if preview is None else request.content_hash]
    choices = () if preview is None else (
        *_choices(definitions[old.content_hash], present, definition, wanted), *_terms(found.quote, request, places))
    return ChangePage(
        number=found.order.number, back=links.back, choose_url=links.choose, action=links.action,
        picture=draw(definition, wanted, all_values(definition, wanted)),
        choices=choices, figures=() if preview is None else _figures(found, preview),
        price_rows=() if preview is None else _price_rows(preview), rules=_rules(found, preview, zone),
        may_confirm=preview is not None and not preview.is_same)


def build_unchangeable_page(found: Changeable, *, zone: ZoneInfo, links: ChangeAddresses) -> UnchangeablePage:
    """Say why an order cannot be changed here, and what can be done instead."""
    obstacle = found.obstacle
    is_over = obstacle in {Obstacle.CANCELED, Obstacle.DELIVERED}
    return UnchangeablePage(
        number=found.order.number, back=links.back, words=_obstacle_words(found, zone),
        message_url="" if obstacle is Obstacle.CANCELED else links.message, again_url=links.again if is_over else "")


def _obstacle_words(found: Changeable, zone: ZoneInfo) -> tuple[str, ...]:
    ask = _("Ask us what is still possible; we answer on the order's page.")
    if found.obstacle is Obstacle.CANCELED:
        return (_("This order is canceled, so there is nothing left to change."),)
    if found.obstacle is Obstacle.DELIVERED:
        return (_("This order is delivered, so it cannot be changed any more."),)
    if found.obstacle is Obstacle.MADE:
        return (_("It is made already, so it cannot be changed any more."), ask)
    if found.obstacle is Obstacle.TERMS:
        return (_("This order has several items or terms that you agreed with our sales desk. We change it for you."),
                ask)
    if found.obstacle is Obstacle.DUE and found.until_at is not None:
        return (_("By plan its work begins on %(moment)s, so that its material is being prepared. It cannot be "
                  "changed here any more.", moment=formatting.moment(found.until_at, zone)), ask)
    language, words = formatting.language(), [
        _("Work on this order has begun and material is cut, so it cannot be changed here any more.")]
    for state, sentence in ((JobOrderState.FINISHED, _("Done: %(operations)s")),
                            (JobOrderState.RUNNING, _("Running: %(operations)s"))):
        titles = [job.title.in_language(language) for job in found.order.begun if job.state is state]
        if titles:
            words.append(sentence % {"operations": formatting.enumerated(titles)})
    return (*words, ask)


def _choices(
    old: ProductDefinition, present: Mapping[str, Value], new: ProductDefinition, wanted: Mapping[str, Value]
) -> Iterable[Difference]:
    """Give the choices that differ, in the order of the wanted version; what it no longer has comes last."""
    before = {attribute.code: (attribute_title(attribute), value_words(attribute, value))
              for attribute, value in shown_choices(old, present, present)}
    after = {attribute.code: (attribute_title(attribute), value_words(attribute, value))
             for attribute, value in shown_choices(new, wanted, wanted)}
    nothing = ("", _("not there"))
    for code in (*after, *(code for code in before if code not in after)):
        title, value = after.get(code, nothing)
        was_title, was = before.get(code, nothing)
        if present.get(code) != wanted.get(code):
            yield Difference(title or was_title, was, value)


def _terms(quote: Quote, request: ChangeRequest, places: Mapping[str, Text]) -> Iterable[Difference]:
    if quote.lines[0].quantity != request.quantity:
        yield Difference(_("Quantity"), str(quote.lines[0].quantity), str(request.quantity))
    if quote.destination != request.destination:
        yield Difference(_("Delivered to"), _place(places, quote.destination), _place(places, request.destination))
    if quote.alternative is not request.alternative:
        yield Difference(_("Way"), way_title(quote.alternative.value), way_title(request.alternative.value))


def _place(places: Mapping[str, Text], code: str) -> str:
    return places.get(code, Text.of(code)).in_language(formatting.language())


def _figures(found: Changeable, preview: ChangePreview) -> tuple[Difference, ...]:
    order, offer = found.order, preview.offer
    days = (offer.promised_on - order.promised_on).days
    grams = offer.co2_grams - order.co2_grams
    return (
        Difference(_("Promise"), formatting.day(order.promised_on), formatting.day(offer.promised_on),
                   formatting.day_difference(days), _kind(days)),
        _money(_("Price without VAT"), order.net, offer.totals.net),
        _money(_("Total with VAT"), order.gross, offer.totals.gross),
        Difference(_("Footprint"), f"{formatting.mass(order.co2_grams)} kg CO₂e",
                   f"{formatting.mass(offer.co2_grams)} kg CO₂e", formatting.mass_difference(grams), _kind(grams)),
    )


def _money(title: str, was: Money, value: Money) -> Difference:
    minor = value.amount_minor - was.amount_minor
    amount = formatting.money(Money(abs(minor), value.currency))
    more = "±0" if not minor else f"{'+' if minor > 0 else formatting.MINUS}{amount}"
    return Difference(title, formatting.money(was), formatting.money(value), more, _kind(minor))


def _kind(more: int) -> str:
    """A gain is marked; a cost is no error and stays plain."""
    return "good-text" if more < 0 else ""


def _price_rows(preview: ChangePreview) -> tuple[tuple[str, str], ...]:
    language = formatting.language()
    rows = [(line.title.in_language(language), formatting.money(line.unit))
            for line in preview.configured.price_lines if line.billing == "once"]
    if preview.offer.totals.surcharge.amount_minor:
        rows.append((_("Surcharge, %(way)s", way=way_title(preview.offer.alternative.value)),
                     formatting.money(preview.offer.totals.surcharge)))
    return tuple(rows)


def _rules(found: Changeable, preview: ChangePreview | None, zone: ZoneInfo) -> tuple[str, ...]:
    rules = [_("Changing is free of charge: you pay the price of the changed order, and what was ordered before is "
               "not charged.")]
    if found.until_at is not None:
        rules.append(_("It can be changed or canceled until its work begins, by plan on %(moment)s.",
                       moment=formatting.moment(found.until_at, zone)))
    if preview is not None and preview.until_at is not None and not preview.is_same:
        rules.append(_("Once it is changed, its work begins on %(moment)s; until then you can change it again.",
                       moment=formatting.moment(preview.until_at, zone)))
    rules.append(_("Nothing happens before you confirm."))
    return tuple(rules)
