"""The job table: queueing with the request, claiming, fencing, retries, the sweeper; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from catalog.errors import OnelotError
from tests.conftest import NOW, StandingClock
from web.database import Database
from web.jobs import queue
from web.jobs.kinds import JobKind, KindRegistry, Work
from web.jobs.runner import JobRunner
from web.tables import JobRow, UserRow

LEASE = 30


class Refused(OnelotError):
    """A refusal that no retry helps."""

    code = "refused_for_good"


def add_effect(session: Session, work: Work, _prepared: Any) -> Mapping[str, Any]:
    """Leave a trace in the database that can be counted."""
    login = f"effect-{session.query(UserRow).count()}"
    session.add(UserRow(login=login, name="", role="sales", password_hash="-", created_at=work.now()))
    session.flush()
    return {"login": login}


@pytest.fixture
def kinds() -> KindRegistry:
    registry = KindRegistry()
    registry.add(JobKind("effect", apply=add_effect))
    return registry


@pytest.fixture
def runner(database: Database, kinds: KindRegistry, clock: StandingClock) -> JobRunner:
    return JobRunner(database, kinds, clock=clock, lease_seconds=LEASE)


def put(database: Database, key: str = "one", kind: str = "effect", **more: Any) -> int:
    with database.transaction() as session:
        return queue.enqueue(session, kind=kind, payload={"n": 1}, key=key, now=NOW, **more).id


def state(database: Database, job_id: int) -> JobRow:
    with database.reading() as session:
        row = queue.get_job(session, job_id=job_id)
        session.expunge(row)
        return row


def effects(database: Database) -> int:
    with database.reading() as session:
        return session.query(UserRow).count()


def test_job_is_done_once_however_often_its_message_comes(database: Database, runner: JobRunner) -> None:
    job_id = put(database)
    assert [runner.run(job_id) for _ in range(3)] == [True, False, False]
    row = state(database, job_id)
    assert (row.state, row.attempts, row.result) == ("done", 1, {"login": "effect-0"})
    assert effects(database) == 1


def test_same_key_is_queued_once(database: Database) -> None:
    assert put(database) == put(database)
    assert put(database, key="two") != put(database)
    with database.reading() as session:
        assert len(session.scalars(select(JobRow)).all()) == 2


def test_same_key_is_queued_once_when_two_ask_at_the_same_time(database: Database) -> None:
    ids: list[int] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        ids.append(put(database))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    assert len(ids) == 4


def test_nothing_is_queued_or_sent_when_the_transaction_fails(database: Database) -> None:
    sent: list[tuple[int, ...]] = []
    database.dispatch = sent.append

    def queue_and_fail() -> None:
        with database.transaction() as session:
            queue.enqueue(session, kind="effect", payload={}, key="x", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        queue_and_fail()
    assert sent == []
    job_id = put(database)
    assert sent == [(job_id,)]


def test_message_of_a_job_that_was_never_committed_does_nothing(runner: JobRunner) -> None:
    assert runner.run(4711) is False


def test_job_of_a_lost_worker_is_taken_over_after_its_lease_and_not_before(
    database: Database, runner: JobRunner, clock: StandingClock
) -> None:
    job_id = put(database)
    with database.transaction() as session:
        assert queue.claim(session, job_id=job_id, now=NOW, lease_seconds=LEASE) is not None
    clock.forward(seconds=LEASE)
    assert runner.run(job_id) is False
    clock.forward(seconds=1)
    with database.transaction() as session:
        assert queue.sweep(session, now=clock()) == (job_id,)
    assert runner.run(job_id) is True
    assert state(database, job_id).attempts == 2
    assert effects(database) == 1


def test_slow_worker_that_was_overtaken_changes_nothing(
    database: Database, kinds: KindRegistry, runner: JobRunner, clock: StandingClock
) -> None:
    """The first worker sleeps past its lease inside the slow part; the second finishes; the first comes back."""
    overtaking: list[bool] = []

    def sleep_past_the_lease(work: Work) -> None:
        if not overtaking:
            overtaking.append(False)
            clock.forward(seconds=LEASE + 1)
            overtaking[0] = runner.run(job_id)

    kinds.add(JobKind("slow", prepare=sleep_past_the_lease, apply=add_effect))
    job_id = put(database, kind="slow")
    assert runner.run(job_id) is False
    assert overtaking == [True]
    assert effects(database) == 1
    row = state(database, job_id)
    assert (row.state, row.attempts, row.fencing_token) == ("done", 2, 2)


def test_old_token_can_neither_finish_nor_report_nor_fail(database: Database, clock: StandingClock) -> None:
    job_id = put(database)
    with database.transaction() as session:
        old = queue.claim(session, job_id=job_id, now=NOW, lease_seconds=1)
    clock.forward(seconds=5)
    with database.transaction() as session:
        new = queue.claim(session, job_id=job_id, now=clock(), lease_seconds=LEASE)
    assert old is not None
    assert new is not None
    with database.transaction() as session:
        assert not queue.report_progress(session, claim=old, progress={})
        assert not queue.fail(session, claim=old, error="late", now=clock(), is_final=True)
        assert not queue.extend_lease(session, claim=old, now=clock(), lease_seconds=LEASE)
        with pytest.raises(queue.LeaseLost):
            queue.complete(session, claim=old, result={}, now=clock())
        assert queue.extend_lease(session, claim=new, now=clock(), lease_seconds=LEASE)


def test_effect_and_end_are_one_transaction(database: Database, kinds: KindRegistry, runner: JobRunner) -> None:
    def fail_after_effect(session: Session, work: Work, prepared: Any) -> Mapping[str, Any]:
        add_effect(session, work, prepared)
        raise RuntimeError("power loss")

    kinds.add(JobKind("half", apply=fail_after_effect))
    job_id = put(database, kind="half")
    assert runner.run(job_id) is False
    assert effects(database) == 0
    assert state(database, job_id).state == "queued"


def test_failing_job_is_tried_five_times_with_growing_pauses_then_given_up(
    database: Database, kinds: KindRegistry, runner: JobRunner, clock: StandingClock
) -> None:
    def break_down(_session: Session, _work: Work, _prepared: Any) -> Mapping[str, Any]:
        raise RuntimeError("no printer")

    kinds.add(JobKind("broken", apply=break_down))
    job_id = put(database, kind="broken")
    pauses = []
    for _ in range(4):
        assert runner.run(job_id) is False
        row = state(database, job_id)
        assert row.state == "queued"
        assert row.error == "RuntimeError: no printer"
        pauses.append((row.run_after_at - clock()).total_seconds())
        assert runner.run(job_id) is False  # too early
        clock.moment = row.run_after_at
    runner.run(job_id)
    row = state(database, job_id)
    assert (row.state, row.attempts) == ("failed", 5)
    assert pauses == [1, 2, 4, 8]
    assert runner.run(job_id) is False


def test_refusal_and_unknown_kind_are_final_at_once(
    database: Database, kinds: KindRegistry, runner: JobRunner
) -> None:
    def refuse(_session: Session, _work: Work, _prepared: Any) -> Mapping[str, Any]:
        raise Refused("Not today.")

    kinds.add(JobKind("refusing", apply=refuse))
    refusing, unknown = put(database, kind="refusing"), put(database, kind="nobody-knows")
    assert not runner.run(refusing)
    assert not runner.run(unknown)
    assert (state(database, refusing).state, state(database, refusing).error) == ("failed",
                                                                                "refused_for_good: Not today.")
    assert state(database, unknown).state == "failed"


def test_job_that_kills_its_worker_again_and_again_is_given_up(
    database: Database, runner: JobRunner, clock: StandingClock
) -> None:
    job_id = put(database)
    for _ in range(queue.MAX_ATTEMPTS):
        with database.transaction() as session:
            assert queue.claim(session, job_id=job_id, now=clock(), lease_seconds=LEASE) is not None
        clock.forward(seconds=LEASE + 1)
    assert runner.run(job_id) is False
    row = state(database, job_id)
    assert row.state == "failed"
    assert row.error is not None
    assert "lost" in row.error
    assert effects(database) == 0


def test_only_one_of_many_workers_gets_a_job(database: Database, clock: StandingClock) -> None:
    job_id = put(database)
    claims: list[queue.Claim | None] = []
    barrier = threading.Barrier(6)

    def grab() -> None:
        barrier.wait()
        with database.transaction() as session:
            claims.append(queue.claim(session, job_id=job_id, now=NOW, lease_seconds=LEASE))

    threads = [threading.Thread(target=grab) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in claims) == 1
    assert len(claims) == 6


def test_many_workers_get_a_job_when_the_condition_is_taken_away(database: Database) -> None:
    """The control: without the conditional update the same race has several winners."""
    job_id = put(database)
    winners: list[int] = []
    barrier = threading.Barrier(4)

    def grab() -> None:
        with database.reading() as session:
            seen = session.scalar(select(JobRow.state).where(JobRow.id == job_id))
        barrier.wait()
        if seen == "queued":
            with database.transaction() as session:
                session.execute(text("UPDATE background_job SET state = 'running' WHERE id = :id"), {"id": job_id})
            winners.append(1)

    threads = [threading.Thread(target=grab) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 4


def test_lost_message_is_sent_again_after_a_while_and_delayed_jobs_when_they_are_due(
    database: Database, clock: StandingClock
) -> None:
    job_id = put(database)
    delayed = put(database, key="later", run_after_at=NOW + timedelta(seconds=5))

    def sweep() -> tuple[int, ...]:
        with database.transaction() as session:
            return queue.sweep(session, now=clock())

    assert sweep() == ()
    clock.forward(seconds=5)
    assert sweep() == (delayed,)
    clock.forward(seconds=queue.RESEND_SECONDS - 5)
    assert sweep() == (job_id,)
    clock.forward(days=2)
    assert sweep() == (job_id, delayed)


def test_progress_is_stored_and_a_stop_is_seen(
    database: Database, kinds: KindRegistry, runner: JobRunner
) -> None:
    def search(work: Work) -> dict[str, Any]:
        work.report(best=10)
        seen = state(database, job_id).progress
        before = work.should_stop()
        with database.transaction() as session:
            queue.request_stop(session, job_id=job_id)
        return {"seen": seen, "before": before, "after": work.should_stop()}

    kinds.add(JobKind("search", prepare=search, apply=lambda _session, _work, found: found))
    job_id = put(database, kind="search")
    assert runner.run(job_id) is True
    assert state(database, job_id).result == {"seen": {"best": 10}, "before": False, "after": True}


def test_lease_is_renewed_while_the_slow_part_runs(database: Database, kinds: KindRegistry) -> None:
    clock = StandingClock()
    runner = JobRunner(database, kinds, clock=clock, lease_seconds=1)

    def wait_for_renewal(_work: Work) -> None:
        first = state(database, job_id).lease_until
        clock.forward(seconds=0.9)
        for _ in range(100):
            if state(database, job_id).lease_until != first:
                return
            threading.Event().wait(0.05)
        raise AssertionError("the lease was never renewed")

    kinds.add(JobKind("long", prepare=wait_for_renewal, apply=add_effect))
    job_id = put(database, kind="long")
    assert runner.run(job_id) is True


def test_queue_refuses_more_when_it_is_full(database: Database) -> None:
    for number in range(3):
        put(database, key=str(number))
    with database.reading() as session:
        queue.refuse_when_full(session, kind="effect", limit=4)
        with pytest.raises(queue.QueueFull):
            queue.refuse_when_full(session, kind="effect", limit=3)


def test_finished_repeating_work_is_pruned_and_other_work_is_kept(
    database: Database, runner: JobRunner, clock: StandingClock
) -> None:
    runner.run(put(database))
    clock.forward(hours=3)
    with database.transaction() as session:
        assert queue.prune(session, kinds=("other",), before_at=clock()) == 0
        assert queue.prune(session, kinds=("effect",), before_at=clock()) == 1


@pytest.mark.parametrize("job_id", [0, -1, 2**63, 99])
def test_number_of_no_job_is_refused(database: Database, job_id: int) -> None:
    with database.reading() as session, pytest.raises(queue.JobNotFound):
        queue.get_job(session, job_id=job_id)
