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
        self._counter = Counter(graph, self._sweeper, self._weights({}))

    def answer(self, choices: Choices, *, with_count: bool = False) -> Answer | None:
        """Give what is left; None when the choices contradict each other or the rules."""
        by_options, by_numbers = self._blocked(choices)
        blocked = self._joined([by_options, *by_numbers])
        upward = self._sweeper.up(blocked)
        if not upward.is_consistent:
            return None
        reached = self._sweeper.down(upward)
        open_leaves = reached[: self._graph.leaf_count]
        return Answer(
            possible=self._options.possible(open_leaves & ~blocked),
            combinations=[
                self._combinations(place, open_leaves, by_options, by_numbers)
                for place in range(len(self._components))
            ],
            count=self._count(choices, blocked, upward, reached) if with_count else -1,
        )

    def is_consistent(self, choices: Choices) -> bool:
        """Say whether some configuration has all the choices."""
        return self._swept(choices)[1].is_consistent

    def count(self, choices: Choices) -> int:
        """Count the configurations that have all the choices, exactly."""
        blocked, upward = self._swept(choices)
        return self._count(choices, blocked, upward, self._sweeper.down(upward))

    def _count(self, choices: Choices, blocked: Flags, upward: Upward, reached: Flags) -> int:
        is_weighed = any(name in choices.numbers for item in self._components for name in item.numbers)
        weights = self._weights(choices.numbers) if is_weighed else {}
        return self._counter.count(blocked, upward, reached, weights)

    def best(self, choices: Choices, ranks: Sequence[tuple[str, Mapping[str, int]]]) -> dict[str, str]:
        """Give the options of a configuration that follows the ranks from the first to the last."""
        _, upward = self._swept(choices)
        costs = leaf_costs(self._options, ranks, self._graph.leaf_count)
        held = np.zeros(self._graph.leaf_count, dtype=np.bool_)
        held[cheapest_leaves(self._graph, costs, upward)] = True
        chosen = self._options.possible(held)
        return {name: code for (name, code), place in self._options.place.items() if chosen[place]}

    def _blocked(self, choices: Choices) -> tuple[Flags, list[Flags]]:
        by_numbers = block_combinations(
            self._components, self._leaves, choices.numbers, self._graph.leaf_count
        )
        return self._options.blocked_by(choices.options.items()), by_numbers

    def _joined(self, blocked: Sequence[Flags]) -> Flags:
        return reduce(np.logical_or, blocked)

    def _swept(self, choices: Choices) -> tuple[Flags, Upward]:
        by_options, by_numbers = self._blocked(choices)
        blocked = self._joined([by_options, *by_numbers])
        return blocked, self._sweeper.up(blocked)

    def _combinations(
        self, place: int, reached: Flags, by_options: Flags, by_numbers: Sequence[Flags]
    ) -> Flags:
        """Give a component's possible combinations, its own numbers set aside."""
        others = [flags for other, flags in enumerate(by_numbers) if other != place]
        open_leaves = reached & ~self._joined([by_options, *others])
        leaves = self._leaves[place]
        return np.asarray(open_leaves[leaves] & (leaves >= 0))

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
