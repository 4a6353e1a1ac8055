"""Conditions over yes/no attributes: simplify them, and write them as clauses without helping variables."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import ceil, floor, prod

from catalog.rules import expression as ex

MAX_CLAUSES = 400
"""A condition that takes more clauses than this stays an expression."""

_MAX_CASES = 20_000
_TRUE, _FALSE = ex.Truth(True), ex.Truth(False)  # noqa: FBT003 - the truth values themselves
_Bounds = tuple[Fraction, Fraction] | None
_Clauses = list[frozenset[int]]


class _TooLarge(Exception):
    """The condition takes too many clauses."""


def clauses_of(condition: ex.Expression, variables: Mapping[str, int]) -> tuple[tuple[int, ...], ...] | None:
    """Write a condition as clauses.

    Parameters
    ----------
    condition
        Over yes/no attributes: truth operators and comparisons of numbers.
    variables
        Number of each attribute's variable.

    Returns
    -------
    tuple[tuple[int, ...], ...] | None
        Clauses that hold exactly when the condition does (empty: always); None when they are too many.
    """
    try:
        clauses = _clauses(simplify(condition), variables, wanted=True)
    except _TooLarge:
        return None
    return tuple(tuple(sorted(clause, key=abs)) for clause in clauses)


def simplify(condition: ex.Expression) -> ex.Expression:
    """Decide what is decided whatever the choices, and drop it from truth operators.

    Parameters
    ----------
    condition
        A condition over yes/no attributes.

    Returns
    -------
    ex.Expression
        An equal condition; ``Truth`` when it is always so.
    """
    match condition:
        case ex.And(operands):
            return _joined(tuple(map(simplify, operands)), neutral=_TRUE, absorbing=_FALSE)
        case ex.Or(operands):
            return _joined(tuple(map(simplify, operands)), neutral=_FALSE, absorbing=_TRUE)
        case ex.Implies(premise, conclusion):
            return simplify(ex.Or((ex.Not(premise), conclusion)))
        case ex.Not(operand):
            return _negated(simplify(operand))
        case ex.Comparison():
            decided = truth_of(condition, {})
            return condition if decided is None else ex.Truth(decided)
        case _:
            return condition


def _negated(operand: ex.Expression) -> ex.Expression:
    if isinstance(operand, ex.Truth):
        return ex.Truth(not operand.value)
    return operand.operand if isinstance(operand, ex.Not) else ex.Not(operand)


def _joined(
    operands: tuple[ex.Expression, ...], *, neutral: ex.Truth, absorbing: ex.Truth
) -> ex.Expression:
    kept = tuple(dict.fromkeys(operand for operand in operands if operand != neutral))
    if absorbing in kept:
        return absorbing
    if len(kept) < 2:
        return kept[0] if kept else neutral
    return ex.And(kept) if neutral.value else ex.Or(kept)


def _clauses(condition: ex.Expression, variables: Mapping[str, int], *, wanted: bool) -> _Clauses:
    """Give clauses that say the condition is as ``wanted``."""
    match condition:
        case ex.Truth(value):
            return [] if value == wanted else [frozenset()]
        case ex.Attribute(code):
            return [frozenset((variables[code] if wanted else -variables[code],))]
        case ex.Not(operand):
            return _clauses(operand, variables, wanted=not wanted)
        case ex.Implies(premise, conclusion):
            return _clauses(ex.Or((ex.Not(premise), conclusion)), variables, wanted=wanted)
        case ex.And(operands) | ex.Or(operands):
            parts = [_clauses(operand, variables, wanted=wanted) for operand in operands]
            return _all(parts) if isinstance(condition, ex.And) == wanted else _any(parts)
        case ex.Comparison():
            return _excluded_cases(condition, variables, wanted=wanted)
        case _:
            raise _TooLarge


def _all(parts: list[_Clauses]) -> _Clauses:
    clauses = list(dict.fromkeys(clause for part in parts for clause in part))
    if len(clauses) > MAX_CLAUSES:
        raise _TooLarge
    return clauses


def _any(parts: list[_Clauses]) -> _Clauses:
    if prod(map(len, parts)) > MAX_CLAUSES:
        raise _TooLarge
    merged = (frozenset().union(*chosen) for chosen in product(*parts))
    kept = dict.fromkeys(clause for clause in merged if not any(-literal in clause for literal in clause))
    return [clause for clause in kept if not any(other < clause for other in kept)]


def _excluded_cases(comparison: ex.Comparison, variables: Mapping[str, int], *, wanted: bool) -> _Clauses:
    """Forbid each partial case in which the comparison is decided against ``wanted``."""
    names = sorted(_weights(comparison).items(), key=lambda item: (-item[1], variables[item[0]]))
    clauses: _Clauses = []
    waiting: list[dict[str, bool]] = [{}]
    visited = 0
    while waiting:
        case = waiting.pop()
        visited += 1
        if visited > _MAX_CASES or len(clauses) > MAX_CLAUSES:
            raise _TooLarge
        decided = truth_of(comparison, case)
        if decided is None:
            name = names[len(case)][0]
            waiting += [{**case, name: False}, {**case, name: True}]
        elif decided != wanted:
            clauses.append(frozenset(-variables[n] if v else variables[n] for n, v in case.items()))
    return _resolved(clauses)


def _resolved(clauses: _Clauses) -> _Clauses:
    """Drop literals that another clause makes needless, so that monotone limits get short clauses."""
    known = set(clauses)
    waiting = list(known)
    while waiting:
        clause = waiting.pop()
        if clause not in known:
            continue
        for literal in clause:
            rest = clause - {literal}
            if any(-literal in other and other - {-literal} <= rest for other in known):
                known = {other for other in known if not rest <= other} | {rest}
                # A shorter clause may shorten those that hold one of its literals negated.
                waiting += [other for other in known if any(-kept in other for kept in rest)] + [rest]
                break
    return sorted(known, key=sorted)


def _weights(node: ex.Expression) -> dict[str, Fraction]:
    """Give every yes/no attribute read, with the greatest number that hangs on it."""
    weights: dict[str, Fraction] = {}
    waiting: list[tuple[ex.Expression, Fraction]] = [(node, Fraction(0))]
    while waiting:
        item, weight = waiting.pop()
        match item:
            case ex.Attribute(code):
                weights[code] = max(weights.get(code, Fraction(0)), weight)
            case ex.Conditional(condition, then, otherwise):
                size = abs(then.value) if isinstance(then, ex.Number) else weight
                waiting += [(condition, size), (then, weight), (otherwise, weight)]
            case ex.Comparison(_, left, right) | ex.Arithmetic(_, left, right):
                waiting += [(left, weight), (right, weight)]
            case ex.Function(_, operands) | ex.Count(operands) | ex.And(operands) | ex.Or(operands):
                waiting += [(operand, weight) for operand in operands]
            case ex.Not(operand):
                waiting.append((operand, weight))
            case _:
                pass
    return weights


def truth_of(condition: ex.Expression, case: Mapping[str, bool]) -> bool | None:
    """Decide a condition for a partial case; None when the open choices may turn it either way.

    Parameters
    ----------
    condition
        Over yes/no attributes.
    case
        The attributes already decided.

    Returns
    -------
    bool | None
        Never None for a whole case; may be None too early for a partial one.
    """
    match condition:
        case ex.Truth(value):
            return value
        case ex.Attribute(code):
            return case.get(code)
        case ex.Not(operand):
            decided = truth_of(operand, case)
            return None if decided is None else not decided
        case ex.And(operands) | ex.Or(operands):
            return _decided(condition, [truth_of(operand, case) for operand in operands])
        case ex.Comparison(comparator, left, right):
            return _compared(comparator, _bounds(left, case), _bounds(right, case))
        case _:
            return None


def _decided(condition: ex.And | ex.Or, parts: list[bool | None]) -> bool | None:
    absorbing = isinstance(condition, ex.Or)
    if absorbing in parts:
        return absorbing
    return None if None in parts else not absorbing


def _compared(comparator: ex.Comparator, left: _Bounds, right: _Bounds) -> bool | None:
    if left is None or right is None:
        return None
    low, high = left[0] - right[1], left[1] - right[0]
    match comparator:
        case "<":
            return True if high < 0 else False if low >= 0 else None
        case "<=":
            return True if high <= 0 else False if low > 0 else None
        case ">":
            return True if low > 0 else False if high <= 0 else None
        case ">=":
            return True if low >= 0 else False if high < 0 else None
    is_equal = True if low == high == 0 else False if low > 0 or high < 0 else None
    return is_equal if comparator == "=" or is_equal is None else not is_equal


def _bounds(node: ex.Expression, case: Mapping[str, bool]) -> _Bounds:
    """Enclose a number for a partial case; exact for a whole one; None when unbounded or undefined."""
    match node:
        case ex.Number(value):
            return value, value
        case ex.Conditional(condition, then, otherwise):
            decided = truth_of(condition, case)
            sides = (then, otherwise) if decided is None else (then,) if decided else (otherwise,)
            return _enclosing([_bounds(side, case) for side in sides])
        case ex.Count(operands):
            truths = [truth_of(operand, case) for operand in operands]
            return Fraction(truths.count(True)), Fraction(len(truths) - truths.count(False))
        case ex.Arithmetic(operator, left, right):
            return _calculated(operator, _bounds(left, case), _bounds(right, case))
        case ex.Function(name, (operand,)) if name in ("floor", "ceil"):
            inner = _bounds(operand, case)
            rounded = floor if name == "floor" else ceil
            return None if inner is None else (Fraction(rounded(inner[0])), Fraction(rounded(inner[1])))
        case _:
            return None


def _enclosing(parts: list[_Bounds]) -> _Bounds:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _calculated(operator: ex.ArithmeticOperator, left: _Bounds, right: _Bounds) -> _Bounds:
    if left is None or right is None:
        return None
    if operator == "+":
        return left[0] + right[0], left[1] + right[1]
    if operator == "-":
        return left[0] - right[1], left[1] - right[0]
    if operator == "/":
        if right[0] <= 0 <= right[1]:
            return None
        right = (1 / right[1], 1 / right[0])
    corners = [a * b for a in left for b in right]
    return min(corners), max(corners)
