"""Random histories of a planning area: every invariant holds after every act, and no process ever lags behind."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from scheduling import store
from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.errors import HoldClosed, HoldExpired, HoldLost, JobStarted, ProposalOutdated
from scheduling.problem import Job
from scheduling.schedule import PlannedJob
from scheduling.service import (
    cancel_job,
    confirm_hold,
    expire_holds,
    get_jobs,
    hold,
    list_bookings,
    list_work_units,
    load_snapshot,
    promise_job,
    propose_replan,
    publish_network,
    publish_proposal,
    release_hold,
    report_downtime,
)
from scheduling.validation import violations
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
ACTS = 50


@pytest.fixture(params=DIALECTS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with planning_engine(request.param, tmp_path) as engine:
        yield engine


class History:
    """One random planner, many customers, a clock that only goes forward."""

    def __init__(self, factory: sessionmaker[Session], seed: int) -> None:
        self.factory = factory
        self.dice = random.Random(seed)
        self.now = START
        self.count = 0
        self.holds: list[int] = []
        self.downtimes = 0

    def a_wish(self, session: Session) -> Job:
        self.count += 1
        units = [unit.id for unit in list_work_units(session)]
        operations = [
            an_operation(
                f"op{index}",
                [
                    (unit, self.dice.randint(5, 150), self.dice.randint(100, 900), 5)
                    for unit in self.dice.sample(units, 2)
                ],
                after=[index - 1] if index and self.dice.random() < 0.7 else [],
                family=self.dice.choice("abc"),
                is_resumable=self.dice.random() < 0.8,
            )
            for index in range(self.dice.randint(1, 4))
        ]
        release = first_minute_from(self.now + timedelta(hours=self.dice.randint(2, 60)))
        return a_job(operations, code=f"J{self.count}", release=release, destination=self.dice.choice(["SZ", "NB"]))

    def want(self) -> None:
        with write(self.factory) as session:
            job = self.a_wish(session)
            answer = promise_job(session, job=job, now=self.now)
            plan = self.dice.choice(answer.plans)
            expires_at = self.now + timedelta(hours=self.dice.randint(1, 40))
            try:
                kept = hold(session, job=job, plan=plan, expires_at=expires_at, now=self.now)
            except HoldLost:
                return
            self.holds.append(kept.id)

    def act_on_a_hold(self) -> None:
        act = self.dice.choice((confirm_hold, confirm_hold, release_hold, cancel_job))
        try:
            with write(self.factory) as session:
                act(session, hold_id=self.dice.choice(self.holds), now=self.now)
        except (HoldClosed, HoldExpired, JobStarted):
            return

    def wait(self) -> None:
        self.now += timedelta(hours=self.dice.randint(1, 12))
        with write(self.factory) as session:
            expire_holds(session, now=self.now)

    def break_down(self) -> None:
        if self.downtimes >= 2:
            return
        self.downtimes += 1
        with write(self.factory) as session:
            unit = self.dice.choice(list_work_units(session))
            start = first_minute_from(self.now) + self.dice.randint(0, 2000)
            report_downtime(
                session, unit_id=unit.id, from_minute=start, until_minute=start + 900, reason="jam", now=self.now
            )
        self.replan()

    def replan(self) -> None:
        try:
            with write(self.factory) as session:
                proposal = propose_replan(
                    session, now=self.now, frozen=timedelta(0), iterations=self.dice.choice((0, 5)), seed=self.count
                )
                publish_proposal(session, proposal_id=proposal.id, now=self.now)
        except ProposalOutdated:
            return

    def act(self) -> None:
        acts = [self.want] * 5 + [self.act_on_a_hold] * 4 + [self.wait] * 2 + [self.replan, self.break_down]
        self.dice.choice(acts if self.holds else [self.want])()


@pytest.mark.parametrize("seed", range(2))
def test_invariants_hold_after_every_act_and_the_snapshot_follows(engine: Engine, seed: int) -> None:
    factory = session_factory(engine)
    centers = [
        a_center(f"C{n}", "SZ" if n % 2 else "NB", "any", setup_minutes=6 * (n % 3), pool_share_percent=60)
        for n in range(4)
    ]
    with write(factory) as session:
        publish_network(session, network=a_network(centers), now=START)
    history = History(factory, seed)
    for _ in range(ACTS):
        history.act()
        with factory() as session:
            assert check(session, now=history.now) == ()
            followed = load_snapshot(session, now=history.now)
            store.forget_snapshots()
            fresh = load_snapshot(session, now=history.now)
            for unit_id, line in fresh.timelines.items():
                assert followed.timelines[unit_id].runs == line.runs
    assert len(history.holds) > 10
    with factory() as session:
        assert_stored_setups_are_right(session, history)


def assert_stored_setups_are_right(session: Session, history: History) -> None:
    """Compare what is stored for whole future jobs with the independent check."""
    live = list_bookings(session, from_minute=0, until_minute=2**31 - 1)
    jobs = get_jobs(session)
    snapshot = load_snapshot(session, now=history.now)
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    ahead = first_minute_from(history.now)
    planned = []
    for hold_id, job in jobs.items():
        bookings = sorted((b for b in live if b.hold_id == hold_id), key=lambda b: b.operation)
        if len(bookings) == len(job.operations) and all(b.setup_start_minute >= ahead for b in bookings):
            planned.append(PlannedJob(job, tuple(booking.placement for booking in bookings)))
    found = violations(units, planned, snapshot.legs.leg, has_all_bookings=False)
    assert [item for item in found if item.code != "deadline"] == [], found
    for line in snapshot.timelines.values():
        for booking in live:
            if booking.id in line and booking.setup_start_minute >= ahead:
                assert line.slot_of(booking.id).setup_start_minute == booking.setup_start_minute
