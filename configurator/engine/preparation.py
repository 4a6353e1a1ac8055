"""Simplify a formula before it is compiled: fixed, equal and mutually exclusive literals. Counts stay exact."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from configurator.engine.backbone import backbone
from configurator.engine.exclusions import Exclusions
from configurator.engine.formula import Clause, Formula


@dataclass(frozen=True, slots=True)
class Prepared:
    """A simplified formula over variables 1 … variable_count.

    Attributes
    ----------
    is_consistent
        False when the formula has no model; then the rest is empty.
    clauses
        Clauses of two and more literals; the pairs that an exclusive group implies are left out.
    exclusive
        Groups of literals of which at most one is true.
    images
        ``images[variable]`` of the original variable: the literal of a kept variable equal to it, or
        ``TRUE`` / ``-TRUE`` when it is fixed; index 0 is unused.
    """

    is_consistent: bool
    variable_count: int
    clauses: tuple[Clause, ...]
    exclusive: tuple[Clause, ...]
    images: tuple[int, ...]


TRUE = 1 << 30
"""The literal of a variable that is always true."""


def prepare(formula: Formula, frozen: Collection[int] = ()) -> Prepared:
    """Fix the literals that every model shares, merge equal ones, and gather pairs into exclusive groups.

    Parameters
    ----------
    formula
        The rules.
    frozen
        Variables that are kept apart even when they equal a literal of another one.
    """
    fixed = backbone(formula)
    if fixed is None:
        return Prepared(is_consistent=False, variable_count=0, clauses=(), exclusive=(), images=())
    images = list(range(formula.variable_count + 1))
    for literal in fixed:
        images[abs(literal)] = TRUE if literal > 0 else -TRUE
    clauses = [clause for clause in formula.clauses if len(clause) > 1]
    groups: list[Clause] = list(formula.exclusive)
    changed = True
    while changed:
        clauses, groups = _substitute(clauses, groups, images)
        merged = equal_literals(formula.variable_count, clauses, frozen)
        changed = bool(merged)
        for variable, literal in merged.items():
            images[variable] = literal
        _resolve(images)
    return _renumber(clauses, groups, images)


def _substitute(
    clauses: Iterable[Clause], groups: Iterable[Clause], images: Sequence[int]
) -> tuple[list[Clause], list[Clause]]:
    """Write clauses and groups in the literals that are left; groups of two become clauses."""
    kept: dict[Clause, None] = {}
    for clause in clauses:
        literals = {images[item] if item > 0 else -images[-item] for item in clause}
        if TRUE in literals or any(-item in literals for item in literals):
            continue
        literals.discard(-TRUE)
        kept.setdefault(tuple(sorted(literals, key=abs)))
    kept_groups: dict[Clause, None] = {}
    for group in groups:
        members = {images[item] if item > 0 else -images[-item] for item in group} - {-TRUE}
        if len(members) == 2:
            pair = tuple(sorted((-item for item in members), key=abs))
            if pair[0] != -pair[1]:
                kept.setdefault(pair)
        elif len(members) > 2:
            kept_groups.setdefault(tuple(sorted(members, key=abs)))
    return list(kept), list(kept_groups)


def equal_literals(
    variable_count: int, clauses: Iterable[Clause], frozen: Collection[int] = ()
) -> dict[int, int]:
    """Give, for variables equal to a literal of a smaller variable by two-literal clauses, that literal."""
    follows: list[list[int]] = [[] for _ in range(2 * variable_count + 2)]
    for clause in clauses:
        if len(clause) == 2:
            first, second = (2 * abs(item) + (item < 0) for item in clause)
            follows[first ^ 1].append(second)
            follows[second ^ 1].append(first)
    merged: dict[int, int] = {}
    for component in strong_components(follows):
        part = [node for node in component if node >> 1 not in frozen]
        if len(part) > 1:
            leader = min(part)
            for node in part:
                if node >> 1 != leader >> 1 and not leader & 1:
                    merged[node >> 1] = -(leader >> 1) if node & 1 else leader >> 1
    return merged


def strong_components(follows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Give the strongly connected components of a graph (Tarjan, without recursion)."""
    index = [0] * len(follows)
    low = [0] * len(follows)
    is_open = bytearray(len(follows))
    stack: list[int] = []
    result: list[list[int]] = []
    counter = 0
    for start in range(len(follows)):
        if index[start]:
            continue
        work = [(start, iter(follows[start]))]
        counter += 1
        index[start] = low[start] = counter
        stack.append(start)
        is_open[start] = 1
        while work:
            node, successors = work[-1]
            for successor in successors:
                if not index[successor]:
                    counter += 1
                    index[successor] = low[successor] = counter
                    stack.append(successor)
                    is_open[successor] = 1
                    work.append((successor, iter(follows[successor])))
                    break
                if is_open[successor] and index[successor] < low[node]:
                    low[node] = index[successor]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == index[node]:
                    position = stack.index(node) if len(stack) < 8 else _last_index(stack, node)
                    part = stack[position:]
                    del stack[position:]
                    for member in part:
                        is_open[member] = 0
                    result.append(part)
    return result


def _last_index(stack: Sequence[int], node: int) -> int:
    position = len(stack) - 1
    while stack[position] != node:
        position -= 1
    return position


def _resolve(images: list[int]) -> None:
    """Follow chains of images to their ends."""
    for variable in range(1, len(images)):
        literal = images[variable]
        while abs(literal) != TRUE and images[abs(literal)] != abs(literal):
            target = images[abs(literal)]
            literal = target if literal > 0 else -target
        images[variable] = literal


def _renumber(clauses: list[Clause], groups: list[Clause], images: list[int]) -> Prepared:
    """Number the variables that are left from 1, and gather exclusive pairs into groups."""
    left = sorted({abs(literal) for literal in images[1:]} - {TRUE})
    number = {variable: position for position, variable in enumerate(left, 1)}
    number[TRUE] = TRUE
    renamed = [tuple(number[item] if item > 0 else -number[-item] for item in c) for c in clauses]
    new_groups = [tuple(number[item] if item > 0 else -number[-item] for item in g) for g in groups]
    exclusions = Exclusions(renamed, new_groups)
    exclusions.find_groups(renamed)
    return Prepared(
        is_consistent=True,
        variable_count=len(left),
        clauses=tuple(c for c in renamed if len(c) > 2 or not exclusions.is_grouped(-c[0], -c[1])),
        exclusive=tuple(exclusions.groups),
        images=(0, *(number[item] if item > 0 else -number[-item] for item in images[1:])),
    )
