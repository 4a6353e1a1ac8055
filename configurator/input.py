"""Strict reading of what people type or send: raw texts to values, with one coded error per attribute."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from catalog.product import Attribute, AttributeKind, ProductDefinition, Value
from configurator.configuration import Selection

LONGEST_NUMBER_DIGITS = 12
MOST_CHOICES = 20_000
REPEATED = "\x1f"
"""Stands between several texts that are given for one attribute; such a text is refused, for one has to be meant."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)([.,][0-9]+)?", re.ASCII)
_SPACES = " \t\r\n"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ALLOWED_SPACES = frozenset({" ", "\u3000"})
_MOST_MARKS = 2
_ECHOED_CHARACTERS = 200


class InputCode(StrEnum):
    """What is wrong with a raw text."""

    ATTRIBUTE_UNKNOWN = "attribute_unknown"
    OPTION_UNKNOWN = "option_unknown"
    NUMBER_MALFORMED = "number_malformed"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    NUMBER_OFF_STEP = "number_off_step"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_CHARACTER = "text_character"
    CHOICE_REPEATED = "choice_repeated"
    TOO_MANY_CHOICES = "too_many_choices"


@dataclass(frozen=True, slots=True)
class InputError:
    """A refused raw text: a stable code, an English sentence, and facts for wording it in another language.

    ``raw`` is the text as it came, cut to 200 characters, so that a form can show it again.
    """

    code: InputCode
    message: str
    raw: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedChoices:
    """What could be read, and what could not: every attribute stands in one of the two, unless left empty."""

    selection: Selection
    errors: Mapping[str, InputError]


class Refused(ValueError):
    """A raw text is refused; carries the error."""

    def __init__(self, error: InputError) -> None:
        super().__init__(error.message)
        self.error = error


def parse_choices(definition: ProductDefinition, raw: Mapping[str, str]) -> ParsedChoices:
    """Read raw texts by attribute.

    Parameters
    ----------
    definition
        The product whose attributes are chosen.
    raw
        Texts as typed or sent. An empty or blank text leaves the attribute open. Several texts for one attribute
        stand in one, with :data:`REPEATED` between them.

    Returns
    -------
    ParsedChoices
        Values on their grids and known options; an error for everything else. Whether the values go together is
        not judged here.
    """
    if len(raw) > MOST_CHOICES:
        error = _error(InputCode.TOO_MANY_CHOICES, f"Send at most {MOST_CHOICES} choices.", "", maximum=MOST_CHOICES)
        return ParsedChoices(Selection(), {"": error})
    attributes = {item.code: item for item in definition.attributes}
    chosen: dict[str, Value] = {}
    errors: dict[str, InputError] = {}
    for code, text in raw.items():
        try:
            value = _parse(attributes.get(code), code, text)
        except Refused as refused:
            errors[printable(code)] = refused.error
            continue
        if value is not None:
            chosen[code] = value
    return ParsedChoices(Selection.of(chosen), errors)


def parse_value(attribute: Attribute, text: str) -> Value | None:
    """Read the raw text of one attribute.

    Parameters
    ----------
    attribute
        The attribute it is meant for.
    text
        The text as typed or sent.

    Returns
    -------
    Value or None
        An option code, an exact number on the grid, or a normalized text; None for a blank text.

    Raises
    ------
    Refused
        The text cannot be a value of the attribute; carries the coded error.
    """
    return _parse(attribute, attribute.code, text)


def parse_number(text: str) -> Fraction | None:
    """Read an exact decimal: ASCII digits with at most one ``.`` or ``,``, perhaps a minus sign; nothing else.

    Returns
    -------
    Fraction or None
        The exact number; None when the text is not written that way or has more than 12 digits.
    """
    stripped = text.strip(_SPACES)
    digits = sum(character in "0123456789" for character in stripped[: 2 * LONGEST_NUMBER_DIGITS])
    if len(stripped) > LONGEST_NUMBER_DIGITS + 2 or digits > LONGEST_NUMBER_DIGITS:
        return None
    if not _NUMBER.fullmatch(stripped):
        return None
    value = Fraction(stripped.replace(",", "."))
    return None if value == 0 and stripped.startswith("-") else value


def _parse(attribute: Attribute | None, code: str, text: str) -> Value | None:
    if attribute is None:
        raise Refused(_error(InputCode.ATTRIBUTE_UNKNOWN, f"This product has no {printable(code)}.", text))
    if not text.strip(_SPACES):
        return None
    if REPEATED in text:
        raise Refused(_error(InputCode.CHOICE_REPEATED, f"{attribute.code} is given more than once. Choose one value.",
                             text, values=[printable(part) for part in text.split(REPEATED)]))
    match attribute.kind:
        case AttributeKind.CHOICE:
            return _option(attribute, text)
        case AttributeKind.NUMBER:
            return _number(attribute, text)
        case AttributeKind.TEXT:
            return _text(attribute, text)


def _option(attribute: Attribute, text: str) -> str:
    if attribute.option(text) is None:
        raise Refused(_error(InputCode.OPTION_UNKNOWN, f"{attribute.code} has no such option.", text))
    return text


def _number(attribute: Attribute, text: str) -> Fraction:
    value = parse_number(text)
    facts = {"minimum": str(attribute.minimum), "maximum": str(attribute.maximum), "step": str(attribute.step),
             "unit": attribute.unit}
    if value is None:
        raise Refused(_error(InputCode.NUMBER_MALFORMED, "Write a plain number such as 1230 or 12.5.", text, **facts))
    if not attribute.minimum <= value <= attribute.maximum:
        raise Refused(_error(InputCode.NUMBER_OUT_OF_RANGE,
                             f"Choose {attribute.minimum} to {attribute.maximum} {attribute.unit}.".replace(" .", "."),
                             text, **facts))
    places = (value - attribute.minimum) / attribute.step
    if places.denominator != 1:
        below = attribute.minimum + (places.numerator // places.denominator) * attribute.step
        above = below + attribute.step
        nearest = {"below": str(below)} | ({"above": str(above)} if above <= attribute.maximum else {})
        raise Refused(_error(InputCode.NUMBER_OFF_STEP, f"Choose a multiple of {attribute.step}.", text,
                             **facts, **nearest))
    return value


def _text(attribute: Attribute, text: str) -> str | None:
    longest = attribute.max_length
    if len(text) > 4 * longest + len(_SPACES):
        raise Refused(_error(InputCode.TEXT_TOO_LONG, f"Write at most {longest} characters.", text, maximum=longest))
    wanted = unicodedata.normalize("NFC", text).strip(_SPACES)
    bad = _bad_character(wanted)
    if bad is not None:
        raise Refused(_error(InputCode.TEXT_CHARACTER, "Write letters, digits, signs and single spaces only.", text,
                             character=f"U+{ord(bad):04X}"))
    if len(wanted) > longest:
        raise Refused(_error(InputCode.TEXT_TOO_LONG, f"Write at most {longest} characters.", text, maximum=longest))
    return wanted or None


def _bad_character(text: str) -> str | None:
    """Find the first character that cannot be printed, or a heap of combining marks."""
    marks = 0
    for place, character in enumerate(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        is_hidden = category in _INVISIBLE or (category == "Zs" and character not in _ALLOWED_SPACES)
        if is_hidden or marks > _MOST_MARKS or (marks and place == 0):
            return character
    return None


def _error(code: InputCode, message: str, raw: str, **detail: object) -> InputError:
    return InputError(code, message, printable(raw), detail)


def printable(raw: str) -> str:
    """Cut a raw text at 200 characters and replace what no page or log can carry."""
    cut = raw[:_ECHOED_CHARACTERS]
    return "".join("\ufffd" if unicodedata.category(character) in ("Cs", "Cc") else character for character in cut)
