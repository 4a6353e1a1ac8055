"""What the catalog engineer is told before and after publishing is true: of the day, of others, of old versions."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from catalog import service as catalog
from catalog import uploads
from configurator import service as configurator
from tests.web.catalog_desk import LESS, NEW_RULE, Desk
from tests.web.signing_in import PASSWORD, token_of


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


def test_a_preview_outlives_another_upload_of_the_same_content_and_can_be_asked_for_again(desk: Desk) -> None:
    first, second = desk.send_change(LESS), desk.send_change(LESS)
    desk.press(f"{first}/discard")
    desk.runner.run_due()
    assert "Every old configuration stays possible (proven)." in desk.page(second)
    assert desk.shown(second)
    assert "is not worked out" not in desk.page(second)
    third = desk.send_change(("products/window/product.yaml", "base_price: 380", "base_price: 390"))
    desk.runner.run_due()
    desk.publish(third)
    desk.runner.run_due()
    assert "is not worked out" in desk.page(second)
    assert desk.press(f"{second}/preview").location.endswith(second)
    assert "is being worked out" in desk.page(second)
    desk.runner.run_due()
    assert "is not worked out" not in desk.page(second)


def test_every_open_upload_is_listed(desk: Desk) -> None:
    with desk.database.transaction() as session:
        source = catalog.get_source(session, content_hash=desk.version(1).rsplit("/", 1)[1])
        for number in range(22):
            uploads.keep_upload(session, name=f"{number}.zip", source=source, problems=(), by="jing", now=desk.clock())
    page = desk.page("/catalog/")
    assert ">0.zip<" in page
    assert ">21.zip<" in page


def test_the_comparison_is_wholly_chinese(desk: Desk) -> None:
    upload = desk.send_change(LESS, rules=NEW_RULE)
    desk.runner.run_due()
    page = desk.page(upload, headers={"Accept-Language": "zh-CN"})
    assert "By turn_warranty" not in page
    assert "依据 turn_warranty。" in page
    desk.publish(upload)
    versions = [desk.version(number).rsplit("/", 1)[1] for number in (1, 2)]
    page = desk.page("/catalog/compare?old={}&new={}".format(*versions), headers={"Accept-Language": "zh-CN"})
    assert "起始版本" in page
    assert "起始日" not in page


def test_the_engineer_starts_in_the_catalog_and_sees_where_it_is(desk: Desk) -> None:
    client = desk.app.test_client()
    token = token_of(client, "/account/sign-in")
    answer = client.post("/account/sign-in", data={"csrf_token": token, "login": "jing", "password": PASSWORD})
    assert answer.location.endswith("/catalog/")
    for where in ("/catalog/", desk.version(1), f"{desk.version(1)}/audit"):
        assert re.search(r'href="/catalog/"[^>]*aria-current', desk.page(where)), where
