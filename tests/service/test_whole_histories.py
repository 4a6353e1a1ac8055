"""The whole chain under random histories: every invariant of every package holds after every act.

``ONELOT_TEST_HISTORY_STEPS`` asks for more acts than the few hundred of an ordinary run, and for other histories than
the ones that run always.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from ordering import service
from ordering.errors import (
    IdempotencyMismatch,
    NoCapacity,
    PredecessorOpen,
    QuoteAlreadyAccepted,
    QuoteExpired,
    QuoteSuperseded,
    TransitionRefused,
)
from ordering.promise_date import promised_day
from ordering.quote import Alternative, QuoteState
from ordering.service import Offered
from ordering.tables import JobOrderRow, OrderRow
from ordering.work_order import JobOrderState
from scheduling import service as scheduling
from scheduling.calendar import first_minute_from, minute_at
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from web.cli.checking import CHECKS
from web.database import Database

STEPS_EACH = 45
HISTORIES = 8
WISHED = int(os.environ.get("ONELOT_TEST_HISTORY_STEPS", "0"))
PRODUCTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("window", WINDOW),
    ("window", WINDOW | {"profile": "PVC82", "opening": "fixed"}),
    ("pump", {}),
    ("bicycle", {}),
)
PLACES = ("SZ", "NB", "WH")
PICK = st.integers(0, 10**6)
PUBLISHED: list[Path] = []
"""The demo world published once for all histories: the folder that holds it and the compiled products."""


class Company(RuleBasedStateMachine):
    """Customers, planners and plants; the model knows what each quote must be and which orders must exist."""

    steps = 0
    happened: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="onelot-history-"))
        shutil.copy(PUBLISHED[0] / "published.sqlite3", self.folder / "onelot.sqlite3")
        self.database = Database(f"sqlite:///{self.folder / 'onelot.sqlite3'}")
        self.shop = Shop(self.database, PUBLISHED[0] / "cache")
        with self.database.reading() as session:
            catalog = importlib.import_module("catalog.service")
            self.shop.hashes = {
                item.product_code: item.content_hash for item in catalog.list_product_summaries(session)
            }
        self.now: datetime = NOW
        self.count = 0
        self.quotes: list[Offered] = []
        self.states: dict[str, QuoteState] = {}
        self.orders: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.downtimes = 0

    def teardown(self) -> None:
        self.database.dispose()
        shutil.rmtree(self.folder)

    def pick(self, place: int) -> Offered:
        return self.quotes[place % len(self.quotes)]

    def key(self) -> str:
        self.count += 1
        return f"key-{self.count:08d}"

    def expire(self) -> None:
        with self.database.transaction() as session:
            expired = service.expire_due(session, now=self.now)
        for number in expired:
            assert self.states[number] is QuoteState.OFFERED
            self.states[number] = QuoteState.EXPIRED

    @initialize(places=st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES)))
    def open_the_house(self, places: tuple[str, str]) -> None:
        """Begin with three orders and an open quote, so that there is something to plan, make and cancel."""
        for product, place in zip(PRODUCTS, (*places, "SZ"), strict=False):
            self.buy(product, 2, place)
        self.quote(PRODUCTS[0], 1, "SZ", Alternative.DEFAULT, is_repeated=False)

    @rule(product=st.sampled_from(PRODUCTS), quantity=st.sampled_from([1, 3, 20]), place=st.sampled_from(PLACES))
    def buy(self, product: tuple[str, dict[str, str]], quantity: int, place: str) -> None:
        """Quote and accept in one go."""
        before = len(self.quotes)
        self.quote(product, quantity, place, Alternative.DEFAULT, is_repeated=False)
        if len(self.quotes) > before:
            self.accept(before, 2)

    @rule(
        product=st.sampled_from(PRODUCTS),
        quantity=st.sampled_from([1, 1, 2, 7, 40]),
        place=st.sampled_from(PLACES),
        alternative=st.sampled_from(list(Alternative)),
        is_repeated=st.booleans(),
    )
    def quote(
        self,
        product: tuple[str, dict[str, str]],
        quantity: int,
        place: str,
        alternative: Alternative,
        is_repeated: bool,
    ) -> None:
        request = self.shop.request((*product, quantity), destination=place, alternative=alternative)
        key = self.key()
        try:
            offered = self.shop.offer(request, key=key, now=self.now)
        except NoCapacity:
            return
        if is_repeated:
            again = self.shop.offer(request, key=key, now=self.now)
            assert (again.quote.number, again.token) == (offered.quote.number, offered.token)
        assert offered.quote.number not in self.states
        self.quotes.append(offered)
        self.states[offered.quote.number] = QuoteState.OFFERED

    @precondition(lambda self: self.quotes)
    @rule(place=PICK, times=st.integers(1, 3))
    def accept(self, place: int, times: int) -> None:
        offered, key = self.pick(place), self.key()
        number = offered.quote.number
        for attempt in range(times):
            try:
                accepted = self.shop.accept(offered, key=key, now=self.now)
            except QuoteAlreadyAccepted:
                assert number in self.orders
                return
            except (QuoteExpired, TransitionRefused, QuoteSuperseded):
                assert number not in self.orders
                return
            assert accepted.is_replayed is (attempt > 0)
            assert self.orders.setdefault(number, accepted.order_number) == accepted.order_number
            self.states[number] = QuoteState.ACCEPTED
            self.keys[key] = number
            self.happened["accepted"] += attempt == 0

    @precondition(lambda self: self.keys)
    @rule(place=PICK, which=PICK)
    def accept_with_a_used_key(self, place: int, which: int) -> None:
        key = list(self.keys)[which % len(self.keys)]
        offered = self.pick(place)
        if self.keys[key] == offered.quote.number:
            assert self.shop.accept(offered, key=key, now=self.now).is_replayed
            return
        with pytest.raises(IdempotencyMismatch):
            self.shop.accept(offered, key=key, now=self.now)

    @precondition(lambda self: self.quotes)
    @rule(place=PICK)
    def decline(self, place: int) -> None:
        offered = self.pick(place)
        number = offered.quote.number
        try:
            with self.database.transaction() as session:
                service.decline(session, token=offered.token, revision=offered.quote.revision, now=self.now)
        except TransitionRefused:
            assert self.states[number] is not QuoteState.OFFERED
            return
        assert self.states[number] is QuoteState.OFFERED
        self.states[number] = QuoteState.DECLINED

    @precondition(lambda self: self.quotes)
    @rule(place=PICK)
    def ask_for_a_new_date(self, place: int) -> None:
        offered = self.pick(place)
        number = offered.quote.number
        try:
            with self.database.transaction() as session:
                renewed = service.requote(
                    session, token=offered.token, revision=offered.quote.revision, secret=SECRET, now=self.now
                )
        except TransitionRefused:
            assert self.states[number] in {QuoteState.ACCEPTED, QuoteState.DECLINED}
            return
        except NoCapacity:
            return
        assert renewed.quote.revision == offered.quote.revision + 1
        assert (renewed.quote.lines[0].choices, renewed.token) == (offered.quote.lines[0].choices, offered.token)
        self.quotes[place % len(self.quotes)] = renewed
        self.states[number] = QuoteState.OFFERED

    @rule(hours=st.sampled_from([1, 5, 24, 49]))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.expire()

    @rule(hours=st.sampled_from([1, 24]))
    def set_the_clock_back(self, hours: int) -> None:
        self.now -= timedelta(hours=hours)
        self.expire()

    @precondition(lambda self: self.downtimes < 3)
    @rule(which=PICK, ahead=st.sampled_from([0, 600, 3000, 5000]))
    def break_down(self, which: int, ahead: int) -> None:
        self.downtimes += 1
        with self.database.transaction() as session:
            busy = scheduling.list_bookings(session, from_minute=minute_at(self.now) + ahead, until_minute=2**31 - 1)
            units = [item.unit_id for item in busy] or [item.id for item in scheduling.list_work_units(session)]
            start = first_minute_from(self.now) + ahead
            scheduling.report_downtime(
                session,
                unit_id=units[which % len(units)],
                from_minute=start,
                until_minute=start + 2880,
                reason="spindle",
                now=self.now,
            )
        self.plan_anew(iterations=0)

    @precondition(lambda self: self.quotes)
    @rule(iterations=st.sampled_from([0, 3]))
    def plan_anew(self, iterations: int) -> None:
        try:
            with self.database.transaction() as session:
                proposal = scheduling.propose_replan(
                    session, now=self.now, iterations=iterations, seed=self.count, frozen=timedelta(0)
                )
                scheduling.publish_proposal(session, proposal_id=proposal.id, now=self.now)
                service.follow_plan(session, now=self.now)
                self.note_quotes_that_became_late(session)
                self.happened["moved"] += len(proposal.changes) > 0
        except scheduling.ProposalOutdated:
            return

    def note_quotes_that_became_late(self, session: Session) -> None:
        """An open quote is closed by a new plan exactly when the plan breaks its promise."""
        network = scheduling.get_planning_network(session)
        for quote in (service.get_quote(session, token=item.token) for item in self.quotes):
            if self.states[quote.number] is not QuoteState.OFFERED:
                continue
            site = network.site(quote.destination)
            is_late = any(
                promised_day(
                    scheduling.get_hold(session, hold_id=line.hold_id or 0).arrival_minute,
                    destination=site,
                    now=quote.offered_at,
                )
                > line.promised_on
                for line in quote.lines
            )
            assert (quote.state is QuoteState.EXPIRED) is is_late
            self.states[quote.number] = quote.state

    @precondition(lambda self: self.orders)
    @rule()
    def release(self) -> None:
        with self.database.transaction() as session:
            service.release_work_orders(session, now=self.now)

    @precondition(lambda self: self.orders)
    @rule(place=PICK, count=st.integers(1, 12))
    def work(self, place: int, count: int) -> None:
        """Start or finish operations of one order, in their order, whatever the plan says of the time."""
        number = list(self.orders.values())[place % len(self.orders)]
        with self.database.transaction() as session:
            service.release_work_orders(session, now=self.now, order_number=number)
            order = service.get_order(session, number=number)
            items = [item for part in order.work_orders for item in part.job_orders]
            for item in items[:count]:
                try:
                    if item.state is JobOrderState.PLANNED:
                        service.start_job_order(session, number=item.number, now=self.now)
                    elif item.state is JobOrderState.RUNNING:
                        service.finish_job_order(session, number=item.number, now=self.now)
                except (TransitionRefused, PredecessorOpen):
                    break
                self.happened["worked"] += 1

    @precondition(lambda self: self.orders)
    @rule(place=PICK)
    def cancel(self, place: int) -> None:
        number = list(self.orders.values())[place % len(self.orders)]
        try:
            with self.database.transaction() as session:
                service.cancel_order(session, number=number, reason="changed plans", now=self.now)
        except TransitionRefused:
            return

    @precondition(lambda self: self.orders)
    @rule(place=PICK)
    def deliver(self, place: int) -> None:
        number = list(self.orders.values())[place % len(self.orders)]
        try:
            with self.database.transaction() as session:
                service.deliver_order(session, number=number, now=self.now)
        except TransitionRefused:
            return

    @invariant()
    def no_invariant_is_broken(self) -> None:
        type(self).steps += 1
        with self.database.reading() as session:
            found = [
                str(item) for name in CHECKS for item in importlib.import_module(name).check(session, now=self.now)
            ]
        assert found == []

    @invariant()
    def what_was_answered_stands(self) -> None:
        with self.database.reading() as session:
            quotes = {item.quote.number: service.get_quote(session, token=item.token) for item in self.quotes}
            orders = {row.quote_number: row.number for row in session.scalars(select(OrderRow))}
        assert {number: quote.state for number, quote in quotes.items()} == self.states
        assert orders == self.orders

    @invariant()
    def begun_work_stays_where_it_began(self) -> None:
        with self.database.reading() as session:
            rows = session.scalars(select(JobOrderRow).where(JobOrderRow.state.in_(("running", "finished")))).all()
            live = scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)
            places = {(item.hold_id, item.operation): item for item in live}
            for row in rows:
                booking = places.get((row.work_order.line.hold_id or 0, row.position))
                assert booking is not None, f"{row.number} has begun but its place is given away"
                assert booking.unit_id == row.unit_id, row.number
                if row.state == "running":  # the booking of finished work tells when it was really done
                    assert minute_at(row.planned_start_at) == booking.start_minute, row.number

    @invariant()
    def no_order_is_planned_later_than_its_customer_was_told(self) -> None:
        with self.database.reading() as session:
            network = scheduling.get_planning_network(session)
            for order in session.scalars(select(OrderRow).where(OrderRow.state.in_(("confirmed", "in_production")))):
                site = network.site(order.quote.destination)
                for line in order.quote.lines:
                    assert line.hold_id is not None
                    arrival = scheduling.get_hold(session, hold_id=line.hold_id).arrival_minute
                    assert promised_day(arrival, destination=site, now=order.accepted_at) <= order.promised_on, (
                        order.number
                    )


@pytest.mark.slow
def test_every_invariant_holds_through_whole_histories(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> None:
    folder = tmp_path_factory.mktemp("histories")
    shutil.copy(sqlite_template, folder / "published.sqlite3")
    published = Shop(Database(f"sqlite:///{folder / 'published.sqlite3'}"), folder / "cache")
    published.open()
    with published.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    published.database.dispose()
    PUBLISHED[:] = [folder]
    Company.steps = 0
    Company.happened.clear()
    run_state_machine_as_test(
        Company,
        settings=settings(
            max_examples=max(HISTORIES, WISHED * 3 // (2 * STEPS_EACH)),
            stateful_step_count=STEPS_EACH,
            deadline=None,
            derandomize=not WISHED,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if WISHED else (Phase.generate,),
        ),
    )
    assert Company.steps >= max(200, WISHED * 9 // 10)
    # What these histories are about must really have happened in them.
    assert Company.happened["accepted"] >= 5, Company.happened
    assert Company.happened["worked"] >= 5, Company.happened
    assert Company.happened["moved"] >= 1, Company.happened
