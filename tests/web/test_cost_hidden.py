"""What goods cost us and what we earn stands on pages of sales people, and on nothing that reaches a customer."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from fractions import Fraction

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from catalog import service as catalog
from ordering import service as ordering
from ordering.approval import DiscountLimits
from ordering.configured import LineRequest, complete
from ordering.draft import ConfiguredLine, DraftHeader, QuoteDraft, Standing
from ordering.paper_facts import quote_facts
from ordering.verify_code import make_code
from tests.conftest import SECRET
from tests.web.conftest import OpenShop
from tests.web.shopping import OPENED_AT, WINDOW, press

WORDS = ("unit_cost", "cost_minor", "Margin", "margin at most", "毛利", "利润率")
HEADER = DraftHeader(currency="CNY", customer_name="Jiangnan Living", customer_email="cost@example.org",
                     destination="SZ", total_discount=Fraction(2))


def written(minor: int) -> set[str]:
    """The ways in which an amount could be written."""
    major = Fraction(minor, 100)
    return {str(minor), f"{float(major):.2f}", f"{float(major):,.2f}"}


@pytest.fixture(scope="module")
def secrets(open_shop_site: OpenShop) -> tuple[str, set[str]]:
    """The token of a quote for windows, and every way to write its costs and its margin."""
    with open_shop_site.app.extensions["onelot_database"].transaction() as session:
        newest = catalog.get_newest(session, product_code="window").content_hash
        line = ConfiguredLine(newest, tuple(sorted(WINDOW.items())), 8, breaks=(20,))
        content = QuoteDraft(HEADER, (line, replace(line, quantity=3, breaks=(), standing=Standing.OPTIONAL)))
        shown = ordering.preview_draft(session, draft=content, limits=DiscountLimits(), now=OPENED_AT)
        assert shown.totals.is_cost_complete
        assert shown.totals.margin_percent is not None
        known = complete(session, LineRequest(newest, WINDOW, 8), on=OPENED_AT.date(), cache_directory=None)
        draft = ordering.create_draft(session, content=content, owner="li", now=OPENED_AT, idempotency_key="hide-draft")
        sent = ordering.send_draft(
            session, draft_id=draft.id, version=1, by="li", trio=False, secret=SECRET, now=OPENED_AT,
            idempotency_key="hide-send", limits=DiscountLimits())
    found = {f"{float(shown.totals.margin_percent):.1f} %"}
    for priced in (*shown.totals.lines, shown.breaks[0].line):
        figures = priced.figures
        found |= written(figures.cost_minor or 0) | written(priced.margin_minor or 0)
        found |= written(known.material_cost.minor(figures.quantity, "CNY"))
    return sent.tokens[0], found | written(known.material_cost.minor(1, "CNY"))


def told(shown: str, figures: set[str]) -> list[str]:
    return sorted(words for words in {*figures, *WORDS} if words in shown)


def paper(document: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)


def test_the_seller_reads_the_margin_without_a_reservation(
    open_shop_site: OpenShop, secrets: tuple[str, set[str]]
) -> None:
    (where,) = {f"/sales/drafts/{row[0]}" for row in _rows(
        open_shop_site, "SELECT draft_id FROM quote WHERE draft_id IS NOT NULL")}
    page = open_shop_site.owner.get(where).text
    (margin,) = (words for words in secrets[1] if words.endswith(" %"))
    assert margin in page
    assert "at most" not in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_paper_or_file_of_a_customer_tells_a_cost(
    open_shop_site: OpenShop, secrets: tuple[str, set[str]], language: str
) -> None:
    token, figures = secrets
    guest = open_shop_site.app.test_client()
    choices = "&".join(f"{name}={value}" for name, value in WINDOW.items())
    with open_shop_site.app.extensions["onelot_database"].reading() as session:
        quote = ordering.get_quote(session, token=token)
    code = make_code(quote.number, revision=quote.revision, facts=quote_facts(quote), secret=SECRET)
    for where in (f"/quotes/{token}", f"/quotes/{token}?earlier=1", f"/shop/window?{choices}",
                  f"/quote/window?{choices}", f"/within/window?{choices}", f"/verify/{code}", "/shop"):
        page = guest.get(where, headers={"Accept-Language": language})
        assert page.status_code == 200, where
        assert told(page.text, figures) == [], where
    for name in ("quote.pdf", "quote.xml", "date.ics"):
        answer = guest.get(f"/quotes/{token}/{name}", headers={"Accept-Language": language})
        assert answer.status_code == 200, name
        shown = paper(answer.data) if name.endswith("pdf") else answer.text
        assert shown
        assert told(shown, figures) == [], name


def test_an_order_and_its_mails_tell_no_cost(open_shop_site: OpenShop, secrets: tuple[str, set[str]]) -> None:
    token, figures = secrets
    guest = open_shop_site.guest
    status, where = press(guest, guest.get(f"/quotes/{token}").text, "accept")
    assert status == 303
    for name in ("", "/order.pdf", "/order.xml"):
        answer = guest.get(f"{where}{name}")
        assert answer.status_code == 200, name
        shown = paper(answer.data) if name.endswith("pdf") else answer.text
        assert told(shown, figures) == [], name
    mails = _rows(open_shop_site, "SELECT facts, title, text, html FROM mail")
    assert mails
    assert told(json.dumps([[str(cell) for cell in row] for row in mails], ensure_ascii=False), figures) == []


def _rows(shop: OpenShop, query: str) -> list[tuple[object, ...]]:
    with shop.app.extensions["onelot_database"].reading() as session:
        return [tuple(row) for row in session.execute(text(query))]
