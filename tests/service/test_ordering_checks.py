"""Every invariant of ordering finds the breach it is there for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.orm import Session

from catalog.database import Base
from ordering import service
from ordering.tables import (
    APPEND_ONLY_TABLES,
    AuditRow,
    JobOrderRow,
    OrderRow,
    PromiseEventRow,
    QuoteLineRow,
    QuoteRow,
    WorkOrderRow,
)
from tests.service.selling import NOW, WINDOW, Shop

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


def test_an_empty_database_breaks_nothing(shop: Shop) -> None:
    assert shop.breaches() == []


def test_no_table_has_a_floating_point_column() -> None:
    kinds = {str(column.type) for table in Base.metadata.tables.values() if isinstance(table, Table)
             for column in table.columns}
    assert not {kind for kind in kinds if "FLOAT" in kind or "DOUBLE" in kind or "REAL" in kind}
