"""Wide clauses as trees of narrow ones, so that what they join still falls apart. Counts stay exact; no solver."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from configurator.engine.formula import Clause
from configurator.engine.preparation import Prepared

WIDE: Final = 60
"""Clauses of more literals are split."""

_FAN: Final = 8
"""So many literals are joined to one helping variable."""


def split_wide_clauses(prepared: Prepared) -> Prepared:
    """Write "one of many" as "one of a few groups", each a helping variable that is true when one of its literals is.

    A clause of n literals makes each of them a neighbor of all others: n² pairs, and n levels of decisions one below
    the other. A tree of helping variables has n/7 of them and log n levels. Each is defined in both directions,
    so it adds no model. Clauses with many literals that exclude each other stay: those are one decision.

    Parameters
    ----------
    prepared
        A simplified formula.

    Returns
    -------
    Prepared
        The same when no clause is wide; else with helping variables after all others.
    """
    if not prepared.is_consistent or all(len(clause) <= WIDE for clause in prepared.clauses):
        return prepared
    groups = [frozenset(group) for group in prepared.exclusive if len(group) > WIDE // 2]
    clauses: list[Clause] = []
    last = prepared.variable_count
    for clause in prepared.clauses:
        literals = clause
        if len(clause) > WIDE and not any(2 * len(group.intersection(clause)) > len(clause) for group in groups):
            while len(literals) > _FAN:
                chunks = [literals[start : start + _FAN] for start in range(0, len(literals), _FAN)]
                helpers = tuple(range(last + 1, last + 1 + len(chunks)))
                last += len(chunks)
                for helper, chunk in zip(helpers, chunks, strict=True):
                    clauses.append((-helper, *chunk))
                    clauses.extend((helper, -literal) for literal in chunk)
                literals = helpers
        clauses.append(literals)
    return replace(prepared, variable_count=last, clauses=tuple(clauses))
