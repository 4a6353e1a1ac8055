"""The literals that every model of a formula shares, with as few questions to a solver as symmetry allows."""

from __future__ import annotations

from configurator.engine.formula import Formula
from configurator.engine.search import FormulaSearch

_SHORT = 3


def backbone(formula: Formula) -> list[int] | None:
    """Give the literals that hold in every model, ascending by variable; None when there is no model."""
    alike = interchangeable(formula)
    wanted = [literal for variable in set(alike) - {0} for literal in (variable, -variable)]
    possible = FormulaSearch(formula).possible((), sorted(wanted))
    if possible is None:
        return None
    return [
        variable if alike[variable] in possible else -variable
        for variable in range(1, formula.variable_count + 1)
        if not (alike[variable] in possible and -alike[variable] in possible)
    ]


def interchangeable(formula: Formula) -> list[int]:
    """Give, for every variable, one that could take its place without changing the formula; 0 for place 0.

    Two variables are interchangeable when they stand in the same exclusive groups and the same long clauses,
    and their short clauses are equal but for themselves. Exchanging them is a symmetry, so whether one of
    them is fixed tells it of the other.
    """
    traits: list[list[tuple[int, ...]]] = [[] for _ in range(formula.variable_count + 1)]
    for place, clause in enumerate(formula.clauses):
        is_short = len(clause) <= _SHORT
        for literal in clause:
            rest = (0, *sorted(other for other in clause if other != literal)) if is_short else (1, place)
            traits[abs(literal)].append((*rest, literal > 0))
    for place, group in enumerate(formula.exclusive):
        for variable in group:
            traits[abs(variable)].append((2, place, variable > 0))
    first: dict[tuple[tuple[int, ...], ...], int] = {}
    return [0] + [
        first.setdefault(tuple(sorted(traits[variable])), variable)
        for variable in range(1, formula.variable_count + 1)
    ]
