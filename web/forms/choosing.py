"""The forms of what a customer asks of an offer: lines that stand beside it, an earlier day."""

from __future__ import annotations

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


def _one(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Choose a day."))


class ChooseForm(RevisionForm):
    """The lines that are wanted too, once."""

    positions = SelectMultipleField(lazy_gettext("Lines"), [_some], choices=[])
    idempotency_key = KeyField()


class EarlierForm(RevisionForm):
    """The earlier day that is wanted, once."""

    day = SelectField(lazy_gettext("Day"), [_one], choices=[])
    idempotency_key = KeyField()
