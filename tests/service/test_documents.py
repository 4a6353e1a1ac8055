"""Quotations and travellers as PDF: everything that was chosen is there, nothing that was not is drawn."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from catalog import service as catalog
from ordering import keeping, service
from ordering.document_context import chosen_options
from ordering.document_words import full_day, money, plain_figure, short_day
from ordering.order import PromiseEventKind
from ordering.service import DocumentKind, Offered
from ordering.store import add_promise_event
from ordering.tables import DocumentRow, OrderRow
from tests.service.selling import NOW, SECRET, WINDOW, Shop
from web.database import Database
from web.documents import mark_drawing, order_pdf, quote_pdf, work_order_pdf

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
                              secret=SECRET, now=NOW)


def draw_order(shop: Shop, number: str, language: str = "en") -> bytes:
    with shop.database.transaction() as session:
        return order_pdf(session, order=service.get_order(session, number=number), language=language, base_url=BASE,
                         secret=SECRET, now=NOW)


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


def test_a_quotation_leads_to_its_check_and_never_to_its_acceptance(shop: Shop) -> None:
    offered = shop.offer()
    pdf = draw_quote(shop, offered)
    links = [item.get_object()["/A"]["/URI"] for page in PdfReader(BytesIO(pdf)).pages
             for item in page.get("/Annots", [])]
    assert links
    assert all(link.startswith(f"{BASE}/verify/Q-2026-0001.1.") for link in links)
    assert offered.token not in words(pdf)
    assert offered.token.encode() not in pdf


def test_a_confirmation_has_who_accepted_when_for_what_and_by_which_day(shop: Shop) -> None:
    offered = shop.offer(shop.request(("window", WINDOW, 8), ("bicycle", {"use": "city"}, 2)))
    with shop.database.transaction() as session:
        accepted = service.accept(session, token=offered.token, revision=1, idempotency_key="a", now=NOW,
                                  reference="PO-4711 采购", accepted_by="Li Na 李娜")
    pdf = draw_order(shop, accepted.order_number)
    text = words(pdf)
    for phrase in ("Order confirmation O-2026-0001", "Q-2026-0001 / 1", "PO-4711 采购", "Li Na 李娜",
                   "Monday 23 November 2026, 10:00", "Thursday 26 November 2026", "Monday 30 November 2026",
                   "1: 8 × Made-to-measure window", "2: 2 × Your bicycle", "16,604.48", "CNY", "VAT 13 %", "Terms",
                   "Suzhou", "Gusu Windows", "91320500DEMO00088X", "Deliveries"):
        assert phrase in text, phrase
    chinese = words(draw_order(shop, accepted.order_number, "zh_Hans_CN"))
    for phrase in ("订单确认书", "承诺交货日", "贵方采购单号", "PO-4711 采购", "交货安排", "姑苏门窗有限公司"):
        assert phrase in chinese, phrase
    assert len(pdf) < 500_000
    assert draw_order(shop, accepted.order_number) == pdf


def test_a_confirmation_after_a_moved_promise_is_a_new_one_that_says_why(shop: Shop) -> None:
    offered = shop.offer()
    accepted = shop.accept(offered)
    first = draw_order(shop, accepted.order_number)
    with shop.database.transaction() as session:
        order = session.scalars(select(OrderRow)).one()
        add_promise_event(session, quote=order.quote, kind=PromiseEventKind.MOVED, at=NOW + timedelta(hours=2),
                          promised_on=order.promised_on + timedelta(days=4), previous_on=order.promised_on,
                          reason="A furnace broke down.")
        order.promised_on += timedelta(days=4)
    second = draw_order(shop, accepted.order_number)
    text = words(second)
    assert second != first
    assert "Order confirmation O-2026-0001 Revision 2" in text
    assert full_day(offered.quote.promised_on, "en") in text
    assert full_day(offered.quote.promised_on + timedelta(days=4), "en") in text
    assert "A furnace broke down." in text
    assert "as accepted" in text


def tags(pdf: bytes) -> Counter[str]:
    """Count the structure elements of a document by their kind."""
    found: Counter[str] = Counter()
    waiting = [PdfReader(BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]]  # type: ignore[index]  # loose types
    while waiting:
        item = waiting.pop().get_object()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            if "/S" in item:
                found[str(item["/S"])] += 1
            if item.get("/S") == "/Figure":
                assert str(item.get("/Alt", "")).strip(), "a drawing that says nothing"
            if item.get("/S") == "/TH":
                assert item["/A"]["/Scope"] in {"/Row", "/Column"}
            if "/K" in item:
                waiting.append(item["/K"])
    return found


def drawn_papers(shop: Shop) -> dict[str, bytes]:
    offered = shop.offer(shop.request(("window", WINDOW, 8), ("bicycle", {"use": "city"}, 2)))
    papers = {f"quote-{language}": draw_quote(shop, offered, language) for language in ("en", "zh")}
    accepted = shop.accept(offered)
    return papers | {f"order-{language}": draw_order(shop, accepted.order_number, language)
                     for language in ("en", "zh")} | {"work-order": draw_work_order(shop)}


def test_every_paper_is_tagged_named_and_carries_its_fonts(shop: Shop) -> None:
    for name, pdf in drawn_papers(shop).items():
        root = PdfReader(BytesIO(pdf)).trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] is not False, name  # type: ignore[index]  # the library's loose types
        assert root["/Lang"] == ("en" if name.endswith("-en") else "zh-Hans"), name  # type: ignore[index]  # as above
        assert root["/ViewerPreferences"]["/DisplayDocTitle"] is not False, name  # type: ignore[index]  # as above
        metadata = root["/Metadata"].get_object().get_data().decode()  # type: ignore[index]  # as above
        assert 'pdfuaid:part="1"' in metadata, name
        assert "dc:title" in metadata, name
        found = tags(pdf)
        assert found["/H1"] == 1, name
        assert min(found[kind] for kind in ("/H2", "/P", "/Table", "/TR", "/TH", "/TD", "/Figure")) > 0, name
        fonts = [font.get_object() for page in PdfReader(BytesIO(pdf)).pages
                 for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]  # as above
        assert fonts
        for font in fonts:
            descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(descriptor), (name, font["/BaseFont"])
            assert "/ToUnicode" in font, name
        assert any("CJK" in str(font["/BaseFont"]) for font in fonts), name
        assert len(pdf) < 500_000, name


def test_every_page_says_which_of_how_many_it_is(shop: Shop) -> None:
    pages = PdfReader(BytesIO(drawn_papers(shop)["quote-en"])).pages
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page.extract_text()


def test_a_new_revision_says_what_it_replaces(shop: Shop) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        renewed = service.requote(session, token=offered.token, revision=1, secret=SECRET, now=NOW + timedelta(days=3))
    text = words(draw_quote(shop, renewed))
    day = short_day(offered.quote.promised_on, "en")
    assert f"Replaces revision 1, which promised {day} for {money(offered.quote.gross)} CNY." in text
