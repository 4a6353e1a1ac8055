"""The kinds of background work: each a name, a slow part without a lock, and an effect in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from web.database import Database

Payload = Mapping[str, Any]


class Work(Protocol):
    """What a running job may use."""

    @property
    def payload(self) -> Payload:
        """What the job was queued with."""

    @property
    def database(self) -> Database:
        """For reading sessions during the slow part."""

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1 on; more than 1 when workers were lost or failed."""

    def now(self) -> datetime:
        """Give the present moment, aware UTC."""

    def report(self, **progress: object) -> None:
        """Store how far the work is; plain JSON values."""

    def should_stop(self) -> bool:
        """Tell whether to end early with the best found."""


Prepare = Callable[[Work], Any]
"""Any: whatever the slow part hands to the effect."""
Apply = Callable[[Session, Work, Any], Payload]
GiveUp = Callable[[Session, Payload, str], None]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of background work.

    ``prepare`` is the slow part: it holds no transaction and may be repeated. ``apply`` writes the effect;
    it runs in the same transaction that marks the job as done, so it happens exactly once. ``give_up`` is told
    the payload and the reason of a job that failed for good, in the transaction that marks it so.
    ``every_seconds`` above 0 repeats the kind for ever; ``is_limited`` refuses more of it when the
    queue is full.
    """

    code: str
    apply: Apply
    prepare: Prepare | None = None
    give_up: GiveUp | None = None
    every_seconds: int = 0
    is_limited: bool = False


class KindRegistry:
    """The kinds by name."""

    def __init__(self) -> None:
        self._kinds: dict[str, JobKind] = {}

    def add(self, kind: JobKind) -> None:
        """Register a kind.

        Raises
        ------
        ValueError
            The name is taken by another kind.
        """
        if kind.code in self._kinds:
            raise ValueError(f"job kind {kind.code} is registered twice")
        self._kinds[kind.code] = kind

    def find(self, code: str) -> JobKind | None:
        """Find a kind by its name; None when there is none."""
        return self._kinds.get(code)

    def list_periodic(self) -> tuple[JobKind, ...]:
        """List the kinds that repeat, by name."""
        return tuple(kind for _, kind in sorted(self._kinds.items()) if kind.every_seconds)

    def list_codes(self) -> tuple[str, ...]:
        """List the names of all kinds, sorted."""
        return tuple(sorted(self._kinds))
