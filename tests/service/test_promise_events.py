"""What customers see when something happens: a date moves with its cause, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from ordering import service, store
from ordering.errors import TransitionRefused
from ordering.order import Order, OrderState, PromiseEventKind
from ordering.tables import OrderRow
from ordering.work_order import JobOrderState
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import minute_at
from scheduling.errors import ReportInvalid
from scheduling.schedule_event import EventKind, EventOutcome, Report
from scheduling.tables import HoldRow
from tests.service.selling import NOW, WINDOW, Shop

NUMBER = "O-2026-0001"
SAW, WELD, GLASS, GLAZE = (f"W-2026-0001-{place}" for place in (10, 20, 30, 40))


def ordered(shop: Shop) -> Order:
    shop.accept(shop.offer(shop.request(("window", WINDOW, 8))))
    with shop.database.transaction() as session:
        service.release_work_orders(session, now=NOW)
    return read(shop)


def read(shop: Shop) -> Order:
    with shop.database.reading() as session:
        return service.get_order(session, number=NUMBER)


def withdrawn(shop: Shop, *, days: int) -> EventOutcome:
    """Close every plant for some days."""
    outcome = None
    with shop.database.transaction() as session:
        for site in scheduling.get_planning_network(session).sites:
            if not any(unit.site == site.code for unit in scheduling.list_work_units(session)):
                continue
            found = events.report_capacity_withdrawn(
                session, site=site.code, from_minute=minute_at(NOW), until_minute=minute_at(NOW) + days * 1440,
                report=Report("A typhoon closes the coast.", "planner"), now=NOW)
            outcome = found if found.hits else outcome
    assert outcome is not None
    return outcome


def publish(shop: Shop) -> None:
    with shop.database.transaction() as session:
        proposal = scheduling.propose_replan(session, now=NOW, iterations=0, kind="repair")
        scheduling.publish_proposal(session, proposal_id=proposal.id, now=NOW)
        service.follow_plan(session, now=NOW, proposal_id=proposal.id)


def test_a_moved_date_names_the_event_and_its_cause(shop: Shop) -> None:
    before = ordered(shop)
    outcome = withdrawn(shop, days=40)
    assert read(shop).promised_on == before.promised_on, "nothing is moved by the report alone"
    publish(shop)
    after = read(shop)
    assert after.promised_on > before.promised_on
    entry = after.history[-1]
    assert (entry.kind, entry.previous_on, entry.promised_on) == (
        PromiseEventKind.MOVED, before.promised_on, after.promised_on)
    assert entry.reason == "A typhoon closes the coast."
    assert entry.cause_kind == EventKind.CAPACITY_WITHDRAWN.value
    with shop.database.reading() as session:
        named = events.get_outcome(session, event_id=entry.schedule_event_id or 0)
    assert named.event.kind is outcome.event.kind
    assert shop.breaches() == []


def test_a_plan_that_moves_a_date_for_no_known_reason_is_an_event_itself(shop: Shop) -> None:
    ordered(shop)
    with shop.database.transaction() as session:
        for unit in scheduling.list_work_units(session):
            scheduling.report_downtime(session, unit_id=unit.id, from_minute=minute_at(NOW),
                                       until_minute=minute_at(NOW) + 40 * 1440, reason="flood", now=NOW)
    publish(shop)
    entry = read(shop).history[-1]
    assert (entry.kind, entry.cause_kind) == (PromiseEventKind.MOVED, EventKind.PLAN_PUBLISHED.value)
    assert shop.breaches() == []


def closed_for_good(shop: Shop, now: datetime, days: int = 40) -> None:
    """Put a network without working days in force, as nobody's event; plan again; let orders follow."""
    with shop.database.transaction() as session:
        network = scheduling.get_planning_network(session)
        shut = {now.date() + timedelta(days=day) for day in range(days)}
        sites = tuple(replace(site, holidays=site.holidays | shut) for site in network.sites)
        scheduling.publish_network(session, network=replace(network, sites=sites), now=now)
    with shop.database.transaction() as session:
        proposal = scheduling.propose_replan(session, now=now, iterations=0, kind="repair", frozen=timedelta(0))
        scheduling.publish_proposal(session, proposal_id=proposal.id, now=now)
        service.follow_plan(session, now=now, proposal_id=proposal.id)


def test_work_that_ended_in_time_is_never_the_cause_of_a_later_date(shop: Shop) -> None:
    saw = ordered(shop).work_orders[0].job_orders[0]
    run(shop, SAW, saw.planned_start_at, saw.planned_end_at)
    closed_for_good(shop, saw.planned_end_at)
    entry = read(shop).history[-1]
    assert (entry.kind, entry.cause_kind) == (PromiseEventKind.MOVED, EventKind.PLAN_PUBLISHED.value)
    assert shop.breaches(saw.planned_end_at) == []


def test_what_was_repaired_before_is_not_the_cause_of_a_later_date(shop: Shop) -> None:
    before = ordered(shop)
    saw = before.work_orders[0].job_orders[0]
    with shop.database.transaction() as session:
        unit = next(unit for unit in scheduling.list_work_units(session) if unit.code == saw.unit_code)
        start = minute_at(saw.planned_start_at)
        outcome = events.report_machine_down(session, unit_id=unit.id, from_minute=start, until_minute=start + 10,
                                             report=Report("A blade broke.", "planner"), now=NOW)
        scheduling.publish_proposal(session, proposal_id=outcome.proposal_id or 0, now=NOW)
        service.follow_plan(session, now=NOW, proposal_id=outcome.proposal_id)
    assert read(shop).promised_on == before.promised_on
    closed_for_good(shop, NOW)
    assert read(shop).history[-1].cause_kind == EventKind.PLAN_PUBLISHED.value
    assert shop.breaches() == []


def test_a_move_that_names_work_which_ended_in_time_is_a_breach(shop: Shop) -> None:
    before = ordered(shop)
    saw = before.work_orders[0].job_orders[0]
    run(shop, SAW, saw.planned_start_at, saw.planned_end_at)
    moved = before.promised_on + timedelta(days=9)
    with shop.database.transaction() as session:
        (found,) = events.list_outcomes(session, kind=EventKind.OPERATION_FINISHED)
        row = session.scalars(select(OrderRow)).one()
        store.add_promise_event(session, quote=row.quote, kind=PromiseEventKind.MOVED, at=NOW, promised_on=moved,
                                previous_on=before.promised_on, reason="saw", event=found.event)
        row.promised_on = moved
    assert shop.breaches(saw.planned_end_at) == [
        "I9: the date of Q-2026-0001 moved without an event that delayed its work"]


def test_an_arrival_after_the_promised_day_that_nobody_was_told_of_is_a_breach(shop: Shop) -> None:
    ordered(shop)
    with shop.database.transaction() as session:
        session.execute(update(HoldRow).values(arrival_minute=HoldRow.arrival_minute + 30 * 1440))
    assert any("customer was not told" in breach for breach in shop.breaches())


def test_a_move_that_names_no_event_is_a_breach(shop: Shop) -> None:
    before = ordered(shop)
    moved = before.promised_on + timedelta(days=9)
    with shop.database.transaction() as session:
        row = session.scalars(select(OrderRow)).one()
        store.add_promise_event(session, quote=row.quote, kind=PromiseEventKind.MOVED, at=NOW, promised_on=moved,
                                previous_on=before.promised_on, reason="Because.")
        row.promised_on = moved
    assert shop.breaches() == ["I9: the date of Q-2026-0001 moved without an event that delayed its work"]


def run(shop: Shop, number: str, start: datetime, end: datetime) -> None:
    with shop.database.transaction() as session:
        service.start_job_order(session, number=number, now=start)
    with shop.database.transaction() as session:
        service.finish_job_order(session, number=number, now=end)


def test_the_plan_learns_from_the_floor_when_work_really_ended(shop: Shop) -> None:
    saw = ordered(shop).work_orders[0].job_orders[0]
    end = saw.planned_end_at + timedelta(hours=3)
    run(shop, SAW, saw.planned_start_at, end)
    after = read(shop).work_orders[0]
    assert all(item.planned_start_at >= end for item in after.job_orders if item.operation in {"weld", "glaze"})
    assert after.job_orders[0].planned_end_at == saw.planned_end_at, "the plan it was made by stays on record"
    with shop.database.reading() as session:
        (found,) = events.list_outcomes(session, kind=EventKind.OPERATION_FINISHED)
    assert found.event.named["ended_at_minute"] == minute_at(end)
    assert shop.breaches(end) == []


def test_a_last_operation_that_ends_after_the_promised_day_moves_the_date(shop: Shop) -> None:
    before = ordered(shop)
    for item in before.work_orders[0].job_orders[:3]:
        run(shop, item.number, item.planned_start_at, item.planned_end_at)
    glaze = before.work_orders[0].job_orders[3]
    end = glaze.planned_end_at + timedelta(days=30)
    run(shop, GLAZE, glaze.planned_start_at, end)
    after = read(shop)
    assert after.promised_on > before.promised_on
    assert after.history[-1].cause_kind == EventKind.OPERATION_FINISHED.value
    assert shop.breaches(end) == []


def test_scrapped_work_is_planned_again_with_its_pieces(shop: Shop) -> None:
    saw = ordered(shop).work_orders[0].job_orders[0]
    with shop.database.transaction() as session:
        service.start_job_order(session, number=SAW, now=saw.planned_start_at)
    at = saw.planned_end_at - timedelta(minutes=1)
    for count in (0, -1, 9):
        with shop.database.transaction() as session, pytest.raises(ReportInvalid):
            service.scrap_job_order(session, number=SAW, count=count, cause="Cut too short.", now=at)
    with shop.database.transaction() as session:
        service.scrap_job_order(session, number=SAW, count=2, cause="Cut too short.", now=at)
    again = read(shop).work_orders[0].job_orders[0]
    assert again.state is JobOrderState.PLANNED
    assert again.started_at is None
    assert again.planned_start_at >= at
    assert again.work_minutes <= -(-saw.work_minutes * 2 // 8)
    assert read(shop).state is OrderState.IN_PRODUCTION
    assert shop.breaches(at) == []
    with shop.database.transaction() as session, pytest.raises(TransitionRefused):
        service.scrap_job_order(session, number=SAW, count=1, cause="Cut too short.", now=at)


def test_a_canceled_order_is_an_event(shop: Shop) -> None:
    ordered(shop)
    with shop.database.transaction() as session:
        service.cancel_order(session, number=NUMBER, reason="The house was sold.", now=NOW)
    with shop.database.reading() as session:
        (found,) = events.list_outcomes(session, kind=EventKind.ORDER_CANCELED)
    assert found.event.cause == "The house was sold."
    assert len(found.hits) == 4
    assert shop.breaches() == []
