"""Reading the four families of job shop files, and refusing what is none of them by file and line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.errors import PlanFileInvalid
from scheduling.job_shop.reading import read_job_shop
from tests.unit.scheduling.job_shop.shops import BLOCKS, CLASSIC, FLEXIBLE, GRAPH, SETUPS


def test_flexible_file_is_read_when_machines_count_from_zero() -> None:
    shop = read_job_shop(FLEXIBLE, file="a.fjs")
    assert (shop.family, shop.machine_count) == ("flexible", 2)
    assert shop.modes == (((0, 3), (1, 4)), ((1, 2),), ((0, 5),))
    assert shop.before == ((), (0,), ())
    assert shop.names == ((0, 0), (0, 1), (1, 0))


def test_flexible_file_is_read_when_machines_count_from_one_and_lines_are_blank() -> None:
    text = "\ufeff\n1 2\r\n\n1 2 1 3 2 4\r\n\n\x1a"
    assert read_job_shop(text, file="a.txt").modes == (((0, 3), (1, 4)),)


def test_setups_are_read_by_machine_row_and_column() -> None:
    shop = read_job_shop(SETUPS, file="a.fjs")
    assert shop.family == "setups"
    assert shop.modes == (((0, 3),), ((1, 4),), ((0, 5),))
    assert (shop.setup(0, 0, 2), shop.setup(0, 2, 0), shop.setup(1, 0, 2)) == (2, 7, 9)


def test_graph_file_is_read_when_it_has_comments() -> None:
    shop = read_job_shop(GRAPH, file="DAFJS")
    assert shop.family == "graph"
    assert shop.before == ((), (), (0, 1), (2,))
    assert shop.modes[1] == ((0, 4), (1, 2))
    assert shop.names == ((0, 0), (0, 1), (0, 2), (0, 3))


def test_parts_of_a_graph_that_do_not_hang_together_are_jobs() -> None:
    shop = read_job_shop("3 1 1\n0 2\n1 0 1\n1 0 1\n1 0 1\n")
    assert shop.names == ((0, 0), (1, 1), (0, 2))
    assert read_job_shop("2 0 1\n1 0 1\n1 0 2\n").names == ((0, 0), (1, 1))


@pytest.mark.parametrize(
    "text", [CLASSIC, "2 2\n1 3 2 2\n2 4 1 1\n", BLOCKS, "2 2\n3 2\n4 1\n1 2\n2 1\n",
             " instance small\n +++\n title of it\n2 2\n0 3 1 2\n1 4 0 1\n+++\n"],
)
def test_classic_file_is_read_in_all_its_forms(text: str) -> None:
    shop = read_job_shop(text, file="small.txt")
    assert shop.family == "classic"
    assert shop.modes == (((0, 3),), ((1, 2),), ((1, 4),), ((0, 1),))
    assert shop.before == ((), (0,), (), (2,))


def test_a_text_that_is_both_is_classic_unless_its_name_says_flexible() -> None:
    text = "2 2\n1 1 2 5\n1 1 2 3\n"
    assert read_job_shop(text, file="a.txt").modes == (((0, 1),), ((1, 5),), ((0, 1),), ((1, 3),))
    assert read_job_shop(text, file="a.fjs").modes == (((1, 5),), ((1, 3),))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [("", 0, "empty"), ("# only words\n", 0, "empty"), ("7\n", 1, "numbers of jobs and machines"),
     ("1 1\n1 1 0\n", 2, "ends within"), ("1 1\n1 0\n", 2, "no machine"), ("1 1\n2 1 0 5 0\n", 2, "no machine"),
     ("1 1\n1 1 0 x\n", 2, "'x'"), ("1 1\n1 1 0 5 7\n", 2, "left after"), ("1 1\n1 1 4 5\n", 2, "machine 4"),
     ("1 1\n1 1 0 -5\n", 2, "-5"), ("x\n1\n", 1, "jobs and machines"), ("x y\n1\n", 1, "'x'"),
     ("1 1\n1 1 0 １\n", 2, "'１'"), ("1 1\n1 1 0 1.5\n", 2, "'1.5'"), ("1 1\n1 1 0 99999999999\n", 2, "99999999999"),
     ("1 1\n1 1 0 1000000001\n", 2, "1000000001"), ("1 1\n0\n", 2, "no operation"), ("1 1\n1 1 0 0\n", 2, "duration 0"),
     ("3 1\n1 1 0 5\n\n1 1 0 5\n", 4, "3 jobs announced, 2 found"), ("0 1\n1\n", 1, "at least 1"),
     ("1 1\n2 1 0 5\n", 2, "2 operations announced"), ("1 1\n1 1 0 5\n1 2\n", 3, "setup matrices")],
)
def test_flexible_file_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(PlanFileInvalid) as caught:
        read_job_shop(text, file="broken.fjs")
    assert caught.value.detail["line"] == line
    assert caught.value.message.startswith(f"broken.fjs:{line}:" if line else "broken.fjs:")
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [("3 3 1\n0 1\n1 2\n2 0\n1 0 1\n1 0 1\n1 0 1\n", 4, "cyclic"), ("1 1 1\n0 0\n1 0 1\n", 2, "cyclic"),
     ("2 1 1\n0 5\n1 0 1\n1 0 1\n", 2, "operation 5"), ("2 1 1\n0 1\n1 0 1\n", 3, "3 lines of arcs and operations"),
     ("2 1 1\n0 1\n0\n1 0 1\n", 3, "no machine"), ("2 1 1\n0 1\n1 0 0\n1 0 1\n", 3, "duration 0"),
     ("2 1 1\n0 1\n2 0 1\n1 0 1\n", 3, "2 pairs"), ("2 1 1\n0 1\n1 0 1\n1 3 1\n", 4, "machine 3"),
     ("2 1 1\n0 1\n1 0 1\n1 0 1\n5\n", 5, "nothing may follow"), ("2 2 1\n0 1\n1 0 1\n1 0 1\n1 0 3\n", 3, "an arc")],
)
def test_graph_file_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(PlanFileInvalid) as caught:
        read_job_shop(text, file="graph")
    assert caught.value.detail["line"] == line
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [("2 2\n0 3 1 2\n1 4 0\n", 3, "pairs"), ("2 2\n0 3 1 2\n1 4 7 1\n", 3, "machine 7"),
     ("2 2\n0 3 1 0\n1 4 0 1\n", 2, "duration 0"), ("2 2\n0 3 1 2\n", 2, "2 jobs announced"),
     ("1 2\n0 3 1 2\n1 2\n0 3 1 2\n", 3, "one file, one job shop"), ("2 2\n0 3 1 -2\n1 4 0 1\n", 2, "-2")],
)
def test_classic_file_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(PlanFileInvalid) as caught:
        read_job_shop(text, file="jsp.txt")
    assert caught.value.detail["line"] == line
    assert words in caught.value.message


@pytest.mark.parametrize("name", ["any", "any.fjs"])
@pytest.mark.parametrize("word", ["9" * 5000, "\u00b2", "\u0661", "-1", "1e5"])
@pytest.mark.parametrize("text", ["{} 2\n1 1 0 5\n", "1 {}\n1 1 0 5\n", "1 2\n{} 1 2 5\n", "1 2\n1 {} 2 5\n",
                                  "1 2\n1 1 {} 5\n", "{} 1 2\n0 1\n",
                                  "2 {} 2\n0 1\n1 0 3\n1 0 3\n", "2 1 {}\n0 1\n1 0 3\n1 0 3\n"])
def test_a_word_that_only_looks_like_a_number_is_refused(text: str, word: str, name: str) -> None:
    with pytest.raises(PlanFileInvalid) as refusal:
        read_job_shop(text.format(word), file=name)
    assert len(refusal.value.message) < 200


@given(st.text(alphabet="0123456789 \n.-#x\u00b2\u0661", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        shop = read_job_shop(text, file="any")
    except PlanFileInvalid as refusal:
        said = refusal.message
        shop = None
    if shop is None:
        assert said.startswith("any")
    else:
        assert len(shop.modes) == len(shop.before) == len(shop.names) == len(shop.order)
        assert all(duration > 0 and 0 <= machine < shop.machine_count for modes in shop.modes
                   for machine, duration in modes)
