"""What a shopper is told when a product was published anew between two clicks: what is gone, what prices are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.product import AttributeKind, ProductDefinition, ProductVersion
from catalog.text import Text
from configurator import service as configurator
from configurator.view import ConfigurationView
from web import formatting
from web.shop.wording import attribute_title, option_title
from web.words import gettext as _

VERSION = ".v"
"""The parameter in which a page sends the version that it was made with."""
_LONGEST_NUMBER = 9
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Shopper:
    """What is known of a click: the version its page was made with, its choices, and the day."""

    made_with: str
    choices: Mapping[str, str]
    on: date


def tell_news(session: Session, version: ProductVersion, shopper: Shopper, *,
              cache_directory: Path | None) -> tuple[str, ...]:
    """Say what changed for a shopper whose page was made with an older version; empty when it was not.

    Parameters
    ----------
    session
        Only read.
    version
        The version that answers now.
    shopper
        The click.
    cache_directory
        Where compiled models are kept between processes.
    """
    raw = shopper.made_with
    if not (raw.isascii() and raw.isdigit() and len(raw) <= _LONGEST_NUMBER) or int(raw) >= version.number:
        return ()
    records = catalog.list_records(session, product_code=version.product_code)
    record = next((item for item in records if item.number == int(raw)), None)
    if record is None:
        return ()
    before = catalog.get_version(session, content_hash=record.content_hash)
    gone = gone_choices(before.definition, version.definition, shopper.choices)
    prices = _price_words(*(configurator.configure(
        session, choices=_known(item.definition, shopper.choices), on=shopper.on, content_hash=item.content_hash,
        cache_directory=cache_directory, compares_options=False) for item in (before, version)))
    found = [_("While you were choosing, version %(number)s of this product was published.", number=version.number)]
    if gone:
        found.append(_("No longer offered: %(choices)s.", choices=formatting.enumerated(gone[:_MOST_NAMED])))
    found += prices
    found.append(_("All your other choices are kept.") if gone else _("All your choices are kept."))
    return tuple(found)


def gone_choices(before: ProductDefinition, now: ProductDefinition, choices: Mapping[str, str]) -> list[str]:
    """Name the choices that a product had before and has no more, in the words of before."""
    gone = []
    for item in before.attributes:
        raw = choices.get(item.code)
        same = now.attribute(item.code)
        if raw is None or (same is not None and same.kind is not AttributeKind.CHOICE):
            continue
        if item.kind is AttributeKind.CHOICE and item.option(raw) is not None:
            if same is None or same.option(raw) is None:
                gone.append(_("%(attribute)s: %(value)s", attribute=attribute_title(item),
                              value=option_title(item, raw)))
        elif same is None:
            gone.append(attribute_title(item))
    return gone


def _known(definition: ProductDefinition, choices: Mapping[str, str]) -> dict[str, str]:
    codes = {item.code for item in definition.attributes}
    return {code: raw for code, raw in choices.items() if code in codes}


def _price_words(before: ConfigurationView, now: ConfigurationView) -> list[str]:
    """Say how the price of the choices changed, and by which items; empty when it did not or is not known."""
    if before.price is None or now.price is None or before.conflict or now.conflict:
        return []
    if before.price.total == now.price.total:
        return []
    old = {line.title: line.amount for line in (*before.price.lines, *before.price.recurring)}
    new = {line.title: line.amount for line in (*now.price.lines, *now.price.recurring)}
    items = [f"{_title(title)} {formatting.money(old[title])} → {formatting.money(new[title])}"
             for title in new if title in old and old[title] != new[title]]
    items += [f"{_title(title)} + {formatting.money(new[title])}" for title in new if title not in old]
    words = _("The price with your choices was %(before)s and is %(now)s now.",
              before=formatting.money(before.price.total), now=formatting.money(now.price.total))
    return [f"{words} {_named(items)}".strip()]


def _named(items: Iterable[str]) -> str:
    shown = list(items)[:_MOST_NAMED]
    return f"({formatting.enumerated(shown)})" if shown else ""


def _title(title: Text) -> str:
    return title.in_language(formatting.language())
