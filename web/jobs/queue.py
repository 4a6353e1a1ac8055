"""The job table: queueing inside a request's transaction, claiming by lease, finishing under a fencing token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Select, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.errors import OnelotError
from web.database import OUTBOX
from web.tables import JobRow

MAX_ATTEMPTS = 5
RESEND_SECONDS = 10
SWEEP_SIZE = 500
CLOSED = "onelot_closed_jobs"
"""Under which a session keeps the numbers of the jobs that it marked as failed for good."""


class JobNotFound(OnelotError):
    """No background job has this number."""

    code = "job_not_found"


class QueueFull(OnelotError):
    """So much background work waits that more of this kind is not taken now."""

    code = "queue_full"


class LeaseLost(OnelotError):
    """Another worker took the job over; whatever this one did is thrown away."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a job until the lease ends, told apart from earlier claims by its token."""

    job_id: int
    kind: str
    payload: Mapping[str, Any]
    token: int
    attempt: int


def enqueue(
    session: Session, *, kind: str, payload: Mapping[str, Any], key: str, now: datetime,
    run_after_at: datetime | None = None,
) -> JobRow:
    """Queue a piece of work as part of the caller's transaction.

    The same kind and key is the same work: it is queued once, however often it is asked for.

    Parameters
    ----------
    kind
        A kind of ``web.jobs.kinds``.
    payload
        Plain JSON values; small, best only numbers and codes.
    key
        At most 255 characters; names the effect, such as ``quote:Q-2026-00012:1:en``.
    now
        Aware UTC.
    run_after_at
        Not before this moment; None means at once.

    Returns
    -------
    JobRow
        The queued job, flushed; or the one that already carries the key, in whatever state it is.
    """
    known = find_job(session, kind=kind, key=key)
    if known is not None:
        return known
    row = JobRow(kind=kind, key=key, payload=dict(payload), state="queued", attempts=0, fencing_token=0,
                 run_after_at=run_after_at or now, created_at=now)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        known = find_job(session, kind=kind, key=key)
        if known is None:
            raise
        return known
    if run_after_at is None or run_after_at <= now:
        row.sent_at = now
        session.info.setdefault(OUTBOX, []).append(row.id)
    return row


def refuse_when_full(session: Session, *, kind: str, limit: int) -> None:
    """Refuse more work of a kind while so much of it waits.

    Raises
    ------
    QueueFull
        At least ``limit`` jobs of the kind are queued.
    """
    query = select(func.count()).select_from(JobRow).where(JobRow.kind == kind, JobRow.state == "queued")
    if (session.scalar(query) or 0) >= limit:
        raise QueueFull("Too much of this work waits already. Try again in a minute.", kind=kind)


def find_job(session: Session, *, kind: str, key: str) -> JobRow | None:
    """Find the job of a kind that carries a key; None when there is none."""
    return session.scalar(select(JobRow).where(JobRow.kind == kind, JobRow.key == key))


def get_job(session: Session, *, job_id: int) -> JobRow:
    """Give a job by its number.

    Raises
    ------
    JobNotFound
        There is no such job.
    """
    row = session.get(JobRow, job_id) if 0 < job_id < 2**63 else None
    if row is None:
        raise JobNotFound("There is no such background job.")
    return row


def list_newest(session: Session, *, kind: str, limit: int) -> tuple[JobRow, ...]:
    """List the jobs of a kind, the newest first, at most so many."""
    return tuple(session.scalars(select(JobRow).where(JobRow.kind == kind).order_by(JobRow.id.desc()).limit(limit)))


def request_stop(session: Session, *, job_id: int) -> JobRow:
    """Ask a running job to end early with the best it has; no effect on one that ended.

    Raises
    ------
    JobNotFound
        There is no such job.
    """
    row = get_job(session, job_id=job_id)
    row.is_stop_requested = True
    return row


def claim(session: Session, *, job_id: int, now: datetime, lease_seconds: int) -> Claim | None:
    """Take a job by one conditional update: a queued one that is due, or one whose worker was lost.

    Returns
    -------
    Claim or None
        None when the job runs elsewhere, waits, ended, or was lost too often (then it failed).
    """
    taken = _update(session, update(JobRow).where(JobRow.id == job_id, _is_claimable(now)).values(
        state="running", attempts=JobRow.attempts + 1, fencing_token=JobRow.fencing_token + 1,
        lease_until=now + timedelta(seconds=lease_seconds), started_at=now))
    if not taken:
        return None
    row = session.get(JobRow, job_id, populate_existing=True)
    if row is None:
        return None
    if row.attempts > MAX_ATTEMPTS:
        _close(session, row, state="failed", now=now, error=f"The worker was lost {MAX_ATTEMPTS} times.")
        return None
    return Claim(row.id, row.kind, dict(row.payload), row.fencing_token, row.attempts)


def extend_lease(session: Session, *, claim: Claim, now: datetime, lease_seconds: int) -> bool:
    """Keep a job for longer; False when it was taken over and must be given up."""
    return _update(session, update(JobRow).where(*_holds(claim)).values(
        lease_until=now + timedelta(seconds=lease_seconds)))


def report_progress(session: Session, *, claim: Claim, progress: Mapping[str, Any]) -> bool:
    """Store how far a job is; False when it was taken over."""
    return _update(session, update(JobRow).where(*_holds(claim)).values(progress=dict(progress)))


def is_stop_requested(session: Session, *, claim: Claim) -> bool:
    """Tell whether somebody asked for an early end, or the job was taken over."""
    answer = session.scalar(select(JobRow.is_stop_requested).where(*_holds(claim)))
    return answer is None or bool(answer)


def fence(session: Session, *, claim: Claim, now: datetime, lease_seconds: int) -> None:
    """Hold the job's row for this transaction, so that its effect and its end are one.

    Raises
    ------
    LeaseLost
        The job was taken over; the caller rolls back.
    """
    if not extend_lease(session, claim=claim, now=now, lease_seconds=lease_seconds):
        raise LeaseLost("The job was taken over by another worker.", job=claim.job_id)


def complete(session: Session, *, claim: Claim, result: Mapping[str, Any], now: datetime) -> None:
    """Mark a job as done in the transaction of its effect.

    Raises
    ------
    LeaseLost
        The job was taken over; the caller rolls back.
    """
    is_held = _update(session, update(JobRow).where(*_holds(claim)).values(
        state="done", result=dict(result), error=None, finished_at=now, lease_until=None))
    if not is_held:
        raise LeaseLost("The job was taken over by another worker.", job=claim.job_id)


def fail(session: Session, *, claim: Claim, error: str, now: datetime, is_final: bool) -> bool:
    """Note that an attempt failed: try again later, or give up after the last attempt.

    Returns
    -------
    bool
        Whether the job was still held; False leaves everything as it is.
    """
    row = session.scalar(select(JobRow).where(*_holds(claim)).with_for_update())
    if row is None:
        return False
    if is_final or row.attempts >= MAX_ATTEMPTS:
        _close(session, row, state="failed", now=now, error=error)
    else:
        row.state = "queued"
        row.error = error
        row.lease_until = None
        row.run_after_at = now + timedelta(seconds=2 ** (row.attempts - 1))
        row.sent_at = None
    return True


def find_given_up(session: Session, *, job_id: int) -> JobRow | None:
    """Find a job that this transaction has marked as failed for good; None for any other.

    Parameters
    ----------
    session
        Knows what it changed: a job that failed before is another session's.
    """
    row = session.get(JobRow, job_id)
    if row is None or row.state != "failed" or job_id not in session.info.get(CLOSED, ()):
        return None
    return row


def sweep(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Find the jobs that nobody works on although somebody should, and note that they are sent again.

    Returns
    -------
    tuple of int
        Numbers of jobs whose message was lost, whose delay is over, or whose worker was lost.
    """
    stale = now - timedelta(seconds=RESEND_SECONDS)
    due: Select[int] = (
        select(JobRow.id)
        .where(_is_claimable(now), or_(JobRow.sent_at.is_(None), JobRow.sent_at <= stale,
                                       JobRow.state == "running"))
        .order_by(JobRow.id)
        .limit(SWEEP_SIZE)
    )
    ids = tuple(session.scalars(due))
    if ids:
        session.execute(update(JobRow).where(JobRow.id.in_(ids)).values(sent_at=now)
                        .execution_options(synchronize_session=False))
    return ids


def list_due(session: Session, *, now: datetime) -> tuple[int, ...]:
    """List the jobs that may be claimed now, oldest first, whether a message is on its way or not."""
    due: Select[int] = select(JobRow.id).where(_is_claimable(now)).order_by(JobRow.id).limit(SWEEP_SIZE)
    return tuple(session.scalars(due))


def prune(session: Session, *, kinds: tuple[str, ...], before_at: datetime) -> int:
    """Delete the finished jobs of repeating kinds; give their number."""
    result = session.execute(delete(JobRow).where(
        JobRow.kind.in_(kinds), JobRow.state == "done", JobRow.finished_at < before_at
    ).execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _is_claimable(now: datetime) -> Any:  # Any: SQLAlchemy's own expression type
    return or_(
        and_(JobRow.state == "queued", JobRow.run_after_at <= now),
        and_(JobRow.state == "running", JobRow.lease_until < now),
    )


def _holds(claim: Claim) -> tuple[Any, ...]:  # Any: as above
    return (JobRow.id == claim.job_id, JobRow.fencing_token == claim.token, JobRow.state == "running")


def _update(session: Session, statement: Any) -> bool:  # Any: SQLAlchemy's Update
    result = session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1


def _close(session: Session, row: JobRow, *, state: str, now: datetime, error: str | None) -> None:
    session.info.setdefault(CLOSED, set()).add(row.id)
    row.state = state
    row.error = error
    row.finished_at = now
    row.lease_until = None
