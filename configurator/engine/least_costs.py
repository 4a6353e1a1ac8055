"""The least total cost of every option in one sweep up and one down the compiled graph. Imports no solver.

A *tropical* sweep: choices take the least child, conjunctions add their children up. What the downward sweep
brings to a leaf is the least cost of everything else, so that one pass answers for all options at once
(the derivatives of Darwiche, "A differential approach to inference in Bayesian networks", 2003, over (min, +)).
A blocked leaf is not forbidden but bears a penalty above every real total: totals stay exact integers, and a
total at the penalty says "in no configuration left".
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configurator.engine.evidence import Choices, OptionTable, block_combinations
from configurator.engine.graph import Graph, Ints
from configurator.engine.regions import NumericComponent
from configurator.engine.sweep import Flags

Costs = NDArray[np.int64]
Places = NDArray[np.intp]

_GREATEST = 2**61


class CostsTooLarge(ValueError):
    """The costs of one configuration could add up to more than exact 64-bit sweeps can tell apart."""


class OptionCosts:
    """What each option costs, ready for sweeps; made once for many selections.

    Parameters
    ----------
    table
        All options of the product.
    costs
        Integer costs by attribute and option code; what is missing costs nothing. May be negative.
    """

    def __init__(self, table: OptionTable, costs: Mapping[str, Mapping[str, int]]) -> None:
        self.by_option: Costs = np.zeros(len(table.leaves), dtype=np.int64)
        for name, codes in costs.items():
            for code, cost in codes.items():
                self.by_option[table.place[name, code]] = cost
        # An option that holds when its leaf does not: a constant, less what the leaf saves.
        self.constant = int(self.by_option[table.opposites].sum())
        self._leaves, self._signed = table.leaves, np.where(table.opposites, -self.by_option, self.by_option)

    def by_leaf(self, leaf_count: int) -> Costs:
        """Give the costs of the leaves; with :attr:`constant` they add up to those of the options."""
        result: Costs = np.zeros(leaf_count, dtype=np.int64)
        np.add.at(result, self._leaves, self._signed)
        return result


class _Level(NamedTuple):
    """One level: its edges by node for the way up, and by child for the way down."""

    is_conjunction: bool
    nodes: slice
    children: Places
    offsets: Places
    down_parents: Places
    down_children: Places
    reached: Places
    reached_offsets: Places


class CostSweeper:
    """Sweeps one graph with costs; holds no state between calls and may be shared between threads."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.leaf_count = graph.leaf_count
        self._size = graph.leaf_count + graph.node_count
        self.penalty = _GREATEST // (graph.leaf_count + 2)
        self._levels = [self._level(place) for place in range(graph.level_count)]

    def _level(self, place: int) -> _Level:
        graph = self._graph
        first, end = (int(bound) for bound in graph.levels[place : place + 2])
        children = graph.children[int(graph.starts[first]) : int(graph.starts[end])].astype(np.intp)
        sizes = np.diff(graph.starts[first : end + 1])
        parents = np.repeat(np.arange(first, end, dtype=np.intp) + graph.leaf_count, sizes)
        order = np.argsort(children, kind="stable")
        reached, starts = np.unique(children[order], return_index=True)
        return _Level(
            is_conjunction=bool(graph.conjunctions[place]),
            nodes=slice(first + graph.leaf_count, end + graph.leaf_count),
            children=children,
            offsets=(graph.starts[first:end] - graph.starts[first]).astype(np.intp),
            down_parents=parents[order],
            down_children=children[order],
            reached=reached,
            reached_offsets=starts.astype(np.intp),
        )

    def up(self, leaf_costs: Costs) -> Costs:
        """Give the least cost of every node, leaves first, from the costs of the leaves."""
        cost = np.empty(self._size, dtype=np.int64)
        cost[: self._graph.leaf_count] = leaf_costs
        for level in self._levels:
            below = cost[level.children]
            reduce = np.add if level.is_conjunction else np.minimum
            reduce.reduceat(below, level.offsets, out=cost[level.nodes])
        return cost

    def around(self, cost: Costs) -> Costs:
        """Give the least cost of all that a configuration with a node holds besides it, per node.

        Parameters
        ----------
        cost
            Result of :meth:`up`.
        """
        rest = np.full(self._size, _GREATEST, dtype=np.int64)
        rest[-1] = 0
        for level in reversed(self._levels):
            through = rest[level.down_parents]
            if level.is_conjunction:
                through += cost[level.down_parents]
                through -= cost[level.down_children]
            best = np.minimum.reduceat(through, level.reached_offsets)
            rest[level.reached] = np.minimum(rest[level.reached], best)
        return rest

    def chosen_leaves(self, cost: Costs) -> list[int]:
        """Give the leaves of a configuration of least cost; of equal children the first is taken."""
        graph = self._graph
        starts, children = graph.starts, graph.children
        is_conjunction = np.repeat(graph.conjunctions, np.diff(graph.levels))
        pending = [self._size - 1]
        leaves = []
        while pending:
            node = pending.pop()
            inner = node - graph.leaf_count
            if inner < 0:
                leaves.append(node)
                continue
            below = children[int(starts[inner]) : int(starts[inner + 1])]
            pending.extend(below.tolist() if is_conjunction[inner] else [int(below[np.argmin(cost[below])])])
        return leaves


    def beside(self, totals: Costs) -> Costs:
        """Give, per leaf, the least of what the other leaves of its slot have; great when it is alone."""
        slots = self._graph.slots
        starts = np.searchsorted(slots, np.arange(int(slots[-1]) + 1))
        least = np.minimum.reduceat(totals, starts)
        is_least = totals == least[slots]
        is_only = is_least & (np.add.reduceat(is_least.astype(np.int64), starts)[slots] == 1)
        second = np.minimum.reduceat(np.where(is_only, _GREATEST, totals), starts)
        found: Costs = np.where(is_only, second[slots], least[slots])
        return found

    def check(self, leaf_costs: Costs) -> None:
        """Refuse costs that could be taken for a penalty.

        Raises
        ------
        CostsTooLarge
            The greatest costs of all slots add up to a quarter of the penalty or more.
        """
        slots = self._graph.slots
        greatest = np.zeros(int(slots[-1]) + 1)  # a rough bound needs no exact integers
        np.maximum.at(greatest, slots, np.abs(leaf_costs.astype(np.float64)))
        if greatest.sum() >= self.penalty // 4:
            raise CostsTooLarge(f"costs of a configuration must add up to less than {self.penalty // 4}")


class LeastCosts:
    """The least totals among the configurations that hold a selection; made by :class:`CostAnswers`."""

    def __init__(self, answers: CostAnswers, constant: int, cost: Costs) -> None:
        self._answers = answers
        self._constant = constant
        self._cost = cost

    @property
    def total(self) -> int:
        """The least total of all."""
        return int(self._cost[-1]) + self._constant

    def of_option(self, attribute: str, code: str) -> int | None:
        """Give the least total among configurations with an option; None when no configuration left has it."""
        place = self._answers.table.place[attribute, code]
        return int(self.by_option[place]) if self.is_possible[place] else None

    @cached_property
    def by_option(self) -> Costs:
        """Least total per option, in the order of the product; of no meaning where :attr:`is_possible` is False."""
        sweeper, table = self._answers.sweeper, self._answers.table
        leaf_count = sweeper.leaf_count
        totals = sweeper.around(self._cost)[:leaf_count] + self._cost[:leaf_count]
        own = totals[table.leaves]
        if table.opposites.any():
            own = np.where(table.opposites, sweeper.beside(totals)[table.leaves], own)
        found: Costs = own + self._constant
        return found

    @cached_property
    def is_possible(self) -> Flags:
        """Per option, whether a configuration left has it."""
        possible: Flags = self.by_option - self._constant < self._answers.sweeper.penalty // 2
        return possible

    @cached_property
    def options(self) -> Mapping[str, str]:
        """The option of every choice attribute in one configuration of least total."""
        chosen = self._answers.table.possible(self._held)
        return {name: code for (name, code), place in self._answers.table.place.items() if chosen[place]}

    @cached_property
    def combinations(self) -> tuple[int, ...]:
        """Per numeric component the index of its combination in the configuration of :attr:`options`."""
        return tuple(
            int(np.flatnonzero(self._held[leaves] & (leaves >= 0))[0])
            for leaves in self._answers.combination_leaves
        )

    @cached_property
    def _held(self) -> Flags:
        held: Flags = np.zeros(self._answers.sweeper.leaf_count, dtype=np.bool_)
        held[self._answers.sweeper.chosen_leaves(self._cost)] = True
        return held


class CostAnswers:
    """Answers about costs from one compiled graph; free to share between threads.

    Parameters
    ----------
    graph, table
        The graph and its options.
    components, combination_leaves
        The numeric components, and per component the leaf of each combination, -1 for one nobody can have.
    """

    def __init__(
        self,
        graph: Graph,
        table: OptionTable,
        components: Sequence[NumericComponent],
        combination_leaves: Sequence[Ints],
    ) -> None:
        self.sweeper = CostSweeper(graph)
        self.table = table
        self.combination_leaves = combination_leaves
        self._components = components

    def least(
        self, choices: Choices, costs: OptionCosts, combination_costs: Sequence[Sequence[int | None]] = ()
    ) -> LeastCosts | None:
        """Give the least totals; None when the choices contradict each other or the rules.

        Raises
        ------
        CostsTooLarge
            The costs are beyond exact 64-bit sweeps.
        """
        leaf_costs = costs.by_leaf(self.sweeper.leaf_count)
        for leaves, own_costs in zip(self.combination_leaves, combination_costs, strict=False):
            real = np.array([cost or 0 for cost in own_costs], dtype=np.int64)
            np.add.at(leaf_costs, leaves[leaves >= 0], real[leaves >= 0])
        self.sweeper.check(leaf_costs)
        blocked = self._blocked(choices)
        for leaves, own_costs in zip(self.combination_leaves, combination_costs, strict=False):
            is_out = np.array([cost is None for cost in own_costs], dtype=np.bool_)
            blocked[leaves[is_out & (leaves >= 0)]] = True
        leaf_costs[blocked] += self.sweeper.penalty
        cost = self.sweeper.up(leaf_costs)
        is_consistent = int(cost[-1]) < self.sweeper.penalty // 2
        return LeastCosts(self, costs.constant, cost) if is_consistent else None

    def give_up(self, choices: Choices) -> GiveUp:
        """Give the least number of choices to change for every option; see :class:`GiveUp`."""
        costs = OptionCosts(self.table, {
            name: {code: int(code != chosen) for code in self.table.codes[self.table.attribute_place[name]]}
            for name, chosen in choices.options.items()
        })
        lost = [_numbers_lost(component, choices.numbers) for component in self._components]
        least = self.least(Choices({}, {}, {}), costs, lost)
        if least is None:
            raise ValueError("the product has no valid configuration; no graph is compiled for it")
        return GiveUp(self.table, least.by_option - costs.by_option, least.is_possible, least.total)

    def _blocked(self, choices: Choices) -> Flags:
        by_numbers = block_combinations(
            self._components, self.combination_leaves, choices.numbers, self.sweeper.leaf_count
        )
        return reduce(np.logical_or, by_numbers.values(), self.table.blocked_by(choices.options.items()))


@dataclass(frozen=True, eq=False)
class GiveUp:
    """How many choices would have to change for each option: 0 takes it as things stand.

    An own choice of the option's attribute is replaced by the option and does not count.
    """

    _table: OptionTable
    _numbers: Costs
    _is_possible: Flags
    total: int
    """Choices to change so that the rest can stand together; 0 for consistent choices."""

    def of_option(self, attribute: str, code: str) -> int | None:
        """Give the least number of choices to change; None for an option that no configuration has."""
        place = self._table.place[attribute, code]
        return int(self._numbers[place]) if self._is_possible[place] else None


def _numbers_lost(component: NumericComponent, numbers: Mapping[str, Fraction]) -> list[int | None]:
    """Give, per combination, how many chosen numbers it makes impossible at least."""
    own = [name for name in component.numbers if name in numbers]
    lost = np.full(len(component.combinations), len(own), dtype=np.int64)
    for size in range(len(own) - 1, -1, -1):
        for given_up in itertools.combinations(own, size):
            kept = {name: numbers[name] for name in own if name not in given_up}
            lost[component.allowed(kept)] = size
    return [int(number) for number in lost]
