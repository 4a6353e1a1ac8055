"""The form with which a customer changes an order."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from web.forms.buying import RevisionForm
from web.forms.fields import WholeNumberField, clean_text, whole_number_between
from web.forms.keys import KeyField
from web.forms.quote_request import MAX_QUANTITY
from web.words import gettext as _

_SEAL = re.compile(r"[0-9a-f]{64}")


def _ticked(_form: BaseForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Tick this to change the order."))


def _sealed(_form: BaseForm, field: Field) -> None:
    if not _SEAL.fullmatch(field.data or ""):
        raise ValidationError(_("Open the page again and repeat the step."))


class OrderChangeForm(RevisionForm):
    """How many, where to, and the consent of a person to the price and the day that the page shows."""

    quantity = WholeNumberField(lazy_gettext("Quantity"), [whole_number_between(1, MAX_QUANTITY)])
    destination = SelectField(lazy_gettext("Delivered to"))
    accepted_by = StringField(lazy_gettext("Name of the person who changes the order"), [clean_text(least=2, most=120)])
    agreed = BooleanField(lazy_gettext("I accept the new price and the new date"), [_ticked])
    seal = HiddenField(validators=[_sealed])
    idempotency_key = KeyField()
