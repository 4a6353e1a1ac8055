"""The invariants of background work find the breach they are there for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.service.selling import NOW
from web import checks
from web.database import Database
from web.tables import JobRow

WHOLE: dict[str, dict[str, Any]] = {
    "queued": {},
    "running": {"lease_until": NOW + timedelta(minutes=1), "started_at": NOW, "attempts": 1, "fencing_token": 1},
    "done": {"finished_at": NOW, "result": {"made": 1}, "attempts": 1, "fencing_token": 1},
    "failed": {"finished_at": NOW, "error": "The disk is full.", "attempts": 3, "fencing_token": 3},
}
DAMAGED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "done without an end": ("I31", "done", {"finished_at": None}),
    "done without a result": ("I20", "done", {"result": None}),
    "failed without an end": ("I31", "failed", {"finished_at": None}),
    "failed without a reason": ("I20", "failed", {"error": None}),
    "running after its end": ("I20", "running", {"finished_at": NOW}),
    "queued after its end": ("I20", "queued", {"finished_at": NOW}),
    "running without a worker's lease": ("I31", "running", {"lease_until": None}),
    "left by its worker": ("I31", "running", {"lease_until": NOW - timedelta(hours=1)}),
}


def found(database: Database, state: str, values: dict[str, Any]) -> set[str]:
    """Store one job, check, and forget it again."""
    session = database.open_session()
    try:
        session.add(JobRow(kind="quote", key="Q-2026-0001", payload={}, state=state, run_after_at=NOW,
                           created_at=NOW, **values))
        session.flush()
        session.expire_all()
        return {breach.invariant for breach in checks.check(session, now=NOW)}
    finally:
        session.rollback()
        session.close()


@pytest.mark.parametrize("state", WHOLE)
def test_a_whole_job_breaks_nothing(database: Database, state: str) -> None:
    assert found(database, state, WHOLE[state]) == set()


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_job_is_found(database: Database, name: str) -> None:
    invariant, state, damage = DAMAGED[name]
    assert invariant in found(database, state, {**WHOLE[state], **damage})
