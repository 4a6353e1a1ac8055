"""The forms of the consumer's way: ask for a quote, accept it, decline it."""

from __future__ import annotations

import re
import secrets

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from web.forms.fields import WholeNumberField, clean_text, email_address, whole_number_between
from web.words import gettext as _

MAX_QUANTITY = 999
MAX_REVISION = 9_999
KEY_BYTES = 24
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class QuoteRequestForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Who asks for a quote, how many, where to, and made in which way."""

    quantity = WholeNumberField(lazy_gettext("Quantity"), [whole_number_between(1, MAX_QUANTITY)], default="1")
    destination = SelectField(lazy_gettext("Delivered to"))
    alternative = RadioField(lazy_gettext("Way"), default="")
    customer_name = StringField(lazy_gettext("Name or company"), [clean_text(least=1, most=120)])
    customer_email = StringField(lazy_gettext("E-mail"), [email_address])
    reference = StringField(lazy_gettext("Your reference"), [clean_text(least=0, most=60)])
    idempotency_key = HiddenField()

    def validate_idempotency_key(self, field: HiddenField) -> None:
        """Refuse a key that this page did not make."""
        check_key(field.data)


class RevisionForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """An answer to one revision of a quote: decline it, or ask for a new date."""

    revision = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, MAX_REVISION)])


class AcceptForm(RevisionForm):
    """The acceptance of one revision of a quote, once, whatever the network repeats."""

    idempotency_key = HiddenField()

    def validate_idempotency_key(self, field: HiddenField) -> None:
        """Refuse a key that this page did not make."""
        check_key(field.data)


def make_key() -> str:
    """Draw a key that gives one page view one effect."""
    return secrets.token_urlsafe(KEY_BYTES)


def check_key(key: str | None) -> None:
    """Raise ValidationError unless a text has the form of a key of these pages."""
    if not _KEY.fullmatch(key or ""):
        raise ValidationError(_("Open the page again and repeat the step."))
