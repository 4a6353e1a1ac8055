"""The form with which a consumer asks for a quote."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField

from web.forms.fields import WholeNumberField, clean_text, email_address, whole_number_between
from web.forms.keys import KeyField

MAX_QUANTITY = 999


class QuoteRequestForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Who asks for a quote, how many, where to, and made in which way."""

    quantity = WholeNumberField(lazy_gettext("Quantity"), [whole_number_between(1, MAX_QUANTITY)], default="1")
    destination = SelectField(lazy_gettext("Delivered to"))
    alternative = RadioField(lazy_gettext("Way"), default="")
    customer_name = StringField(lazy_gettext("Name or company"), [clean_text(least=1, most=120)])
    customer_email = StringField(lazy_gettext("E-mail"), [email_address])
    reference = StringField(lazy_gettext("Your reference"), [clean_text(least=0, most=60)])
    idempotency_key = KeyField()
