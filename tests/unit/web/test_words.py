"""The short way to the words of a language says what Flask-Babel says, also when the language changes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import flask_babel
import pytest
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, render_template_string
from flask_babel import Babel, force_locale
from hypothesis import given
from hypothesis import strategies as st

from web import formatting, words
from web.settings import ROOT

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "UTC")]


@pytest.fixture(scope="module", autouse=True)
def app() -> Iterator[Flask]:
    app = Flask("words", root_path=str(ROOT / "web"))
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app)
    words.register_words(app)
    with app.app_context():
        yield app


def test_words_follow_the_language_that_is_forced() -> None:
    with force_locale("en"):
        assert (words.spoken().tag, words.gettext("Windows")) == ("en", "Windows")
        with force_locale("zh"):
            assert words.spoken().tag == formatting.language() == "zh"
            assert words.gettext("Windows") == flask_babel.gettext("Windows") != "Windows"
            assert words.spoken() is words.spoken()
        assert (words.spoken().tag, words.gettext("Windows")) == ("en", "Windows")


def test_words_outside_of_any_page_are_the_english_ones() -> None:
    context = Flask("bare")
    with context.app_context():
        assert context is not None
    assert words.ngettext("%(num)s kind", "%(num)s kinds", 2) == "2 kinds"
    assert words.gettext("%(first)s and %(last)s", first="a", last="b") == "a and b"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_templates_escape_what_is_put_into_sentences(language: str) -> None:
    with force_locale(language):
        drawn = render_template_string('{{ _("%(first)s and %(last)s", first=word, last="b") }}'
                                       '{{ ngettext("%(num)s kind", "%(num)s kinds", 1) }}'
                                       '{{ gettext("%(percent)s %% VAT", percent=7) }}', word="<i>")
        assert "<i>" not in drawn
        assert "&lt;i&gt;" in drawn
        assert "7 %" in drawn
        assert drawn == str(flask_babel.gettext("%(first)s and %(last)s", first="&lt;i&gt;", last="b")
                            + flask_babel.ngettext("%(num)s kind", "%(num)s kinds", 1)
                            + flask_babel.gettext("%(percent)s %% VAT", percent=7))


@given(st.one_of(st.integers(-10**9, 10**9), st.decimals(-10**6, 10**6, places=2)), st.sampled_from(["en", "zh"]))
def test_kept_numbers_are_written_as_babel_writes_them(value: Decimal | int, language: str) -> None:
    for pattern in ("#,##0", "#,##0.00", "#,##0.#", "0.00"):
        assert formatting._number(value, pattern, language) == format_decimal(value, pattern, locale=language)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.sampled_from(ZONES),  # noqa: DTZ001  # made aware
       st.sampled_from(["en", "zh"]))
def test_kept_moments_are_written_as_babel_writes_them(value: datetime, zone: ZoneInfo, language: str) -> None:
    moment, day = value.replace(tzinfo=UTC), date(value.year, value.month, value.day)
    with force_locale(language):
        assert formatting.clock(moment, zone) == format_datetime(moment.astimezone(zone), "HH:mm", locale=language)
        pattern = "M月d日 EEE" if language == "zh" else "EEE d MMMM"
        assert formatting.day(day) == format_date(day, pattern, locale=language)
