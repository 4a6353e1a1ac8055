"""A mail that is due to a customer: what it tells, to whom, and how far it came. Imports no database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from catalog.money import Money
from ordering.order import PromiseEventKind

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,64}@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,253}")


class MailKind(StrEnum):
    """What a mail tells its customer."""

    QUOTE_OFFERED = "quote_offered"
    QUOTE_RENEWED = "quote_renewed"
    QUOTE_EXPIRING = "quote_expiring"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_CHANGED = "order_changed"
    DATE_MOVED = "date_moved"
    ORDER_DELIVERED = "order_delivered"


class MailState(StrEnum):
    """How far a mail came."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


MAIL_OF_EVENT: Mapping[PromiseEventKind, MailKind] = {
    PromiseEventKind.OFFERED: MailKind.QUOTE_OFFERED,
    PromiseEventKind.REQUOTED: MailKind.QUOTE_RENEWED,
    PromiseEventKind.ACCEPTED: MailKind.ORDER_CONFIRMED,
    PromiseEventKind.MOVED: MailKind.DATE_MOVED,
    PromiseEventKind.CHANGED: MailKind.ORDER_CHANGED,
}
"""The mail that an entry of a promise's history makes due; the others make none."""


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a mail tells, frozen when it became due."""

    quote_number: str
    revision: int
    order_number: str
    """Empty before the quote is accepted."""
    promised_on: date
    previous_on: date | None
    """The day that was promised before; None when there was none."""
    reason: str
    """Why the day moved, in plain words; empty where it did not."""
    gross: Money
    valid_until: datetime
    sequence: int
    """Grows with every change of the promise."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in words, in one language."""

    language: str
    title: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the outbox."""

    id: int
    key: str
    """Names the effect; the same effect never makes two mails."""
    kind: MailKind
    state: MailState
    to_name: str
    to_address: str
    language: str
    """Empty where the customer's language is not known."""
    facts: MailFacts
    letter: Letter | None
    """None until it is put in words."""
    sendings: int
    """How often somebody asked for it to be sent, from 1 on."""
    tries: int
    last_error: str
    created_at: datetime
    sent_at: datetime | None


def message_id(key: str, *, host: str) -> str:
    """Give the Message-ID of a mail: the same for every repeat, so that a reader's program drops them.

    Parameters
    ----------
    key
        Of the mail's effect.
    host
        Name of the site.
    """
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"


def is_address(text: str) -> bool:
    """Tell whether a text can stand as one e-mail address in a header, and as nothing else."""
    return _ADDRESS.fullmatch(text) is not None
