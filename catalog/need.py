"""What customers need before they know a product: questions in their words, whose answers lead to choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from catalog.text import Text


@dataclass(frozen=True, slots=True)
class NeedAnswer:
    """One answer: the choices it stands for, and what it would like where nothing else stands against it."""

    code: str
    title: Text
    help: Text = Text()
    choose: Mapping[str, str | Fraction] = field(default_factory=dict)
    wish: Mapping[str, str | Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeedQuestion:
    """A question such as "What for?", with its answers; it may be passed over."""

    code: str
    title: Text
    answers: tuple[NeedAnswer, ...]
    help: Text = Text()

    def answer(self, code: str) -> NeedAnswer | None:
        """Find an answer by its code; None when the question has no such answer."""
        return next((answer for answer in self.answers if answer.code == code), None)
