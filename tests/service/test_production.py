"""After acceptance: work is released, started, finished, re-planned, canceled; the customer's view follows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from ordering import service
from ordering.errors import OrderNotFound, PredecessorOpen, TransitionRefused, WorkOrderNotFound
from ordering.order import Order, OrderState, PromiseEventKind
from ordering.sales_filter import OrderFilter
from ordering.tables import OrderRow
from ordering.work_order import JobOrderState, WorkOrderState
from scheduling import service as scheduling
from scheduling.calendar import minute_at
from scheduling.schedule import BookingState
from tests.service.selling import NOW, WINDOW, Shop

SAW, WELD, GLASS, GLAZE = (f"W-2026-0001-{place}" for place in (10, 20, 30, 40))


def ordered(shop: Shop) -> Order:
    return read(shop, shop.accept(shop.offer(shop.request(("window", WINDOW, 8)))).order_number)


def read(shop: Shop, number: str = "O-2026-0001") -> Order:
    with shop.database.reading() as session:
        return service.get_order(session, number=number)


def release(shop: Shop) -> tuple[str, ...]:
    with shop.database.transaction() as session:
        return service.release_work_orders(session, now=NOW, order_number="O-2026-0001")


def start(shop: Shop, number: str, now: datetime = NOW) -> None:
    with shop.database.transaction() as session:
        service.start_job_order(session, number=number, now=now)


def finish(shop: Shop, number: str, now: datetime = NOW) -> None:
    with shop.database.transaction() as session:
        service.finish_job_order(session, number=number, now=now)


def test_an_order_goes_its_whole_way(shop: Shop) -> None:
    ordered(shop)
    assert release(shop) == ("W-2026-0001",)
    assert release(shop) == ()
    for number in (SAW, WELD, GLASS, GLAZE):
        start(shop, number)
        assert read(shop).state is OrderState.IN_PRODUCTION
        finish(shop, number, NOW + timedelta(hours=1))
    done = read(shop)
    assert done.state is OrderState.MADE
    assert done.work_orders[0].state is WorkOrderState.FINISHED
    assert {item.finished_at for item in done.work_orders[0].job_orders} == {NOW + timedelta(hours=1)}
    with shop.database.transaction() as session:
        service.deliver_order(session, number="O-2026-0001", now=NOW)
    assert read(shop).state is OrderState.DELIVERED
    with shop.database.transaction() as session, pytest.raises(TransitionRefused):
        service.cancel_order(session, number="O-2026-0001", reason="too late", now=NOW)
    assert shop.breaches() == []


def test_work_starts_only_when_released_in_order_and_once(shop: Shop) -> None:
    ordered(shop)
    with pytest.raises(TransitionRefused):
        start(shop, SAW)
    release(shop)
    with pytest.raises(PredecessorOpen) as refused:
        start(shop, GLAZE)
    assert refused.value.detail["waits_for"] == [WELD, GLASS]
    with pytest.raises(TransitionRefused):
        finish(shop, SAW)
    start(shop, SAW)
    with pytest.raises(TransitionRefused):
        start(shop, SAW)
    with pytest.raises(WorkOrderNotFound):
        start(shop, "W-2026-0001-50")
    assert [item.state for item in read(shop).work_orders[0].job_orders] == [
        JobOrderState.RUNNING, JobOrderState.PLANNED, JobOrderState.PLANNED, JobOrderState.PLANNED]


def test_work_never_ends_before_it_began_when_the_clock_is_set_back(shop: Shop) -> None:
    ordered(shop)
    release(shop)
    start(shop, SAW, NOW + timedelta(hours=1))
    finish(shop, SAW, NOW)
    done = read(shop).work_orders[0].job_orders[0]
    assert (done.state, done.started_at, done.finished_at) == (JobOrderState.FINISHED, NOW, NOW)
    assert shop.breaches() == []


def test_only_work_that_starts_soon_is_released_when_asked(shop: Shop) -> None:
    first = ordered(shop).work_orders[0].job_orders[0].planned_start_at
    with shop.database.transaction() as session:
        assert service.release_work_orders(session, now=NOW, starting_before=first) == ()
        soon = first + timedelta(minutes=1)
        assert service.release_work_orders(session, now=NOW, starting_before=soon) == ("W-2026-0001",)
    with shop.database.transaction() as session, pytest.raises(OrderNotFound):
        service.release_work_orders(session, now=NOW, order_number="O-1999-0001")


def test_a_canceled_order_frees_its_unstarted_work_and_tells_the_customer(shop: Shop) -> None:
    placed = ordered(shop)
    release(shop)
    during = placed.work_orders[0].job_orders[0].planned_start_at + timedelta(minutes=5)
    start(shop, SAW, during)
    with shop.database.transaction() as session:
        service.cancel_order(session, number="O-2026-0001", reason="The house was sold.", now=during)
    found = read(shop)
    assert found.state is OrderState.CANCELED
    states = {item.operation: item.state for item in found.work_orders[0].job_orders}
    assert states == {"saw": JobOrderState.RUNNING, "weld": JobOrderState.CANCELED,
                      "insulating_glass": JobOrderState.CANCELED, "glaze": JobOrderState.CANCELED}
    assert found.history[-1].kind is PromiseEventKind.CANCELED
    assert found.history[-1].reason == "The house was sold."
    minute = minute_at(during)
    with shop.database.reading() as session:
        live = scheduling.list_bookings(session, from_minute=minute, until_minute=minute + 100_000)
    assert [booking.operation_code for booking in live if booking.setup_start_minute > minute] == []
    assert "saw" in {booking.operation_code for booking in live if booking.state is BookingState.BOOKED}
    assert shop.breaches(during) == []


def test_planned_times_follow_a_published_plan_and_the_promise_stays(shop: Shop) -> None:
    before = ordered(shop)
    saw = before.work_orders[0].job_orders[0]
    with shop.database.transaction() as session:
        unit = next(unit for unit in scheduling.list_work_units(session) if unit.code == saw.unit_code)
        hit = scheduling.report_downtime(
            session, unit_id=unit.id, from_minute=minute_at(saw.planned_start_at),
            until_minute=minute_at(saw.planned_start_at) + 600, reason="blade", now=NOW,
        )
        assert [booking.operation_code for booking in hit] == ["saw"]
    with shop.database.transaction() as session:
        proposal = scheduling.propose_replan(session, now=NOW, iterations=0, kind="repair")
        scheduling.publish_proposal(session, proposal_id=proposal.id, now=NOW)
        assert service.follow_plan(session, now=NOW) == ("W-2026-0001",)
        assert service.follow_plan(session, now=NOW) == ()
    after = read(shop)
    moved = after.work_orders[0].job_orders[0]
    assert (moved.unit_code, moved.planned_start_at) != (saw.unit_code, saw.planned_start_at)
    assert after.work_orders[0].revision == 2
    assert after.work_orders[0].due_at == max(item.planned_end_at for item in after.work_orders[0].job_orders)
    assert after.promised_on == before.promised_on
    assert [event.kind for event in after.history] == [PromiseEventKind.OFFERED, PromiseEventKind.ACCEPTED]
    assert shop.breaches() == []


def test_a_date_moved_behind_the_customers_back_is_a_breach(shop: Shop) -> None:
    ordered(shop)
    with shop.database.transaction() as session:
        session.execute(update(OrderRow).values(promised_on=read(shop).promised_on + timedelta(days=3)))
    assert shop.breaches() == ["I9: order O-2026-0001 moved its date without telling the customer"]


def test_orders_and_work_orders_are_listed_for_staff(shop: Shop) -> None:
    ordered(shop)
    with shop.database.reading() as session:
        found = service.list_orders(session, wanted=OrderFilter(search="江南")).orders
        assert [order.number for order in found] == ["O-2026-0001"]
        assert service.list_orders(session, wanted=OrderFilter(state=OrderState.MADE)).total == 0
        listed = service.list_work_orders(session, state=WorkOrderState.PLANNED)
        assert [item.number for item in listed] == ["W-2026-0001"]
        assert service.list_work_orders(session, due_before=listed[0].due_at) == ()
        picked = {line.part: line for line in service.list_pick_lines(session, number="W-2026-0001")}
    assert all(line.quantity > 0 for line in picked.values())
    assert {line.operation for line in picked.values()} <= {"10", "20", "30", "40", ""}
