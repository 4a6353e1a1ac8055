"""The forms of the sales desk."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from web.forms.fields import clean_text


class CancelOrderForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Why an order is canceled; its customer reads it."""

    reason = StringField(lazy_gettext("Reason, shown to the customer"), [clean_text(least=3, most=300)])
