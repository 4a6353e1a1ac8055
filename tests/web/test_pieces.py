"""How many pieces: asked in the configurator, counted in price, day, differences and the quote."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import OpenShop
from tests.web.shopping import WINDOW, address, field_of


@pytest.fixture(scope="module")
def reader(open_shop_site: OpenShop) -> FlaskClient:
    return open_shop_site.guest


def test_a_quantity_counts_in_price_date_and_quote(reader: FlaskClient) -> None:
    page = unescape(reader.get(address("window", WINDOW, pieces="3")).text)
    assert "¥6,226.68" in page  # 3 × 2,075.56
    assert "3 × " in page
    assert 'name=".pieces" value="3"' in page
    assert re.search(r'id="summary".*3 pieces · <a href="#pieces">change<', page, re.DOTALL)
    thinner = next(part for part in page.split("<li ") if 'value="fixed"' in part)
    one = next(part for part in unescape(reader.get(address("window", WINDOW)).text).split("<li ")
               if 'value="fixed"' in part)
    assert abs(_first_amount(thinner) - 3 * _first_amount(one)) <= 3  # both are shown in whole yuan
    request = reader.get(address("window", WINDOW, pieces="3").replace("/shop/", "/quote/")).text
    assert field_of(request, "quantity") == "3"


@pytest.mark.parametrize("typed", ["0", "-1", "1000", "1.5", "three", "３", "1e3", " ", "9" * 60])
def test_an_odd_quantity_is_told_beside_its_field_and_kept(reader: FlaskClient, typed: str) -> None:
    answer = reader.get(address("window", WINDOW, pieces=typed))
    assert answer.status_code == 200
    assert "¥2,075.56" in answer.text
    assert ("Enter a whole number from 1 to 999" in answer.text) == bool(typed.strip())


def test_a_wrong_quantity_lets_nobody_ask_for_a_quote(reader: FlaskClient) -> None:
    link = f'href="{address("window", WINDOW, pieces="3").split("?")[0].replace("/shop/", "/quote/")}'
    right = unescape(reader.get(address("window", WINDOW, pieces="3")).text)
    wrong = unescape(reader.get(address("window", WINDOW, pieces="abc")).text)
    assert link in right
    assert link not in wrong
    assert "Some entries need a change. They are marked in red." in wrong
    assert re.search(r'href="#pieces"[^>]*>Quantity<', wrong), "it is among what is still open"


def test_the_request_shows_price_date_and_ways_of_all_pieces(reader: FlaskClient) -> None:
    where = address("window", WINDOW, pieces="2").replace("/shop/", "/quote/")
    page = unescape(reader.get(where).text)
    assert "¥4,151.12" in page  # 2 × 2,075.56
    assert "Figures are for one piece." not in page
    assert "kg CO₂e" in page
    fields = {"csrf_token": field_of(page, "csrf_token"), "again": "1", "destination": "SZ"}
    again = reader.post(where, data=fields | {"quantity": "3"})
    assert again.status_code == 200
    assert "¥6,226.68" in unescape(again.text)
    assert field_of(again.text, "quantity") == "3"
    wrong = unescape(reader.post(where, data=fields | {"quantity": "x"}).text)
    assert "Enter a whole number from 1 to 999" in wrong
    assert "¥2,075.56" in wrong


def _first_amount(row: str) -> int:
    """Give the first amount of money in a row, in minor units as far as it is shown."""
    return int(re.findall(r"¥([\d,]+)", row)[0].replace(",", ""))
