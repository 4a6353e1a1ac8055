"""What can blow up is refused with its place, and any text at all is read or refused: never an exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.folder import check_catalog, read_files
from catalog.formats.problem_list import MOST_PROBLEMS, ProblemList
from catalog.formats.published import FOLDER, PublishedSource, read_definition, source_of_bytes
from catalog.formats.source_files import SourceFiles
from catalog.rules.parser import parse_expression
from catalog.rules.scope import Scope
from tests.factories import choice, number

PLACE = "products/shelf/product.yaml"
HEAD = """\
title: Shelf
attributes:
  - {code: width, kind: number, title: Width, minimum: 300, maximum: 1200, unit: mm, default: 600}
  - {code: board, title: Board, options: [{code: oak, title: O, gap: 0}, {code: pine, title: P, gap: 3}], default: oak}
  - {code: label, kind: text, title: Label, max_length: 10}
parameters: {rate: 0}
"""
SET = """\
needs:
  - {code: board, options: [oak]}
rules:
  - {code: dark, holds: board = oak, reason: Oak is dark., strength: soft}
"""


def files(body: str, head: str = HEAD, **others: str) -> SourceFiles:
    texts = {"catalog.yaml": "format: onelot-catalog-1\n", PLACE: head + body}
    return SourceFiles(texts | {f"products/shelf/{name}": text for name, text in others.items()})


def faults(source: SourceFiles) -> list[str]:
    try:
        read_files(source)
    except CatalogInvalid as error:
        return [str(problem) for problem in error.problems]
    return []


def derived(*values: str) -> str:
    """Write derived values; the first stands in line 10 from column 12 on, the next three lines further down."""
    return "derived:\n" + "".join(f"  - code: d{place}\n    title: D\n    value: {value}\n"
                                  for place, value in enumerate(values))


@pytest.mark.parametrize(("body", "fault"), [
    (derived("width / 0"), "10:20: division by zero"),
    (derived("width / rate"), "10:12: division by zero; expected a divisor that can be something else"),
    (derived("1", "width / (d0 - 1)"), "13:12: division by zero; expected a divisor that can be something else"),
    (derived("width / (board.gap * 0)"), "10:12: division by zero"),
    (derived("width", *(f"d{step} * d{step}" for step in range(20))), "37:12: too large: more than 4096 binary digits"),
    (derived("d1", "d0"), "10:12: derived values in a circle: d0 → d1 → d0"),
    (derived("1 + width"), ""),
    (derived("width + 3 kg"), "10:20: found kg; expected mm"),
    (derived("(" * 200 + "1" + ")" * 200), ""),
    (derived("0 " + "- -" * 30 + "1"), "10:74: nested more than 20 deep"),
    (derived("1" + " + 1" * 600), "10:12: more than 500 parts"),
    (derived("min(" + ", ".join("1" * 600) + ")"), "10:12: more than 500 parts"),
    (derived("x" * 200), "10:12: 200 characters; a name has at most 60"),
    (derived("1 + " + " " * 9000 + "1"), "10:12: 9005 characters; an expression has at most 8000"),
    (derived("99999999999"), "10:12: found 99999999999; a number is at most 1000000000 in magnitude"),
    (derived("1e9"), "10:13: found 'e9'"),
    (derived("NaN"), "10:12: unknown name 'NaN'"),
    (derived("１２"), "10:12: found '１'"),
    ("rules:\n  - {code: r, holds: label = 'x', reason: No.}\n", "8:22: found the text 'label'"),
    ("rules:\n  - {code: \"a\\u202Eb\", holds: width > 3, reason: No.}\n", "8:12: expected a code of 1 to 60"),
    ("rules:\n  - {code: r, holds: width > 3, reason: \"No\\u202E.\"}\n", "8:41: found the character U+202E"),
])
def test_an_expression_that_would_blow_up_is_refused_with_its_place(body: str, fault: str) -> None:
    found = faults(files(body))
    if fault:
        assert any(line.startswith(f"{PLACE}:{fault}") for line in found), found
    else:
        assert found == []


@pytest.mark.parametrize(("old", "new", "fault"), [
    ("maximum: 1200", "maximum: 1000000000, step: 0.000001", "3:70: more than 2000000 steps; use a larger step"),
    ("maximum: 1200", "maximum: inf", "3:70: found 'inf'; expected a number such as 12 or 0.5"),
    ("maximum: 1200", "maximum: .nan", "3:70: found '.nan'; expected a number such as 12 or 0.5"),
    ("minimum: 300", "minimum: -0x10", "3:56: found '-0x10'; expected a number"),
    ("minimum: 300", "minimum: ３００", "3:56: found '３００'; expected a number"),
    ("minimum: 300", "minimum: 1" + "0" * 5000, "3:56: found '1000"),
])
def test_a_number_that_would_blow_up_is_refused_with_its_place(old: str, new: str, fault: str) -> None:
    found = faults(files("", HEAD.replace(old, new)))
    assert any(line.startswith(f"{PLACE}:{fault}") for line in found), found


def test_many_numbers_share_one_bound() -> None:
    numbers = "".join(f"  - {{code: n{place}, kind: number, title: N, minimum: 0, maximum: 1500000}}\n"
                      for place in range(2))
    assert faults(files("", "title: Shelf\nattributes:\n" + numbers)) == [
        f"{PLACE}:3:3: 2 numbers have more than 2000000 steps together; use larger steps"]


def test_an_enormous_for_each_is_refused_at_its_place() -> None:
    options = "code,title,kg\n" + "".join(f"o{place},O,{place}\n" for place in range(5000))
    head = "title: Shelf\nattributes:\n  - {code: board, title: Board, options: boards.csv}\n"
    wide = " or ".join(["board.kg > 1"] * 70)
    one = f"rules:\n  - {{code: r, for_each: board, holds: {wide}, reason: No.}}\n"
    assert faults(files(one, head, **{"boards.csv": options})) == [
        f"{PLACE}:5:25: 5000 options make more than 1000000 parts of this rule; shorten it, or use a table rule"]
    many = "rules:\n" + "".join(
        f"  - {{code: r{place}, for_each: board, holds: board.kg > 1, reason: No.}}\n" for place in range(9))
    found = faults(files(many, head, **{"boards.csv": options}))
    assert len(found) == 1
    assert found[0].startswith(f"{PLACE}:9:5: up to here 25000 rules of ")


def test_huge_tables_are_refused_at_the_first_row_too_many() -> None:
    table = "kg,count\n" + "".join(f"{place},1\n" for place in range(2001))
    found = faults(files("tables: [t.csv]\n", **{"t.csv": table}))
    assert found == ["products/shelf/t.csv:2002:1: found 2001 rows; expected at most 2000 in a table that is looked up"]
    options = "code,title\n" + "".join(f"o{place},O\n" for place in range(5001))
    head = "title: Shelf\nattributes:\n  - {code: board, title: Board, options: boards.csv}\n"
    found = faults(files("", head, **{"boards.csv": options}))
    assert found == ["products/shelf/boards.csv:5002:1: found 5001 options; expected at most 5000"]


def test_a_table_rule_speaks_of_choices() -> None:
    body = "table_rules:\n  - {code: t, table: t.csv, reason: No.}\n"
    found = faults(files(body, **{"t.csv": "width,board\n600,oak\n"}))
    assert found == [f"{PLACE}:8:5: unknown choice attribute 'width' in products/shelf/t.csv; expected one of: board"]


@pytest.mark.parametrize(("text", "fault"), [
    ("a: &a [x, x]\nb: [*a, *a]\n", "1:4: found an anchor or alias"),
    ("title: !!python/object:os.system x\n", "1:8: found the tag"),
    ("{" * 100_000, "1:17: nested more than 16 deep"),
    ("title: Shelf\n---\ntitle: Shelf\n", "2:1: found a second document"),
    ("- " * 5000, "1:"),
])
def test_a_bomb_of_yaml_is_refused_with_its_place(text: str, fault: str) -> None:
    found = faults(files("", text))
    assert any(line.startswith(f"{PLACE}:{fault}") for line in found), found


def test_a_file_that_is_wrong_all_over_is_not_read_to_its_end() -> None:
    body = "".join(f"k{place}: 1\n" for place in range(20_000))
    found = faults(files(body))
    assert len(found) == MOST_PROBLEMS + 1
    assert any(line.endswith(f"more than {MOST_PROBLEMS} problems; read no further") for line in found)


def test_a_list_of_problems_keeps_what_it_has() -> None:
    problems = ProblemList(Problem("f", place, 1, "m") for place in range(MOST_PROBLEMS))
    with pytest.raises(CatalogInvalid) as caught:
        problems.extend([Problem("f", 0, 0, "last")])
    assert len(caught.value.problems) == MOST_PROBLEMS + 1


def test_a_long_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("format: onelot-catalog-1\n# " + "x" * 10_000_000, encoding="utf-8")
    assert "10000027 bytes; a file has at most 4000000" in [problem.message for problem in check_catalog(tmp_path)]


@pytest.mark.parametrize("content", [
    b"[" * 100_000, b"{}", b"null", b'{"format": "folder"}', b'{"format": "folder", "files": []}',
    b'{"format": "folder", "files": {"a": 1}}', b'{"format": 3, "files": {}}', b"\xff", b'"' + b"x" * 100_000,
])
def test_bytes_that_are_no_published_folder_are_refused(content: bytes) -> None:
    with pytest.raises(CatalogInvalid):
        source_of_bytes(content, format_name=FOLDER, file_name="upload")


def problems_of(read: Callable[[], object]) -> tuple[Problem, ...]:
    """Read; every refusal tells where and what. Empty when nothing is refused."""
    try:
        read()
    except CatalogInvalid as error:
        found = error.problems
    else:
        return ()
    assert found
    assert all(problem.file and problem.message and problem.line >= 0 and problem.column >= 0 for problem in found)
    return found


@settings(max_examples=60, deadline=None)
@given(content=st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner)
                            | st.dictionaries(st.sampled_from(("format", "files", PLACE)) | st.text(), inner)))
def test_any_json_is_a_published_folder_or_refused(content: object) -> None:
    raw = json.dumps(content).encode()
    assert problems_of(lambda: read_definition(source_of_bytes(raw, format_name=FOLDER, file_name="upload")))


WORDS = st.sampled_from([
    "width", "board", "oak", "label", "rate", "if", "then", "else", "and", "or", "not", "in", "implies",
    "count(", "sum(", "min(", "defined(", "round(", "(", ")", "[", "]", ",", ".", "=", "!=", "<=", "<", "+",
    "-", "*", "/", "kg", "gap", "3", "0", "1.5 m", "2 kg", "9 %", "'oak'", "`width`", "\"", "'", "true",
    "board.kg", "t[at_least", "].count", "\n", "#",
])
SCOPE = Scope({"width": number("width", 1, 9, unit="mm"),
               "board": choice("board", "oak", "pine", kg=(1, 2), gap=(0, 3))}, {"rate": ""})


@settings(max_examples=400, deadline=None)
@given(text=st.text(max_size=80) | st.lists(WORDS, max_size=30).map(" ".join))
def test_any_text_is_an_expression_or_refused_with_places(text: str) -> None:
    found = problems_of(lambda: parse_expression(text, file="f", line=3, column=5, scope=SCOPE))
    assert all(problem.line >= 3 and problem.column >= 1 for problem in found)


LINES = st.sampled_from([
    "derived:", "rules:", "  - code: a", "    code: b", "    holds: width > 3", "    when: board = oak",
    "cases:", "    requires: width < 3 m", "    reason: No.", "    reason: {en: A, zh: 乙}",
    "    for_each: board", "table_rules:", "    strength: soft", "    weight: 2", "    valid_from: 2027-01-01",
    "    valid_until: 2026-01-01", "    title: T", "    value: width / board.gap", "    unit: mm", "prices:",
    "    amount: d * 3", "rule_sets: [care]", "groups:", "presets:", "    choose: {width: 600}",
    "    must_be: valid", "    because: [a]", "parts:", "bom:", "    part: a", "    quantity: 1", "routing:",
    "    capability: saw", "    minutes: 3 min", "    after: [a]", "tables: [t.csv]", "weight_kg: width", "{",
    "[", "    table: t.csv", "  - [1, 2]", "  - {a: b}", "attributes: []", "- x", "\t", "    options: t.csv",
    "&a", "*a", "? x",
])


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(LINES | st.text(max_size=30), max_size=25), table=st.text(max_size=60), rules=st.booleans())
def test_any_folder_is_a_product_or_refused_with_places(lines: list[str], table: str, rules: bool) -> None:
    text = "\n".join(lines)
    source = files(text if not rules else "", **{"t.csv": table}, **({"rules.yaml": text} if rules else {}))
    source = SourceFiles({**source.texts, "rule_sets/care.yaml": SET})
    assert all(problem.file in source.texts for problem in problems_of(lambda: read_files(source)))


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(HEAD) + 300), cut=st.integers(0, 12), put=st.text(max_size=6))
def test_a_damaged_product_is_a_product_or_refused_with_places(place: int, cut: int, put: str) -> None:
    whole = HEAD + "rule_sets: [care]\n" + derived("width * 2") + "rules:\n  - {code: r, holds: d0 > 3, reason: No.}\n"
    source = SourceFiles({PLACE: whole[:place] + put + whole[place + cut:], "rule_sets/care.yaml": SET})
    assert all(problem.file in source.texts for problem in problems_of(
        lambda: read_definition(PublishedSource(FOLDER, source))))
