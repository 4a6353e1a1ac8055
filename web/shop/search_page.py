"""What the page of a search shows. Formatting only."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from catalog.product import ProductDefinition
from ordering.service import Found, FoundHit, FoundProduct
from web import formatting
from web.drawings import draw_option
from web.shop.page import product_title
from web.shop.query import Query
from web.shop.sections import section_id
from web.shop.wording import attribute_title, brief_words
from web.words import gettext as _
from web.words import ngettext

LEAST_ORDERS = 5
"""From how many orders on a share of them is told: below, it would tell of single customers."""


@dataclass(frozen=True, slots=True)
class HitRow:
    """Something found in a product, and the configurator with it chosen."""

    title: str
    words: str
    picture: Markup
    url: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product found."""

    title: str
    description: str
    url: str
    hits: tuple[HitRow, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The page of a search."""

    words: str
    sentence: str
    products: tuple[ProductRow, ...]


def build_search(words: str, found: Found) -> SearchPage:
    """Build the page of a search.

    Parameters
    ----------
    words
        What was asked for; empty when nothing was.
    found
        The answer.
    """
    return SearchPage(words, _sentence(words, found), tuple(_product(product) for product in found.products))


def _sentence(words: str, found: Found) -> str:
    if not words:
        return _("Write what you look for: a product, a material, a color, an option.")
    if not found.products:
        return _("Nothing was found for “%(words)s”.", words=words)
    if found.left_out:
        return _("Nothing has all of these words. Left out: %(words)s", words=formatting.enumerated(found.left_out))
    return ngettext("Found in %(num)s product", "Found in %(num)s products", len(found.products))


def _product(found: FoundProduct) -> ProductRow:
    definition = found.definition
    url = url_for("shop.configure", product_code=definition.code)
    return ProductRow(product_title(definition), definition.description.in_language(formatting.language()), url,
                      tuple(_hit(definition, hit, url, found.orders) for hit in found.hits))


def _hit(definition: ProductDefinition, hit: FoundHit, url: str, orders: int) -> HitRow:
    items = [(item, option) for code, option in hit.options if (item := definition.attribute(code)) is not None]
    if not items:
        item = definition.attribute(hit.attribute)
        title = hit.attribute if item is None else attribute_title(item)
        anchor = "" if item is None else f"#{section_id(item)}"
        return HitRow(title, _("choose it in the configurator"), Markup(), f"{url}{anchor}")
    first, option = items[0]
    known = first.option(option)
    picture = draw_option(first.code, option, picture=known.picture if known is not None else "")
    encoded = Query(dict(hit.options)).encode()
    return HitRow(formatting.and_words([brief_words(item, value) for item, value in items]),
                  _words(hit, orders, of_several=len(items) > 1),
                  Markup(picture), f"{url}?{encoded}")  # noqa: S704  # our own SVG


def _words(hit: FoundHit, orders: int, *, of_several: bool) -> str:
    if hit.contradicts:
        return _("These do not go together as they are; the next page says why and what would help.") if of_several \
            else _("No longer possible; the next page says why.")
    if orders < LEAST_ORDERS or not hit.orders:
        return ""
    return _("in %(count)s of %(all)s orders", count=formatting.count(hit.orders), all=formatting.count(orders))
