"""Strict fields and validators: what people type is checked as it stands, nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from web.words import gettext as _

MAX_EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,6})(?:[.,]([0-9]{1,2}))?", re.ASCII)
_MOMENT = re.compile(r"20[2-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_MOST_COMBINING = 3
MOST_LINES = 60

Validator = Callable[[BaseForm, Field], None]


class WholeNumberField(StringField):
    """A whole number written in plain digits; what was typed stays in the field."""

    number: int | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read digits 0 to 9 and nothing else; no zero leads, as in the configurator."""
        self.data = str(valuelist[-1]).strip() if valuelist else ""
        self.number = int(self.data) if _WHOLE.fullmatch(self.data) else None


class AmountField(StringField):
    """An amount of money in plain digits with at most two decimals after a point or comma; ``minor`` is exact.

    A field that was not sent at all takes its default.
    """

    minor: int | None = None

    def process_data(self, value: Any) -> None:  # Any: what WTForms hands on
        """Take a default given as text."""
        self.data = value
        self.minor = _minor(value) if isinstance(value, str) else None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; it stays in the field as it is."""
        if valuelist:
            self.data = str(valuelist[-1]).strip()
            self.minor = _minor(self.data)


def _minor(text: str) -> int | None:
    found = _AMOUNT.fullmatch(text)
    return int(found.group(1)) * 100 + int((found.group(2) or "").ljust(2, "0")) if found else None


class DayField(StringField):
    """A day such as 2027-03-08, from 2020 to 2099; ``day`` is None for anything else."""

    day: date | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read a day as calendars of browsers send it."""
        self.data = str(valuelist[-1]).strip() if valuelist else ""
        moment = _moment(f"{self.data}T00:00") if len(self.data) == 10 else None
        self.day = moment.date() if moment is not None else None


class MomentField(StringField):
    """A local day and time such as 2027-03-08T06:30, from 2020 to 2099; ``moment`` has no zone yet."""

    moment: datetime | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read a moment as calendars of browsers send it."""
        self.data = str(valuelist[-1]).strip() if valuelist else ""
        self.moment = _moment(self.data)


def _moment(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


class TimeOfDayField(StringField):
    """A time of day such as 06:30; ``minute_of_day`` is None for anything else."""

    minute_of_day: int | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read a time as clocks of browsers send it."""
        self.data = str(valuelist[-1]).strip() if valuelist else ""
        found = _TIME.fullmatch(self.data)
        self.minute_of_day = int(found.group(1)) * 60 + int(found.group(2)) if found else None


def amount_at_most(high: int) -> Validator:
    """Make a validator that wants an amount from 0 to ``high`` whole units of money, both included."""

    def check(_form: BaseForm, field: Field) -> None:
        minor = getattr(field, "minor", None)
        if minor is None or minor > high * 100:
            raise ValidationError(_("Enter an amount from 0 to %(high)s, such as 2.50.", high=high))

    return check


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


def clean_lines(*, least: int, most: int) -> Validator:
    """Make a validator for readable text of several lines, ``least`` to ``most`` characters in all."""

    def check(_form: BaseForm, field: Field) -> None:
        lines = (field.data or "").replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
        field.data = text = "\n".join(line.rstrip() for line in lines).strip()
        if not least <= len(text) <= most:
            raise ValidationError(_("Enter %(least)s to %(most)s characters.", least=least, most=most)
                                  if least else _("Enter at most %(most)s characters.", most=most))
        if len(lines) > MOST_LINES or not all(is_readable(line) for line in text.split("\n")):
            raise ValidationError(_("Use letters, digits and common signs, at most %(most)s lines.", most=MOST_LINES))

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
