"""Rules with a period, end to end: they begin and end with the plant's own day, and a quote keeps those of its day."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog import service as catalog
from catalog.errors import OnelotError
from scheduling import service as scheduling
from tests.service.selling import DEMO, WINDOW, Shop
from web.database import Database

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""10:00 in Suzhou on the day before the rule begins."""
LAST_MINUTE = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
"""00:00 in Suzhou: the first moment of the rule; in Greenwich it is still the day before."""
END = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""00:00 in Suzhou on the day that the period names as its end."""
RULE = """
- code: narrow
  holds: width <= 1200
  valid_from: 2026-11-24
  valid_until: 2026-11-26
  reason: {en: For two days nothing wide is made., zh: 两天内不生产宽窗。}
"""


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "catalog"
    shutil.copytree(DEMO, folder)
    with (folder / "products" / "window" / "rules.yaml").open("a", encoding="utf-8") as rules:
        rules.write(RULE)
    found = Shop(Database(database_url), tmp_path / "cache")
    with found.database.transaction() as session:
        versions = catalog.publish_catalog(session, path=folder, now=MORNING)
        scheduling.publish_network(session, network=catalog.get_network(session), now=MORNING)
    found.hashes = {version.product_code: version.content_hash for version in versions}
    yield found
    found.database.dispose()


def test_a_quote_keeps_the_rules_of_its_day_and_the_day_is_the_plants(shop: Shop) -> None:
    wide, narrow = shop.request(), shop.request(("window", WINDOW | {"width": "1200"}, 1))
    offered = shop.offer(wide, key="first", now=LAST_MINUTE)
    with pytest.raises(OnelotError):
        shop.offer(wide, key="second", now=MIDNIGHT)
    assert shop.offer(narrow, key="third", now=MIDNIGHT).quote.lines
    assert shop.accept(offered, now=MIDNIGHT).order_number
    with pytest.raises(OnelotError):
        shop.offer(wide, key="fourth", now=END.replace(hour=15, minute=59))
    assert shop.offer(wide, key="fifth", now=END).quote.lines
