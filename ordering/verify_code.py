"""The code on paper by which anybody who holds it can check it: unguessable, and good for nothing else.

It is made from the site's secret under a purpose of its own, so nobody can make it from the customer's link, or the
link from it. Its first part names the paper, the second seals that name, the third seals what the paper says: a paper
whose name is ours but whose facts are not stored any more is told apart from one that never was ours.
Imports no database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ordering.numbering import Series

NAME_PURPOSE = b"onelot paper 1 name:"
FACTS_PURPOSE = b"onelot paper 1 facts:"
NAME_LETTERS = 20
"""Of five bits each: 100 bits that cannot be guessed."""
FACTS_LETTERS = 8
LONGEST_CODE = 60
_CODE = re.compile(
    rf"([QOW]-[0-9]{{4}}-[0-9]{{4,9}})\.([1-9][0-9]{{0,5}})\.([A-Z2-7]{{{NAME_LETTERS}}})([A-Z2-7]{{{FACTS_LETTERS}}})")


class PaperKind(StrEnum):
    """What a paper is; the value is the letter of its number."""

    QUOTE = Series.QUOTE.value
    ORDER = Series.ORDER.value
    WORK_ORDER = Series.WORK_ORDER.value


@dataclass(frozen=True, slots=True)
class PaperName:
    """Which paper a genuine code names."""

    kind: PaperKind
    number: str
    revision: int
    facts_seal: str


def make_code(number: str, *, revision: int, facts: Sequence[object], secret: str) -> str:
    """Make the code of a paper.

    Parameters
    ----------
    number
        Of a quote, an order or a work order.
    revision
        Of the paper, from 1 on.
    facts
        What the paper says, as texts, whole numbers and lists of them; the same facts give the same code.
    secret
        The site's secret key.

    Returns
    -------
    str
        Such as ``Q-2026-0001.1.`` and 28 letters, safe in an address.
    """
    return f"{number}.{revision}.{_name_seal(number, revision, secret)}{seal_facts(facts, secret=secret)}"


def read_code(code: str, *, secret: str) -> PaperName | None:
    """Give which paper a code names; None for one that this site never made. Small letters and spaces are forgiven."""
    match = _CODE.fullmatch("".join(code.split()).upper())
    if match is None:
        return None
    number, revision, seal, facts_seal = match.group(1), int(match.group(2)), match.group(3), match.group(4)
    if not hmac.compare_digest(seal, _name_seal(number, revision, secret)):
        return None
    return PaperName(PaperKind(number[0]), number, revision, facts_seal)


def seal_facts(facts: Sequence[object], *, secret: str) -> str:
    """Seal what a paper says in :data:`FACTS_LETTERS` letters."""
    content = json.dumps(list(facts), ensure_ascii=False, separators=(",", ":"))
    return _letters(FACTS_PURPOSE + content.encode("utf-8", "replace"), secret, FACTS_LETTERS)


def _name_seal(number: str, revision: int, secret: str) -> str:
    return _letters(NAME_PURPOSE + f"{number}.{revision}".encode(), secret, NAME_LETTERS)


def _letters(content: bytes, secret: str, count: int) -> str:
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:count]
