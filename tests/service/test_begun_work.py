"""Work that began ahead of its plan keeps its place, whatever is planned, canceled or repaired around it."""

from __future__ import annotations

from datetime import timedelta

from ordering import service
from ordering.work_order import JobOrder
from scheduling import service as scheduling
from scheduling.schedule import Booking
from tests.service.selling import NOW, Shop


def begin_early(shop: Shop) -> tuple[str, JobOrder]:
    """Order a window and start its first operation two days before its plan; give the order and the operation."""
    number = shop.accept(shop.offer()).order_number
    with shop.database.transaction() as session:
        service.release_work_orders(session, now=NOW)
        first = service.get_order(session, number=number).work_orders[0].job_orders[0]
        assert first.planned_start_at > NOW + timedelta(days=1)
        service.start_job_order(session, number=first.number, now=NOW)
    return number, first


def live(shop: Shop) -> dict[int, Booking]:
    with shop.database.reading() as session:
        bookings = scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)
    return {booking.operation: booking for booking in bookings}


def test_canceling_frees_all_but_what_has_begun(shop: Shop) -> None:
    number, first = begin_early(shop)
    before = live(shop)
    with shop.database.transaction() as session:
        service.cancel_order(session, number=number, reason="The house is sold.", now=NOW)
    assert live(shop) == {first.position: before[first.position]}
    assert shop.breaches() == []


def test_breakdown_moves_all_but_what_has_begun(shop: Shop) -> None:
    _number, first = begin_early(shop)
    before = live(shop)
    with shop.database.transaction() as session:
        for booking in before.values():
            scheduling.report_downtime(session, unit_id=booking.unit_id, from_minute=booking.setup_start_minute,
                                       until_minute=booking.end_minute + 1, reason="blade", now=NOW)
    with shop.database.transaction() as session:
        proposal = scheduling.propose_replan(session, now=NOW, iterations=0)
        scheduling.publish_proposal(session, proposal_id=proposal.id, now=NOW)
        service.follow_plan(session, now=NOW)
    after = live(shop)
    assert after[first.position] == before[first.position]
    moved = {place for place in before if after[place].placement != before[place].placement}
    assert moved == set(before) - {first.position}
    assert shop.breaches() == []
