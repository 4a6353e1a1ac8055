"""Accounts: signing in and out, sessions that end on the server, roles, throttling."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from flask_login import current_user

from tests.conftest import NOW, StandingClock
from tests.web.signing_in import PASSWORD, add_user, sign_in, token_of
from web import accounts
from web.accounts import AccountInvalid, AccountNotFound, require_role
from web.database import Database
from web.factory import create_app
from web.settings import Settings


@pytest.fixture
def staffed(app: Flask) -> Flask:
    """The application with one account per role and a page for planners."""
    for role in accounts.ROLES:
        add_user(app, role, role, company="SZ" if role == "partner" else None)

    @require_role("planner", "owner")
    def guarded() -> str:
        return f"for {current_user.name}"

    app.add_url_rule("/t/planners", "t_planners", guarded)
    app.add_url_rule("/t/frame", "t_frame", lambda: render_template("base.html"))
    return app


def database_of(app: Flask) -> Database:
    database: Database = app.extensions["onelot_database"]
    return database


def test_right_pair_signs_in_and_wrong_pairs_get_one_and_the_same_answer(staffed: Flask) -> None:
    client = staffed.test_client()
    answers = []
    for login, password in (("planner", "wrong password"), ("nobody", PASSWORD)):
        answer = client.post("/account/sign-in", data={
            "csrf_token": token_of(client), "login": login, "password": password, "next": ""})
        assert answer.status_code == 422
        answers.append(answer.text.replace(f'value="{login}"', "LOGIN"))
    strip = [[line for line in text.splitlines() if "csrf_token" not in line] for text in answers]
    assert strip[0] == strip[1]
    assert sign_in(client, " Planner ") == 303
    assert client.get("/t/planners").text == "for Planner"


def test_closed_account_cannot_sign_in_and_its_session_ends(staffed: Flask) -> None:
    client = staffed.test_client()
    assert sign_in(client, "planner") == 303
    with database_of(staffed).transaction() as session:
        accounts.disable_user(session, login="planner")
    assert client.get("/t/planners").status_code == 302
    assert sign_in(staffed.test_client(), "planner") == 422


def test_new_password_ends_sessions_and_replaces_the_old_one(staffed: Flask) -> None:
    client = staffed.test_client()
    sign_in(client, "planner")
    with database_of(staffed).transaction() as session:
        accounts.change_password(session, login="planner", password="another good one")
    assert client.get("/t/planners").status_code == 302
    assert sign_in(staffed.test_client(), "planner") == 422
    assert sign_in(staffed.test_client(), "planner", "another good one") == 303


def test_copied_cookie_is_worth_nothing_after_signing_out(staffed: Flask) -> None:
    client = staffed.test_client()
    sign_in(client, "owner")
    cookie = client.get_cookie("onelot_session")
    assert cookie is not None
    thief = staffed.test_client()
    thief.set_cookie("onelot_session", cookie.value)
    assert thief.get("/t/planners").status_code == 200
    assert client.post("/account/sign-out", data={"csrf_token": session_token(client)}).status_code == 303
    assert thief.get("/t/planners").status_code == 302
    assert client.get("/t/planners").status_code == 302


def session_token(client: FlaskClient) -> str:
    """Read a token of the running session from a page that has a form."""
    return token_of(client, "/t/frame")


def test_session_is_made_anew_when_a_person_signs_in(staffed: Flask) -> None:
    client = staffed.test_client()
    with client.session_transaction() as before:
        before["planted"] = "by somebody else"
    sign_in(client, "sales")
    with client.session_transaction() as after:
        assert "planted" not in after
        assert len(after["sid"]) >= 20
        assert after.permanent


def test_guests_are_led_to_sign_in_and_back(staffed: Flask) -> None:
    client = staffed.test_client()
    answer = client.get("/t/planners?week=2")
    assert answer.status_code == 302
    assert answer.location == "/account/sign-in?next=/t/planners?week%3D2"
    problem = client.get("/t/planners", headers={"Accept": "application/json"})
    assert problem.status_code == 401
    answer = client.post("/account/sign-in", data={
        "csrf_token": token_of(client), "login": "planner", "password": PASSWORD, "next": "/t/planners?week=2"})
    assert answer.location == "/t/planners?week=2"
    outside = staffed.test_client()
    answer = outside.post("/account/sign-in", data={
        "csrf_token": token_of(outside), "login": "planner", "password": PASSWORD, "next": "//evil.example"})
    assert answer.location.startswith("/planning")


@pytest.mark.parametrize("role", accounts.ROLES)
def test_guard_lets_only_its_roles_in(staffed: Flask, role: str) -> None:
    client = staffed.test_client()
    assert sign_in(client, role) == 303
    assert client.get("/t/planners").status_code == (200 if role in {"planner", "owner"} else 403)


def test_tries_are_limited_per_account_and_sender(
    make_settings: Callable[..., Settings], clock: StandingClock
) -> None:
    app = create_app(make_settings(is_rate_limited=True), clock=clock)
    add_user(app, "planner", "planner")
    client = app.test_client()
    assert [sign_in(client, "planner", "wrong password") for _ in range(6)] == [422] * 5 + [429]
    assert sign_in(client, "planner") == 429
    assert sign_in(client, "someone else", "wrong password") == 422
    other = app.test_client()
    other.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    assert sign_in(other, "planner") == 303
    app.extensions["onelot_database"].dispose()


@pytest.mark.parametrize("cookie", ["", "1", "1.", ".1", "1.x", "9" * 40 + ".0", "-1.0", "1.0.0", "١.٠"])
def test_forged_numbers_in_a_session_are_nobody(staffed: Flask, cookie: str) -> None:
    client = staffed.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = cookie
        session["_fresh"] = True
    assert client.get("/t/planners").status_code == 302


@pytest.mark.parametrize("change", [
    {"login": ""}, {"login": "two words"}, {"login": "a\nb"}, {"role": "admin"}, {"password": "short"},
    {"password": "x" * 201}, {"role": "partner"}, {"company": "SZ"}, {"login": "Planner"},
])
def test_bad_account_is_refused(staffed: Flask, change: dict[str, str]) -> None:
    values = {"login": "new", "name": "New", "role": "sales", "password": PASSWORD, "company": None} | change
    with pytest.raises(AccountInvalid), database_of(staffed).transaction() as session:
        accounts.add_user(session, **values, now=NOW)  # type: ignore[arg-type]  # one bad value each
    with database_of(staffed).reading() as session:
        assert len(accounts.list_users(session)) == len(accounts.ROLES)


def test_unknown_account_cannot_be_changed(staffed: Flask) -> None:
    with pytest.raises(AccountNotFound), database_of(staffed).transaction() as session:
        accounts.change_password(session, login="nobody", password=PASSWORD)


def test_passwords_are_stored_as_slow_salted_hashes() -> None:
    made = [accounts.hash_password(PASSWORD) for _ in range(2)]
    assert all(value.startswith("scrypt:32768:8:1$") for value in made)
    assert made[0] != made[1]
