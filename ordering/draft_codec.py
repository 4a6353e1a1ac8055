"""Drafts of quotes as JSON, read within strict bounds: every fault names its field. Imports no database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from catalog.money import MINOR_UNITS_PER_MAJOR
from catalog.text import Text
from ordering.draft import (
    ConfiguredLine,
    DraftHeader,
    DraftLine,
    FreeLine,
    QuoteDraft,
    SectionLine,
    Standing,
)
from ordering.errors import DraftInvalid
from ordering.quote import Alternative
from ordering.translation import LARGEST_QUANTITY

MOST_LINES = 200
MOST_CONFIGURED = 50
MOST_QUANTITY = 100_000
"""Of a free line; a configured one is made as one lot."""
MOST_MINOR = 10**11
MOST_BREAKS = 20
"""In a whole draft: each is planned and priced like a line."""
MOST_CHOICES = 500
LANGUAGES = ("en", "zh")
LONGEST = {
    "customer_name": 200, "customer_email": 254, "reference": 80, "destination": 40, "payment_terms": 500,
    "delivery_terms": 500, "title": 200, "notes": 4000, "choice": 400,
}
_SEVERAL_ROWS = frozenset({"payment_terms", "delivery_terms", "notes"})
_HASH = re.compile(r"[0-9a-f]{64}")
_DECIMAL = re.compile(r"[0-9]{1,7}(\.[0-9]{1,8})?")
_FRACTION = re.compile(r"[0-9]{1,15}/[0-9]{1,15}")
_MOST_RATE = 10**6
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Word = TypeVar("Word", bound=StrEnum)


def draft_as_json(draft: QuoteDraft) -> dict[str, object]:
    """Give a draft as plain values, from which :func:`draft_from_json` makes an equal one."""
    header = draft.header
    return {
        "customer_name": header.customer_name, "customer_email": header.customer_email,
        "reference": header.reference, "destination": header.destination, "language": header.language,
        "alternative": header.alternative.value, "currency": header.currency, "rate": str(header.rate),
        "payment_terms": header.payment_terms, "delivery_terms": header.delivery_terms,
        "validity_days": header.validity_days, "notes": dict(header.notes.entries),
        "total_discount": str(header.total_discount), "lines": [_line_as_json(line) for line in draft.lines],
    }


def _line_as_json(line: DraftLine) -> dict[str, object]:
    if isinstance(line, SectionLine):
        return {"kind": "section", "title": dict(line.title.entries)}
    priced: dict[str, object] = {"quantity": line.quantity, "standing": line.standing.value,
                                 "discount": str(line.discount), "breaks": list(line.breaks)}
    if isinstance(line, ConfiguredLine):
        return {"kind": "configured", "content_hash": line.content_hash, "choices": dict(line.choices), **priced}
    return {"kind": "free", "title": dict(line.title.entries), "unit_minor": line.unit_minor,
            "tax_percent": str(line.tax_percent), "unit_cost_minor": line.unit_cost_minor, **priced}


def draft_from_json(value: object) -> QuoteDraft:
    """Read a draft from plain values that came from outside or from a table.

    Parameters
    ----------
    value
        What :func:`draft_as_json` gives. Fields other than ``currency`` and a line's ``kind`` may be left out;
        percentages and the rate are texts, decimal (``12.5``) or a fraction (``25/2``).

    Returns
    -------
    QuoteDraft
        Within all bounds.

    Raises
    ------
    DraftInvalid
        A field is unknown, of another type or out of bounds; ``detail["field"]`` is its path, such as
        ``lines[2].quantity``.
    """
    reader = _Reader(value, "")
    header = DraftHeader(
        currency=_currency(reader), customer_name=reader.words("customer_name"),
        customer_email=reader.words("customer_email"), reference=reader.words("reference"),
        destination=reader.words("destination"), language=_language(reader),
        alternative=reader.word("alternative", Alternative, Alternative.DEFAULT), rate=_rate(reader),
        payment_terms=reader.words("payment_terms"), delivery_terms=reader.words("delivery_terms"),
        validity_days=reader.whole("validity_days", 1, 90, 2), notes=reader.text("notes"),
        total_discount=reader.percent("total_discount"),
    )
    items = reader.items("lines", MOST_LINES)
    reader.require_no_more()
    lines = tuple(_line_from_json(item, f"lines[{place}].") for place, item in enumerate(items))
    if sum(isinstance(line, ConfiguredLine) for line in lines) > MOST_CONFIGURED:
        raise DraftInvalid(f"A quote has at most {MOST_CONFIGURED} configured products.", field="lines")
    if sum(len(line.breaks) for line in lines if not isinstance(line, SectionLine)) > MOST_BREAKS:
        raise DraftInvalid(f"A quote asks for at most {MOST_BREAKS} quantity breaks.", field="lines")
    return QuoteDraft(header, lines)


def _line_from_json(value: object, path: str) -> DraftLine:
    reader = _Reader(value, path)
    kind = reader.take("kind", None)
    line: DraftLine
    if kind == "section":
        line = SectionLine(reader.text("title"))
    elif kind == "free":
        line = FreeLine(
            title=reader.text("title"), quantity=reader.whole("quantity", 1, MOST_QUANTITY, 1),
            unit_minor=reader.whole("unit_minor", 0, MOST_MINOR, 0), tax_percent=reader.percent("tax_percent"),
            unit_cost_minor=reader.whole_or_none("unit_cost_minor", 0, MOST_MINOR),
            standing=reader.word("standing", Standing, Standing.INCLUDED), discount=reader.percent("discount"),
            breaks=_breaks(reader, MOST_QUANTITY),
        )
    elif kind == "configured":
        line = ConfiguredLine(
            content_hash=_content_hash(reader), choices=_choices(reader),
            quantity=reader.whole("quantity", 1, LARGEST_QUANTITY, 1),
            standing=reader.word("standing", Standing, Standing.INCLUDED), discount=reader.percent("discount"),
            breaks=_breaks(reader, LARGEST_QUANTITY),
        )
    else:
        raise reader.fault("kind", "A line is configured, free or section.")
    reader.require_no_more()
    return line


class _Reader:
    """Takes the fields of a mapping one by one, each within its bounds."""

    def __init__(self, value: object, path: str) -> None:
        self._path = path
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise DraftInvalid("Expected named fields here.", field=path.rstrip(".") or "draft")
        self._left: dict[str, object] = dict(value)

    def fault(self, name: str, sentence: str) -> DraftInvalid:
        """Give the refusal of a field."""
        return DraftInvalid(sentence, field=self._path + name)

    def take(self, name: str, default: object) -> object:
        """Give a field and strike it off."""
        return self._left.pop(name, default)

    def require_no_more(self) -> None:
        """Refuse what nobody reads."""
        if self._left:
            raise self.fault(min(self._left)[:80], "There is no such field.")

    def words(self, name: str, default: str = "") -> str:
        """Read one text of a known longest length."""
        return self._checked(name, self.take(name, default), LONGEST[name])

    def text(self, name: str) -> Text:
        """Read a text per language."""
        value = self.take(name, {})
        if not isinstance(value, dict) or not set(value) <= set(LANGUAGES):
            raise self.fault(name, f"Expected a text for each of {', '.join(LANGUAGES)}.")
        wordings = {language: self._checked(name, words, LONGEST[name]) for language, words in value.items()}
        return Text.of({language: words for language, words in wordings.items() if words})

    def _checked(self, name: str, value: object, most: int) -> str:
        wording = value.replace("\r\n", "\n").strip() if isinstance(value, str) else "\0"
        if _CONTROL.search(wording) or ("\n" in wording and name not in _SEVERAL_ROWS):
            raise self.fault(name, "Expected a text without control characters.")
        if len(wording) > most:
            raise self.fault(name, f"This text has at most {most} characters.")
        return wording

    def whole(self, name: str, least: int, most: int, default: int) -> int:
        """Read a whole number within bounds."""
        value = self.take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fault(name, f"Expected a whole number from {least} to {most}.")
        return value

    def whole_or_none(self, name: str, least: int, most: int) -> int | None:
        """Read a whole number within bounds, or nothing."""
        if self._left.get(name) is None:
            self.take(name, None)
            return None
        return self.whole(name, least, most, least)

    def percent(self, name: str) -> Fraction:
        """Read an exact percentage from 0 to 100."""
        value = self.exact(name, "0")
        if value > 100:
            raise self.fault(name, "Expected a percentage from 0 to 100.")
        return value

    def exact(self, name: str, default: str) -> Fraction:
        """Read an exact number that is not negative."""
        value = self.take(name, default)
        if not isinstance(value, str) or not (_DECIMAL.fullmatch(value) or _FRACTION.fullmatch(value)):
            raise self.fault(name, "Expected a number such as 12.5.")
        if "/" in value and int(value.split("/")[1]) == 0:
            raise self.fault(name, "Expected a number such as 12.5.")
        return Fraction(value)

    def word(self, name: str, words: type[Word], default: Word) -> Word:
        """Read one of a few words."""
        value = self.take(name, default.value)
        if not isinstance(value, str) or value not in {word.value for word in words}:
            raise self.fault(name, f"Expected one of {', '.join(word.value for word in words)}.")
        return words(value)

    def items(self, name: str, most: int) -> list[object]:
        """Read a list of a longest length."""
        value = self.take(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise self.fault(name, f"Expected a list of at most {most}.")
        return value


def _currency(reader: _Reader) -> str:
    value = reader.take("currency", None)
    if value not in tuple(MINOR_UNITS_PER_MAJOR):
        raise reader.fault("currency", f"Expected one of {', '.join(MINOR_UNITS_PER_MAJOR)}.")
    return str(value)


def _language(reader: _Reader) -> str:
    value = reader.take("language", LANGUAGES[0])
    if value not in LANGUAGES:
        raise reader.fault("language", f"Expected one of {', '.join(LANGUAGES)}.")
    return str(value)


def _rate(reader: _Reader) -> Fraction:
    rate = reader.exact("rate", "1")
    if not Fraction(1, _MOST_RATE) <= rate <= _MOST_RATE:
        raise reader.fault("rate", f"Expected a rate from 1/{_MOST_RATE} to {_MOST_RATE}.")
    return rate


def _content_hash(reader: _Reader) -> str:
    value = reader.take("content_hash", None)
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise reader.fault("content_hash", "Expected the hash of a product version.")
    return value


def _choices(reader: _Reader) -> tuple[tuple[str, str], ...]:
    value = reader.take("choices", {})
    most = LONGEST["choice"]
    if not isinstance(value, Mapping) or len(value) > MOST_CHOICES:
        raise reader.fault("choices", f"Expected at most {MOST_CHOICES} choices.")
    for code, chosen in value.items():
        if not all(isinstance(part, str) and len(part) <= most and not _CONTROL.search(part)
                   for part in (code, chosen)):
            raise reader.fault("choices", f"A choice is a text of at most {most} characters.")
    return tuple(sorted(value.items()))


def _breaks(reader: _Reader, most: int) -> tuple[int, ...]:
    found: set[int] = set()
    for item in reader.items("breaks", MOST_BREAKS):
        if isinstance(item, bool) or not isinstance(item, int) or not 1 <= item <= most:
            raise reader.fault("breaks", f"Expected whole numbers from 1 to {most}.")
        found.add(item)
    return tuple(sorted(found))
