"""Plants with setup matrices, crews, closed times, offers and late material: what is planned passes every check."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from catalog.plant import Closure, Network, Overtime, PoolOffer, SecondaryResource, UnitTerms
from catalog.text import Text
from scheduling.calendar import first_minute_from
from scheduling.checks import check
from scheduling.problem import Job, Operation
from scheduling.schedule import Booking, PlannedJob
from scheduling.service import (
    cancel_job,
    confirm_hold,
    get_jobs,
    hold,
    list_bookings,
    list_work_units,
    load_snapshot,
    promise_job,
    propose_replan,
    publish_network,
    publish_proposal,
    report_downtime,
)
from scheduling.sourcing import find_modes
from scheduling.validation import violations
from tests.service.planning_database import planning_engine, session_factory, write
from tests.unit.scheduling.plants import a_center, a_network

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""A Monday, 08:00 in Suzhou."""
FAMILIES = ("white", "gray", "black", "other")
MATRIX = (("black", "white", 30), ("gray", "white", 25), ("white", "black", 5), ("white", "gray", 8),
          ("black", "gray", 22))


def rich_network() -> Network:
    slow = UnitTerms(2, "1x8", 7000, Fraction(3), Fraction("0.5"))
    return a_network(
        [
            a_center("PNT", "SZ", "paint", unit_count=2, setup_minutes=15, setup_matrix=MATRIX, pool_share_percent=50,
                     units=(slow,)),
            a_center("FAR", "NB", "paint", setup_minutes=20, pool_share_percent=30),
            a_center("FIT", "SZ", "fit", unit_count=3, pool_share_percent=80),
            a_center("GLUE", "NB", "fit", shift="1x8", pool_share_percent=80),
        ],
        secondary_resources=(SecondaryResource("CREW", "SZ", Text.of("Crew"), "hands", 2, "1x8"),
                             SecondaryResource("TEAM", "NB", Text.of("Team"), "hands", 1, "2x8")),
        overtime=(Overtime("FIT", 1, datetime(2026, 3, 8, tzinfo=UTC).date(), ((480, 720),)),),
        closures=(Closure(datetime.fromisoformat("2026-03-03 06:00"), datetime.fromisoformat("2026-03-03 15:00"),
                          work_center="PNT", unit_number=1),
                  Closure(datetime.fromisoformat("2026-03-04 08:00"), datetime.fromisoformat("2026-03-05 08:00"),
                          company="NB-CO")),
        pool_offers=(PoolOffer("NB-CO", 70, ("FAR",), ((360, 840),), 9500),),
    )


def a_random_job(session: Session, network: Network, dice: random.Random, number: int, now: datetime) -> Job:
    units = list_work_units(session)
    release = first_minute_from(now + timedelta(hours=2))
    quantity = dice.randint(1, 9)
    paint = find_modes(network, units, capability="paint", minutes=Fraction(dice.randint(5, 60)), quantity=quantity,
                       batch=4)
    fit = find_modes(network, units, capability="fit", minutes=Fraction(dice.randint(3, 20)), quantity=quantity,
                     needs=dice.choice(["", "hands"]))
    waits = release + dice.randint(0, 4000) if dice.random() < 0.3 else None
    operations = (
        Operation("paint", paint, (), dice.choice(FAMILIES), dice.random() < 0.7, waits),
        Operation("fit", fit, (0,)),
    )
    return Job(f"J{number}", operations, release, dice.choice(["SZ", "NB"]), load_grams=50_000)


def fill(factory: sessionmaker[Session], network: Network, dice: random.Random) -> None:
    """Promise and confirm jobs at random ways to make them, and cancel some."""
    kept: list[int] = []
    for number in range(24):
        now = NOW + timedelta(minutes=5 * number)
        with write(factory) as session:
            job = a_random_job(session, network, dice, number, now)
            plans = promise_job(session, job=job, now=now).plans
            if plans:
                held = hold(session, job=job, plan=dice.choice(plans), expires_at=now + timedelta(hours=2), now=now)
                kept.append(confirm_hold(session, hold_id=held.id, now=now).id)
            if kept and dice.random() < 0.2:
                cancel_job(session, hold_id=kept.pop(dice.randrange(len(kept))), now=now)


def judge(factory: sessionmaker[Session]) -> tuple[Booking, ...]:
    """Put all that is booked before both checks; give it."""
    with factory() as session:
        assert check(session, now=NOW) == ()
        snapshot = load_snapshot(session, now=NOW)
        bookings = list_bookings(session, from_minute=snapshot.from_minute, until_minute=snapshot.until_minute)
        plans = [
            PlannedJob(job, tuple(sorted((item.placement for item in bookings if item.hold_id == hold_id),
                                         key=lambda placement: placement.operation)))
            for hold_id, job in get_jobs(session).items()
        ]
        units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
        assert violations(units, plans, snapshot.legs.leg) == ()
        assert len(plans) >= 12
    return bookings


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_promised_canceled_disturbed_and_planned_anew_passes_every_check(tmp_path: Path, seed: int) -> None:
    dice, network = random.Random(seed), rich_network()
    with planning_engine("sqlite", tmp_path) as engine:
        factory = session_factory(engine)
        with write(factory) as session:
            publish_network(session, network=network, now=NOW)
        fill(factory, network, dice)
        bookings = judge(factory)
        assert len({item.secondary_unit_id for item in bookings} - {None}) >= 2
        assert any(item.setup_start_minute < item.start_minute for item in bookings)

        later = NOW + timedelta(hours=2)
        with write(factory) as session:
            crew = next(unit.id for unit in list_work_units(session) if unit.code == "CREW-1")
            start = first_minute_from(later + timedelta(days=1))
            hit = report_downtime(session, unit_id=crew, from_minute=start, until_minute=start + 2880, reason="ill",
                                  now=later)
            assert all(item.secondary_unit_id == crew for item in hit)
            assert {item.id for item in hit} == {item.id for item in bookings if item.secondary_unit_id == crew
                                                 and item.start_minute < start + 2880 and item.end_minute > start}
        with factory() as session:
            assert check(session, now=later) == ()  # what waits for repair is no breach
        with write(factory) as session:
            proposal = propose_replan(session, now=later, frozen=timedelta(hours=1), iterations=300, seed=seed)
        assert proposal.objective_after_minor <= proposal.objective_before_minor
        with write(factory) as session:
            publish_proposal(session, proposal_id=proposal.id, now=later)
        moved = judge(factory)
        assert {item.id for item in moved} == {item.id for item in bookings}
