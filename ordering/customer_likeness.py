"""Which entries of a whole list of customers are likely the same, without comparing all pairs. Imports no database.

Entries meet only where they share a key: a telephone number, a tax id, or a word of the name within one e-mail domain.
Where many share a key, they are put in the order of their names and each meets the next few (sorted neighborhoods), so
that the work grows with the length of the list, not with its square. At a domain of very many, such as that of a mail
service, a name alone says little: there names must be the same, and what stands before the @ alike.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ordering.customer import LIKELY, are_alike, bare_name, bare_similarity

NEIGHBORS = 8
"""How many next entries each meets within one key."""
CROWD = 200
"""From how many entries of one scope on a name alone says little."""
SHORTEST_TELEPHONE = 7
COMPARED_DIGITS = 9
"""The last digits of a telephone number: with and without the codes of country and area they are the same."""
LEGAL_FORMS = frozenset({
    "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kg", "limited", "llc", "llp",
    "ltd", "mbh", "ohg", "oy", "plc", "pte", "pty", "sa", "sarl", "se", "spa", "srl",
})
_CHINESE_FORM = re.compile(r"(股份)?(有限)?(责任)?公司$")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class Likeness(StrEnum):
    """Why two entries are likely the same, the strongest first."""

    TAX_ID = "tax_id"
    TELEPHONE = "telephone"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Card:
    """What is compared of an entry."""

    id: int
    bare: str
    """Its name as it is compared."""
    scope: str = ""
    """Names are compared only within it: the e-mail domain of a contact."""
    local: str = ""
    """What stands before the @ of its e-mail address."""
    tax_id: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that are likely the same, the older first."""

    one: int
    other: int
    reasons: tuple[Likeness, ...]
    percent: int
    """How similar the names are, 0 to 100."""


def contact_card(row_id: int, *, name: str, email: str, telephone: str) -> Card:
    """Make the card of a contact."""
    local, _at, domain = email.rpartition("@")
    return Card(row_id, bare_name(name), domain, "".join(item for item in local.casefold() if item.isalnum()),
                telephone=telephone_key(telephone))


def company_card(row_id: int, *, name: str, tax_id: str) -> Card:
    """Make the card of a company; legal forms are no part of the name that is compared."""
    words = bare_name(name).split()
    kept = [_CHINESE_FORM.sub("", word) for word in words if word not in LEGAL_FORMS]
    return Card(row_id, " ".join(word for word in kept if word) or " ".join(words),
                tax_id="".join(item for item in tax_id.casefold() if item.isalnum()))


def telephone_key(text: str) -> str:
    """Give the digits by which telephone numbers are compared; empty where there are too few.

    Examples
    --------
    >>> telephone_key("+86 512 6000 1234") == telephone_key("0512/60001234")
    True
    """
    digits = "".join(item for item in text if item.isdigit())
    return digits[-COMPARED_DIGITS:] if len(digits) >= SHORTEST_TELEPHONE else ""


def find_pairs(cards: Sequence[Card]) -> tuple[Pair, ...]:
    """Find the entries that are likely the same.

    Parameters
    ----------
    cards
        Of the whole list, in any order.

    Returns
    -------
    tuple of Pair
        Those with the strongest reason first, then the most similar names; the same for any order of the list.
    """
    found: dict[tuple[int, int], tuple[set[Likeness], int]] = {}
    for reason, blocks in ((Likeness.TAX_ID, _blocks((card.tax_id, card) for card in cards)),
                           (Likeness.TELEPHONE, _blocks((card.telephone, card) for card in cards))):
        for one, other in _neighbors(blocks):
            reasons, _percent = found.setdefault((one.id, other.id), (set(), _percent_of(one, other)))
            reasons.add(reason)
    compared: set[tuple[int, int]] = set()
    crowds = {scope for scope, count in Counter(card.scope for card in cards).items() if scope and count > CROWD}
    for one, other in _neighbors(_blocks((key, card) for card in cards for key in _name_keys(card, crowds))):
        if (one.id, other.id) in compared:
            continue
        compared.add((one.id, other.id))
        is_alike = are_alike(one.local, other.local) if one.scope in crowds else are_alike(one.bare, other.bare)
        if is_alike:
            found.setdefault((one.id, other.id), (set(), _percent_of(one, other)))[0].add(Likeness.NAME)
    pairs = [Pair(one, other, tuple(item for item in Likeness if item in reasons), percent)
             for (one, other), (reasons, percent) in found.items()]
    strength = list(Likeness)
    return tuple(sorted(pairs, key=lambda pair: (strength.index(pair.reasons[0]), -len(pair.reasons), -pair.percent,
                                                 pair.one, pair.other)))


def _blocks(keyed: Iterable[tuple[object, Card]]) -> Iterator[list[Card]]:
    blocks: defaultdict[object, list[Card]] = defaultdict(list)
    for key, card in keyed:
        if key:
            blocks[key].append(card)
    return (block for block in blocks.values() if len(block) > 1)


def _neighbors(blocks: Iterable[list[Card]]) -> Iterator[tuple[Card, Card]]:
    for block in blocks:
        ordered = sorted(block, key=lambda card: (card.bare, card.id))
        for place, card in enumerate(ordered):
            for other in ordered[place + 1:place + 1 + NEIGHBORS]:
                yield (card, other) if card.id < other.id else (other, card)


def _name_keys(card: Card, crowds: Collection[str]) -> set[tuple[str, str]]:
    """Give the words of a name within its scope; of writing without spaces, every two signs that stand together."""
    if card.scope in crowds:
        return {(card.scope, card.bare)} if card.bare else set()
    keys = set()
    for word in card.bare.split():
        if _WITHOUT_SPACES.search(word) and len(word) > 2:
            keys |= {(card.scope, word[place:place + 2]) for place in range(len(word) - 1)}
        else:
            keys.add((card.scope, word))
    return keys


def _percent_of(one: Card, other: Card) -> int:
    return int(bare_similarity(one.bare, other.bare, least=LIKELY) * 100)
