"""The form to sign in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """Login and password."""

    login = StringField(_("Login"), [InputRequired(_("Enter your login.")), Length(max=254)])
    password = PasswordField(_("Password"), [InputRequired(_("Enter your password.")), Length(max=200)])
    next = HiddenField()
    submit = SubmitField(_("Sign in"))
