"""The working side of a process: Celery's worker, the sweeper that repairs lost messages, repeating work."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from web.clock import Clock
from web.database import Database
from web.jobs import queue
from web.jobs.kinds import KindRegistry
from web.jobs.runner import JobRunner
from web.settings import Settings

if TYPE_CHECKING:
    from celery import Celery

    from web.tasks import Dispatcher

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
KEEP_PERIODIC_HOURS = 2
WORKER_OPTIONS: dict[str, Any] = {
    "pool": "solo",
    "concurrency": 1,
    "quiet": True,
    "without_heartbeat": True,
    "without_mingle": True,
    "without_gossip": True,
    "use_eventloop": False,  # with one thread, the event loop lets messages of RabbitMQ wait a second each
}
"""Any: options of several types."""


class Beat:
    """A thread that re-sends what got lost and queues repeating work."""

    def __init__(self, database: Database, dispatcher: Dispatcher, kinds: KindRegistry, clock: Clock) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._kinds = kinds
        self._clock = clock
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="beat", daemon=True)

    def start(self) -> None:
        """Start beating."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait until the thread has ended."""
        self._is_over.set()
        self._thread.join(timeout=10)

    def beat_once(self) -> int:
        """Queue the repeating work that is due, send what got lost; give the number of jobs sent."""
        now = self._clock()
        with self._database.transaction() as session:
            for kind in self._kinds.list_periodic():
                slot = int(now.timestamp()) // kind.every_seconds
                queue.enqueue(session, kind=kind.code, payload={}, key=f"{kind.code}:{slot}", now=now)
            ids = queue.sweep(session, now=now)
            queue.prune(session, kinds=tuple(kind.code for kind in self._kinds.list_periodic()),
                        before_at=now - timedelta(hours=KEEP_PERIODIC_HOURS))
        return self._dispatcher.send(ids)

    def _loop(self) -> None:
        while not self._is_over.wait(SWEEP_SECONDS):
            try:
                self.beat_once()
            except SQLAlchemyError as error:
                logger.warning("the sweeper could not reach the database: %s", type(error).__name__)


class BackgroundWork:
    """Everything one process needs to send and run background jobs, built on first use."""

    def __init__(self, app: Flask, kinds: KindRegistry) -> None:
        self._app = app
        self._settings: Settings = app.extensions["onelot_settings"]
        self._database: Database = app.extensions["onelot_database"]
        self._clock: Clock = app.extensions["onelot_clock"]
        self.runner = JobRunner(self._database, kinds, clock=self._clock,
                                lease_seconds=self._settings.job_lease_seconds)
        self._lock = threading.Lock()
        self._celery: Celery | None = None
        self._dispatcher: Dispatcher | None = None
        self.queue_name = ""
        self._thread: threading.Thread | None = None
        self._beat: Beat | None = None

    def dispatch(self, ids: tuple[int, ...]) -> None:
        """Wake a worker for jobs that a committed transaction made."""
        if self._settings.is_broker_in_process and self._thread is None:
            return  # nobody listens in this process; the sweeper of a worker finds them in the table
        self._make()[1].send(ids)

    def run_job(self, job_id: int) -> bool:
        """Run a job inside the application's context."""
        with self._app.app_context():
            return self.runner.run(job_id)

    def start(self) -> None:
        """Start a worker with one thread and the sweeper inside this process."""
        celery, dispatcher = self._make()
        worker = celery.WorkController(hostname=f"embedded-{id(self)}@localhost", **WORKER_OPTIONS)
        self._thread = threading.Thread(target=_work, args=(celery, worker), name="worker", daemon=True)
        self._thread.start()
        self._beat = Beat(self._database, dispatcher, self.runner.kinds, self._clock)
        self._beat.start()

    def stop(self, *, patience_seconds: float = 10.0) -> None:
        """Stop the worker and the sweeper after the job at hand."""
        if self._beat is not None:
            self._beat.stop()
            self._beat = None
        thread, self._thread = self._thread, None
        if thread is not None:
            ask_workers_to_stop(is_wanted=True)
            thread.join(timeout=patience_seconds)
            ask_workers_to_stop(is_wanted=False)
            if thread.is_alive():
                logger.warning("the worker did not end in time; its job is taken up after its lease")

    def run_forever(self) -> int:
        """Be a worker process until SIGTERM or SIGINT; the job at hand is finished first.

        Returns
        -------
        int
            The exit code of the worker.
        """
        celery, dispatcher = self._make()
        beat = Beat(self._database, dispatcher, self.runner.kinds, self._clock)
        beat.start()
        try:
            worker = celery.Worker(loglevel=self._settings.log_level, **WORKER_OPTIONS)
            worker.start()
            return int(worker.exitcode or 0)
        finally:
            beat.stop()

    def _make(self) -> tuple[Celery, Dispatcher]:
        with self._lock:
            if self._celery is None or self._dispatcher is None:
                from web.tasks import Dispatcher, make_celery  # noqa: PLC0415  # Celery loads on first use

                self._celery = make_celery(self._settings, self.run_job, queue=self.queue_name)
                self._dispatcher = Dispatcher(self._celery)
            return self._celery, self._dispatcher


def ask_workers_to_stop(*, is_wanted: bool) -> None:
    """Ask every Celery worker inside this process to stop itself, or take the request back."""
    from celery.worker import state  # noqa: PLC0415  # Celery loads on first use

    state.should_stop = 0 if is_wanted else None  # type: ignore[assignment]  # untyped at its origin


def _work(celery: Celery, worker: Any) -> None:  # Any: Celery's worker is untyped
    celery.set_current()  # a task is looked up in the current application of its thread
    worker.start()


def get_background(app: Flask) -> BackgroundWork:
    """Give the background work of an application."""
    background: BackgroundWork = app.extensions["onelot_background"]
    return background
