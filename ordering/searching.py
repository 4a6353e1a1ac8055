"""Searching products and options by words, the most ordered first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.finding import Hit, Match, ProductIndex, build_index, find_matches, search_words
from catalog.product import ProductDefinition
from configurator import service as configurator
from configurator.recent import Recent
from ordering.popular import list_ordered_choices

MOST_HITS = 8

_indexes: Recent[str, ProductIndex] = Recent(256)


@dataclass(frozen=True, slots=True)
class FoundHit:
    """Options to choose together, or an attribute to look at."""

    options: tuple[tuple[str, str], ...]
    attribute: str
    orders: int
    """How many orders have all the options."""
    contradicts: bool
    """Whether the options cannot stand together; then the configurator says why and what would help."""


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """A product that has the words, and what in it has them."""

    definition: ProductDefinition
    hits: tuple[FoundHit, ...]
    orders: int
    """Accepted orders of the product: what ``FoundHit.orders`` are a part of."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search: products, the best first, and the words that none of them has."""

    products: tuple[FoundProduct, ...] = ()
    left_out: tuple[str, ...] = ()


def search_products(session: Session, words: str, *, on: date, cache_directory: Path | None) -> Found:
    """Find products and options by words.

    Parameters
    ----------
    session
        Only read.
    words
        As a customer writes them, in any of the catalog's languages.
    on
        Plant-local day whose rules count.
    cache_directory
        Where compiled models are kept between processes.

    Returns
    -------
    Found
        The products that have the most of the words. Equal fits are ranked by how often they were ordered.
    """
    indexes = [_index(session, summary.content_hash) for summary in catalog.list_product_summaries(session)]
    asked = search_words(words, indexes)
    if not asked:
        return Found()
    wholes = {index.product_code: list_ordered_choices(session, product_code=index.product_code) for index in indexes}
    matches = find_matches(indexes, asked, _counts(wholes))
    had = matches[0].words if matches else frozenset()
    return Found(tuple(_product(session, match, wholes[match.product_code], on, cache_directory) for match in matches),
                 tuple(word for word in asked if word not in had))


def _index(session: Session, content_hash: str) -> ProductIndex:
    known = _indexes.find(content_hash)
    if known is None:
        known = build_index(catalog.get_version(session, content_hash=content_hash).definition, content_hash)
        _indexes.keep(content_hash, known)
    return known


def _counts(wholes: Mapping[str, tuple[Mapping[str, str], ...]]) -> Counter[tuple[str, str, str]]:
    return Counter((product, attribute, str(value)) for product, selections in wholes.items()
                   for selection in selections for attribute, value in selection.items())


def _product(session: Session, match: Match, wholes: tuple[Mapping[str, str], ...], on: date,
             cache_directory: Path | None) -> FoundProduct:
    definition = catalog.get_version(session, content_hash=match.content_hash).definition
    hits = tuple(FoundHit(
        hit.options, hit.attribute,
        sum(all(str(whole.get(item)) == option for item, option in hit.options) for whole in wholes)
        if hit.options else 0,
        _contradicts(session, match, hit, on, cache_directory)) for hit in match.hits[:MOST_HITS])
    return FoundProduct(definition, hits, len(wholes))


def _contradicts(session: Session, match: Match, hit: Hit, on: date, cache_directory: Path | None) -> bool:
    if not hit.options:
        return False
    view = configurator.configure(session, choices=dict(hit.options), on=on, content_hash=match.content_hash,
                                  cache_directory=cache_directory, compares_options=False)
    return view.conflict is not None
