"""The outbox: which mails become due, in whose language, and that each is handed over once."""

from __future__ import annotations

import email
import smtplib
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from icalendar import Calendar

from ordering import service
from ordering.mail import Mail, MailKind, MailState
from ordering.order import PromiseEventKind
from ordering.quote_reading import get_quote_row
from ordering.store import add_promise_event
from tests.conftest import StandingClock
from tests.service.selling import NOW, SECRET, Shop
from web.database import Database
from web.jobs import queue
from web.jobs.handlers import build_kinds
from web.jobs.runner import JobRunner
from web.mails import delivery
from web.settings import Settings, load_settings


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({}, var_directory=tmp_path / "var", secret_key=SECRET, base_url="https://shop.example")


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    shop = Shop(database, tmp_path / "cache")
    shop.open()
    return shop


def body(message: EmailMessage, kind: str) -> str:
    """One of the two bodies of a message."""
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


class Post:
    """A worker that puts mails in words and hands them over."""

    def __init__(self, shop: Shop, settings: Settings, clock: StandingClock) -> None:
        self.shop, self.settings, self.clock = shop, settings, clock
        self.rounds = 0

    def work(self) -> None:
        self.rounds += 1
        runner = JobRunner(self.shop.database, build_kinds(self.settings), clock=self.clock, lease_seconds=30)
        with self.shop.database.transaction() as session:
            queue.enqueue(session, kind="mail.write", payload={}, key=f"now:{self.rounds}", now=self.clock())
        runner.run_due()

    def mails(self) -> tuple[Mail, ...]:
        """All mails, the oldest first."""
        with self.shop.database.reading() as session:
            return tuple(reversed(service.list_mails(session).mails))

    def files(self) -> list[EmailMessage]:
        """All messages in the outbox folder."""
        folder = self.settings.var_directory / "outbox"
        found = [email.message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]
        return [item for item in found if isinstance(item, EmailMessage)]


@pytest.fixture
def post(shop: Shop, settings: Settings, clock: StandingClock) -> Post:
    return Post(shop, settings, clock)


def test_an_offer_is_told_in_the_customers_language_with_link_price_day_and_hold(shop: Shop, post: Post) -> None:
    offered = shop.offer(replace(shop.request(), language="zh"))
    assert [(mail.kind, mail.state, mail.letter) for mail in post.mails()] == [
        (MailKind.QUOTE_OFFERED, MailState.WAITING, None)]
    post.work()
    (mail,) = post.mails()
    assert mail.state is MailState.SENT
    assert mail.tries == 1
    assert mail.sent_at == NOW
    (message,) = post.files()
    assert message["To"].addresses[0].addr_spec == "li@example.org"
    assert message["To"].addresses[0].display_name == "Jiangnan Living 江南宜居"
    text = body(message, "plain").replace("\r\n", "\n")
    assert f"https://shop.example/quotes/{offered.token}\n" in text
    assert f"https://shop.example/quotes/{offered.token}/quote.pdf" in text
    gross = offered.quote.gross
    assert f"{gross.to_decimal():,.2f} {gross.currency}" in text
    assert "您好" in text
    assert "保留至" in text
    html = body(message, "html")
    assert offered.token in html
    assert "<img" not in html
    assert "<script" not in html
    assert mail.letter is not None
    assert mail.letter.html.split() == html.split()


def test_asking_twice_with_one_key_makes_one_mail(shop: Shop, post: Post) -> None:
    shop.offer()
    shop.offer()
    post.work()
    post.work()
    assert len(post.mails()) == 1
    assert len(post.files()) == 1


def test_an_order_is_confirmed_with_a_calendar_file_and_its_moves_replace_it(shop: Shop, post: Post) -> None:
    offered = shop.offer()
    accepted = shop.accept(offered)
    moved_to = offered.quote.promised_on + timedelta(days=3)
    with shop.database.transaction() as session:
        row = get_quote_row(session, number=offered.quote.number)
        add_promise_event(session, quote=row, kind=PromiseEventKind.MOVED, at=NOW, promised_on=moved_to,
                          previous_on=offered.quote.promised_on, reason="A <b>saw</b> broke.")
    post.work()
    kinds = [mail.kind for mail in post.mails()]
    assert kinds == [MailKind.QUOTE_OFFERED, MailKind.ORDER_CONFIRMED, MailKind.DATE_MOVED]
    events = []
    for mail in post.mails()[1:]:
        assert mail.letter is not None
        assert accepted.order_number in mail.letter.title
        assert f"https://shop.example/orders/{offered.token}/order.pdf" in mail.letter.text
        (item,) = mail.letter.attachments
        events.append(Calendar.from_ical(item.text).walk("VEVENT")[0])
    assert events[0]["UID"] == events[1]["UID"] == f"{offered.quote.number}@shop.example"
    assert [event.decoded("DTSTART") for event in events] == [offered.quote.promised_on, moved_to]
    assert events[0].decoded("SEQUENCE") < events[1].decoded("SEQUENCE")
    assert {event["STATUS"] for event in events} == {"CONFIRMED"}
    letter = post.mails()[2].letter
    assert letter is not None
    assert "A <b>saw</b> broke." in letter.text
    assert "A &lt;b&gt;saw&lt;/b&gt; broke." in letter.html
    assert "<b>saw" not in letter.html
    with_file = [message for message in post.files() if list(message.iter_attachments())]
    assert len(with_file) == 2
    assert next(iter(with_file[0].iter_attachments())).get_content_type() == "text/calendar"


def test_a_rolled_back_step_leaves_no_mail(shop: Shop, post: Post) -> None:
    def offer_and_fail() -> None:
        with shop.database.transaction() as session:
            service.offer(session, request=shop.request(), idempotency_key="k", secret=SECRET, now=NOW,
                          cache_directory=shop.cache)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        offer_and_fail()
    assert post.mails() == ()


def test_a_quote_is_reminded_of_once_a_day_before_it_ends(shop: Shop, post: Post) -> None:
    offered = shop.offer()
    with shop.database.transaction() as session:
        early = offered.quote.valid_until - timedelta(hours=24, minutes=1)
        assert service.remind_expiring(session, now=early) == 0
        due = offered.quote.valid_until - timedelta(hours=23)
        assert [service.remind_expiring(session, now=due) for _round in range(2)] == [1, 0]
    assert [mail.kind for mail in post.mails()] == [MailKind.QUOTE_OFFERED, MailKind.QUOTE_EXPIRING]


def test_an_accepted_quote_is_not_reminded_of(shop: Shop) -> None:
    offered = shop.offer()
    shop.accept(offered)
    with shop.database.transaction() as session:
        assert service.remind_expiring(session, now=offered.quote.valid_until - timedelta(hours=1)) == 0


def test_names_that_try_to_add_headers_stay_names(shop: Shop, post: Post) -> None:
    shop.offer(replace(shop.request(), customer_name='Eve\r\nBcc: all@example.org, "x" <y@z>'))
    post.work()
    (message,) = post.files()
    assert message["Bcc"] is None
    assert [item.addr_spec for item in message["To"].addresses] == ["li@example.org"]


def test_domains_beyond_ascii_are_written_as_the_net_wants_them(shop: Shop, post: Post) -> None:
    shop.offer(shop.request(email="einkauf@bücher.example"))
    post.work()
    (message,) = post.files()
    assert message["To"].addresses[0].addr_spec == "einkauf@xn--bcher-kva.example"


def test_an_address_that_is_none_fails_at_once_and_waits_for_a_person(shop: Shop, post: Post) -> None:
    shop.offer(shop.request(email="nobody at home"))
    post.work()
    (mail,) = post.mails()
    assert mail.state is MailState.FAILED
    assert mail.tries == 1
    assert "address" in mail.last_error
    assert post.files() == []


class Server:
    """A mail server that fails so often, then takes everything."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.taken: list[str] = []

    def send(self, message: EmailMessage, _settings: Settings) -> None:
        if self.failures:
            self.failures -= 1
            raise smtplib.SMTPServerDisconnected("gone")
        self.taken.append(str(message["Message-ID"]))


def test_a_server_that_is_away_is_tried_again_later(
    shop: Shop, settings: Settings, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(failures=2)
    monkeypatch.setattr(delivery, "_send", server.send)
    post = Post(shop, replace(settings, smtp_host="mail.example", mail_from="sales@shop.example"), clock)
    shop.offer()
    for minutes, tries in ((0, 1), (0, 1), (1, 2), (5, 3)):
        clock.moment = clock() + timedelta(minutes=minutes, seconds=1)
        post.work()
        assert post.mails()[0].tries == tries
    assert post.mails()[0].state is MailState.SENT
    assert len(server.taken) == 1


def test_a_mail_that_failed_for_good_is_sent_again_once_per_wish(
    shop: Shop, settings: Settings, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(failures=6)
    monkeypatch.setattr(delivery, "_send", server.send)
    post = Post(shop, replace(settings, smtp_host="mail.example", mail_from="sales@shop.example"), clock)
    shop.offer()
    for _round in range(7):
        post.work()
        clock.moment = clock() + timedelta(hours=7)
    (mail,) = post.mails()
    assert mail.state is MailState.FAILED
    assert mail.tries == 6
    assert "SMTPServerDisconnected" in mail.last_error
    with shop.database.transaction() as session:
        again = service.send_again(session, mail_id=mail.id, sending=mail.sendings)
        same = service.send_again(session, mail_id=mail.id, sending=mail.sendings)
    assert again.sendings == same.sendings == 2
    assert again.state is MailState.WAITING


def test_a_worker_lost_after_the_hand_over_repeats_the_same_message_id(
    shop: Shop, settings: Settings, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(failures=0)
    monkeypatch.setattr(delivery, "_send", server.send)
    post = Post(shop, replace(settings, smtp_host="mail.example", mail_from="sales@shop.example"), clock)
    shop.offer()
    with monkeypatch.context() as killed:
        def lose_power(*_: object, **__: object) -> None:
            raise SystemExit

        killed.setattr(queue, "complete", lambda *_, kind=queue.complete, **values: (
            lose_power() if server.taken else kind(*_, **values)))
        with pytest.raises(SystemExit):
            post.work()
    assert post.mails()[0].state is MailState.WAITING
    clock.moment = clock() + timedelta(minutes=5)
    post.work()
    assert post.mails()[0].state is MailState.SENT
    assert len(server.taken) == 2
    assert len(set(server.taken)) == 1
