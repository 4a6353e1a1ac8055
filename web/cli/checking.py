"""``onelot check``: every invariant over everything that is stored."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable

import click
from sqlalchemy.orm import Session

import migrations
from web.cli.output import print_json, say
from web.clock import utc_now
from web.database import Database
from web.settings import load_settings

CHECKS = ("catalog.checks", "scheduling.checks", "ordering.checks", "web.checks")
"""Modules that offer ``check(session, *, now)`` giving breaches with ``invariant`` and ``message``."""


@click.command("check")
@click.option("--json", "is_json", is_flag=True, help="The breaches as JSON on standard output.")
def command(*, is_json: bool) -> None:
    """Check every invariant; exit code 1 when one is broken."""
    settings = load_settings()
    migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    with database.reading() as session:
        breaches = find_breaches(session)
    database.dispose()
    if is_json:
        print_json({"breaches": breaches})
    else:
        for breach in breaches:
            say(f"{breach['invariant']}: {breach['message']}")
        say(f"{len(breaches)} breach(es)")
    sys.exit(1 if breaches else 0)


def find_breaches(session: Session) -> list[dict[str, str]]:
    """Run every check that this version has; empty when all invariants hold."""
    found: list[dict[str, str]] = []
    for name in CHECKS:
        breaches: Iterable[object] = importlib.import_module(name).check(session, now=utc_now())
        found += [{"invariant": str(getattr(breach, "invariant", "")),
                   "message": str(getattr(breach, "message", breach))} for breach in breaches]
    return found
