"""Order books: what is read, what is refused, and the answer of the planning command."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scheduling import order_book_file
from scheduling.errors import PlanFileInvalid
from scheduling.order_book import plan_order_book, read_order_book
from scheduling.order_book_check import faults, hundredths
from tests.unit.scheduling.books import read_document, small_book, write_book

SHARED = Path(os.environ.get("ONELOT_TEST_SHARED", Path(__file__).parents[4] / "shared")) / "instances/orderbooks"


def test_a_book_is_read_packed_or_not(tmp_path: Path) -> None:
    document = small_book()
    (tmp_path / "book.json.gz").write_bytes(gzip.compress(json.dumps(document).encode()))
    book = read_document(document, tmp_path)
    assert read_order_book(tmp_path / "book.json.gz") == book
    assert [order.order for order in book.orders] == [0, 7]
    assert book.orders[0].operations[1].modes == ((2, 200),)
    assert not book.orders[0].operations[1].is_resumable
    assert book.move_minutes[1][0] == 90


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:  # keys, then the value
    def change(document: dict[str, Any]) -> None:
        here: Any = document
        for key in path[:-2]:
            here = here[key]
        here[path[-2]] = path[-1]

    return change


OPERATION = ("orders", 0, "operations", 0)


@pytest.mark.parametrize(("change", "named"), [
    (_set("format", "other"), "unknown format"),
    (_set("sites", 0), "sites"),
    (_set("sites", True), "sites"),
    (_set("orders", "none"), "orders"),
    (_set("orders", 1, "order", 0), "order 0 is there twice"),
    (_set("orders", 1, "operations", []), "order 7 has no operations"),
    (_set("orders", 1, "weight", -1), "order 7: its weight"),
    (_set("orders", 1, "due", 10**30), "order 7: its due"),
    (_set("orders", 1, "release", 0.5), "order 7: its release"),
    (_set(*OPERATION, "modes", []), "order 0, operation 0 can be done on no unit"),
    (_set(*OPERATION, "modes", [[9, 10]]), "order 0, operation 0: there is no unit 9"),
    (_set(*OPERATION, "modes", [[-1, 10]]), "order 0, operation 0: there is no unit -1"),
    (_set(*OPERATION, "modes", [[0, 0]]), "order 0, operation 0: 0 minutes on unit 0"),
    (_set(*OPERATION, "modes", [[0]]), "order 0, operation 0: a mode is not"),
    (_set(*OPERATION, "setup_family", 2), "order 0, operation 0: unit 0 has no setup_minutes for family 2"),
    (_set(*OPERATION, "must_fit_in_one_window", 1), "order 0, operation 0: must_fit_in_one_window"),
    (_set("calendars", "1", [[0, 10], [5, 20]]), "calendar 1, window 1 begins at 5"),
    (_set("calendars", "1", [[10, 10]]), "calendar 1, window 0: the end"),
    (_set("units", 1, "unit", 4), "unit 1 calls itself 4"),
    (_set("units", 1, "unit", True), "unit 1 calls itself True"),
    (_set("units", 1, "calendar", 5), "unit 1: no calendar 5"),
    (_set("units", 1, "work_center_type", 5), "unit 1: no setup_minutes"),
    (_set("units", 1, "site", 2), "unit 1: its site"),
    (_set("transport_minutes", [[0, 1]]), "transport_minutes has 1 rows, not 2"),
    (_set("transport_minutes", 0, 0, 5), "transport_minutes, row 0, column 0"),
    (_set("setup_minutes", "0", 1, 1, 5), "setup_minutes of type 0, row 1, column 1"),
    (_set("units", 1, "unit", [4]), "unit 1 calls itself a list"),
    (_set("sites", {"a": "x" * 99}), "sites is an object, not a whole number"),
    (_set("orders", 1, "weight", float("nan")), "order 7: its weight is nan"),
    (_set("setup_minutes", "0", 1, [1]), "setup_minutes of type 0, row 1 has 1 entries"),
])
def test_a_broken_rule_is_refused_by_name(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], named: str
) -> None:
    document = small_book()
    change(document)
    with pytest.raises(PlanFileInvalid, match=named) as refusal:
        read_document(document, tmp_path)
    assert refusal.value.message.startswith("book.json: ")


@pytest.mark.parametrize("content", [
    b"", b"[1, 2", b"[]", b"nul", b'{"sites": NaN}', b"\xff\xfe", b"\x1f\x8bbroken", b"[" * 100_000, b"9" * 5000,
    gzip.compress(b'{"sites": 1}', mtime=0)[:-9],
])
def test_a_file_that_is_no_book_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.json"
    path.write_bytes(content)
    with pytest.raises(PlanFileInvalid, match=r"book\.json"):
        read_order_book(path)


@pytest.mark.parametrize("content", [
    b"\x00" * 99, b"\x89PNG\r\n\x1a\n\x00\x00", b'{"sites": "\xff"}', '{"sites": 1}'.encode("utf-16"),
    '{"sites": 1}'.encode("utf-32-le"), b'{"sites": "\xed\xa0\x80"}', gzip.compress(b"\x00\x01", mtime=0),
])
def test_what_is_no_text_is_said_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.json"
    path.write_bytes(content)
    with pytest.raises(PlanFileInvalid, match=r"book\.json: this is not text"):
        read_order_book(path)


@pytest.mark.parametrize("key", ["sites", "orders", "modes", "order"])
def test_an_entry_that_is_there_twice_is_refused_by_name(tmp_path: Path, key: str) -> None:
    path = tmp_path / "book.json"
    path.write_text(json.dumps(small_book()).replace(f'"{key}": ', f'"{key}": 0, "{key}": ', 1))
    with pytest.raises(PlanFileInvalid, match=f"an object has the entry '{key}' twice"):
        read_order_book(path)


def test_a_deep_value_is_refused_in_a_few_words(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    for depth in (200, 900, 980, 5000):
        path.write_text('{"sites": ' + "[" * depth + "]" * depth + "}")
        with pytest.raises(PlanFileInvalid) as refusal:
            read_order_book(path)
        assert len(refusal.value.message) < 150


def test_names_that_are_no_text_are_planned_and_refused_in_one_line(tmp_path: Path) -> None:
    document = small_book()
    document["setup_minutes"] = {"\ud800\n": [[0, 1], [1, 0]], "1": [[0, 5], [5, 0]]}
    with pytest.raises(PlanFileInvalid, match="unit 0: no setup_minutes for its work_center_type 0"):
        read_document(document, tmp_path)
    for unit in document["units"][:2]:
        unit["work_center_type"] = "\ud800\n"
    assert read_document(document, tmp_path).units[0].type == "\ud800\n"
    document["setup_minutes"]["\ud800\n"][0][0] = 7
    with pytest.raises(PlanFileInvalid) as refusal:
        read_document(document, tmp_path)
    assert refusal.value.message.splitlines() == [refusal.value.message]
    assert refusal.value.message.encode()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanFileInvalid, match=r"none\.json"):
        read_order_book(tmp_path / "none.json")


def test_a_file_that_unpacks_to_very_much_is_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_book_file, "MAXIMUM_BYTES", 1 << 20)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b" " * (1 << 24), mtime=0))
    with pytest.raises(PlanFileInvalid, match="unpacked"):
        read_order_book(path)


def test_the_answer_is_checked_and_priced(tmp_path: Path) -> None:
    path = write_book(small_book(), tmp_path)
    answer = plan_order_book(path, seconds=0)
    book = read_order_book(path)
    assert faults(book, answer["assignments"]) == []
    assert answer["objective"] == (hundredths(book, answer["assignments"]) + 50) // 100
    assert 0 < answer["lower_bound"] <= answer["objective"]
    assert [(item["order"], item["operation"]) for item in answer["assignments"]] == [(0, 0), (0, 1), (7, 0)]


def test_a_book_without_orders_has_an_empty_plan(tmp_path: Path) -> None:
    answer = plan_order_book(write_book({**small_book(), "orders": []}, tmp_path), seconds=0)
    assert (answer["objective"], answer["lower_bound"], answer["assignments"]) == (0, 0, [])


def test_an_order_that_found_no_place_is_named(tmp_path: Path) -> None:
    document = small_book()
    document["orders"][1]["release"] = 9_000_000
    with pytest.raises(PlanFileInvalid, match="no plan of all orders was found in time; left out: order 7"):
        plan_order_book(write_book(document, tmp_path), seconds=0)


def test_an_order_that_closes_the_way_of_another_is_moved(tmp_path: Path) -> None:
    document = small_book()
    document["calendars"] = {"0": [[0, 100]], "1": [[0, 100]]}
    work = {"must_fit_in_one_window": True, "setup_family": 0}
    document["orders"] = [
        {"order": 0, "weight": 9, "release": 0, "due": 10, "operations": [{**work, "modes": [[1, 100], [0, 100]]}]},
        {"order": 1, "weight": 1, "release": 0, "due": 90, "operations": [{**work, "modes": [[1, 100]]}]},
    ]
    answer = plan_order_book(write_book(document, tmp_path), seconds=0)
    assert [item["unit"] for item in answer["assignments"]] == [0, 1]


def test_a_lone_order_takes_the_dearer_way_when_the_cheap_one_ends_too_late(tmp_path: Path) -> None:
    document = small_book()
    document["calendars"] = {"0": [[0, 400]], "1": [[200, 400]]}
    document["units"][1]["site"] = 0
    document["orders"] = [{"order": 3, "weight": 1, "release": 0, "due": 900, "operations": [
        {"must_fit_in_one_window": True, "setup_family": 0, "modes": [[0, 50], [1, 10]]},
        {"must_fit_in_one_window": True, "setup_family": 0, "modes": [[2, 200]]},
    ]}]
    answer = plan_order_book(write_book(document, tmp_path), seconds=0)
    assert [item["unit"] for item in answer["assignments"]] == [0, 2]


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="needs the instances that are shared between the projects")
def test_a_real_book_gets_a_valid_plan_that_beats_the_reference(tmp_path: Path) -> None:
    path = SHARED / "n50-s1.json.gz"
    answer = plan_order_book(path, seconds=1.5)
    assert faults(read_order_book(path), answer["assignments"]) == []
    assert 900_000 < answer["lower_bound"] <= answer["objective"] < 1_004_587
