"""Titles and values of a product in the words of the page's language."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from catalog.product import Attribute, AttributeKind, Value
from web import formatting
from web.shop.answer import Figure
from web.words import gettext as _

YES, NO = "true", "false"


def is_yes_no(attribute: Attribute) -> bool:
    """Whether an attribute is answered by yes or no."""
    return attribute.kind is AttributeKind.CHOICE and {option.code for option in attribute.options} == {YES, NO}


def attribute_title(attribute: Attribute) -> str:
    """Give the title of an attribute, or its code when it has none."""
    return attribute.title.in_language(formatting.language()) or attribute.code


def option_title(attribute: Attribute, code: str) -> str:
    """Give the title of an option; yes and no are words of the page."""
    option = attribute.option(code)
    title = option.title.in_language(formatting.language()) if option is not None else ""
    if is_yes_no(attribute) and (not title or title == code):
        return _("yes") if code == YES else _("no")
    return title or code


def value_words(attribute: Attribute, value: Value) -> str:
    """Write a value as a person says it: an option's title, a number with its unit, a text."""
    if isinstance(value, Fraction):
        unit = f" {attribute.unit}" if attribute.unit else ""
        return formatting.plain_number(value) + unit
    return option_title(attribute, value) if attribute.kind is AttributeKind.CHOICE else value


def choice_words(attribute: Attribute, value: Value) -> str:
    """Write a choice with what it answers: ``Profile: PVC 82``; a yes is the attribute's title alone."""
    if is_yes_no(attribute) and value == YES:
        return attribute_title(attribute)
    return _("%(attribute)s: %(value)s", attribute=attribute_title(attribute), value=value_words(attribute, value))


def figure_words(figure: Figure) -> tuple[str, str]:
    """Write a derived value: its title, and the value with its decimals and unit."""
    return (figure.title.in_language(formatting.language()),
            f"{formatting.figure(figure.value, figure.digits)} {figure.unit}".strip())


def brief_words(attribute: Attribute, value: Value) -> str:
    """Write a choice as briefly as it is still understood: a title that names its attribute stands alone."""
    title = attribute_title(attribute)
    words = value_words(attribute, value)
    is_clear = attribute.kind is AttributeKind.CHOICE and title.casefold() in words.casefold()
    return words if is_clear else choice_words(attribute, value)


def taken_words(attribute: Attribute, value: Value) -> str:
    """Write a choice as a thing that is taken: an option's title, ``Maintenance plan``, ``no maintenance plan``."""
    if not is_yes_no(attribute):
        return value_words(attribute, value)
    title = attribute_title(attribute)
    return title if value == YES else _("no %(title)s", title=inside_sentence(title))


def inside_sentence(title: str) -> str:
    """Write a title inside a sentence: ``Glass`` becomes ``glass``, ``PVC`` stays."""
    is_plain = len(title) > 1 and title[0].isupper() and title[1].islower()
    return title[0].lower() + title[1:] if is_plain else title


def element_id(*parts: str) -> str:
    """Make an id for the page from codes, whatever signs an imported name holds; equal codes give equal ids."""
    return "-".join(re.sub(r"[^A-Za-z0-9_]", lambda found: f"_{ord(found.group()):x}_", part) for part in parts)


def live_day(day: date, *, may_be_earlier: bool) -> str:
    """Write a day that is worked out without moving anything: the latest one, where a quote may bring an earlier."""
    written = formatting.day(day)
    return _("by %(day)s", day=written) if may_be_earlier else written


def earlier_day_words() -> str:
    """Say why a quote may bring an earlier day than the one shown before it."""
    return _("The quote may bring an earlier day: others may make room.")
