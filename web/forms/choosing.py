"""The forms of what a customer asks of an offer: lines that stand beside it, an earlier day."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext
from wtforms import Field, SelectField, SelectMultipleField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from web.forms.buying import RevisionForm
from web.forms.keys import KeyField
from web.words import gettext as _


def _some(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Choose at least one line."))


def _day(_form: BaseForm, field: Field) -> None:
    try:
        date.fromisoformat(field.data or "")
    except ValueError:
        raise ValidationError(_("Choose a day.")) from None


def _whole(_form: BaseForm, field: Field) -> None:
    if not all(text.isascii() and text.isdecimal() and len(text) <= 3 for text in field.data or ()):
        raise ValidationError(_("Choose at least one line."))


class ChooseForm(RevisionForm):
    """The lines that are wanted too, once. Which can be had is for the service to say: a repeat is answered alike."""

    positions = SelectMultipleField(lazy_gettext("Lines"), [_some, _whole], choices=[], validate_choice=False)
    idempotency_key = KeyField()


class EarlierForm(RevisionForm):
    """The earlier day that is wanted, once."""

    day = SelectField(lazy_gettext("Day"), [_day], choices=[], validate_choice=False)
    idempotency_key = KeyField()
