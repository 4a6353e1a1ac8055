"""``onelot import``: publish a catalog folder or a product file."""

from __future__ import annotations

from pathlib import Path

import click

import migrations
from web.cli.output import print_json
from web.clock import utc_now
from web.database import Database
from web.publishing import prepare, publish_prepared
from web.settings import load_settings
from web.shop.lookup import plant_day


@click.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
def command(source: Path) -> None:
    """Publish SOURCE: a catalog folder with its network, or a file of another format.

    A source with faults is refused whole, with every fault listed; nothing is stored then.
    """
    settings = load_settings()
    now = utc_now()
    migrations.upgrade(settings.database_url)
    database = Database(settings.database_url)
    with database.reading() as session:
        day = plant_day(session, now)
    publication = prepare(path=source, on=day, cache_directory=settings.cache_directory)
    with database.transaction() as session:
        published = publish_prepared(session, publication=publication, now=now)
    database.dispose()
    print_json(published)
