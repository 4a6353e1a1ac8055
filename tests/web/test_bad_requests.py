"""Requests that no browser sends: broken bodies, odd headers, odd methods, bytes that are no text."""

from __future__ import annotations

import gzip
import io
import re

import pytest
from flask.testing import FlaskClient

from tests.web.bad_inputs import NO_TEXTS, fill
from tests.web.conftest import OpenShop
from tests.web.shopping import field_of
from tests.web.test_sent_quotes import sent

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("raw", NO_TEXTS.values(), ids=NO_TEXTS)
def test_bytes_that_are_no_text_are_refused_everywhere(open_shop_site: OpenShop, raw: bytes) -> None:
    with open_shop_site.untouched():
        for rule in open_shop_site.app.url_map.iter_rules():
            if rule.endpoint == "account.sign_out":
                continue
            where = re.sub(r"<[^>]+>", raw.decode(), str(rule))
            for method in (rule.methods or set()) & {"GET", "POST"}:
                body = b"csrf_token=" + open_shop_site.owner_token.encode() + b"&order=" + raw
                answer = open_shop_site.owner.open(
                    where if method == "POST" else f"{where}?search={raw.decode()}",
                    method=method,
                    data=body if method == "POST" else None,
                    content_type=FORM,
                )
                assert 400 <= answer.status_code < 500, (method, where, answer.status_code)


def bodies() -> dict[str, dict[str, object]]:
    """Requests whose body is broken or far too large, as the test client takes them."""
    parts = (
        "".join(f'--b\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\nx\r\n' for n in range(1001)) + "--b--\r\n"
    )
    return {
        "deep-json": {"data": "[" * 100_000, "content_type": "application/json"},
        "cut-json": {"data": '{"quantity": 1', "content_type": "application/json"},
        "twice-json": {"data": '{"quantity": 1, "quantity": 2}', "content_type": "application/json"},
        "half-character-json": {"data": '{"customer_name": "\\ud800"}', "content_type": "application/json"},
        **{
            f"json-{name}": {"data": text, "content_type": "application/json"}
            for name, text in {
                "object": "{}",
                "list": "[1, 2]",
                "text": '"x"',
                "number": "7",
                "nothing": "null",
                "nested": '{"positions": [[1]], "revision": {"a": 1}, "password": [["x"]], "idempotency_key": 5}',
                "other-kinds": '{"positions": 3, "revision": 1, "day": 5, "login": true, "name": null, "version": [1]}',
            }.items()
        },
        "problem-json": {"data": "[1]", "content_type": "application/problem+json"},
        "plain-text": {"data": "abc", "content_type": "text/plain"},
        "bytes": {"data": b"abc", "content_type": "application/octet-stream"},
        "json-as-form": {"data": '{"quantity": 1}', "content_type": FORM},
        "form-as-json": {"data": "quantity=1", "content_type": "application/json"},
        "unknown-type": {"data": "quantity=1", "content_type": "application/x-nothing"},
        "xml": {"data": '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', "content_type": "application/xml"},
        "100k-keys": {"data": "&".join(f"k{n}=1" for n in range(100_000)), "content_type": FORM},
        "10-megabytes": {"data": "customer_name=" + "x" * 10_000_000, "content_type": FORM},
        "gzip-bomb": {
            "data": gzip.compress(b"x" * 20_000_000),
            "content_type": FORM,
            "headers": {"Content-Encoding": "gzip"},
        },
        "no-boundary": {"data": parts, "content_type": "multipart/form-data"},
        "1001-parts": {"data": parts, "content_type": "multipart/form-data; boundary=b"},
        "cut-multipart": {
            "data": '--b\r\nContent-Disposition: form-data; name="a"',
            "content_type": "multipart/form-data; boundary=b",
        },
    }


@pytest.mark.parametrize("name", bodies())
def test_broken_bodies_are_refused_by_every_changing_address(open_shop_site: OpenShop, name: str) -> None:
    request = bodies()[name]
    headers = {"X-CSRFToken": open_shop_site.owner_token, **request.pop("headers", {})}  # type: ignore[dict-item]  # as above
    with open_shop_site.untouched():
        for rule in open_shop_site.app.url_map.iter_rules():
            if "POST" not in (rule.methods or set()) or rule.endpoint in {"account.sign_out", "planning.release"}:
                continue
            answer = open_shop_site.owner.post(fill(rule, "1"), headers=headers, **request)
            is_told = answer.location == "/planning/"
            assert 400 <= answer.status_code < 500 or is_told, (str(rule), answer.status_code)


def test_no_form_takes_json(open_shop_site: OpenShop) -> None:
    headers = {"X-CSRFToken": open_shop_site.owner_token}
    answer = open_shop_site.owner.post("/account/sign-in", headers=headers, json=[1, 2])
    assert answer.status_code == 415


ODD_BODIES: dict[str, dict[str, object]] = {
    "nothing": {},
    "empty-form": {"data": "", "content_type": FORM},
    "empty-multipart": {"data": "", "content_type": "multipart/form-data; boundary=b"},
    "no-boundary": {"data": "abc", "content_type": "multipart/form-data"},
    "plain-text": {"data": "abc", "content_type": "text/plain"},
    "json": {"json": {"positions": 3, "revision": 1, "day": 5}},
}


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES)
def test_odd_bodies_are_refused_where_a_customer_answers_an_offer(
    open_shop_site: OpenShop, body: dict[str, object]
) -> None:
    where, token = _offered(open_shop_site)
    for address in _answers(open_shop_site, where):
        answer = open_shop_site.guest.post(address, headers={"X-CSRFToken": token}, **body)
        assert answer.status_code < 500, (address, answer.status_code)


def test_files_are_refused_where_none_is_asked_for(open_shop_site: OpenShop) -> None:
    where, token = _offered(open_shop_site)
    for address in _answers(open_shop_site, where):
        fields = {name: (io.BytesIO(b"1"), "a.txt") for name in ("positions", "day", "revision", "idempotency_key")}
        answer = open_shop_site.guest.post(address, headers={"X-CSRFToken": token}, data=fields)
        assert answer.status_code == 400, (address, answer.status_code)


def _offered(shop: OpenShop) -> tuple[str, str]:
    where = f"/quotes/{sent(shop).tokens[0]}"
    return where, field_of(shop.guest.get(where).text, "csrf_token")


def _answers(shop: OpenShop, where: str) -> list[str]:
    return [str(rule).replace("/quotes/<token>", where) for rule in shop.app.url_map.iter_rules()
            if "POST" in (rule.methods or set()) and str(rule).startswith("/quotes/<token>")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "\xff;q=x,,,*;q=9999999999999999999"},
        {"Accept-Language": "zh-" * 5000},
        {"Cookie": "language=%s; theme=<script>"},
        {"Cookie": "onelot_session=" + "." * 4000},
        {"Accept": "*/*;q=nan, /;;"},
        {"Accept": "application/json;q=1e999"},
        {"Range": "bytes=9-1,-"},
        {"If-None-Match": '"' * 99},
        {"If-Modified-Since": "0001-01-01"},
        {"X-Forwarded-For": "1.2.3.4, <script>"},
        {"Host": "evil.example"},
        {"Host": "[::1"},
        {"HX-Request-Type": "partial<script>"},
        {"Content-Length": "-5"},
        {"Content-Type": "text/html; charset=nothing"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Referer": "http://" + "x" * 5000},
        {"User-Agent": "\x01"},
        {"Transfer-Encoding": "nothing"},
    ],
)
@pytest.mark.parametrize(
    "where", ["/account/sign-in", "/shop/window?profile=PVC82", "/nothing", "/static/css/tokens.css"]
)
def test_odd_headers_never_break_a_page(open_shop_site: OpenShop, headers: dict[str, str], where: str) -> None:
    guest: FlaskClient = open_shop_site.app.test_client()
    answer = guest.get(where, headers=headers, buffered=True)
    assert answer.status_code < 500
    if answer.mimetype == "text/html":
        assert "<script>" not in answer.text
        assert "evil.example" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "X" * 300])
def test_methods_that_no_address_takes_are_refused(open_shop_site: OpenShop, method: str) -> None:
    with open_shop_site.untouched():
        for rule in open_shop_site.app.url_map.iter_rules():
            answer = open_shop_site.owner.open(
                fill(rule, "window"), method=method, headers={"X-CSRFToken": open_shop_site.owner_token}
            )
            assert answer.status_code in {400, 404, 405, 501}, (method, str(rule), answer.status_code)


def test_answering_head_and_options_reads_and_stores_nothing(open_shop_site: OpenShop) -> None:
    with open_shop_site.untouched():
        for rule in open_shop_site.app.url_map.iter_rules():
            for method in ("HEAD", "OPTIONS"):
                answer = open_shop_site.guest.open(fill(rule, "window"), method=method, buffered=True)
                assert answer.status_code < 500, (method, str(rule))
                assert answer.text == "" or method == "OPTIONS", (method, str(rule))
