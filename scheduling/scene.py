"""What a what-if plan is made of: the kinds of change, and the plan that they change.

Imports neither SQLAlchemy nor OR-Tools; of the catalog only the plant values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from catalog.plant import Network
from scheduling.problem import Minute, WorkUnit
from scheduling.schedule import MovableJob, PlannedJob, WorkUnitEntry
from scheduling.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class UnitDown:
    """A work unit cannot work in [from, until)."""

    unit: str
    from_minute: Minute
    until_minute: Minute


@dataclass(frozen=True, slots=True)
class PartnerWithdraws:
    """A company offers nothing in [from, until)."""

    company: str
    from_minute: Minute
    until_minute: Minute


@dataclass(frozen=True, slots=True)
class ExtraShift:
    """Every unit of a work center also works from one local minute of the day to another, on days [from, until).

    An end at or before the start lies on the next day.
    """

    work_center: str
    from_on: date
    until_on: date
    start_minute_of_day: int
    end_minute_of_day: int


@dataclass(frozen=True, slots=True)
class NewMachine:
    """A work center has more units, like those it has, from a minute on; ``units`` are their codes."""

    work_center: str
    units: tuple[str, ...]
    from_minute: Minute


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A new work center at a site of the network: what it can do, with how many units, at what terms."""

    work_center: str
    site: str
    capability: str
    unit_count: int
    shift: str
    rate_minor_per_hour: int
    speed_percent: int = 100
    power_watts: int = 0
    setup_minutes: int = 0


@dataclass(frozen=True, slots=True)
class RushOrder:
    """One more order, made like the job that is named, due by a minute and weighing so much."""

    code: str
    like_job: str
    due_minute: Minute
    weight: int


@dataclass(frozen=True, slots=True)
class OrderDropped:
    """An order is not made; work of it that has begun stays."""

    job: str


Change = UnitDown | PartnerWithdraws | ExtraShift | NewMachine | NewPartner | RushOrder | OrderDropped


@dataclass(frozen=True, slots=True)
class Scene:
    """The plan that a scenario changes.

    ``planned`` are all live jobs by hold id, ``jobs`` those of them that may move. What a scenario adds has negative
    ids. ``unplaced`` lists the rush orders for which there is no capacity at all.
    """

    network: Network
    entries: tuple[WorkUnitEntry, ...]
    snapshot: Snapshot
    jobs: tuple[MovableJob, ...]
    planned: Mapping[int, PlannedJob]
    floor_minute: Minute
    dropped: frozenset[int] = frozenset()
    added: frozenset[int] = frozenset()
    unplaced: tuple[str, ...] = ()

    @property
    def units(self) -> dict[int, WorkUnit]:
        """The work units by id, with the windows they offer."""
        return {unit_id: line.unit for unit_id, line in self.snapshot.timelines.items()}
