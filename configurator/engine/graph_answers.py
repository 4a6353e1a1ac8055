"""Answers from the compiled graph: one sweep up and one down for everything. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce

import numpy as np

from configurator.engine.answers import Answer
from configurator.engine.completion import cheapest_leaves, leaf_costs
from configurator.engine.counting import Counter
from configurator.engine.evidence import Choices, OptionTable, block_combinations
from configurator.engine.graph import Graph, Ints
from configurator.engine.regions import NumericComponent
from configurator.engine.slots import CERTAIN
from configurator.engine.sweep import Flags, Sweeper, Upward


class GraphAnswers:
    """Answers every question by sweeps; stateless between questions, free to share between threads."""

    def __init__(
        self,
        graph: Graph,
        options: OptionTable,
        components: Sequence[NumericComponent],
        combination_leaves: Sequence[Ints],
    ) -> None:
        self._graph = graph
        self._options = options
        self._components = components
        self._leaves = combination_leaves
        self._sweeper = Sweeper(graph)
        self._counter = Counter(graph, self._weights({}))

    def answer(self, choices: Choices, *, with_count: bool = False) -> Answer | None:
        """Give what is left; None when the choices contradict each other or the rules."""
        blocked, upward = self._swept(choices)
        if not upward.is_consistent:
            return None
        held = self._sweeper.down(upward)
        return Answer(
            possible=self._options.possible(held[: self._graph.leaf_count]),
            combinations=self._combinations(choices, upward, held),
            count=self._count(choices, blocked, upward, held) if with_count else -1,
        )

    def is_consistent(self, choices: Choices) -> bool:
        """Say whether some configuration has all the choices."""
        return self._swept(choices)[1].is_consistent

    def count(self, choices: Choices) -> int:
        """Count the configurations that have all the choices, exactly."""
        blocked, upward = self._swept(choices)
        return self._count(choices, blocked, upward, self._sweeper.down(upward))

    def _count(self, choices: Choices, blocked: Flags, upward: Upward, reached: Flags) -> int:
        if not upward.is_consistent:
            return 0
        is_weighed = any(name in choices.numbers for item in self._components for name in item.numbers)
        weights = self._weights(choices.numbers) if is_weighed else {}
        return self._counter.count(blocked, reached, weights)

    def best(self, choices: Choices, ranks: Sequence[tuple[str, Mapping[str, int]]]) -> dict[str, str]:
        """Give the options of a configuration that follows the ranks from the first to the last."""
        _, upward = self._swept(choices)
        costs = leaf_costs(self._options, ranks, self._graph.leaf_count)
        held = np.zeros(self._graph.leaf_count, dtype=np.bool_)
        held[cheapest_leaves(self._graph, costs, upward)] = True
        chosen = self._options.possible(held)
        return {name: code for (name, code), place in self._options.place.items() if chosen[place]}

    def replaceable(self, choices: Choices) -> Mapping[str, Sequence[bool]]:
        """Tell, per chosen choice attribute, which of its options go with all the other choices; [] when none."""
        around = self._sweeper.around(self._swept(choices)[1])
        blocks = [self._options.blocked_by([choice]) for choice in choices.options.items()]
        blocked_times = sum(
            [flags.astype(np.int32) for flags in (*blocks, *self._by_numbers(choices))],
            start=np.zeros(self._graph.leaf_count, dtype=np.int32),
        )
        found = {}
        for (name, code), own in zip(choices.options.items(), blocks, strict=True):
            if self._options.is_in_one_slot(name, code):
                found[name] = self._options.possible_of(name, around & (blocked_times == own))
            else:
                others = {other: item for other, item in choices.options.items() if other != name}
                answer = self.answer(Choices(others, choices.numbers, choices.texts))
                found[name] = self._options.of_attribute(name, answer.possible) if answer else []
        return found

    def _by_numbers(self, choices: Choices) -> list[Flags]:
        """Give, per component, the leaves that its chosen numbers block."""
        return block_combinations(self._components, self._leaves, choices.numbers, self._graph.leaf_count)

    def _swept(self, choices: Choices) -> tuple[Flags, Upward]:
        blocked = reduce(np.logical_or, self._by_numbers(choices), self._options.blocked_by(choices.options.items()))
        return blocked, self._sweeper.up(blocked)

    def _combinations(self, choices: Choices, upward: Upward, held: Flags) -> list[Flags]:
        """Give each component's possible combinations, its own numbers set aside."""
        open_leaves = [held[: self._graph.leaf_count]] * len(self._components)
        if any(component.is_chosen(choices.numbers) for component in self._components):
            around = self._sweeper.around(upward)
            by_options = self._options.blocked_by(choices.options.items())
            by_numbers = self._by_numbers(choices)
            open_leaves = [
                around & ~reduce(np.logical_or, by_numbers[:place] + by_numbers[place + 1 :], by_options)
                for place in range(len(self._components))
            ]
        return [
            flags[leaves] & (leaves >= 0) for flags, leaves in zip(open_leaves, self._leaves, strict=True)
        ]

    def _weights(self, numbers: Mapping[str, Fraction]) -> dict[int, int]:
        """Give the number of cells behind every combination's leaf."""
        weights: dict[int, int] = {CERTAIN: 1}
        for component, leaves in zip(self._components, self._leaves, strict=True):
            for leaf, cells in zip(leaves.tolist(), component.cell_counts(numbers), strict=True):
                if leaf == CERTAIN:
                    weights[CERTAIN] *= cells
                elif leaf >= 0:
                    weights[leaf] = cells
        return weights if self._components else {}
