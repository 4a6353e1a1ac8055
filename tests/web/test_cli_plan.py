"""``onelot plan``: the words for people, the answer for programs, the files it writes, and its refusals."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from click.testing import CliRunner
from defusedxml import ElementTree

from scheduling.errors import PlanFileInvalid
from scheduling.plan_file import plan_problem
from tests.unit.scheduling.books import small_book, write_book
from tests.unit.scheduling.job_shop.shops import UNSOLVED
from web.cli import ending, plan
from web.cli.plan import command

ROOT = Path(__file__).parents[2]
SHOP = "2 2 1.5\n2 2 0 3 1 4 1 1 2\n1 1 0 5\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "small.fjs"
    path.write_text(SHOP)
    return path


def test_people_read_makespan_bound_and_gap(shop: Path) -> None:
    done = CliRunner().invoke(command, [str(shop), "--iterations", "200"])
    assert done.exit_code == 0
    assert "small.fjs: makespan 6" in done.output
    assert "from the optimum" in done.output
    assert "3 operations" in done.output


def test_programs_read_one_line_of_json(shop: Path) -> None:
    done = CliRunner().invoke(command, [str(shop), "--iterations", "200", "--json"])
    answer = json.loads(done.output)
    assert (answer["family"], answer["makespan"]) == ("flexible", 6)
    assert {(a["job"], a["operation"]) for a in answer["assignments"]} == {(0, 0), (0, 1), (1, 0)}
    assert done.output.count("\n") == 1


def test_solution_and_picture_are_written(shop: Path, tmp_path: Path) -> None:
    table, whole, drawn = tmp_path / "s.tsv", tmp_path / "s.json", tmp_path / "g.svg"
    CliRunner().invoke(command, [str(shop), "--iterations", "200", "--solution", str(table), "--gantt", str(drawn)])
    CliRunner().invoke(command, [str(shop), "--iterations", "200", "--solution", str(whole)])
    lines = table.read_text().splitlines()
    assert lines[0] == "# makespan: 6"
    assert "job\toperation\tmachine\tstart\tend" in lines
    assert len([line for line in lines if line[0].isdigit()]) == 3
    assert json.loads(whole.read_text())["makespan"] == 6
    assert ElementTree.fromstring(drawn.read_text()).tag.endswith("svg")


@pytest.fixture
def unplanned(monkeypatch: pytest.MonkeyPatch) -> None:
    def planned(*_: Any) -> dict[str, Any]:
        raise AssertionError("planned before the files were tried")

    monkeypatch.setattr(plan, "plan_problem", planned)


@pytest.mark.usefixtures("unplanned")
@pytest.mark.parametrize("option", ["--solution", "--gantt"])
def test_a_place_that_cannot_be_written_is_refused_before_the_planning(
    shop: Path, tmp_path: Path, option: str
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "second name").hardlink_to(shop)
    (tmp_path / "link").symlink_to(shop)
    for place, words in (("no/s.tsv", "No such file"), ("small.fjs/s.tsv", "Not a directory"), ("a" * 300, "too long"),
                         ("loop", "symbolic links"), ("small.fjs", "file to be planned"),
                         ("second name", "file to be planned"), ("link", "file to be planned")):
        done = CliRunner().invoke(command, [str(shop), option, str(tmp_path / place)])
        assert isinstance(done.exception, PlanFileInvalid)
        assert "cannot be written: " in str(done.exception)
        assert words in str(done.exception)
    assert shop.read_text() == SHOP


@pytest.mark.usefixtures("unplanned")
def test_one_place_for_both_files_is_refused(shop: Path, tmp_path: Path) -> None:
    both = str(tmp_path / "both")
    done = CliRunner().invoke(command, [str(shop), "--solution", both, "--gantt", both])
    assert "another one to be written" in str(done.exception)
    assert not Path(both).exists()


def test_trying_a_place_leaves_what_is_there(tmp_path: Path) -> None:
    broken, old, to_nothing = tmp_path / "broken.fjs", tmp_path / "old.tsv", tmp_path / "to nothing"
    broken.write_text("1 1\n1 0\n")
    old.write_text("an older answer")
    to_nothing.symlink_to(tmp_path / "new.svg")
    CliRunner().invoke(command, [str(broken), "--solution", str(old), "--gantt", str(to_nothing)])
    assert old.read_text() == "an older answer"
    assert not (tmp_path / "new.svg").exists()
    broken.write_text(SHOP)
    to_files = ["--solution", os.devnull, "--gantt", str(to_nothing)]
    CliRunner().invoke(command, [str(broken), "--iterations", "9", *to_files])
    assert "<svg" in (tmp_path / "new.svg").read_text()
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_the_answer_is_printed_although_a_file_cannot_be_written_after_all(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, drawn = tmp_path / "folder", tmp_path / "g.svg"
    folder.mkdir()
    def then_gone(*arguments: Any) -> dict[str, Any]:
        folder.rmdir()
        return plan_problem(*arguments)

    monkeypatch.setattr(plan, "plan_problem", then_gone)
    done = CliRunner().invoke(command, [str(shop), "--iterations", "200", "--json", "--gantt", str(drawn),
                                        "--solution", str(folder / "s.tsv")])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["makespan"] == 6
    assert "s.tsv: cannot be written: No such file" in done.stderr
    assert drawn.exists()


@pytest.fixture
def listening() -> Iterator[None]:
    """Take signals as a command at a terminal does: one that was started in the background ignores Ctrl-C."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGTERM, signal.SIG_DFL)]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _signaled(monkeypatch: pytest.MonkeyPatch, numbers: list[int]) -> None:
    """Send signals to this process a little after planning has begun."""
    def with_signals(*arguments: Any) -> dict[str, Any]:
        for place, number in enumerate(numbers):
            Timer(0.6 + 0.01 * place, os.kill, (os.getpid(), number)).start()
        return plan_problem(*arguments)

    monkeypatch.setattr(plan, "plan_problem", with_signals)


@pytest.mark.parametrize(("number", "limit"), [
    (signal.SIGINT, ("--seconds", "86000")), (signal.SIGTERM, ("--seconds", "86000")),
    (signal.SIGINT, ("--iterations", str(10**12))),
])
@pytest.mark.usefixtures("listening")
def test_a_signal_ends_a_job_shop_with_the_best_plan_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, limit: tuple[str, str]
) -> None:
    path, table = tmp_path / "large.fjs", tmp_path / "s.tsv"
    path.write_text(UNSOLVED)
    _signaled(monkeypatch, [number])
    before = signal.getsignal(number)
    done = CliRunner().invoke(command, [str(path), *limit, "--json", "--solution", str(table)])
    assert done.exit_code == 128 + number
    answer = json.loads(done.stdout)
    assert len(answer["assignments"]) == 200
    assert table.read_text().startswith(f"# makespan: {answer['makespan']}")
    assert signal.getsignal(number) == before


@pytest.mark.usefixtures("listening")
def test_a_signal_ends_an_order_book_with_the_best_plan_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _signaled(monkeypatch, [signal.SIGINT])
    done = CliRunner().invoke(command, [str(write_book(small_book(), tmp_path)), "--seconds", "86000", "--json"])
    assert done.exit_code == 130
    assert len(json.loads(done.stdout)["assignments"]) == 3


@pytest.mark.usefixtures("listening")
def test_a_second_signal_ends_without_an_answer(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
        return {}

    monkeypatch.setattr(plan, "plan_problem", busy)
    done = CliRunner().invoke(command, [str(shop), "--json"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Aborted!" in done.stderr


def test_signals_that_are_to_be_ignored_stay_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ending.Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGINT)
            assert not interruption.is_asked()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("arguments", [("--seconds", "nan"), ("--seconds", "-1"), ("--seconds", "inf"),
                                       ("--iterations", "-1"), ("--seed", "-1"), ("--gantt", ".")])
def test_a_wrong_number_is_not_understood(shop: Path, arguments: tuple[str, str]) -> None:
    assert CliRunner().invoke(command, [str(shop), *arguments]).exit_code == 2


def test_moves_of_an_order_book_are_not_understood(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, [str(write_book(small_book(), tmp_path)), "--iterations", "9"])
    assert done.exit_code == 2
    assert "--iterations is for job shops" in done.stderr


def test_the_time_of_a_script_before_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 0.001)
    assert ending.seconds_since_start() == 0.004
    monkeypatch.setattr(time, "process_time", lambda: 1e9)
    assert ending.seconds_since_start() == 1e9


def _run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-P", "-m", "web.cli", "plan", *arguments], capture_output=True, cwd=cwd,
                          env={"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}, timeout=120, check=False)


def test_a_file_name_that_is_no_text_is_planned(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"sm\xffall\n.fjs")
    path.write_text(SHOP)
    done = _run(str(path), "--iterations", "9", "--gantt", str(tmp_path / os.fsdecode(b"\xfe.svg")))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith("sm\ufffdall\ufffd.fjs: makespan 6")
    assert ElementTree.fromstring((tmp_path / os.fsdecode(b"\xfe.svg")).read_bytes()).tag.endswith("svg")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_answer_that_cannot_be_printed_is_one_line(shop: Path, tmp_path: Path) -> None:
    table = tmp_path / "s.tsv"
    line = [sys.executable, "-P", "-m", "web.cli", "plan", str(shop), "--iterations", "9", "--solution", str(table)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
                              timeout=120, check=False)
    assert (done.returncode, done.stderr) == (1, b"onelot: the answer cannot be printed: No space left on device\n")
    assert table.read_text().startswith("# makespan: 6")


def test_closed_streams_are_no_fault(shop: Path, tmp_path: Path) -> None:
    table, words = tmp_path / "s.tsv", tmp_path / "words"
    line = f"{sys.executable} -P -m web.cli plan {shop} --iterations 9 --solution {table} >&- 2>{words}"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, timeout=120, check=False)
    assert (done.returncode, words.read_text()) == (0, "")
    assert table.read_text().startswith("# makespan: 6")


def test_names_in_a_book_that_are_no_text_are_drawn(tmp_path: Path) -> None:
    document = small_book()
    document["setup_minutes"]["\ud800\x00"] = document["setup_minutes"]["0"]
    document["units"][0]["work_center_type"] = "\ud800\x00"
    drawn = tmp_path / "g.svg"
    done = CliRunner().invoke(command, [str(write_book(document, tmp_path)), "--seconds", "0", "--gantt", str(drawn)])
    assert done.exit_code == 0
    assert "type \ufffd\ufffd" in drawn.read_bytes().decode()
    assert ElementTree.fromstring(drawn.read_bytes()).tag.endswith("svg")


def test_a_broken_file_is_one_line_and_exit_code_one(tmp_path: Path) -> None:
    path = tmp_path / "broken.fjs"
    path.write_text("1 1\n1 0\n")
    done = _run(str(path))
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr == b"onelot: broken.fjs:2: operation 1 of the job has no machine\n"
