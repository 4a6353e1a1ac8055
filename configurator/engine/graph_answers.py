"""Answers from the compiled graph: one sweep up and one down for everything. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np

from configurator.engine.answers import Answer
from configurator.engine.completion import Outline, cheapest_leaves, leaf_costs
from configurator.engine.counting import Counter
from configurator.engine.evidence import Choices, OptionTable, block_combinations
from configurator.engine.graph import Graph, Ints
from configurator.engine.regions import NumericComponent
from configurator.engine.slots import CERTAIN
from configurator.engine.sweep import Flags, Sweeper, Upward


class _Evidence(NamedTuple):
    """The leaves that choices block: those of options, those of each component's numbers, and all."""

    by_options: Flags
    by_numbers: Mapping[int, Flags]
    blocked: Flags


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
        evidence = self._evidence(choices)
        upward = self._sweeper.up(evidence.blocked)
        if not upward.is_consistent:
            return None
        held = self._sweeper.down(upward)[: self._graph.leaf_count]
        return Answer(
            possible=self._options.possible(held),
            combinations=self._combinations(evidence, upward, held),
            count=self._count(choices, evidence.blocked) if with_count else -1,
        )

    def is_consistent(self, choices: Choices) -> bool:
        """Say whether some configuration has all the choices."""
        return self._sweeper.up(self._evidence(choices).blocked).is_consistent

    def count(self, choices: Choices) -> int:
        """Count the configurations that have all the choices, exactly."""
        return self._count(choices, self._evidence(choices).blocked)

    def _count(self, choices: Choices, blocked: Flags) -> int:
        is_weighed = any(component.is_chosen(choices.numbers) for component in self._components)
        return self._counter.count(blocked, self._weights(choices.numbers) if is_weighed else {})

    def best(self, choices: Choices, ranks: Sequence[tuple[str, Mapping[str, int]]]) -> dict[str, str]:
        """Give the options of a configuration that follows the ranks from the first to the last."""
        upward = self._sweeper.up(self._evidence(choices).blocked)
        costs = leaf_costs(self._outline, ranks)
        held = np.zeros(self._graph.leaf_count, dtype=np.bool_)
        held[cheapest_leaves(self._outline, costs, upward)] = True
        chosen = self._options.possible(held)
        return {name: code for (name, code), place in self._options.place.items() if chosen[place]}

    @cached_property
    def _outline(self) -> Outline:
        return Outline(self._graph, self._options)

    def replaceable(self, choices: Choices) -> Mapping[str, Sequence[bool]]:
        """Tell, per chosen choice attribute, which of its options go with all the other choices; [] when none."""
        evidence = self._evidence(choices)
        around = self._sweeper.around(self._sweeper.up(evidence.blocked))
        times = self._options.blocked_times(choices.options.items())
        for flags in evidence.by_numbers.values():
            times += flags
        found: dict[str, Sequence[bool]] = {}
        for name, code in choices.options.items():
            known = self._options.replacements(name, code, around, times)
            found[name] = self._asked_again(choices, name) if known is None else known
        return found

    def _asked_again(self, choices: Choices, name: str) -> list[bool]:
        """Tell which options of an attribute go with all other choices, by sweeps of its own."""
        others = {other: code for other, code in choices.options.items() if other != name}
        answer = self.answer(Choices(others, choices.numbers, choices.texts))
        return self._options.of_attribute(name, answer.possible) if answer else []

    def _evidence(self, choices: Choices) -> _Evidence:
        by_options = self._options.blocked_by(choices.options.items())
        by_numbers = block_combinations(self._components, self._leaves, choices.numbers, self._graph.leaf_count)
        return _Evidence(by_options, by_numbers, reduce(np.logical_or, by_numbers.values(), by_options))

    def _combinations(self, evidence: _Evidence, upward: Upward, held: Flags) -> list[Flags]:
        """Give each component's possible combinations, its own numbers set aside."""
        open_leaves = dict.fromkeys(range(len(self._components)), held)
        if evidence.by_numbers:
            around = self._sweeper.around(upward)
            for place in open_leaves:
                others = [flags for other, flags in evidence.by_numbers.items() if other != place]
                open_leaves[place] = around & ~reduce(np.logical_or, others, evidence.by_options)
        return [flags[leaves] & (leaves >= 0) for flags, leaves in zip(open_leaves.values(), self._leaves, strict=True)]

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
