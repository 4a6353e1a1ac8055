"""People who sign in: their roles, passwords and sessions, and the guard that asks for a role."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, jsonify, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from catalog.errors import OnelotError
from web.clock import now as clock_now
from web.database import get_session
from web.errors import wants_json
from web.tables import UserRow

ROLES = ("consumer", "sales", "planner", "catalog", "partner", "owner")
MINIMUM_PASSWORD_LENGTH = 10
METHOD = "scrypt:32768:8:1"
COOKIE_PATTERN = re.compile(r"(?P<number>[0-9]{1,18})\.(?P<epoch>[0-9]{1,9})")
View = TypeVar("View", bound=Callable[..., Any])
"""Any: views take what their address holds and answer what Flask takes."""


class AccountInvalid(OnelotError):
    """The account cannot be made or changed as asked."""

    code = "account_invalid"


class AccountNotFound(OnelotError):
    """No account has this login."""

    code = "account_not_found"


class User(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """The person of this request, as views and templates see them."""

    def __init__(self, row: UserRow) -> None:
        self.id = row.id
        self.login = row.login
        self.name = row.name
        self.role = row.role
        self.company = row.company
        self.session_epoch = row.session_epoch
        self.is_confirmed = row.confirmed_at is not None

    def get_id(self) -> str:
        """Give what the session cookie carries: the number and the epoch it holds for."""
        return f"{self.id}.{self.session_epoch}"


def register_accounts(app: Flask) -> None:
    """Give an application its signed-in person."""
    manager = LoginManager()
    manager.session_protection = None  # the epoch in the cookie revokes; addresses change on phones
    manager.user_loader(_load_user)
    manager.init_app(app)


def _load_user(cookie: str) -> User | None:
    found = COOKIE_PATTERN.fullmatch(cookie)
    if found is None:
        return None
    row = get_session().get(UserRow, int(found["number"]))
    if row is None or not row.is_active or row.session_epoch != int(found["epoch"]):
        return None
    return User(row)


def require_role(*roles: str) -> Callable[[View], View]:
    """Let only people with one of the roles use a view.

    Parameters
    ----------
    roles
        From :data:`ROLES`.

    Returns
    -------
    callable
        A decorator. Guests are led to the sign-in page (401 for JSON); others get 403.
    """
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"unknown roles: {sorted(unknown)}")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:  # Any: see View
            if not current_user.is_authenticated:
                return ask_to_sign_in()
            if current_user.role not in roles:
                abort(403)
            return view(*args, **kwargs)

        guarded.onelot_roles = frozenset(roles)  # type: ignore[attr-defined]  # read by the matrix test
        return guarded  # type: ignore[return-value]  # wraps keeps the view's own signature

    return decorate


def ask_to_sign_in() -> Response:
    """Lead a guest to the sign-in page and back; a JSON client gets 401."""
    if wants_json():
        response = jsonify(type="about:blank", title="Sign in first", status=401, code="sign_in_first")
        response.status_code = 401
        response.mimetype = "application/problem+json"
        return response
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    answer = redirect(url_for("account.sign_in", next=here))
    return current_app.make_response(answer)


def sign_in(*, login: str, password: str) -> User | None:
    """Sign a person in, with a fresh session; None for any wrong pair, in the same time.

    Parameters
    ----------
    login
        As typed; case and outer spaces do not matter.
    password
        As typed.

    Returns
    -------
    User or None
        The person, signed in; None when login and password do not belong together.
    """
    row = find_user(get_session(), login=login)
    reference = row.password_hash if row is not None and row.is_active else _decoy_hash()
    is_right = check_password_hash(reference, password)
    if row is None or not row.is_active or not is_right:
        return None
    session.clear()
    session["sid"] = secrets.token_urlsafe(16)
    session.permanent = True
    row.signed_in_at = clock_now()
    user = User(row)
    login_user(user)
    return user


def sign_out() -> None:
    """Sign the person out and end every session of the account, copied cookies included."""
    if current_user.is_authenticated:
        row = get_session().get(UserRow, current_user.id)
        if row is not None:
            row.session_epoch += 1
    logout_user()
    session.clear()


_decoy: list[str] = []


def _decoy_hash() -> str:
    """Give a hash to check against when there is no account, so that both cases take the same time."""
    if not _decoy:
        _decoy.append(generate_password_hash(secrets.token_urlsafe(16), method=METHOD))
    return _decoy[0]


def find_user(session: Session, *, login: str) -> UserRow | None:
    """Find an account by its login; None when there is none."""
    return session.scalar(select(UserRow).where(UserRow.login == login.strip().lower()))


def person_name(login: str) -> str:
    """Give the name of the person with a login; the login itself where no account has it any more."""
    row = find_user(get_session(), login=login)
    return row.name if row is not None and row.name else login


def list_users(session: Session) -> tuple[UserRow, ...]:
    """List every account by login."""
    return tuple(session.scalars(select(UserRow).order_by(UserRow.login)))


def add_user(
    session: Session, *, login: str, name: str, role: str, password: str, now: datetime,
    company: str | None = None,
) -> UserRow:
    """Make an account; parameters and refusals as for :func:`add_hashed_user`, the password as typed."""
    return add_hashed_user(session, login=login, name=name, role=role, company=company, now=now,
                           password_hash=hash_password(password))


def add_hashed_user(
    session: Session, *, login: str, name: str, role: str, password_hash: str, now: datetime,
    company: str | None = None,
) -> UserRow:
    """Make an account with a password that is hashed already.

    Parameters
    ----------
    login
        An e-mail address or short name, unique; stored in small letters.
    name
        How pages call the person.
    role
        One of :data:`ROLES`.
    password_hash
        From :func:`hash_password`.
    now
        Aware UTC.
    company
        The company's code; needed for a partner, kept empty for others.

    Returns
    -------
    UserRow
        The new account, flushed.

    Raises
    ------
    AccountInvalid
        The login is taken, or a value does not meet its limits.
    """
    login = login.strip().lower()
    if not 1 <= len(login) <= 254 or not login.isprintable() or " " in login:
        raise AccountInvalid("A login is 1 to 254 characters without spaces.", field="login")
    if role not in ROLES:
        raise AccountInvalid(f"A role is one of {', '.join(ROLES)}.", field="role")
    if (role == "partner") != bool(company):
        raise AccountInvalid("A partner has a company, and nobody else has one.", field="company")
    if find_user(session, login=login) is not None:
        raise AccountInvalid(f"The login {login} is taken.", field="login")
    row = UserRow(login=login, name=name.strip() or login, role=role, company=company or None,
                  password_hash=password_hash, created_at=now)
    session.add(row)
    session.flush()
    return row


def change_password(session: Session, *, login: str, password: str) -> UserRow:
    """Give an account a new password and end its sessions.

    Raises
    ------
    AccountNotFound
        No account has this login.
    AccountInvalid
        The password is too short.
    """
    row = _get_user(session, login)
    row.password_hash = hash_password(password)
    row.session_epoch += 1
    return row


def disable_user(session: Session, *, login: str) -> UserRow:
    """Close an account and end its sessions.

    Raises
    ------
    AccountNotFound
        No account has this login.
    """
    row = _get_user(session, login)
    row.is_active = False
    row.session_epoch += 1
    return row


def _get_user(session: Session, login: str) -> UserRow:
    row = find_user(session, login=login)
    if row is None:
        raise AccountNotFound(f"There is no account {login}.")
    return row


def hash_password(password: str) -> str:
    """Give the salted scrypt hash of a password.

    Raises
    ------
    AccountInvalid
        It has fewer than 10 or more than 200 characters.
    """
    if not MINIMUM_PASSWORD_LENGTH <= len(password) <= 200:
        raise AccountInvalid(f"A password has {MINIMUM_PASSWORD_LENGTH} to 200 characters.", field="password")
    return generate_password_hash(password, method=METHOD)
