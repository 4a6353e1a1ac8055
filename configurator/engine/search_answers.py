"""Answers by satisfiability search for a product whose graph exceeded its budget: exact, only slower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from configurator.engine.answers import Answer
from configurator.engine.compilation import compile_formula
from configurator.engine.compiler import Budget, BudgetExceeded
from configurator.engine.divided_search import DividedSearch
from configurator.engine.evidence import Choices, OptionTable
from configurator.engine.formula import Formula
from configurator.engine.graph_answers import GraphAnswers
from configurator.engine.regions import NumericComponent
from configurator.engine.sweep import Flags

COUNT_BUDGET: Final = Budget(seconds=120.0, edges=3_000_000)
"""Counting compiles what the choices leave open; asked for by itself it may take this long."""

CLICK_COUNT_BUDGET: Final = Budget(seconds=0.25, edges=100_000)
"""With a click the configurations are counted only when that is this quick."""

CLICK_COUNT_VARIABLES: Final = 600
"""With a click nothing larger than this is tried to be counted."""


class SearchAnswers:
    """Answers with the search; counting, which search cannot do, compiles what the choices leave open."""

    def __init__(self, formula: Formula, components: Sequence[NumericComponent]) -> None:
        self._formula = formula
        self._components = components
        self._search = DividedSearch(formula)
        self._option_literals = np.array(
            [literal for codes in formula.literals.values() for literal in codes.values()], dtype=np.int64
        )
        self._combination_literals = [np.array(group, dtype=np.int64) for group in formula.combinations]
        self._uncounted_choices = -1

    def answer(self, choices: Choices, *, with_count: bool = False) -> Answer | None:
        """Give what is left; None when the choices contradict each other or the rules."""
        evidence = self._evidence(choices)
        possible = self._search.possible(evidence, self._option_literals)
        if possible is None:
            return None
        return Answer(
            possible=possible,
            combinations=[self._combinations(choices, place) for place in range(len(self._components))],
            count=self._quick_count(choices, evidence) if with_count else -1,
        )

    def replaceable(self, choices: Choices) -> Mapping[str, Sequence[bool]]:
        """Tell, per chosen choice attribute, which of its options go with all the other choices; [] when none."""
        found: dict[str, Sequence[bool]] = {}
        for name in choices.options:
            others = {other: code for other, code in choices.options.items() if other != name}
            evidence = self._evidence(Choices(others, choices.numbers, choices.texts))
            own = list(self._formula.literals[name].values())
            possible = self._search.possible_among(evidence, own)
            found[name] = [] if possible is None else [literal in possible for literal in own]
        return found

    def _quick_count(self, choices: Choices, evidence: Sequence[int]) -> int | None:
        """Count when that is quick; None otherwise."""
        if not self._components:
            return self._search.count(evidence, CLICK_COUNT_BUDGET, at_most=CLICK_COUNT_VARIABLES)
        made = len(choices.options) + len(choices.numbers)
        if self._formula.variable_count > CLICK_COUNT_VARIABLES or made <= self._uncounted_choices:
            return None
        try:
            return self._weighted_count(choices, CLICK_COUNT_BUDGET)
        except BudgetExceeded:
            # Fewer choices leave more to count, so those are not tried again.
            self._uncounted_choices = made
            return None

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
        if not self._components:
            found = self._search.count(self._evidence(choices), COUNT_BUDGET, at_most=self._formula.variable_count)
            if found is None:
                raise BudgetExceeded
            return found
        return self._weighted_count(choices, COUNT_BUDGET)

    def _weighted_count(self, choices: Choices, budget: Budget) -> int:
        """Count by the graph of what the choices leave, where a combination weighs as much as it has cells."""
        conditioned = Formula(
            variable_count=self._formula.variable_count,
            clauses=(*self._formula.clauses, *((literal,) for literal in self._evidence(choices))),
            sources=(),
            exclusive=self._formula.exclusive,
            literals=self._formula.literals,
            combinations=self._formula.combinations,
        )
        compiled = compile_formula(conditioned, budget)
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
        model = self._search.complete(self._evidence(choices), preferred) or frozenset()
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

    def _combinations(self, choices: Choices, place: int) -> Flags:
        """Give a component's possible combinations, its own numbers set aside."""
        variables = self._combination_literals[place]
        found = self._search.possible(self._evidence(choices, set_aside=place), variables)
        return np.zeros(len(variables), dtype=np.bool_) if found is None else found
