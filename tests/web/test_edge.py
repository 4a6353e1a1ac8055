"""The edge of every request: headers, tokens, origins, clean text, one commit, faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from catalog.errors import OnelotError
from tests.conftest import NOW, StandingClock
from tests.web.signing_in import token_of
from web.database import get_session, keep_changes, writes
from web.factory import create_app
from web.jobs import enqueue
from web.security import csrf, limited
from web.settings import Settings
from web.strict_json import loads_strictly
from web.tables import JobRow

ATTEMPTS: list[int] = []


class TestRefusal(OnelotError):
    """A refusal of these tests."""

    __test__ = False
    code = "test_refusal"


@pytest.fixture
def edge(app: Flask) -> Flask:
    """The application with views that do what tests need."""
    ATTEMPTS.clear()

    def store(answer: str, status: int = 200) -> tuple[str, int]:
        enqueue(get_session(), kind="test", payload={}, key=f"{answer}-{status}", now=NOW)
        return answer, status

    def race() -> tuple[str, int]:
        ATTEMPTS.append(1)
        if len(ATTEMPTS) < 3:
            store("lost")
            raise OperationalError("UPDATE x", {}, Exception("database is locked"))
        return store("won")

    def always_locked() -> str:
        raise OperationalError("UPDATE x", {}, Exception("database is locked"))

    def broken() -> str:
        store("broken")
        raise ZeroDivisionError("a bug")

    def refused() -> str:
        store("refused")
        raise TestRefusal("Not so.", field="width")

    def guarded() -> str:
        return "in"

    def kept() -> tuple[str, int]:
        keep_changes()
        return store("kept", 409)

    views: dict[str, Callable[[], object]] = {
        "store": lambda: store("stored"), "invalid": lambda: store("invalid", 422), "race": race,
        "locked": always_locked, "broken": broken, "refused": refused, "kept": kept,
        "json": lambda: {"got": request.get_json()}, "forbidden": lambda: abort(403),
    }
    views["json"].onelot_media_types = {"application/json"}  # type: ignore[attr-defined]  # a mark of the edge
    for name, view in views.items():
        app.add_url_rule(f"/t/{name}", f"t_{name}", csrf.exempt(view), methods=["GET", "POST"])
    app.add_url_rule("/t/draw", "t_draw", writes(lambda: store("drawn")))
    app.add_url_rule("/t/limited", "t_limited", limited("quote")(lambda: "here"))
    app.add_url_rule("/t/guarded", "t_guarded", guarded, methods=["POST"])
    return app


def stored(app: Flask) -> int:
    with app.extensions["onelot_database"].reading() as session:
        return session.scalar(select(func.count()).select_from(JobRow)) or 0


def test_headers_are_strict_on_every_answer(client: FlaskClient) -> None:
    for address in ("/healthz", "/nothing-here", "/account/sign-in"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


def test_cookies_and_transport_are_secure_when_the_site_is_https(
    make_settings: Callable[..., Settings], clock: StandingClock
) -> None:
    app = create_app(make_settings(base_url="https://localhost", trusted_proxies=1), clock=clock)
    client = app.test_client()
    answer = client.get("/account/sign-in", base_url="http://localhost", headers={"X-Forwarded-Proto": "https"})
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    app.extensions["onelot_database"].dispose()


def test_every_changing_route_refuses_a_request_without_token(app: Flask) -> None:
    client = app.test_client()
    changing = [rule for rule in app.url_map.iter_rules() if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}]
    assert changing
    for rule in changing:
        values: dict[str, Any] = dict.fromkeys(rule.arguments, "1")
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values)
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            assert client.open(address, method=method).status_code in {400, 404}, rule


def test_token_is_asked_for_and_taken(edge: Flask) -> None:
    client = edge.test_client()
    assert client.post("/t/guarded").status_code == 400
    assert client.post("/t/guarded", data={"csrf_token": token_of(client)}).status_code == 200


@pytest.mark.parametrize(("headers", "status"), [
    ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://localhost"}, 200),
    ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-origin"}, 200), ({}, 200),
])
def test_request_of_another_site_is_refused(edge: Flask, headers: dict[str, str], status: int) -> None:
    assert edge.test_client().post("/t/store", headers=headers).status_code == status


def test_answer_is_committed_when_it_is_good_and_only_then(edge: Flask) -> None:
    client = edge.test_client()
    assert client.post("/t/store").status_code == 200
    assert stored(edge) == 1
    for name, status in (("invalid", 422), ("broken", 500), ("refused", 409)):
        assert client.post(f"/t/{name}").status_code == status
        assert stored(edge) == 1
    assert client.post("/t/kept").status_code == 409
    assert stored(edge) == 2


def test_reading_stores_nothing_unless_the_view_is_marked(edge: Flask) -> None:
    client = edge.test_client()
    assert client.get("/t/store").status_code == 200
    assert stored(edge) == 0
    assert client.get("/t/draw").status_code == 200
    assert stored(edge) == 1


def test_lost_race_is_run_again_and_stored_once(edge: Flask) -> None:
    answer = edge.test_client().post("/t/race")
    assert (answer.status_code, answer.text) == (200, "won")
    assert len(ATTEMPTS) == 3
    assert stored(edge) == 1


def test_lasting_lock_answers_503_with_retry_after(edge: Flask) -> None:
    answer = edge.test_client().post("/t/locked")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"


def test_bug_shows_a_reference_and_no_trace(edge: Flask, caplog: pytest.LogCaptureFixture) -> None:
    answer = edge.test_client().post("/t/broken", headers={"Accept": "application/json"})
    problem = loads_strictly(answer.data)
    assert isinstance(problem, dict)
    assert (answer.status_code, problem["code"]) == (500, "internal_error")
    assert str(problem["reference"]) in caplog.text
    assert "a bug" not in answer.text
    page = edge.test_client().post("/t/broken")
    assert "Traceback" not in page.text
    assert "<h1>" in page.text


def test_refusal_is_a_problem_for_json_and_a_page_for_people(edge: Flask) -> None:
    client = edge.test_client()
    problem = client.post("/t/refused", headers={"Accept": "application/json"})
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json() | {"title": ""} == {
        "type": "about:blank", "title": "", "status": 409, "code": "test_refusal", "detail": "Not so.",
        "facts": {"field": "width"}}
    assert "Not so." in client.post("/t/refused").text
    part = client.post("/t/refused", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<p")


@pytest.mark.parametrize(("language", "words"), [("en", "nothing at this address"), ("zh", "")])
def test_missing_page_speaks_the_readers_language(client: FlaskClient, language: str, words: str) -> None:
    answer = client.get(f"/nothing?lang={language}")
    assert answer.status_code == 404
    assert words in answer.text
    assert answer.headers["Content-Language"] == {"en": "en", "zh": "zh-Hans"}[language]


def test_error_pages_need_no_database(make_settings: Callable[..., Settings], clock: StandingClock) -> None:
    app = create_app(make_settings(database_url="sqlite:////nowhere/at/all.sqlite3"), clock=clock)
    client = app.test_client()
    assert client.get("/nothing").status_code == 404
    assert client.get("/healthz").status_code == 503
    assert client.post("/account/sign-in", data={}).status_code == 400


BAD_JSON = ["[" * 100_000, '{"a":' * 5_000, "NaN", "[1e999]", '{"a":1,"a":2}', '"\\ud800"', '"\\u0000"', "[1",
            "9" * 5_000, "", "{'a': 1}"]


@pytest.mark.parametrize("body", BAD_JSON)
def test_bad_json_is_refused_and_never_a_fault(edge: Flask, body: str) -> None:
    answer = edge.test_client().post("/t/json", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_other_content_is_415_and_good_json_is_read(edge: Flask) -> None:
    client = edge.test_client()
    assert client.post("/t/json", data="x", content_type="text/plain").status_code == 415
    assert client.post("/t/json", json={"a": [1, 2.5, "中"]}).get_json() == {"got": {"a": [1, 2.5, "中"]}}


@pytest.mark.parametrize("address", ["/nothing?a=%00", "/nothing?a=%ff", "/nothing%00", "/nothing?%ed%a0%80=1"])
def test_bytes_that_are_no_text_are_refused_in_addresses(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 400


def test_bytes_that_are_no_text_are_refused_in_forms(edge: Flask) -> None:
    client = edge.test_client()
    for body in (b"a=%00", b"%00=a", b"a=%ef%bf%bd", b"a=%ff", b"%c0%af=a"):
        answer = client.post("/t/store", data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400, body
    assert stored(edge) == 0


def test_too_much_is_refused_with_413(edge: Flask) -> None:
    client = edge.test_client()
    assert client.post("/t/store", data={"a": "x" * 1_100_000}).status_code == 413
    assert client.post("/t/store", data="&".join(f"k{number}=1" for number in range(100_000)),
                       content_type="application/x-www-form-urlencoded").status_code == 413
    assert client.post("/t/json", data=b"[" + b"1," * 600_000 + b"1]",
                       content_type="application/json").status_code == 413


def test_wrong_method_is_405(client: FlaskClient) -> None:
    answer = client.post("/healthz")
    assert answer.status_code in {400, 405}
    assert client.delete("/nothing").status_code in {400, 404}


def test_rate_is_limited_with_429_and_retry_after(
    make_settings: Callable[..., Settings], clock: StandingClock
) -> None:
    app = create_app(make_settings(is_rate_limited=True, limit_quote="3/minute"), clock=clock)
    app.add_url_rule("/t/limited", "t_limited", limited("quote")(lambda: "here"))
    client = app.test_client()
    assert [client.get("/t/limited").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert int(client.get("/t/limited").headers["Retry-After"]) > 0
    app.extensions["onelot_database"].dispose()


def test_preferences_are_kept_and_lead_back_to_this_site_only(client: FlaskClient) -> None:
    answer = client.get("/preferences/language/zh?next=/shop/?a=1")
    assert (answer.status_code, answer.location) == (303, "/shop/?a=1")
    assert client.get("/account/sign-in").headers["Content-Language"] == "zh-Hans"
    client.get("/preferences/theme/dark?next=/")
    assert 'data-theme="dark"' in client.get("/account/sign-in").text
    for address in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\\\\x"):
        assert client.get("/preferences/theme/light", query_string={"next": address}).location == "/"
    assert client.get("/preferences/language/fr").status_code == 404
