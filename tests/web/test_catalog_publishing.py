"""What the catalog engineer is told before and after publishing is true: of the day, of others, of old versions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog import service as catalog
from catalog import uploads
from configurator import service as configurator
from tests.web.catalog_desk import LESS, Desk


def test_the_day_of_the_rules_is_the_plants_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.clock.forward(hours=15)  # 01:00 in Suzhou; in Greenwich it is still the day before
    days: dict[str, date] = {}

    def note(name: str) -> None:
        kept = getattr(configurator, name)

        def noted(*args: Any, **options: Any) -> Any:  # Any: passed through
            days[name] = options["on"]
            return kept(*args, **options)

        monkeypatch.setattr(configurator, name, noted)

    for name in ("audit_source", "compare_sources", "compile_published"):
        note(name)
    upload = desk.send_change(LESS)
    desk.press(f"{desk.version(1)}/audit")
    desk.runner.run_due()
    desk.publish(upload)
    desk.runner.run_due()
    assert days == dict.fromkeys(("audit_source", "compare_sources", "compile_published"), date(2026, 11, 24))


def test_a_change_that_was_compared_with_another_version_is_not_published_unseen(desk: Desk) -> None:
    mine = desk.send_change(("products/window/product.yaml", "base_price: 380", "base_price: 390"))
    theirs = desk.send_change(LESS)
    desk.runner.run_due()
    stale = desk.shown(mine)
    desk.publish(theirs)
    desk.runner.run_due()
    assert desk.press(f"{mine}/publish", **stale).location.endswith(mine)
    assert "Another version serves since this page was shown." in desk.page(mine)
    desk.runner.run_due()
    assert desk.serving() == 2, "the price of somebody else was taken back unseen"
    assert "<code>377</code>" in desk.page(mine)
    desk.publish(mine)
    desk.runner.run_due()
    assert desk.serving() == 3


def test_an_older_version_is_called_what_it_is_and_cannot_be_published(desk: Desk) -> None:
    first = desk.send_change()
    assert not desk.shown(first), "offered to publish what serves already"
    change = desk.send_change(LESS)
    desk.runner.run_due()
    desk.publish(change)
    page = desk.page(desk.send_change(LESS))
    assert "It waits for its compilation" in page
    desk.runner.run_due()
    page = desk.page(first)
    assert "This is version 1, published on Mon 23 Nov 10:00. To make it serve again, change something" in page
    assert "Version 2 serves." in page
    assert not desk.shown(first)
    with desk.database.reading() as session:
        content_hash = uploads.get_upload(session, upload_id=int(first.rsplit("/", 1)[1])).source.content_hash()
        compared = ",".join(catalog.get_newest_hash(session, product_code=code)
                            for code in ("bicycle", "pump", "window"))
    assert desk.press(f"{first}/publish", content_hash=content_hash, compared_with=compared).location.endswith(first)
    assert "There is nothing to publish in it." in desk.page(first)
    assert desk.serving() == 2
