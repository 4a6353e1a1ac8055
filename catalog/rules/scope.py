"""The names an expression may use, and the kinds of values it may give."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from catalog.product import Attribute, LookupTable

if TYPE_CHECKING:
    from catalog.rules.extent import Extent


_LONGEST_GUESSED = 60
_MOST_GUESSED = 1000
"""Names that are compared with a mistaken one; comparing is slow."""


class Kind(StrEnum):
    """What an expression gives."""

    NUMBER = "a number"
    TRUTH = "a condition"
    CODE = "an option code"
    TEXT = "a text"


@dataclass(frozen=True, slots=True)
class Scope:
    """Names by what they are. Attributes, parameters, derived values and totals share one name space.

    ``parameters`` and ``derived`` map a name to its unit; the empty unit is free. ``totals`` are running sums
    such as ``product_price``, known only where prices are written.
    """

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, LookupTable] = field(default_factory=dict)
    totals: frozenset[str] = frozenset()
    constants: Mapping[str, Fraction] = field(default_factory=dict)
    """The values of the parameters."""
    extents: Mapping[str, Extent] = field(default_factory=dict)
    """How large the derived values can become; those left out are not known yet."""

    def names(self) -> tuple[str, ...]:
        """Give every name that may stand for a value."""
        return (*self.attributes, *self.parameters, *self.derived, *sorted(self.totals))


def did_you_mean(name: str, known: Iterable[str], *, limit: int = 8) -> str:
    """Word a hint for a name that is not known.

    Parameters
    ----------
    name
        The name found.
    known
        The names that would be right.
    limit
        With no more names than this, all are listed when none is close.

    Returns
    -------
    str
        ``; did you mean 'width'?``, or ``; expected one of: …``, or empty.
    """
    if len(name) > _LONGEST_GUESSED:
        return ""
    names = list(dict.fromkeys(str(word) for word in islice(known, _MOST_GUESSED)))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:
        close = [other for other in names if other.lower() == name.lower()]
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; expected one of: {', '.join(names)}" if 0 < len(names) <= limit else ""
