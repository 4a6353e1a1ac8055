"""What a day earlier costs: tried out on the real timelines, never read off theoretical capacity prices.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from scheduling.firm import FirmOutcome, FirmTask, Search, make_firm, without_movable
from scheduling.improve import JobChange
from scheduling.problem import Job, Minute
from scheduling.promise import Plan, promise
from scheduling.schedule import MovableJob
from scheduling.snapshot import Snapshot


class EarlierWay(StrEnum):
    """How an earlier day can be had."""

    OTHER_PLAN = "other_plan"
    """Made on other work units; nothing booked moves."""
    MAKING_ROOM = "making_room"
    """Others make room, each within its own promise."""


class WhyNot(StrEnum):
    """Why a day cannot be had."""

    OCCUPIED = "occupied"
    """The plants could, but nothing that was tried keeps every promise given."""
    TOO_MUCH_WORK = "too_much_work"
    """Work, transport and shifts take longer even if nothing else that may move were booked."""


@dataclass(frozen=True, slots=True)
class EarlierDay:
    """An earlier day and its price.

    Attributes
    ----------
    day_end_minute
        The goods arrive at or before it.
    way
        How; None when the day cannot be had, and ``why_not`` says why.
    plan
        The job's own.
    price_minor
        What making and moving cost more than in the present plan, for the job itself and for those that make room;
        below 0 when it is cheaper.
    changes
        What others do; empty when nothing moves.
    """

    day_end_minute: Minute
    way: EarlierWay | None
    plan: Plan | None = None
    price_minor: int = 0
    changes: tuple[JobChange, ...] = ()
    why_not: WhyNot | None = None

    @property
    def moved_operations(self) -> int:
        """How many booked operations of others move."""
        return sum(len(change.moved) for change in self.changes)


def find_earlier_days(
    snapshot: Snapshot, job: Job, present: Plan, *, plans: Iterable[Plan], movable: Sequence[MovableJob],
    day_ends: Sequence[Minute], searches: Sequence[Search] = (),
) -> tuple[EarlierDay, ...]:
    """Price every earlier day: the cheapest of all plans that move nothing, and of those that make room.

    Parameters
    ----------
    snapshot
        Only read; the job's own bookings, if it has any, are not in it.
    job, present
        What is made, and the plan that is compared with.
    plans
        Plans that move nothing, as a promise lists them.
    movable
        Jobs that may make room.
    day_ends
        Ends of the earlier days in question, ascending.
    searches
        Ways to make room, see :func:`scheduling.firm.make_firm`; none asks for plans that move nothing only.

    Returns
    -------
    tuple of EarlierDay
        One for each day end, in their order; a day that cannot be had says why.
    """
    found = [_without_moving(plan, present) for plan in plans]
    emptied = replace(job, deadline_minute=None)
    room = promise(without_movable(snapshot, movable), emptied).plans
    best = min((plan.arrival_minute for plan in (*room, *(day.plan for day in found if day.plan))), default=None)
    if searches and movable:
        task = FirmTask(snapshot, job, present, tuple(movable), job.release_minute, tuple(day_ends),
                        may_cost_more=True)
        quote = make_firm(task, searches)
        if quote.outcome is FirmOutcome.IMPROVED:
            others = sum(change.cost_after_minor - change.cost_before_minor for change in quote.changes)
            price = quote.plan.cost_minor - present.cost_minor + others
            found.append(EarlierDay(0, EarlierWay.MAKING_ROOM, quote.plan, price, quote.changes))
    return tuple(_cheapest(end, found, best) for end in day_ends)


def _without_moving(plan: Plan, present: Plan) -> EarlierDay:
    return EarlierDay(0, EarlierWay.OTHER_PLAN, plan, plan.cost_minor - present.cost_minor)


def _cheapest(day_end: Minute, found: Iterable[EarlierDay], best: Minute | None) -> EarlierDay:
    """Give the cheapest way to arrive by a day's end; of equals the one that moves least."""
    in_time = [day for day in found if day.plan is not None and day.plan.arrival_minute <= day_end]
    if not in_time:
        is_possible = best is not None and best <= day_end
        return EarlierDay(day_end, None, why_not=WhyNot.OCCUPIED if is_possible else WhyNot.TOO_MUCH_WORK)
    chosen = min(in_time, key=lambda day: (day.price_minor, day.moved_operations))
    return replace(chosen, day_end_minute=day_end)
