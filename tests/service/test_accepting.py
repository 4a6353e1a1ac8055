"""Accepting: one transaction, one order, one answer a key; an expired hold asks for a new date."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from catalog.errors import OnelotError
from ordering import accepting, service, store
from ordering.errors import (
    IdempotencyMismatch,
    OrderNotFound,
    QuoteAlreadyAccepted,
    QuoteExpired,
    QuoteNotFound,
    QuoteSuperseded,
    TransitionRefused,
)
from ordering.order import OrderState, PromiseEventKind
from ordering.quote import QuoteState
from ordering.service import Offered
from ordering.tables import IdempotencyRow, JobOrderRow, OrderRow, WorkOrderRow
from ordering.work_order import JobOrderState, WorkOrderState
from scheduling import service as scheduling
from scheduling.schedule import BookingState, HoldState
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from web.database import Database

LATER = NOW + timedelta(hours=49)
ATTEMPTS = 50
THREADS = 8


def count(shop: Shop, row: type[OrderRow | WorkOrderRow | JobOrderRow | IdempotencyRow]) -> int:
    with shop.database.reading() as session:
        return session.scalar(select(func.count()).select_from(row)) or 0


def test_an_accepted_quote_is_one_order_with_its_work_orders(shop: Shop) -> None:
    offered = shop.offer(shop.request(("window", WINDOW, 8), ("pump", {}, 1)))
    accepted = shop.accept(offered, reference="PO 77")
    assert accepted.order_number == "O-2026-0001"
    with shop.database.reading() as session:
        order = service.get_order(session, number=accepted.order_number)
        assert service.get_order_by_link(session, token=offered.token) == order
        quote = service.get_quote(session, token=offered.token)
        hold_id = offered.quote.lines[0].hold_id
        assert hold_id is not None
        held = scheduling.get_hold(session, hold_id=hold_id)
    assert (quote.state, quote.order_number) == (QuoteState.ACCEPTED, "O-2026-0001")
    assert (order.net, order.tax, order.gross) == (quote.net, quote.tax, quote.gross)
    assert (order.state, order.reference) == (OrderState.CONFIRMED, "PO 77")
    assert order.promised_on == quote.promised_on
    assert [event.kind for event in order.history] == [PromiseEventKind.OFFERED, PromiseEventKind.ACCEPTED]
    assert held.state is HoldState.CONFIRMED
    window, _ = order.work_orders
    assert [item.operation for item in window.job_orders] == ["saw", "weld", "insulating_glass", "glaze"]
    assert [item.number for item in window.job_orders][:2] == ["W-2026-0001-10", "W-2026-0001-20"]
    assert [item.work_minutes for item in window.job_orders] == [92, 72, 62, 200]
    assert window.due_at == max(item.planned_end_at for item in window.job_orders)
    assert {booking.state for booking in held.bookings} == {BookingState.BOOKED}
    assert shop.breaches() == []


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(shop: Shop) -> None:
    offered = shop.offer()
    first = shop.accept(offered)
    again = shop.accept(offered)
    assert (first.is_replayed, again.is_replayed) == (False, True)
    assert first.order_number == again.order_number
    with pytest.raises(IdempotencyMismatch):
        shop.accept(offered, reference="another purchase order")
    with pytest.raises(QuoteAlreadyAccepted) as refused:
        shop.accept(offered, key="accept-2")
    assert refused.value.detail["order"] == first.order_number
    assert (count(shop, OrderRow), count(shop, WorkOrderRow)) == (1, 1)
    assert shop.breaches() == []


def test_another_quotes_key_does_not_open_its_answer(shop: Shop) -> None:
    one, other = shop.offer(key="k1"), shop.offer(key="k2")
    shop.accept(one, key="shared")
    with pytest.raises(IdempotencyMismatch):
        shop.accept(other, key="shared")
    assert count(shop, OrderRow) == 1


def test_an_expired_hold_asks_for_a_new_date_and_the_new_revision_can_be_accepted(shop: Shop) -> None:
    offered = shop.offer()
    with pytest.raises(QuoteExpired) as refused:  # even before the clock job has run
        shop.accept(offered, now=offered.quote.valid_until)
    assert refused.value.detail["number"] == "Q-2026-0001"
    with shop.database.transaction() as session:
        service.expire_due(session, now=LATER)
    with pytest.raises(QuoteExpired):
        shop.accept(offered, now=LATER)
    with shop.database.transaction() as session:
        renewed = service.requote(session, token=offered.token, revision=1, secret=SECRET, now=LATER)
    with pytest.raises(QuoteSuperseded) as old:
        shop.accept(offered, now=LATER)
    assert old.value.detail["newest"] == 2
    assert shop.accept(renewed, now=LATER).order_number == "O-2026-0001"
    assert shop.breaches(LATER) == []


def test_a_declined_quote_or_a_wrong_link_is_not_accepted(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        service.decline(session, token=offered.token, revision=1, now=NOW)
    with pytest.raises(TransitionRefused):
        shop.accept(offered)
    with pytest.raises(QuoteNotFound):
        shop.accept(Offered(offered.quote, offered.token.swapcase()), key="k")
    with shop.database.reading() as session, pytest.raises(OrderNotFound):
        service.get_order_by_link(session, token=offered.token)
    assert count(shop, OrderRow) == 0
    assert shop.breaches() == []


def test_a_failure_in_the_middle_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    offered = shop.offer()

    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(store, "store_answer", fail)
    with pytest.raises(RuntimeError):
        shop.accept(offered)
    assert [count(shop, row) for row in (OrderRow, WorkOrderRow, JobOrderRow)] == [0, 0, 0]
    monkeypatch.undo()
    assert shop.accept(offered).order_number == "O-2026-0001"
    assert shop.breaches() == []


def accept_at_once(shop: Shop, offered: Offered, *, same_key: bool) -> list[str]:
    """Accept one quote from many threads at the same moment; give what each was told."""
    barrier, answers, lock = threading.Barrier(THREADS), list[str](), threading.Lock()

    def run(worker: int) -> None:
        barrier.wait()
        for attempt in range(worker, ATTEMPTS, THREADS):
            try:
                told = shop.accept(offered, key="one" if same_key else f"key-{attempt}").order_number
            except QuoteAlreadyAccepted as refused:
                told = f"already {refused.detail['order']}"
            with lock:
                answers.append(told)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_fifty_parallel_accepts_make_exactly_one_order(shop: Shop) -> None:
    answers = accept_at_once(shop, shop.offer(), same_key=False)
    assert len(answers) == ATTEMPTS
    assert answers.count("O-2026-0001") == 1
    assert answers.count("already O-2026-0001") == ATTEMPTS - 1
    assert (count(shop, OrderRow), count(shop, WorkOrderRow), count(shop, JobOrderRow)) == (1, 1, 4)
    assert shop.breaches() == []


def test_fifty_parallel_accepts_with_one_key_get_one_answer(shop: Shop) -> None:
    answers = accept_at_once(shop, shop.offer(), same_key=True)
    assert answers == ["O-2026-0001"] * ATTEMPTS
    assert (count(shop, OrderRow), count(shop, JobOrderRow)) == (1, 4)


def race_two_accepts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Let two accepts meet between the check and the write; give how many met there, and how many failed."""
    offered = shop.offer()
    meeting, met, failed, lock = threading.Barrier(2), list[int](), list[str](), threading.Lock()
    check = accepting._require_open

    def check_and_wait(*arguments: Any, **options: Any) -> None:
        check(*arguments, **options)
        try:
            meeting.wait(timeout=1.0)
        except threading.BrokenBarrierError:
            return
        with lock:
            met.append(1)

    monkeypatch.setattr(accepting, "_require_open", check_and_wait)

    def run(number: int) -> None:
        try:
            shop.accept(offered, key=f"key-{number}")
        except (OnelotError, DBAPIError) as error:
            with lock:
                failed.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(met), len(failed)


@pytest.mark.postgresql
def test_the_lock_keeps_two_accepts_apart(
    postgresql_url: str, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(Database(postgresql_url), model_cache)
    shop.open()
    assert race_two_accepts(shop, monkeypatch) == (0, 1)
    assert count(shop, OrderRow) == 1
    shop.database.dispose()


@pytest.mark.postgresql
def test_control_without_the_lock_two_accepts_meet_and_only_the_unique_keys_stop_the_second(
    postgresql_url: str, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(Database(postgresql_url), model_cache)
    shop.open()
    monkeypatch.setattr(scheduling, "lock_area", lambda _session: None)
    assert race_two_accepts(shop, monkeypatch) == (2, 1)
    assert count(shop, OrderRow) == 1
    shop.database.dispose()


def test_orders_are_numbered_without_gaps_under_load(shop: Shop) -> None:
    offers = [shop.offer(shop.request(email=f"c{n}@example.org"), key=f"o{n}") for n in range(6)]
    told, lock = list[str](), threading.Lock()

    def run(number: int) -> None:
        answer = shop.accept(offers[number], key=f"a{number}").order_number
        with lock:
            told.append(answer)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(offers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [f"O-2026-000{n}" for n in range(1, 7)]
    assert shop.breaches() == []


def test_the_planned_state_is_where_work_begins(shop: Shop) -> None:
    accepted = shop.accept(shop.offer())
    with shop.database.reading() as session:
        work_order = service.get_order(session, number=accepted.order_number).work_orders[0]
    assert work_order.state is WorkOrderState.PLANNED
    assert {item.state for item in work_order.job_orders} == {JobOrderState.PLANNED}
