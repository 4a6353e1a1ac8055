"""``onelot migrate``: bring the database to the newest shape."""

from __future__ import annotations

import click

import migrations
from web.cli.output import print_json
from web.settings import load_settings


@click.command("migrate")
def command() -> None:
    """Bring the database to the newest shape; does nothing when it is there already."""
    settings = load_settings()
    before = migrations.current(settings.database_url)
    after = migrations.upgrade(settings.database_url)
    print_json({"before": before, "after": after})
