"""How documents write days, moments and figures in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from catalog.money import Money
from ordering import document_words as words

DAY = date(2027, 3, 25)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("name", sorted(words.WORDS))
def test_every_fixed_word_has_english(name: str) -> None:
    assert words.word(name, "en")
    assert dict(words.WORDS[name].entries).keys() == {"en", "zh"}


def test_days_and_moments() -> None:
    assert words.full_day(DAY, "en") == "Thursday 25 March 2027"
    assert words.full_day(DAY, "zh") == "2027年3月25日 星期四"
    assert words.plain_day(DAY, "en") == "25 March 2027"
    assert words.short_day(DAY, "en") == "25 Mar 2027"
    assert words.short_day(DAY, "zh_Hans_CN") == "2027-03-25"
    moment = datetime(2027, 3, 11, 0, 32, tzinfo=UTC)
    assert words.local_moment(moment, SHANGHAI, "en") == "Thursday 11 March 2027, 08:32"
    assert words.local_moment(moment, SHANGHAI, "zh") == "2027年3月11日 星期四 08:32"
    assert words.local_start(moment, SHANGHAI) == "3月11日 08:32"


def test_figures() -> None:
    assert words.money(Money(207556)) == "2,075.56"
    assert words.money(Money(-58938)) == "−589.38"
    assert words.kilograms(118_499) == "118"
    assert words.kilograms(9_940) == "9.9"
    assert words.figure(Fraction(-1, 8), 2) == "−0.13"
    assert words.plain_figure(Fraction(1230)) == "1230"
    assert words.plain_figure(Fraction(434, 10)) == "43.4"
    assert words.plain_figure(Fraction(1, 3)) == "0.333"
    assert words.plain_figure(Fraction(100)) == "100"
