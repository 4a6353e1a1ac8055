"""Many quotes and orders put into a database at once: copies of one real offer with other facts, by a seed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, inspect, select
from sqlalchemy.orm import Session

from ordering.tables import CustomerRow, OrderRow, QuoteLineRow, QuoteRow

STATES = ("offered", "accepted", "declined", "expired", "superseded")
NAMES = ("Jiangnan Living 江南宜居", "Lu & Söhne", "100 % Fenster_Bau", "=cmd|x", "Bäckerei Nørd", "Harbor Homes")
BATCH = 2000


def add_many(session: Session, *, count: int, now: datetime, seed: int = 7) -> None:
    """Copy the first quote of a database ``count`` times, with random facts; every accepted copy becomes an order.

    Parameters
    ----------
    count
        How many quotes.
    now
        Aware UTC; offers lie in the 500 days before it.
    seed
        Of everything random.
    """
    draw = random.Random(seed)
    quote = _columns(session.scalars(select(QuoteRow).order_by(QuoteRow.id).limit(1)).one())
    line = _columns(session.scalars(select(QuoteLineRow).order_by(QuoteLineRow.id).limit(1)).one())
    customers = _add_customers(session, draw, max(2, count // 20), now)
    first = quote["id"] + 1
    for start in range(0, count, BATCH):
        facts = [_facts(draw, number, customers, now) for number in range(start, min(start + BATCH, count))]
        session.execute(insert(QuoteRow), [quote | item | {"id": first + start + place}
                                           for place, item in enumerate(facts)])
        session.execute(insert(QuoteLineRow), [
            line | {"id": first + start + place, "quote_id": first + start + place, "position": 1, "hold_id": None,
                    "job_code": f"copy-{start + place}"} for place in range(len(facts))])
        orders = [_order(draw, item, first + start + place) for place, item in enumerate(facts)
                  if item["state"] == "accepted"]
        if orders:
            session.execute(insert(OrderRow), orders)
    session.flush()


def _columns(row: Any) -> dict[str, Any]:  # Any: a row of any table and its values
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}


def _add_customers(session: Session, draw: random.Random, count: int, now: datetime) -> list[tuple[int, str]]:
    found = []
    for number in range(count):
        name = f"{draw.choice(NAMES)} {number}"
        row = CustomerRow(email=f"buyer{number}@firm{number % 97}.example.org", name=name, created_at=now)
        session.add(row)
        session.flush()
        found.append((row.id, name))
    return found


def _facts(draw: random.Random, number: int, customers: list[tuple[int, str]], now: datetime) -> dict[str, Any]:
    offered_at = now - timedelta(minutes=draw.randrange(1, 500 * 1440))
    valid_until = offered_at + timedelta(hours=draw.choice((48, 240, 24 * 500)))
    state = draw.choice(STATES)
    customer_id, name = draw.choice(customers)
    net = draw.randrange(10_000, 9_000_000)
    closed = min(offered_at + timedelta(hours=draw.randrange(1, 400)), now)
    return {
        "number": f"Q-2025-{number + 1:05d}", "revision": 1, "state": state, "customer_id": customer_id,
        "customer_name": name, "reference": f"RFQ {draw.randrange(1000)}", "currency": draw.choice(("CNY", "EUR")),
        "destination": draw.choice(("SZ", "WX")), "net_minor": net, "tax_minor": 0, "gross_minor": net,
        "promised_on": date(2026, 1, 1) + timedelta(days=draw.randrange(400)), "offered_at": offered_at,
        "valid_until": valid_until, "closed_at": None if state == "offered" else closed,
        "link_seed": f"seed-{number}", "token_hash": f"{number:064d}",
    }


def _order(draw: random.Random, quote: dict[str, Any], quote_id: int) -> dict[str, Any]:
    state = draw.choice(("confirmed", "in_production", "made", "delivered", "canceled"))
    closed_at = quote["closed_at"] if state in {"delivered", "canceled"} else None
    return {
        "number": quote["number"].replace("Q", "O"), "quote_id": quote_id, "quote_number": quote["number"],
        "state": state, "currency": quote["currency"], "net_minor": quote["net_minor"], "tax_minor": 0,
        "gross_minor": quote["net_minor"], "promised_on": quote["promised_on"], "reference": "PO 7",
        "accepted_at": quote["closed_at"].astimezone(UTC), "closed_at": closed_at,
    }
