"""``onelot demo``: the demo world, one walk through the whole chain, then the site."""

from __future__ import annotations

import logging
import os
import time

import click
from flask import Flask

import migrations
from catalog import service as catalog
from web.cli.output import say
from web.cli.serving import serve
from web.clock import utc_now
from web.database import Database
from web.demo.orders import place_orders
from web.demo.people import ACCOUNTS, PASSWORD, add_accounts
from web.demo.walk import Walk
from web.factory import create_app
from web.publishing import publish
from web.settings import ROOT, Settings, load_settings

CATALOG = ROOT / "catalog" / "demo"


@click.command("demo")
@click.option("--once", "is_once", is_flag=True, help="End after the walk instead of serving the site.")
@click.option("--fresh", "is_fresh", is_flag=True, help="Forget the demo database of earlier runs first.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port to listen on.")
def command(port: int | None, *, is_once: bool, is_fresh: bool) -> None:
    """Set the demo world up, walk one order through the whole chain, then serve the site."""
    logging.basicConfig(level="WARNING", format="%(levelname)s %(name)s: %(message)s")
    started = time.monotonic()
    settings = demo_settings(port=port, is_fresh=is_fresh)
    app = create_app(settings)
    prepare(app, settings)
    Walk(app, settings.var_directory / "documents", click.echo).go()
    click.echo(f"walked in {time.monotonic() - started:.1f} s")
    if is_once:
        return
    serve(app, settings, announce=_announce)


def demo_settings(*, port: int | None, is_fresh: bool) -> Settings:
    """Give the settings of the demo: a database of its own unless the environment names one, no rate limits."""
    plain = load_settings()
    overrides: dict[str, object] = {} if port is None else {"port": port}
    path = plain.var_directory / "demo.sqlite3"
    if "ONELOT_DATABASE_URL" not in os.environ:
        overrides["database_url"] = f"sqlite:///{path}"
        if is_fresh:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
    return load_settings(None, **overrides)


def prepare(app: Flask, settings: Settings) -> None:
    """Bring the database to its newest shape and fill it with the demo world, unless it is filled already."""
    migrations.upgrade(settings.database_url)
    database: Database = app.extensions["onelot_database"]
    now = utc_now()
    with database.transaction() as session:
        add_accounts(session, now=now)
    with database.reading() as session:
        is_published = bool(catalog.list_product_summaries(session))
    if not is_published:
        say("publishing the demo catalog")
        with database.transaction() as session:
            publish(session, path=CATALOG, now=now)
    placed = place_orders(database, secret=settings.secret_key, now=now, cache_directory=settings.cache_directory)
    if placed:
        say(f"placed {placed} orders through the real services")


def _announce(address: str) -> None:
    click.echo(f"\nOnelot serves {address}   (Ctrl+C ends it)")
    click.echo(f"Sign in at {address}account/sign-in with the password {PASSWORD}:")
    for account in ACCOUNTS:
        of = f" of {account.company}" if account.company else ""
        click.echo(f"  {account.login:8} {account.name}, {account.role}{of}")
