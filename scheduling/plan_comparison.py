"""Two plans side by side: what each order gains or loses, and the key figures of both.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scheduling.board import is_moved
from scheduling.improve import Terms
from scheduling.kpis import Kpi, compute_kpis, target_minute
from scheduling.problem import Minute, Weights, WorkUnit
from scheduling.schedule import PlannedJob
from scheduling.validation import Legs, arrival_minute, job_co2_grams, job_cost_minor


class Fate(StrEnum):
    """What becomes of an order in the other plan."""

    STAYS = "stays"
    LOST = "lost"
    NEW = "new"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Side:
    """One plan: jobs by hold id, on units, and the holds that fit nowhere in it."""

    planned: Mapping[int, PlannedJob]
    units: Mapping[int, WorkUnit]
    legs: Legs
    lost: frozenset[int] = frozenset()

    @property
    def standing(self) -> tuple[PlannedJob, ...]:
        """The jobs that have their place."""
        return tuple(plan for hold_id, plan in self.planned.items() if hold_id not in self.lost)


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """An order in one plan; tardiness in minutes after its due date, else its promise."""

    arrival_minute: Minute
    tardiness_minutes: int
    cost_minor: int
    co2_grams: int


@dataclass(frozen=True, slots=True)
class OrderEffect:
    """What an order gains or loses; ``before`` is None for a new one, ``after`` for one that is lost or dropped."""

    hold_id: int
    job_code: str
    fate: Fate
    moved: int
    before: OrderFigures | None
    after: OrderFigures | None


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """The orders that differ, and both plans' key figures and terms over the same period [from, until)."""

    orders: tuple[OrderEffect, ...]
    kpis_before: tuple[Kpi, ...]
    kpis_after: tuple[Kpi, ...]
    terms_before: Terms
    terms_after: Terms
    from_minute: Minute
    until_minute: Minute


def compare_plans(before: Side, after: Side, *, from_minute: Minute, weights: Weights) -> PlanComparison:
    """Put two plans side by side.

    Parameters
    ----------
    before, after
        Jobs of one hold id are the same order.
    from_minute
        The period begins here and ends with the last arrival of either plan.
    weights
        Prices of the terms.

    Returns
    -------
    PlanComparison
        Without orders when every job stands in both plans as in the other.
    """
    effects = tuple(
        effect
        for hold_id in sorted({*before.planned, *after.planned})
        if (effect := order_effect(before, after, hold_id)) is not None
    )
    until = max((arrival_minute(side.units, plan, side.legs) for side in (before, after) for plan in side.standing),
                default=from_minute) + 1
    until = max(until, from_minute + 1)
    kpis = [
        compute_kpis(side.standing, side.units, side.legs, from_minute=from_minute, until_minute=until)
        for side in (before, after)
    ]
    moved = sum(effect.moved for effect in effects)
    return PlanComparison(
        effects, kpis[0], kpis[1], plan_terms(before, weights, moved=0), plan_terms(after, weights, moved=moved),
        from_minute, until,
    )


def order_effect(before: Side, after: Side, hold_id: int) -> OrderEffect | None:
    """Say what an order gains or loses; None when it stands in both plans alike."""
    old, new = before.planned.get(hold_id), after.planned.get(hold_id)
    plan = new or old
    if plan is None:
        return None
    fate, moved = Fate.STAYS, 0
    if old is None:
        fate = Fate.NEW
    elif new is None:
        fate = Fate.DROPPED
    elif hold_id in after.lost:
        fate = Fate.LOST
    else:
        moved = sum(is_moved(a, b) for a, b in zip(old.placements, new.placements, strict=True))
        if not moved:
            return None
    return OrderEffect(
        hold_id, plan.job.code, fate, moved,
        None if old is None else _figures(before, old),
        None if new is None or fate is Fate.LOST else _figures(after, new),
    )


def plan_terms(side: Side, weights: Weights, *, moved: int) -> Terms:
    """Price a plan by the objective's terms.

    Parameters
    ----------
    side
        The plan; only jobs that have their place count.
    weights
        Prices of the terms. Tardiness counts after the due date only, not after the promise, which is hard.
    moved
        Operations that start elsewhere than they stood.
    """
    tardiness = cost = grams = 0
    for plan in side.standing:
        due = plan.job.due_minute
        if due is not None:
            tardiness += max(0, arrival_minute(side.units, plan, side.legs) - due) * plan.job.weight
        cost += job_cost_minor(side.units, plan, side.legs)
        grams += job_co2_grams(side.units, plan, side.legs)
    return Terms(
        tardiness_minor=tardiness * weights.tardiness_minor_per_minute,
        cost_minor=cost * weights.cost_percent // 100,
        co2_minor=grams * weights.co2_minor_per_kg // 1000,
        moves_minor=moved * weights.move_minor,
    )


def _figures(side: Side, plan: PlannedJob) -> OrderFigures:
    arrival = arrival_minute(side.units, plan, side.legs)
    target = target_minute(plan.job)
    return OrderFigures(
        arrival,
        max(0, arrival - target) if target is not None else 0,
        job_cost_minor(side.units, plan, side.legs),
        job_co2_grams(side.units, plan, side.legs),
    )
