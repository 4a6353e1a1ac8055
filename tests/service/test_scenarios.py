"""Scenarios on both databases: many at once, beside an untouched plan, compared, proposed or refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from scheduling.calendar import first_minute_from, minute_at
from scheduling.checks import check
from scheduling.errors import ProposalOutdated, ScenarioInvalid, ScenarioNotFound, ScenarioNotPublishable
from scheduling.improve import improve
from scheduling.plan_comparison import Fate
from scheduling.problem import Weights
from scheduling.scene import (
    Change,
    ExtraShift,
    NewMachine,
    OrderDropped,
    RushOrder,
    UnitDown,
)
from scheduling.schedule import Hold
from scheduling.service import (
    cancel_job,
    confirm_hold,
    get_hold,
    hold,
    list_proposals,
    list_work_units,
    promise_job,
    publish_network,
    publish_proposal,
    report_downtime,
)
from scheduling.what_if import (
    MOST_CHANGES,
    Scenario,
    drop_scenario,
    get_scenario,
    list_scenarios,
    load_scenario_task,
    make_scenario,
    new_unit_codes,
    publish_scenario,
    save_outcome,
)
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
RELEASE = NOW + timedelta(days=1)


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with planning_engine(request.param, tmp_path) as engine:
        yield engine


@pytest.fixture
def factory(engine: Engine) -> sessionmaker[Session]:
    factory = session_factory(engine)
    network = a_network([a_center("SZ-PNT", "SZ", "paint", unit_count=2, setup_minutes=18, pool_share_percent=50)])
    with write(factory) as session:
        publish_network(session, network=network, now=NOW)
    return factory


def booked(factory: sessionmaker[Session], code: str, *, minutes: int = 400, weight: int = 1,
           due_days: float = 30) -> Hold:
    """Book one painting on the first unit."""
    with write(factory) as session:
        unit = list_work_units(session)[0].id
        release = first_minute_from(RELEASE)
        job = a_job([an_operation("paint", [(unit, minutes)])], code=code, release=release, weight=weight,
                    due_minute=release + int(due_days * 1440), deadline_minute=release + 60 * 1440)
        plan = promise_job(session, job=job, now=NOW).default
        assert plan is not None
        kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
        return confirm_hold(session, hold_id=kept.id, now=NOW)


def three_jobs(factory: sessionmaker[Session]) -> list[Hold]:
    return [booked(factory, "J1"), booked(factory, "J2"), booked(factory, "RUSH", minutes=60, weight=50, due_days=0.2)]


USUAL = Weights()


def tried(factory: sessionmaker[Session], *changes: Change, weights: Weights = USUAL, title: str = "try") -> Scenario:
    """Make a scenario and plan it as the worker would."""
    with write(factory) as session:
        made = make_scenario(session, title=title, changes=changes, by="planner", now=NOW, weights=weights)
    return planned_again(factory, made.id)


def planned_again(factory: sessionmaker[Session], scenario_id: int) -> Scenario:
    with factory() as session:
        task = load_scenario_task(session, scenario_id=scenario_id, now=NOW)
    found = improve(task.scene.snapshot, task.scene.jobs, iterations=40, weights=task.scenario.weights)
    with write(factory) as session:
        return save_outcome(session, task=task, improvement=found, now=NOW)


def live_starts(factory: sessionmaker[Session], holds: list[Hold]) -> list[tuple[int, int]]:
    with factory() as session:
        return [(booking.unit_id, booking.start_minute)
                for item in holds for booking in get_hold(session, hold_id=item.id).bookings]


def test_many_scenarios_stand_beside_an_untouched_plan(factory: sessionmaker[Session]) -> None:
    holds = three_jobs(factory)
    before = live_starts(factory, holds)
    start = holds[0].bookings[0].start_minute

    down = tried(factory, UnitDown("SZ-PNT-1", start, start + 5 * 1440), title="down")
    more = tried(factory, NewMachine("SZ-PNT", ("SZ-PNT-3",), start), title="more")
    extra = tried(factory, ExtraShift("SZ-PNT", date(2026, 3, 3), date(2026, 3, 5), 22 * 60, 6 * 60), title="extra")
    rush = tried(factory, RushOrder("RUSH-2", "J1", start + 480, 90), title="rush")
    dropped = tried(factory, OrderDropped("J1"), title="drop")

    assert live_starts(factory, holds) == before
    with factory() as session:
        assert [item.title for item in list_scenarios(session)] == ["drop", "rush", "extra", "more", "down"]
        assert get_scenario(session, scenario_id=down.id) == down
        assert list_proposals(session) == ()
        assert [str(breach) for breach in check(session, now=NOW)] == []
    assert down.outcome is not None and more.outcome is not None and extra.outcome is not None  # noqa: PT018
    effects = {effect.job_code: effect for effect in down.outcome.comparison.orders}
    assert effects["J1"].after is not None
    assert effects["J1"].before is not None
    assert effects["J1"].after.arrival_minute > effects["J1"].before.arrival_minute + 4 * 1440
    for outcome in (more.outcome, extra.outcome):
        moved = next(effect for effect in outcome.comparison.orders if effect.job_code == "RUSH")
        assert moved.after is not None and moved.before is not None  # noqa: PT018
        assert moved.after.arrival_minute < moved.before.arrival_minute
        assert outcome.comparison.terms_after.total_minor < outcome.comparison.terms_before.total_minor
    assert rush.outcome is not None and dropped.outcome is not None  # noqa: PT018
    fates = {effect.job_code: effect.fate for effect in rush.outcome.comparison.orders}
    assert fates["RUSH-2"] is Fate.NEW
    assert {effect.job_code: effect.fate for effect in dropped.outcome.comparison.orders}["J1"] is Fate.DROPPED
    assert dropped.outcome.pending == (OrderDropped("J1"),)


def test_a_scenario_that_only_moves_bookings_becomes_a_proposal(factory: sessionmaker[Session]) -> None:
    holds = three_jobs(factory)
    before = live_starts(factory, holds)
    plan = tried(factory, weights=Weights(move_minor=0, co2_minor_per_kg=0))
    assert plan.outcome is not None
    assert plan.outcome.pending == ()

    with write(factory) as session:
        proposal = publish_scenario(session, scenario_id=plan.id, now=NOW)
    assert (proposal.kind, proposal.state, proposal.weights) == ("scenario", "open", plan.weights)
    assert proposal.kpis_after == plan.outcome.comparison.kpis_after
    assert live_starts(factory, holds) == before
    with write(factory) as session:
        publish_proposal(session, proposal_id=proposal.id, now=NOW)
    assert live_starts(factory, holds) != before
    with factory() as session:
        assert [str(breach) for breach in check(session, now=NOW)] == []
        assert get_scenario(session, scenario_id=plan.id).proposal_id == proposal.id
    with pytest.raises(ScenarioNotPublishable, match="published already"), write(factory) as session:
        publish_scenario(session, scenario_id=plan.id, now=NOW)
    with pytest.raises(ScenarioNotPublishable), factory() as session:
        load_scenario_task(session, scenario_id=plan.id, now=NOW)


def test_a_scenario_that_changes_plants_is_refused_until_they_are_changed(factory: sessionmaker[Session]) -> None:
    start = three_jobs(factory)[0].bookings[0].start_minute
    down = UnitDown("SZ-PNT-1", start, start + 1440)
    plan = tried(factory, down)

    with pytest.raises(ScenarioNotPublishable) as refusal, write(factory) as session:
        publish_scenario(session, scenario_id=plan.id, now=NOW)
    assert refusal.value.detail["pending"] == [{"kind": "unit_down", "unit": "SZ-PNT-1", "from_minute": start,
                                                "until_minute": start + 1440}]
    with factory() as session:
        assert get_scenario(session, scenario_id=plan.id).state == "open"
    with write(factory) as session:
        unit = next(item for item in list_work_units(session) if item.code == "SZ-PNT-1")
        report_downtime(session, unit_id=unit.id, from_minute=start, until_minute=start + 1440, reason="", now=NOW)
    again = planned_again(factory, plan.id)
    assert again.outcome is not None
    assert again.outcome.pending == ()
    with write(factory) as session:
        proposal = publish_scenario(session, scenario_id=plan.id, now=NOW)
        publish_proposal(session, proposal_id=proposal.id, now=NOW)
    with factory() as session:
        assert [str(breach) for breach in check(session, now=NOW)] == []


def test_a_scenario_of_yesterdays_plan_is_refused_when_its_orders_moved(factory: sessionmaker[Session]) -> None:
    holds = three_jobs(factory)
    plan = tried(factory, weights=Weights(move_minor=0))
    with write(factory) as session:
        cancel_job(session, hold_id=holds[2].id, now=NOW)
        proposal = publish_scenario(session, scenario_id=plan.id, now=NOW)
    with pytest.raises(ProposalOutdated), write(factory) as session:
        publish_proposal(session, proposal_id=proposal.id, now=NOW)


def test_dropped_scenarios_are_gone_and_wrong_ones_are_never_made(factory: sessionmaker[Session]) -> None:
    three_jobs(factory)
    plan = tried(factory)
    with write(factory) as session:
        assert drop_scenario(session, scenario_id=plan.id, now=NOW).state == "dropped"
        assert list_scenarios(session) == ()
    with pytest.raises(ScenarioNotPublishable, match="dropped"), write(factory) as session:
        publish_scenario(session, scenario_id=plan.id, now=NOW)
    with pytest.raises(ScenarioNotFound), factory() as session:
        get_scenario(session, scenario_id=99)
    wrong: list[tuple[Change, ...]] = [(UnitDown("XX", 1, 2),), (OrderDropped("J1"),) * (MOST_CHANGES + 1)]
    for changes in wrong:
        with pytest.raises(ScenarioInvalid), write(factory) as session:
            make_scenario(session, title="x", changes=changes, by="planner", now=NOW)
    with factory() as session:
        assert len(list_scenarios(session)) == 0


def test_a_plan_without_jobs_can_be_tried_too(factory: sessionmaker[Session]) -> None:
    plan = tried(factory, NewMachine("SZ-PNT", ("SZ-PNT-3",), minute_at(NOW)))
    assert plan.outcome is not None
    assert plan.outcome.comparison.orders == ()


def test_what_is_not_planned_cannot_become_a_proposal(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        made = make_scenario(session, title="x", changes=[], by="planner", now=NOW)
    with pytest.raises(ScenarioNotPublishable, match="not planned"), write(factory) as session:
        publish_scenario(session, scenario_id=made.id, now=NOW)


def test_new_units_take_the_next_free_numbers(factory: sessionmaker[Session]) -> None:
    with factory() as session:
        assert new_unit_codes(session, work_center="SZ-PNT", count=2) == ("SZ-PNT-3", "SZ-PNT-4")
        assert new_unit_codes(session, work_center="XX", count=1) == ("XX-1",)
