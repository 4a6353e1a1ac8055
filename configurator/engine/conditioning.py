"""What choices leave of a formula: unit propagation, then the rest over the variables still open. No solver."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from configurator.engine.formula import Clause, Formula
from configurator.engine.preparation import Prepared


def condition(formula: Formula, choices: Collection[int]) -> Prepared | None:
    """Put choices into a formula.

    Parameters
    ----------
    formula
        Clauses and exclusive groups.
    choices
        Literals that hold.

    Returns
    -------
    Prepared or None
        The rest over the variables that unit propagation leaves open, numbered from 1: as many models as the
        formula has with the choices. None when the propagation meets a contradiction.
    """
    truths = _propagated(formula, choices)
    if truths is None:
        return None
    open_variables = [v for v in range(1, formula.variable_count + 1) if v not in truths and -v not in truths]
    number = {variable: place for place, variable in enumerate(open_variables, start=1)}

    def renamed(literals: Clause) -> Clause:
        return tuple(
            number[item] if item > 0 else -number[-item] for item in literals if abs(item) in number
        )

    clauses = [renamed(clause) for clause in formula.clauses if truths.isdisjoint(clause)]
    groups = [renamed(group) for group in formula.exclusive if truths.isdisjoint(group)]
    pairs = [(-group[0], -group[1]) for group in groups if len(group) == 2]
    return Prepared(
        is_consistent=True,
        variable_count=len(open_variables),
        clauses=tuple(dict.fromkeys([*clauses, *pairs])),
        exclusive=tuple(group for group in groups if len(group) > 2),
        images=(),
    )


def _propagated(formula: Formula, choices: Collection[int]) -> set[int] | None:
    """Give all literals that follow from the choices by unit propagation; None on a contradiction."""
    clauses_of = _by_literal(formula.clauses, sign=-1)
    groups_of = _by_literal(formula.exclusive, sign=1)
    truths: set[int] = set()
    waiting = [*choices, *(clause[0] for clause in formula.clauses if len(clause) == 1)]
    while waiting:
        literal = waiting.pop()
        if -literal in truths:
            return None
        if literal in truths:
            continue
        truths.add(literal)
        waiting += [-other for group in groups_of.get(literal, ()) for other in group if other != literal]
        for clause in clauses_of.get(literal, ()):
            left = [item for item in clause if -item not in truths]
            if not left:
                return None
            # A literal that is true already follows again, which changes nothing.
            waiting += left if len(left) == 1 else ()
    return truths


def _by_literal(source: Iterable[Clause], *, sign: int) -> dict[int, list[Clause]]:
    """Give the clauses or groups that look at a literal when it becomes true."""
    found: dict[int, list[Clause]] = {}
    for literals in source:
        for literal in literals:
            found.setdefault(sign * literal, []).append(literals)
    return found
