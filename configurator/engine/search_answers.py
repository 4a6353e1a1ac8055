"""Answers by satisfiability search for a product whose graph exceeded its budget: exact, only slower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from configurator.engine.answers import Answer
from configurator.engine.compilation import compile_formula
from configurator.engine.compiler import Budget
from configurator.engine.evidence import Choices, OptionTable
from configurator.engine.formula import Formula
from configurator.engine.graph_answers import GraphAnswers
from configurator.engine.regions import NumericComponent
from configurator.engine.search import FormulaSearch
from configurator.engine.sweep import Flags

COUNT_BUDGET = Budget(seconds=600.0, edges=50_000_000)
"""Counting compiles the formula under the choices; without a graph it may take this long."""


class SearchAnswers:
    """Answers with the search; counting, which search cannot do, compiles what the choices leave open."""

    def __init__(self, formula: Formula, components: Sequence[NumericComponent]) -> None:
        self._formula = formula
        self._components = components
        self._search = FormulaSearch(formula)
        self._option_literals = [
            literal for codes in formula.literals.values() for literal in codes.values()
        ]

    def answer(self, choices: Choices, *, with_count: bool = False) -> Answer | None:
        """Give what is left; None when the choices contradict each other or the rules."""
        evidence = self._evidence(choices)
        every = [variable for group in self._formula.combinations for variable in group]
        found = self._search.possible(evidence, [*self._option_literals, *every])
        if found is None:
            return None
        return Answer(
            possible=np.array([literal in found for literal in self._option_literals], dtype=np.bool_),
            combinations=[
                self._combinations(choices, place, found) for place in range(len(self._components))
            ],
            count=self.count(choices) if with_count else -1,
        )

    def replaceable(self, choices: Choices) -> Mapping[str, Sequence[bool]]:
        """Tell, per chosen choice attribute, which of its options go with all the other choices; [] when none."""
        found: dict[str, list[bool]] = {}
        for name in choices.options:
            others = {other: code for other, code in choices.options.items() if other != name}
            evidence = self._evidence(Choices(others, choices.numbers, choices.texts))
            own = list(self._formula.literals[name].values())
            possible = self._search.possible(evidence, own)
            found[name] = [] if possible is None else [literal in possible for literal in own]
        return found

    def is_consistent(self, choices: Choices) -> bool:
        """Say whether some configuration has all the choices."""
        return self._search.is_consistent(self._evidence(choices))

    def count(self, choices: Choices) -> int:
        """Count the configurations that have all the choices, exactly.

        Raises
        ------
        BudgetExceeded
            When even the formula under the choices cannot be compiled.
        """
        conditioned = Formula(
            variable_count=self._formula.variable_count,
            clauses=(*self._formula.clauses, *((literal,) for literal in self._evidence(choices))),
            sources=(),
            exclusive=self._formula.exclusive,
            literals=self._formula.literals,
            combinations=self._formula.combinations,
        )
        compiled = compile_formula(conditioned, COUNT_BUDGET)
        if compiled.graph is None:
            return 0
        table = OptionTable(
            self._formula.literals, compiled.option_leaves, compiled.option_opposites, compiled.graph.slots
        )
        answers = GraphAnswers(compiled.graph, table, self._components, compiled.combination_leaves)
        return answers.count(Choices({}, choices.numbers, {}))

    def best(self, choices: Choices, ranks: Sequence[tuple[str, Mapping[str, int]]]) -> dict[str, str]:
        """Give the options of a configuration that follows the ranks from the first to the last."""
        preferred = [
            self._formula.literals[name][code]
            for name, codes in ranks
            for code in sorted(codes, key=codes.__getitem__)
        ]
        model = set(self._search.complete(self._evidence(choices), preferred) or ())
        return {
            name: code
            for name, codes in self._formula.literals.items()
            for code, literal in codes.items()
            if literal in model
        }

    def _evidence(self, choices: Choices, *, set_aside: int = -1) -> list[int]:
        """Write choices as literals; the numbers of one component may be set aside."""
        evidence = [self._formula.literals[name][code] for name, code in choices.options.items()]
        for place, (component, variables) in enumerate(
            zip(self._components, self._formula.combinations, strict=True)
        ):
            if place != set_aside and any(name in choices.numbers for name in component.numbers):
                allowed = component.allowed(choices.numbers).tolist()
                evidence += [-z for z, is_allowed in zip(variables, allowed, strict=True) if not is_allowed]
        return evidence

    def _combinations(self, choices: Choices, place: int, found: frozenset[int]) -> Flags:
        """Give a component's possible combinations, its own numbers set aside."""
        variables = self._formula.combinations[place]
        if any(name in choices.numbers for name in self._components[place].numbers):
            found = self._search.possible(self._evidence(choices, set_aside=place), variables) or frozenset()
        return np.array([variable in found for variable in variables], dtype=np.bool_)
