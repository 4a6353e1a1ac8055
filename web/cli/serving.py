"""``onelot serve``: the site by waitress, with the embedded worker when the settings want one."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType

import click
from flask import Flask

import migrations
from web.cli.output import say
from web.cli.siblings import Siblings, bind, make_server
from web.factory import create_app
from web.settings import Settings, load_settings
from web.usage import get_usage
from web.warming import warm_in_background
from web.worker import get_background


@click.command("serve")
@click.option("--host", default=None, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port to listen on.")
def command(host: str | None, port: int | None) -> None:
    """Serve the site until interrupted; brings the database to the newest shape first."""
    wanted: dict[str, object] = {"host": host, "port": port}
    settings = load_settings(None, **{name: value for name, value in wanted.items() if value is not None})
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    migrations.upgrade(settings.database_url)
    serve(create_app(settings), settings, announce=lambda address: say(f"serving {address}"))


def serve(app: Flask, settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Serve an application until SIGINT or SIGTERM.

    Parameters
    ----------
    app
        The application.
    settings
        Host, port, threads, processes, and whether a worker runs inside the first of them.
    announce
        Called with the address once connections are taken.
    """
    listening = bind(settings)
    server = make_server(app, settings, listening)
    siblings = Siblings(listening, count=settings.web_processes - 1)
    siblings.start()
    warm_in_background()
    usage = get_usage(app)
    usage.start()
    background = get_background(app)
    if settings.is_worker_embedded:
        background.start()
    signal.signal(signal.SIGTERM, _leave)
    announce(f"http://{settings.host}:{listening.getsockname()[1]}/")
    try:
        server.run()
    finally:
        siblings.stop()
        server.close()
        usage.stop()
        if settings.is_worker_embedded:
            background.stop()


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
