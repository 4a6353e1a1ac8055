"""What the pages of the shop offer for keeping: a name for a choice, comparing, going on later and elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import request, url_for
from sqlalchemy.orm import Session

from catalog.product import ProductVersion
from ordering import service as ordering
from ordering.saved import LastChoice
from web import formatting
from web.shop.item import ItemAddress, bare, choice_of, configurator_url, query_of
from web.shop.owner import find_owner
from web.shop.query import Query
from web.words import gettext as _

MOST_OFFERS = 3


@dataclass(frozen=True, slots=True)
class GoOn:
    """Where somebody stopped with a product."""

    title: str
    words: str
    url: str
    forget_url: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """The addresses under which the configurator's choice is kept, compared and gone on with."""

    keep_url: str
    compare_url: str
    resume_url: str
    remember_url: str
    choices: str
    """The choices as a query string, for remembering them."""
    go_on: GoOn | None = None
    """Where this person stopped with this product, unless that is what the page shows, or is being gone on with."""


def build_keeping(session: Session, version: ProductVersion, query: Query, *, zone: ZoneInfo,
                  is_part: bool) -> Keeping:
    """Build what the configurator's page offers for keeping.

    Parameters
    ----------
    session
        Only read, and only for a whole page that is opened from elsewhere.
    version, query
        What the page shows.
    zone
        In which moments are told.
    is_part
        Whether only a part of the page is drawn anew; then nothing is looked up.
    """
    query, code = bare(query), version.definition.code
    encoded = query.encode()
    return Keeping(
        keep_url=_with(url_for("shop.ask_name", product_code=code), encoded),
        compare_url=url_for("shop.compare", choice=ItemAddress(code, query).encode()),
        resume_url=_with(url_for("shop.ask_resume_link", product_code=code), encoded),
        remember_url=url_for("shop.remember", product_code=code), choices=encoded,
        go_on=None if is_part else _go_on_here(session, version, query, zone))


def build_offers(session: Session, titles: Mapping[str, str], *, zone: ZoneInfo) -> tuple[GoOn, ...]:
    """Offer to go on where this person stopped, the latest first.

    Parameters
    ----------
    session
        Only read.
    titles
        By code, the products that can be configured now; others are not offered.
    zone
        In which moments are told.
    """
    owner = find_owner()
    if not owner:
        return ()
    found = (last for last in ordering.list_last_choices(session, owner=owner)
             if last.choice.product_code in titles)
    return tuple(_go_on(last, titles[last.choice.product_code], zone) for last in found)[:MOST_OFFERS]


def _go_on_here(session: Session, version: ProductVersion, query: Query, zone: ZoneInfo) -> GoOn | None:
    owner = find_owner()
    if not owner or urlsplit(request.referrer or "").path == request.path:
        return None
    last = ordering.find_last_choice(session, owner=owner, product_code=version.definition.code)
    if last is None or last.choice.choices == choice_of(version, query).choices:
        return None
    return _go_on(last, version.definition.title.in_language(formatting.language()), zone)


def _go_on(last: LastChoice, title: str, zone: ZoneInfo) -> GoOn:
    code = last.choice.product_code
    return GoOn(title, when_words(last.changed_at, zone), configurator_url(code, query_of(last.choice)),
                url_for("shop.forget_last", product_code=code))


def when_words(moment: datetime, zone: ZoneInfo) -> str:
    """Say when something was changed last."""
    return _("Last changed %(moment)s", moment=formatting.moment(moment, zone))


def _with(address: str, encoded: str) -> str:
    return f"{address}?{encoded}" if encoded else address
