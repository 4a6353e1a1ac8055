"""Questions about an order: each stands once, is unread until the sales desk read it, and stays within its limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ordering import service
from ordering.errors import IdempotencyMismatch, OrderNotFound, QuoteNotFound, RequestInvalid
from ordering.messages import LONGEST_MESSAGE, MOST_MESSAGES
from ordering.service import Offered, OrderMessage, Side
from tests.service.selling import NOW, Shop

LATER = NOW + timedelta(hours=1)
NUMBER = "O-2026-0001"


def ordered(shop: Shop) -> Offered:
    offered = shop.offer()
    shop.accept(offered)
    return offered


def ask(shop: Shop, offered: Offered, text: str = "Can you ring before?", key: str = "q1") -> None:
    with shop.database.transaction() as session:
        service.ask_sales(session, token=offered.token, text=text, idempotency_key=key, now=NOW)


def answer(shop: Shop, text: str = "We will.", key: str = "a1", number: str = NUMBER) -> None:
    with shop.database.transaction() as session:
        service.answer_customer(session, number=number, text=text, author="sales", idempotency_key=key, now=LATER)


def messages(shop: Shop, number: str = NUMBER) -> tuple[OrderMessage, ...]:
    with shop.database.reading() as session:
        return service.list_messages(session, order_id=service.get_order(session, number=number).id)


def unread(shop: Shop, *numbers: str) -> list[int]:
    with shop.database.reading() as session:
        ids = [service.get_order(session, number=number).id for number in numbers]
        counts = service.count_unread(session, order_ids=ids)
    return [counts.get(order_id, 0) for order_id in ids]


def test_a_question_and_its_answer_stand_in_order(shop: Shop) -> None:
    offered = ordered(shop)
    ask(shop, offered, "  Can you ring before?\nSecond line 你好  ")
    answer(shop)
    question, reply = messages(shop)
    assert (question.side, question.author, question.text, question.at) == (
        Side.CUSTOMER, offered.quote.customer_name, "Can you ring before?\nSecond line 你好", NOW)
    assert (reply.side, reply.author, reply.text, reply.at) == (Side.SALES, "sales", "We will.", LATER)
    assert shop.breaches() == []


def test_a_message_sent_twice_stands_once(shop: Shop) -> None:
    offered = ordered(shop)
    for _ in range(3):
        ask(shop, offered)
        answer(shop)
    assert len(messages(shop)) == 2
    with pytest.raises(IdempotencyMismatch):
        ask(shop, offered, "Another text")
    ask(shop, offered, key="a1")
    assert len(messages(shop)) == 3, "the two sides' keys do not meet"


def test_questions_are_unread_until_they_are_answered_or_marked(shop: Shop) -> None:
    one = ordered(shop)
    other = shop.offer(key="offer-2")
    shop.accept(other, key="accept-2")
    for number, offered in enumerate((one, one, other)):
        ask(shop, offered, key=f"q{number}")
    assert unread(shop, NUMBER, "O-2026-0002") == [2, 1]
    assert [item.is_unread for item in messages(shop)] == [True, True]
    answer(shop)
    assert unread(shop, NUMBER, "O-2026-0002") == [0, 1]
    ask(shop, one, "One more thing", key="q9")
    assert unread(shop, NUMBER) == [1]
    assert [item.is_unread for item in messages(shop)] == [False, False, False, True]
    with shop.database.transaction() as session:
        service.mark_messages_read(session, number=NUMBER, now=LATER)
    assert unread(shop, NUMBER, "O-2026-0002") == [0, 1]
    with shop.database.reading() as session:
        assert service.count_unread(session, order_ids=[]) == {}


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST_MESSAGE + 1)])
def test_an_empty_or_endless_message_is_refused(shop: Shop, text: str) -> None:
    offered = ordered(shop)
    with pytest.raises(RequestInvalid) as refused:
        ask(shop, offered, text)
    assert refused.value.detail["field"] == "text"
    with pytest.raises(RequestInvalid):
        answer(shop, text)
    assert messages(shop) == ()
    ask(shop, offered, "x" * LONGEST_MESSAGE)
    assert len(messages(shop)) == 1


def test_an_order_takes_so_many_messages(shop: Shop) -> None:
    offered = ordered(shop)
    with shop.database.transaction() as session:
        for number in range(MOST_MESSAGES):
            service.ask_sales(session, token=offered.token, text=f"Question {number}", idempotency_key=f"q{number}",
                              now=NOW)
    with pytest.raises(RequestInvalid):
        ask(shop, offered, key="one more")
    with pytest.raises(RequestInvalid):
        answer(shop)
    ask(shop, offered, "Question 7", key="q7")
    assert len(messages(shop)) == MOST_MESSAGES


def test_who_has_no_order_asks_nothing(shop: Shop) -> None:
    offered = shop.offer()
    with pytest.raises(OrderNotFound):
        ask(shop, offered)
    with pytest.raises(QuoteNotFound):
        ask(shop, Offered(offered.quote, offered.token.swapcase()))
    with pytest.raises(OrderNotFound):
        answer(shop)
    with pytest.raises(OrderNotFound), shop.database.transaction() as session:
        service.mark_messages_read(session, number=NUMBER, now=NOW)
