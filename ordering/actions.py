"""Actions of people in the audit log that no quote or order keeps: noted, and read again by their subject."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import store
from ordering.tables import AuditRow

LONGEST_SUBJECT = 80


@dataclass(frozen=True, slots=True)
class NotedAction:
    """Who did what to a thing, and when."""

    at: datetime
    """Aware UTC."""
    actor: str
    action: str
    facts: Mapping[str, Any]
    """Plain JSON values."""


def note_action(session: Session, *, now: datetime, actor: str, action: str, subject: str,
                facts: Mapping[str, object]) -> None:
    """Add an action to the audit log.

    Parameters
    ----------
    now
        Aware UTC.
    actor
        Login of the person, or ``system``.
    action
        A thing and a verb, such as ``catalog.publish``.
    subject
        Which thing; only its first 80 characters are kept.
    facts
        Plain JSON values, less than 4000 characters in all.
    """
    store.append_audit(session, at=now, actor=actor, action=action, subject=subject[:LONGEST_SUBJECT], facts=facts)


def list_actions(session: Session, *, subject: str, prefix: str, limit: int = 50) -> tuple[NotedAction, ...]:
    """List the newest actions on a thing whose names begin with a prefix, the newest first."""
    rows = session.scalars(
        select(AuditRow).where(AuditRow.subject == subject[:LONGEST_SUBJECT], AuditRow.action.startswith(prefix))
        .order_by(AuditRow.id.desc()).limit(limit))
    return tuple(NotedAction(row.at, row.actor, row.action, json.loads(row.facts)) for row in rows)
