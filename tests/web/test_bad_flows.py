"""Steps repeated, skipped, forged or sent at once; and texts that would like to be carried out."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urlencode

import pypdf
import pytest
from flask.testing import FlaskClient

from catalog import service as catalog
from tests.web.bad_inputs import INERT
from tests.web.conftest import OpenShop
from tests.web.shopping import DEMO, FILLED, WINDOW, address, ask_for_quote, field_of, press

AT_ONCE = 50
ENGRAVED = {name: raw for name, raw in INERT.items() if len(raw) <= 20}


def entries_of(page: str, action: str) -> tuple[str, dict[str, str]]:
    """The address and the fields of one of the forms of a quote's page."""
    form = re.search(rf'<form method="post" action="([^"]*{action})"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form is not None
    hidden = re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', form.group(2))
    return form.group(1), dict(hidden) | FILLED.get(action, {})


def test_accepting_at_once_from_many_pages_makes_one_order(open_shop_site: OpenShop) -> None:
    where = ask_for_quote(open_shop_site.guest)
    target, entries = entries_of(open_shop_site.guest.get(where).text, "accept")
    cookie = open_shop_site.guest.get_cookie("onelot_session")
    assert cookie is not None
    before = open_shop_site.rows()
    answers: list[tuple[int, str | None]] = []
    start = threading.Barrier(AT_ONCE)

    def press_once(number: int) -> None:
        browser = open_shop_site.app.test_client()
        browser.set_cookie("onelot_session", cookie.value)
        key = entries["idempotency_key"] if number % 2 else f"another-page-{number:08d}"
        start.wait(30)
        answer = browser.post(target, data=entries | {"idempotency_key": key})
        answers.append((answer.status_code, answer.location))

    threads = [threading.Thread(target=press_once, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [(303, where.replace("/quotes/", "/orders/"))] * AT_ONCE
    after = open_shop_site.rows()
    assert after["customer_order"] == before["customer_order"] + 1
    assert after["work_order"] == before["work_order"] + 1


def test_key_of_one_page_does_nothing_for_another_quote(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    first, second = (ask_for_quote(guest, customer_email=f"{name}@example.org") for name in ("a", "b"))
    target, entries = entries_of(guest.get(first).text, "accept")
    assert guest.post(target, data=entries).status_code == 303
    page = guest.get(second).text
    other, own = entries_of(page, "accept")
    with open_shop_site.untouched():
        answer = guest.post(other, data=own | {"idempotency_key": entries["idempotency_key"]})
    assert answer.status_code == 422
    assert "key" in answer.text
    assert guest.post(other, data=own).status_code == 303


def test_key_of_one_request_does_nothing_for_another_request(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    where = "/quote/window?" + urlencode(WINDOW)
    page = guest.get(where).text
    entries = {
        "csrf_token": open_shop_site.guest_token,
        "idempotency_key": field_of(page, "idempotency_key"),
        "customer_name": "Li",
        "customer_email": "li@example.org",
        "quantity": "1",
        "destination": "SZ",
    }
    assert guest.post(where, data=entries).status_code == 303
    with open_shop_site.untouched():
        for change in ({"quantity": "2"}, {"customer_email": "other@example.org"}, {"destination": "NB"}):
            assert guest.post(where, data=entries | change).status_code == 422
        assert guest.post(where.replace("1230", "1231"), data=entries).status_code == 422
        assert guest.post(where, data=entries).status_code == 303


@pytest.mark.parametrize(
    "key", ["", "k" * 15, "k" * 65, "k" * 256, "k" * 20 + "\n", "ключ-ключ-ключ-ключ", "a b" * 8, "' OR 1=1--aaaaaaa"]
)
def test_key_that_no_page_made_orders_nothing(open_shop_site: OpenShop, key: str) -> None:
    where = ask_for_quote(open_shop_site.guest)
    target, entries = entries_of(open_shop_site.guest.get(where).text, "accept")
    with open_shop_site.untouched():
        answer = open_shop_site.guest.post(target, data=entries | {"idempotency_key": key})
    assert answer.status_code == 422
    assert "Open the page again and repeat the step." in answer.text


@pytest.mark.parametrize("revision", ["", "0", "-1", "2", "9999", "10000", str(2**63), "01", "1.0", "NaN", "١"])
@pytest.mark.parametrize("action", ["accept", "decline", "new-date"])
def test_revision_that_nobody_was_shown_changes_nothing(open_shop_site: OpenShop, action: str, revision: str) -> None:
    where = quote_of(open_shop_site)
    target, entries = entries_of(open_shop_site.guest.get(where).text, "accept")
    with open_shop_site.untouched():
        answer = open_shop_site.guest.post(target.replace("accept", action), data=entries | {"revision": revision})
    assert answer.status_code in {404, 409, 422}


def quote_of(shop: OpenShop) -> str:
    """An open quote that tests share, for none of them changes it."""
    known = shop.app.extensions.get("test_quote")
    if known is None:
        known = shop.app.extensions["test_quote"] = ask_for_quote(shop.guest)
    return str(known)


Change = Callable[[str], str]


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: ("A" if token[0] != "A" else "B") + token[1:],
        str.upper,
        str.lower,
        str.swapcase,
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: "0",
        lambda token: "-1",
        lambda token: str(2**63),
        lambda token: token * 40,
    ],
    ids=["last", "first", "upper", "lower", "swapped", "cut", "longer", "padded", "zero", "minus", "big", "many"],
)
def test_changed_link_opens_nothing(open_shop_site: OpenShop, change: Change) -> None:
    token = quote_of(open_shop_site).rpartition("/")[2]
    forged = change(token)
    assert forged != token
    with open_shop_site.untouched():
        for where in (f"/quotes/{forged}", f"/quotes/{forged}/quote.pdf", f"/orders/{forged}",
                      f"/quotes/{forged}/quote.xml", f"/orders/{forged}/order.pdf", f"/orders/{forged}/order.xml"):
            assert open_shop_site.guest.get(where).status_code == 404
        for action in ("accept", "decline", "new-date"):
            answer = open_shop_site.guest.post(
                f"/quotes/{forged}/{action}",
                data={"csrf_token": open_shop_site.guest_token, "revision": "1", "idempotency_key": "k" * 24},
            )
            assert answer.status_code == 404


def test_steps_cannot_be_skipped(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    token = quote_of(open_shop_site).rpartition("/")[2]
    with open_shop_site.untouched():
        assert guest.get(f"/orders/{token}").status_code == 404  # it is no order yet
        bare = {"csrf_token": open_shop_site.guest_token}
        for where in (
            f"/quotes/{token}/accept",
            f"/quotes/{token}/decline",
            f"/quotes/{token}/new-date",
            "/quote/window",
        ):
            assert guest.post(where, data=bare).status_code == 422
        for where in (
            "/planning/work-orders/release",
            "/sales/orders/O-2026-0001/cancel",
            "/planning/job-orders/W-1-1/start",
        ):
            answer = guest.post(where, data=bare)
            assert (answer.status_code, (answer.location or "").startswith("/account/sign-in")) == (302, True)


def test_closed_quotes_are_not_accepted_and_say_how_they_stand(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    declined, expired = ask_for_quote(guest), ask_for_quote(guest)
    pages = {where: guest.get(where).text for where in (declined, expired)}
    assert press(guest, pages[declined], "decline")[0] == 303
    moment = open_shop_site.clock.moment
    open_shop_site.clock.forward(hours=48, seconds=1)
    with open_shop_site.untouched():
        for where, page in pages.items():
            status, answer = press(guest, page, "accept")
            assert (status, where, "Nothing was ordered" in answer) == (409, where, True)
        status, answer = press(guest, pages[declined], "decline")
        assert (status, "Nothing was changed" in answer) == (409, True)
    open_shop_site.clock.moment = moment


def test_page_sent_again_after_the_catalog_changed_keeps_its_price(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    where = ask_for_quote(guest)
    page = guest.get(where).text
    with open_shop_site.app.extensions["onelot_database"].transaction() as session:
        source = catalog.get_newest(session, product_code="window")
        catalog.publish_catalog(session, path=DEMO, now=open_shop_site.clock())
        assert catalog.get_newest(session, product_code="window").content_hash == source.content_hash
    status, order = press(guest, page, "accept")
    assert status == 303
    assert press(guest, page, "accept") == (303, order)
    assert "¥4,151.12" in guest.get(order).text


@pytest.fixture(scope="module")
def inert_orders(open_shop_site: OpenShop) -> dict[str, tuple[str, str]]:
    """An order for each text: its customer bears the text as name and reference; gives its page and its number."""
    found = {}
    for name, raw in INERT.items():
        where = ask_for_quote(open_shop_site.guest, customer_name=raw[:120], reference=raw[:60])
        status, order = press(open_shop_site.guest, open_shop_site.guest.get(where).text, "accept")
        assert status == 303
        number = re.search(r"O-2026-\d+", open_shop_site.guest.get(order).text)
        assert number is not None
        found[name] = (where, number.group())
    return found


class Structure(HTMLParser):
    """Notes whatever in a page could act by itself or load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        is_own = all(
            values.get(name, "/")[:1] in {"/", "#", "?"} and not values.get(name, "/").startswith("//")
            for name in ("src", "href", "action", "formaction")
        )
        is_active = tag in {"iframe", "object", "embed", "style", "img", "base"} or (
            tag == "script" and "src" not in values
        )
        if is_active or not is_own or any(name.startswith("on") or name == "style" for name in values):
            self.dangers.append(str(self.get_starttag_text()))


def assert_only_text(client: FlaskClient, where: str) -> None:
    """Want that a page holds no element or attribute that its template does not make."""
    answer = client.get(where)
    assert answer.status_code == 200, where
    seen = Structure()
    seen.feed(answer.text)
    assert [danger for danger in seen.dangers if not danger.startswith('<a href="mailto:')] == [], where
    assert ">49<" not in answer.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_of_customers_are_only_text_on_every_page(
    open_shop_site: OpenShop, inert_orders: dict[str, tuple[str, str]], language: str
) -> None:
    open_shop_site.owner.post("/planning/work-orders/release", data={"csrf_token": open_shop_site.owner_token})
    for where, number in inert_orders.values():
        assert_only_text(open_shop_site.guest, f"{where}?lang={language}")
        assert_only_text(open_shop_site.guest, f"{where.replace('/quotes/', '/orders/')}?lang={language}")
        assert_only_text(open_shop_site.owner, f"/sales/orders/{number}?lang={language}")
    for where in (
        "/sales/quotes",
        "/sales/orders",
        "/planning/",
        "/planning/table",
        "/planning/late",
        "/planning/work-orders",
    ):
        assert_only_text(open_shop_site.owner, f"{where}?lang={language}")
    open_shop_site.guest.delete_cookie("language")
    open_shop_site.owner.delete_cookie("language")


def text_of(document: bytes) -> str:
    """The text of a PDF without spaces; wants that it carries no file, no script and no link but the site's own."""
    reader = pypdf.PdfReader(io.BytesIO(document))
    assert reader.attachments == {}
    names = str(reader.trailer["/Root"].get_object())
    assert "JavaScript" not in names
    assert "EmbeddedFiles" not in names
    notes = [note.get_object() for page in reader.pages for note in page.annotations or []]
    links = re.findall(r"/URI': '([^']*)'", str(notes))
    assert [link for link in links if not link.startswith("http://localhost/")] == []
    return "".join("".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.parametrize("name", ["script", "attachment", "inner-address"])
def test_names_of_customers_are_only_text_on_paper(
    open_shop_site: OpenShop, inert_orders: dict[str, tuple[str, str]], name: str
) -> None:
    answer = open_shop_site.guest.get(f"{inert_orders[name][0]}/quote.pdf")
    assert answer.mimetype == "application/pdf"
    assert "".join(INERT[name].split())[:12] in text_of(answer.data).replace("\u2019", "'")


def test_engraved_texts_are_only_text_on_pages_and_on_paper(open_shop_site: OpenShop) -> None:
    guest = open_shop_site.guest
    engraved = {"engraving": "laser"}
    for raw in [*ENGRAVED.values(), "<b>x</b>{{7*7}}", "<a href='file:///'>"][:6]:
        assert_only_text(guest, address("bicycle", engraved | {"engraving_text": raw}))
        where = ask_for_quote(guest, engraved | {"engraving_text": raw}, "bicycle", quantity="1")
        assert_only_text(guest, where)
        status, order = press(guest, guest.get(where).text, "accept")
        assert status == 303
        assert_only_text(guest, order)
    assert "".join(raw.split()) in text_of(guest.get(f"{where}/quote.pdf").data).replace("\u2019", "'")
    number = re.search(r"O-2026-\d+", guest.get(order).text)
    assert number is not None
    work_order = re.search(r"W-2026-\d+", open_shop_site.owner.get(f"/sales/orders/{number.group()}").text)
    assert work_order is not None
    assert_only_text(open_shop_site.owner, f"/planning/work-orders/{work_order.group()}")
    traveller = open_shop_site.owner.get(f"/planning/work-orders/{work_order.group()}.pdf")
    assert "".join(raw.split()) in text_of(traveller.data).replace("\u2019", "'")
