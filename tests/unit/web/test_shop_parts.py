"""The small parts of the configurator's page: addresses, scales, promise lines, strict fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.money import Money
from catalog.text import Text
from configurator.configuration import NumberDomain, Selection
from configurator.input import REPEATED
from web import formatting
from web.forms.fields import is_readable
from web.shop.answer import Difference, Repair
from web.shop.promise_line import Step, costliest, draw_promise_line
from web.shop.query import Query, View, read_query
from web.shop.ruler import describe_domain, draw_scale
from web.shop.wording import element_id

CODES = st.text(min_size=1, max_size=12).filter(lambda code: not code.startswith("."))
RAW = st.text(min_size=1, max_size=20).filter(lambda raw: raw.strip() != "" and REPEATED not in raw)
NOW = datetime(2027, 3, 9, 1, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    with app.app_context(), force_locale("en"):
        yield


@given(choices=st.dictionaries(CODES, RAW, max_size=6), page=st.integers(1, 9999),
       show=st.sampled_from(["", "chosen", "open", "set"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_query_is_read_back_as_it_was_written(choices: dict[str, str], page: int, show: str) -> None:
    choices = {code: raw for code, raw in choices.items() if not _has_surrogate(code + raw)}
    query = Query(choices, View(destination="SZ", alternative="fastest", why="a:b", page=page, show=show))
    assert read_query(parse_qsl(query.encode(), keep_blank_values=True)) == query


@given(choices=st.dictionaries(CODES, RAW, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_address_does_not_depend_on_the_order_of_choices(choices: dict[str, str]) -> None:
    backward = dict(reversed(choices.items()))
    choices, backward = ({code: raw for code, raw in some.items() if not _has_surrogate(code + raw)}
                         for some in (choices, backward))
    assert Query(choices).encode() == Query(backward).encode()


def test_last_text_of_a_name_counts_and_an_empty_one_leaves_it_open() -> None:
    query = read_query([("plan", "false"), ("plan", "true"), ("width", "12"), ("width", " "), (".plan", "nonsense")])
    assert query.choices == {"plan": "true"}
    assert query.view.alternative == ""


@given(bounds=st.lists(st.integers(0, 2000), min_size=2, max_size=10, unique=True), value=st.integers(-500, 2500))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_scale_is_covered_by_bands_and_holes_without_overlap(bounds: list[int], value: int) -> None:
    ends = sorted(bounds)[:len(bounds) // 2 * 2]
    intervals = tuple((Fraction(a), Fraction(b)) for a, b in zip(ends[::2], ends[1::2], strict=True))
    scale = draw_scale(NumberDomain(intervals, Fraction(1)), minimum=Fraction(0), maximum=Fraction(2000),
                       value=Fraction(value), is_proposed=False)
    stretches = sorted((float(x), float(width)) for x, width in scale.bands + scale.holes)
    assert sum(width for _x, width in stretches) == pytest.approx(100, abs=0.2)
    for (x, width), (following, _width) in pairwise(stretches):
        assert following == pytest.approx(x + width, abs=0.05)
    assert 0 <= float(scale.needle) <= 100
    assert len(scale.ticks) <= 72


def test_domain_is_told_with_its_holes() -> None:
    domain = NumberDomain(((Fraction(2), Fraction(2)), (Fraction(4), Fraction(6))), Fraction(1))
    assert describe_domain(domain, "bar") == "2 or 4 to 6 bar"


def test_promise_line_marks_waiting_work_the_costliest_step_and_days_off() -> None:
    steps = (Step(Text.of("Saw"), NOW, NOW + timedelta(hours=2), NOW + timedelta(hours=3)),
             Step(Text.of("Glaze"), NOW + timedelta(hours=3), NOW + timedelta(days=5),
                  NOW + timedelta(days=5, hours=1)))
    line = draw_promise_line(steps, now=NOW, arrival_at=NOW + timedelta(days=6), promised_on=date(2027, 3, 16),
                             zone=SHANGHAI, closed_weekdays={6})
    assert [part.kind for part in line.parts] == ["wait", "seg", "wait", "seg", "slow", "seg"]
    slow = costliest(steps)
    assert slow is not None
    assert slow.title.in_language("en") == "Glaze"
    assert len(line.days_off) == 1
    assert line.labels[0][1] == "9 Mar"
    assert line.labels[-1][1] == "16 Mar"
    assert "delivered on Tue 16 March" in line.words


def test_figures_are_written_for_people() -> None:
    assert formatting.day(date(2027, 3, 25)) == "Thu 25 March"
    assert formatting.money(Money(226236)) == "¥2,262.36"
    assert formatting.money(Money(-100)) == "−¥1.00"
    assert [formatting.money_difference(Money(minor)) for minor in (77700, -21000, 0, 40)] == \
        ["+¥777", "−¥210", "±0", "+¥0.40"]
    assert [formatting.day_difference(days) for days in (3, -4, 0)] == ["+3 d", "−4 d", "±0"]
    assert [formatting.mass_difference(grams) for grams in (-21000, 400, 20)] == ["−21 kg", "+0.4 kg", "±0"]
    assert formatting.duration(timedelta(hours=46, minutes=12)) == "46 h 12 min"
    assert formatting.figure(Fraction(82, 100), 2) == "0.82"
    assert formatting.count(10**210) == "about 10²¹⁰"
    with force_locale("zh"):
        assert formatting.day(date(2027, 3, 25)) == "3月25日 周四"


@given(code=st.text(min_size=1, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_hold_only_signs_that_an_address_may_point_to(code: str) -> None:
    assert all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in element_id("ask", code))


@pytest.mark.parametrize(("text", "is_fine"), [
    ("Jiangnan Living 江南宜居", True), ("O’Brien & Söhne", True), ("👩‍🔧 workshop", True), ("a\nb", False),
    ("\u202etxt", False), ("\u200b", False), ("x" + "\u0301" * 9, False), ("\x00", False), ("", True),
])
def test_readable_text_is_told_from_tricks(text: str, is_fine: bool) -> None:
    assert is_readable(text) is is_fine


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def test_repairs_are_ranked_by_changes_then_price_then_day_then_footprint() -> None:
    def repair(changes: int, price: int, days: int | None, grams: int) -> Repair:
        return Repair({f"a{place}": ("x", "y") for place in range(changes)}, Selection(), Money(price, "CNY"), 0,
                      Difference(None, days, grams))

    expected = [repair(1, 100, -2, 9), repair(1, 100, 0, 5), repair(1, 100, 0, 7), repair(1, 100, None, 1),
                repair(1, 200, -9, 0), repair(2, 50, -9, 0)]
    backwards = expected[::-1]
    assert sorted(backwards, key=lambda item: item.rank) == expected
    dated = [replace(expected[0], promised_on=date(2027, 3, 16)), replace(expected[1], promised_on=date(2027, 3, 15))]
    assert sorted(dated, key=lambda item: item.rank) == dated[::-1]


def test_texts_given_twice_are_kept_together_and_written_back_apart() -> None:
    query = read_query([("profile", "PVC82"), ("plan", "false"), ("profile", "PVC70"), ("plan", "true"),
                        ("profile", "PVC82"), ("width", "1200"), ("width", ""), ("height", "1"), ("height", "1")])
    assert query.choices == {"profile": f"PVC82{REPEATED}PVC70", "plan": "true", "height": "1"}
    assert query.encode() == "height=1&plan=true&profile=PVC82&profile=PVC70"
    assert read_query(parse_qsl(query.encode())) == query
    assert read_query([("profile", f"a{REPEATED}b")]).choices == {"profile": "a\ufffdb"}
