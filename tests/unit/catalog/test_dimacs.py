from __future__ import annotations

import lzma
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.bounded_reading import read_text
from catalog.formats.dimacs import parse_dimacs, read_dimacs
from catalog.formats.source import check_source, read_source
from configurator.configuration import Selection
from configurator.engine.loading import compile_definition

SWITCHES = Path(__file__).resolve().parents[2] / "data" / "models" / "switches.dimacs"


def test_variables_carry_the_names_of_their_comments() -> None:
    definition = read_dimacs(SWITCHES)
    assert [attribute.code for attribute in definition.attributes] == ["Main Switch", "left=on", "right", "4"]
    assert definition.clauses is not None
    assert definition.clauses.clauses == ((1,), (-2, -3), (2, 3), (-4,))


def test_clauses_may_go_on_over_lines() -> None:
    definition = parse_dimacs("p cnf 3 2\n1 2\n3 0 -1\n0\n", file="m.dimacs")
    assert definition.clauses is not None
    assert definition.clauses.clauses == ((1, 2, 3), (-1,))


@pytest.mark.parametrize("text", [
    "c before\np cnf 3 2\nc between\n1 2\nc within a clause\n3 0 -1\n0\nc after\n",
    "p cnf 3 2\r\n1 2 3 0\r\n-1 0\r\n",
    "p cnf 3 2\r1 2 3 0\r-1 0",
    "\n\n  c indented\n\t p   cnf \t 3   2  \n" + " " * 100_000 + "1\t2" + "\n" * 1_000 + "3 0 -1 0",
    "p cnf 3 2\n1 2 3 0\n-1 0\n%\n0\n",
    "p cnf 3 2\nc a comment with a line separator \u2028 in it\n1 2 3 0\n-1 0\n",
    "p cnf 3 2\n1\n2\n3\n0\n-1\n-0\n",
])
def test_odd_but_legal_texts_are_read(text: str) -> None:
    definition = parse_dimacs(text, file="m.dimacs")
    assert [attribute.code for attribute in definition.attributes] == ["1", "2", "3"]
    assert definition.clauses is not None
    assert definition.clauses.clauses == ((1, 2, 3), (-1,))


def test_an_empty_clause_leaves_no_configuration() -> None:
    definition = parse_dimacs("p cnf 2 2\n1 2 0\n0\n", file="m.dimacs")
    model = compile_definition(definition, content_hash="void")
    assert model.count(Selection()) == 0
    assert not model.is_consistent(Selection())


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("1 2 0\n", "1:1", "expected the header"),
        ("p cnf 2\n", "1:1", "expected a header"),
        ("p cnf 2 1\n1 3 0\n", "2:3", "found “3”"),
        ("p cnf 2 1\n1 x 0\n", "2:3", "found “x”"),
        ("p cnf 2 1\n1 2\n", "2:1", "expected a 0"),
        ("p cnf 2 2\n1 2 0\n", "2:1", "expected 2 clauses"),
        ("c 1 A\nc 2 A\np cnf 2 0\n", "2:1", "both named “A”"),
        ("p cnf 2 0\np cnf 2 0\n", "2:1", "second header"),
        ("p cnf 9999999 0\n", "1:1", "at most"),
        ("", "0:0", "expected a header"),
        ("p cnf 20 1\n1_0 0\n", "2:1", "found “1_0”"),
        ("p cnf 2 1\n  +1 0\n", "2:3", "found “+1”"),
        ("p cnf 2 1\n1 -\n", "2:3", "found “-”"),
        ("p cnf 2 1\n1 " + "9" * 5_000 + " 0\n", "2:3", "expected a variable"),
    ],
)
def test_faults_are_told_with_their_place(text: str, place: str, words: str) -> None:
    with pytest.raises(CatalogInvalid) as refused:
        parse_dimacs(text, file="m.dimacs")
    told = [str(problem) for problem in refused.value.problems]
    assert any(line.startswith(f"m.dimacs:{place}:") and words in line for line in told), told


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="pcnf 0123-\n%x٣", max_size=60))
def test_any_text_gives_a_product_or_a_refusal(text: str) -> None:
    problems: tuple[Problem, ...] | None = None
    try:
        parse_dimacs("p cnf 3 2\n" + text, file="m.dimacs")
    except CatalogInvalid as refused:
        problems = refused.problems
    assert problems is None or problems


def test_packed_files_read_like_plain_ones(tmp_path: Path) -> None:
    packed = tmp_path / "switches.dimacs.xz"
    packed.write_bytes(lzma.compress(SWITCHES.read_bytes()))
    (definition,) = read_source(packed).products
    assert definition == read_dimacs(SWITCHES)


def test_a_packed_bomb_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "bomb.dimacs.xz"
    packed.write_bytes(lzma.compress(bytes(5_000_000)))
    with pytest.raises(CatalogInvalid, match="problem"):
        read_text(packed, max_bytes=1_000_000)


@pytest.mark.parametrize("content", [b"not packed", lzma.compress(b"p cnf 1 0\n")[:-9], b""])
def test_a_damaged_packed_file_is_refused(tmp_path: Path, content: bytes) -> None:
    packed = tmp_path / "m.dimacs.xz"
    packed.write_bytes(content)
    assert check_source(packed)


def test_other_files_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "m.pdf"
    other.write_bytes(b"x")
    (problem,) = check_source(other)
    assert "expected a catalog folder or a file" in problem.message
    (missing,) = check_source(tmp_path / "none.uvl")
    assert "cannot be read" in missing.message
    latin = tmp_path / "latin.uvl"
    latin.write_bytes("features\n  Größe".encode("latin-1"))
    assert str(check_source(latin)[0]) == "latin.uvl:2:1: expected UTF-8 text"
