"""A customer changes an order: shown before, made once, in one transaction, while no work has begun."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from ordering import service
from ordering.errors import (
    ChangeOutdated,
    ConfigurationNotSaleable,
    IdempotencyMismatch,
    QuoteNotFound,
    QuoteSuperseded,
    RequestInvalid,
    TransitionRefused,
)
from ordering.order import OrderState, PromiseEventKind
from ordering.quote import QuoteState
from ordering.service import Changed, ChangePreview, ChangeRequest, Obstacle, Offered
from ordering.tables import OrderRow, QuoteRow, WorkOrderRow
from ordering.work_order import WorkOrderState
from scheduling import events
from scheduling import service as scheduling
from scheduling.schedule import BookingState, HoldState
from scheduling.schedule_event import EventKind
from tests.service.selling import NOW, WINDOW, Shop

LATER = NOW + timedelta(hours=3)
ALUMINIUM = {**WINDOW, "profile": "ALU75"}


def ordered(shop: Shop, quantity: int = 2) -> Offered:
    offered = shop.offer(shop.request(("window", WINDOW, quantity)))
    shop.accept(offered)
    return offered


def request(shop: Shop, choices: Mapping[str, str] = ALUMINIUM, *, quantity: int = 2,
            destination: str = "SZ") -> ChangeRequest:
    return ChangeRequest(shop.hashes["window"], dict(choices), quantity, destination)


def preview(shop: Shop, offered: Offered, wanted: ChangeRequest, *, now: datetime = LATER) -> ChangePreview:
    with shop.database.reading() as session:
        return service.preview_change(session, token=offered.token, request=wanted, now=now,
                                      cache_directory=shop.cache)


def change(shop: Shop, offered: Offered, wanted: ChangeRequest, *, shown: str, revision: int = 1,
           key: str = "change-1", now: datetime = LATER) -> Changed:
    with shop.database.transaction() as session:
        return service.change_order(session, token=offered.token, revision=revision, request=wanted, shown=shown,
                                    accepted_by="Li Na", idempotency_key=key, now=now, cache_directory=shop.cache)


def test_a_change_is_what_its_preview_showed(shop: Shop) -> None:
    offered = ordered(shop)
    wanted = request(shop)
    seen = preview(shop, offered, wanted)
    assert not seen.is_same
    made = change(shop, offered, wanted, shown=seen.seal)
    assert made == Changed("O-2026-0001", 2, is_replayed=False)
    with shop.database.reading() as session:
        order = service.get_order_by_link(session, token=offered.token)
        old = service.get_quote_by_number(session, number=offered.quote.number, revision=1)
        new = service.get_quote_by_number(session, number=offered.quote.number)
        changes = service.list_order_changes(session, order_id=order.id)
    assert (order.gross, order.promised_on, order.co2_grams) == (
        seen.offer.totals.gross, seen.offer.promised_on, seen.offer.co2_grams)
    assert (order.net, order.tax, order.gross) == (new.net, new.tax, new.gross)
    assert (order.number, order.quote_revision, order.state) == ("O-2026-0001", 2, OrderState.CONFIRMED)
    assert (old.state, new.state) == (QuoteState.SUPERSEDED, QuoteState.ACCEPTED)
    assert (old.gross, old.lines, old.promised_on) == (
        offered.quote.gross, offered.quote.lines, offered.quote.promised_on), "what was accepted stays as it was"
    assert new.lines[0].choices["profile"] == "ALU75"
    assert [event.kind for event in order.history] == [
        PromiseEventKind.OFFERED, PromiseEventKind.ACCEPTED, PromiseEventKind.CHANGED]
    assert (order.history[-1].promised_on, order.history[-1].previous_on) == (new.promised_on, old.promised_on)
    only = changes[0]
    assert (only.number, only.at, only.accepted_by, only.from_revision, only.to_revision) == (1, LATER, "Li Na", 1, 2)
    assert (only.gross_before, only.gross_after) == (old.gross, new.gross)
    assert shop.breaches(LATER) == []


def test_the_old_capacity_is_given_back_and_the_new_is_booked(shop: Shop) -> None:
    offered = ordered(shop)
    wanted = request(shop)
    change(shop, offered, wanted, shown=preview(shop, offered, wanted).seal)
    with shop.database.reading() as session:
        order = service.get_order_by_link(session, token=offered.token)
        new = service.get_quote(session, token=offered.token)
        holds = [scheduling.get_hold(session, hold_id=line.hold_id or 0)
                 for line in (*offered.quote.lines, *new.lines)]
        works = service.list_work_orders(session)
        told = events.list_outcomes(session, kind=EventKind.ORDER_CHANGED)
    assert [hold.state for hold in holds] == [HoldState.RELEASED, HoldState.CONFIRMED]
    assert {booking.state for booking in holds[0].bookings} == {BookingState.RELEASED}
    assert [work.number for work in order.work_orders] == ["W-2026-0002"]
    assert {work.number: work.state for work in works} == {
        "W-2026-0001": WorkOrderState.CANCELED, "W-2026-0002": WorkOrderState.PLANNED}
    assert told[0].event.named["replaced_by"] == holds[1].job.code
    assert len(told[0].hits) == len(holds[0].bookings)


def crowd(shop: Shop, numbers: range) -> None:
    """Order so much that whoever comes later waits."""
    for number in numbers:
        other = shop.offer(shop.request(("window", WINDOW, 40), email=f"c{number}@example.org"), key=f"o{number}")
        shop.accept(other, key=f"a{number}")


def test_the_orders_own_places_count_as_free_and_no_earlier_ones(shop: Shop) -> None:
    """The same work on another side is made in the same places, which a new order would not get any more."""
    crowd(shop, range(2))
    offered = ordered(shop)
    crowd(shop, range(2, 4))
    wanted = request(shop, {**WINDOW, "hinge": "right"})
    seen = preview(shop, offered, wanted, now=NOW)
    as_new = shop.offer(shop.request(("window", {**WINDOW, "hinge": "right"}, 2)), key="new")
    assert seen.offer.promised_on == offered.quote.promised_on < as_new.quote.promised_on
    change(shop, offered, wanted, shown=seen.seal, now=NOW)
    assert shop.breaches() == []


def test_the_same_confirmation_again_changes_nothing_more(shop: Shop) -> None:
    offered = ordered(shop)
    wanted = request(shop)
    seal = preview(shop, offered, wanted).seal
    first = change(shop, offered, wanted, shown=seal)
    assert change(shop, offered, wanted, shown=seal) == Changed(first.order_number, 2, is_replayed=True)
    with pytest.raises(QuoteSuperseded):
        change(shop, offered, wanted, shown=seal, key="another")
    with pytest.raises(IdempotencyMismatch):
        change(shop, offered, wanted, shown="0" * 64)
    with shop.database.reading() as session:
        assert session.query(OrderRow).count() == 1
        assert session.query(QuoteRow).count() == 2
        assert session.query(WorkOrderRow).count() == 2
    assert shop.breaches(LATER) == []


def test_an_order_is_changed_again_and_back(shop: Shop) -> None:
    offered = ordered(shop)
    for number, choices in enumerate((ALUMINIUM, WINDOW, ALUMINIUM), start=1):
        wanted = request(shop, choices, quantity=number)
        seal = preview(shop, offered, wanted).seal
        change(shop, offered, wanted, shown=seal, revision=number, key=f"change-{number}")
    with shop.database.reading() as session:
        order = service.get_order_by_link(session, token=offered.token)
        assert [item.to_revision for item in service.list_order_changes(session, order_id=order.id)] == [2, 3, 4]
    assert [work.quantity for work in order.work_orders] == [3]
    assert shop.breaches(LATER) == []


def test_a_plan_that_moved_meanwhile_is_shown_again(shop: Shop) -> None:
    offered = ordered(shop)
    wanted = request(shop)
    seal = preview(shop, offered, wanted).seal
    for number in range(4):
        other = shop.offer(shop.request(("window", ALUMINIUM, 60), email=f"c{number}@example.org"),
                           key=f"o{number}", now=LATER)
        shop.accept(other, key=f"a{number}", now=LATER)
    fresh = preview(shop, offered, wanted, now=LATER + timedelta(days=1))
    assert fresh.seal != seal
    with pytest.raises(ChangeOutdated):
        change(shop, offered, wanted, shown=seal, now=LATER + timedelta(days=1))
    with shop.database.reading() as session:
        assert service.get_order_by_link(session, token=offered.token).quote_revision == 1
        hold = scheduling.get_hold(session, hold_id=offered.quote.lines[0].hold_id or 0)
    assert hold.state is HoldState.CONFIRMED, "nothing was given back"
    change(shop, offered, wanted, shown=fresh.seal, now=LATER + timedelta(days=1))
    assert shop.breaches(LATER + timedelta(days=1)) == []


def test_nothing_can_be_changed_once_work_begins(shop: Shop) -> None:
    offered = ordered(shop)
    wanted = request(shop)
    seal = preview(shop, offered, wanted).seal
    with shop.database.transaction() as session:
        service.release_work_orders(session, now=LATER)
    with shop.database.reading() as session:
        assert service.get_changeable(session, token=offered.token, now=LATER).obstacle is None, "released only"
    with shop.database.transaction() as session:
        service.start_job_order(session, number="W-2026-0001-10", now=LATER)
    with shop.database.reading() as session:
        assert service.get_changeable(session, token=offered.token, now=LATER).obstacle is Obstacle.BEGUN
    for refuse in (lambda: preview(shop, offered, wanted), lambda: change(shop, offered, wanted, shown=seal)):
        with pytest.raises(TransitionRefused) as refused:
            refuse()
        assert refused.value.detail["why"] == "begun"
    assert shop.breaches(LATER) == []


def test_an_order_whose_work_is_due_or_that_is_closed_stays(shop: Shop) -> None:
    offered = ordered(shop)
    with shop.database.reading() as session:
        until = service.get_changeable(session, token=offered.token, now=NOW).until_at
        assert until is not None
        assert service.get_changeable(session, token=offered.token, now=until).obstacle is Obstacle.DUE
    with shop.database.transaction() as session:
        service.cancel_by_customer(session, token=offered.token, reason="", now=NOW)
    with shop.database.reading() as session:
        assert service.get_changeable(session, token=offered.token, now=NOW).obstacle is Obstacle.CANCELED
    with pytest.raises(TransitionRefused):
        preview(shop, offered, request(shop))


def test_an_order_of_several_lines_is_for_the_sales_desk(shop: Shop) -> None:
    offered = shop.offer(shop.request(("window", WINDOW, 1), ("pump", {}, 1)))
    shop.accept(offered)
    with shop.database.reading() as session:
        assert service.get_changeable(session, token=offered.token, now=NOW).obstacle is Obstacle.TERMS


def test_what_cannot_be_is_refused_and_nothing_happens(shop: Shop) -> None:
    offered = ordered(shop)
    same = preview(shop, offered, request(shop, WINDOW))
    assert same.is_same
    with pytest.raises(RequestInvalid):
        change(shop, offered, request(shop, WINDOW), shown=same.seal)
    with pytest.raises(RequestInvalid):
        preview(shop, offered, request(shop, destination="MOON"))
    with pytest.raises(RequestInvalid):
        preview(shop, offered, request(shop, quantity=0))
    with pytest.raises(ConfigurationNotSaleable):
        preview(shop, offered, request(shop, {**WINDOW, "profile": "WOOD"}))
    with pytest.raises(QuoteNotFound):
        preview(shop, Offered(offered.quote, offered.token[::-1]), request(shop))
    assert shop.breaches(LATER) == []


def test_a_changed_order_is_made_moved_canceled_and_delivered_like_any_other(shop: Shop) -> None:
    offered = ordered(shop)
    wanted = request(shop, destination="WH")
    change(shop, offered, wanted, shown=preview(shop, offered, wanted).seal)
    with shop.database.transaction() as session:
        service.release_work_orders(session, now=LATER)
        order = service.get_order_by_link(session, token=offered.token)
        for job in order.work_orders[0].job_orders:
            service.start_job_order(session, number=job.number, now=job.planned_start_at)
            service.finish_job_order(session, number=job.number, now=job.planned_end_at)
        end = order.work_orders[0].job_orders[-1].planned_end_at
        made = service.get_order_by_link(session, token=offered.token)
        service.deliver_order(session, number=order.number, now=end)
    assert (made.state, made.destination) == (OrderState.MADE, "WH")
    assert shop.breaches(end) == []


def test_a_changed_order_can_be_canceled(shop: Shop) -> None:
    offered = ordered(shop)
    wanted = request(shop)
    change(shop, offered, wanted, shown=preview(shop, offered, wanted).seal)
    with shop.database.transaction() as session:
        assert service.cancel_by_customer(session, token=offered.token, reason="We moved", now=LATER)
    with shop.database.reading() as session:
        order = service.get_order_by_link(session, token=offered.token)
        new = service.get_quote(session, token=offered.token)
        hold = scheduling.get_hold(session, hold_id=new.lines[0].hold_id or 0)
    assert (order.state, hold.state) == (OrderState.CANCELED, HoldState.RELEASED)
    assert order.history[-1].kind is PromiseEventKind.CANCELED
    assert shop.breaches(LATER) == []
