"""Deciding the rest, and going by a budget, a day and a footprint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.conftest import SECRET, StandingClock
from tests.web.shopping import OPENED_AT, address, open_shop
from web.factory import create_app
from web.settings import load_settings

TODAY = OPENED_AT.date().isoformat()
TRAIL = {"use": "trail", "motor": "250W-mid"}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FlaskClient]:
    path = open_shop(tmp_path_factory.mktemp("deciding") / "shop.sqlite3", sqlite_template)
    app = create_app(load_settings({}, var_directory=path.parent, database_url=f"sqlite:///{path}", secret_key=SECRET,
                                   is_rate_limited=False, is_worker_embedded=False, base_url="http://localhost"),
                     clock=StandingClock(OPENED_AT))
    yield app.test_client()
    app.extensions["onelot_database"].dispose()


def within(product: str, choices: dict[str, str], **bounds: str) -> str:
    return f"/within/{product}?" + urlencode({**choices, **{f".{name}": text for name, text in bounds.items()}})


def links(page: str, words: str) -> list[str]:
    return [unescape(found) for found in re.findall(rf'href="([^"]*{words}[^"]*)"', page)]


@pytest.mark.parametrize("objective", ["cheapest", "fastest", "greenest", "popular"])
def test_the_rest_is_decided_by_one_link_and_choices_stay(reader: FlaskClient, objective: str) -> None:
    page = reader.get(address("bicycle", TRAIL, to="TJ")).text
    (link,) = links(page, f"/decide/{objective}/")
    answer = reader.get(link)
    assert answer.status_code == 303
    decided = parse_qs(urlsplit(answer.location).query)
    assert {name: decided[name] for name in TRAIL} == {name: [value] for name, value in TRAIL.items()}
    assert decided[".to"] == ["TJ"]
    assert len(decided) > 20
    shown = reader.get(answer.location).text
    assert "Nothing is open" in shown
    assert "/decide/" not in shown


def test_a_budget_that_can_be_met_is_answered_by_a_product_to_take(reader: FlaskClient) -> None:
    page = reader.get(within("window", {"glass": "2-4/16/4"}, budget="1200", latest="2026-12-24", co2="150")).text
    assert "Within your limits" in page
    assert "instead of" in page
    (link,) = [found for found in links(page, "/shop/window[?]") if "profile=" in found]
    assert "glass=2-4/16/4" in link
    taken = reader.get(link).text
    shown = re.search(r"¥([0-9,.]+)", taken)
    assert shown is not None
    assert float(shown[1].replace(",", "")) <= 1200


def test_the_limits_stand_alone_before_there_is_an_answer(reader: FlaskClient) -> None:
    assert '<div class="narrow">' in reader.get(within("window", {})).text
    assert '<div class="two beside">' in reader.get(within("window", {}, budget="1200")).text


def test_a_budget_out_of_reach_says_what_stands_in_the_way(reader: FlaskClient) -> None:
    page = reader.get(within("bicycle", TRAIL, budget="13500")).text
    assert "No product with your choices meets these limits." in page
    assert "above your budget" in page
    assert "What stands in the way" in page
    assert "If you give up Motor: 250 W mid motor" in page
    chinese = reader.get(within("bicycle", TRAIL, budget="13500"), headers={"Accept-Language": "zh"}).text
    assert "预算" in chinese


@pytest.mark.parametrize(("bounds", "words"), [
    ({"budget": "a lot"}, "Write an amount like"), ({"budget": "1e9"}, "Write an amount like"),
    ({"budget": "-5"}, "Write an amount like"), ({"latest": "tomorrow"}, "Write a day like"),
    ({"latest": "2026-02-30"}, "Write a day like"), ({"co2": "<script>"}, "Write kilograms like"),
    ({"co2": "80.5", "budget": "٣"}, "Write an amount like"), ({"latest": "9" * 900}, "Write a day like"),
])
def test_what_is_no_limit_is_refused_beside_its_field(reader: FlaskClient, bounds: dict[str, str], words: str) -> None:
    answer = reader.get(within("window", {}, **bounds))
    assert answer.status_code == 200
    assert words in answer.text
    assert "<script>" not in answer.text.split("<main")[1].split("</main")[0]
    assert "Within your limits" not in answer.text


def test_choices_that_cannot_be_answered_are_not_decided(reader: FlaskClient) -> None:
    for choices in ({"width": "1"}, {"frame": "Alu-Trail", "use": "city"}):
        product = "window" if "width" in choices else "bicycle"
        assert "/decide/" not in reader.get(address(product, choices)).text
        sent = reader.get(f"/decide/cheapest/{product}?" + urlencode(choices))
        assert sent.status_code == 303
        assert sent.location.startswith(f"/shop/{product}?")
        assert "Nothing can be proposed" in reader.get(within(product, choices, budget="5")).text
    assert reader.get("/decide/cheapest/nothing").status_code == 404
    assert reader.get("/within/nothing").status_code == 404
    assert "/decide/" not in reader.get("/shop/car").text
    assert reader.get("/within/car?.budget=5").status_code == 200


def test_days_and_dates_at_the_edge_of_the_calendar_are_answered(reader: FlaskClient) -> None:
    assert "This day is past." in reader.get(within("window", {}, latest="0001-01-01")).text
    assert "Within your limits" in reader.get(within("window", {}, latest="9999-12-31")).text


def test_choices_given_up_together_are_joined_by_and(reader: FlaskClient) -> None:
    choices = {"profile": "PVC70", "width": "1300", "height": "2200"}
    page = reader.get(within("window", choices, budget="600")).text
    assert "If you give up Height: 2200 mm and Width: 1300 mm" in page
    chinese = reader.get(within("window", choices, budget="600"), headers={"Accept-Language": "zh"}).text
    assert re.search(r"若放弃[^<]*2200 mm和[^<]*1300 mm", chinese) is not None, re.findall("放弃[^<]*", chinese)


def test_open_numbers_are_tried_with_other_values_when_nothing_fits(reader: FlaskClient) -> None:
    page = reader.get(within("window", {}, budget="600")).text
    assert "No product with the usual values (Width: 1230 mm, Height: 1480 mm) meets these limits." in page
    assert "With other values: " in page
    assert "your choices" not in page
    assert "choice of yours" not in page
    taken = [found for found in links(page, "/shop/window[?]") if "width=" in found and "width=1230" not in found]
    shown = re.search(r"¥([0-9,.]+)", reader.get(taken[0]).text)
    assert shown is not None
    assert float(shown[1].replace(",", "")) <= 600
    chosen = reader.get(within("window", {"profile": "PVC82"}, budget="600")).text
    assert "No product with your choices and the usual values (Width: 1230 mm, Height: 1480 mm)" in chosen
    chinese = reader.get(within("window", {}, budget="600"), headers={"Accept-Language": "zh"}).text
    assert "您的选择" not in chinese
    assert "1230 mm" in chinese


@pytest.mark.parametrize(("product", "bounds", "words"), [
    ("pump", {"budget": "1"}, "No other values were found"),
    ("bicycle", {"budget": "1"}, "No product meets these limits."),
    ("window", {"latest": TODAY}, "was found within these limits"),
])
def test_choices_that_nobody_made_are_not_spoken_of(
        reader: FlaskClient, product: str, bounds: dict[str, str], words: str) -> None:
    page = reader.get(within(product, {}, **bounds)).text
    assert words in page
    for words_of_choices in ("your choices", "choice of yours", "As chosen"):
        assert words_of_choices not in page


@pytest.mark.parametrize(("choices", "reason", "repair"), [
    ({"profile": "PVC70", "glass": "3-4/14/4/14/4"}, "PVC 70 holds glass up to 32 mm.", "These choices cannot stand"),
    ({"width": "99999"}, "Width: Enter 400 to 1600 mm.", "Enter 400 to 1600 mm."),
])
def test_choices_that_lead_nowhere_are_explained_and_lead_to_their_repair(
        reader: FlaskClient, choices: dict[str, str], reason: str, repair: str) -> None:
    page = reader.get(within("window", choices, budget="600")).text
    answers = page.split("answers-to-limits")[1].split("</main")[0]
    assert "Nothing can be proposed with these choices." in answers
    assert reason in answers
    (link,) = links(answers, "/shop/window[?]")
    assert repair in reader.get(link).text
    assert "Nothing can be proposed for this product here." in reader.get("/within/car?.budget=5").text


@pytest.mark.parametrize("budget", ["1,250", "1,250.00", "¥1,250", "¥ 1250", "1250,00", "1250"])
def test_a_budget_is_read_as_the_site_writes_it(reader: FlaskClient, budget: str) -> None:
    shown = reader.get(within("window", {}, budget=budget)).text
    plain = reader.get(within("window", {}, budget="1250.00")).text
    assert "Within your limits" in shown
    assert shown.split("answers-to-limits")[1] == plain.split("answers-to-limits")[1]


@pytest.mark.parametrize("budget", ["12,50,0", "1,2500", "1,250,00", ",250", "1,250.505", "1.250,00"])
def test_a_budget_of_doubtful_groups_is_refused(reader: FlaskClient, budget: str) -> None:
    assert "Write an amount like" in reader.get(within("window", {}, budget=budget)).text


def test_a_past_day_is_refused_beside_its_field(reader: FlaskClient) -> None:
    past = (OPENED_AT - timedelta(days=2)).date().isoformat()
    page = reader.get(within("window", {}, latest=past)).text
    assert re.search(r'id="limit2-mistake">This day is past. Choose today or a later day.<', page) is not None
    assert "these limits" not in page
    assert "This day is past." not in reader.get(within("window", {}, latest=TODAY)).text


@pytest.mark.parametrize("objective", ["dearest", "CHEAPEST", "nothing%20at%20all"])
def test_a_way_to_decide_that_there_is_not_is_named_as_such(reader: FlaskClient, objective: str) -> None:
    answer = reader.get(f"/decide/{objective}/window")
    assert answer.status_code == 404
    assert "The rest can be decided to be cheapest, fastest, greenest, popular, and in no other way." in answer.text
    assert "not published" not in answer.text
    chinese = reader.get(f"/decide/{objective}/window", headers={"Accept-Language": "zh"})
    assert "不能以这种方式决定其余选项。" in chinese.text
