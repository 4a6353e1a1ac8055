"""Files are kept by browsers as long as they are the same, and travel compressed; pages do so without secrets only."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask

from tests.web.conftest import OpenShop
from tests.web.shopping import WINDOW, address, without_keys
from web.compressing import OPEN_PAGES
from web.settings import ROOT
from web.static_files import KEPT_FOR_GOOD, StaticFiles, register_static_files

PACKED = {"Accept-Encoding": "gzip, br"}
BUDGET = 150_000
"""Bytes of the first page a shopper loads, without pictures."""


def test_files_of_a_page_are_kept_for_good_and_come_as_they_are(open_shop_site: OpenShop) -> None:
    page = open_shop_site.guest.get(address("window", WINDOW)).text
    addresses = set(re.findall(r'/static/[^"#]+', page))
    assert any("?v=" in where for where in addresses)
    for where in addresses:
        answer = open_shop_site.guest.get(where, headers=PACKED, buffered=True)
        content = (ROOT / "web" / where.lstrip("/").partition("?")[0]).read_bytes()
        assert answer.headers["Cache-Control"] == KEPT_FOR_GOOD, where
        is_packed = answer.headers.get("Content-Encoding") == "gzip"
        assert (gzip.decompress(answer.data) if is_packed else answer.data) == content
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        known = PACKED | {"If-None-Match": answer.headers["ETag"]}
        again = open_shop_site.guest.get(where, headers=known, buffered=True)
        assert again.status_code == 304
        assert open_shop_site.guest.get(where, buffered=True).data == content, "sent packed to who cannot unpack it"


@pytest.mark.parametrize("mark", ["", "?v=", "?v=0000000000"])
def test_a_file_under_another_fingerprint_is_asked_for_again(open_shop_site: OpenShop, mark: str) -> None:
    answer = open_shop_site.guest.get(f"/static/css/tokens.css{mark}", buffered=True)
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["css/none.css", "..%2ffactory.py", "", "%00"])
def test_what_is_no_file_is_missing(open_shop_site: OpenShop, name: str) -> None:
    assert open_shop_site.guest.get(f"/static/{name}", headers=PACKED, buffered=True).status_code in {400, 404}


def test_a_changed_file_gets_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a { color: red }")
    app = Flask("files", static_folder=str(tmp_path), static_url_path="/static")
    register_static_files(app)
    with app.test_request_context():
        first = app.url_for("static", filename="a.css")
        (tmp_path / "a.css").write_text("a { color: blue } b { color: red }")
        second = app.url_for("static", filename="a.css")
        assert first != second
        assert app.url_for("static", filename="none.css") == "/static/none.css"
    assert app.test_client().get(second, buffered=True).headers["Cache-Control"] == KEPT_FOR_GOOD
    assert app.test_client().get(first, buffered=True).headers["Cache-Control"] == "no-cache"


def test_files_outside_of_the_folder_have_no_fingerprint(tmp_path: Path) -> None:
    assert StaticFiles(tmp_path).fingerprint("none") == ""
    assert StaticFiles(tmp_path).compressed("none") is None


def test_an_open_page_travels_packed_and_is_the_same(open_shop_site: OpenShop) -> None:
    guest, where = open_shop_site.app.test_client(), address("window", WINDOW)
    packed = guest.get(where, headers=PACKED, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    plain = open_shop_site.app.test_client().get(where, headers={"Accept-Encoding": "gzip;q=0"})
    assert without_keys(gzip.decompress(packed.data).decode()) == without_keys(plain.text)
    assert "Content-Encoding" not in plain.headers
    assert open_shop_site.app.view_functions.keys() >= OPEN_PAGES


def test_pages_with_secrets_travel_plain(open_shop_site: OpenShop) -> None:
    where = address("window", WINDOW)
    plain = open_shop_site.owner.get(where, headers=PACKED, buffered=True)
    assert "csrf_token" in plain.text
    assert "Content-Encoding" not in plain.headers
    guest = open_shop_site.app.test_client()
    guest.set_cookie("who", "somebody")
    assert "Content-Encoding" not in guest.get(where, headers=PACKED, buffered=True).headers
    for other in ("/account/sign-in", "/quote/window?profile=PVC82"):
        assert "Content-Encoding" not in open_shop_site.guest.get(other, headers=PACKED, buffered=True).headers


@pytest.mark.parametrize("product", ["window", "bicycle", "pump"])
def test_the_first_load_stays_within_its_budget(open_shop_site: OpenShop, product: str) -> None:
    guest = open_shop_site.app.test_client()
    page = guest.get(f"/shop/{product}", headers=PACKED, buffered=True)
    total = len(page.data)
    text = gzip.decompress(page.data).decode()
    files = {where for where in re.findall(r'/static/[^"#]+', text) if not where.endswith("svg")}
    files |= {f"/static/fonts/{font.name}" for font in (ROOT / "web" / "static" / "fonts").glob("*.woff2")}
    for where in files:
        answer = guest.get(where, headers=PACKED, buffered=True)
        total += len(answer.data) + len(str(answer.headers))
    assert total <= BUDGET, f"{total} bytes in {len(files) + 1} answers"
