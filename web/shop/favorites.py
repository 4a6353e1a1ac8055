"""Which option of each attribute is ordered most: marked on the page, from own orders, and only when it is clear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from catalog.product import Attribute, AttributeKind, ProductVersion
from configurator.recent import Recent
from ordering import service as ordering
from web import formatting
from web.shop.parts import ConfigurePage, OptionRow
from web.shop.search_page import LEAST_ORDERS
from web.words import gettext as _

KEPT_FOR = timedelta(seconds=60)
_NOTHING = frozenset({"none", "no", "false"})
_EXTENSION = "onelot_favorites"


@dataclass(frozen=True, slots=True)
class Favorites:
    """The option that more than half of the orders have, by attribute, and how many have it."""

    found_at: datetime
    orders: int
    options: Mapping[str, tuple[str, int]]


def find_favorites(session: Session, version: ProductVersion, *, now: datetime) -> Favorites:
    """Give what is ordered most of a product; counted anew at most once a minute.

    Parameters
    ----------
    session
        Only read.
    version
        The version whose attributes count.
    now
        Aware UTC.
    """
    kept: Recent[str, Favorites] = current_app.extensions.setdefault(_EXTENSION, Recent(256))
    known = kept.find(version.content_hash)
    if known is None or now - known.found_at > KEPT_FOR:
        orders = ordering.list_ordered_choices(session, product_code=version.product_code)
        known = Favorites(now, len(orders), count_favorites(version.definition.attributes, orders))
        kept.keep(version.content_hash, known)
    return known


def count_favorites(attributes: Iterable[Attribute],
                    orders: tuple[Mapping[str, str], ...]) -> dict[str, tuple[str, int]]:
    """Find the options that more than half of the orders have chosen; none below the least number of orders."""
    if len(orders) < LEAST_ORDERS:
        return {}
    found = {}
    for item in attributes:
        if item.kind is not AttributeKind.CHOICE:
            continue
        counts = Counter(str(order[item.code]) for order in orders if item.code in order)
        for option, count in counts.most_common(1):
            if 2 * count > len(orders) and option not in _NOTHING:
                found[item.code] = (option, count)
    return found


def mark_favorites(page: ConfigurePage, favorites: Favorites) -> ConfigurePage:
    """Mark the most ordered options on a page; without any the page stays as it is."""
    if not favorites.options:
        return page
    return replace(page, sections=tuple(
        replace(section, rows=tuple(_marked(row, favorites) for row in section.rows)) for section in page.sections))


def _marked(row: OptionRow, favorites: Favorites) -> OptionRow:
    option, count = favorites.options.get(row.attribute, ("", 0))
    if option != row.code:
        return row
    return replace(row, popular=_("In %(count)s of %(all)s orders", count=formatting.count(count),
                                  all=formatting.count(favorites.orders)))
