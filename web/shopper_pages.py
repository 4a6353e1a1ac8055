"""The pages of shoppers' accounts: make one, confirm the address, forgotten password, orders, closing it.

Nothing on these pages is needed for choosing or buying.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_user, logout_user

from ordering import service as ordering
from ordering.history import HistoryEntry, is_still_open
from web import clock, formatting, shoppers
from web.account_links import LinkPurpose
from web.accounts import ROLES, User, require_role
from web.database import get_session
from web.forms.account import (
    ChangePasswordForm,
    EmptyForm,
    ForgottenForm,
    NewPasswordForm,
    PasswordForm,
    SignUpForm,
)
from web.paging import page_number
from web.preferences import language
from web.security import count_use
from web.shop.configuring import look_around, settings
from web.shop.designs import zone_of
from web.shop.states import StateTag, order_state_tag, quote_state_tag
from web.tables import UserRow
from web.words import gettext as _

blueprint = Blueprint("shoppers", __name__)
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A quote or the order it became."""

    number: str
    is_order: bool
    url: str
    products: str
    state: StateTag
    day: str
    price: str
    made: str


@blueprint.get("/account/sign-up")
def sign_up() -> ResponseReturnValue:
    """Show the form that makes an account."""
    if current_user.is_authenticated:
        return redirect(url_for("shop.designs"))
    return render_template("account/sign_up.html", form=SignUpForm(formdata=None))


@blueprint.post("/account/sign-up")
def make_account() -> ResponseReturnValue:
    """Make an account and send its confirmation; the answer is the same for an address that has one."""
    form = SignUpForm()
    if not form.validate_on_submit():
        return render_template("account/sign_up.html", form=form), 422
    email = str(form.email.data).lower()
    _count(email)
    shoppers.sign_up(get_session(), email=email, name=str(form.name.data), password=str(form.password.data),
                     language=language(), now=clock.now())
    return _sent(email, url_for("shoppers.sign_up"))


@blueprint.get("/account/confirm/<token>")
def ask_confirm(token: str) -> ResponseReturnValue:
    """Show what is confirmed; a mail program that opens links by itself confirms nothing."""
    row = _linked(token, LinkPurpose.CONFIRM)
    if row is None:
        return render_template("account/link_over.html", is_password=False), 410
    return render_template("account/confirm.html", form=PasswordForm(formdata=None), login=row.login,
                           is_mine=_is_mine(row))


@blueprint.post("/account/confirm/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Confirm the address of an account, by its password or signed in to it."""
    row = _linked(token, LinkPurpose.CONFIRM)
    if row is None:
        return render_template("account/link_over.html", is_password=False), 410
    is_mine = _is_mine(row)
    form = EmptyForm() if is_mine else PasswordForm()
    if not form.validate_on_submit():
        return render_template("account/confirm.html", form=form, login=row.login, is_mine=is_mine), 422
    if not is_mine:
        count_use("login", f"{row.login}|{get_remote_address()}")
    if not shoppers.confirm(row, password=None if is_mine else str(form.password.data), now=clock.now()):
        form.password.errors = [_("This is not the password of this account.")]
        return render_template("account/confirm.html", form=form, login=row.login, is_mine=is_mine), 422
    flash(_("The address is confirmed."))
    return redirect(url_for("shoppers.orders"), code=303)


@blueprint.post("/account/confirm-again")
@require_role("consumer")
def confirm_again() -> ResponseReturnValue:
    """Send the link that confirms the address once more."""
    if EmptyForm().validate_on_submit():
        _count(current_user.login)
        shoppers.ask_confirmation(get_session(), account_id=current_user.id, language=language(), now=clock.now())
        flash(_("The mail is on its way."))
    return redirect(url_for("shoppers.orders"), code=303)


@blueprint.get("/account/forgotten")
def forgotten() -> ResponseReturnValue:
    """Ask whose password is forgotten."""
    return render_template("account/forgotten.html", form=ForgottenForm(formdata=None))


@blueprint.post("/account/forgotten")
def send_password_link() -> ResponseReturnValue:
    """Send a link for a new password; the answer is the same whether there is an account or not."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("account/forgotten.html", form=form), 422
    email = str(form.email.data).lower()
    _count(email)
    shoppers.ask_password(get_session(), email=email, language=language(), now=clock.now())
    return _sent(email, url_for("shoppers.forgotten"))


@blueprint.get("/account/new-password/<token>")
def ask_new_password(token: str) -> ResponseReturnValue:
    """Ask for a new password."""
    if _linked(token, LinkPurpose.PASSWORD) is None:
        return render_template("account/link_over.html", is_password=True), 410
    return render_template("account/new_password.html", form=NewPasswordForm(formdata=None))


@blueprint.post("/account/new-password/<token>")
def set_new_password(token: str) -> ResponseReturnValue:
    """Set a new password; every session of the account ends."""
    row = _linked(token, LinkPurpose.PASSWORD)
    if row is None:
        return render_template("account/link_over.html", is_password=True), 410
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return render_template("account/new_password.html", form=form), 422
    shoppers.set_password(row, password=str(form.password.data), now=clock.now())
    flash(_("The new password is set. Sign in with it."))
    return redirect(url_for("account.sign_in"), code=303)


@blueprint.get("/account/")
@require_role(*ROLES)
def account() -> ResponseReturnValue:
    """Show the account: address, password, closing it."""
    return _show_account(ChangePasswordForm(formdata=None))


@blueprint.post("/account/password")
@require_role(*ROLES)
def change_password() -> ResponseReturnValue:
    """Change the password of whoever knows the old one; this browser stays signed in, others do not."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _show_account(form), 422
    count_use("login", f"{current_user.login}|{get_remote_address()}")
    row = shoppers.change_own_password(get_session(), account_id=current_user.id, old=str(form.old.data),
                                       new=str(form.password.data))
    if row is None:
        form.old.errors = [_("This is not the password of this account.")]
        return _show_account(form), 422
    get_session().flush()
    login_user(User(row))
    flash(_("The password is changed. Other devices are signed out."))
    return redirect(url_for("shoppers.account"), code=303)


@blueprint.get("/account/delete")
@require_role("consumer")
def ask_delete() -> ResponseReturnValue:
    """Ask whether the account shall go, and say what goes with it."""
    return _show_delete(PasswordForm(formdata=None))


@blueprint.post("/account/delete")
@require_role("consumer")
def delete() -> ResponseReturnValue:
    """Delete the account of the person who is signed in and knows its password."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return _show_delete(form), 422
    count_use("login", f"{current_user.login}|{get_remote_address()}")
    if not shoppers.delete_account(get_session(), account_id=current_user.id, password=str(form.password.data)):
        form.password.errors = [_("This is not the password of this account.")]
        return _show_delete(form), 422
    logout_user()
    session.clear()
    flash(_("The account is deleted."))
    return redirect(url_for("shop.index"), code=303)


@blueprint.get("/my-orders")
@require_role("consumer")
def orders() -> ResponseReturnValue:
    """List the quotes and orders of the confirmed address."""
    around, page = look_around(), page_number()
    found: tuple[HistoryEntry, ...] = ()
    if current_user.is_confirmed:
        found = ordering.list_history(around.session, email=current_user.login, secret=settings().secret_key,
                                      offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    rows = []
    for entry in found[:PAGE_SIZE]:
        quote, is_order = entry.quote, entry.order_state is not None
        target = "shop.show_order" if is_order else "shop.show_quote"
        rows.append(HistoryRow(
            number=entry.order_number or quote.number, is_order=is_order,
            url=url_for(target, token=entry.token) if entry.token else "",
            products=formatting.enumerated(
                f"{line.quantity} × {line.title.in_language(formatting.language())}" for line in quote.lines),
            state=order_state_tag(entry.order_state) if entry.order_state is not None
            else quote_state_tag(quote.state, is_open=is_still_open(quote, now=around.now)),
            day=formatting.day_with_year(quote.promised_on), price=formatting.money(quote.gross),
            made=formatting.moment(entry.ordered_at or quote.offered_at, zone_of(around))))
    return render_template("shop/my_orders.html", rows=rows, page=page, has_more=len(found) > PAGE_SIZE,
                           login=current_user.login, is_confirmed=current_user.is_confirmed,
                           form=EmptyForm(formdata=None))


def _show_account(form: ChangePasswordForm) -> str:
    return render_template("account/account.html", form=form, login=current_user.login, name=current_user.name,
                           is_shopper=current_user.role == shoppers.ROLE, is_confirmed=current_user.is_confirmed)


def _show_delete(form: PasswordForm) -> str:
    return render_template("account/delete.html", form=form, login=current_user.login)


def _sent(email: str, again_url: str) -> str:
    return render_template("account/sent.html", email=email, again_url=again_url)


def _linked(token: str, purpose: LinkPurpose) -> UserRow | None:
    return shoppers.find_linked(get_session(), token=token, purpose=purpose, secret=settings().secret_key,
                                now=clock.now())


def _is_mine(row: UserRow) -> bool:
    return bool(current_user.is_authenticated and current_user.id == row.id)


def _count(email: str) -> None:
    """Count an unasked mail against its sender and against its mailbox."""
    count_use("login", f"mail|{get_remote_address()}")
    count_use("login", f"mail|{email}")
