"""The forms around kept designs: a name, a copy, what was chosen last, a link to go on elsewhere."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField

from ordering.saved import LONGEST_NAME
from web.forms.fields import clean_text
from web.forms.keys import KeyField


class KeepForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A name for a configuration, kept once."""

    name = StringField(lazy_gettext("Name"), [clean_text(least=1, most=LONGEST_NAME)])
    replaces = BooleanField(lazy_gettext("Replace the design that has this name"))
    idempotency_key = KeyField()


class RenameForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Another name for a design."""

    name = StringField(lazy_gettext("Name"), [clean_text(least=1, most=LONGEST_NAME)])


class OnceForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A button that has one effect, however often it is sent."""

    idempotency_key = KeyField()


class ButtonForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """A button whose repetition changes nothing more."""


class RememberForm(FlaskForm):  # type: ignore[misc]  # flask_wtf has no types
    """Where somebody is with a product: the choices as a query string."""

    choices = HiddenField()
