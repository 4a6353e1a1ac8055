"""What a version not yet published would make of stored configurations and open quotes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from catalog import service as catalog
from catalog.product import ProductDefinition
from configurator import service as configurator
from configurator.impact import assess_configurations
from ordering.service import assess_open_quotes
from tests.factories import attr, rule
from tests.factories import test as compare
from tests.service.selling import NOW, WINDOW, Shop

TODAY = NOW.date()
SMALL = {**WINDOW, "width": "600", "height": "700"}


def narrower(shop: Shop) -> ProductDefinition:
    """The window, made up to 1 m wide only, and every one 100 dearer."""
    with shop.database.reading() as session:
        window = catalog.get_version(session, content_hash=shop.hashes["window"]).definition
    narrow = rule("narrow", compare(attr("width"), "<=", 1000))
    return replace(window, rules=(*window.rules, narrow),
                   parameters={**window.parameters, "base_price": window.parameters["base_price"] + 100})


def test_stored_configurations_that_break_or_cost_something_else_are_listed(shop: Shop) -> None:
    new = narrower(shop)
    with shop.database.transaction() as session:
        for choices in (WINDOW, SMALL, SMALL):
            configurator.freeze(session, content_hash=shop.hashes["window"], choices=choices, on=TODAY, now=NOW,
                                cache_directory=shop.cache)
    with shop.database.reading() as session:
        found = assess_configurations(session, new=new, on=TODAY, cache_directory=None)
        same = catalog.get_version(session, content_hash=shop.hashes["window"]).definition
        nothing = assess_configurations(session, new=same, on=TODAY, cache_directory=shop.cache, limit=2)
    assert (found.total, found.looked_at, len(found.changed), len(found.broken)) == (3, 3, 3, 1)
    (broken,) = found.broken
    assert [item.code for item in broken.impact.rules] == ["narrow"]
    assert broken.configuration.selection["width"] == 1230
    dearer = [item.impact for item in found.changed if item.impact.is_valid]
    # 380 for every window became 480; nothing else of a small one follows the base price.
    assert {(item.new_price_minor or 0) - (item.old_price_minor or 0) for item in dearer} == {10_000}
    assert (nothing.total, nothing.looked_at, nothing.changed) == (3, 2, ())


def test_open_quotes_that_break_are_listed_until_their_time_is_over(shop: Shop) -> None:
    new = narrower(shop)
    wide = shop.offer(shop.request(("window", WINDOW, 2)), key="wide")
    small = shop.offer(shop.request(("window", SMALL, 1)), key="small")
    sold = shop.offer(shop.request(("window", WINDOW, 1)), key="sold")
    shop.accept(sold)
    with shop.database.reading() as session:
        found = assess_open_quotes(session, new=new, on=TODAY, now=NOW, cache_directory=None)
        later = assess_open_quotes(session, new=new, on=TODAY, now=NOW + timedelta(days=30), cache_directory=None)
        other = assess_open_quotes(session, new=replace(new, code="pump"), on=TODAY, now=NOW, cache_directory=None)
    assert found.lines == 2
    assert {item.number for item in found.changed} == {wide.quote.number, small.quote.number}
    (broken,) = found.broken
    assert (broken.number, broken.quantity, broken.position) == (wide.quote.number, 2, 1)
    assert [item.code for item in broken.impact.rules] == ["narrow"]
    assert (later.lines, other.lines) == (0, 0)
