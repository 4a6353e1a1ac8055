"""Groups of a feature tree as clauses; helping variables are functions of the others. Imports no solver."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from catalog.product import ClauseGroup
from configurator.engine.formula import FormulaBuilder

_MAX_SUBSET_CLAUSES = 200
"""Up to so many clauses a bound is written over subsets, without helping variables."""


def encode_group(builder: FormulaBuilder, group: ClauseGroup, true_literals: Sequence[int]) -> None:
    """Say that ``low`` to ``high`` children hold with the parent, and none without it.

    Parameters
    ----------
    builder
        Receives the clauses.
    group
        The group, in the variables of its clause set.
    true_literals
        Literal of each variable of the clause set, by its number.
    """
    parent = true_literals[group.parent]
    children = [true_literals[child] for child in group.children]
    for child in children:
        builder.clause((-child, parent))
    if group.high == 1:
        builder.at_most_one(children)
    elif group.high < len(children):
        _at_most(builder, children, group.high, unless=0)
    if group.low == 1:
        builder.clause((-parent, *children))
    elif group.low > 1:
        # At least `low` hold exactly when at most n − low of the negations do.
        _at_most(builder, [-child for child in children], len(children) - group.low, unless=-parent)


def _at_most(builder: FormulaBuilder, literals: Sequence[int], most: int, *, unless: int) -> None:
    """Say that at most ``most`` literals hold, or else the literal ``unless`` does (0: no such way out)."""
    way_out = (unless,) if unless else ()
    if most < 0:
        builder.clause(way_out)
    elif _subset_count(len(literals), most + 1) <= _MAX_SUBSET_CLAUSES:
        for subset in combinations(literals, most + 1):
            builder.clause((*(-literal for literal in subset), *way_out))
    else:
        reached = _counter(builder, literals, most + 1)
        builder.clause((-reached, *way_out))


def _subset_count(size: int, taken: int) -> int:
    count = 1
    for index in range(taken):
        count = count * (size - index) // (index + 1)
        if count > _MAX_SUBSET_CLAUSES:
            break
    return count


def _counter(builder: FormulaBuilder, literals: Sequence[int], wanted: int) -> int:
    """Give a variable that is true exactly when at least ``wanted`` (≥ 1) of the literals hold.

    Row k of the counter says "at least k of the literals so far"; every variable is defined in both
    directions, so it adds no configuration.
    """
    row: list[int] = []
    for literal in literals:
        following: list[int] = []
        for index in range(min(len(row) + 1, wanted)):
            before = row[index] if index < len(row) else None
            below = row[index - 1] if index else None
            following.append(_either(builder, before, _both(builder, literal, below)))
        row = following
    return row[wanted - 1]


def _both(builder: FormulaBuilder, first: int, second: int | None) -> int:
    """Give a literal equal to "first and second"; a missing second counts as true."""
    if second is None:
        return first
    variable = builder.variable()
    builder.clause((-variable, first))
    builder.clause((-variable, second))
    builder.clause((variable, -first, -second))
    return variable


def _either(builder: FormulaBuilder, first: int | None, second: int) -> int:
    """Give a literal equal to "first or second"; a missing first counts as false."""
    if first is None:
        return second
    variable = builder.variable()
    builder.clause((variable, -first))
    builder.clause((variable, -second))
    builder.clause((-variable, first, second))
    return variable
