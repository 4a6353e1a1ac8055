"""Every invariant of ordering finds the breach it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.orm import Session

from catalog.database import Base
from ordering import service
from ordering.checks import quantity_breaches
from ordering.configured import recall
from ordering.tables import (
    APPEND_ONLY_TABLES,
    AuditRow,
    IdempotencyRow,
    JobOrderRow,
    NumberSeriesRow,
    OrderRow,
    PromiseEventRow,
    QuoteLineRow,
    QuoteRow,
    WorkOrderRow,
)
from scheduling.tables import BookingRow, HoldRow
from tests.service.selling import NOW, SECRET, WINDOW, Shop

Damage = Callable[[Session], object]
DAMAGES: dict[str, tuple[str, Damage]] = {
    "a quote without its order": ("I5", lambda s: (
        s.execute(delete(JobOrderRow)), s.execute(delete(WorkOrderRow)), s.execute(delete(OrderRow)))),
    "an order on an open quote": ("I5", lambda s: s.execute(
        update(QuoteRow).values(state="offered", closed_at=None))),
    "an order that costs less": ("I6", lambda s: s.execute(
        update(OrderRow).values(net_minor=OrderRow.net_minor - 1, gross_minor=OrderRow.gross_minor - 1))),
    "a quote that is not its lines": ("I6", lambda s: s.execute(
        update(QuoteRow).values(net_minor=QuoteRow.net_minor + 1, gross_minor=QuoteRow.gross_minor + 1))),
    "a promise on a Sunday": ("I8", lambda s: s.execute(
        update(QuoteLineRow).values(promised_on=(NOW + timedelta(days=6)).date()))),
    "a promise before the arrival": ("I8", lambda s: s.execute(
        update(QuoteLineRow).values(promised_on=NOW.date()))),
    "a promise nobody was told": ("I9", lambda s: s.execute(delete(PromiseEventRow))),
    "a configuration that breaks a rule": ("I10", lambda s: s.execute(
        update(QuoteLineRow).values(choices={**s.scalars(select(QuoteLineRow)).one().choices, "width": "3000"}))),
    "a version that is not there": ("I10", lambda s: s.execute(
        update(QuoteLineRow).values(content_hash="0" * 64))),
    "a line without a work order": ("I12", lambda s: (s.execute(delete(JobOrderRow)), s.execute(delete(WorkOrderRow)))),
    "a job order too few": ("I13", lambda s: s.execute(delete(JobOrderRow).where(JobOrderRow.position == 1))),
    "a work order finished too early": ("I14", lambda s: s.execute(update(WorkOrderRow).values(state="finished"))),
    "an open quote that is closed": ("I14", lambda s: s.execute(update(QuoteRow).values(closed_at=None))),
    "a changed audit entry": ("I15", lambda s: s.execute(update(AuditRow).values(actor="somebody else"))),
    "a canceled work order that holds capacity": ("I17", lambda s: s.execute(
        update(WorkOrderRow).values(state="canceled"))),
    "an unknown currency": ("I26", lambda s: s.execute(update(QuoteRow).values(currency="XXX"))),
    "a live job order that takes longer than its booking": ("I13", lambda s: s.execute(
        update(JobOrderRow).values(work_minutes=JobOrderRow.work_minutes + 3))),
    "a live job order at another time than its booking": ("I13", lambda s: s.execute(
        update(JobOrderRow).values(planned_end_at=NOW + timedelta(days=90)))),
    "a live job order on another unit than its booking": ("I13", lambda s: s.execute(
        update(JobOrderRow).values(unit_id=JobOrderRow.unit_id + 1))),
    "a live job order whose booking was given away": ("I13", lambda s: s.execute(
        update(BookingRow).where(BookingRow.operation == 0).values(state="released"))),
    "a job order with another standard time than its routing": ("I13", lambda s: s.execute(
        update(JobOrderRow).values(standard_minutes="1/7"))),
    "an order without its stored answer": ("I19", lambda s: s.execute(
        delete(IdempotencyRow).where(IdempotencyRow.scope == "accept"))),
    "an order with two stored answers": ("I19", lambda s: s.execute(
        update(IdempotencyRow).values(scope="accept", answer={"order": s.scalars(select(OrderRow.number)).one()}))),
    "a stored answer that names no order": ("I19", lambda s: s.execute(
        update(IdempotencyRow).where(IdempotencyRow.scope == "accept").values(answer={"order": "O-2026-9999"}))),
    "a quote without its stored answer": ("I19", lambda s: s.execute(
        delete(IdempotencyRow).where(IdempotencyRow.scope == "offer"))),
    "a series behind the numbers given out": ("I21", lambda s: s.execute(update(NumberSeriesRow).values(last=0))),
    "a series that is lost": ("I21", lambda s: s.execute(delete(NumberSeriesRow))),
    "a number that is none": ("I21", lambda s: s.execute(update(WorkOrderRow).values(number="W-26-1"))),
    "a job order numbered as none of its work order": ("I21", lambda s: s.execute(
        update(JobOrderRow).where(JobOrderRow.position == 0).values(number="W-2026-0009-10"))),
    "a line whose footprint nobody can explain": ("I27", lambda s: s.execute(
        update(QuoteLineRow).values(co2_grams=QuoteLineRow.co2_grams + 1_000_000))),
    "a plan whose footprint was changed": ("I27", lambda s: s.execute(
        update(HoldRow).values(co2_grams=HoldRow.co2_grams + 1))),
    "a quote whose footprint is not its lines": ("I32", lambda s: s.execute(
        update(QuoteRow).values(co2_grams=QuoteRow.co2_grams + 1_000_000))),
    "a price nobody can explain": ("I27", lambda s: s.execute(update(QuoteLineRow).values(
        unit_net_minor=QuoteLineRow.unit_net_minor + 100, net_minor=QuoteLineRow.net_minor + 200,
        gross_minor=QuoteLineRow.gross_minor + 200))),
}


def lift_guards(session: Session) -> None:
    """Take away what makes the damage impossible in the first place."""
    if session.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY_TABLES:
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER {table}_refuses_{verb}"))
    else:
        for table in APPEND_ONLY_TABLES:
            session.execute(text(f"DROP TRIGGER {table}_refuses_change ON {table}"))


@pytest.fixture
def sold(shop: Shop) -> Shop:
    """A shop with one order."""
    shop.accept(shop.offer(shop.request(("window", WINDOW, 2))))
    assert shop.breaches() == []
    return shop


def test_every_damage_is_found_as_the_breach_it_is(sold: Shop) -> None:
    with sold.database.transaction() as session:
        lift_guards(session)
    for name, (invariant, damage) in DAMAGES.items():
        session = sold.database.open_session()
        try:
            damage(session)
            session.expire_all()
            found = {breach.invariant for breach in service.check(session, now=NOW)}
        finally:
            session.rollback()
            session.close()
        assert invariant in found, f"{name} was not found, only {sorted(found)}"
    assert sold.breaches() == []


def test_a_canceled_order_and_a_new_date_break_nothing(sold: Shop) -> None:
    asked = sold.offer(key="offer-2")
    later = NOW + timedelta(hours=1)
    with sold.database.transaction() as session:
        service.requote(session, token=asked.token, revision=1, secret=SECRET, now=later)
        order = session.scalars(select(OrderRow.number)).one()
        service.cancel_order(session, number=order, reason="changed plans", now=later)
    assert sold.breaches(later) == []


def test_a_part_of_no_quantity_is_found(sold: Shop) -> None:
    with sold.database.reading() as session:
        line = session.scalars(select(QuoteLineRow)).one()
        configured = recall(session, content_hash=line.content_hash, choices=line.choices)
        none = replace(configured.explosion.bom[0], quantity=Fraction(0))
        damaged = replace(configured, explosion=replace(configured.explosion, bom=(none,)))
        assert [breach.invariant for breach in quantity_breaches(line, damaged)] == ["I24"]
        assert list(quantity_breaches(line, configured)) == []


def test_an_empty_database_breaks_nothing(shop: Shop) -> None:
    assert shop.breaches() == []


def test_no_table_has_a_floating_point_column() -> None:
    kinds = {str(column.type) for table in Base.metadata.tables.values() if isinstance(table, Table)
             for column in table.columns}
    assert not {kind for kind in kinds if "FLOAT" in kind or "DOUBLE" in kind or "REAL" in kind}
