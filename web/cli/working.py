"""``onelot worker``: a process that does background work until it is told to stop."""

from __future__ import annotations

import logging
import sys

import click

from web.factory import create_app
from web.settings import load_settings
from web.warming import warm_in_background
from web.worker import get_background


@click.command("worker")
def command() -> None:
    """Do background work until SIGTERM; start as many of these as the work needs."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    warm_in_background()
    sys.exit(get_background(create_app(settings)).run_forever())
