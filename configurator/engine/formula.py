"""Clauses over numbered variables, and what each option of a product stands for. Imports no solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

COMPONENT_SOURCE = "\x00component "
"""With the place of a numeric component: the source of the clauses that join it."""

Clause = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """The rules of a product over the variables ``1 … variable_count``, exactly one model a configuration.

    A literal is a non-zero integer, negative for "false" (DIMACS convention). Auxiliary variables are functions
    of the others, therefore the number of models is the number of combinations of options.

    Attributes
    ----------
    clauses
        Tuples of literals of which at least one holds; an empty clause makes the formula unsatisfiable.
    sources
        Per clause the code of the rule it comes from, or ``COMPONENT_SOURCE`` and the place of a numeric
        component; empty for the structure of the product itself.
    exclusive
        Groups of variables of which at most one is true (kept whole: pairs would be quadratic).
    literals
        ``literals[attribute][code]``: the literal that says the option is chosen.
    combinations
        Per numeric component the variables of its combinations, in the component's order.
    sum_variables
        How many variables stand for the partial sums of sums and counts, which follow the attributes in order.
    """

    variable_count: int
    clauses: tuple[tuple[int, ...], ...]
    sources: tuple[str, ...]
    exclusive: tuple[tuple[int, ...], ...]
    literals: Mapping[str, Mapping[str, int]]
    combinations: tuple[tuple[int, ...], ...] = ()
    sum_variables: int = 0


class FormulaBuilder:
    """Collects variables and clauses, then gives the formula.

    Attributes
    ----------
    source
        Code of the rule the next clauses belong to; empty for structure.
    """

    def __init__(self) -> None:
        self.variable_count = 0
        self.sum_variables = 0
        self.clauses: list[tuple[int, ...]] = []
        self.sources: list[str] = []
        self.exclusive: list[tuple[int, ...]] = []
        self.source = ""

    def variable(self) -> int:
        """Add a variable and give its number."""
        self.variable_count += 1
        return self.variable_count

    def variables(self, count: int) -> tuple[int, ...]:
        """Add ``count`` variables and give their numbers, ascending."""
        return tuple(self.variable() for _ in range(count))

    def clause(self, literals: Iterable[int]) -> None:
        """Add a clause; one that always holds is left out."""
        kept = sorted(set(literals), key=abs)
        if any(-literal in kept for literal in kept):
            return
        self.clauses.append(tuple(kept))
        self.sources.append(self.source)

    def definition(self, literals: Iterable[int]) -> None:
        """Add a clause that says what a helping variable stands for; other rules may use it, so it belongs to none."""
        source, self.source = self.source, ""
        self.clause(literals)
        self.source = source

    def at_most_one(self, variables: Iterable[int]) -> None:
        """Say that at most one of the variables is true."""
        group = tuple(variables)
        if len(group) > 1:
            self.exclusive.append(group)

    def build(
        self,
        literals: Mapping[str, Mapping[str, int]],
        combination_variables: tuple[tuple[int, ...], ...] = (),
    ) -> Formula:
        """Give the collected formula."""
        return Formula(
            variable_count=self.variable_count,
            clauses=tuple(self.clauses),
            sources=tuple(self.sources),
            exclusive=tuple(self.exclusive),
            literals=literals,
            combinations=combination_variables,
            sum_variables=self.sum_variables,
        )


def exclusive_pairs(formula: Formula) -> tuple[tuple[int, int], ...]:
    """Give the groups of at most one as pairwise clauses, for solvers that know clauses only."""
    return tuple(
        (-first, -second) for group in formula.exclusive for first, second in combinations(group, 2)
    )
