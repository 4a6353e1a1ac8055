"""What soft rules recommend, in words: marks on options, notes on choices that go against them."""

from __future__ import annotations

from catalog.product import Attribute
from web import formatting
from web.shop.answer import Answer
from web.words import gettext as _


def recommended_words(answer: Answer, attribute: Attribute, code: str) -> str:
    """Say why an option is recommended; empty when it is not."""
    advice = answer.advice.get((attribute.code, code))
    return _reasons(answer, advice.keeps) if advice is not None and advice.is_recommended else ""


def caution_words(answer: Answer, attribute: Attribute, code: str) -> str:
    """Say which recommendation an option goes against that is taken at present; empty when none or not taken."""
    advice = answer.advice.get((attribute.code, code))
    if advice is None or not advice.breaks or answer.whole.get(attribute.code) != code:
        return ""
    return _("We recommend otherwise: %(reason)s", reason=_reasons(answer, advice.breaks))


def broken_words(answer: Answer) -> tuple[str, ...]:
    """Give the reasons of all soft rules that the present configuration does not keep, the weightiest first."""
    broken = sorted((item for item in answer.preferences if not item.is_kept), key=lambda item: -item.weight)
    words = (item.reason.in_language(formatting.language()) for item in broken)
    return tuple(dict.fromkeys(word for word in words if word))


def _reasons(answer: Answer, codes: tuple[str, ...]) -> str:
    reasons = {item.code: item.reason.in_language(formatting.language()) for item in answer.preferences}
    return " ".join(dict.fromkeys(reasons[code] for code in codes if reasons.get(code)))
