"""The questions of a product folder that lead customers to choices: ``needs.yaml``."""

from __future__ import annotations

from catalog.formats.fields import Fields
from catalog.formats.rule_reader import read_choices
from catalog.formats.sections import Folder
from catalog.need import NeedAnswer, NeedQuestion
from catalog.product import AttributeKind
from catalog.rules.scope import Scope

MOST_QUESTIONS = 12
MOST_ANSWERS = 16
_QUESTION_KEYS = ("code", "title", "help", "answers")
_ANSWER_KEYS = ("code", "title", "help", "choose", "wish")


def read_needs(folder: Folder, main: Fields, scope: Scope) -> tuple[NeedQuestion, ...]:
    """Read the questions about needs; what their answers name must be attributes and options of the product.

    Parameters
    ----------
    folder, main, scope
        The product's folder, the fields of its main file, and its names.

    Returns
    -------
    tuple of NeedQuestion
        In the order in which they are asked, each code once.
    """
    nodes, report = folder.section(main, "needs")
    questions: dict[str, NeedQuestion] = {}
    for node in nodes[:MOST_QUESTIONS]:
        question = _question(Fields(node, report, _QUESTION_KEYS), scope)
        if question.code in questions:
            report.at(node, f"question {question.code!r} stands twice")
        questions[question.code] = question
    if len(nodes) > MOST_QUESTIONS:
        report.at(nodes[MOST_QUESTIONS], f"more than {MOST_QUESTIONS} questions")
    return tuple(questions.values())


def _question(fields: Fields, scope: Scope) -> NeedQuestion:
    code = fields.code("code")
    if code.startswith("."):
        fields.report.at(fields.find("code") or fields.node, "a question's code does not begin with a dot")
    title, words = fields.text("title", is_required=True), fields.text("help")
    place = fields.required("answers")
    nodes = fields.items("answers")
    if place is not None and not 2 <= len(nodes) <= MOST_ANSWERS:
        fields.report.at(place, f"found {len(nodes)} answers; expected 2 to {MOST_ANSWERS}")
    answers: dict[str, NeedAnswer] = {}
    for node in nodes[:MOST_ANSWERS]:
        answer = _answer(Fields(node, fields.report, _ANSWER_KEYS), scope)
        if answer.code in answers:
            fields.report.at(node, f"answer {answer.code!r} stands twice")
        answers[answer.code] = answer
    return NeedQuestion(code, title, tuple(answers.values()), words)


def _answer(fields: Fields, scope: Scope) -> NeedAnswer:
    choose = read_choices(fields, scope, is_required=False)
    wish = read_choices(fields, scope, key="wish", is_required=False)
    for key in ("choose", "wish"):
        for name, _node in fields.pairs(key):
            item = scope.attributes.get(name.text)
            if item is not None and item.kind is AttributeKind.TEXT:
                fields.report.at(name, f"{name.text!r} is a text, which only the customer can write")
            elif key == "wish" and name.text in choose:
                fields.report.at(name, f"{name.text!r} is chosen by this answer already; expected it once")
    return NeedAnswer(fields.code("code"), fields.text("title", is_required=True), fields.text("help"), choose, wish)
