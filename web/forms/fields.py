"""Strict fields and validators: what people type is checked as it stands, nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from web.words import gettext as _

MAX_EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")
_MOST_COMBINING = 3

Validator = Callable[[BaseForm, Field], None]


class WholeNumberField(StringField):
    """A whole number written in plain digits; what was typed stays in the field."""

    number: int | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read digits 0 to 9 and nothing else; no zero leads, as in the configurator."""
        self.data = str(valuelist[-1]).strip() if valuelist else ""
        self.number = int(self.data) if _WHOLE.fullmatch(self.data) else None


def whole_number_between(low: int, high: int) -> Validator:
    """Make a validator that wants a whole number from ``low`` to ``high``, both included."""

    def check(_form: BaseForm, field: Field) -> None:
        number = getattr(field, "number", None)
        if number is None or not low <= number <= high:
            raise ValidationError(_("Enter a whole number from %(low)s to %(high)s.", low=low, high=high))

    return check


def clean_text(*, least: int, most: int) -> Validator:
    """Make a validator for one line of readable text of ``least`` to ``most`` characters."""

    def check(_form: BaseForm, field: Field) -> None:
        text = (field.data or "").strip()
        field.data = text
        if not least <= len(text) <= most:
            raise ValidationError(_("Enter %(least)s to %(most)s characters.", least=least, most=most)
                                  if least else _("Enter at most %(most)s characters.", most=most))
        if not is_readable(text):
            raise ValidationError(_("Use letters, digits and common signs in one line."))

    return check


def email_address(_form: BaseForm, field: Field) -> None:
    """Want one e-mail address of at most 254 characters; raise ValidationError for anything else."""
    text = (field.data or "").strip()
    field.data = text
    if len(text) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(text) or ".." in text:
        raise ValidationError(_("Enter one e-mail address, such as name@example.com."))


def is_readable(text: str) -> bool:
    """Tell whether a text is one readable line.

    Parameters
    ----------
    text
        Any text; the empty one is readable.

    Returns
    -------
    bool
        False for control, private and unassigned characters, for signs that turn the direction of writing,
        for piles of combining marks, and for text of which nothing is seen.
    """
    pile = 0
    for character in text:
        category = unicodedata.category(character)
        if category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} or (category == "Cf" and character != "\u200d"):
            return False
        pile = pile + 1 if category == "Mn" else 0
        if pile > _MOST_COMBINING:
            return False
    return not text or any(unicodedata.category(character)[0] in "LNPS" for character in text)
