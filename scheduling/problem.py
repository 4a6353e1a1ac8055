"""The planning problem as plain values: work units, jobs, modes, bookings. Minutes are whole UTC minutes since 1970.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass

Minute = int
"""Whole minutes since 1970-01-01T00:00Z; intervals are half-open."""


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """One machine or bench. ``windows`` are its offered working times, ascending, disjoint, half-open."""

    id: int
    code: str
    work_center: str
    site: str
    company: str
    setup_minutes: int
    windows: tuple[tuple[Minute, Minute], ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to do an operation: a work unit, its working minutes (> 0), its cost and its emissions."""

    unit_id: int
    work_minutes: int
    cost_minor: int
    co2_grams: int


@dataclass(frozen=True, slots=True)
class Operation:
    """A piece of work on one unit.

    ``predecessors`` are positions of earlier operations of the same job; several make an assembly join.
    A resumable operation pauses outside its unit's windows; one that is not must fit in one window.
    """

    code: str
    modes: tuple[Mode, ...]
    predecessors: tuple[int, ...] = ()
    setup_family: str = ""
    is_resumable: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """One order line's work: operations in topological order, with when it may start and should end.

    ``load_grams`` travels whenever work moves between sites and to ``destination``.
    """

    code: str
    operations: tuple[Operation, ...]
    release_minute: Minute
    destination: str
    load_grams: int = 0
    due_minute: Minute | None = None
    """Soft."""
    deadline_minute: Minute | None = None
    """Hard: a promise already given (arrival at the destination)."""
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Leg:
    """Terms of moving a load between two sites: wall-clock minutes, cost, emissions."""

    minutes: int
    cost_minor: int
    co2_grams: int


@dataclass(frozen=True, slots=True)
class Placement:
    """An operation of a job put on a unit: set-up from ``setup_start``, run in [start, end)."""

    operation: int
    unit_id: int
    setup_start_minute: Minute
    start_minute: Minute
    end_minute: Minute
    work_minutes: int
    setup_family: str
