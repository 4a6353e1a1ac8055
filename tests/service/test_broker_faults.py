"""A broker that goes away and comes back, and messages that come twice or far too late."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import LEGS
from tests.service.job_worker import SLOW
from tests.service.test_jobs_processes import Site, wait_until
from web.clock import utc_now
from web.factory import create_app
from web.settings import Settings
from web.tables import JobRow

DEFAULT_PORTS = {"redis": 6379, "amqp": 5672}


class Line:
    """A line to a broker that can be cut and mended."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or DEFAULT_PORTS[parts.scheme])
        self._door = socket.create_server(("127.0.0.1", 0))
        self.is_whole = True
        self._open: list[socket.socket] = []
        user = f"{parts.username}:{parts.password}@" if parts.username else ""
        self.url = f"{parts.scheme}://{user}127.0.0.1:{self._door.getsockname()[1]}{parts.path}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """End every connection and take no more."""
        self.is_whole = False
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the port back."""
        self.cut()
        self._door.close()
        for end in self._open:
            end.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _address = self._door.accept()
            except OSError:
                return
            if not self.is_whole:
                near.close()
                continue
            far = socket.create_connection(self._target)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.broker) for name in ("redis", "rabbitmq")])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """A line to each kind of broker."""
    url = os.environ.get(LEGS[request.param])
    if not url:
        pytest.skip(f"NOT TESTED with {request.param}: set {LEGS[request.param]}")
    made = Line(url)
    yield made
    made.close()


@pytest.mark.slow
def test_work_queued_while_the_broker_was_away_is_done_once_it_is_back(
    make_settings: Callable[..., Settings], tmp_path: Path, line: Line
) -> None:
    settings = make_settings(broker_url=line.url)
    site = Site(create_app(settings), settings, tmp_path)
    site.let_go_on()
    try:
        site.start_worker()
        first = site.put("before")
        wait_until(lambda: site.job(first)[0] == "done", "the worker works")
        line.cut()
        started = time.monotonic()
        ids = [site.put(f"while-away-{number}") for number in range(4)]
        assert time.monotonic() - started < 10
        line.is_whole = True
        ids.append(site.put("after"))
        wait_until(lambda: all(site.job(job_id)[0] == "done" for job_id in ids), "all jobs are done")
        assert site.effects() == 1 + len(ids)
        assert {site.job(job_id)[1] for job_id in ids} == {1}
    finally:
        site.close()


def test_messages_that_come_twice_late_or_for_nothing_change_nothing(
    make_settings: Callable[..., Settings], tmp_path: Path, broker_url: str
) -> None:
    settings = make_settings(broker_url=broker_url)
    site = Site(create_app(settings), settings, tmp_path)
    site.background.runner.kinds.add(SLOW)
    site.let_go_on()
    site.background.start()
    try:
        done = site.put("done")
        wait_until(lambda: site.job(done)[0] == "done", "the first job is done")
        with site.database.transaction() as session:  # as if its message had waited in the broker for two days
            row = session.get_one(JobRow, done)
            row.created_at = row.started_at = row.finished_at = utc_now() - timedelta(days=2)
        site.background.dispatch((done, done, 10**9, 0, -1))
        after = site.put("after")
        wait_until(lambda: site.job(after)[0] == "done", "the queue goes on")
        assert site.effects() == 2
        assert [site.job(done), site.job(after)] == [("done", 1), ("done", 1)]
    finally:
        site.background.stop()
        site.close()
