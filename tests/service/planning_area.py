"""A planning area under random hands: customers, planners, breakdowns, dying workers, a clock that jumps.

The model knows which capacity was promised to whom until when, and what has happened since; the invariants compare it
with the database after every act.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy.orm import Session

from scheduling import service as scheduling
from scheduling import store
from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.problem import Job
from scheduling.schedule import HoldState
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation
from web.database import Database
from web.jobs.handlers import build_kinds
from web.jobs.queue import enqueue
from web.jobs.runner import JobRunner
from web.settings import load_settings
from web.tables import JobRow

START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
LEASE_SECONDS = 60
PICK = st.integers(0, 10**6)
TEMPLATE: list[Path] = []
"""The empty database in its newest shape, to be copied."""


class Killed(BaseException):
    """The process is gone: nothing after this line of it runs."""


@dataclass
class Kept:
    """What the model knows of a hold: its state, and the minute by which its promise must arrive."""

    hold_id: int
    state: HoldState
    deadline_minute: int
    is_hit: bool = False
    """An event took capacity since; a promise that slips must have one."""


class PlanningArea(RuleBasedStateMachine):
    """Acts of everybody who uses a planning area, and what must hold after each."""

    steps = 0
    happened: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="onelot-area-"))
        shutil.copy(TEMPLATE[0], self.folder / "onelot.sqlite3")
        self.database = Database(f"sqlite:///{self.folder / 'onelot.sqlite3'}")
        self.now = START
        self.count = 0
        self.kept: list[Kept] = []
        self.events = 0
        centers = [a_center(f"C{n}", "SZ" if n % 2 else "NB", "any", setup_minutes=6 * (n % 3), pool_share_percent=60)
                   for n in range(4)]
        self.write(lambda session: scheduling.publish_network(session, network=a_network(centers), now=self.now))
        settings = load_settings({}, var_directory=self.folder)
        self.runner = JobRunner(self.database, build_kinds(settings), clock=lambda: self.now,
                                lease_seconds=LEASE_SECONDS)

    def teardown(self) -> None:
        self.database.dispose()
        shutil.rmtree(self.folder)

    def write(self, act: Callable[[Session], Any]) -> Any:  # Any: what the act gives
        """Run one act in one transaction."""
        with self.database.transaction() as session:
            return act(session)

    def pick(self, place: int) -> Kept:
        return self.kept[place % len(self.kept)]

    @rule(data=st.data(), hours=st.integers(1, 40), is_confirmed=st.booleans())
    def promise(self, data: st.DataObject, hours: int, is_confirmed: bool) -> None:
        """Promise a job and keep its capacity, for a while or for good."""
        with self.database.reading() as session:
            job = self.a_wish(data, [unit.id for unit in scheduling.list_work_units(session)])
            answer = scheduling.promise_job(session, job=job, now=self.now)
        plan = answer.plans[data.draw(st.integers(0, len(answer.plans) - 1))]
        expires_at = self.now + timedelta(hours=hours)
        try:
            hold = self.write(lambda session: scheduling.hold(session, job=job, plan=plan, expires_at=expires_at,
                                                              now=self.now))
        except scheduling.HoldLost:
            raise AssertionError("nothing happened between the promise and the hold") from None
        assert hold.job.deadline_minute is not None
        self.kept.append(Kept(hold.id, HoldState.HELD, hold.job.deadline_minute))
        if is_confirmed:
            self.confirm(len(self.kept) - 1)

    def a_wish(self, data: st.DataObject, units: list[int]) -> Job:
        """Draw a job of up to four operations."""
        self.count += 1
        minutes, cost = st.integers(5, 150), st.integers(100, 900)
        operations = [
            an_operation(
                f"op{index}",
                [(unit, data.draw(minutes), data.draw(cost), 5)
                 for unit in data.draw(st.lists(st.sampled_from(units), min_size=2, max_size=2, unique=True))],
                after=[index - 1] if index and data.draw(st.booleans()) else [],
                family=data.draw(st.sampled_from("abc")),
                is_resumable=data.draw(st.booleans()),
            )
            for index in range(data.draw(st.integers(1, 4)))
        ]
        release = first_minute_from(self.now + timedelta(hours=data.draw(st.integers(2, 60))))
        return a_job(operations, code=f"J{self.count}", release=release,
                     destination=data.draw(st.sampled_from(["SZ", "NB"])), weight=data.draw(st.integers(1, 9)),
                     due_minute=release + data.draw(st.integers(0, 3000)))

    @precondition(lambda self: self.kept)
    @rule(place=PICK)
    def confirm(self, place: int) -> None:
        """Confirm held capacity; what is over or closed says so."""
        kept = self.pick(place)
        try:
            self.write(lambda session: scheduling.confirm_hold(session, hold_id=kept.hold_id, now=self.now))
        except scheduling.HoldExpired:
            assert kept.state in {HoldState.HELD, HoldState.EXPIRED}
            return
        except scheduling.HoldClosed:
            assert kept.state not in {HoldState.HELD, HoldState.EXPIRED}
            return
        assert kept.state is HoldState.HELD
        kept.state = HoldState.CONFIRMED
        type(self).happened["confirmed"] += 1

    @precondition(lambda self: self.kept)
    @rule(place=PICK, hours=st.integers(1, 80))
    def extend(self, place: int, hours: int) -> None:
        """Ask for more time."""
        kept, until = self.pick(place), self.now + timedelta(hours=hours)
        try:
            hold = self.write(lambda session: scheduling.extend_hold(session, hold_id=kept.hold_id, expires_at=until,
                                                                     now=self.now))
        except (scheduling.HoldExpired, scheduling.HoldClosed):
            return
        assert kept.state is HoldState.HELD
        assert hold.expires_at <= until

    @precondition(lambda self: self.kept)
    @rule(place=PICK, is_order=st.booleans())
    def give_back(self, place: int, is_order: bool) -> None:
        """Release held capacity, or cancel an order's."""
        kept = self.pick(place)
        act = scheduling.cancel_job if is_order else scheduling.release_hold
        try:
            hold = self.write(lambda session: act(session, hold_id=kept.hold_id, now=self.now))
        except (scheduling.HoldClosed, scheduling.JobStarted):
            return
        kept.state = hold.state

    @rule(hours=st.sampled_from([1, 3, 12, 30, -2]))
    def let_the_clock_jump(self, hours: int) -> None:
        """Go on in time, or back as a badly set clock does; then close what is over."""
        self.now += timedelta(hours=hours)
        self.close_what_is_over()

    @precondition(lambda self: any(kept.state is HoldState.HELD for kept in self.kept))
    @rule()
    def let_a_hold_run_out(self) -> None:
        """Nobody confirms, until the first hold is over."""
        with self.database.reading() as session:
            ends = [hold.expires_at for hold in scheduling.list_holds(session).values() if hold.state == "held"]
        self.now = max(self.now, min(ends))
        self.close_what_is_over()

    def close_what_is_over(self) -> None:
        """Give back what nobody confirmed in time, as the worker does all day."""
        with self.database.reading() as session:
            holds = scheduling.list_holds(session)
        due = {kept.hold_id for kept in self.kept
               if kept.state is HoldState.HELD and holds[kept.hold_id].expires_at <= self.now}
        assert self.write(lambda session: scheduling.expire_holds(session, now=self.now)) == len(due)
        for kept in self.kept:
            if kept.hold_id in due:
                kept.state = HoldState.EXPIRED
                type(self).happened["expired"] += 1

    @precondition(lambda self: self.kept)
    @rule(iterations=st.sampled_from([0, 5, 40]), seed=PICK)
    def plan_anew(self, iterations: int, seed: int) -> None:
        """Propose a better plan and put it in force."""
        self.publish(self.propose(iterations=iterations, seed=seed).id)

    def propose(self, *, iterations: int, seed: int) -> scheduling.Proposal:
        """Work out a plan; nothing moves."""
        with self.database.transaction() as session:
            return scheduling.propose_replan(session, now=self.now, frozen=timedelta(0), iterations=iterations,
                                             seed=seed)

    def publish(self, proposal_id: int) -> bool:
        """Put a proposal in force; False when the world has moved."""
        try:
            found = self.write(lambda session: scheduling.publish_proposal(session, proposal_id=proposal_id,
                                                                           now=self.now))
        except scheduling.ProposalOutdated:
            return False
        type(self).happened["moved"] += any(change.moved for change in found.changes)
        return True

    @precondition(lambda self: len(self.kept) > 1)
    @rule(seeds=st.tuples(PICK, PICK), place=PICK)
    def two_planners_publish(self, seeds: tuple[int, int], place: int) -> None:
        """Two plans made from the same world: the second one stands only if the first left its places alone."""
        proposals = [self.propose(iterations=30, seed=seed) for seed in seeds]
        moved = [{(change.hold_id, operation) for change in proposal.changes for operation in change.moved}
                 for proposal in proposals]
        won = [self.publish(proposal.id) for proposal in proposals]
        assert won[0]
        if moved[0] & moved[1]:
            assert not won[1]
            type(self).happened["second planner refused"] += 1

    @precondition(lambda self: self.kept)
    @rule(reports=st.integers(0, 2), is_resumed=st.booleans())
    def kill_a_worker(self, reports: int, is_resumed: bool) -> None:
        """A worker dies in the middle of a planning run: the plan stands; another worker does the run again."""
        before = self.placements()
        self.count += 1
        key, payload = f"run-{self.count}", {"seconds": 0.05, "by": "planner"}
        job_id = self.write(lambda session: enqueue(session, kind="planning.replan", payload=payload, key=key,
                                                    now=self.now).id)
        left = [reports]

        def clock() -> datetime:
            left[0] -= 1
            if left[0] < -1:
                raise Killed
            return self.now

        doomed = JobRunner(self.database, self.runner.kinds, clock=clock, lease_seconds=LEASE_SECONDS)
        try:
            doomed.run(job_id)
        except Killed:
            type(self).happened["worker killed"] += 1
        assert self.placements() == before
        if is_resumed:
            self.now += timedelta(seconds=LEASE_SECONDS + 1)
            self.runner.run(job_id)
            with self.database.reading() as session:
                job = session.get(JobRow, job_id)
                assert job is not None
                state, error, result = job.state, job.error, job.result or {}
            assert state == "done", error
            self.publish(result["proposal"])

    def placements(self) -> list[tuple[int, int, int, int]]:
        """Give where everything stands."""
        with self.database.reading() as session:
            live = scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)
            return sorted((item.id, item.unit_id, item.start_minute, item.end_minute) for item in live)

    @precondition(lambda self: self.kept)
    @rule(place=PICK, is_pinned=st.booleans())
    def pin(self, place: int, is_pinned: bool) -> None:
        """Pin one booking, or let it go."""
        with self.database.reading() as session:
            live = scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)
        if live:
            booking = live[place % len(live)]
            self.write(lambda session: scheduling.pin_booking(session, booking_id=booking.id, is_pinned=is_pinned))

    @invariant()
    def no_invariant_is_broken(self) -> None:
        type(self).steps += 1
        with self.database.reading() as session:
            found = [str(breach) for breach in check(session, now=self.now)]
        assert not found, found

    @invariant()
    def every_hold_is_as_it_was_told(self) -> None:
        with self.database.reading() as session:
            holds = scheduling.list_holds(session)
        for kept in self.kept:
            hold = holds[kept.hold_id]
            assert hold.state is kept.state
            assert hold.job.deadline_minute == kept.deadline_minute
            if hold.state in {HoldState.HELD, HoldState.CONFIRMED} and not kept.is_hit:
                assert hold.arrival_minute <= kept.deadline_minute, f"{hold.job.code} slipped without an event"

    @invariant()
    def the_process_sees_what_is_stored(self) -> None:
        with self.database.reading() as session:
            followed = scheduling.load_snapshot(session, now=self.now)
            store.forget_snapshots()
            fresh = scheduling.load_snapshot(session, now=self.now)
        for unit_id, line in fresh.timelines.items():
            mine = followed.timelines[unit_id]
            assert mine.list_keys() == line.list_keys()
            assert [mine.slot_of(key) for key in mine.list_keys()] == [line.slot_of(key) for key in line.list_keys()]
