"""The history of an e-mail address: all of it, the newest revisions, and nothing of anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ordering import service
from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.service import HistoryEntry
from ordering.tables import CustomerRow, QuoteRow
from tests.service.selling import NOW, SECRET, Shop


def history(shop: Shop, email: str, *, secret: str = SECRET, **page: int) -> tuple[HistoryEntry, ...]:
    with shop.database.reading() as session:
        return service.list_history(session, email=email, secret=secret, **page)


def test_address_sees_its_quotes_and_orders_newest_first_with_their_links(shop: Shop) -> None:
    first = shop.offer()
    second = shop.offer(shop.request(email="LI@example.org"), key="offer-2", now=NOW + timedelta(minutes=5))
    shop.offer(shop.request(email="other@example.org"), key="offer-3")
    accepted = shop.accept(first)
    found = history(shop, " Li@Example.org ")
    assert [entry.quote.number for entry in found] == [second.quote.number, first.quote.number]
    assert [entry.token for entry in found] == [second.token, first.token]
    assert found[1].order_number == accepted.order_number
    assert found[1].order_state is OrderState.CONFIRMED
    assert found[0].order_state is None
    assert found[0].quote.state is QuoteState.OFFERED
    assert [entry.quote.number for entry in history(shop, "li@example.org", offset=1, limit=1)] == [first.quote.number]
    assert {entry.token for entry in history(shop, "li@example.org", secret="changed")} == {""}


def test_only_the_newest_revision_of_a_quote_is_listed(shop: Shop) -> None:
    offered = shop.offer()
    later = NOW + timedelta(hours=50)
    with shop.database.transaction() as session:
        service.requote(session, token=offered.token, revision=1, secret=SECRET, now=later)
    assert [entry.quote.revision for entry in history(shop, "li@example.org")] == [2]


@pytest.mark.parametrize("email", ["", "%", "li@example.or", "xli@example.org", "li@example.org' OR '1'='1"])
def test_other_address_sees_nothing(shop: Shop, email: str) -> None:
    shop.offer()
    assert history(shop, email) == ()


def test_erased_address_sees_nothing_and_a_merged_one_what_was_asked_for_with_it(shop: Shop) -> None:
    shop.offer()
    shop.offer(shop.request(email="other@example.org"), key="offer-2")
    with shop.database.transaction() as session:
        other = service.list_history(session, email="other@example.org", secret=SECRET)[0]
        target = session.scalar(select(CustomerRow.id).where(CustomerRow.email == "other@example.org"))
        session.execute(update(CustomerRow).where(CustomerRow.email == "li@example.org").values(merged_into_id=target))
        session.execute(update(QuoteRow).values(customer_id=target))
    assert [entry.quote.customer_email for entry in history(shop, "li@example.org")] == ["li@example.org"]
    assert history(shop, "other@example.org") == (other,)
    with shop.database.transaction() as session:
        session.execute(update(CustomerRow).values(erased_at=NOW))
    assert history(shop, "other@example.org") == ()
