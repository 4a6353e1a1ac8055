"""The form in which the code of a paper is typed."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from ordering.verify_code import LONGEST_CODE
from web.forms.fields import clean_text


class VerifyForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A code as it stands under the QR code; asking changes nothing, so that the form may be sent by its address."""

    class Meta:
        """Without a token: the form only reads."""

        csrf = False

    code = StringField(lazy_gettext("Code"), [clean_text(least=1, most=LONGEST_CODE)])
