from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.table_xml import parse_table_xml, read_table_xml

CAR = Path(__file__).resolve().parents[2] / "data" / "models" / "car.xml"


def test_domains_and_tables_are_read_with_the_optional_value() -> None:
    definition = read_table_xml(CAR)
    codes = {a.code: [option.code for option in a.options] for a in definition.attributes}
    assert codes == {"engine": ["0", "1", "2"], "roof": ["0", "1", "-1"], "seats": ["0", "1", "-1"]}
    allowed, forbidden = definition.table_rules
    assert allowed.attributes == ("engine", "roof")
    assert allowed.is_allowed
    assert allowed.rows == (("0", "0"), ("1", "-1"), ("2", "-1"), ("2", "1"))
    assert not forbidden.is_allowed
    assert forbidden.rows == (("-1", "-1"), ("0", "1"))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('nbValues="3" optional', 'nbValues="4" optional', "expected 4 values"),
        ('semantics="supports"', 'semantics="soft"', "supports or conflicts"),
        ("1 -1 |", "1 |", "tuples of 2 values"),
        ('domain="engines"', 'domain="engine"', "name of a domain"),
        ('scope="roof seats"', 'scope="roof seat"', "name of a variable"),
        ('scope="roof seats"', 'scope="roof roof"', "2 different variables"),
        ('reference="allowed"', 'reference="none"', "name of a relation"),
        ("0..2", "a..2", "whole numbers or ranges"),
        ("0..2", "0..99999", "whole numbers or ranges"),
        ('name="seats"', 'name="roof"', "expected each name once"),
        ("<relations nbRelations", "<predicates><predicate/></predicates><relations nbRelations", "not read"),
        ("</instance>", "", "expected XML"),
        ("<instance>", "<!DOCTYPE instance><instance>", "without document type"),
        ("<instance>", "<model>", "expected"),
        ('nbTuples="4"', 'nbTuples="5"', "expected 5 tuples"),
        ('arity="2" nbTuples="4"', 'arity="two" nbTuples="4"', "expected an arity"),
    ],
)
def test_faults_are_told_with_their_place(before: str, after: str, words: str) -> None:
    text = CAR.read_text()
    assert before in text
    with pytest.raises(CatalogInvalid) as refused:
        parse_table_xml(text.replace(before, after, 1).encode(), file="car.xml")
    assert any(words in problem.message for problem in refused.value.problems), refused.value.problems


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "xxxx"><!ENTITY y "&x;&x;">]><instance>&y;</instance>'
    with pytest.raises(CatalogInvalid):
        parse_table_xml(bomb, file="m.xml")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 3000), st.binary(max_size=8))
def test_a_damaged_file_gives_a_product_or_a_refusal(position: int, inserted: bytes) -> None:
    source = CAR.read_bytes()
    place = position % len(source)
    problems: tuple[Problem, ...] | None = None
    try:
        parse_table_xml(source[:place] + inserted + source[place + len(inserted):], file="car.xml")
    except CatalogInvalid as refused:
        problems = refused.problems
    assert problems is None or problems
