"""The list of kept designs with their figures as of now, and what has changed since they were kept. Formatting only."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog.product import ProductDefinition
from ordering.saved import Choice, ResumeLink, SavedDesign
from web import formatting
from web.shop.item import Item, ItemAddress, configurator_url, figures_of, query_of
from web.shop.keeping import when_words
from web.shop.mistakes import left_out_words
from web.shop.page import describe, draw, product_title
from web.shop.wording import attribute_title, value_words
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class DesignCard:
    """A kept design."""

    id: int
    name: str
    product: str
    words: str
    when: str
    url: str
    drawing: Markup
    rows: tuple[tuple[str, str], ...]
    changed: tuple[str, ...]
    """What changed since it was kept; empty when all is as it was."""
    is_offered: bool
    """Whether its product can still be configured."""
    item: str
    """As it is ticked for a comparison."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link to go on elsewhere that is still open."""

    id: int
    product: str
    until: str


def build_design_card(design: SavedDesign, item: Item, zone: ZoneInfo) -> DesignCard:
    """Build the card of a design whose product is published."""
    definition = item.version.definition
    return DesignCard(
        id=design.id, name=design.name, product=product_title(definition),
        words=describe(definition, item.answer.pictured, most=6) if item.answer.pictured else "",
        when=when_words(design.changed_at, zone), url=item.address.url,
        drawing=draw(definition, item.answer.pictured, item.answer.derived), rows=figure_rows(item),
        changed=changed_words(design.choice, item), is_offered=True,
        item=ItemAddress(design.choice.product_code, query_of(design.choice), design.name).encode())


def build_lost_card(design: SavedDesign, zone: ZoneInfo) -> DesignCard:
    """Build the card of a design whose product is no longer published."""
    return DesignCard(
        id=design.id, name=design.name, product=design.choice.product_code, words="",
        when=when_words(design.changed_at, zone),
        url=configurator_url(design.choice.product_code, query_of(design.choice)), drawing=Markup(), rows=(),
        changed=(_("This product is no longer offered."),), is_offered=False, item="")


def figure_rows(item: Item) -> tuple[tuple[str, str], ...]:
    """Write price, day and footprint of an item as of now, with an earlier day where another way has one."""
    figures = figures_of(item)
    titles = {"net": _("Price without VAT"), "gross": _("Price with VAT"), "day": _("Arrives"),
              "co2": _("Carbon footprint")}
    rows = [(titles[name], words) for name, words in figures.items()]
    if item.answer.pieces > 1:
        rows.insert(0, (_("Quantity"), formatting.count(item.answer.pieces)))
    forecast, day = item.forecast, item.promised_on
    if forecast is None or day is None:
        return tuple(rows)
    quickest = min(forecast.ways, key=lambda way: (way.promised_on, way.net.amount_minor), default=None)
    if quickest is not None and quickest.promised_on < day:
        place = next(number for number, row in enumerate(rows) if row[0] == titles["day"])
        rows.insert(place + 1, (_("Earliest"), _("%(day)s for %(price)s", day=formatting.day(quickest.promised_on),
                                                 price=formatting.money(quickest.net))))
    return tuple(rows)


def choice_rows(item: Item) -> tuple[tuple[str, str], ...]:
    """Write what was chosen, in the catalog's order; what is open is left out."""
    selection = item.answer.selection
    return tuple((attribute_title(attribute), value_words(attribute, selection[attribute.code]))
                 for attribute in item.version.definition.attributes if selection.get(attribute.code) not in {None, ""})


def changed_words(choice: Choice, item: Item) -> tuple[str, ...]:
    """Say what has changed since a choice was kept: the catalog, and which choices no longer hold.

    Parameters
    ----------
    choice
        As it was kept.
    item
        The same, worked out now.
    """
    version, answer = item.version, item.answer
    definition = version.definition
    found = []
    if choice.content_hash != version.content_hash:
        found.append(_("The catalog has changed since: version %(now)s instead of %(then)s.", now=version.number,
                       then=choice.version))
    known = {attribute.code for attribute in definition.attributes}
    if lost := left_out_words([code for code in choice.choices if code not in known]):
        found.append(lost)
    for code, words in answer.input_errors.items():
        if code in choice.choices:
            found.append(_("%(choice)s no longer holds: %(words)s", choice=_title(definition, code), words=words))
    if answer.conflict is not None:
        names = formatting.and_words([_title(definition, code) for code in answer.conflict.attributes])
        found.append(_("These choices no longer go together: %(names)s. Open it to see what helps.", names=names))
    return tuple(found)


def build_link_row(link: ResumeLink, product: str, zone: ZoneInfo) -> LinkRow:
    """Build the row of an open link."""
    return LinkRow(link.id, product, formatting.moment(link.expires_at, zone))


def _title(definition: ProductDefinition, code: str) -> str:
    attribute = definition.attribute(code)
    return attribute_title(attribute) if attribute is not None else code
