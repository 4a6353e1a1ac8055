"""Work on one subject that may be asked for again: each try is a job of its own, numbered from 1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.jobs.queue import enqueue, find_job
from web.tables import JobRow

MOST_TRIES = 1000


def list_tries(session: Session, *, kind: str, subject: str) -> tuple[JobRow, ...]:
    """List the jobs of a kind on a subject in the order in which they were asked for; empty when none was."""
    jobs: list[JobRow] = []
    while len(jobs) < MOST_TRIES:
        job = find_job(session, kind=kind, key=f"{subject}:{len(jobs) + 1}")
        if job is None:
            break
        jobs.append(job)
    return tuple(jobs)


def try_again(session: Session, *, kind: str, subject: str, payload: Mapping[str, Any], now: datetime) -> JobRow:
    """Queue a job on a subject unless one waits or runs; give the one that does.

    Parameters
    ----------
    kind, subject
        Name the work; the subject has at most 250 characters.
    payload
        Plain JSON values.
    now
        Aware UTC.
    """
    jobs = list_tries(session, kind=kind, subject=subject)
    if jobs and jobs[-1].state in {"queued", "running"}:
        return jobs[-1]
    return enqueue(session, kind=kind, payload=payload, key=f"{subject}:{len(jobs) + 1}", now=now)
