"""Units of measure: symbols, exact factors, and the dimension of a unit expression. Imports nothing of this project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_SYMBOLS: Mapping[str, tuple[Mapping[str, int], Fraction]] = {
    "%": ({}, Fraction(1, 100)), "pcs": ({}, Fraction(1)),
    "mm": ({"length": 1}, Fraction(1, 1000)), "cm": ({"length": 1}, Fraction(1, 100)),
    "m": ({"length": 1}, Fraction(1)), "km": ({"length": 1}, Fraction(1000)),
    "mm2": ({"length": 2}, Fraction(1, 10**6)), "m2": ({"length": 2}, Fraction(1)),
    "l": ({"length": 3}, Fraction(1, 1000)), "m3": ({"length": 3}, Fraction(1)),
    "g": ({"mass": 1}, Fraction(1, 1000)), "kg": ({"mass": 1}, Fraction(1)), "t": ({"mass": 1}, Fraction(1000)),
    "s": ({"time": 1}, Fraction(1)), "min": ({"time": 1}, Fraction(60)), "h": ({"time": 1}, Fraction(3600)),
    "d": ({"time": 1}, Fraction(86400)),
    "month": ({"calendar": 1}, Fraction(1)), "year": ({"calendar": 1}, Fraction(12)),
    "W": ({"power": 1}, Fraction(1)), "kW": ({"power": 1}, Fraction(1000)),
    "Wh": ({"power": 1, "time": 1}, Fraction(3600)), "kWh": ({"power": 1, "time": 1}, Fraction(3600000)),
    "Pa": ({"pressure": 1}, Fraction(1)), "kPa": ({"pressure": 1}, Fraction(1000)),
    "bar": ({"pressure": 1}, Fraction(100000)),
    "K": ({"kelvin": 1}, Fraction(1)), "°C": ({"celsius": 1}, Fraction(1)), "dB": ({"level": 1}, Fraction(1)),
    "CNY": ({"CNY": 1}, Fraction(1)), "EUR": ({"EUR": 1}, Fraction(1)), "USD": ({"USD": 1}, Fraction(1)),
}
_SYMBOL_PATTERN = "|".join(
    re.escape(spelling)
    for symbol in sorted(_SYMBOLS, key=len, reverse=True)
    for spelling in dict.fromkeys((symbol, symbol.replace("2", "²").replace("3", "³")))
)
UNIT_PATTERN = rf"(?:{_SYMBOL_PATTERN})(?:[·/]?(?:{_SYMBOL_PATTERN}))*"
"""Regular expression of a unit as it stands behind a number; divisions need no blanks inside it."""

_PIECE = re.compile(rf"([·/]?)({_SYMBOL_PATTERN})")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: exponents by dimension (sorted, none is 0) and the exact factor to the base unit."""

    symbol: str
    exponents: tuple[tuple[str, int], ...]
    factor: Fraction

    def is_same_dimension(self, other: Unit) -> bool:
        """Whether values of both units can be added after conversion."""
        return self.exponents == other.exponents


def known_symbols() -> tuple[str, ...]:
    """Give every unit symbol that stands alone, in the order of the table."""
    return tuple(_SYMBOLS)


@lru_cache(maxsize=512)
def parse_unit(text: str) -> Unit | None:
    """Read a unit such as ``mm``, ``kg/m²``, ``W/m²K`` or ``m3/h``.

    Symbols behind a ``/`` count as divided by, up to the end or the next ``·``-free ``/``: ``W/m²K`` and
    ``W/m²/K`` are the same unit. Temperatures in ``°C`` never convert.

    Parameters
    ----------
    text
        The unit; ``²`` and ``³`` may be written ``2`` and ``3``.

    Returns
    -------
    Unit | None
        The unit, or None when a symbol is not known.
    """
    exponents: dict[str, int] = {}
    factor, sign, position = Fraction(1), 1, 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None or (position == 0 and match[1]):
            return None
        sign = -1 if match[1] == "/" else sign
        dimensions, scale = _SYMBOLS[match[2].replace("²", "2").replace("³", "3")]
        factor = factor * scale**sign
        for dimension, exponent in dimensions.items():
            exponents[dimension] = exponents.get(dimension, 0) + sign * exponent
        position = match.end()
    if not text:
        return None
    return Unit(text, tuple(sorted((name, count) for name, count in exponents.items() if count)), factor)


def multiply(left: Unit | None, right: Unit | None, *, sign: int) -> Unit | None:
    """Give the unit of a product (sign 1) or quotient (sign -1); None when either side is free."""
    if left is None or right is None:
        return None
    exponents = dict(left.exponents)
    for dimension, exponent in right.exponents:
        exponents[dimension] = exponents.get(dimension, 0) + sign * exponent
    kept = tuple(sorted((name, count) for name, count in exponents.items() if count))
    symbol = f"{left.symbol}{'·' if sign > 0 else '/'}{right.symbol}"
    return Unit(symbol, kept, left.factor * right.factor**sign)
