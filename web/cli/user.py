"""``onelot user``: the accounts of staff and partners."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

import migrations
from web import accounts
from web.cli.output import print_json
from web.clock import utc_now
from web.database import Database
from web.settings import load_settings
from web.tables import UserRow


@click.group("user")
def command() -> None:
    """Accounts of staff and partners."""


@command.command("add")
@click.argument("login")
@click.option("--name", default="", help="How pages call the person; the login unless told.")
@click.option("--role", type=click.Choice(accounts.ROLES), required=True)
@click.option("--company", default=None, help="The partner's company code.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(login: str, name: str, role: str, company: str | None, *, password_stdin: bool) -> None:
    """Make an account; without --password-stdin a password is made up and printed once."""
    password = _password(is_from_stdin=password_stdin)
    with _session() as session:
        row = accounts.add_user(session, login=login, name=name, role=role, company=company,
                                password=password, now=utc_now())
        print_json(_described(row) | ({} if password_stdin else {"password": password}))


@command.command("list")
def list_accounts() -> None:
    """List the accounts."""
    with _session() as session:
        print_json([_described(row) for row in accounts.list_users(session)])


@command.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Close an account and end its sessions."""
    with _session() as session:
        print_json(_described(accounts.disable_user(session, login=login)))


@command.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def change_password(login: str, *, password_stdin: bool) -> None:
    """Give an account a new password and end its sessions."""
    password = _password(is_from_stdin=password_stdin)
    with _session() as session:
        row = accounts.change_password(session, login=login, password=password)
        print_json(_described(row) | ({} if password_stdin else {"password": password}))


def _password(*, is_from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if is_from_stdin else secrets.token_urlsafe(12)


@contextmanager
def _session() -> Iterator[Session]:
    settings = load_settings()
    migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        with database.transaction() as session:
            yield session
    finally:
        database.dispose()


def _described(row: UserRow) -> dict[str, object]:
    return {"login": row.login, "name": row.name, "role": row.role, "company": row.company,
            "is_active": row.is_active}
