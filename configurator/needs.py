"""From answers about needs to choices: what each answer leads to, and what cannot be had with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.need import NeedAnswer, NeedQuestion
from catalog.product import ProductDefinition, Value
from configurator.configuration import Selection
from configurator.reasoning import Reasoner


@dataclass(frozen=True, slots=True)
class Led:
    """A choice that an answer leads to; ``is_wish`` when it is taken only where nothing stands against it."""

    attribute: str
    value: Value
    question: str
    answer: str
    is_wish: bool = False


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two answers that choose different values of one attribute: the one asked first is kept."""

    kept: Led
    refused: Led


@dataclass(frozen=True, slots=True)
class Followed:
    """What answers lead to.

    ``choices`` holds what is taken. It may contradict the rules, for every answer counts; then no wish is taken.
    """

    choices: Selection
    taken: tuple[Led, ...]
    passed_over: tuple[Led, ...] = ()
    """Wishes that something stands against."""
    disagreements: tuple[Disagreement, ...] = ()


def follow_needs(reasoner: Reasoner, definition: ProductDefinition, answers: Mapping[str, str]) -> Followed:
    """Turn answers about needs into choices.

    Parameters
    ----------
    reasoner
        The engine of the product.
    definition
        The product, whose questions these are.
    answers
        Answer code by question code; what the product does not ask or offer leads to nothing.

    Returns
    -------
    Followed
        Every choice with the answer that leads to it, in the order of the questions. A wish is taken when it goes
        with all choices and with the wishes taken before it.
    """
    given = _given(definition, answers)
    taken: dict[str, Led] = {}
    disagreements = []
    for question, answer in given:
        for attribute, value in answer.choose.items():
            led = Led(attribute, value, question.code, answer.code)
            kept = taken.setdefault(attribute, led)
            if kept.value != value:
                disagreements.append(Disagreement(kept, led))
    passed_over = _add_wishes(reasoner, given, taken)
    choices = Selection.of({attribute: led.value for attribute, led in taken.items()})
    return Followed(choices, tuple(taken.values()), passed_over, tuple(disagreements))


def _given(definition: ProductDefinition, answers: Mapping[str, str]) -> list[tuple[NeedQuestion, NeedAnswer]]:
    found = ((question, question.answer(answers.get(question.code, ""))) for question in definition.needs)
    return [(question, answer) for question, answer in found if answer is not None]


def _add_wishes(reasoner: Reasoner, given: Iterable[tuple[NeedQuestion, NeedAnswer]],
                taken: dict[str, Led]) -> tuple[Led, ...]:
    """Add to what is taken the wishes that go with it; give the others."""
    choices = Selection.of({attribute: led.value for attribute, led in taken.items()})
    can_stand = reasoner.is_consistent(choices)
    passed_over = []
    for question, answer in given:
        for attribute, value in answer.wish.items():
            led = Led(attribute, value, question.code, answer.code, is_wish=True)
            with_it = Selection.of({**choices, attribute: value})
            if attribute in taken and taken[attribute].value == value:
                continue
            if not can_stand or attribute in taken or not reasoner.is_consistent(with_it):
                passed_over.append(led)
            else:
                taken[attribute], choices = led, with_it
    return tuple(passed_over)
