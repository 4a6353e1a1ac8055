"""The pages to sign in and out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user

from web import accounts
from web.clock import now
from web.database import get_session
from web.forms.account import SignInForm
from web.preferences import local_path
from web.security import count_use
from web.words import gettext as _
from web.words import ngettext

blueprint = Blueprint("account", __name__, url_prefix="/account")

START_BY_ROLE = {"sales": "/sales/", "planner": "/planning/", "owner": "/sales/", "partner": "/planning/",
                 "catalog": "/catalog/", "consumer": "/designs"}


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
    _move_designs(user.id)
    return redirect(local_path(str(form.next.data or ""), START_BY_ROLE.get(user.role, "/")), code=303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End every session of the account and go to the start."""
    accounts.sign_out()
    return redirect("/", code=303)


def _move_designs(account_id: int) -> None:
    """Move what this browser keeps to the account that has just signed in."""
    from ordering import service as ordering  # noqa: PLC0415  # services load on first use
    from ordering.saved import account_owner  # noqa: PLC0415  # as above
    from web.shop.owner import find_browser  # noqa: PLC0415  # as above

    source = find_browser()
    if source:
        moved = ordering.move_designs(get_session(), source=source, target=account_owner(account_id), now=now())
        if moved.designs:
            flash(ngettext("%(num)s design of this browser is in your account now.",
                           "%(num)s designs of this browser are in your account now.", moved.designs))
