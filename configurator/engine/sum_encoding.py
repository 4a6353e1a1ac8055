"""Comparisons of sums over many options, as decision diagrams of the partial sums. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from catalog.rules import expression as ex
from configurator.engine.formula import FormulaBuilder
from configurator.engine.table_encoding import Diagram, encode_diagram

Term = tuple[Fraction, ex.Expression]

_OPPOSITE: Final[dict[str, str]] = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


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
    """
    wanted = comparator if outcome else _OPPOSITE[comparator]
    ordered = sorted(columns, key=lambda column: -max(map(abs, column.values()), default=Fraction(0)))
    if not variable:
        encode_diagram(builder, sum_diagram(ordered, constant, wanted))
        return
    ties: list[Mapping[int, Fraction]] = [*ordered, {variable: Fraction(0), -variable: Fraction(1)}]
    encode_diagram(builder, sum_diagram(ties, constant, wanted, is_tied=True))


def sum_diagram(
    columns: Sequence[Mapping[int, Fraction]], constant: Fraction, comparator: str, *, is_tied: bool = False
) -> Diagram:
    """Build the reduced diagram of a sum compared with zero.

    When ``is_tied`` the last column only says whether the comparison of the others holds (0) or fails (1).
    """
    weighted = len(columns) - 1 if is_tied else len(columns)
    rest = _reachable_rest(columns[:weighted])
    unique: list[dict[tuple[tuple[int, int], ...], int]] = [{} for _ in columns]
    known: dict[tuple[int, bool | None, Fraction], int | None] = {}

    def node(depth: int, total: Fraction) -> int | None:
        low, high = rest[depth] if depth <= weighted else (Fraction(0), Fraction(0))
        verdict = _decided(total + low, total + high, comparator)
        key = (depth, verdict, total if verdict is None else Fraction(0))
        if key not in known:
            known[key] = build(depth, total, verdict=verdict)
        return known[key]

    def build(depth: int, total: Fraction, *, verdict: bool | None) -> int | None:
        if verdict is False and not is_tied:
            return None
        if depth == len(columns):
            return 0
        if depth == weighted:
            edges = [(literal, 0) for literal, value in columns[depth].items() if (value == 0) is verdict]
        else:
            steps = ((literal, node(depth + 1, total + value)) for literal, value in columns[depth].items())
            edges = [(literal, child) for literal, child in steps if child is not None]
        return unique[depth].setdefault(tuple(edges), len(unique[depth])) if edges else None

    if node(0, constant) is None:
        return Diagram((({},),))
    return Diagram(tuple(tuple(dict(edges) for edges in layer) for layer in unique))


def _reachable_rest(columns: Sequence[Mapping[int, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """Give, for each depth, the least and greatest sum the remaining columns can contribute."""
    rest = [(Fraction(0), Fraction(0))]
    for column in reversed(columns):
        low, high = rest[-1]
        values = column.values() or (Fraction(0),)
        rest.append((low + min(values), high + max(values)))
    return rest[::-1]


def _decided(low: Fraction, high: Fraction, comparator: str) -> bool | None:
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
