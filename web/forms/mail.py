"""The form of the outbox."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms.widgets import HiddenInput

from web.forms.fields import WholeNumberField, whole_number_between


class SendAgainForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Which sending of a mail failed; asking twice for the same has one effect."""

    sending = WholeNumberField(widget=HiddenInput(), validators=[whole_number_between(1, 10**6)])
