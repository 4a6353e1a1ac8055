"""Questions about needs in a catalog folder: read with what they choose, and refused with their place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from catalog.formats.folder import read_catalog
from tests.unit.catalog.test_catalog_folder import problems, write

FILE = "products/shelf/needs.yaml"
NEEDS = """\
- code: room
  title: {en: Where?, zh: 哪里？}
  answers:
    - {code: kitchen, title: Kitchen, choose: {width: 900, doors: true}, wish: {board: pine}}
    - {code: hall, title: Hall, help: A narrow one., choose: {width: 300}}
    - {code: other, title: Elsewhere}
"""


def test_questions_are_read_with_their_answers(tmp_path: Path) -> None:
    (shelf,) = read_catalog(write(tmp_path, **{FILE: NEEDS})).products
    (question,) = shelf.needs
    assert question.title.in_language("zh") == "哪里？"
    kitchen, hall, other = question.answers
    assert (kitchen.choose, kitchen.wish) == ({"width": Fraction(900), "doors": "true"}, {"board": "pine"})
    assert hall.help.in_language("en") == "A narrow one."
    assert not other.choose


@pytest.mark.parametrize(("old", "new", "message"), [
    ("width: 900", "widht: 900", "4:48: unknown attribute 'widht'; did you mean 'width'?"),
    ("board: pine", "board: birch", "4:88: unknown option 'birch' of board"),
    ("width: 300", "width: 310", "width goes in steps of 50 from 300"),
    ("doors: true", "label: Hi", "4:60: 'label' is a text, which only the customer can write"),
    ("wish: {board: pine}", "wish: {width: 600}", "'width' is chosen by this answer already"),
    ("{code: hall", "{code: kitchen", "answer 'kitchen' stands twice"),
    ("    - {code: other, title: Elsewhere}\n", "    - {code: other}\n", "6:7: the key 'title' is missing"),
    ("- code: room", "- code: .step", "1:9: a question's code does not begin with a dot"),
    ("choose: {width: 900", "chose: {width: 900", "unknown key 'chose'; did you mean 'choose'?"),
])
def test_a_fault_of_a_question_is_placed(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in NEEDS
    found = problems(write(tmp_path, **{FILE: NEEDS.replace(old, new)}))
    assert any(message in problem and problem.startswith(FILE) for problem in found), found


def test_an_answer_that_breaks_a_rule_is_refused(tmp_path: Path) -> None:
    wrong = NEEDS.replace("{width: 900, doors: true}, wish: {board: pine}", "{width: 1200, board: oak}")
    found = "".join(problems(write(tmp_path, **{FILE: wrong})))
    assert "answer 'kitchen' to the question 'room' breaks rule 'oak_width': Oak boards end at 1 m." in found


def test_too_many_questions_and_answers_are_refused(tmp_path: Path) -> None:
    many = "".join(NEEDS.replace("code: room", f"code: room{number}") for number in range(13))
    assert any("more than 12 questions" in problem for problem in problems(write(tmp_path, **{FILE: many})))
    alone = "- {code: a, title: A, answers: [{code: x, title: X}]}\n"
    assert any("found 1 answers; expected 2 to 16" in problem for problem in problems(write(tmp_path, **{FILE: alone})))
