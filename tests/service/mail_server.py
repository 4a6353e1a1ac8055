"""A real mail server in the test process, with the moods of real ones."""

from __future__ import annotations

import asyncio
import email
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Moods:
    """What the server does; every list is worked off, one entry a message, and then it takes everything."""

    recipients: list[str] = field(default_factory=list)
    """Answers to the recipient, empty to take it."""
    contents: list[str] = field(default_factory=list)
    """Answers to the message: an answer, ``drop`` before it is taken, ``swallow`` after, or ``slow``."""
    taken: list[Message] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    is_encrypted: list[bool] = field(default_factory=list)
    tries: int = 0

    async def handle_RCPT(  # noqa: N802  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient or refuse it."""
        self.tries += 1
        answer = self.recipients.pop(0) if self.recipients else ""
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # as above
        """Take a message, or do what real servers do instead."""
        mood = self.contents.pop(0) if self.contents else ""
        if mood == "slow":
            await asyncio.sleep(30)
        if mood == "drop":
            cut_off(server)
            return "451 gone"
        if mood[:1].isdigit():
            return mood
        content = envelope.content or b""
        self.taken.append(email.message_from_bytes(content.encode() if isinstance(content, str) else content))
        self.senders.append(str(envelope.mail_from))
        self.is_encrypted.append(server.transport is not None
                                 and server.transport.get_extra_info("ssl_object") is not None)
        if mood == "swallow":
            cut_off(server)
        return "250 OK"


def cut_off(server: SMTP) -> None:
    """End the connection without a word."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


def knows_password(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    """Let in who knows the one password."""
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"onelot", b"right")
    return AuthResult(success=is_right, handled=is_right)


@contextmanager
def mail_server(moods: Moods, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None,
                wants_password: bool = False) -> Iterator[int]:
    """Run the server; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options: dict[str, Any] = {"authenticator": knows_password, "auth_required": True,
                               "auth_require_tls": starttls is not None}
    controller = Controller(moods, hostname="127.0.0.1", port=port, ssl_context=tls, tls_context=starttls,
                            require_starttls=starttls is not None, **(options if wants_password else {}))
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
