"""The pages of the sales desk's lists: filters in the address, files, and views that people save."""

from __future__ import annotations

import csv
import io
import re

import openpyxl
import pytest
from flask.testing import FlaskClient

from benchmarks.many_quotes import add_many
from tests.web.conftest import OpenShop
from tests.web.shopping import OPENED_AT, ask_for_quote
from tests.web.signing_in import add_user, sign_in

COUNT = 130


@pytest.fixture(scope="module")
def desk(open_shop_site: OpenShop) -> OpenShop:
    """The shop with many quotes, one of them of a customer whose name wants to be a formula."""
    ask_for_quote(open_shop_site.guest, customer_name="=1+1 Trading")
    with open_shop_site.app.extensions["onelot_database"].transaction() as session:
        add_many(session, count=COUNT, now=OPENED_AT)
    return open_shop_site


def _numbers(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/sales/quotes/([^"]+)"', page)


def test_pages_of_a_filtered_list_hold_every_match_once(desk: OpenShop) -> None:
    found: list[str] = []
    address = "/sales/quotes?state=superseded&sort=net"
    while address:
        page = desk.owner.get(address).text
        found += _numbers(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
        assert not address or ("state=superseded" in address and "sort=net" in address)
    rows = _csv(desk.owner.get("/sales/export/quotes.csv?state=superseded&sort=net").data)
    assert found == [row[0] for row in rows[1:]]
    assert len(set(found)) == len(found) > 10


def _csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_heads_tell_and_turn_the_order(desk: OpenShop) -> None:
    page = desk.owner.get("/sales/quotes?sort=net").text
    assert re.search(r'aria-sort="ascending"><a href="[^"]*sort=-net[^"]*">Net', page)
    assert page.count("aria-sort") == 1
    assert 'aria-sort="descending"' in desk.owner.get("/sales/quotes?state=").text


@pytest.mark.parametrize("query", [
    "state=lost", "sort=password", "sort=--net", "value_from=1e3", "value_to=-1", "made_from=2026-02-30",
    "within=0", "within=99999", "customer=nobody", "promised_to=tomorrow", "search=" + "x" * 101,
])
def test_a_filter_that_cannot_be_read_is_refused_beside_its_field(desk: OpenShop, query: str) -> None:
    answer = desk.owner.get(f"/sales/quotes?{query}")
    assert answer.status_code == 422
    assert _numbers(answer.text) == []
    assert 'role="alert"' in answer.text
    assert desk.owner.get(f"/sales/export/quotes.csv?{query}").status_code == 422


def test_files_hold_what_is_filtered_and_no_formula(desk: OpenShop) -> None:
    query = "search=%3D1%2B1"
    rows = _csv(desk.owner.get(f"/sales/export/quotes.csv?{query}").data)
    assert rows[0][:4] == ["Number", "Revision", "State", "Customer"]
    assert len(rows) == 2
    assert rows[1][3] == "'=1+1 Trading"
    answer = desk.owner.get(f"/sales/export/quotes.xlsx?{query}")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert sheet.max_row == 2
    assert (sheet["D2"].value, sheet["D2"].data_type) == ("=1+1 Trading", "s")
    assert f"{sheet['I2'].value:.2f}" == rows[1][8]


def test_a_cut_file_says_so(desk: OpenShop, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ordering.listing", "web.sales.export", "web.sales.lists"):
        monkeypatch.setattr(f"{module}.MOST_EXPORTED", 20)
    rows = _csv(desk.owner.get("/sales/export/quotes.csv").data)
    assert len(rows) == 22
    assert rows[-1] == ["Cut after 20 rows. Narrow the filter to get the rest."]
    sheet = openpyxl.load_workbook(io.BytesIO(desk.owner.get("/sales/export/quotes.xlsx").data)).worksheets[0]
    assert sheet.max_row == 22


@pytest.mark.parametrize("address", ["/sales/export/users.csv", "/sales/export/quotes.pdf"])
def test_there_are_no_other_files(desk: OpenShop, address: str) -> None:
    assert desk.owner.get(address).status_code == 404


def _save(desk: OpenShop, client: FlaskClient, title: str, query: str, key: str) -> tuple[int, str]:
    answer = client.post("/sales/views/quotes", data={
        "csrf_token": _token(client), "title": title, "query": query, "key": key})
    return answer.status_code, answer.location or answer.text


def _token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sales/quotes?state=").text)
    assert found is not None
    return found.group(1)


def _view_id(page: str, title: str) -> str:
    found = re.search(rf'action="/sales/views/(\d+)/rename">(?:(?!</form>).)*value="{title}"', page, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_views_are_kept_by_person(desk: OpenShop) -> None:
    query, key = "state=offered&sort=-net&junk=1", "k" * 24
    kept = "/sales/quotes?state=offered&sort=-net"
    status, where = _save(desk, desk.owner, "Large ones", query, key)
    assert status == 303
    assert sorted(where.partition("?")[2].split("&")) == ["sort=-net", "state=offered"]
    assert _save(desk, desk.owner, "Large ones", query, key)[0] == 303
    assert desk.rows()["saved_view"] == 1
    assert _save(desk, desk.owner, "Large ones", query, "j" * 24)[0] == 422
    assert _save(desk, desk.owner, "", query, "j" * 24)[0] == 422
    assert _save(desk, desk.owner, "Bad", "state=lost", "j" * 24)[0] == 422
    assert _save(desk, desk.owner, "No key", query, "")[0] == 422
    number = _view_id(desk.owner.get(kept).text, "Large ones")
    token = _token(desk.owner)
    post = desk.owner.post
    assert post(f"/sales/views/{number}/rename", data={"csrf_token": token, "title": "Big"}).status_code == 303
    assert post(f"/sales/views/{number}/default", data={"csrf_token": token}).status_code == 303
    assert desk.owner.get("/sales/quotes").location == where
    add_user(desk.app, "anne", "sales")
    other = desk.app.test_client()
    sign_in(other, "anne")
    assert other.get("/sales/quotes").status_code == 200
    for change in ("rename", "default", "delete"):
        stolen = other.post(f"/sales/views/{number}/{change}", data={"csrf_token": _token(other), "title": "Mine"})
        assert stolen.status_code == 404
    assert "Big" not in other.get("/sales/quotes").text
    assert post(f"/sales/views/{10**30}/delete", data={"csrf_token": token}).status_code == 404
    assert post(f"/sales/views/{number}/usual", data={"csrf_token": token}).status_code == 303
    assert desk.owner.get("/sales/quotes").status_code == 200
    assert post(f"/sales/views/{number}/delete", data={"csrf_token": token}).status_code == 303
    assert desk.rows()["saved_view"] == 0


@pytest.mark.parametrize(("address", "entry"), [
    ("/sales/", "Sales desk"), ("/sales/quotes", "Quotes"), ("/sales/quotes/{quote}", "Quotes"),
    ("/sales/drafts", "Quotes"), ("/sales/approvals", "Quotes"), ("/sales/orders", "Orders")])
def test_every_page_of_the_desk_has_its_place_in_the_navigation(desk: OpenShop, address: str, entry: str) -> None:
    quote = re.search(r"Q-2026-\d+", desk.owner.get("/sales/quotes?state=").text)
    assert quote is not None
    page = desk.owner.get(address.format(quote=quote.group())).text
    assert re.findall(r'aria-current="page">([^<]*)</a>', page) == [entry]


def test_the_desk_opens_with_its_figures(desk: OpenShop) -> None:
    client = desk.app.test_client()
    add_user(desk.app, "bea", "sales")
    answer = client.post("/account/sign-in", data={
        "csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"',
                                client.get("/account/sign-in").text).group(1),  # type: ignore[union-attr]  # it is there
        "login": "bea", "password": "correct horse battery", "next": ""})
    assert answer.location == "/sales/"
    page = client.get("/sales/").text
    assert page.count('<svg viewBox="0 0 640') == 4
    assert page.count("The figures as a table") == 4
    assert page.count("<desc") == 4
    assert "style=" not in page
    number = re.search(r'href="/sales/quotes/(Q-[^"]+)"', page)
    assert number is not None
    assert client.get(f"/sales/quotes/{number.group(1)}").status_code == 200
