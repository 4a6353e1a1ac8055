"""Planning files as a tool: every family answers, pictures are drawn, broken files are refused."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from defusedxml import ElementTree

from scheduling import order_book_plan
from scheduling.engine.arrays import Shop
from scheduling.engine.book_layout import lay_out_book
from scheduling.errors import PlanFileInvalid
from scheduling.order_book import OrderBook, read_order_book
from scheduling.plan_file import Limits, is_order_book, picture_of, plan_file, plan_problem, read_problem
from scheduling.plan_pictures import order_book_picture
from scheduling.planning import Planned, Task, plan
from tests.unit.scheduling.books import read_document, small_book, write_book
from tests.unit.scheduling.job_shop.shops import BLOCKS, CLASSIC, FLEXIBLE, GRAPH, SETUPS, UNSOLVED


@pytest.mark.parametrize(
    ("text", "family", "makespan"),
    [(FLEXIBLE, "flexible", 6), (SETUPS, "setups", 10), (GRAPH, "graph", 9), (CLASSIC, "classic", 6),
     (BLOCKS, "classic", 6)],
)
def test_every_family_is_planned_and_drawn(tmp_path: Path, text: str, family: str, makespan: int) -> None:
    path = tmp_path / ("small.fjs" if family in {"flexible", "setups"} else "small")
    path.write_text(text)
    answer = plan_file(path, seconds=0, iterations=300)
    assert (answer["family"], answer["makespan"]) == (family, makespan)
    assert answer["lower_bound"] <= makespan
    assert plan_file(path, seconds=0, iterations=300)["assignments"] == answer["assignments"]
    drawn = ElementTree.fromstring(picture_of(read_problem(path), path.name, answer))
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}g"))) == len(answer["assignments"])
    json.dumps(answer)


def test_no_time_at_all_still_answers(tmp_path: Path) -> None:
    path = tmp_path / "small.fjs"
    path.write_text(FLEXIBLE)
    assert plan_file(path, seconds=0)["makespan"] >= 6


def test_plan_file_is_refused_when_missing_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(PlanFileInvalid):
        plan_file(tmp_path / "missing.fjs", seconds=1)
    (tmp_path / "binary.fjs").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanFileInvalid):
        plan_file(tmp_path / "binary.fjs", seconds=1)
    with pytest.raises(PlanFileInvalid):
        plan_file(tmp_path, seconds=1)


def test_an_order_book_is_known_by_name_or_beginning(tmp_path: Path) -> None:
    (tmp_path / "book").write_bytes(gzip.compress(b"{}"))
    (tmp_path / "text").write_text('{"units": []}')
    (tmp_path / "shop").write_text(FLEXIBLE)
    found = [is_order_book(tmp_path / name) for name in ("book", "text", "shop", "x.json.gz")]
    assert found == [True, True, False, True]


def test_an_order_book_is_drawn_by_site_with_its_setups(tmp_path: Path) -> None:
    document = {**small_book(), "setup_minutes": {"0": [[0, 12], [10, 0]]}, "calendars": {"0": [[0, 240], [270, 720]]}}
    document["units"] = [
        {"unit": 0, "site": 1, "work_center_type": 0, "calendar": 0, "cost_cents_per_minute": 1,
         "co2_grams_per_minute": 1},
    ]
    work = {"must_fit_in_one_window": False, "modes": [[0, 40]]}
    document["orders"] = [{"order": 7, "weight": 1, "release": 0, "due": 90, "operations": [
        {**work, "setup_family": 0}, {**work, "setup_family": 1},
    ]}]
    book = read_document(document, tmp_path)
    answer = {"objective": 12345, "lower_bound": 12000, "assignments": [
        {"order": 7, "operation": 1, "unit": 0, "start": 52, "end": 300},
        {"order": 7, "operation": 0, "unit": 0, "start": 0, "end": 40},
    ]}
    drawn = order_book_picture(book, "book.json", answer)
    assert drawn.rows[0].group == "site 1"
    assert drawn.rows[0].closed == ((240, 270),)
    assert [bar.setup for bar in drawn.bars] == [0, 12]
    assert "210 minutes past the due date" in drawn.bars[1].title
    ElementTree.fromstring(picture_of(book, "book.json", answer))


@pytest.mark.parametrize(("content", "words"), [
    (b"\x00\x01\x02" * 50, "this is not text"), (b"MZ\x90\x00", "this is not text"), (b"\x7fELF\x02\x01", "not text"),
    ("2 2\n".encode("utf-16"), "this is not text"), ("2 2\n".encode("utf-16-le"), "this is not text"),
    (b"", "the file is empty"), (b"only words\nand more of them\n", "no line begins with a number"),
])
def test_what_is_no_text_or_holds_no_number_is_said_so(tmp_path: Path, content: bytes, words: str) -> None:
    for name in ("shop.txt", "shop.fjs"):
        (tmp_path / name).write_bytes(content)
        if words.startswith("no line") and name.endswith(".fjs"):
            continue
        with pytest.raises(PlanFileInvalid, match=words):
            read_problem(tmp_path / name)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fjs")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "folder.json").mkdir()
    for name, words in (("pipe.fjs", "is no regular file"), ("loop.json", "symbolic links"),
                        ("folder.json", "is a folder"), ("none.fjs", "No such file"), ("a" * 300, "too long")):
        with pytest.raises(PlanFileInvalid, match=words):
            read_problem(tmp_path / name)


def test_a_name_that_is_no_text_is_shown_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\nb\xff.fjs")
    path.write_text("1 1\n1 0\n")
    with pytest.raises(PlanFileInvalid) as refusal:
        read_problem(path)
    assert refusal.value.message == "a\ufffdb\ufffd.fjs:2: operation 1 of the job has no machine"


def test_a_book_known_by_its_beginning_may_have_a_mark_before_it(tmp_path: Path) -> None:
    (tmp_path / "book").write_bytes(b"\xef\xbb\xbf" + json.dumps(small_book()).encode())
    assert read_problem(tmp_path / "book") == read_document(small_book(), tmp_path)


def test_both_kinds_stop_when_told_to(tmp_path: Path) -> None:
    (tmp_path / "shop.fjs").write_text(UNSOLVED)
    for path, iterations in ((tmp_path / "shop.fjs", None), (tmp_path / "shop.fjs", 10**12),
                             (write_book(small_book(), tmp_path), None)):
        asked: list[int] = []

        def should_stop(asked: list[int] = asked) -> bool:
            asked.append(1)
            return len(asked) > 2

        began = time.monotonic()
        answer = plan_problem(read_problem(path), path.name, Limits(3600, 1, iterations, None, should_stop))
        assert len(asked) > 2
        assert answer["assignments"]
        assert time.monotonic() - began < 300


def test_laying_a_book_out_is_part_of_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[float] = []
    now = SimpleNamespace(monotonic=lambda: times[-1])
    given: list[float | None] = []

    def slow(book: OrderBook) -> Shop:
        times.append(7.0)
        return lay_out_book(book)

    def noted(task: Task, *_: object) -> Planned:
        given.append(task.seconds)
        return plan(Task(task.shop, seconds=0))

    times.append(5.0)
    monkeypatch.setattr(order_book_plan, "time", now)
    monkeypatch.setattr(order_book_plan, "lay_out_book", slow)
    monkeypatch.setattr(order_book_plan, "plan", noted)
    order_book_plan.make_order_book_plan(read_order_book(write_book(small_book(), tmp_path)), "x", seconds=3.0)
    assert given == [1.0]
