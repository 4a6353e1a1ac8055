"""Accounts of shoppers: nothing is told about who has one, and nobody sees what somebody else ordered."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from ordering.saved import account_owner
from ordering.saved_tables import LastChoiceRow, ResumeLinkRow, SavedDesignRow
from tests.conftest import StandingClock
from tests.web.bad_inputs import EVERYTHING
from tests.web.catalog_desk import Desk
from tests.web.shopping import ask_for_quote, press
from tests.web.signing_in import PASSWORD, add_user, sign_in, token_of
from web import accounts
from web.accounts import COOKIE_PATTERN
from web.jobs.runner import JobRunner
from web.tables import UserRow, draw_epoch

ADDRESS = "lu@example.org"
SECRET_WORDS = "a long password of Lu"


@pytest.fixture
def site(desk: Desk) -> Desk:
    """The demo world, whose worker hands mails over into a folder."""
    return desk


@pytest.fixture
def browser(site: Desk) -> FlaskClient:
    """A guest's browser."""
    return site.app.test_client()


def send(client: FlaskClient, address: str, page: str = "/account/sign-in", **entries: str) -> tuple[int, str]:
    answer = client.post(address, data={"csrf_token": token_of(client, page)} | entries)
    return answer.status_code, answer.location or answer.text


def sign_up(client: FlaskClient, address: str = ADDRESS, password: str = SECRET_WORDS) -> tuple[int, str]:
    return send(client, "/account/sign-up", name="Lu Wei", email=address, password=password)


def mails(app: Flask, to: str = ADDRESS) -> list[str]:
    """Hand over what waits; give the texts of all mails about accounts to an address, the oldest first."""
    runner: JobRunner = app.extensions["onelot_background"].runner
    runner.run_due()
    found = []
    folder: Path = app.extensions["onelot_settings"].var_directory / "outbox"
    for path in sorted(folder.glob("*.eml"), key=lambda item: item.stat().st_mtime_ns):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        if to in str(message["To"]) and body is not None and "/account/" in body.get_content():
            found.append(f"{message['Subject']}\n{body.get_content()}")
    return found


def link_of(text: str) -> str:
    found = re.search(r"http://localhost(/account/\S+)", text)
    assert found is not None, text
    return found.group(1)


def confirm(client: FlaskClient, app: Flask, password: str = SECRET_WORDS, to: str = ADDRESS) -> int:
    link = link_of(mails(app, to)[-1])
    return send(client, link, link, password=password)[0]


def forget_outbox(app: Flask) -> None:
    for path in (app.extensions["onelot_settings"].var_directory / "outbox").glob("*.eml"):
        path.unlink()


@pytest.fixture(autouse=True)
def _empty_outbox(site: Desk) -> None:
    forget_outbox(site.app)


def test_orders_are_shown_only_after_the_address_is_confirmed(site: Desk, browser: FlaskClient) -> None:
    location = ask_for_quote(browser, customer_email="Lu@Example.org")
    ask_for_quote(browser, customer_email="another@example.org", customer_name="Another person")
    assert sign_up(browser)[0] == 200
    assert browser.get("/my-orders").location.startswith("/account/sign-in")
    assert sign_in(browser, ADDRESS, SECRET_WORDS) == 303
    page = browser.get("/my-orders").text
    assert "has to be confirmed" in page
    assert location not in page
    assert confirm(browser, site.app) == 303
    page = browser.get("/my-orders").text
    assert f'href="{location}"' in page
    assert page.count("<li class=\"sheet\">") == 1
    assert press(browser, browser.get(location).text, "accept")[0] == 303
    page = browser.get("/my-orders").text
    assert "Order O-" in page
    assert location.replace("/quotes/", "/orders/") in page


def test_another_shopper_never_sees_them(site: Desk, browser: FlaskClient) -> None:
    location = ask_for_quote(browser, customer_email=ADDRESS)
    other = site.app.test_client()
    sign_up(other, "other@example.org")
    assert sign_in(other, "other@example.org", SECRET_WORDS) == 303
    assert confirm(other, site.app, to="other@example.org") == 303
    page = other.get("/my-orders").text
    assert location not in page
    assert "Nothing was asked for" in page


def test_account_made_with_somebody_elses_address_is_confirmed_by_nobody(site: Desk, browser: FlaskClient) -> None:
    sign_up(browser, password="the password of a thief")
    assert sign_in(browser, ADDRESS, "the password of a thief") == 303
    owner = site.app.test_client()
    link = link_of(mails(site.app)[-1])
    assert send(owner, link, link, password=SECRET_WORDS)[0] == 422
    assert "has to be confirmed" in browser.get("/my-orders").text
    assert send(owner, "/account/forgotten", email=ADDRESS)[0] == 200
    site.clock.forward(minutes=1)
    link = link_of(mails(site.app)[-1])
    assert send(owner, link, link, password=SECRET_WORDS)[0] == 303
    assert browser.get("/my-orders").status_code == 302, "the thief is signed out"
    assert sign_in(owner, ADDRESS, SECRET_WORDS) == 303
    assert "has to be confirmed" not in owner.get("/my-orders").text


def test_answers_do_not_tell_who_has_an_account(site: Desk, browser: FlaskClient) -> None:
    add_user(site.app, "planner@example.org", "planner")
    first = sign_up(browser)
    site.clock.forward(minutes=1)
    again = sign_up(browser, password="another long password")
    staff = sign_up(browser, "planner@example.org")
    assert first == again
    assert staff[0] == 200
    assert staff[1].replace("planner@example.org", ADDRESS) == first[1]
    for address in (ADDRESS, "nobody@example.org", "planner@example.org"):
        status, page = send(browser, "/account/forgotten", email=address)
        assert (status, address in page) == (200, True)
    assert [text.split("\n")[0] for text in mails(site.app)] == [
        "Confirm your e-mail address", "You have an account already", "A new password for your account"]
    assert mails(site.app, "nobody@example.org") == []
    assert mails(site.app, "planner@example.org") == []
    assert sign_in(browser, ADDRESS, "another long password") == 422


def test_links_hold_once_for_their_purpose_and_time(site: Desk, browser: FlaskClient) -> None:
    sign_up(browser)
    link = link_of(mails(site.app)[-1])
    assert browser.get(link).status_code == 200
    assert browser.get(link.replace("/confirm/", "/new-password/")).status_code == 410
    assert browser.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 410
    assert send(browser, link, link, password=SECRET_WORDS)[0] == 303
    assert browser.get(link).status_code == 410
    send(browser, "/account/forgotten", email=ADDRESS)
    reset = link_of(mails(site.app)[-1])
    assert send(browser, reset, reset, password="short")[0] == 422
    assert send(browser, reset, reset, password="a new long password")[0] == 303
    assert browser.get(reset).status_code == 410
    assert sign_in(browser, ADDRESS, "a new long password") == 303
    site.clock.forward(minutes=1)
    send(browser, "/account/forgotten", "/account/", email=ADDRESS)
    late = link_of(mails(site.app)[-1])
    site.clock.forward(hours=2)
    assert browser.get(late).status_code == 410


def test_secret_link_is_in_the_mail_and_not_in_the_database(site: Desk, browser: FlaskClient) -> None:
    sign_up(browser)
    seal = link_of(mails(site.app)[-1]).rsplit(".", 1)[1]
    url = str(site.database.engine.url.database)
    kept = b"".join(path.read_bytes() for path in Path(url).parent.glob(Path(url).name + "*"))
    assert seal.encode() not in kept
    add_user(site.app, "sales", "sales")
    sales = site.app.test_client()
    sign_in(sales, "sales")
    assert ADDRESS not in sales.get("/sales/mails").text


def test_bad_entries_are_told_beside_their_fields(browser: FlaskClient) -> None:
    for entries in ({"name": "", "email": "x", "password": "short"},
                    {"name": "\u202ex", "email": "a@b", "password": ""},
                    {"name": "x" * 121, "email": "a" * 300 + "@example.org", "password": "x" * 201}):
        status, page = send(browser, "/account/sign-up", **entries)
        assert status == 422
        assert page.count('class="says"') == 3
        assert 'value="short"' not in page


def test_odd_texts_in_every_field_are_refused_or_taken_as_text(browser: FlaskClient) -> None:
    token = token_of(browser)
    for raw in EVERYTHING.values():
        for field in ("name", "email", "password"):
            entries = {"name": "Lu", "email": "odd@example.org", "password": SECRET_WORDS, field: raw}
            answer = browser.post("/account/sign-up", data=entries | {"csrf_token": token})
            assert answer.status_code in {200, 422}, (field, raw)
            assert "<script>alert" not in answer.text
        answer = browser.post("/account/forgotten", data={"csrf_token": token, "email": raw})
        assert answer.status_code in {200, 422}


def test_password_is_changed_by_who_knows_the_old_one(site: Desk, browser: FlaskClient) -> None:
    add_user(site.app, ADDRESS, "consumer")
    device = site.app.test_client()
    assert [sign_in(client, ADDRESS) for client in (browser, device)] == [303, 303]
    assert send(browser, "/account/password", "/account/", old="wrong", password="another long one")[0] == 422
    assert send(browser, "/account/password", "/account/", old=PASSWORD, password="short")[0] == 422
    assert send(browser, "/account/password", "/account/", old=PASSWORD, password="another long one")[0] == 303
    assert browser.get("/account/").status_code == 200
    assert device.get("/account/").status_code == 302


def test_account_is_deleted_after_a_question_with_its_designs_and_without_its_orders(
    site: Desk, browser: FlaskClient
) -> None:
    location = ask_for_quote(browser, customer_email=ADDRESS)
    add_user(site.app, ADDRESS, "consumer")
    sign_in(browser, ADDRESS)
    page = browser.get("/designs/keep/window").text
    key = re.search(r'name="idempotency_key"[^>]*value="([^"]+)"', page)
    assert key is not None
    send(browser, "/designs/keep/window", "/designs/keep/window", name="Gone soon", idempotency_key=key.group(1))
    assert "cannot be brought back" in browser.get("/account/delete").text
    assert send(browser, "/account/delete", "/account/delete", password="wrong")[0] == 422
    assert send(browser, "/account/delete", "/account/delete", password=PASSWORD)[0] == 303
    assert sign_in(browser, ADDRESS) == 422
    assert browser.get(location).status_code == 200
    add_user(site.app, ADDRESS, "consumer")
    assert sign_in(browser, ADDRESS) == 303
    assert "Gone soon" not in browser.get("/designs").text


def test_shopper_has_no_pages_of_staff_and_staff_no_orders_of_shoppers(site: Desk, browser: FlaskClient) -> None:
    add_user(site.app, ADDRESS, "consumer")
    sign_in(browser, ADDRESS)
    for address in ("/sales/", "/sales/quotes", "/sales/mails", "/planning/", "/catalog/", "/customers/contacts"):
        assert browser.get(address).status_code in {403, 404}, address
    navigation = re.search(r'<nav aria-label="Main">.*?</nav>', browser.get("/designs").text, re.DOTALL)
    assert navigation is not None
    assert re.findall(r">([^<>]+)</a>", navigation.group()) == ["Products", "My designs", "My orders"]
    assert site.client.get("/my-orders").status_code == 403


def test_asking_for_mails_is_limited(quick_passwords: None, make_settings: object, clock: StandingClock) -> None:
    from web.factory import create_app  # noqa: PLC0415  # this one has limits
    from web.settings import Settings  # noqa: PLC0415

    made = make_settings(is_rate_limited=True)  # type: ignore[operator]  # the fixture is a function
    assert isinstance(made, Settings)
    app = create_app(made, clock=clock)
    client = app.test_client()
    statuses = [send(client, "/account/forgotten", email=ADDRESS)[0] for _time in range(7)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    app.extensions["onelot_database"].dispose()


def test_nothing_of_a_deleted_account_fits_the_next_one(site: Desk, browser: FlaskClient) -> None:
    add_user(site.app, ADDRESS, "consumer")
    sign_in(browser, ADDRESS)
    copied = site.app.test_client()
    sign_in(copied, ADDRESS)
    page = browser.get("/designs/keep/window").text
    for name, address in (("Gone soon", "/designs/keep/window"), ("", "/designs/go-on/window")):
        page = browser.get(address).text
        key = re.search(r'name="idempotency_key"[^>]*value="([^"]+)"', page)
        assert key is not None
        assert send(browser, address, address, name=name, idempotency_key=key.group(1))[0] == 303
    with site.app.extensions["onelot_database"].reading() as session:
        number = session.scalar(select(UserRow.id).where(UserRow.login == ADDRESS))
        for column in (SavedDesignRow.owner, ResumeLinkRow.owner):
            assert session.scalars(select(column)).all() == [account_owner(number)]
    assert send(browser, "/account/delete", "/account/delete", password=PASSWORD)[0] == 303
    add_user(site.app, "next@example.org", "consumer")
    assert copied.get("/my-orders").status_code == 302
    with site.app.extensions["onelot_database"].reading() as session:
        following = session.scalars(select(UserRow).where(UserRow.login == "next@example.org")).one()
        assert following.id > number
        for column in (SavedDesignRow.owner, LastChoiceRow.owner, ResumeLinkRow.owner):
            assert session.scalars(select(column)).all() == []


def test_epochs_of_accounts_start_anywhere_and_fit_the_cookie() -> None:
    drawn = {draw_epoch() for _ in range(20)}
    assert len(drawn) > 1
    assert all(COOKIE_PATTERN.fullmatch(f"1.{epoch + 1_000_000}") for epoch in drawn)


def test_sign_up_hashes_once_whether_the_address_is_known_or_not(
    site: Desk, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(password: str, method: str) -> str:
        calls.append(method)
        return generate_password_hash(password, method=method)

    monkeypatch.setattr(accounts, "generate_password_hash", counted)
    counts = []
    for _ in range(2):
        calls.clear()
        assert sign_up(browser)[0] == 200
        counts.append(len(calls))
    assert counts == [1, 1]
