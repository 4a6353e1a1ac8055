"""A holiday at a destination: what was promised for that day moves to the next one, and its customer is told why."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from ordering import service, store
from ordering.order import PromiseEventKind
from ordering.quote import QuoteState
from ordering.tables import OrderRow, QuoteLineRow, QuoteRow
from scheduling import events
from scheduling import service as scheduling
from scheduling.schedule_event import EventKind, EventOutcome, Report
from tests.service.selling import NOW, Shop
from tests.service.test_promise_events import ordered, publish, read


def a_holiday(shop: Shop, day: date, *, site: str = "SZ", follow: bool = True) -> EventOutcome:
    with shop.database.transaction() as session:
        outcome = events.report_holiday(session, site=site, day=day, report=Report("The city celebrates.", "planner"),
                                        now=NOW)
        if follow:
            service.follow_event(session, outcome, now=NOW, actor="planner")
    return outcome


def test_a_holiday_on_the_promised_day_moves_the_date_and_is_told(shop: Shop) -> None:
    before = ordered(shop)
    outcome = a_holiday(shop, before.promised_on)
    after = read(shop)
    with shop.database.reading() as session:
        site = scheduling.get_planning_network(session).site("SZ")
    assert after.promised_on > before.promised_on
    assert after.promised_on.weekday() not in site.closed_weekdays
    assert after.promised_on not in site.holidays
    entry = after.history[-1]
    assert (entry.kind, entry.previous_on, entry.promised_on) == (
        PromiseEventKind.MOVED, before.promised_on, after.promised_on)
    assert (entry.reason, entry.cause_kind) == ("The city celebrates.", EventKind.CALENDAR_CHANGED.value)
    assert entry.schedule_event_id == outcome.event.id
    assert shop.breaches() == []


def test_a_repair_after_the_holiday_tells_nothing_twice(shop: Shop) -> None:
    before = ordered(shop)
    a_holiday(shop, before.promised_on)
    after = read(shop)
    publish(shop)
    assert read(shop).history == after.history
    assert shop.breaches() == []


def test_a_holiday_elsewhere_or_on_another_day_moves_no_date(shop: Shop) -> None:
    before = ordered(shop)
    a_holiday(shop, before.promised_on + timedelta(days=1))
    with shop.database.reading() as session:
        sites = [site.code for site in scheduling.get_planning_network(session).sites]
    a_holiday(shop, before.promised_on, site=next(code for code in sites if code != "SZ"))
    assert read(shop).promised_on == before.promised_on
    assert shop.breaches() == []


def test_a_holiday_that_no_order_followed_is_a_breach(shop: Shop) -> None:
    before = ordered(shop)
    a_holiday(shop, before.promised_on, follow=False)
    assert shop.breaches() == ["I8: order O-2026-0001 is promised for a day on which nobody receives it"]


def test_a_holiday_on_another_day_is_no_cause_of_a_move(shop: Shop) -> None:
    before = ordered(shop)
    a_holiday(shop, before.promised_on)
    with shop.database.transaction() as session:
        row = session.scalars(select(OrderRow)).one()
        other = events.report_holiday(session, site="SZ", day=row.promised_on + timedelta(days=9),
                                      report=Report("Another day.", "planner"), now=NOW)
        service.follow_event(session, other, now=NOW, actor="planner")
        moved = row.promised_on + timedelta(days=20)
        store.add_promise_event(session, quote=row.quote, kind=PromiseEventKind.MOVED, at=NOW, promised_on=moved,
                                previous_on=row.promised_on, reason="Another day.", event=other.event)
        row.promised_on = moved
    assert "I9: the date of Q-2026-0001 moved without an event that delayed its work" in shop.breaches()


def test_an_open_quote_for_the_holiday_is_closed(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.reading() as session:
        day = session.scalars(select(QuoteLineRow.promised_on)).one()
    a_holiday(shop, day)
    with shop.database.reading() as session:
        assert session.scalars(select(QuoteRow.state)).one() == QuoteState.EXPIRED.value
    assert offered.quote.number == "Q-2026-0001"
    assert shop.breaches() == []
