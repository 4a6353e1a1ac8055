"""The list of products: drawn families with a price and a date that are true, and imported models as a table."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from catalog.product import ProductSummary
from web import formatting
from web.shop.answer import Answer
from web.shop.forecast import Forecast
from web.shop.page import draw, family_title, product_title
from web.words import gettext as _


@dataclass(frozen=True, slots=True)
class Card:
    """A product with its drawing."""

    title: str
    family: str
    description: str
    drawing: Markup
    url: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """An imported model."""

    code: str
    title: str
    url: str
    version: int


def build_card(answer: Answer, forecast: Forecast | None, *, url: str, starting_point: str) -> Card:
    """Build the card of a product from one of its configurations.

    Parameters
    ----------
    answer, forecast
        Of the starting point that the card leads to; its price and day are the ones shown.
    url
        The configurator with that starting point.
    starting_point
        What the starting point is called; empty when nothing is chosen yet.
    """
    definition = answer.version.definition
    rows = []
    if answer.price is not None:
        label = (_("%(name)s, without VAT", name=starting_point) if starting_point
                 else _("As suggested, without VAT"))
        rows.append((label, formatting.money(answer.price)))
    if forecast is not None and forecast.present is not None:
        rows.append((_("Earliest at %(place)s", place=forecast.destination.title.in_language(formatting.language())),
                     formatting.day(min(way.promised_on for way in forecast.ways))))
        rows.append((_("Footprint"), f"{formatting.mass(forecast.present.co2_grams)} kg CO₂e"))
    return Card(product_title(definition), family_title(definition),
                definition.description.in_language(formatting.language()),
                draw(definition, answer.whole, answer.derived), url, tuple(rows))


def build_row(summary: ProductSummary, *, url: str) -> ModelRow:
    """Build the row of an imported model."""
    title = summary.title.in_language(formatting.language())
    return ModelRow(summary.product_code, title, url, summary.number)
