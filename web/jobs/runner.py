"""Running one job: claim, slow part under a heartbeat, effect and end in one transaction, retry or give up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog.errors import OnelotError
from web.clock import Clock
from web.database import Database
from web.jobs import queue
from web.jobs.kinds import KindRegistry, Payload

logger = logging.getLogger(__name__)


class RunningWork:
    """A claimed job as its kind sees it."""

    def __init__(self, database: Database, claim: queue.Claim, clock: Clock) -> None:
        self._database = database
        self._claim = claim
        self._clock = clock
        self.is_lost = threading.Event()

    @property
    def payload(self) -> Payload:
        """What the job was queued with."""
        return self._claim.payload

    @property
    def database(self) -> Database:
        """For reading sessions during the slow part."""
        return self._database

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1 on; more than 1 when workers were lost or failed."""
        return self._claim.attempt

    def now(self) -> datetime:
        """Give the present moment, aware UTC."""
        return self._clock()

    def report(self, **progress: object) -> None:
        """Store how far the work is.

        Raises
        ------
        LeaseLost
            Another worker took the job over.
        """
        with self._database.transaction() as session:
            if not queue.report_progress(session, claim=self._claim, progress=progress):
                raise queue.LeaseLost("The job was taken over by another worker.", job=self._claim.job_id)

    def should_stop(self) -> bool:
        """Tell whether to end early with the best found."""
        if self.is_lost.is_set():
            return True
        with self._database.reading() as session:
            return queue.is_stop_requested(session, claim=self._claim)


class JobRunner:
    """Runs jobs against a database.

    Parameters
    ----------
    database
        Where the jobs are.
    kinds
        What can be run.
    clock
        Gives the present moment as aware UTC.
    lease_seconds
        How long a silent worker keeps a job, at least 1; a living one renews it three times as often.
    """

    def __init__(self, database: Database, kinds: KindRegistry, *, clock: Clock, lease_seconds: int) -> None:
        self._database = database
        self.kinds = kinds
        self._clock = clock
        self._lease_seconds = lease_seconds

    def run(self, job_id: int) -> bool:
        """Run a job if it is there to be run.

        Returns
        -------
        bool
            Whether its effect is now in the database through this call.
        """
        with self._database.transaction() as session:
            claim = queue.claim(session, job_id=job_id, now=self._clock(), lease_seconds=self._lease_seconds)
            if claim is None:
                self._tell_given_up(session, job_id)
        if claim is None:
            return False
        try:
            self._execute(claim)
        except queue.LeaseLost:
            logger.warning("job %d was taken over; its work here is thrown away", job_id)
            return False
        except OnelotError as refusal:
            self._note_failure(claim, f"{refusal.code}: {refusal.message}", is_final=True)
            return False
        except Exception as error:  # the wrapper of all background work: noted, tried again, never lost
            logger.exception("job %d (%s) failed in attempt %d", job_id, claim.kind, claim.attempt)
            self._note_failure(claim, f"{type(error).__name__}: {error}"[:2000], is_final=False)
            return False
        return True

    def run_due(self, *, limit: int = 100) -> int:
        """Run everything that waits and is due, here and now; give the number of jobs done.

        The order is that of queueing. Meant for single-process tools and tests.
        """
        done = 0
        for _round in range(limit):
            with self._database.reading() as session:
                ids = queue.list_due(session, now=self._clock())
            ran = sum(self.run(job_id) for job_id in ids)
            done += ran
            if not ran:
                break
        return done

    def _execute(self, claim: queue.Claim) -> None:
        kind = self.kinds.find(claim.kind)
        if kind is None:
            raise OnelotError(f"There is no background work named {claim.kind}.")
        work = RunningWork(self._database, claim, self._clock)
        prepared: Any = None
        with self._heartbeat(claim, work):
            if kind.prepare is not None:
                prepared = kind.prepare(work)
        with self._database.transaction() as session:
            queue.fence(session, claim=claim, now=self._clock(), lease_seconds=self._lease_seconds)
            result = kind.apply(session, work, prepared)
            queue.complete(session, claim=claim, result=result, now=self._clock())

    def _note_failure(self, claim: queue.Claim, error: str, *, is_final: bool) -> None:
        with self._database.transaction() as session:
            queue.fail(session, claim=claim, error=error, now=self._clock(), is_final=is_final)
            self._tell_given_up(session, claim.job_id)

    def _tell_given_up(self, session: Session, job_id: int) -> None:
        """Let the kind of a job that has just failed for good leave its subject in order."""
        row = queue.find_given_up(session, job_id=job_id)
        kind = None if row is None else self.kinds.find(row.kind)
        if row is None or kind is None or kind.give_up is None:
            return
        try:
            with session.begin_nested():
                kind.give_up(session, dict(row.payload), row.error or "")
        except Exception:  # the job has failed all the same; its end must not be lost
            logger.exception("job %d (%s) could not be given up in order", job_id, row.kind)

    @contextmanager
    def _heartbeat(self, claim: queue.Claim, work: RunningWork) -> Iterator[None]:
        """Renew the lease while the slow part runs."""
        is_over = threading.Event()

        def beat() -> None:
            while not is_over.wait(self._lease_seconds / 3):
                try:
                    with self._database.transaction() as session:
                        is_held = queue.extend_lease(session, claim=claim, now=self._clock(),
                                                     lease_seconds=self._lease_seconds)
                except DBAPIError:
                    logger.warning("the lease of job %d could not be renewed this time", claim.job_id)
                    continue
                if not is_held:
                    work.is_lost.set()
                    return

        thread = threading.Thread(target=beat, name=f"heartbeat-{claim.job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
