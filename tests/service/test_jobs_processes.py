"""Background work with real brokers and real processes: kill -9, lost brokers, duplicate messages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import broker_address
from tests.service.job_worker import SLOW
from web.clock import utc_now
from web.database import Database
from web.factory import create_app
from web.jobs import queue
from web.settings import Settings
from web.tables import JobRow, UserRow
from web.worker import BackgroundWork

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 40.0


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < limit, f"waited too long until {what}"
        time.sleep(0.02)


class Site:
    """A site whose workers are processes of their own."""

    def __init__(self, app: Flask, settings: Settings, folder: Path) -> None:
        self.database: Database = app.extensions["onelot_database"]
        self.background: BackgroundWork = app.extensions["onelot_background"]
        self.background.queue_name = f"test-{uuid.uuid4().hex}"
        self.folder = folder
        self._settings = settings
        self._processes: list[subprocess.Popen[bytes]] = []

    def start_worker(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ONELOT_")} | {
            "ONELOT_DATABASE_URL": self._settings.database_url, "ONELOT_BROKER_URL": self._settings.broker_url,
            "ONELOT_VAR_DIRECTORY": str(self._settings.var_directory), "ONELOT_JOB_LEASE_SECONDS": "2",
            "ONELOT_SECRET_KEY": self._settings.secret_key, "PYTHONPATH": str(ROOT),
        }
        process = subprocess.Popen([sys.executable, "-m", "tests.service.job_worker", self.background.queue_name],
                                   cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._processes.append(process)
        return process

    def put(self, key: str = "one") -> int:
        with self.database.transaction() as session:
            return queue.enqueue(session, kind=SLOW.code, payload={"folder": str(self.folder)}, key=key,
                                 now=utc_now()).id

    def job(self, job_id: int) -> tuple[str, int]:
        with self.database.reading() as session:
            row = session.get_one(JobRow, job_id)
            return row.state, row.attempts

    def effects(self) -> int:
        with self.database.reading() as session:
            return session.query(UserRow).count()

    def beginnings(self) -> int:
        return len(list(self.folder.glob("began-*")))

    def let_go_on(self) -> None:
        (self.folder / "go").touch()

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        self.database.dispose()


GROWN = (pytest.param(("sqlite", "memory"), id="sqlite-memory"),
         pytest.param(("sqlite", "redis"), id="sqlite-redis", marks=pytest.mark.broker),
         pytest.param(("postgresql", "rabbitmq"), id="postgresql-rabbitmq",
                      marks=(pytest.mark.broker, pytest.mark.postgresql)))


@pytest.fixture(params=GROWN)
def site(
    request: pytest.FixtureRequest, make_settings: Callable[..., Settings], tmp_path: Path
) -> Iterator[Site]:
    """A site as it grows: embedded, with Redis, with PostgreSQL and RabbitMQ."""
    database, broker = request.param
    settings = make_settings(database_url=request.getfixturevalue(f"{database}_url"),
                             broker_url=broker_address(broker))
    opened = Site(create_app(settings), settings, tmp_path)
    yield opened
    opened.close()


@pytest.mark.slow
def test_killed_worker_loses_nothing_and_nothing_happens_twice(site: Site) -> None:
    workers = {process.pid: process for process in (site.start_worker(), site.start_worker())}
    job_id = site.put()
    wait_until(lambda: site.beginnings() == 1, "one of two workers began")
    (began,) = site.folder.glob("began-*")
    busy = workers[int(began.name.removeprefix("began-"))]
    busy.send_signal(signal.SIGKILL)
    busy.wait()
    assert site.job(job_id) == ("running", 1)
    site.let_go_on()
    wait_until(lambda: site.job(job_id)[0] == "done", "the other worker finished the job")
    assert site.job(job_id) == ("done", 2)
    assert site.effects() == 1


@pytest.mark.slow
def test_worker_told_to_stop_finishes_its_job_first(
    make_settings: Callable[..., Settings], tmp_path: Path, sqlite_url: str
) -> None:
    settings = make_settings(database_url=sqlite_url)
    site = Site(create_app(settings), settings, tmp_path)
    try:
        worker = site.start_worker()
        job_id = site.put()
        wait_until(lambda: site.beginnings() == 1, "the worker began")
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        site.let_go_on()
        worker.wait(PATIENCE_SECONDS)
        assert site.job(job_id) == ("done", 1)
        assert site.effects() == 1
    finally:
        site.close()


def test_embedded_worker_does_what_is_queued_and_duplicates_change_nothing(
    make_settings: Callable[..., Settings], tmp_path: Path, broker_url: str
) -> None:
    settings = make_settings(broker_url=broker_url)
    app = create_app(settings)
    site = Site(app, settings, tmp_path)
    site.background.runner.kinds.add(SLOW)
    site.let_go_on()
    site.background.start()
    try:
        ids = [site.put(str(number)) for number in range(10)]
        for job_id in ids:
            site.background.dispatch((job_id, job_id))
        wait_until(lambda: all(site.job(job_id)[0] == "done" for job_id in ids), "all jobs are done")
        assert site.effects() == 10
        assert {site.job(job_id)[1] for job_id in ids} == {1}
    finally:
        site.background.stop()
        site.close()


def test_broker_that_is_down_delays_work_and_fails_no_request(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_settings(broker_url="redis://127.0.0.1:1/0")
    site = Site(create_app(settings), settings, tmp_path)
    site.background.runner.kinds.add(SLOW)
    site.let_go_on()
    started = time.monotonic()
    ids = [site.put(str(number)) for number in range(5)]
    assert time.monotonic() - started < 5
    assert [site.job(job_id)[0] for job_id in ids] == ["queued"] * 5
    assert site.background.runner.run_due() == 5
    assert site.effects() == 5
    site.close()
