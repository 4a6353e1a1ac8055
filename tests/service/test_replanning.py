"""Proposing, publishing and refusing re-plannings on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session, sessionmaker

from scheduling.calendar import first_minute_from, minute_at, moment_at
from scheduling.checks import check
from scheduling.errors import (
    HoldClosed,
    JobStarted,
    ProposalNotFound,
    ProposalOutdated,
    ScheduleInvalid,
    WorkUnitNotFound,
)
from scheduling.improve import improve
from scheduling.schedule import BookingState, Hold
from scheduling.service import (
    cancel_job,
    confirm_hold,
    get_hold,
    get_proposal,
    hold,
    list_proposals,
    list_work_units,
    load_replanning,
    load_snapshot,
    pin_booking,
    promise_job,
    propose_replan,
    publish_network,
    publish_proposal,
    release_hold,
    report_downtime,
    save_proposal,
    withdraw_proposal,
)
from scheduling.tables import BookingMoveRow
from tests.service.planning_database import DIALECTS, planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
RELEASE = NOW + timedelta(days=1)
NO_TIME = timedelta(0)


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


def booked(
    factory: sessionmaker[Session], code: str, *, minutes: int = 60, weight: int = 1, family: str = "red",
    due_days: float = 30, units: int = 1,
) -> Hold:
    """Book one painting, due some days after it may begin."""
    with write(factory) as session:
        chosen = [unit.id for unit in list_work_units(session)][:units]
        release = first_minute_from(RELEASE)
        job = a_job(
            [an_operation("paint", [(unit, minutes) for unit in chosen], family=family)],
            code=code,
            release=release,
            due_minute=release + int(due_days * 1440),
            weight=weight,
            deadline_minute=release + 60 * 1440,
        )
        plan = promise_job(session, job=job, now=NOW).default
        assert plan is not None
        kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(hours=1), now=NOW)
        return confirm_hold(session, hold_id=kept.id, now=NOW)


def late_rush(factory: sessionmaker[Session]) -> list[Hold]:
    """Book two long unimportant jobs before an important one that is due at once."""
    return [
        booked(factory, "J1", minutes=400),
        booked(factory, "J2", minutes=400, family="blue"),
        booked(factory, "RUSH", minutes=60, weight=50, due_days=0.2),
    ]


def breaches(factory: sessionmaker[Session], now: datetime = NOW) -> list[str]:
    with factory() as session:
        return [str(breach) for breach in check(session, now=now)]


def starts(factory: sessionmaker[Session], holds: list[Hold]) -> list[int]:
    with factory() as session:
        return [get_hold(session, hold_id=item.id).bookings[0].start_minute for item in holds]


def differences(refusal: pytest.ExceptionInfo[ProposalOutdated]) -> list[dict[str, object]]:
    """What a refusal says has moved."""
    moved = refusal.value.detail["moved"]
    assert isinstance(moved, list)
    return moved


def test_proposal_moves_nothing_until_it_is_published(factory: sessionmaker[Session]) -> None:
    holds = late_rush(factory)
    before = starts(factory, holds)

    with write(factory) as session:
        proposal = propose_replan(session, now=NOW, iterations=40)
    assert proposal.objective_after_minor < proposal.objective_before_minor
    assert starts(factory, holds) == before

    with write(factory) as session:
        published = publish_proposal(session, proposal_id=proposal.id, now=NOW + timedelta(minutes=5))
    after = starts(factory, holds)
    rush = next(change for change in published.changes if change.job_code == "RUSH")
    assert rush.arrival_after_minute < rush.arrival_before_minute
    assert after[2] < before[2] and after[2] == rush.after[0].start_minute  # noqa: PT018 - one thought
    with factory() as session:
        assert get_hold(session, hold_id=holds[2].id).arrival_minute == rush.arrival_after_minute
        assert get_hold(session, hold_id=holds[2].id).bookings[0].state is BookingState.BOOKED
        assert get_proposal(session, proposal_id=proposal.id) == published
        known = load_snapshot(session, now=NOW)
        assert sorted(run.start_minute for line in known.timelines.values() for run in line.runs) == sorted(after)
    assert breaches(factory) == []


def test_proposal_is_refused_when_what_it_moves_has_changed(factory: sessionmaker[Session]) -> None:
    holds = late_rush(factory)
    with write(factory) as session:
        proposal = propose_replan(session, now=NOW, iterations=40)
        cancel_job(session, hold_id=holds[2].id, now=NOW)

    with pytest.raises(ProposalOutdated) as refusal, write(factory) as session:
        publish_proposal(session, proposal_id=proposal.id, now=NOW)

    (difference,) = differences(refusal)
    stood = [holds[2].bookings[0].unit, holds[2].bookings[0].start_minute]
    assert difference == {"hold_id": holds[2].id, "job": "RUSH", "operation": 0, "operation_code": "",
                          "why": "canceled", "from": stood, "to": None}
    with factory() as session:
        assert get_proposal(session, proposal_id=proposal.id).state == "open"


def test_proposal_is_refused_when_a_new_place_was_taken(factory: sessionmaker[Session]) -> None:
    first = booked(factory, "J1", minutes=200)
    second = booked(factory, "J2", minutes=100, weight=9, due_days=0)
    with write(factory) as session:
        release_hold_of_first = cancel_job(session, hold_id=first.id, now=NOW)
        proposal = propose_replan(session, now=NOW, iterations=10)
    assert release_hold_of_first.bookings[0].state is BookingState.RELEASED
    assert [change.moved for change in proposal.changes] == [(0,)]
    booked(factory, "J3", minutes=150)

    with pytest.raises(ProposalOutdated, match="taken") as refusal, write(factory) as session:
        publish_proposal(session, proposal_id=proposal.id, now=NOW)

    (difference,) = differences(refusal)
    assert (difference["hold_id"], difference["job"], difference["why"]) == (second.id, "J2", "taken")
    assert difference["from"] == [second.bookings[0].unit, second.bookings[0].start_minute]
    assert difference["to"] == [second.bookings[0].unit, proposal.changes[0].after[0].start_minute]
    assert breaches(factory) == []


def test_proposal_is_refused_once_its_work_has_begun_or_is_pinned(factory: sessionmaker[Session]) -> None:
    holds = late_rush(factory)
    with write(factory) as session:
        proposal = propose_replan(session, now=NOW, iterations=40)

    with pytest.raises(ProposalOutdated), write(factory) as session:
        publish_proposal(session, proposal_id=proposal.id, now=NOW + timedelta(days=20))
    with write(factory) as session:
        pin_booking(session, booking_id=holds[2].bookings[0].id, is_pinned=True)
    with pytest.raises(ProposalOutdated), write(factory) as session:
        publish_proposal(session, proposal_id=proposal.id, now=NOW)


def test_proposal_is_published_once_and_withdrawn_for_good(factory: sessionmaker[Session]) -> None:
    late_rush(factory)
    with write(factory) as session:
        one = propose_replan(session, now=NOW, iterations=40)
        two = propose_replan(session, now=NOW, iterations=40)
        publish_proposal(session, proposal_id=one.id, now=NOW)
        assert withdraw_proposal(session, proposal_id=one.id).state == "published"
        assert withdraw_proposal(session, proposal_id=two.id).state == "withdrawn"
        assert [proposal.id for proposal in list_proposals(session, state="withdrawn")] == [two.id]
        assert [proposal.id for proposal in list_proposals(session)] == [two.id, one.id]

    for proposal_id in (one.id, two.id):
        with pytest.raises(ProposalOutdated, match="already"), write(factory) as session:
            publish_proposal(session, proposal_id=proposal_id, now=NOW)
    with pytest.raises(ProposalNotFound), factory() as session:
        get_proposal(session, proposal_id=12_345)


def test_of_two_planners_publishing_at_once_one_wins_and_the_other_sees_what_moved(
    factory: sessionmaker[Session],
) -> None:
    holds = late_rush(factory)
    with write(factory) as session:
        ids = [propose_replan(session, now=NOW, iterations=40, seed=seed).id for seed in (0, 1)]
    start = threading.Barrier(2)
    told: list[tuple[str, int]] = []

    def publish(proposal_id: int) -> None:
        start.wait(30)
        try:
            with write(factory) as session:
                publish_proposal(session, proposal_id=proposal_id, now=NOW)
            told.append(("published", 0))
        except ProposalOutdated as refusal:
            moved = refusal.detail["moved"]
            told.append(("refused", len(moved) if isinstance(moved, list) else 0))

    threads = [threading.Thread(target=publish, args=(number,)) for number in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [word for word, _ in sorted(told)] == ["published", "refused"]
    assert sorted(told)[1][1] > 0
    with factory() as session:
        assert sorted(item.state for item in list_proposals(session)) == ["open", "published"]
    assert len(starts(factory, holds)) == 3
    assert breaches(factory) == []


def test_pinned_frozen_and_held_work_stays(factory: sessionmaker[Session]) -> None:
    holds = late_rush(factory)
    with write(factory) as session:
        pin_booking(session, booking_id=holds[0].bookings[0].id, is_pinned=True)
    with factory() as session:
        movable = {item.hold_id for item in load_replanning(session, now=NOW, frozen=NO_TIME).jobs}
        frozen = load_replanning(session, now=NOW, frozen=timedelta(days=40)).jobs

    assert movable == {holds[1].id, holds[2].id}
    assert frozen == ()
    with pytest.raises(JobStarted), write(factory) as session:
        pin_booking(session, booking_id=99_999, is_pinned=True)


def test_held_work_never_moves_before_its_hold_ends(factory: sessionmaker[Session]) -> None:
    with write(factory) as session:
        unit = list_work_units(session)[0].id
        job = a_job([an_operation("paint", [(unit, 30)])], code="Q1", release=minute_at(NOW + timedelta(days=2)))
        plan = promise_job(session, job=job, now=NOW).default
        assert plan is not None
        kept = hold(session, job=job, plan=plan, expires_at=NOW + timedelta(days=2), now=NOW)
        task = load_replanning(session, now=NOW, frozen=NO_TIME)

    assert [item.floor_minute for item in task.jobs] == [minute_at(kept.expires_at)]


def test_invalid_improvement_is_not_stored(factory: sessionmaker[Session]) -> None:
    late_rush(factory)
    with factory() as session:
        task = load_replanning(session, now=NOW, frozen=NO_TIME)
    outcome = improve(task.snapshot, task.jobs, iterations=40)
    change = next(change for change in outcome.changes if change.moved)
    wrong = replace(change, after=tuple(replace(p, start_minute=p.start_minute - 1) for p in change.after))

    with pytest.raises(ScheduleInvalid), write(factory) as session:
        save_proposal(session, task=task, improvement=replace(outcome, changes=(wrong,)), now=NOW)

    with factory() as session:
        assert list_proposals(session) == ()


def test_breakdown_is_repaired_by_a_proposal(factory: sessionmaker[Session]) -> None:
    hit = booked(factory, "J1", units=2)
    unit_id = hit.bookings[0].unit_id
    untouched = booked(factory, "J2", units=2, family="blue")
    start = hit.bookings[0].start_minute
    with write(factory) as session:
        reported = report_downtime(
            session, unit_id=unit_id, from_minute=start - 60, until_minute=start + 3 * 1440, reason="spindle", now=NOW
        )
    assert [booking.id for booking in reported] == [hit.bookings[0].id]
    assert breaches(factory) == []  # what awaits its repair is no breach

    with write(factory) as session:
        repair = propose_replan(session, now=NOW, iterations=0, kind="repair")
        published = publish_proposal(session, proposal_id=repair.id, now=NOW)
    assert published.kind == "repair"
    assert [change.job_code for change in published.changes] == ["J1"]
    with factory() as session:
        moved = get_hold(session, hold_id=hit.id).bookings[0]
        assert (moved.unit_id, moved.start_minute) != (unit_id, start)
        assert get_hold(session, hold_id=untouched.id).bookings[0].start_minute == untouched.bookings[0].start_minute
    assert breaches(factory) == []
    with pytest.raises(WorkUnitNotFound), write(factory) as session:
        report_downtime(session, unit_id=777, from_minute=1, until_minute=2, reason="", now=NOW)


def test_moving_what_was_pinned_or_started_is_a_breach(factory: sessionmaker[Session]) -> None:
    late_rush(factory)
    with write(factory) as session:
        proposal = propose_replan(session, now=NOW, iterations=40)
        publish_proposal(session, proposal_id=proposal.id, now=NOW)
    assert breaches(factory) == []

    with write(factory) as session:
        session.execute(update(BookingMoveRow).values(moved_at=moment_at(minute_at(NOW) + 90 * 1440)))

    assert {text[:3] for text in breaches(factory)} == {"I18"}


def test_confirmed_job_cannot_be_released_as_a_hold(factory: sessionmaker[Session]) -> None:
    kept = booked(factory, "J1")

    with pytest.raises(HoldClosed), write(factory) as session:
        release_hold(session, hold_id=kept.id, now=NOW)
