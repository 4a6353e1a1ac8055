"""The invariants of the edge: background work and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.checks import Breach
from web.tables import JobRow, UserRow

FORGOTTEN = timedelta(minutes=10)


def check(session: Session, *, now: datetime) -> tuple[Breach, ...]:
    """Check that background work is whole (I20, I31) and that partners belong to a company (I22).

    Parameters
    ----------
    session
        Only read.
    now
        Aware UTC.

    Returns
    -------
    tuple of Breach
        Empty when all hold.
    """
    breaches = [
        Breach(invariant, f"background job {row.id} ({row.kind}) is {row.state} {fault}")
        for row in session.scalars(select(JobRow).order_by(JobRow.id)) for invariant, fault in _faults(row)
    ]
    forgotten = select(JobRow).where(JobRow.state == "running", JobRow.lease_until < now - FORGOTTEN)
    breaches += [
        Breach("I31", f"background job {row.id} ({row.kind}) was left by its worker and taken up by none")
        for row in session.scalars(forgotten)
    ]
    lost = select(UserRow).where(UserRow.role == "partner", UserRow.company.is_(None))
    breaches += [Breach("I22", f"partner {row.login} has no company") for row in session.scalars(lost)]
    return tuple(breaches)


def _faults(row: JobRow) -> Iterator[tuple[str, str]]:
    """Say what a job's columns tell against its state."""
    has_ended = row.state in {"done", "failed"}
    if has_ended and row.finished_at is None:
        yield "I31", "without an end"
    if not has_ended and row.finished_at is not None:
        yield "I20", "although it has ended"
    if row.state == "done" and row.result is None:
        yield "I20", "without a result"
    if row.state == "failed" and not row.error:
        yield "I20", "without a reason"
    if row.state == "running" and row.lease_until is None:
        yield "I31", "without a worker's lease"
