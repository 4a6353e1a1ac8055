"""What the sales desk may ask of its lists: filters and orders as values. Imports no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ordering.order import OrderState
from ordering.quote import QuoteState

MOST_COUNTED = 1000
"""A list counts its matches up to here; beyond, it says that there are more."""
MOST_EXPORTED = 50_000
"""Rows of one export."""
LONGEST_SEARCH = 100


class SalesColumn(StrEnum):
    """A column that a list can be sorted by. ``MADE`` is the offer of a quote and the acceptance of an order."""

    NUMBER = "number"
    CUSTOMER = "customer"
    NET = "net"
    PROMISED = "promised"
    MADE = "made"
    VALID = "valid"


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column a list is sorted; equal rows stand in the order of their making."""

    column: SalesColumn = SalesColumn.MADE
    is_descending: bool = True


NEWEST_FIRST = Sorting()


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesFilter:
    """What quotes and orders are filtered by; None and empty texts ask for nothing."""

    search: str = ""
    """Part of a number, of a customer's name or e-mail address, or of a reference."""
    customer: str = ""
    """The whole e-mail address of a customer, in any case."""
    destination: str = ""
    """Code of the destination."""
    made_from: datetime | None = None
    """Aware UTC: offered, or accepted, at or after."""
    made_until: datetime | None = None
    """Aware UTC, exclusive."""
    promised_from: date | None = None
    promised_to: date | None = None
    """The last day that counts."""
    net_from_minor: int | None = None
    net_to_minor: int | None = None
    """Net in minor units of each one's own currency, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteFilter(SalesFilter):
    """What quotes are filtered by. Without a state every newest revision counts."""

    state: QuoteState | None = None
    """As a person reads it: an offer whose time is over counts as expired."""
    expiring_within_hours: int | None = None
    """Only open quotes whose hold ends within so many hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter(SalesFilter):
    """What orders are filtered by."""

    state: OrderState | None = None


EVERY_QUOTE = QuoteFilter()
EVERY_ORDER = OrderFilter()


@dataclass(frozen=True, slots=True)
class SalesRecord:
    """A quote or order as a line of an export; moments are aware UTC."""

    number: str
    revision: int
    quote_number: str
    """Of an order; empty for a quote."""
    state: str
    customer_name: str
    customer_email: str
    reference: str
    destination: str
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    promised_on: date
    made_at: datetime
    valid_until: datetime
