"""Where shoppers stop: what clicks in the shop add up to on the catalog engineer's page and in its file."""

from __future__ import annotations

import csv
import io
import re
import sqlite3

import pytest
from flask.testing import FlaskClient

from tests.web.catalog_desk import Desk
from tests.web.shopping import address
from web.usage import get_usage


@pytest.fixture
def shopper(desk: Desk) -> FlaskClient:
    return desk.app.test_client()


def click(shopper: FlaskClient, before: str, after: str) -> None:
    """Click as the page does with a script: the address before is sent along."""
    assert shopper.get(after, headers={"HX-Current-URL": f"http://localhost{before}"}).status_code == 200


def write_counts(desk: Desk) -> None:
    with desk.app.app_context():
        get_usage().flush()


def row(page: str, title: str) -> list[str]:
    found = re.search(rf'<tr><th scope="row">{re.escape(title)}</th>(.*?)</tr>', page)
    assert found is not None, f"no row {title}"
    return list(re.findall(r"<td[^>]*>([^<]*)</td>", found.group(1)))


@pytest.fixture
def walked(desk: Desk, shopper: FlaskClient) -> FlaskClient:
    """One shopper gets to the quote, one stops at the glass after a conflict."""
    start, profile = address("window"), address("window", {"profile": "PVC70"})
    clash = address("window", {"profile": "PVC70", "glass": "3-6/12/4/12/6"})
    opened = address("window", {"profile": "PVC70", "opening": "turn"})
    for _ in range(2):
        shopper.get(start)
        click(shopper, start, profile)
    click(shopper, profile, clash)
    click(shopper, profile, opened)
    shopper.get("/quote/window?profile=PVC70&opening=turn", headers={"Referer": f"http://localhost{opened}"})
    shopper.get(address("window", {"profile": "PVC70"}, why="glass:3-6/12/4/12/6"),
                headers={"Referer": f"http://localhost{profile}"})
    write_counts(desk)
    return shopper


def test_steps_say_where_shoppers_stopped(desk: Desk, walked: FlaskClient) -> None:
    page = desk.page("/catalog/usage?product=window")
    assert row(page, "Nothing chosen yet")[:3] == ["2", "2", "0"]
    assert row(page, "Profile")[:3] == ["2", "2", "0"]
    assert row(page, "Glass")[:4] == ["1", "0", "1", "100 %"]
    assert row(page, "Opening")[:3] == ["1", "1", "0"]
    assert row(page, "Quote opened")[0] == "1"


def test_conflicts_and_why_not_are_counted_by_option(desk: Desk, walked: FlaskClient) -> None:
    page = desk.page("/catalog/usage?product=window&days=7")
    assert row(page, "Glass: Triple, thick 6/12/4/12/6") == ["glass:3-6/12/4/12/6", "1", "1"]


def test_answers_about_needs_are_counted(desk: Desk, shopper: FlaskClient) -> None:
    shopper.get("/needs/pump")
    shopper.get("/needs/pump?for=garden&.step=5")
    write_counts(desk)
    page = desk.page("/catalog/usage?product=pump")
    assert row(page, "What for? Watering fields or a garden")[-1] == "1"


def test_the_file_holds_the_counts_of_each_day(desk: Desk, walked: FlaskClient) -> None:
    answer = desk.client.get("/catalog/usage.csv?product=window")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {"day": "2026-11-23", "product": "window", "version": "1", "kind": "conflict", "subject": "glass",
            "option": "3-6/12/4/12/6", "count": "1"} in rows


def test_nothing_personal_is_kept(desk: Desk, shopper: FlaskClient) -> None:
    shopper.get(address("bicycle", {"engraving": "laser", "engraving_text": "Li Na 1990", "rider_kg": "<b>"}),
                headers={"User-Agent": "Tell-Tale/1.0", "X-Forwarded-For": "203.0.113.9"})
    shopper.get(address("window", {"width": "777.7"}))
    shopper.get("/search?find=my+name+is+Li+Na")
    write_counts(desk)
    path = desk.database.engine.url.database
    assert path is not None
    with sqlite3.connect(path) as connection:
        stored = repr(connection.execute("SELECT * FROM shop_usage").fetchall())
    connection.close()
    assert "engraving_text" in stored
    for told in ("Li Na", "1990", "<b>", "Tell-Tale", "203.0", "777", "127.0.0.1"):
        assert told not in stored


def test_a_click_writes_nothing_itself(desk: Desk, shopper: FlaskClient) -> None:
    shopper.get(address("window", {"profile": "PVC70"}))
    page = desk.page("/catalog/usage?product=window")
    assert "Nothing was counted in this time." in page


@pytest.mark.parametrize("query", ["product=nothing", "days=x", "days=-1", "days=9999999", "product=%3Cscript%3E"])
def test_odd_addresses_show_the_first_product(desk: Desk, query: str) -> None:
    assert "Where shoppers stop" in desk.page(f"/catalog/usage?{query}")
    assert desk.client.get(f"/catalog/usage.csv?{query}").status_code == 200
