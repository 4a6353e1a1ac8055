"""The papers of a sent quote say what it says, in the customer's language, and add up."""

from __future__ import annotations

import pytest

from catalog.money import Money
from ordering import document_words, service
from tests.service.selling import NOW, SECRET, Shop
from tests.service.test_documents import draw_order, words
from tests.service.test_sending import accept, sent_quote, whole
from web.database import Database
from web.documents import quote_pdf

BASE = "https://onelot.example"


@pytest.fixture
def shop(sqlite_url: str, model_cache: object) -> Shop:
    """The demo world on SQLite; documents do not depend on the database's kind."""
    made = Shop(Database(sqlite_url), model_cache)  # type: ignore[arg-type]  # a fixture's path
    made.open()
    return made


def text_of(shop: Shop, token: str, language: str) -> str:
    with shop.database.transaction() as session:
        quote = service.get_quote(session, token=token)
        return words(quote_pdf(session, quote=quote, language=language, base_url=BASE, secret=SECRET, now=NOW))


def test_the_quotation_has_everything_and_says_what_is_in_no_total(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    text = text_of(shop, token, "en")
    subtotal = Money(quote.net.amount_minor + quote.total_discount_minor, quote.currency)
    amounts = [quote.net, quote.gross, subtotal, *(tax for _, tax in quote.taxes), *(item.net for item in quote.breaks),
               *(item.totals.net for item in quote.items if item.may_be_chosen)]
    for amount in amounts:
        assert document_words.money(amount) in text
    for phrase in ("Ground floor", "Fitting", "Discount 3.5 %", "Discount on the total 2 %", "VAT 9 %", "VAT 13 %",
                   "Can be added or chosen instead, not in the total", "Option", "Alternative, in place of no. 3",
                   "Other quantities, each for itself", "30 days net", "DAP", "Mind the stairs."):
        assert phrase in text, phrase
    assert "70,000" not in text
    assert "700.00" not in text, "what a free line costs us is on no paper"


def test_the_chinese_quotation_has_chinese_notes_and_words(shop: Shop) -> None:
    _, token = sent_quote(shop, whole(shop))
    text = text_of(shop, token, "zh")
    for phrase in ("注意楼梯。", "可选项，不计入合计", "总额折扣 2 %", "付款条件"):
        assert phrase in text, phrase


def test_the_confirmation_has_the_same_lines_and_sums(shop: Shop) -> None:
    quote, token = sent_quote(shop, whole(shop))
    text = words(draw_order(shop, accept(shop, token)))
    for amount in (quote.net, quote.gross):
        assert document_words.money(amount) in text
    for phrase in ("Ground floor", "Fitting", "Discount on the total 2 %", "30 days net"):
        assert phrase in text, phrase
    assert "Can be added" not in text
