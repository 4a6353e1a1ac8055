"""What happens in the plants, as plain values: events, what they hit, and what is done about it.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from scheduling.at_risk import Risk
from scheduling.problem import Minute

Facts = Mapping[str, Any]
"""The things an event names: plain JSON values such as ``{"unit": "SZ-SAW-1"}``."""


class EventKind(StrEnum):
    """What can happen to a plan."""

    MACHINE_DOWN = "machine_down"
    MACHINE_UP = "machine_up"
    OPERATOR_ABSENT = "operator_absent"
    CAPACITY_WITHDRAWN = "capacity_withdrawn"
    CALENDAR_CHANGED = "calendar_changed"
    OPERATION_FINISHED = "operation_finished"
    OPERATION_SCRAPPED = "operation_scrapped"
    MATERIAL_LATE = "material_late"
    RUSH_ORDER = "rush_order"
    ORDER_CHANGED = "order_changed"
    ORDER_CANCELED = "order_canceled"
    PLAN_PUBLISHED = "plan_published"
    """A plan was put in force that moves a promise which no other event names."""


class HitEffect(StrEnum):
    """What an event means for an operation."""

    DISPLACED = "displaced"
    """Its place is gone, or comes too early now; it is to be placed again."""
    MOVED = "moved"
    """It makes room for another."""
    CORRECTED = "corrected"
    """Its run is now what really happened, or will."""
    FREED = "freed"
    """Its capacity was given back."""
    STUCK = "stuck"
    """Its place is gone, but it is pinned and stays until it is let go."""


@dataclass(frozen=True, slots=True)
class Report:
    """Who says it, and why.

    Attributes
    ----------
    cause
        Plain words, 1 to 200 characters; customers whose date moves read them.
    by
        Login of the person, or ``system``.
    key
        Makes a repeated click one report; empty when the content alone says so.
    """

    cause: str
    by: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An operation that an event names, and where it stood before."""

    hold_id: int
    operation: int
    unit_id: int
    start_minute: Minute
    end_minute: Minute
    effect: HitEffect


@dataclass(frozen=True, slots=True)
class ScheduleEvent:
    """Something that happened, as it is kept: never changed.

    ``from_minute`` and ``until_minute`` are the time it covers, None where that means nothing.
    ``version`` is the planning area's when it was recorded.
    """

    id: int
    kind: EventKind
    at: datetime
    by: str
    cause: str
    from_minute: Minute | None
    until_minute: Minute | None
    named: Facts
    version: int


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """The answer to a report.

    Attributes
    ----------
    event
        As it is kept.
    hits
        Operations it names; empty when the plan stands.
    applied_proposal_id
        What the world forced was put in force at once by this proposal; None when nothing was forced.
    proposal_id
        The repair that waits for the planner; None when nothing needs one.
    risks
        Promises that are late, at risk or lost after the repair, the worst first.
    milliseconds
        From the report to the answer.
    is_replayed
        The same report was made before; nothing was done again.
    """

    event: ScheduleEvent
    hits: tuple[Hit, ...]
    applied_proposal_id: int | None
    proposal_id: int | None
    risks: tuple[Risk, ...]
    milliseconds: int
    is_replayed: bool = False
