"""Small steps that tests of pages share: accounts, tokens, signing in."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import NOW
from web import accounts
from web.database import Database

PASSWORD = "correct horse battery"


def add_user(app: Flask, login: str, role: str, *, company: str | None = None) -> None:
    """Make an account with the password of the tests."""
    database: Database = app.extensions["onelot_database"]
    with database.transaction() as session:
        accounts.add_user(session, login=login, name=login.title(), role=role, company=company,
                          password=PASSWORD, now=NOW)


def token_of(client: FlaskClient, address: str = "/account/sign-in") -> str:
    """Read the token that the form at an address carries."""
    page = client.get(address).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, page
    return found.group(1)


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> int:
    """Sign in as a person would; give the status of the answer."""
    answer = client.post("/account/sign-in", data={
        "csrf_token": token_of(client), "login": login, "password": password, "next": ""})
    return answer.status_code
