"""The pages to sign in and out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user

from web import accounts
from web.forms.account import SignInForm
from web.preferences import local_path
from web.security import count_use

blueprint = Blueprint("account", __name__, url_prefix="/account")

START_BY_ROLE = {"sales": "/sales/", "planner": "/planning/", "owner": "/sales/", "partner": "/planning/",
                 "catalog": "/catalog/"}


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form to sign in."""
    if current_user.is_authenticated:
        return redirect(local_path(request.args.get("next", "")))
    form = SignInForm(request.args)
    return render_template("account/login.html", form=form, refusal="")


@blueprint.post("/sign-in")
def check_sign_in() -> ResponseReturnValue:
    """Sign the person in, or say that login and password do not belong together."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("account/login.html", form=form, refusal=""), 422
    login = str(form.login.data).strip().lower()
    count_use("login", f"{login}|{get_remote_address()}")
    user = accounts.sign_in(login=login, password=str(form.password.data))
    if user is None:
        refusal = _("Login and password do not belong together.")
        return render_template("account/login.html", form=form, refusal=refusal), 422
    return redirect(local_path(str(form.next.data or ""), START_BY_ROLE.get(user.role, "/")), code=303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End every session of the account and go to the start."""
    accounts.sign_out()
    return redirect("/", code=303)
