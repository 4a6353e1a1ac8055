"""Configurations that shoppers keep: designs, where they stopped, links to go on elsewhere. Imports no database.

An owner is a text: an account, or a browser known by the hash of the secret key in its cookie.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_DESIGNS = 200
LONGEST_NAME = 80
MOST_LINKS = 50
LINK_TIME = timedelta(days=30)
KEEPING_TIME = timedelta(days=90)
"""How long a browser's configurations are kept after its last change of any of them."""
MOST_CHOICE_CHARACTERS = 60_000
LINK_PURPOSE = b"onelot resume link 1:"
_BROWSER, _ACCOUNT = "browser:", "account:"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen of a product, under which of its versions, and how it was looked at."""

    product_code: str
    content_hash: str
    version: int
    choices: Mapping[str, str]
    """Raw texts by attribute, as the address of the configurator carries them."""
    destination: str = ""
    alternative: str = ""
    pieces: int = 1

    def is_same(self, other: Choice) -> bool:
        """Tell whether another says exactly the same."""
        return self._said() == other._said()

    def _said(self) -> tuple[object, ...]:
        return (self.product_code, self.content_hash, dict(self.choices), self.destination, self.alternative,
                self.pieces)

    @property
    def size(self) -> int:
        """How many characters the choices take."""
        return len(json.dumps(dict(self.choices), ensure_ascii=False))


@dataclass(frozen=True, slots=True)
class SavedDesign:
    """A configuration kept under a name."""

    id: int
    name: str
    choice: Choice
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class LastChoice:
    """Where somebody stopped with a product."""

    choice: Choice
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ResumeLink:
    """A secret link to a configuration. ``token`` is empty when the site's secret has changed since."""

    id: int
    token: str
    choice: Choice
    created_at: datetime
    expires_at: datetime
    is_revoked: bool

    def is_open(self, *, now: datetime) -> bool:
        """Tell whether it still leads anywhere."""
        return not self.is_revoked and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Moved:
    """What went from a browser to an account, and how many designs found no place there."""

    designs: int
    left: int


def make_owner_key() -> str:
    """Draw the secret key by which a browser owns what it keeps: 256 bits."""
    return secrets.token_urlsafe(32)


def browser_owner(key: str) -> str:
    """Give the owner that a browser's secret key stands for."""
    return _BROWSER + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def account_owner(account_id: int) -> str:
    """Give the owner that an account is."""
    return f"{_ACCOUNT}{account_id}"


def is_browser(owner: str) -> bool:
    """Tell whether an owner is a browser, whose things are not kept for ever."""
    return owner.startswith(_BROWSER)


def browser_pattern() -> str:
    """Give the SQL pattern of all owners that are browsers."""
    return f"{_BROWSER}%"


def free_name(name: str, taken: Collection[str]) -> str:
    """Give a name that is not taken: the name itself, or with the next number behind it.

    Parameters
    ----------
    name
        1 to 80 characters.
    taken
        Names in use.

    Returns
    -------
    str
        At most 80 characters; a long name is cut so that its number fits.
    """
    if name not in taken:
        return name
    number = 2
    while (found := _numbered(name, number)) in taken:
        number += 1
    return found


def _numbered(name: str, number: int) -> str:
    end = f" ({number})"
    return name[:LONGEST_NAME - len(end)].rstrip() + end
