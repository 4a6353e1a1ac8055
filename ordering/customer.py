"""Companies, contacts and price groups as values, and what makes two contacts likely the same. Imports no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from difflib import SequenceMatcher
from fractions import Fraction

from catalog.money import Money
from catalog.text import Text
from ordering.order import OrderState
from ordering.quote import QuoteState

ERASED = "–"
"""What stands in place of an erased name."""
LANGUAGES = ("en", "zh")
CURRENCIES = ("CNY", "EUR", "USD")
MOST_ADDRESS_LINES = 6
LONGEST_ADDRESS_LINE = 80
LIKELY = 0.75
"""From 0, nothing in common, to 1, the same: how similar names are that may belong to one contact."""
_TAX_ID = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{2,28}[A-Z0-9]", re.ASCII)
_TELEPHONE = re.compile(r"\+?[0-9(][0-9 ()/.-]{3,28}[0-9]", re.ASCII)
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """A group of companies that buy on the same terms."""

    id: int
    code: str
    title: Text
    discount_percent: Fraction
    """Exact, from 0 to 100."""
    version: int


@dataclass(frozen=True, slots=True)
class CompanyEntry:
    """What a person enters about a company; a language, currency or price group may be left open."""

    name: str
    tax_id: str = ""
    language: str = ""
    currency: str = ""
    price_group_id: int | None = None
    billing_address: tuple[str, ...] = ()
    delivery_address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it stands, in its version."""

    id: int
    entry: CompanyEntry
    price_group: PriceGroup | None
    version: int
    created_at: datetime
    changed_at: datetime
    merged_into_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """What a person enters about a contact; the e-mail address is in small letters."""

    name: str
    email: str
    telephone: str = ""
    language: str = ""
    company_id: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it stands, in its version."""

    id: int
    entry: ContactEntry
    company: Company | None
    version: int
    created_at: datetime
    changed_at: datetime | None
    merged_into_id: int | None = None


@dataclass(frozen=True, slots=True)
class QuoteMention:
    """The newest revision of a quote of a contact, in brief."""

    number: str
    revision: int
    state: QuoteState
    net: Money
    promised_on: date
    offered_at: datetime


@dataclass(frozen=True, slots=True)
class OrderMention:
    """An order of a contact, in brief."""

    number: str
    state: OrderState
    net: Money
    promised_on: date
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class ContactFile:
    """A contact with its quotes and orders, the newest first."""

    contact: Contact
    quotes: tuple[QuoteMention, ...]
    orders: tuple[OrderMention, ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What the erasure of a contact overwrites, and what stands against it."""

    contact: Contact
    merged_count: int
    """Contacts merged into it, which go with it."""
    quote_count: int
    """Revisions of quotes whose name goes."""
    document_count: int
    """Kept documents that go, to be drawn again without the name."""
    draft_count: int
    """Drafts of quotes to it, which lose it; those that are open are put away."""
    mail_count: int
    open_quotes: tuple[str, ...]
    open_orders: tuple[str, ...]
    is_last_of_company: bool
    """Whether the company has no other contact, and may go too."""
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Under which it was known, for what else has to be looked through."""
    mail_keys: tuple[str, ...] = ()
    """Of the mails that go."""

    @property
    def is_possible(self) -> bool:
        """Whether nothing is open."""
        return not self.open_quotes and not self.open_orders


def is_tax_id(text: str) -> bool:
    """Tell whether a text has the form of a tax id; whether it was given to anybody is not asked.

    Examples
    --------
    >>> [is_tax_id(text) for text in ("91440300MA5DA1XY2B", "DE 123456789", "ab", "DE–1234")]
    [True, True, False, False]
    """
    return _TAX_ID.fullmatch(text) is not None


def is_telephone(text: str) -> bool:
    """Tell whether a text has the form of a telephone number: digits, one plus in front, common separators."""
    return _TELEPHONE.fullmatch(text) is not None


def is_price_group_code(text: str) -> bool:
    """Tell whether a text is a code of 1 to 20 small letters, digits, hyphens and underscores."""
    return _CODE.fullmatch(text) is not None


def changed_fields(old: CompanyEntry | ContactEntry, new: CompanyEntry | ContactEntry) -> tuple[str, ...]:
    """Name the fields in which two entries differ, in their order."""
    return tuple(item.name for item in fields(old) if getattr(old, item.name) != getattr(new, item.name))


def similarity(one: str, other: str) -> float:
    """Compare two names without regard to case, accents, signs and the order of words.

    Returns
    -------
    float
        From 0 to 1; 0 when one of them has neither letters nor digits.

    Examples
    --------
    >>> similarity("Müller GmbH, Jörg", "Joerg Muller GMBH") > 0.9
    True
    """
    return bare_similarity(bare_name(one), bare_name(other))


def bare_similarity(left: str, right: str, *, least: float = 0.0) -> float:
    """Compare two names that are bare already; what cannot reach ``least`` may give less than it is."""
    if not left or not right or 2 * min(len(left), len(right)) < least * (len(left) + len(right)):
        return 0.0
    if left == right:
        return 1.0
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= least else 0.0


def are_alike(left: str, right: str) -> bool:
    """Whether two bare names are likely one: similar as a whole, and in what they do not share.

    What they do not share must also begin or end alike; this turns most pairs away at little cost.

    Examples
    --------
    >>> are_alike("anna berg", "ana berg"), are_alike("family gu", "family xu")
    (True, False)
    """
    if left == right:
        return bool(left)
    ours, theirs = left.split(), right.split()
    one = "".join(word for word in ours if word not in theirs)
    other = "".join(word for word in theirs if word not in ours)
    if one and other and one[0] != other[0] and one[-1] != other[-1]:
        return False
    is_part = not one or not other or one.startswith(other) or other.startswith(one)
    return (is_part or bare_similarity(one, other, least=LIKELY) >= LIKELY) and (
        bare_similarity(left, right, least=LIKELY) >= LIKELY)


def bare_name(name: str) -> str:
    """Give a name as it is compared: small letters and digits without accents, its words in the order of letters."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(item if item.isalnum() else " " for item in plain if not unicodedata.combining(item))
    return " ".join(sorted(letters.split()))


def likely_duplicates(contact: Contact, others: Iterable[Contact]) -> tuple[Contact, ...]:
    """Give the contacts that are likely the same person: one e-mail domain, and a similar name.

    Returns
    -------
    tuple of Contact
        The most similar first; never the contact itself.
    """
    domain = domain_of(contact.entry.email)
    near = [
        (similarity(contact.entry.name, other.entry.name), other)
        for other in others if other.id != contact.id and domain_of(other.entry.email) == domain
        and are_alike(bare_name(contact.entry.name), bare_name(other.entry.name))
    ]
    ranked = sorted(near, key=lambda item: (-item[0], item[1].id))
    return tuple(other for _likeness, other in ranked)


def domain_of(email: str) -> str:
    """Give what stands behind the last @ of an e-mail address."""
    return email.rpartition("@")[2]


def discount_text(percent: Fraction) -> str:
    """Write a percentage of at most two decimals with as few digits as it needs.

    Examples
    --------
    >>> discount_text(Fraction("2.50"))
    '2.5'
    """
    hundredths = round(percent * 100)
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")


def entry_facts(entry: CompanyEntry | ContactEntry) -> Mapping[str, object]:
    """Give an entry as plain JSON values by field."""
    values = {item.name: getattr(entry, item.name) for item in fields(entry)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
