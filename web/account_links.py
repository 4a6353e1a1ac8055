"""Secret links in mails about accounts: each for one purpose, one account, a while, and once.

Nothing is stored: a link carries the account's number and its end, sealed with the site's secret over what it is
about to change. A link to confirm an address ends once the address is confirmed; one for a new password ends with
the old password.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

CONFIRM_TIME = timedelta(days=3)
PASSWORD_TIME = timedelta(hours=2)
_TOKEN = re.compile(r"(?P<number>[1-9][0-9]{0,17})\.(?P<end>[1-9][0-9]{0,10})\.(?P<seal>[A-Za-z0-9_-]{43})", re.ASCII)


class LinkPurpose(StrEnum):
    """What a link is for."""

    CONFIRM = "confirm"
    PASSWORD = "password"  # noqa: S105  # a purpose, no password


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What a link is sealed over."""

    account_id: int
    login: str
    password_hash: str
    is_confirmed: bool


def make_account_link(facts: AccountFacts, *, purpose: LinkPurpose, secret: str, now: datetime) -> str:
    """Make the token of a link.

    Parameters
    ----------
    facts
        The account as it is.
    purpose
        What the link is for; it decides how long it holds.
    secret
        The site's secret key.
    now
        Aware UTC.
    """
    end = int((now + (CONFIRM_TIME if purpose is LinkPurpose.CONFIRM else PASSWORD_TIME)).timestamp())
    return f"{facts.account_id}.{end}.{_seal(facts, purpose, end, secret)}"


def read_account_number(token: str) -> int | None:
    """Give the number of the account that a token names; None for what is no token. Nothing is proven by that."""
    found = _TOKEN.fullmatch(token)
    return int(found["number"]) if found is not None else None


def is_account_link(token: str, facts: AccountFacts, *, purpose: LinkPurpose, secret: str, now: datetime) -> bool:
    """Tell whether a token is a link for this purpose and account, as the account is, and still in time."""
    found = _TOKEN.fullmatch(token)
    if found is None or int(found["number"]) != facts.account_id:
        return False
    end = int(found["end"])
    is_sealed = hmac.compare_digest(found["seal"], _seal(facts, purpose, end, secret))
    return is_sealed and now < datetime.fromtimestamp(end, UTC)


def _seal(facts: AccountFacts, purpose: LinkPurpose, end: int, secret: str) -> str:
    changing = str(facts.is_confirmed) if purpose is LinkPurpose.CONFIRM else facts.password_hash
    told = "\n".join((purpose.value, str(facts.account_id), str(end), facts.login, changing))
    digest = hmac.new(secret.encode(), b"onelot account link 1:" + told.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
