"""A breakdown behind an open quote: its customer is never ordered into a date that the plan breaks already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ordering import service
from ordering.errors import QuoteExpired
from ordering.promise_date import promised_day
from ordering.quote import QuoteState
from scheduling import service as scheduling
from tests.service.selling import NOW, SECRET, Shop


def break_all_saws(shop: Shop, *, days: int) -> None:
    """Stop every work unit that the quote's first operation can be made on, and repair the plan."""
    with shop.database.transaction() as session:
        held = scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)
        first = min(held, key=lambda booking: booking.start_minute)
        units = {item.id: item for item in scheduling.list_work_units(session)}
        for unit in units.values():
            if unit.capability == units[first.unit_id].capability:
                scheduling.report_downtime(session, unit_id=unit.id, from_minute=first.setup_start_minute,
                                           until_minute=first.setup_start_minute + days * 1440, reason="power", now=NOW)
        proposal = scheduling.propose_replan(session, now=NOW, iterations=0, frozen=timedelta(0))
        scheduling.publish_proposal(session, proposal_id=proposal.id, now=NOW)
        service.follow_plan(session, now=NOW)


def test_quote_whose_plan_became_late_is_not_ordered_but_gets_a_new_date(shop: Shop) -> None:
    offered = shop.offer()
    break_all_saws(shop, days=20)
    with pytest.raises(QuoteExpired):
        shop.accept(offered)
    with shop.database.reading() as session:
        assert service.get_quote(session, token=offered.token).state is QuoteState.EXPIRED
    with shop.database.transaction() as session:
        renewed = service.requote(session, token=offered.token, revision=1, secret=SECRET, now=NOW)
    assert renewed.quote.promised_on > offered.quote.promised_on
    shop.accept(renewed, key="accept-2")
    with shop.database.reading() as session:
        network = scheduling.get_planning_network(session)
        held = scheduling.get_hold(session, hold_id=renewed.quote.lines[0].hold_id or 0)
        day = promised_day(held.arrival_minute, destination=network.site(renewed.quote.destination), now=NOW)
    assert day <= renewed.quote.promised_on
    assert shop.breaches() == []


def test_quote_whose_plan_moved_within_its_promise_is_ordered(shop: Shop) -> None:
    offered = shop.offer(shop.request(destination="WH"))
    with shop.database.reading() as session:
        held = scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)
    with shop.database.transaction() as session:
        last = max(held, key=lambda booking: booking.end_minute)
        scheduling.report_downtime(session, unit_id=last.unit_id, from_minute=last.setup_start_minute,
                                   until_minute=last.end_minute, reason="jam", now=NOW)
        proposal = scheduling.propose_replan(session, now=NOW, iterations=0, frozen=timedelta(0))
        scheduling.publish_proposal(session, proposal_id=proposal.id, now=NOW)
    assert shop.accept(offered).order_number == "O-2026-0001"
    assert shop.breaches() == []
