"""Celery: messages that carry a job's number and nothing else. The job table stays the truth."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from web.settings import Settings

logger = logging.getLogger(__name__)

TASK_NAME = "jobs.run"
QUEUE = "onelot.jobs"
SILENT_SECONDS = 5.0
"""After a broker did not answer, that long nothing is sent; the sweeper sends it later."""


def make_celery(settings: Settings, run_job: Callable[[int], object], *, queue: str = "") -> Celery:
    """Make the Celery application that carries job numbers to :func:`run_job`.

    Parameters
    ----------
    settings
        Names the broker; ``memory://`` stays inside this process.
    run_job
        Runs the job with a number; raising is a bug, not a failed job.
    queue
        The queue's name; the empty string picks the product's own, private to the process in memory.

    Returns
    -------
    Celery
        Not connected yet.
    """
    name = queue or (f"{QUEUE}.{uuid.uuid4().hex}" if settings.is_broker_in_process else QUEUE)
    celery = Celery("onelot", broker=_address(settings), set_as_current=False)
    celery.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_default_queue=name,
        task_publish_retry=False,
        broker_connection_timeout=2,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport_options(settings.broker_url),
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )

    @celery.task(name=TASK_NAME, shared=False)
    def run(job_id: int) -> None:
        run_job(job_id)

    return celery


def _address(settings: Settings) -> str:
    """Give the broker's address; the one inside the process gets a host's name, without which the client warns."""
    return "memory://localhost/" if settings.is_broker_in_process else settings.broker_url


def _transport_options(url: str) -> dict[str, Any]:
    if url == "memory://":
        return {"polling_interval": 0.02}
    if url.startswith("redis"):
        return {"socket_connect_timeout": 2, "socket_timeout": 5, "visibility_timeout": 3600}
    return {}


class Dispatcher:
    """Sends job numbers; a broker that does not answer delays work and never fails a request."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._silent_until = 0.0

    def send(self, ids: tuple[int, ...]) -> int:
        """Send the numbers of jobs; give how many were sent."""
        if time.monotonic() < self._silent_until:
            return 0
        sent = 0
        try:
            for job_id in ids:
                self._celery.send_task(TASK_NAME, args=(job_id,))
                sent += 1
        except (OperationalError, OSError) as error:
            self._silent_until = time.monotonic() + SILENT_SECONDS
            logger.warning("the broker does not answer (%s); the sweeper will send again", error)
        return sent
