"""The hash chain of the audit log. Imports no database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

GENESIS_HASH = "0" * 64
"""Stands before the first entry."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which thing, and the hashes that chain it to the entry before."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: str
    """JSON text, kept as it was hashed."""
    previous_hash: str
    entry_hash: str


def entry_hash(*, at: datetime, actor: str, action: str, subject: str, facts: str, previous_hash: str) -> str:
    """Give the SHA-256 that seals an entry together with all before it.

    Parameters
    ----------
    at
        Aware moment.
    actor, action, subject
        Who, what, which thing.
    facts
        JSON text.
    previous_hash
        Hash of the entry before, or :data:`GENESIS_HASH`.

    Returns
    -------
    str
        Hexadecimal digest.
    """
    content = [previous_hash, at.astimezone(UTC).isoformat(), actor, action, subject, facts]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def first_break(entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """Find the first entry, in order of writing, that does not follow from the one before.

    Parameters
    ----------
    entries
        The whole log, oldest first.

    Returns
    -------
    AuditEntry or None
        None when the chain is whole.
    """
    previous = GENESIS_HASH
    for entry in entries:
        expected = entry_hash(at=entry.at, actor=entry.actor, action=entry.action, subject=entry.subject,
                              facts=entry.facts, previous_hash=previous)
        if entry.previous_hash != previous or entry.entry_hash != expected:
            return entry
        previous = entry.entry_hash
    return None
