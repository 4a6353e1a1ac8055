"""The outbox as the sales desk reads it, and the calendar files of quotes and orders."""

from __future__ import annotations

import re
from datetime import date

import pytest
from icalendar import Calendar, Event

from ordering import service
from tests.web.conftest import OpenShop
from tests.web.shopping import ask_for_quote, press
from tests.web.signing_in import token_of


def work(shop: OpenShop) -> None:
    """Let a worker put the mails in words and send them."""
    background = shop.app.extensions["onelot_background"]
    shop.clock.forward(seconds=11)
    from web.worker import Beat  # noqa: PLC0415  # only here

    class Silent:
        def send(self, ids: tuple[int, ...]) -> int:
            return len(ids)

    Beat(shop.app.extensions["onelot_database"], Silent(), background.runner.kinds, shop.clock).beat_once()  # type: ignore[arg-type]  # nobody listens
    background.runner.run_due()


def event_of(text: str) -> Event:
    """The event of a calendar file."""
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def test_a_quote_and_its_order_give_one_event_that_grows_firm(open_shop_site: OpenShop) -> None:
    shop = open_shop_site
    where = ask_for_quote(shop.guest)
    page = shop.guest.get(where).text
    assert f'{where}/date.ics"' in page
    answer = shop.guest.get(f"{where}/date.ics")
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"].endswith('.ics"')
    offered = event_of(answer.text)
    assert offered["STATUS"] == "TENTATIVE"
    assert isinstance(offered.decoded("DTSTART"), date)
    assert offered["URL"] == f"http://localhost{where}"
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))
    assert press(shop.guest, page, "accept")[0] == 303
    order_address = where.replace("/quotes/", "/orders/")
    assert f'{order_address}/date.ics"' in shop.guest.get(order_address).text
    confirmed = event_of(shop.guest.get(f"{order_address}/date.ics").text)
    assert confirmed["STATUS"] == "CONFIRMED"
    assert confirmed["UID"] == offered["UID"]
    assert confirmed.decoded("SEQUENCE") > offered.decoded("SEQUENCE")


def test_a_declined_quote_takes_its_day_back(open_shop_site: OpenShop) -> None:
    shop = open_shop_site
    where = ask_for_quote(shop.guest)
    before = event_of(shop.guest.get(f"{where}/date.ics").text)
    assert press(shop.guest, shop.guest.get(where).text, "decline")[0] == 303
    gone = event_of(shop.guest.get(f"{where}/date.ics").text)
    assert gone["STATUS"] == "CANCELLED"
    assert gone.decoded("SEQUENCE") > before.decoded("SEQUENCE")


@pytest.mark.parametrize("path", ["/quotes/nothing/date.ics", "/orders/nothing/date.ics"])
def test_a_wrong_link_opens_no_calendar_file(open_shop_site: OpenShop, path: str) -> None:
    assert open_shop_site.guest.get(path).status_code == 404


def test_sales_read_a_mail_as_it_was_sent(open_shop_site: OpenShop) -> None:
    shop = open_shop_site
    where = ask_for_quote(shop.guest, customer_name="Ann <script>alert(1)</script>", customer_email="ann@example.org")
    work(shop)
    page = shop.owner.get("/sales/mails?state=sent&search=ann@example.org").text
    assert "ann@example.org" in page
    found = re.search(r'href="(/sales/mails/\d+)"', page)
    assert found is not None
    mail = shop.owner.get(found.group(1)).text
    assert f"http://localhost{where}" in mail
    assert "<script>alert" not in mail
    assert "&lt;!doctype html&gt;" in mail
    assert "send-again" not in mail


def test_a_failed_mail_is_sent_again_once(open_shop_site: OpenShop) -> None:
    shop = open_shop_site
    ask_for_quote(shop.guest, customer_email="late@example.org")
    work(shop)
    database = shop.app.extensions["onelot_database"]
    with database.transaction() as session:
        (mail,) = service.list_mails(session, search="late@example.org").mails
        service.note_try(session, mail_id=mail.id, error="550 no such box", is_final=True)
    where = f"/sales/mails/{mail.id}"
    assert "550 no such box" in shop.owner.get(where).text
    entries = {"csrf_token": token_of(shop.owner, where), "sending": "1"}
    for _press in range(2):
        assert shop.owner.post(f"{where}/send-again", data=entries).status_code == 303
    with database.reading() as session:
        again = service.get_mail(session, mail_id=mail.id)
    assert (again.sendings, again.state.value) == (2, "waiting")
    work(shop)
    with database.reading() as session:
        assert service.get_mail(session, mail_id=mail.id).state.value == "sent"


def test_strange_numbers_of_mails_are_not_found(open_shop_site: OpenShop) -> None:
    for number in ("0", "999999", str(10**40)):
        assert open_shop_site.owner.get(f"/sales/mails/{number}").status_code == 404
