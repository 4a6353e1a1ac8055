"""Allowed combinations of options as clauses, by a reduced decision diagram, so that few clauses say it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

MAX_CLAUSES = 5_000
"""A table that takes more clauses than this is not written."""

_ALLOWED, _FORBIDDEN = 1, 0
_Exclusion = tuple[tuple[int, tuple[str, ...]], ...]


def exclusions_of(
    domains: Sequence[Sequence[str]], rows: Collection[tuple[str, ...]], *, is_allowed: bool
) -> tuple[_Exclusion, ...] | None:
    """Say a table as exclusions.

    Parameters
    ----------
    domains
        The option codes of each column, without repeats.
    rows
        Combinations, one code a column. A row that names an unknown code says nothing.
    is_allowed
        Whether the rows are all that is allowed, or what is forbidden.

    Returns
    -------
    tuple or None
        Each exclusion is a tuple of (column, codes): what has one of the codes in *every* named column is
        forbidden, and together they forbid exactly what the table does. Empty codes never stand; an empty
        exclusion forbids everything. None when there are more than ``MAX_CLAUSES``.
    """
    known = [frozenset(codes) for codes in domains]
    kept = {row for row in rows if all(code in codes for code, codes in zip(row, known, strict=True))}
    diagram = _Diagram(domains, is_allowed=is_allowed)
    return diagram.exclusions(diagram.node(sorted(kept), 0))


class _Diagram:
    """Nodes are numbers; equal nodes are one, and a column that decides nothing is passed over."""

    def __init__(self, domains: Sequence[Sequence[str]], *, is_allowed: bool) -> None:
        self._domains = domains
        self._present, self._absent = (_ALLOWED, _FORBIDDEN) if is_allowed else (_FORBIDDEN, _ALLOWED)
        self._numbers: dict[tuple[int, tuple[int, ...]], int] = {}
        self._nodes: dict[int, tuple[int, tuple[int, ...]]] = {}

    def node(self, rows: list[tuple[str, ...]], column: int) -> int:
        """Give the node of the rows that agree in all columns before."""
        if not rows:
            return self._absent
        if column == len(self._domains):
            return self._present
        by_code: dict[str, list[tuple[str, ...]]] = {}
        for row in rows:
            by_code.setdefault(row[column], []).append(row)
        children = tuple(self.node(by_code.get(code, []), column + 1) for code in self._domains[column])
        if len(set(children)) == 1:
            return children[0]
        key = (column, children)
        number = self._numbers.setdefault(key, len(self._numbers) + 2)
        self._nodes[number] = key
        return number

    def exclusions(self, root: int) -> tuple[_Exclusion, ...] | None:
        """Give every way down to "forbidden", codes that lead to the same node taken together."""
        found: list[_Exclusion] = []
        waiting: list[tuple[int, _Exclusion]] = [(root, ())]
        while waiting:
            number, path = waiting.pop()
            if number == _FORBIDDEN:
                found.append(path)
            elif number != _ALLOWED:
                column, children = self._nodes[number]
                together: dict[int, list[str]] = {}
                for code, child in zip(self._domains[column], children, strict=True):
                    together.setdefault(child, []).append(code)
                waiting += [(child, (*path, (column, tuple(codes)))) for child, codes in reversed(together.items())]
            if len(found) > MAX_CLAUSES or len(waiting) > MAX_CLAUSES * 10:
                return None
        return tuple(found)
