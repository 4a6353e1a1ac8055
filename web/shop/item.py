"""A configuration with all its figures, for lists and comparisons; and as a text, to be ticked in a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from flask import url_for

from catalog.money import Money
from catalog.product import ProductVersion
from ordering.saved import LONGEST_NAME, Choice
from web import formatting
from web.forms.fields import is_readable
from web.shop.answer import Answer
from web.shop.forecast import Forecast
from web.shop.pieces import read_pieces
from web.shop.query import Query, View, read_query

LONGEST_ITEM = 70_000
MOST_PAIRS = 30_000


@dataclass(frozen=True, slots=True)
class ItemAddress:
    """Which configuration of which product, and what it is called."""

    product_code: str
    query: Query
    name: str = ""

    def encode(self) -> str:
        """Write it as one text; :func:`read_item` reads it again."""
        named = urlencode({".name": self.name}) if self.name else ""
        encoded = "&".join(part for part in (self.query.encode(), named) if part)
        return f"{self.product_code}?{encoded}"

    @property
    def url(self) -> str:
        """The configurator with it."""
        return configurator_url(self.product_code, self.query)


@dataclass(frozen=True, slots=True)
class Item:
    """A configuration worked out: what the services say of it now."""

    address: ItemAddress
    version: ProductVersion
    answer: Answer
    forecast: Forecast | None

    @property
    def net(self) -> Money | None:
        """Price without tax of all its pieces, as its page says it; None when there is none."""
        present = self.forecast.present if self.forecast is not None else None
        return present.net if present is not None else self.answer.price

    @property
    def gross(self) -> Money | None:
        """The same price with tax."""
        net = self.net
        return None if net is None else net + net.percent(self.version.definition.tax_percent)

    @property
    def promised_on(self) -> date | None:
        """The day on which it arrives when it is made in its way."""
        present = self.forecast.present if self.forecast is not None else None
        return present.promised_on if present is not None else None

    @property
    def co2_grams(self) -> int | None:
        """Its footprint: of making and moving it too where a way to make it is known, else of its material."""
        present = self.forecast.present if self.forecast is not None else None
        return present.co2_grams if present is not None else self.answer.co2_grams


def configurator_url(product_code: str, query: Query) -> str:
    """Give the configurator's address of some choices."""
    encoded = query.encode()
    address = url_for("shop.configure", product_code=product_code)
    return f"{address}?{encoded}" if encoded else address


def bare(query: Query) -> Query:
    """Give a query without what only concerns how the page is looked at: panels, searches, pages."""
    return query.asking("").looking(find="", show="", page=1)


def read_item(raw: str) -> ItemAddress | None:
    """Read what :meth:`ItemAddress.encode` wrote; None for anything that names no product."""
    product_code, _mark, encoded = raw[:LONGEST_ITEM].partition("?")
    if not 0 < len(product_code) <= 80 or not product_code.isprintable():
        return None
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MOST_PAIRS)
    except ValueError:
        return None
    name = next((text for key, text in pairs if key == ".name"), "").strip()[:LONGEST_NAME]
    return ItemAddress(product_code, bare(read_query(pairs)), name if is_readable(name) else "")


def choice_of(version: ProductVersion, query: Query) -> Choice:
    """Give a query as what is kept."""
    return Choice(version.definition.code, version.content_hash, version.number, dict(query.choices),
                  query.view.destination, query.view.alternative, read_pieces(query).number)


def query_of(choice: Choice) -> Query:
    """Give what is kept as a query."""
    return Query(dict(choice.choices), View(
        destination=choice.destination, alternative=choice.alternative,
        pieces=str(choice.pieces) if choice.pieces > 1 else ""))


def figures_of(item: Item) -> Mapping[str, str]:
    """Write the figures of an item: price without and with tax, day, footprint; what is not known is left out."""
    found = {}
    if item.net is not None and item.gross is not None:
        found["net"], found["gross"] = formatting.money(item.net), formatting.money(item.gross)
    if item.promised_on is not None:
        found["day"] = formatting.day(item.promised_on)
    if item.co2_grams:
        found["co2"] = f"{formatting.mass(item.co2_grams)} kg CO₂e"
    return found
