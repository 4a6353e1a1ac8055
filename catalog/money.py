"""Exact money: an amount in minor units and its currency. Imports nothing of this project."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

MINOR_UNITS_PER_MAJOR = {"CNY": 100, "EUR": 100, "USD": 100}


def round_half_up(value: Fraction) -> int:
    """Round an exact number to the nearest integer, halves away from zero.

    Parameters
    ----------
    value
        Any exact number.

    Returns
    -------
    int
        The nearest integer; ``1/2`` gives 1 and ``-1/2`` gives -1.
    """
    magnitude = (abs(value) * 2 + 1) // 2
    return int(magnitude) if value >= 0 else -int(magnitude)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount: integer minor units (cents, fen) and an ISO 4217 currency code."""

    amount_minor: int
    currency: str = "CNY"

    @classmethod
    def from_major(cls, amount: Fraction, currency: str = "CNY") -> Money:
        """Round an exact amount in major units to money, halves away from zero.

        Parameters
        ----------
        amount
            Exact amount in major units (yuan, euro).
        currency
            A code in :data:`MINOR_UNITS_PER_MAJOR`.

        Returns
        -------
        Money
            The rounded amount.

        Raises
        ------
        ValueError
            The currency is not known.
        """
        if currency not in MINOR_UNITS_PER_MAJOR:
            raise ValueError(f"unknown currency {currency!r}")
        return cls(round_half_up(amount * MINOR_UNITS_PER_MAJOR[currency]), currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same_currency(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same_currency(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __mul__(self, quantity: int) -> Money:
        return Money(self.amount_minor * quantity, self.currency)

    def percent(self, percent: Fraction | int) -> Money:
        """Take a percentage of the amount, rounded halves away from zero.

        Parameters
        ----------
        percent
            The share in percent; may be negative or above 100.

        Returns
        -------
        Money
            The rounded share in the same currency.
        """
        return Money(round_half_up(Fraction(self.amount_minor) * percent / 100), self.currency)

    def to_decimal(self) -> Decimal:
        """Give the amount in major units as an exact decimal, for display and exchange."""
        scale = MINOR_UNITS_PER_MAJOR[self.currency]
        return (Decimal(self.amount_minor) / scale).quantize(
            Decimal(1) / scale, rounding=ROUND_HALF_UP
        )

    def _same_currency(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")
        return other.amount_minor
