"""Reading of plain values for drawings: what is missing or odd falls back, a drawing never fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12}|/[1-9][0-9]{0,11})?")


def figure(values: Mapping[str, object], name: str, default: float, *, least: float = 0,
           most: float = 1e6) -> float:
    """Give a number of the values, held between two bounds, or the default when it is none."""
    value = values.get(name)
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, (int, float, Fraction)):
        return default
    return min(max(float(value), least), most)


def code(values: Mapping[str, object], name: str, default: str = "") -> str:
    """Give an option code of the values, or the default."""
    value = values.get(name)
    return value if isinstance(value, str) else default


def is_yes(values: Mapping[str, object], name: str) -> bool:
    """Tell whether a yes/no value is chosen as yes."""
    return values.get(name) in {"true", "yes", True}


def _parsed(words: str) -> Fraction | None:
    return Fraction(words) if _NUMBER.fullmatch(words) else None
