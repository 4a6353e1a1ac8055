"""What the questions about needs show: one step after the other, and what the answers lead to. Formatting only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from markupsafe import Markup

from catalog.need import NeedQuestion
from catalog.product import ProductDefinition
from configurator.needs import Disagreement, Followed, Led
from web import formatting
from web.shop.answer import Answer
from web.shop.forecast import Forecast
from web.shop.page import draw, product_title
from web.shop.parts import Why
from web.shop.query import Query
from web.shop.reasons import build_conflict
from web.shop.sections import Place
from web.shop.wording import choice_words
from web.words import gettext as _

STEP = ".step"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer that can be given."""

    code: str
    title: str
    help: str
    is_given: bool


@dataclass(frozen=True, slots=True)
class NeedStep:
    """A question in the bar of steps."""

    number: int
    title: str
    url: str
    is_present: bool
    is_answered: bool


@dataclass(frozen=True, slots=True)
class LedRow:
    """Choices that an answer leads to."""

    question: str
    answer: str
    choices: tuple[str, ...]
    wishes_left_out: tuple[str, ...]
    refused: tuple[str, ...]
    """What an earlier answer stands against."""
    url: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Two answers that cannot both be followed, and the address that keeps the other one."""

    words: str
    kept: str
    other: str
    kept_url: str
    other_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all answers lead to."""

    rows: tuple[LedRow, ...]
    swaps: tuple[Swap, ...]
    conflict: Why | None
    conflict_answers: tuple[str, ...]
    drawing: Markup
    facts: tuple[tuple[str, str], ...]
    url: str


@dataclass(frozen=True, slots=True)
class NeedsPage:
    """The page: a question, or what the answers lead to."""

    title: str
    action: str
    configurator_url: str
    steps: tuple[NeedStep, ...]
    step: int
    last_step: int
    question: str
    help: str
    name: str
    answers: tuple[AnswerRow, ...]
    hidden_fields: tuple[tuple[str, str], ...]
    note: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says: the answers by question that the product has, and the step that is looked at."""

    definition: ProductDefinition
    answers: Mapping[str, str]
    step: int
    action: str
    configurator: str
    destination: str = ""
    left_out: tuple[str, ...] = ()
    """Answers of the address that are no longer offered."""

    @property
    def question(self) -> str:
        """The code of the question that is looked at; empty on the last step."""
        return self.definition.needs[self.step - 1].code if self.step <= len(self.definition.needs) else ""

    def url(self, answers: Mapping[str, str], step: int) -> str:
        """Give the address of other answers or another step."""
        pairs = [(name, code) for name, code in answers.items() if code]
        if self.destination:
            pairs.append((".to", self.destination))
        return f"{self.action}?{urlencode([*pairs, (STEP, str(step))], quote_via=quote)}"


def build_question(asked: Asked) -> NeedsPage:
    """Build the page of the step that is looked at."""
    question = asked.definition.needs[asked.step - 1]
    language = formatting.language()
    given = asked.answers.get(question.code, "")
    rows = tuple(AnswerRow(item.code, item.title.in_language(language) or item.code, item.help.in_language(language),
                           item.code == given) for item in question.answers)
    hidden = [(name, code) for name, code in asked.answers.items() if name != question.code]
    if asked.destination:
        hidden.append((".to", asked.destination))
    return _page(asked, question.title.in_language(language), question.help.in_language(language), question.code, rows,
                 tuple(hidden))


def build_outcome(asked: Asked, followed: Followed, query: Query, answer: Answer,
                  forecast: Forecast | None) -> NeedsPage:
    """Build the last page: which answer leads to which choice, and what comes of them.

    Parameters
    ----------
    asked
        What the address says.
    followed
        What the answers lead to.
    query, answer, forecast
        The configuration with the choices that were led to.
    """
    page = _page(asked, _("This is what your answers lead to"), "", "", (), ())
    place = Place(answer, query, asked.configurator)
    conflict = build_conflict(place)
    against = answer.conflict.attributes if answer.conflict is not None else ()
    outcome = Outcome(
        tuple(_row(asked, followed, question) for question in asked.definition.needs
              if question.answer(asked.answers.get(question.code, "")) is not None),
        tuple(_swap(asked, item) for item in followed.disagreements), conflict,
        tuple(_against(asked, led) for led in followed.taken if led.attribute in against),
        draw(asked.definition, answer.pictured, answer.derived), tuple(_facts(answer, forecast)), place.url(query))
    return NeedsPage(page.title, page.action, page.configurator_url, page.steps, page.step, page.last_step,
                     page.question, "", "", (), (), page.note, outcome)


def _page(asked: Asked, question: str, words: str, name: str, answers: tuple[AnswerRow, ...],
          hidden: tuple[tuple[str, str], ...]) -> NeedsPage:
    questions = asked.definition.needs
    titles = [item.title.in_language(formatting.language()) for item in questions]
    steps = [NeedStep(number, title, asked.url(asked.answers, number), number == asked.step, item.code in asked.answers)
             for number, (item, title) in enumerate(zip(questions, titles, strict=True), start=1)]
    last = len(questions) + 1
    steps.append(NeedStep(last, _("Result"), asked.url(asked.answers, last), asked.step == last, is_answered=False))
    note = _("No longer asked or offered, so left out: %(answers)s",
             answers=formatting.enumerated(asked.left_out)) if asked.left_out else ""
    return NeedsPage(product_title(asked.definition), asked.action, asked.configurator, tuple(steps), asked.step, last,
                     question, words, name, answers, hidden, note)


def _row(asked: Asked, followed: Followed, question: NeedQuestion) -> LedRow:
    number = asked.definition.needs.index(question) + 1
    answer = _answer_title(asked, question.code, asked.answers[question.code])
    return LedRow(question.title.in_language(formatting.language()), answer,
                  tuple(_words(asked, led) for led in followed.taken if led.question == question.code),
                  tuple(_words(asked, led) for led in followed.passed_over if led.question == question.code),
                  tuple(_words(asked, item.refused) for item in followed.disagreements
                        if item.refused.question == question.code),
                  asked.url(asked.answers, number))


def _swap(asked: Asked, item: Disagreement) -> Swap:
    kept, refused = item.kept, item.refused
    words = _("“%(first)s” asks for %(one)s, “%(second)s” for %(other)s. The first is followed.",
              first=_answer_title(asked, kept.question, kept.answer), one=_words(asked, kept),
              second=_answer_title(asked, refused.question, refused.answer), other=_words(asked, refused))
    return Swap(words, _answer_title(asked, kept.question, kept.answer),
                _answer_title(asked, refused.question, refused.answer),
                asked.url(_without(asked.answers, refused.question), asked.step),
                asked.url(_without(asked.answers, kept.question), asked.step))


def _without(answers: Mapping[str, str], question: str) -> dict[str, str]:
    return {name: code for name, code in answers.items() if name != question}


def _against(asked: Asked, led: Led) -> str:
    return _("“%(answer)s” asks for %(choice)s.", answer=_answer_title(asked, led.question, led.answer),
             choice=_words(asked, led))


def _words(asked: Asked, led: Led) -> str:
    item = asked.definition.attribute(led.attribute)
    return led.attribute if item is None else choice_words(item, led.value)


def _answer_title(asked: Asked, question: str, answer: str) -> str:
    found = next(item for item in asked.definition.needs if item.code == question).answer(answer)
    return answer if found is None else found.title.in_language(formatting.language())


def _facts(answer: Answer, forecast: Forecast | None) -> list[tuple[str, str]]:
    facts = []
    if answer.price is not None:
        facts.append((_("Price without VAT"), formatting.money(answer.price)))
    if forecast is not None and forecast.present is not None:
        facts.append((_("Promise"), formatting.day(forecast.present.promised_on)))
        facts.append((_("Carbon footprint"), f"{formatting.mass(forecast.present.co2_grams)} kg CO₂e"))
    return facts
