"""``onelot demo``: the demo world, one walk through the whole chain, then the site."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import click
from flask import Flask

import migrations
from catalog import service as catalog
from web.accounts import list_users
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
    """Give the settings of the demo: the environment's, with the port asked for; forget the embedded database if told.

    Raises
    ------
    click.ClickException
        The database is not the demo's own, so it is neither forgotten nor filled.
    """
    settings = load_settings(None, **({} if port is None else {"port": port}))
    require_demo_database(settings)
    if is_fresh and "ONELOT_DATABASE_URL" not in os.environ:
        path = Path(settings.database_url.removeprefix("sqlite:///"))
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    return settings


def require_demo_database(settings: Settings) -> None:
    """Refuse a database with accounts that are not the demo's: their passwords are public."""
    migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    with database.reading() as session:
        foreign = {row.login for row in list_users(session)} - {account.login for account in ACCOUNTS}
    database.dispose()
    if foreign:
        raise click.ClickException(
            f"this database holds accounts that are not the demo's ({', '.join(sorted(foreign)[:3])}); "
            "name another one in ONELOT_DATABASE_URL"
        )


def prepare(app: Flask, settings: Settings) -> None:
    """Bring the database to its newest shape and fill it with the demo world, unless it is filled already."""
    migrations.upgrade(settings.database_url)
    database: Database = app.extensions["onelot_database"]
    now = utc_now()
    with database.transaction() as session:
        add_accounts(session, now=now)
    with database.reading() as session:
        published = {summary.product_code for summary in catalog.list_product_summaries(session)}
    if not published >= {folder.name for folder in (CATALOG / "products").iterdir()}:
        say("publishing the demo catalog")
        with database.transaction() as session:
            publish(session, path=CATALOG, now=now, cache_directory=settings.cache_directory)
    placed = place_orders(database, secret=settings.secret_key, now=now, cache_directory=settings.cache_directory)
    if placed:
        say(f"placed {placed} orders through the real services")


def _announce(address: str) -> None:
    click.echo(f"\nOnelot serves {address}   (Ctrl+C ends it)")
    click.echo(f"Sign in at {address}account/sign-in with the password {PASSWORD}:")
    for account in ACCOUNTS:
        of = f" of {account.company}" if account.company else ""
        click.echo(f"  {account.login:8} {account.name}, {account.role}{of}")
