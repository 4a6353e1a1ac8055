"""The mark on recommended options: in words, with its reason on the page itself, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import SECRET, StandingClock
from tests.web.shopping import OPENED_AT, address, open_shop
from web.factory import create_app
from web.settings import load_settings

TRIPLE = {"glass": "3-4/14/4/14/4"}
REASON = "With triple glazing a warm-edge spacer keeps the edge of the glass warm and free of dew."


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FlaskClient]:
    path = open_shop(tmp_path_factory.mktemp("shop") / "shop.sqlite3", sqlite_template)
    app = create_app(load_settings({}, var_directory=path.parent, database_url=f"sqlite:///{path}",
                                   secret_key=SECRET, is_rate_limited=False, is_worker_embedded=False,
                                   base_url="http://localhost"), clock=StandingClock(OPENED_AT))
    yield app.test_client()
    app.extensions["onelot_database"].dispose()


def row(page: str, row_id: str) -> str:
    """Give the words of one option's row."""
    found = re.search(rf'<li[^>]* id="{row_id}-row">.*?</li>', page, re.DOTALL)
    assert found is not None, row_id
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_a_recommended_option_bears_a_mark_and_its_reason(reader: FlaskClient) -> None:
    page = reader.get(address("window", TRIPLE)).text
    assert f"Recommended {REASON}" in row(page, "spacer-warm")
    assert "ecommend" not in row(page, "spacer-alu")
    assert "We recommend otherwise" not in page


def test_a_choice_against_a_recommendation_says_so(reader: FlaskClient) -> None:
    page = reader.get(address("window", TRIPLE | {"spacer": "alu"})).text
    assert f"We recommend otherwise: {REASON}" in row(page, "spacer-alu")
    assert "Recommended" in row(page, "spacer-warm")
    summary = page[page.index('id="summary"'):]
    assert "We recommend otherwise" in summary
    assert REASON in summary


def test_nothing_is_recommended_where_no_rule_asks_for_it(reader: FlaskClient) -> None:
    page = reader.get(address("window", {"glass": "2-4/16/4"})).text
    assert "ecommend" not in page


def test_a_yes_no_question_bears_the_mark_and_speaks_for_its_no(reader: FlaskClient) -> None:
    page = reader.get(address("pump", {"q_m3h": "20", "head_m": "48"})).text
    words = row(page, "vsd-true")
    assert "Recommended Speed control saves the most energy on motors of 4 kW and more." in words
    assert "We recommend otherwise" not in words
    assert "ecommend" not in row(reader.get(address("pump", {"q_m3h": "2", "head_m": "20"})).text, "vsd-true")


def test_the_mark_is_worded_in_chinese(reader: FlaskClient) -> None:
    page = reader.get(address("window", TRIPLE), headers={"Accept-Language": "zh-CN"}).text
    assert "推荐 三玻配暖边间隔条" in row(page, "spacer-warm")
