"""A customer cancels an order: only before work begins, once, and its capacity is another's at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ordering import service
from ordering.errors import OrderNotFound, QuoteNotFound, TransitionRefused
from ordering.mail_tables import MailRow
from ordering.order import Order, OrderState, PromiseEventKind
from ordering.service import Offered, Side
from ordering.tables import AuditRow, PromiseEventRow
from ordering.work_order import JobOrderState, WorkOrderState
from scheduling import service as scheduling
from scheduling.event_tables import ScheduleEventRow
from scheduling.schedule import BookingState, Hold, HoldState
from tests.service.selling import NOW, WINDOW, Shop

SAW = "W-2026-0001-10"


def ordered(shop: Shop, quantity: int = 8) -> Offered:
    offered = shop.offer(shop.request(("window", WINDOW, quantity)))
    shop.accept(offered)
    return offered


def cancel(shop: Shop, offered: Offered, *, reason: str = "We moved", now: datetime = NOW) -> bool:
    with shop.database.transaction() as session:
        return service.cancel_by_customer(session, token=offered.token, reason=reason, now=now)


def read(shop: Shop, offered: Offered) -> tuple[Order, Hold]:
    with shop.database.reading() as session:
        return (service.get_order_by_link(session, token=offered.token),
                scheduling.get_hold(session, hold_id=offered.quote.lines[0].hold_id or 0))


def words(shop: Shop, order: Order) -> list[tuple[Side, str]]:
    with shop.database.reading() as session:
        return [(message.side, message.text) for message in service.list_messages(session, order_id=order.id)]


def begin(shop: Shop) -> None:
    with shop.database.transaction() as session:
        service.release_work_orders(session, now=NOW)
        service.start_job_order(session, number=SAW, now=NOW)


def test_canceling_frees_everything_and_is_told(shop: Shop) -> None:
    offered = ordered(shop)
    assert cancel(shop, offered, reason="We moved <away> 搬家")
    order, hold = read(shop, offered)
    assert (order.state, order.closed_at) == (OrderState.CANCELED, NOW)
    assert {work.state for work in order.work_orders} == {WorkOrderState.CANCELED}
    assert {job.state for work in order.work_orders for job in work.job_orders} == {JobOrderState.CANCELED}
    assert hold.state is HoldState.RELEASED
    assert {booking.state for booking in hold.bookings} == {BookingState.RELEASED}
    last = order.history[-1]
    assert (last.kind, last.reason, last.promised_on) == (
        PromiseEventKind.CANCELED, "", offered.quote.promised_on)
    assert words(shop, order) == [(Side.CUSTOMER, "We moved <away> 搬家")]
    assert shop.breaches() == []


def test_the_next_customer_gets_the_places_that_were_given_back(shop: Shop) -> None:
    first = ordered(shop, quantity=60)
    behind = [shop.offer(shop.request(("window", WINDOW, 60)), key=f"behind-{number}") for number in range(6)]
    assert arrival(shop, behind[-1]) > arrival(shop, first)
    cancel(shop, first)
    instead = shop.offer(shop.request(("window", WINDOW, 60)), key="instead")
    assert arrival(shop, instead) == arrival(shop, first)


def arrival(shop: Shop, offered: Offered) -> int:
    with shop.database.reading() as session:
        return scheduling.get_hold(session, hold_id=offered.quote.lines[0].hold_id or 0).arrival_minute


def test_canceling_again_changes_nothing(shop: Shop) -> None:
    offered = ordered(shop)
    assert cancel(shop, offered)
    assert not cancel(shop, offered, reason="Another reason", now=NOW + timedelta(hours=1))
    order, _ = read(shop, offered)
    assert [event.kind for event in order.history].count(PromiseEventKind.CANCELED) == 1
    assert words(shop, order) == [(Side.CUSTOMER, "We moved")]
    assert order.closed_at == NOW


def test_released_work_may_be_canceled_but_begun_work_not(shop: Shop) -> None:
    offered = ordered(shop)
    begin(shop)
    with pytest.raises(TransitionRefused) as refused:
        cancel(shop, offered)
    assert refused.value.detail["thing"] == "order"
    order, hold = read(shop, offered)
    assert (order.state, hold.state) == (OrderState.IN_PRODUCTION, HoldState.CONFIRMED)
    assert not order.may_customer_cancel
    assert order.history[-1].kind is PromiseEventKind.ACCEPTED
    other = shop.offer(key="offer-2")
    shop.accept(other, key="accept-2")
    with shop.database.transaction() as session:
        service.release_work_orders(session, now=NOW)
    assert cancel(shop, other)
    assert shop.breaches() == []


def test_a_made_or_delivered_order_cannot_be_canceled(shop: Shop) -> None:
    offered = ordered(shop)
    with shop.database.transaction() as session:
        service.release_work_orders(session, now=NOW)
        for job in service.get_order(session, number="O-2026-0001").work_orders[0].job_orders:
            service.start_job_order(session, number=job.number, now=job.planned_start_at)
            service.finish_job_order(session, number=job.number, now=job.planned_end_at)
    end = job.planned_end_at
    with pytest.raises(TransitionRefused):
        cancel(shop, offered, now=end)
    with shop.database.transaction() as session:
        service.deliver_order(session, number="O-2026-0001", now=end)
    with pytest.raises(TransitionRefused):
        cancel(shop, offered, now=end)
    assert read(shop, offered)[0].state is OrderState.DELIVERED


def test_who_has_no_order_cancels_nothing(shop: Shop) -> None:
    offered = shop.offer()
    with pytest.raises(OrderNotFound):
        cancel(shop, offered)
    with pytest.raises(QuoteNotFound):
        cancel(shop, Offered(offered.quote, offered.token[::-1]))


def test_words_of_a_customer_stand_in_nothing_that_can_never_be_changed(shop: Shop) -> None:
    offered = ordered(shop)
    cancel(shop, offered, reason=" My secret " + "x" * 280)
    assert words(shop, read(shop, offered)[0]) == [(Side.CUSTOMER, "My secret " + "x" * 280)]
    with shop.database.reading() as session:
        for column in (AuditRow.facts, PromiseEventRow.reason, ScheduleEventRow.cause, MailRow.facts):
            assert "secret" not in str(session.scalars(select(column)).all())
    assert shop.breaches() == []


def test_canceling_without_words_writes_no_message(shop: Shop) -> None:
    offered = ordered(shop)
    cancel(shop, offered, reason="  ")
    assert words(shop, read(shop, offered)[0]) == []
