"""The planning problem as plain values: work units, jobs, modes, bookings. Minutes are whole UTC minutes since 1970.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass

Minute = int
"""Whole minutes since 1970-01-01T00:00Z; intervals are half-open."""


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """One machine or bench. ``windows`` are its offered working times, ascending, disjoint, half-open.

    ``setup_minutes`` are due when the setup family changes; ``setup_matrix`` lists the changes (family before,
    family after, minutes) that take another time. Going from one family to another by way of a third never
    takes less time than going straight.

    A secondary work unit (a tool, a person with a skill) is used by runs on other units: its runs never overlap
    on the wall clock, and every minute worked lies in its windows. It has no setups.
    """

    id: int
    code: str
    work_center: str
    site: str
    company: str
    setup_minutes: int
    windows: tuple[tuple[Minute, Minute], ...]
    setup_matrix: tuple[tuple[str, str, int], ...] = ()
    is_secondary: bool = False

    def setup_between(self, before: str | None, after: str) -> int:
        """Give the working minutes of setup between two families; 0 without a family before, or for the same one."""
        if before is None or before == after or self.is_secondary:
            return 0
        return next((m for a, b, m in self.setup_matrix if (a, b) == (before, after)), self.setup_minutes)


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to do an operation: a work unit, its working minutes (> 0), its cost and its emissions.

    ``secondary_unit_ids`` are the secondary units of which the run needs any one; empty when it needs none.
    """

    unit_id: int
    work_minutes: int
    cost_minor: int
    co2_grams: int
    secondary_unit_ids: tuple[int, ...] = ()


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
    earliest_minute: Minute | None = None
    """When its material is there; None when nothing is waited for."""


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
    secondary_unit_id: int | None = None
    """The secondary unit it uses in [start, end); None when it needs none."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Prices of the terms of the objective; a schedule with a smaller sum is better.

    Attributes
    ----------
    tardiness_minor_per_minute
        For each minute after the due minute of a job of weight 1.
    co2_minor_per_kg
        For each kilogram of CO2.
    move_minor
        For each operation that does not start where it stood.
    cost_percent
        Share of work and transport costs that counts; 100 in money, 0 to leave them out.
    """

    tardiness_minor_per_minute: int = 10
    co2_minor_per_kg: int = 10
    move_minor: int = 200
    cost_percent: int = 100
