"""Handing a message over: to a mail server, or into the outbox folder where none is set."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterable
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

from ordering.mail import message_id
from web.mails.message import MailUndeliverable
from web.settings import Settings

TIMEOUT_SECONDS = 20
PERMANENT = range(550, 555)
"""Answers of a server that no repeat changes."""


class MailRefused(Exception):
    """One try did not succeed; a later one may."""


def deliver(message: EmailMessage, *, settings: Settings) -> None:
    """Hand a message over.

    Parameters
    ----------
    message
        Complete.
    settings
        Names the server, or the folder when there is none.

    Raises
    ------
    MailRefused
        The server cannot be reached or does not take it now.
    MailUndeliverable
        The server will never take it.
    """
    try:
        if settings.smtp_host:
            _send(message, settings)
        else:
            keep_file(message, folder=settings.var_directory / "outbox")
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        said = f"{code} {_text(words)}"
        raise (MailUndeliverable(said) if code in PERMANENT else MailRefused(said)) from error
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        said = f"{error.smtp_code} {_text(error.smtp_error)}"
        raise (MailUndeliverable(said) if error.smtp_code in PERMANENT else MailRefused(said)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailUndeliverable(f"The mail server cannot do this: {error}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(f"{type(error).__name__}: {error}") from error


def keep_file(message: EmailMessage, *, folder: Path) -> Path:
    """Write a message into a folder, whole or not at all; a repeat replaces the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    name = _file_stem(str(message["Message-ID"]))
    path = folder / f"{name}.eml"
    partial = folder / f".{name}.{os.getpid()}"
    partial.write_bytes(message.as_bytes())
    partial.replace(path)
    return path


def forget_files(keys: Iterable[str], *, host: str, folder: Path) -> int:
    """Delete the files of mails from a folder; give how many there were."""
    paths = [folder / f"{_file_stem(message_id(key, host=host))}.eml" for key in keys]
    found = [path for path in paths if path.exists()]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def _file_stem(identifier: str) -> str:
    return identifier.strip("<>").partition("@")[0]


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _send(message: EmailMessage, settings: Settings) -> None:
    """Give a message to the server; whatever it says after it has taken the message changes nothing any more."""
    trusted = ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS,
                                                context=trusted)
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=trusted)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()
