"""The judge of plans for order books: accepts a plan by hand, and names each fault planted in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduling.order_book_check import faults, hundredths
from tests.unit.scheduling.books import read_document, small_book

GOOD = [
    {"order": 0, "operation": 0, "unit": 0, "start": 480, "end": 570},
    {"order": 0, "operation": 1, "unit": 2, "start": 750, "end": 950},
    {"order": 7, "operation": 0, "unit": 0, "start": 590, "end": 920},
]


def test_a_plan_by_hand_is_accepted_and_priced(tmp_path: Path) -> None:
    book = read_document(small_book(), tmp_path)
    assert faults(book, GOOD) == []
    work = 90 * 5020 + 200 * 6010 + 300 * 5020
    assert hundredths(book, GOOD) == work + 500 * 100 + 40 + 2 * 100 * (2 * 50 + 320)


@pytest.mark.parametrize(("row", "changed", "fault"), [
    (0, {"unit": 2}, "cannot be done on unit 2"),
    (0, {"unit": 99}, "cannot be done on unit 99"),
    (0, {"start": 470, "end": 560}, "outside working time"),
    (0, {"end": 580}, "does not take its minutes"),
    (0, {"unit": 1, "start": 60, "end": 180}, "before the order's release"),
    (1, {"start": 620, "end": 850}, "spans a break"),
    (1, {"start": 500, "end": 700}, "before its input is there"),
    (2, {"start": 560, "end": 890}, "overlap"),
    (2, {"start": 575, "end": 905}, "too little time for the setup"),
    (2, {"order": 8}, "order 8, operation 0 is not in the book"),
    (2, {"operation": 1}, "order 7, operation 1 is not in the book"),
    (2, {"order": 0}, "order 0, operation 0 is planned twice"),
])
def test_each_fault_is_named(tmp_path: Path, row: int, changed: dict[str, int], fault: str) -> None:
    book = read_document(small_book(), tmp_path)
    plan = [dict(item) for item in GOOD]
    plan[row] |= changed
    assert any(fault in sentence for sentence in faults(book, plan)), faults(book, plan)


def test_what_is_not_planned_is_named(tmp_path: Path) -> None:
    book = read_document(small_book(), tmp_path)
    assert faults(book, GOOD[:2]) == ["order 7, operation 0 is not planned"]
