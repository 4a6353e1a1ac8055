"""Mails handed to a real server: encrypted, with a password, refused, slow, and cut off half-way."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ordering import service
from ordering.mail import Mail, MailState
from tests.conftest import StandingClock
from tests.service.mail_server import Moods, mail_server
from tests.service.selling import NOW, SECRET, Shop
from tests.service.test_mailing import Post
from web.database import Database
from web.jobs import queue
from web.jobs.handlers import build_kinds
from web.jobs.runner import JobRunner
from web.mails import delivery, work, writing
from web.settings import load_settings
from web.tables import JobRow

SENDER = "sales@shop.example"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(NOW)


@pytest.fixture
def post(database: Database, tmp_path: Path, clock: StandingClock) -> Post:
    shop = Shop(database, tmp_path / "cache")
    shop.open()
    shop.offer()
    settings = load_settings({}, var_directory=tmp_path / "var", secret_key=SECRET, base_url="https://shop.example",
                             smtp_host="localhost", smtp_security="none", mail_from=SENDER)
    return Post(shop, settings, clock)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for ``localhost`` in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("NOT TESTED with an encrypted mail server: install openssl")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return both


@pytest.fixture
def encrypting(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def send(post: Post, port: int, *, minutes: int = 0, **settings: object) -> Mail:
    """Let a worker try, ``minutes`` later; give the mail as it stands then."""
    post.settings = replace(post.settings, smtp_port=port, **settings)  # type: ignore[arg-type]  # any setting
    post.clock.moment = post.clock() + timedelta(minutes=minutes, seconds=1)
    post.work()
    (mail,) = post.mails()
    return mail


def test_a_plain_server_is_given_both_bodies_once(post: Post) -> None:
    moods = Moods()
    with mail_server(moods) as port:
        assert send(post, port).state is MailState.SENT
        assert send(post, port, minutes=60).state is MailState.SENT
    (message,) = moods.taken
    assert moods.senders == [SENDER]
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]
    assert message["Message-ID"].endswith("@shop.example>")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_server_with_a_password_is_used_when_its_certificate_is_trusted(
    post: Post, encrypting: ssl.SSLContext, certificate: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moods = Moods()
    server: dict[str, Any] = {"tls": encrypting}
    user: dict[str, Any] = {}
    if security == "starttls":
        server = {"starttls": encrypting, "wants_password": True}
        user = {"smtp_user": "onelot", "smtp_password": "wrong"}
    with mail_server(moods, **server) as port:
        distrusted = send(post, port, smtp_security=security, **user)
        assert (distrusted.state, distrusted.tries) == (MailState.WAITING, 1)
        assert "CERTIFICATE_VERIFY_FAILED" in distrusted.last_error
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        if user:
            refused = send(post, port, minutes=1)
            assert (refused.state, refused.tries) == (MailState.WAITING, 2)
            assert "SMTPAuthenticationError" in refused.last_error
            assert "wrong" not in refused.last_error
            assert send(post, port, minutes=5, smtp_password="right").state is MailState.SENT
        else:
            assert send(post, port, minutes=1).state is MailState.SENT
    assert moods.is_encrypted == [True]


def test_a_server_without_encryption_is_given_nothing_where_it_is_asked_for(post: Post) -> None:
    moods = Moods()
    with mail_server(moods) as port:
        mail = send(post, port, smtp_security="starttls")
    assert mail.state is MailState.FAILED
    assert "STARTTLS" in mail.last_error
    assert moods.taken == []


@pytest.mark.parametrize(("answer", "state"), [
    ("550 5.1.1 no such mailbox", MailState.FAILED), ("451 4.7.1 come back later", MailState.WAITING)])
def test_a_refused_recipient_is_final_or_tried_again_as_the_server_says(
    post: Post, answer: str, state: MailState
) -> None:
    moods = Moods(recipients=[answer])
    with mail_server(moods) as port:
        mail = send(post, port)
        assert (mail.state, mail.last_error) == (state, answer)
        again = send(post, port, minutes=1)
    assert again.state is (MailState.FAILED if state is MailState.FAILED else MailState.SENT)
    assert len(moods.taken) == (state is MailState.WAITING)


def test_a_refused_message_fails_with_the_servers_words_and_is_sent_again_by_hand(post: Post) -> None:
    moods = Moods(contents=["554 5.7.1 looks like spam"])
    with mail_server(moods) as port:
        mail = send(post, port)
        assert (mail.state, mail.last_error) == (MailState.FAILED, "554 5.7.1 looks like spam")
        with post.shop.database.transaction() as session:
            again = service.send_again(session, mail_id=mail.id, sending=mail.sendings)
            work.queue_mail(session, again, now=post.clock())
        assert send(post, port).state is MailState.SENT
    assert len(moods.taken) == 1


def test_a_slow_server_costs_a_try_and_no_second_message(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 1)
    moods = Moods(contents=["slow"])
    with mail_server(moods) as port:
        mail = send(post, port)
        assert (mail.state, mail.tries) == (MailState.WAITING, 1)
        assert "imed" in mail.last_error  # TimeoutError: timed out
        assert send(post, port, minutes=1).state is MailState.SENT
    assert len(moods.taken) == 1


def test_a_connection_dropped_before_the_message_is_taken_is_tried_again(post: Post) -> None:
    moods = Moods(contents=["drop"])
    with mail_server(moods) as port:
        mail = send(post, port)
        assert (mail.state, mail.tries) == (MailState.WAITING, 1)
        assert send(post, port, minutes=1).state is MailState.SENT
    assert len(moods.taken) == 1


def test_a_connection_dropped_after_the_message_is_taken_repeats_the_same_message_id(post: Post) -> None:
    moods = Moods(contents=["swallow"])
    with mail_server(moods) as port:
        assert send(post, port).state is MailState.WAITING
        assert send(post, port, minutes=1).state is MailState.SENT
        assert send(post, port, minutes=60).tries == 2
    assert len(moods.taken) == 2
    assert len({message["Message-ID"] for message in moods.taken}) == 1


def test_nobody_there_is_tried_again_until_it_fails_with_the_reason(post: Post) -> None:
    with mail_server(Moods()) as port:
        pass
    for minutes in (0, 1, 5, 30, 120, 360):
        assert post.mails()[0].state is MailState.WAITING
        mail = send(post, port, minutes=minutes)
    assert (mail.state, mail.tries) == (MailState.FAILED, 6)
    assert "ConnectionRefusedError" in mail.last_error
    assert SECRET not in mail.last_error


def test_a_mail_whose_worker_dies_again_and_again_fails_with_a_reason_and_is_sent_again_by_hand(post: Post) -> None:
    moods = Moods()
    post.settings = replace(post.settings, smtp_host="")
    kinds = build_kinds(post.settings)
    runner = JobRunner(post.shop.database, kinds, clock=post.clock, lease_seconds=30)
    with post.shop.database.transaction() as session:
        queue.enqueue(session, kind="mail.write", payload={}, key="write", now=post.clock())
    with post.shop.database.reading() as session:
        (writing,) = queue.list_due(session, now=post.clock())
    assert runner.run(writing)
    with post.shop.database.reading() as session:
        (sending,) = queue.list_due(session, now=post.clock())
    for _death in range(queue.MAX_ATTEMPTS):
        with post.shop.database.transaction() as session:
            assert queue.claim(session, job_id=sending, now=post.clock(), lease_seconds=30) is not None
        post.clock.moment = post.clock() + timedelta(minutes=1)
    assert not runner.run(sending)
    (mail,) = post.mails()
    assert (mail.state, mail.last_error) == (MailState.FAILED, "The worker was lost 5 times.")
    with post.shop.database.reading() as session:
        assert session.get_one(JobRow, sending).state == "failed"
    with post.shop.database.transaction() as session:
        again = service.send_again(session, mail_id=mail.id, sending=mail.sendings)
        work.queue_mail(session, again, now=post.clock())
    with mail_server(moods) as port:
        assert send(post, port, smtp_host="localhost").state is MailState.SENT
    assert len(moods.taken) == 1


def test_one_mail_that_cannot_be_written_keeps_no_other_waiting(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.shop.offer(post.shop.request(email="wu@example.org"), key="offer-2")
    broken, write = post.mails()[0].id, writing.put_in_words

    def fail_once(session: object, mail: Mail, **more: object) -> object:
        if mail.id == broken:
            raise RuntimeError("a hole in the words")
        return write(session, mail, **more)  # type: ignore[arg-type]  # as it is called

    monkeypatch.setattr(work, "put_in_words", fail_once)
    moods = Moods()
    with mail_server(moods) as port:
        post.settings = replace(post.settings, smtp_port=port)
        for _round in range(work.MOST_WRITINGS):
            post.work()
    first, second = post.mails()
    assert (first.state, first.last_error) == (MailState.FAILED, "RuntimeError: a hole in the words")
    assert second.state is MailState.SENT
    assert len(moods.taken) == 1
