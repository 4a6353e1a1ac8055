"""The invariants of the edge: background work and accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.checks import Breach
from web.tables import JobRow, UserRow

FORGOTTEN = timedelta(minutes=10)


def check(session: Session, *, now: datetime) -> tuple[Breach, ...]:
    """Check that background work is whole (I31) and that partners belong to a company (I22).

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
        Breach("I31", f"background job {row.id} ({row.kind}) is done without an end")
        for row in session.scalars(select(JobRow).where(JobRow.state == "done", JobRow.finished_at.is_(None)))
    ]
    forgotten = select(JobRow).where(JobRow.state == "running", JobRow.lease_until < now - FORGOTTEN)
    breaches += [
        Breach("I31", f"background job {row.id} ({row.kind}) was left by its worker and taken up by none")
        for row in session.scalars(forgotten)
    ]
    lost = select(UserRow).where(UserRow.role == "partner", UserRow.company.is_(None))
    breaches += [Breach("I22", f"partner {row.login} has no company") for row in session.scalars(lost)]
    return tuple(breaches)
