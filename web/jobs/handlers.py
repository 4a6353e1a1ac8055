"""Which background work exists: each kind bound to the service that does it. Services load on first use."""

from __future__ import annotations

import importlib
from typing import Any

from sqlalchemy.orm import Session

from web.jobs.kinds import JobKind, KindRegistry, Payload, Work


def build_kinds() -> KindRegistry:
    """Give every kind of background work that this version knows."""
    registry = KindRegistry()
    registry.add(JobKind("holds.expire", apply=_expire, every_seconds=30))
    return registry


def _expire(session: Session, work: Work, _prepared: Any) -> Payload:  # Any: nothing is prepared
    """Close the quotes and give back the capacity whose time is over."""
    quotes = importlib.import_module("ordering.service").expire_quotes(session, now=work.now())
    return {"quotes": len(quotes)}
