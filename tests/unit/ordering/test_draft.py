"""Drafts of quotes: JSON within bounds, the fields that differ, the states."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.text import Text
from ordering.draft import (
    DRAFT_FINAL_STATES,
    ConfiguredLine,
    DraftEvent,
    DraftHeader,
    DraftState,
    FreeLine,
    QuoteDraft,
    SectionLine,
    Standing,
    changed_fields,
    next_draft_state,
)
from ordering.draft_codec import draft_as_json, draft_from_json
from ordering.errors import DraftInvalid, TransitionRefused
from ordering.quote import Alternative

WINDOW = ConfiguredLine("a" * 64, (("glass", "3"), ("width", "1230")), 8, Standing.INCLUDED, Fraction(25, 2), (12, 20))
FITTING = FreeLine(Text.of({"en": "Fitting", "zh": "安装"}), 1, 133_310, Fraction(9), 90_000, Standing.OPTIONAL)
DRAFT = QuoteDraft(
    DraftHeader(
        "EUR", "Jiangnan Living 江南宜居", "li@example.org", "RFQ 26-118", "SZ", "zh", Alternative.FASTEST,
        Fraction(1289, 10_000), "30 % deposit,\nrest 14 days", "DAP Suzhou", 14, Text.of({"zh": "谢谢"}), Fraction(3)),
    (SectionLine(Text.of("Windows")), WINDOW, FITTING),
)

percents = st.fractions(0, 100, max_denominator=10**6)
words = st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=80).map(str.strip)
texts = st.dictionaries(st.sampled_from(["en", "zh"]), words.filter(bool)).map(Text.of)
breaks = st.frozensets(st.integers(1, 1000), max_size=3).map(lambda found: tuple(sorted(found)))
lines = st.one_of(
    st.builds(SectionLine, texts),
    st.builds(ConfiguredLine, st.just("0f" * 32),
              st.dictionaries(words, words, max_size=4).map(lambda found: tuple(sorted(found.items()))),
              st.integers(1, 1000), st.sampled_from(Standing), percents, breaks),
    st.builds(FreeLine, texts, st.integers(1, 100_000), st.integers(0, 10**11), percents,
              st.none() | st.integers(0, 10**11), st.sampled_from(Standing), percents, breaks),
)
drafts = st.builds(QuoteDraft, st.builds(
    DraftHeader, st.sampled_from(["CNY", "EUR", "USD"]), words, words, words, words.map(lambda word: word[:40].strip()),
    st.sampled_from(["en", "zh"]), st.sampled_from(Alternative),
    st.fractions(Fraction(1, 10**6), 10**6, max_denominator=10**6), words, words, st.integers(1, 90), texts, percents,
), st.lists(lines, max_size=5).map(tuple))


@settings(max_examples=100, deadline=None)
@given(drafts)
def test_json_gives_the_same_draft_again(draft: QuoteDraft) -> None:
    assert draft_from_json(draft_as_json(draft)) == draft


def test_left_out_fields_have_their_defaults() -> None:
    assert draft_from_json({"currency": "CNY"}) == QuoteDraft(DraftHeader("CNY"))


def with_line(place: int, **fields: object) -> dict[str, Any]:
    value: dict[str, Any] = draft_as_json(DRAFT)
    value["lines"][place] |= fields
    return value


@pytest.mark.parametrize(("field", "bad"), [
    ("currency", "XYZ"), ("currency", []), ("currency", {}), ("customer_name", "n" * 201), ("customer_name", 7),
    ("customer_name", "two\nrows"), ("customer_email", "nul\0"), ("reference", "\ud800"), ("destination", None),
    ("language", "fr"), ("language", {}), ("alternative", "slowest"), ("alternative", 3), ("rate", "0"),
    ("rate", "1/0"), ("rate", "-1"), ("rate", "NaN"), ("rate", "1e5"), ("rate", 1.5), ("rate", "1000001"),
    ("rate", "٣"), ("validity_days", 0), ("validity_days", 91), ("validity_days", True), ("validity_days", "2"),
    ("notes", "words"), ("notes", {"fr": "non"}), ("notes", {"en": 1}), ("total_discount", "100.01"),
    ("total_discount", "-0.5"), ("total_discount", 5), ("lines", {}), ("lines", [None] * 201), ("total", "1"),
])
def test_a_bad_field_of_the_header_is_named(field: str, bad: object) -> None:
    with pytest.raises(DraftInvalid) as caught:
        draft_from_json(draft_as_json(DRAFT) | {field: bad})
    assert caught.value.detail["field"] == field


@pytest.mark.parametrize(("place", "field", "bad"), [
    (0, "kind", "product"), (0, "kind", None), (0, "title", "Windows"), (0, "quantity", 1),
    (1, "content_hash", "A" * 64), (1, "content_hash", None), (1, "choices", []), (1, "choices", {"width": 1230}),
    (1, "choices", {"width": "1" * 401}), (1, "quantity", 0), (1, "quantity", 1001), (1, "quantity", 2.0),
    (1, "quantity", False), (1, "standing", "free"), (1, "discount", "101"), (1, "discount", None),
    (1, "breaks", [0]), (1, "breaks", ["12"]), (1, "breaks", 12), (1, "breaks", list(range(1, 30))),
    (1, "unit_minor", 5), (2, "quantity", 100_001), (2, "unit_minor", -1), (2, "unit_minor", 10**11 + 1),
    (2, "unit_cost_minor", -1), (2, "tax_percent", "1/0"), (2, "title", {"en": "t" * 201}),
])
def test_a_bad_field_of_a_line_is_named_by_its_path(place: int, field: str, bad: object) -> None:
    with pytest.raises(DraftInvalid) as caught:
        draft_from_json(with_line(place, **{field: bad}))
    assert caught.value.detail["field"] == f"lines[{place}].{field}"


@pytest.mark.parametrize("value", [None, [], "draft", {1: 2}])
def test_what_is_no_draft_at_all_is_refused(value: object) -> None:
    with pytest.raises(DraftInvalid):
        draft_from_json(value)


def test_products_and_quantity_breaks_are_counted_over_all_lines() -> None:
    with pytest.raises(DraftInvalid, match="50 configured"):
        draft_from_json(draft_as_json(replace(DRAFT, lines=(replace(WINDOW, breaks=()),) * 51)))
    with pytest.raises(DraftInvalid, match="20 quantity breaks"):
        draft_from_json(draft_as_json(replace(DRAFT, lines=(WINDOW,) * 11)))


def test_differing_fields_are_named() -> None:
    other = QuoteDraft(replace(DRAFT.header, reference="RFQ 26-119", total_discount=Fraction(5)),
                       (FITTING, replace(WINDOW, quantity=9), FITTING, SectionLine(Text.of("More"))))
    assert changed_fields(DRAFT, other) == ("reference", "total_discount", "lines[0]", "lines[1].quantity", "lines[3]")
    assert changed_fields(DRAFT, DRAFT) == ()


def test_a_change_opens_a_draft_again_and_an_end_is_an_end() -> None:
    assert next_draft_state(DraftState.APPROVED, DraftEvent.CHANGE) is DraftState.OPEN
    assert {DraftState.SENT, DraftState.DROPPED} == DRAFT_FINAL_STATES
    for event in DraftEvent:
        with pytest.raises(TransitionRefused):
            next_draft_state(DraftState.DROPPED, event)
    with pytest.raises(TransitionRefused):
        next_draft_state(DraftState.OPEN, DraftEvent.APPROVE)
