"""The faults of one source, up to a bound: a file that is wrong all over is not read to its end."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.errors import CatalogInvalid, Problem

MOST_PROBLEMS = 500


class ProblemList(list[Problem]):
    """A list of faults that ends the reading with :class:`CatalogInvalid` when there are too many of them."""

    def append(self, item: Problem) -> None:
        """Add a fault.

        Raises
        ------
        CatalogInvalid
            With all faults so far; there were :data:`MOST_PROBLEMS` before this one.
        """
        if len(self) >= MOST_PROBLEMS:
            more = Problem(item.file, item.line, item.column, f"more than {MOST_PROBLEMS} problems; read no further")
            raise CatalogInvalid((*sorted(set(self)), more))
        super().append(item)

    def extend(self, items: Iterable[Problem]) -> None:
        """Add faults one by one; see :meth:`append`."""
        for item in items:
            self.append(item)
