"""The forms of buying: accept a quote, decline it, ask the sales desk, cancel an order."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from ordering.quote import DeclineReason
from ordering.service import LONGEST_MESSAGE
from web.forms.fields import WholeNumberField, clean_lines, clean_text, whole_number_between
from web.forms.keys import KeyField, make_key
from web.words import gettext as _

MAX_REVISION = 9_999
DECLINE_CHOICES = (
    ("", lazy_gettext("Please choose")),
    (DeclineReason.PRICE.value, lazy_gettext("The price")),
    (DeclineReason.DATE.value, lazy_gettext("The date")),
    (DeclineReason.OTHER_SUPPLIER.value, lazy_gettext("Another supplier")),
    (DeclineReason.NOT_NEEDED.value, lazy_gettext("No longer needed")),
    (DeclineReason.OTHER.value, lazy_gettext("Another reason")),
)


def _ticked(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Tick this to order."))


def _chosen(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Choose a reason."))


def _said_when_other(form: BaseForm, field: Field) -> None:
    if form["reason"].data == DeclineReason.OTHER.value and not field.data:
        raise ValidationError(_("Say the reason in your words."))


class RevisionForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """An answer to one revision of a quote, such as asking for a new date."""

    revision = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, MAX_REVISION)])


class AcceptForm(RevisionForm):
    """The acceptance of one revision of a quote by a person, once, whatever the network repeats."""

    accepted_by = StringField(lazy_gettext("Name of the person who accepts"), [clean_text(least=2, most=120)])
    reference = StringField(lazy_gettext("Purchase order number"), [clean_text(least=0, most=60)])
    agreed = BooleanField(lazy_gettext("I accept the quote and its terms"), [_ticked])
    idempotency_key = KeyField()
    positions = SelectMultipleField(choices=[], validate_choice=False)
    """Lines ticked beside the offer; what is ticked and not in it must be seen before anything is ordered."""
    day = StringField()
    """An earlier day that was chosen and not shown yet; empty keeps the promised one."""


class DeclineForm(RevisionForm):
    """Why one revision of a quote is declined."""

    reason = SelectField(lazy_gettext("Reason"), [_chosen], default="")
    words = StringField(lazy_gettext("In your words"), [clean_text(least=0, most=300), _said_when_other])

    def __init__(self, *arguments: Any, **options: Any) -> None:  # Any: what WTForms takes
        super().__init__(*arguments, **options)
        self.reason.choices = list(DECLINE_CHOICES)


class MessageForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A message about an order, sent once."""

    text = TextAreaField(lazy_gettext("Your message"), [clean_lines(least=1, most=LONGEST_MESSAGE)])
    idempotency_key = KeyField()


class CancelForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Why a customer cancels; nothing needs to be said."""

    reason = StringField(lazy_gettext("Reason"), [clean_text(least=0, most=300)])


def fresh_message_form(text: str = "") -> MessageForm:
    """Make an empty form for one message, with a key of its own."""
    form = MessageForm(formdata=None, text=text)
    form.idempotency_key.data = make_key()
    return form
