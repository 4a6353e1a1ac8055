"""The forms to sign in, and around the accounts of shoppers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, StringField, SubmitField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, ValidationError

from web.accounts import MINIMUM_PASSWORD_LENGTH
from web.forms.fields import clean_text, email_address
from web.words import gettext

LONGEST_PASSWORD = 200


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """Login and password."""

    login = StringField(_("Login"), [InputRequired(_("Enter your login.")), Length(max=254)])
    password = PasswordField(_("Password"), [InputRequired(_("Enter your password.")), Length(max=200)])
    next = HiddenField()
    submit = SubmitField(_("Sign in"))


def _long_enough(_form: BaseForm, field: Field) -> None:
    if not MINIMUM_PASSWORD_LENGTH <= len(field.data or "") <= LONGEST_PASSWORD:
        raise ValidationError(gettext("Enter %(least)s to %(most)s characters.", least=MINIMUM_PASSWORD_LENGTH,
                                      most=LONGEST_PASSWORD))


def _given(_form: BaseForm, field: Field) -> None:
    if not 1 <= len(field.data or "") <= LONGEST_PASSWORD:
        raise ValidationError(gettext("Enter your password."))


class SignUpForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """Who wants an account."""

    name = StringField(_("Your name"), [clean_text(least=1, most=120)])
    email = StringField(_("E-mail"), [email_address])
    password = PasswordField(_("Password"), [_long_enough])


class PasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """The password of an account, before something is done to it."""

    password = PasswordField(_("Password"), [_given])


class ForgottenForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """Whose password is forgotten."""

    email = StringField(_("E-mail"), [email_address])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """A new password, set by a mailed link."""

    password = PasswordField(_("New password"), [_long_enough])


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """The old password and the new one."""

    old = PasswordField(_("Present password"), [_given])
    password = PasswordField(_("New password"), [_long_enough])


class EmptyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF is untyped
    """A button whose repetition changes nothing more."""
