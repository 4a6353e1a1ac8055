"""Why this day, and what an earlier one costs, on the pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from catalog.money import Money
from catalog.text import Text
from ordering.earlier import EarlierOffer
from ordering.translation import DateReason
from scheduling.day_earlier import WhyNot
from scheduling.reasons import ReasonLink
from tests.conftest import StandingClock
from tests.factories import demo_products
from tests.web.shopping import OPENED_AT, WINDOW, address, ask_for_quote, open_shop
from tests.web.signing_in import add_user, sign_in
from web.factory import create_app
from web.settings import Settings
from web.shop.date_reasons import earlier_lines, reason_lines


@pytest.fixture(scope="module")
def shop_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    return open_shop(tmp_path_factory.mktemp("shop") / "shop.sqlite3", sqlite_template)


@pytest.fixture
def shop(make_settings: Callable[..., Settings], clock: StandingClock, shop_template: Path, tmp_path: Path
         ) -> Iterator[Flask]:
    clock.moment = OPENED_AT
    path = tmp_path / "shop.sqlite3"
    shutil.copy(shop_template, path)
    app = create_app(make_settings(database_url=f"sqlite:///{path}", var_directory=shop_template.parent), clock=clock)
    yield app
    app.extensions["onelot_database"].dispose()


def test_summary_tells_the_chain_of_the_date(shop: Flask) -> None:
    page = shop.test_client().get(address("window", WINDOW)).text
    chain = re.search(r'<details class="why-day.*?</details>', page, re.DOTALL)
    assert chain is not None
    steps = re.findall(r"<li><b[^>]*>(.*?)</b>", chain.group(0))
    assert steps[0] == "Time to decide"
    assert len(steps) > 3
    assert "of work" in chain.group(0)


def test_sales_sees_the_price_of_earlier_days_only_when_asked(shop: Flask) -> None:
    ask_for_quote(shop.test_client())
    add_user(shop, "sam", "sales")
    desk = shop.test_client()
    sign_in(desk, "sam")
    number = re.search(r"Q-\d{4}-\d+", desk.get("/sales/quotes").text)
    assert number is not None
    plain = desk.get(f"/sales/quotes/{number.group()}").text
    assert f"/sales/quotes/{number.group()}?earlier=1" in plain
    asked = desk.get(f"/sales/quotes/{number.group()}?earlier=1")
    assert asked.status_code == 200
    assert "Tried out on the plan as it stands now" in asked.text


def test_earlier_days_are_told_in_words(shop: Flask) -> None:
    offers = [
        EarlierOffer(date(2026, 12, 3), Money(12_000, "CNY"), 2),
        EarlierOffer(date(2026, 12, 2), Money(0, "CNY")),
        EarlierOffer(date(2026, 12, 1), None, why_not=WhyNot.OCCUPIED),
        EarlierOffer(date(2026, 11, 30), None, why_not=WhyNot.TOO_MUCH_WORK),
    ]
    with shop.test_request_context("/"):
        words = [line.words for line in earlier_lines(offers, most=4)]
        assert len(earlier_lines(offers, most=1)) == 1
    assert words[0].startswith("for ")
    assert words[0].endswith("more, 2 operations of other orders move within their promises")
    assert words[1] == "for the same price"
    assert words[2] == "no room found within the promises already given"
    assert words[3] == "not possible: work, shifts and transport take longer"


def test_each_wait_is_named_with_its_cause(shop: Flask) -> None:
    definition = demo_products()["window"].definition
    link = ReasonLink(2, "insulating_glass", "SZ-IGU", 4, 30, 600, 1500, 900, 5, 8, 0)
    reason = DateReason(Text.of("Insulating glass"), link, ("glass", "width"))
    with shop.test_request_context("/"):
        lines = reason_lines([reason], hold_hours=48, delivery_minutes=2000, definition=definition)
        assert reason_lines([], hold_hours=48, delivery_minutes=0, definition=definition) == ()
    assert [line.title for line in lines] == ["Time to decide", "Insulating glass", "Delivery"]
    assert lines[1].words == ("10 hours on the way, 30 minutes for its material, 25 hours behind other work, "
                              "15 hours outside its line's hours, 5 minutes of setup and 8 minutes of work")
    assert lines[1].cause is not None
