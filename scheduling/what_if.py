"""Use cases of scenarios: make, plan, compare, drop, and turn into a proposal.

A scenario is a stored description. It is planned on the live plan of the moment with its changes applied in memory;
what is stored of that is the comparison, and the moves when nothing but bookings changes. Like a re-planning it is
done in three parts: read in one transaction, improve without any, store in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduling.calendar import first_minute_from, minute_at
from scheduling.codec import change_as_json
from scheduling.errors import ScenarioInvalid, ScenarioNotFound, ScenarioNotPublishable
from scheduling.improve import Improvement
from scheduling.plan_comparison import PlanComparison, compare_plans
from scheduling.problem import Weights
from scheduling.publishing import Proposal, proposal_value
from scheduling.replanning import DEFAULT_FROZEN, Replanning, list_moves, load_replanning, require_valid, sides
from scheduling.scenario_codec import (
    comparison_as_json,
    comparison_from_json,
    kpis_as_json,
    prices_as_json,
    scenario_change_as_json,
    scenario_change_from_json,
    terms_as_json,
    weights_as_json,
    weights_from_json,
)
from scheduling.scenario_tables import ScenarioRow
from scheduling.scenarios import apply_changes, pending_changes
from scheduling.scene import Change, Scene
from scheduling.schedule import WorkUnitEntry
from scheduling.store import area_network, find_area, lock_area, unit_entry
from scheduling.tables import ProposalRow, WorkUnitRow

Json = Any
"""What :func:`save_outcome` stored."""

MOST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What planning a scenario came to.

    ``pending`` are the changes that the live plan did not have; ``unplaced`` the rush orders with no capacity at all.
    """

    comparison: PlanComparison
    pending: tuple[Change, ...]
    unplaced: tuple[str, ...]
    objective_minor: int
    """Of the jobs that may move, as the improver counts it; ``lower_bound_minor`` is of the same jobs."""
    lower_bound_minor: int | None
    iterations: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A what-if; ``state`` is open, published or dropped, ``outcome`` None until it is planned."""

    id: int
    title: str
    state: str
    made_by: str
    made_at: datetime
    base_version: int
    changes: tuple[Change, ...]
    weights: Weights
    frozen: timedelta
    planned_at: datetime | None
    planned_version: int | None
    outcome: Outcome | None
    proposal_id: int | None


@dataclass(frozen=True, slots=True)
class ScenarioTask:
    """What the improver works on for a scenario: the live plan, and it with the changes applied."""

    scenario: Scenario
    live: Replanning
    scene: Scene
    pending: tuple[Change, ...]


def make_scenario(
    session: Session,
    *,
    title: str,
    changes: Sequence[Change],
    by: str,
    now: datetime,
    weights: Weights = Weights(),  # noqa: B008  # a frozen value
    frozen_minutes: int = int(DEFAULT_FROZEN.total_seconds()) // 60,
) -> Scenario:
    """Describe a what-if beside the live plan; nothing of the plan is touched or copied.

    Parameters
    ----------
    title
        1 to 120 characters.
    changes
        At most 20; none to see what planning alone would bring.
    by
        Login of the person.
    now
        Aware UTC.
    weights, frozen_minutes
        Prices of the terms; how long from now on what is planned stays.

    Returns
    -------
    Scenario
        Open, not planned yet.

    Raises
    ------
    ScenarioInvalid
        A change does not fit the plants or orders of the moment, or there are too many.
    NetworkMissing
        No network has been published.
    """
    if len(changes) > MOST_CHANGES or not 0 < len(title) <= 120:
        raise ScenarioInvalid(f"A scenario has a title and at most {MOST_CHANGES} changes.")
    area = lock_area(session)
    live = load_replanning(session, now=now, frozen=timedelta(minutes=frozen_minutes))
    apply_changes(_scene(session, live, now=now), changes)
    row = ScenarioRow(
        area_id=area.id, title=title, state="open", made_by=by, made_at=now, base_version=area.version,
        changes=[scenario_change_as_json(change) for change in changes], weights=weights_as_json(weights),
        frozen_minutes=frozen_minutes,
    )
    session.add(row)
    session.flush()
    return _value(row)


def new_unit_codes(session: Session, *, work_center: str, count: int) -> tuple[str, ...]:
    """Name the next units of a work center: ``<work center>-<number>`` from the first free number on."""
    known = set(session.scalars(select(WorkUnitRow.code).where(WorkUnitRow.work_center == work_center)))
    free = (code for number in range(1, len(known) + count + 1) if (code := f"{work_center}-{number}") not in known)
    return tuple(code for code, _ in zip(free, range(count), strict=False))


def load_scenario_task(session: Session, *, scenario_id: int, now: datetime) -> ScenarioTask:
    """Read the live plan and apply a scenario's changes to it.

    Raises
    ------
    ScenarioNotFound
        No such scenario.
    ScenarioNotPublishable
        It is closed.
    ScenarioInvalid
        A change does not fit the plants or orders any more.
    """
    scenario = get_scenario(session, scenario_id=scenario_id)
    if scenario.state != "open":
        raise ScenarioNotPublishable(f"This scenario is {scenario.state} already.", scenario_id=scenario_id)
    live = load_replanning(session, now=now, frozen=scenario.frozen)
    scene = _scene(session, live, now=now)
    changes = scenario.changes
    return ScenarioTask(scenario, live, apply_changes(scene, changes), pending_changes(scene, changes))


def save_outcome(session: Session, *, task: ScenarioTask, improvement: Improvement, now: datetime) -> Scenario:
    """Store what planning a scenario came to; nothing moves.

    Raises
    ------
    ScenarioNotFound
        No such scenario.
    ScheduleInvalid
        The improvement breaks a rule of the plants; nothing is stored.
    """
    scene = task.scene
    changed = Replanning(scene.snapshot, scene.jobs, scene.planned, task.live.frozen)
    changes = tuple(change for change in improvement.changes if change.moved or change.is_lost)
    require_valid(changed, changes)
    before, _ = sides(task.live, ())
    _, after = sides(changed, changes)
    comparison = compare_plans(before, after, from_minute=minute_at(now), weights=task.scenario.weights)
    outcome: dict[str, Json] = {
        "comparison": comparison_as_json(comparison),
        "pending": [scenario_change_as_json(change) for change in task.pending],
        "unplaced": list(scene.unplaced),
        "lower_bound_minor": improvement.lower_bound_minor,
        "iterations": improvement.iterations,
        "objective": [improvement.objective_before_minor, improvement.objective_after_minor],
    }
    if not task.pending:
        outcome["moves"] = list_moves(changed, changes)
        outcome["changes"] = [change_as_json(change) for change in changes]
        outcome["terms"] = [terms_as_json(improvement.terms_before), terms_as_json(improvement.terms_after)]
        outcome["prices"] = prices_as_json(improvement.prices) if improvement.prices else None
        outcome["co2_grams"] = {
            str(effect.hold_id): [effect.before.co2_grams, effect.after.co2_grams]
            for effect in comparison.orders if effect.before is not None and effect.after is not None
        }
    area = lock_area(session)  # after the long work, so that nobody waits for it
    row = _row(session, task.scenario.id)
    if row.state != "open":
        return _value(row)
    row.outcome, row.planned_at, row.planned_version = outcome, now, improvement.version
    row.base_version = area.version
    session.flush()
    return _value(row)


def list_scenarios(session: Session, *, limit: int = 100) -> tuple[Scenario, ...]:
    """List the scenarios that are not dropped, newest first, at most so many."""
    query = select(ScenarioRow).where(ScenarioRow.state != "dropped").order_by(ScenarioRow.id.desc()).limit(limit)
    return tuple(_value(row) for row in session.scalars(query))


def get_scenario(session: Session, *, scenario_id: int) -> Scenario:
    """Give a scenario.

    Raises
    ------
    ScenarioNotFound
        No such scenario.
    """
    return _value(_row(session, scenario_id))


def drop_scenario(session: Session, *, scenario_id: int, now: datetime) -> Scenario:
    """Put a scenario away; one that became a proposal stays as it is."""
    row = _row(session, scenario_id)
    if row.state == "open":
        row.state, row.closed_at = "dropped", now
        session.flush()
    return _value(row)


def publish_scenario(session: Session, *, scenario_id: int, now: datetime) -> Proposal:
    """Make a scenario's plan a proposal; that one is put in force like any other, or refused if the plan moved.

    Parameters
    ----------
    now
        Aware UTC.

    Returns
    -------
    Proposal
        Open, on the version that the scenario was planned on.

    Raises
    ------
    ScenarioNotFound
        No such scenario.
    ScenarioNotPublishable
        It is closed, or not planned, or needs changes of plants or orders first: ``detail["pending"]`` lists those.
    """
    area = lock_area(session)
    row = _row(session, scenario_id)
    if row.state != "open" or row.outcome is None:
        why = "is not planned yet" if row.state == "open" else f"is {row.state} already"
        raise ScenarioNotPublishable(f"This scenario {why}.", scenario_id=scenario_id, pending=[])
    if row.outcome["pending"]:
        raise ScenarioNotPublishable(
            "This scenario needs changes of plants or orders first; make them, then plan it again.",
            scenario_id=scenario_id, pending=row.outcome["pending"],
        )
    outcome = row.outcome
    comparison = comparison_from_json(outcome["comparison"])
    terms_before, terms_after = outcome["terms"]
    proposal = ProposalRow(
        area_id=area.id, kind="scenario", state="open", base_version=row.planned_version, proposed_at=now,
        moves=outcome["moves"], changes=outcome["changes"], objective_before_minor=outcome["objective"][0],
        objective_after_minor=outcome["objective"][1], weights=row.weights,
        terms={"before": terms_before, "after": terms_after} if any(terms_before.values()) else None,
        lower_bound_minor=outcome["lower_bound_minor"], prices=outcome["prices"], iterations=outcome["iterations"],
        frozen_minutes=row.frozen_minutes, co2_grams=outcome["co2_grams"],
        kpis={"before": kpis_as_json(comparison.kpis_before), "after": kpis_as_json(comparison.kpis_after)},
    )
    session.add(proposal)
    session.flush()
    row.state, row.closed_at, row.proposal_id = "published", now, proposal.id
    session.flush()
    return proposal_value(proposal)


def _scene(session: Session, live: Replanning, *, now: datetime) -> Scene:
    area = find_area(session) or lock_area(session)
    entries: tuple[WorkUnitEntry, ...] = tuple(map(unit_entry, session.scalars(select(WorkUnitRow))))
    floor = first_minute_from(now + live.frozen)
    return Scene(area_network(area), entries, live.snapshot, live.jobs, live.planned, floor)


def _row(session: Session, scenario_id: int) -> ScenarioRow:
    is_storable = 0 < scenario_id < 2**63
    row = session.get(ScenarioRow, scenario_id, populate_existing=True) if is_storable else None
    if row is None:
        raise ScenarioNotFound("There is no such scenario.", scenario_id=scenario_id)
    return row


def _value(row: ScenarioRow) -> Scenario:
    return Scenario(
        id=row.id, title=row.title, state=row.state, made_by=row.made_by, made_at=row.made_at,
        base_version=row.base_version, changes=tuple(map(scenario_change_from_json, row.changes)),
        weights=weights_from_json(row.weights), frozen=timedelta(minutes=row.frozen_minutes),
        planned_at=row.planned_at, planned_version=row.planned_version,
        outcome=_outcome(row.outcome) if row.outcome else None, proposal_id=row.proposal_id,
    )


def _outcome(document: Json) -> Outcome:
    return Outcome(
        comparison=comparison_from_json(document["comparison"]),
        pending=tuple(map(scenario_change_from_json, document["pending"])),
        unplaced=tuple(document["unplaced"]),
        objective_minor=document["objective"][1],
        lower_bound_minor=document["lower_bound_minor"],
        iterations=document["iterations"],
    )
