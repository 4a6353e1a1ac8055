"""Comparisons of sums over many options, as decision diagrams of the partial sums. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Final

from catalog.rules import expression as ex
from configurator.engine.formula import FormulaBuilder
from configurator.engine.table_encoding import Diagram, encode_diagram

MOST_PARTIAL_SUMS = 200_000
"""A sum with more different partial sums before its columns together is not encoded."""

Term = tuple[Fraction, ex.Expression]
_State = tuple[bool | None, int]
"""Whether the comparison is decided whatever follows, and how; the partial sum while it is not."""

_OPPOSITE: Final[dict[str, str]] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class SumTooFine(ValueError):
    """The figures of a sum have so many digits, or its options are so many, that too many partial sums differ."""


def linear_terms(
    comparison: ex.Comparison, derived: Mapping[str, ex.Expression]
) -> list[Term] | None:
    """Write "left compared with right" as a list of (factor, expression) whose sum is compared with zero.

    Counts fall apart into one count per operand. None when a product of two open values stands in the way.
    """
    left = _terms(comparison.left, Fraction(1), derived)
    right = _terms(comparison.right, Fraction(-1), derived)
    return None if left is None or right is None else left + right


def _terms(
    node: ex.Expression, factor: Fraction, derived: Mapping[str, ex.Expression]
) -> list[Term] | None:
    match node:
        case ex.Derived(code) if code in derived:
            return _terms(derived[code], factor, derived)
        case ex.Arithmetic("+" | "-" as operator, left, right):
            first = _terms(left, factor, derived)
            second = _terms(right, factor if operator == "+" else -factor, derived)
            return None if first is None or second is None else first + second
        case ex.Arithmetic("*", ex.Number(value), other) | ex.Arithmetic("*", other, ex.Number(value)):
            return _terms(other, factor * value, derived)
        case ex.Arithmetic("/", other, ex.Number(value)) if value:
            return _terms(other, factor / value, derived)
        case ex.Count(operands):
            return [(factor, ex.Count((operand,))) for operand in operands]
        case _:
            return [(factor, node)]


def encode_sum(
    builder: FormulaBuilder,
    columns: Sequence[Mapping[int, Fraction]],
    constant: Fraction,
    comparator: str,
    *,
    outcome: bool,
    variable: int,
) -> None:
    """Add "constant + one contribution of each column, compared with zero, has the outcome".

    Parameters
    ----------
    columns
        Per column its literals, exactly one of which is true, with their contributions; a literal that is
        missing has no value and can never give the outcome.
    variable
        Zero to require the outcome, else a variable made equal to it.

    Raises
    ------
    SumTooFine
        There are too many different partial sums.
    """
    wanted = comparator if outcome else _OPPOSITE[comparator]
    # All sums follow the order of the product, so that one order of branching suits them all.
    ordered = sorted(columns, key=lambda column: min(map(abs, column), default=0))
    known = builder.variable_count
    if not variable:
        encode_diagram(builder, sum_diagram(ordered, constant, wanted))
    else:
        ties: list[Mapping[int, Fraction]] = [*ordered, {variable: Fraction(0), -variable: Fraction(1)}]
        encode_diagram(builder, sum_diagram(ties, constant, wanted, is_tied=True))
    builder.sum_variables += builder.variable_count - known


def sum_diagram(
    columns: Sequence[Mapping[int, Fraction]], constant: Fraction, comparator: str, *, is_tied: bool = False
) -> Diagram:
    """Build the reduced diagram of a sum compared with zero.

    Column by column the partial sums that can be reached are gathered, those that decide the comparison whatever
    follows as one; then backwards, sums with the same continuation become one node. Exact, in whole numbers.

    Parameters
    ----------
    columns, constant, comparator
        As for :func:`encode_sum`.
    is_tied
        The last column only says whether the comparison of the others holds (0) or fails (1).

    Raises
    ------
    SumTooFine
        There are too many different partial sums.
    """
    weighted = columns[:-1] if is_tied else columns
    scale = lcm(constant.denominator, *(value.denominator for column in weighted for value in column.values()))
    whole = [{literal: int(value * scale) for literal, value in column.items()} for column in weighted]
    sums = _PartialSums(whole, comparator, keeps_failed=is_tied)
    reached = sums.reached(int(constant * scale))
    nodes: dict[_State, int] = {}
    layers: list[tuple[Mapping[int, int], ...]] = []
    if is_tied:
        nodes = {state: place for place, state in enumerate(reached[-1])}
        layers = [tuple({literal: 0 for literal, value in columns[-1].items() if (value == 0) is state[0]}
                        for state in reached[-1])]
    else:
        nodes = {state: 0 for state in reached[-1] if state[0]}
    for depth in range(len(whole) - 1, -1, -1):
        unique: dict[tuple[tuple[int, int], ...], int] = {}
        nodes = {state: unique.setdefault(edges, len(unique)) for state in reached[depth]
                 if (edges := sums.edges(depth, state, nodes))}
        layers.insert(0, tuple(dict(edges) for edges in unique))
    return Diagram(tuple(layers)) if nodes else Diagram((({},),))


class _PartialSums:
    """The partial sums of a list of columns, those that decide the comparison with zero taken together."""

    def __init__(self, columns: Sequence[Mapping[int, int]], comparator: str, *, keeps_failed: bool) -> None:
        self._columns = columns
        self._comparator = comparator
        self._keeps_failed = keeps_failed
        self._rest = _reachable_rest(columns)

    def reached(self, constant: int) -> list[list[_State]]:
        """Give the states before each column and after the last; none that leads to nothing for sure."""
        layers = [[self._state(0, constant)]]
        count = 1
        for depth, column in enumerate(self._columns):
            steps = sorted(set(column.values()))
            found = dict.fromkeys(self._next(depth, state, step) for state in layers[-1] for step in steps)
            layers.append([state for state in found if self._keeps_failed or state[0] is not False])
            count += len(found)
            if count > MOST_PARTIAL_SUMS:
                raise SumTooFine
        return layers

    def edges(self, depth: int, state: _State, nodes: Mapping[_State, int]) -> tuple[tuple[int, int], ...]:
        """Give the literals of a column that lead from a state to a node, each with the node."""
        steps = ((literal, nodes.get(self._next(depth, state, step)))
                 for literal, step in self._columns[depth].items())
        return tuple((literal, node) for literal, node in steps if node is not None)

    def _next(self, depth: int, state: _State, step: int) -> _State:
        verdict, total = state
        return state if verdict is not None else self._state(depth + 1, total + step)

    def _state(self, depth: int, total: int) -> _State:
        low, high = self._rest[depth]
        verdict = _decided(total + low, total + high, self._comparator)
        return (None, total) if verdict is None else (verdict, 0)


def _reachable_rest(columns: Sequence[Mapping[int, int]]) -> list[tuple[int, int]]:
    """Give, for each depth, the least and greatest sum the remaining columns can contribute."""
    rest = [(0, 0)]
    for column in reversed(columns):
        low, high = rest[-1]
        values = column.values() or (0,)
        rest.append((low + min(values), high + max(values)))
    return rest[::-1]


def _decided(low: int, high: int, comparator: str) -> bool | None:
    """Say whether every (True) or no (False) value between low and high satisfies the comparison with 0."""
    match comparator:
        case "<":
            return True if high < 0 else False if low >= 0 else None
        case "<=":
            return True if high <= 0 else False if low > 0 else None
        case ">":
            return True if low > 0 else False if high <= 0 else None
        case ">=":
            return True if low >= 0 else False if high < 0 else None
        case "=":
            return True if low == high == 0 else False if low > 0 or high < 0 else None
        case _:
            return False if low == high == 0 else True if low > 0 or high < 0 else None
