"""Persons taken out of texts: every mention of a name or an address, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordering.redaction import draft_without, needle_pattern, with_parts, without, words_without

NEEDLES = needle_pattern(["Li", "Anna Berg", "anna@werft.example", "陈波", "x", "–", " "])


@pytest.mark.parametrize(("text", "left"), [
    ("Delivery to Li at the gate", "Delivery to – at the gate"), ("LI, li; Li!", "–, –; –!"),
    ("Mail ANNA@werft.example or Anna Berg.", "Mail – or –."), ("请联系陈波先生", "请联系–先生"),
    ("Annabergs Licht, Lil, xLi", "Annabergs Licht, Lil, xLi"), ("", ""),
])
def test_whole_mentions_go_and_parts_of_other_words_stay(text: str, left: str) -> None:
    assert without(text, NEEDLES) == left


def test_nothing_to_look_for_changes_nothing() -> None:
    assert needle_pattern(["", "x", "–"]) is None
    assert without("Li", None) == "Li"
    assert words_without({"en": "Li", "zh": "陈波"}, NEEDLES) == {"en": "–", "zh": "–"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="aBé. 陈", min_size=2, max_size=6), min_size=1, max_size=3),
       st.text(alphabet="aBé. 陈", max_size=20))
def test_what_was_overwritten_names_nobody_any_more(names: list[str], text: str) -> None:
    needles = needle_pattern(names)
    assert needles is None or not needles.search(without(text, needles))
    assert needles is None or not needles.search(without(f"({names[0].strip()})", needles))


def test_a_person_is_also_found_by_a_part_of_the_name() -> None:
    assert with_parts(["Mei Sato-Kimura 佐藤", "li@example.org"]) == [
        "Mei Sato-Kimura 佐藤", "li@example.org", "Mei", "Sato-Kimura", "佐藤"]
    assert with_parts(["Li Bo"]) == ["Li Bo"]


def test_special_signs_of_a_name_are_no_pattern() -> None:
    needles = needle_pattern(["A.* (Berg)+"])
    assert needles is not None
    assert needles.flags & re.IGNORECASE
    assert without("A.* (Berg)+ and AAA Berg", needles) == "– and AAA Berg"


def test_a_draft_loses_its_customer_and_keeps_its_products_and_money() -> None:
    product = {"kind": "configured", "choices": {"engraving": "Li"}, "quantity": 2}
    content = {
        "customer_name": "Anna Berg", "customer_email": "anna@werft.example", "reference": "RFQ 7", "rate": "1",
        "payment_terms": "30 days, Anna Berg", "delivery_terms": "", "notes": {"en": "Call Li"},
        "lines": [product,
                  {"kind": "free", "title": {"en": "Visit by Li"}, "unit_minor": 100}],
    }
    assert draft_without(content, NEEDLES) == {
        "customer_name": "", "customer_email": "", "reference": "", "rate": "1", "payment_terms": "30 days, –",
        "delivery_terms": "", "notes": {"en": "Call –"},
        "lines": [product, {"kind": "free", "title": {"en": "Visit by –"}, "unit_minor": 100}],
    }
