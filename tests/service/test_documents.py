"""Quotations and travellers as PDF: everything that was chosen is there, nothing that was not is drawn."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from catalog import service as catalog
from ordering import keeping, service
from ordering.document_context import chosen_options
from ordering.document_words import plain_figure
from ordering.service import DocumentKind, Offered
from ordering.tables import DocumentRow
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from web.database import Database
from web.documents import mark_drawing, quote_pdf, work_order_pdf

BASE = "https://onelot.example"
ATTACK = '<link rel=attachment href="file:///etc/passwd"><img src=//127.0.0.1:9>'


@pytest.fixture
def shop(sqlite_url: str, model_cache: Path) -> Shop:
    """The demo world on SQLite; documents do not depend on the database's kind."""
    made = Shop(Database(sqlite_url), model_cache)
    made.open()
    return made


def draw_quote(shop: Shop, offered: Offered, language: str = "en") -> bytes:
    with shop.database.transaction() as session:
        quote = service.get_quote(session, token=offered.token)
        return quote_pdf(session, quote=quote, language=language, base_url=BASE, secret=SECRET, now=NOW)


def draw_work_order(shop: Shop, number: str = "W-2026-0001") -> bytes:
    with shop.database.transaction() as session:
        return work_order_pdf(session, work_order=service.get_work_order(session, number=number), base_url=BASE,
                              now=NOW)


def words(pdf: bytes) -> str:
    """Give the text of all pages with its white space made even."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def test_a_quotation_has_every_choice_the_money_and_the_promise(shop: Shop) -> None:
    offered = shop.offer(shop.request(("window", WINDOW, 8)))
    pdf = draw_quote(shop, offered)
    text = words(pdf)
    with shop.database.reading() as session:
        definition = catalog.get_newest(session, product_code="window").definition
    options = chosen_options(definition, offered.quote.lines[0].choices, "en")
    assert len(options) == len(offered.quote.lines[0].choices)
    for option in options:
        assert str(option["title"]) in text
        assert str(option["value"]) in text
    for amount in ("2,075.56", "16,604.48", "2,158.58", "18,763.06", "0.82", "69.0 kg", "CNY", "VAT 13 %"):
        assert amount in text
    for phrase in ("Q-2026-0001", "Thursday 26 November 2026", "Wednesday 25 November 2026, 10:00", "RFQ 26-118",
                   "Jiangnan Living 江南宜居", "li@example.org", "Suzhou"):
        assert phrase in text
    read = PdfReader(BytesIO(pdf))
    assert read.metadata is not None
    assert read.metadata.title == "Quotation Q-2026-0001 Revision 1"
    assert not read.attachments
    assert len(pdf) < 500_000


def test_a_chinese_quotation_is_chinese(shop: Shop) -> None:
    pdf = draw_quote(shop, shop.offer(), "zh_Hans_CN")
    text = words(pdf)
    for phrase in ("报价单", "2026年11月", "承诺交货日", "内开内倒", "增值税", "2,075.56"):
        assert phrase in text
    root = PdfReader(BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == "zh-Hans"  # type: ignore[index]  # the library's loose types


def test_a_traveller_has_each_operation_with_unit_time_and_code(shop: Shop) -> None:
    accepted = shop.accept(shop.offer(shop.request(("window", WINDOW, 8))))
    pdf = draw_work_order(shop)
    read = PdfReader(BytesIO(pdf))
    assert len(read.pages) == 1
    text = words(pdf)
    with shop.database.reading() as session:
        work_order = service.get_order(session, number=accepted.order_number).work_orders[0]
        picked = service.list_pick_lines(session, number="W-2026-0001")
    for item in work_order.job_orders:
        assert item.unit_code in text
        assert f"{plain_figure(item.standard_minutes, 1)} min" in text  # at a unit of speed 1
        assert item.title.in_language("zh") in text
        assert item.title.in_language("en") in text
        assert item.instruction.in_language("zh") in text
    for line in picked:
        assert line.part in text
    for phrase in ("W-2026-0001", "O-2026-0001", "1230 mm", "1480 mm", "PVC 82", "内开内倒", "8 ×", "11月25日 14:00"):
        assert phrase in text
    assert read.metadata is not None
    assert read.metadata.title == "工单 W-2026-0001"


def test_markup_in_an_engraving_or_a_reference_stays_text(shop: Shop) -> None:
    engraving = "<img src=//x>{{7*7}}"
    offered = shop.offer(shop.request(("bicycle", {"engraving": "laser", "engraving_text": engraving}, 1),
                                      reference=ATTACK))
    shop.accept(offered)
    quotation, traveller = draw_quote(shop, offered), draw_work_order(shop)
    for pdf in (quotation, traveller):
        assert engraving.replace(" ", "") in words(pdf).replace(" ", "")
        assert not PdfReader(BytesIO(pdf)).attachments
        assert b"/EmbeddedFile" not in pdf
    assert ATTACK.replace(" ", "") in words(quotation).replace(" ", "")


def test_only_drawings_pass_unescaped() -> None:
    assert mark_drawing('<svg viewBox="0 0 1 1"></svg>') == '<svg viewBox="0 0 1 1"></svg>'
    assert mark_drawing("<script>") == "&lt;script&gt;"
    assert mark_drawing("") == ""


def test_a_document_is_kept_and_a_damaged_one_is_drawn_again_alike(shop: Shop) -> None:
    offered = shop.offer()
    first = draw_quote(shop, offered)
    for damage in (b"", b"%PDF damaged", first[:-1]):
        with shop.database.transaction() as session:
            session.execute(update(DocumentRow).values(content=damage))
            assert service.find_document(session, kind=DocumentKind.QUOTE, subject="Q-2026-0001", revision=1,
                                         language="en") is None
        assert draw_quote(shop, offered) == first
    with shop.database.reading() as session:
        kept = service.find_document(session, kind=DocumentKind.QUOTE, subject="Q-2026-0001", revision=1, language="en")
    assert kept == first


@pytest.mark.postgresql
def test_two_processes_may_draw_and_keep_the_same_document(
    postgresql_url: str, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgresql_url)
    shop = Shop(database, model_cache)
    key = {"kind": DocumentKind.QUOTE, "subject": "Q-1", "revision": 1, "language": "en"}
    first, second = database.open_session(), database.open_session()
    service.keep_document(first, **key, content=b"same", now=NOW)  # type: ignore[arg-type]  # one mapping
    monkeypatch.setattr(keeping, "_find", lambda *_arguments, **_options: None)  # both looked before either kept
    first.commit()
    service.keep_document(second, **key, content=b"same", now=NOW)  # type: ignore[arg-type]  # one mapping
    second.commit()
    monkeypatch.undo()
    with shop.database.reading() as session:
        assert service.find_document(session, **key) == b"same"  # type: ignore[arg-type]  # one mapping
    first.close()
    second.close()
    database.dispose()


def test_an_empty_document_is_never_kept(shop: Shop) -> None:
    with shop.database.transaction() as session, pytest.raises(ValueError, match="empty"):
        service.keep_document(session, kind=DocumentKind.QUOTE, subject="Q-1", revision=1, language="en", content=b"",
                              now=NOW)


def test_the_link_in_a_quotation_is_left_out_when_the_secret_has_changed(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        quote = service.get_quote(session, token=offered.token)
        pdf = quote_pdf(session, quote=quote, language="en", base_url=BASE, secret="another secret", now=NOW)
    assert "Q-2026-0001" in words(pdf)
    assert pdf != draw_quote(shop, shop.offer(shop.request(email="b@example.org"), key="k2"))
