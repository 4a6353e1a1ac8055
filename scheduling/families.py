"""Numbers of setup families. Imports neither SQLAlchemy nor OR-Tools nor the catalog."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from scheduling.problem import WorkUnit

_growing = Lock()


class Families:
    """Numbers of setup families, those that the units' matrices name first; it only ever grows.

    Parameters
    ----------
    units
        Whose matrices are read.
    """

    __slots__ = ("named", "names", "numbers")

    def __init__(self, units: Iterable[WorkUnit]) -> None:
        found = dict.fromkeys(name for unit in units for a, b, _ in unit.setup_matrix for name in (a, b))
        self.names = list(found)
        self.numbers = {name: number for number, name in enumerate(self.names)}
        self.named = len(self.names)
        """How many of them matrices name."""

    def number(self, name: str) -> int:
        """Give the number of a family, a new one when it is not known yet."""
        number = self.numbers.get(name)
        if number is None:
            with _growing:
                number = self.numbers.get(name, len(self.names))
                if number == len(self.names):
                    self.names.append(name)
                    self.numbers[name] = number
        return number
