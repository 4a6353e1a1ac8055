"""Further web processes beside the first one, on the same socket; each ends when the first one does."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from types import FrameType

import waitress
from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer

from web.settings import ROOT, Settings, load_settings

logger = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
"""How long the place of a process that ended stays empty, so that a fault at its start burns no core."""
LEAVING_SECONDS = 10.0


def make_server(app: Flask, settings: Settings, listening: socket.socket) -> MultiSocketServer | BaseWSGIServer:
    """Make the web server of one process on a socket that others may share.

    Parameters
    ----------
    app, settings
        The application; threads and proxies of the settings count.
    listening
        Bound; connections go to whichever process takes them first.
    """
    return waitress.create_server(
        app, sockets=[listening], threads=settings.web_threads, ident="",
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        max_request_body_size=9_000_000,  # a catalog may have so much; the application gives forms a lower limit
        channel_timeout=60, connection_limit=500,
    )


def bind(settings: Settings) -> socket.socket:
    """Bind the socket of the settings' host and port; raise OSError when they are taken."""
    family, kind, protocol, _name, where = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(where)
    return listening


class Siblings:
    """The further processes of a site. They read the same environment; a pipe that closes tells them to end."""

    def __init__(self, listening: socket.socket, *, count: int) -> None:
        self._listening, self._count = listening, count
        self._is_over = threading.Event()
        self._keepers: list[threading.Thread] = []
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start them, each with a thread that starts another one when it ends too early."""
        for place in range(self._count):
            keeper = threading.Thread(target=self._keep, args=(place,), name=f"sibling-{place}", daemon=True)
            self._keepers.append(keeper)
            keeper.start()

    def stop(self) -> None:
        """Tell them to end, and wait; one that does not is killed."""
        self._is_over.set()
        for process in list(self._running.values()):
            if process.stdin is not None:
                process.stdin.close()
        for keeper in self._keepers:
            keeper.join(LEAVING_SECONDS)
        for process in list(self._running.values()):
            process.kill()

    def _keep(self, place: int) -> None:
        while not self._is_over.is_set():
            descriptor = self._listening.fileno()
            command = [sys.executable, "-P", "-m", "web.cli.siblings", str(descriptor)]
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            process = subprocess.Popen(command, cwd=ROOT, env=environment,  # noqa: S603  # our own module
                                       stdin=subprocess.PIPE, pass_fds=[descriptor])
            self._running[place] = process
            code = process.wait()
            self._running.pop(place, None)
            if process.stdin is not None:
                process.stdin.close()
            if not self._is_over.wait(RESTART_SECONDS):
                logger.warning("web process %d ended with %d; another one takes its place", process.pid, code)


def serve_beside(descriptor: int) -> None:
    """Serve on an inherited socket until the process that started this one closes the pipe, or ends.

    Parameters
    ----------
    descriptor
        Of the bound socket.
    """
    from web.factory import create_app  # noqa: PLC0415  # only this process needs it here
    from web.usage import get_usage  # noqa: PLC0415  # as above
    from web.warming import warm_in_background  # noqa: PLC0415  # as above

    settings = load_settings(None)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = create_app(settings)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the first process, which ends this one
    signal.signal(signal.SIGTERM, _leave)
    server = make_server(app, settings, socket.socket(fileno=descriptor))
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    warm_in_background()
    usage = get_usage(app)
    usage.start()
    try:
        server.run()
    finally:
        server.close()
        usage.stop()


def _end_with_the_first() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    serve_beside(int(sys.argv[1]))
