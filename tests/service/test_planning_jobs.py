"""Planning in the background: a lost worker costs time, never the plan, and at worst the search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scheduling import service as scheduling
from scheduling import what_if
from scheduling.improve import Improvement, Progress, Terms
from scheduling.problem import Weights
from tests.conftest import StandingClock
from tests.unit.scheduling.plants import a_network
from web.database import Database
from web.jobs import enqueue, queue
from web.jobs.handlers import build_kinds
from web.jobs.replanning import FULL_ATTEMPTS
from web.jobs.runner import JobRunner
from web.settings import Settings
from web.tables import JobRow


class Improver:
    """Stands in for the search; remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.may_go_on = True

    def __call__(self, snapshot: object, jobs: object, **how: Any) -> Improvement:
        self.asked.append(how)
        if "progress" in how:
            self.may_go_on = how["progress"](Progress(3, 1.5, 900, 800, 600, 4))
        return Improvement((), 900, 700, 5, 1, terms_before=Terms(200, 500, 100, 100),
                           terms_after=Terms(100, 500, 100, 0), lower_bound_minor=600)


@pytest.fixture
def improver(database: Database, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> Improver:
    with database.transaction() as session:
        scheduling.publish_network(session, network=a_network(), now=clock())
    found = Improver()
    monkeypatch.setattr("scheduling.improve.improve", found)
    return found


@pytest.fixture
def runner(database: Database, make_settings: Any, clock: StandingClock) -> JobRunner:  # Any: a factory of settings
    settings: Settings = make_settings()
    return JobRunner(database, build_kinds(settings), clock=clock, lease_seconds=30)


def put(database: Database, clock: StandingClock, **payload: object) -> int:
    with database.transaction() as session:
        return enqueue(session, kind="planning.replan", payload=payload, key="1", now=clock()).id


def lose(database: Database, clock: StandingClock, job_id: int) -> None:
    """Let a worker take a job and never be heard of again."""
    with database.transaction() as session:
        assert queue.claim(session, job_id=job_id, now=clock(), lease_seconds=30) is not None
    clock.moment += timedelta(seconds=31)


def test_a_run_is_asked_for_as_it_was_set_and_stored_with_what_it_found(
    database: Database, clock: StandingClock, improver: Improver, runner: JobRunner
) -> None:
    put(database, clock, seconds=7, weights={"move_minor": 0, "cost_percent": 50}, frozen_minutes=60, by="planner")
    assert runner.run_due() == 1
    (how,) = improver.asked
    assert (how["seconds"], how["weights"]) == (7.0, Weights(move_minor=0, cost_percent=50))
    with database.reading() as session:
        (proposal,) = scheduling.list_proposals(session)
    assert (proposal.weights, proposal.frozen_minutes, proposal.iterations) == (how["weights"], 60, 5)
    assert (proposal.terms_before, proposal.terms_after) == (Terms(200, 500, 100, 100), Terms(100, 500, 100, 0))
    assert (proposal.lower_bound_minor, proposal.objective_after_minor) == (600, 700)


def test_a_stop_is_heard_and_what_was_found_is_kept(
    database: Database, clock: StandingClock, improver: Improver, runner: JobRunner
) -> None:
    job_id = put(database, clock, seconds=7)
    with database.transaction() as session:
        queue.request_stop(session, job_id=job_id)
    assert runner.run_due() == 1
    assert not improver.may_go_on
    with database.reading() as session:
        assert len(scheduling.list_proposals(session)) == 1
        assert session.get_one(JobRow, job_id).progress == {
            "iteration": 3, "elapsed_seconds": 1.5, "objective_before_minor": 900, "objective_minor": 800,
            "lower_bound_minor": 600, "moved_operations": 4}


def test_after_two_lost_workers_the_repaired_plan_alone_is_stored(
    database: Database, clock: StandingClock, improver: Improver, runner: JobRunner
) -> None:
    job_id = put(database, clock, seconds=7)
    for _ in range(FULL_ATTEMPTS):
        lose(database, clock, job_id)
        with database.reading() as session:
            assert scheduling.list_proposals(session) == ()
    assert runner.run_due() == 1
    assert [how.get("iterations") for how in improver.asked] == [0]
    with database.reading() as session:
        assert len(scheduling.list_proposals(session)) == 1
        assert session.scalar(select(JobRow.state).where(JobRow.id == job_id)) == "done"


def test_a_worker_that_comes_back_after_its_job_was_taken_over_stores_nothing(
    database: Database, clock: StandingClock, improver: Improver, runner: JobRunner
) -> None:
    job_id = put(database, clock, seconds=7)
    with database.transaction() as session:
        first = queue.claim(session, job_id=job_id, now=clock(), lease_seconds=30)
    assert first is not None
    clock.moment += timedelta(seconds=31)
    assert runner.run_due() == 1
    with pytest.raises(queue.LeaseLost), database.transaction() as session:
        queue.fence(session, claim=first, now=clock(), lease_seconds=30)
    with database.reading() as session:
        assert len(scheduling.list_proposals(session)) == 1


def test_a_scenario_dropped_while_it_waits_ends_its_job_and_nothing_else(
    database: Database, clock: StandingClock, improver: Improver, runner: JobRunner
) -> None:
    with database.transaction() as session:
        made = what_if.make_scenario(session, title="x", changes=[], by="planner", now=clock())
        payload = {"scenario": made.id, "seconds": 1}
        job_id = enqueue(session, kind="planning.scenario", payload=payload, key="1", now=clock()).id
    with database.transaction() as session:
        what_if.drop_scenario(session, scenario_id=made.id, now=clock())
    assert runner.run_due() == 0
    with database.reading() as session:
        row = session.get_one(JobRow, job_id)
        assert (row.state, row.error) == ("failed", "scenario_not_publishable: This scenario is dropped already.")
    assert improver.asked == []


def test_a_scenario_is_planned_in_the_background(
    database: Database, clock: StandingClock, improver: Improver, runner: JobRunner
) -> None:
    with database.transaction() as session:
        made = what_if.make_scenario(session, title="x", changes=[], by="planner", now=clock(),
                                     weights=Weights(move_minor=1))
        enqueue(session, kind="planning.scenario", payload={"scenario": made.id, "seconds": 1}, key="1", now=clock())
    assert runner.run_due() == 1
    assert [how["weights"] for how in improver.asked] == [Weights(move_minor=1)]
    with database.reading() as session:
        outcome = what_if.get_scenario(session, scenario_id=made.id).outcome
    assert outcome is not None
    assert (outcome.lower_bound_minor, outcome.iterations, outcome.pending) == (600, 5, ())
