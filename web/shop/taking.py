"""A seller in the shop: which draft takes the configuration on the page. Nothing here shows on a consumer's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask_login import current_user

from web.forms.keys import make_key

SELLERS = frozenset({"sales", "owner"})
_TARGET = re.compile(r"([1-9][0-9]{0,17})-([0-9]{1,3})-([1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """A line of a draft as the seller saw it; the place is counted from 0."""

    draft_id: int
    place: int
    version: int

    def text(self) -> str:
        """Write the target as the configurator's address says it."""
        return f"{self.draft_id}-{self.place}-{self.version}"


@dataclass(frozen=True, slots=True)
class Taking:
    """What the button of a seller sends."""

    target: Target | None
    """None for a new quote."""
    product: str
    """Hash of the version on the page."""
    choices: str
    key: str
    """For a new quote; empty otherwise."""


def read_target(text: str) -> Target | None:
    """Read a target; None for anything else."""
    found = _TARGET.fullmatch(text)
    return Target(int(found[1]), int(found[2]), int(found[3])) if found else None


def make_taking(target: str, *, content_hash: str, choices: Mapping[str, str], is_whole: bool) -> Taking | None:
    """Give what a seller's button sends; None for everybody else, and while the choices contradict each other."""
    if not is_whole or not current_user or not current_user.is_authenticated or current_user.role not in SELLERS:
        return None
    found = read_target(target)
    encoded = urlencode(sorted(choices.items()), quote_via=quote, safe=":/.,")
    return Taking(found, content_hash, encoded, "" if found else make_key())
