"""Raw texts at the boundary: all the bad numbers and texts, and what must pass."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.product import Attribute, AttributeKind, ProductDefinition
from catalog.text import Text
from configurator.input import REPEATED, InputCode, parse_choices, parse_number
from tests.factories import choice, number

ENGRAVING = Attribute("engraving", AttributeKind.TEXT, Text.of("Engraving"), max_length=20)
PRODUCT = ProductDefinition(
    "thing", Text.of("Thing"),
    (number("width", 400, 1600, 1, "mm"), number("temp", -10, 120), number("depth", "0.5", "2.5", "0.5"),
     choice("profile", "PVC70", "PVC82"), ENGRAVING))

MALFORMED = [
    "-0", "1e3", "1e999", "1e-999", "NaN", "sNaN", "Infinity", "-inf", "1_000", "１０００", "٣٠٠", "²", "Ⅷ", "1.500,00",
    "1\u00a0000", "0x10", "010", "+5", "5.", ".5", "1." + "3" * 31, "9" * 5000, "true", "[1]", '{"a": 1}', "1,2 m",
    "1 000", "--5", "5-", "1,2,3", "½", "1230\u200b", "\u22125", "12\x00", "1e", "12345678901234",
]
OUT_OF_RANGE = ["0", "-1", "0.0000001", "1,5", "399", "1601", "2147483648", "9223372036"]


@pytest.mark.parametrize("raw", MALFORMED)
def test_malformed_number_is_refused_with_its_raw_text_kept(raw: str) -> None:
    parsed = parse_choices(PRODUCT, {"width": raw})
    assert parsed.errors["width"].code is InputCode.NUMBER_MALFORMED
    assert "width" not in parsed.selection
    assert parsed.errors["width"].raw[:1] == raw[:1]


@pytest.mark.parametrize("raw", ["9223372036854775808", "18446744073709551616"])
def test_number_of_more_than_twelve_digits_is_refused(raw: str) -> None:
    assert parse_choices(PRODUCT, {"width": raw}).errors["width"].code is InputCode.NUMBER_MALFORMED


@pytest.mark.parametrize("raw", OUT_OF_RANGE)
def test_number_out_of_range_is_refused_and_told_the_range(raw: str) -> None:
    error = parse_choices(PRODUCT, {"width": raw}).errors["width"]
    assert error.code is InputCode.NUMBER_OUT_OF_RANGE
    assert (error.detail["minimum"], error.detail["maximum"]) == ("400", "1600")


@pytest.mark.parametrize("raw", ["", " ", "\t\n"])
def test_blank_leaves_the_attribute_open(raw: str) -> None:
    for attribute in ("width", "profile", "engraving"):
        parsed = parse_choices(PRODUCT, {attribute: raw})
        assert dict(parsed.selection) == {}
        assert parsed.errors == {}


def test_off_step_number_is_refused_with_its_neighbours() -> None:
    error = parse_choices(PRODUCT, {"width": "1230.05"}).errors["width"]
    assert error.code is InputCode.NUMBER_OFF_STEP
    assert (error.detail["below"], error.detail["above"]) == ("1230", "1231")
    assert parse_choices(PRODUCT, {"depth": "0.7"}).errors["depth"].detail["below"] == "1/2"


@pytest.mark.parametrize(("attribute", "raw", "value"), [
    ("width", "1230", Fraction(1230)), ("width", " 1230 ", Fraction(1230)), ("width", "1230.0", Fraction(1230)),
    ("depth", "1,5", Fraction(3, 2)), ("depth", "0.5", Fraction(1, 2)), ("temp", "-10", Fraction(-10)),
    ("temp", "0", Fraction(0)), ("profile", "PVC82", "PVC82"), ("engraving", "Für Jörg 你好", "Für Jörg 你好")])
def test_good_text_becomes_its_value(attribute: str, raw: str, value: Fraction | str) -> None:
    parsed = parse_choices(PRODUCT, {attribute: raw})
    assert parsed.errors == {}
    assert parsed.selection[attribute] == value


def test_unknown_attribute_and_option_are_refused() -> None:
    parsed = parse_choices(PRODUCT, {"price": "1", "profile": "pvc82", "role": "admin"})
    assert {code: error.code for code, error in parsed.errors.items()} == {
        "price": InputCode.ATTRIBUTE_UNKNOWN, "role": InputCode.ATTRIBUTE_UNKNOWN,
        "profile": InputCode.OPTION_UNKNOWN}


@pytest.mark.parametrize("raw", [
    "a\x00b", "lone \ud800", "abc\u202edef", "\u200b\u200b", "zero\u200dwidth", "a\u0301\u0301\u0301\u0301", "x\ufeff",
    "line\r\nbreak", "\ue000", "\u0301a", "no\u00a0break", "\u2028"])
def test_unprintable_text_is_refused(raw: str) -> None:
    assert parse_choices(PRODUCT, {"engraving": raw}).errors["engraving"].code is InputCode.TEXT_CHARACTER


@pytest.mark.parametrize("raw", ["x" * 21, "x" * 10_000_000, "é" * 21, "e\u0301" * 21])
def test_long_text_is_refused(raw: str) -> None:
    assert parse_choices(PRODUCT, {"engraving": raw}).errors["engraving"].code is InputCode.TEXT_TOO_LONG


def test_text_is_normalized_before_it_is_counted() -> None:
    parsed = parse_choices(PRODUCT, {"engraving": "e\u0301" * 20})
    assert parsed.selection["engraving"] == "é" * 20


@pytest.mark.parametrize("raw", ["<script>", "{{7*7}}", "' OR 1=1--", "=HYPERLINK()", "🚲", "𠀀"])
def test_odd_but_printable_text_is_kept_as_it_is(raw: str) -> None:
    assert parse_choices(PRODUCT, {"engraving": raw}).selection["engraving"] == raw


def test_too_many_choices_are_refused_whole() -> None:
    parsed = parse_choices(PRODUCT, {f"a{place}": "1" for place in range(20_001)})
    assert parsed.errors[""].code is InputCode.TOO_MANY_CHOICES
    assert len(parsed.selection) == 0


@given(st.text(max_size=40), st.sampled_from([item.code for item in PRODUCT.attributes]))
def test_any_text_is_read_or_refused_and_never_lost(raw: str, attribute: str) -> None:
    parsed = parse_choices(PRODUCT, {attribute: raw})
    is_blank = not raw.strip(" \t\r\n")
    assert (attribute in parsed.selection) + (attribute in parsed.errors) == (0 if is_blank else 1)


anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=500) | st.sampled_from(
    [*MALFORMED, *OUT_OF_RANGE, f"1200{REPEATED}1300"])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(anything | st.sampled_from([item.code for item in PRODUCT.attributes]), anything, max_size=6))
def test_any_choices_get_coded_answers_that_a_page_and_json_can_carry(raw: dict[str, str]) -> None:
    parsed = parse_choices(PRODUCT, raw)
    for code, error in parsed.errors.items():
        assert error.code in InputCode
        json.dumps([code, error.message, error.raw, dict(error.detail)], ensure_ascii=False).encode()
        assert len(error.raw) <= 200
    for code, value in parsed.selection.items():
        attribute = PRODUCT.attribute(code)
        assert attribute is not None
        if isinstance(value, Fraction):
            assert attribute.minimum <= value <= attribute.maximum
            assert (value - attribute.minimum) % attribute.step == 0
        else:
            value.encode()


def test_several_values_for_one_attribute_are_refused_together() -> None:
    parsed = parse_choices(PRODUCT, {"profile": f"PVC70{REPEATED}PVC82", "width": f"500{REPEATED}600", "x": REPEATED})
    assert {code: error.code for code, error in parsed.errors.items()} == {
        "profile": InputCode.CHOICE_REPEATED, "width": InputCode.CHOICE_REPEATED, "x": InputCode.ATTRIBUTE_UNKNOWN}
    assert parsed.errors["profile"].detail["values"] == ["PVC70", "PVC82"]
    assert dict(parsed.selection) == {}


@given(st.decimals(min_value=-99999, max_value=99999, places=3, allow_nan=False))
def test_plain_decimals_are_exact(value: object) -> None:
    text = f"{value:f}"
    parsed = parse_number(text)
    assert parsed is None if text.startswith("-0.000") else parsed == Fraction(text)
