"""Offers that are revised: several ways stay one offer with one order, and a link stays with its customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from ordering import service
from ordering.customer import ContactEntry
from ordering.draft import QuoteDraft, Standing
from ordering.errors import DraftNotSendable, QuoteExpired, QuoteSuperseded
from ordering.quote import QuoteState
from ordering.service import KeptDraft
from ordering.tables import CustomerRow, OrderRow, QuoteRow
from scheduling.schedule import HoldState
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from tests.service.test_drafting import LI, change, count, fitting, header, window, write
from tests.service.test_sending import accept, choose, hold_states, plain, read, requote, send, sent_quote
from tests.service.test_sent_ways import trio_of


def revise(shop: Shop, number: str, revision: int = 1, key: str = "revise-1") -> KeptDraft:
    return write(shop, lambda session: service.revise_quote(
        session, number=number, revision=revision, owner=LI, language="en", idempotency_key=key, now=NOW))


@pytest.mark.parametrize("is_trio", [True, False])
def test_a_revised_offer_of_several_ways_takes_the_place_of_all_of_them(shop: Shop, is_trio: bool) -> None:
    old = trio_of(shop)
    new = send(shop, revise(shop, old.quotes[0].number), key="send-2", trio=is_trio)
    assert {quote.trio for quote in new.quotes} == {old.quotes[0].trio}
    assert new.quotes[0].revision == 2
    other = read(shop, old.tokens[1])
    assert other.state is QuoteState.SUPERSEDED
    assert hold_states(shop, other) == [HoldState.RELEASED]
    with shop.database.reading() as session:
        seen = service.list_siblings(session, quote=new.quotes[0], secret=SECRET)
        from_old = service.list_siblings(session, quote=other, secret=SECRET)
    assert {quote.number for quote, _ in seen} == set(new.quote_numbers) - {new.quotes[0].number}
    assert set(new.quote_numbers) <= {quote.number for quote, _ in from_old}, "an old link leads to the new ways"
    accept(shop, new.tokens[0], 2)
    with pytest.raises(QuoteSuperseded):
        accept(shop, old.tokens[1], 1, key="accept-2")
    assert count(shop, "customer_order") == 1
    assert shop.breaches() == []


def test_two_orders_of_one_offer_are_found(shop: Shop) -> None:
    sent = trio_of(shop)
    accept(shop, sent.tokens[0])
    other, token = sent_quote(shop, plain(shop), key="draft-2")
    accept(shop, token, key="accept-2")
    assert shop.breaches() == []
    write(shop, lambda session: session.execute(
        update(QuoteRow).where(QuoteRow.number == sent.quotes[0].number).values(state="superseded")))
    write(shop, lambda session: session.execute(
        update(QuoteRow).where(QuoteRow.number == other.number).values(trio=sent.quotes[0].trio)))
    with shop.database.reading() as session:
        assert session.scalar(select(func.count(OrderRow.id))) == 2
    assert any("2 orders" in breach for breach in shop.breaches())


def test_a_quotes_link_belongs_to_its_customer(shop: Shop) -> None:
    quote, token = sent_quote(shop, plain(shop))
    draft = revise(shop, quote.number)
    terms = replace(draft.content.header, customer_name="B", customer_email="b@other.example", reference="B's")
    draft = change(shop, draft, replace(draft.content, header=terms))
    with pytest.raises(DraftNotSendable) as refused:
        send(shop, draft, key="send-2")
    assert (refused.value.detail["why"], refused.value.detail["field"]) == ("customer", "customer_email")
    assert read(shop, token).customer_name == quote.customer_name
    with shop.database.reading() as session:
        assert service.is_for_another_customer(session, draft=draft)
        assert session.scalar(select(CustomerRow.id).where(CustomerRow.email == "b@other.example")) is None
    assert shop.breaches() == []


def test_another_address_of_the_same_customer_may_be_typed(shop: Shop) -> None:
    quote, token = sent_quote(shop, plain(shop))
    with shop.database.transaction() as session:
        other = service.add_contact(session, entry=ContactEntry("Li L.", "li2@example.org"), key="another-contact",
                                    now=NOW, actor=LI)
        kept = service.list_contacts(session, search=quote.customer_email).contacts[0]
        service.merge_contacts(session, kept_id=kept.id, merged_id=other.id, now=NOW, actor=LI)
    draft = revise(shop, quote.number)
    terms = replace(draft.content.header, customer_email="LI2@example.org")
    new = send(shop, change(shop, draft, replace(draft.content, header=terms)), key="send-2")
    assert new.tokens == (token,)
    assert shop.breaches() == []


def test_a_revision_for_another_customer_is_found(shop: Shop) -> None:
    quote, _ = sent_quote(shop, plain(shop))
    send(shop, revise(shop, quote.number), key="send-2")
    sent_quote(shop, QuoteDraft(replace(plain(shop).header, customer_email="b@other.example"), plain(shop).lines),
               key="draft-2")
    with shop.database.reading() as session:
        other = session.scalar(select(CustomerRow.id).where(CustomerRow.email == "b@other.example"))
    write(shop, lambda session: session.execute(update(QuoteRow).where(
        QuoteRow.number == quote.number, QuoteRow.revision == 1).values(customer_id=other)))
    assert any("several customers" in breach for breach in shop.breaches())


def test_an_alternative_takes_the_same_lines_place_whenever_it_is_chosen(shop: Shop) -> None:
    other = replace(window(shop, 1, standing=Standing.ALTERNATIVE),
                    choices=tuple(sorted({**WINDOW, "profile": "ALU75"}.items())))
    content = QuoteDraft(header(), (window(shop, 1), fitting(standing=Standing.OPTIONAL), other))
    quote, token = sent_quote(shop, content)
    assert quote.replaced_line(3) == 1
    choose(shop, token, 1, 2)
    step = choose(shop, token, 2, 3, key="choose-2")
    _, second = sent_quote(shop, content, key="draft-2")
    once = choose(shop, second, 1, 2, 3, key="choose-3")
    assert [line.position for line in step.lines] == [line.position for line in once.lines] == [3]
    assert step.net == once.net
    assert step.replaced_line(1) == 3
    back = choose(shop, token, 3, 1, key="choose-4")
    assert [line.position for line in back.lines] == [1]
    assert shop.breaches() == []


def test_a_price_is_not_kept_for_ever(shop: Shop) -> None:
    quote, token = sent_quote(shop, plain(shop))
    over = quote.valid_until + timedelta(days=30)
    assert requote(shop, token, 1, over - timedelta(hours=1)).net == quote.net
    with pytest.raises(QuoteExpired):
        requote(shop, token, 2, over)
    offered = shop.offer()
    with pytest.raises(QuoteExpired):
        requote(shop, offered.token, 1, offered.quote.valid_until + timedelta(days=30))
