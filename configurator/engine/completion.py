"""The best whole configuration left, by preferences in order of importance, in one pass. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from catalog.product import Attribute, AttributeKind
from configurator.configuration import NumberDomain
from configurator.engine.answers import Answers
from configurator.engine.evidence import Choices, OptionTable
from configurator.engine.graph import Graph
from configurator.engine.regions import NumericComponent
from configurator.engine.sweep import Upward

Ranks = list[tuple[str, Mapping[str, int]]]
"""Attributes from the most to the least important, each with a rank ≥ 0 per option; smaller is preferred."""


class Completer:
    """Completes choices by wishes, then by the first that is possible, in the order of the product."""

    def __init__(
        self,
        answers: Answers,
        components: Sequence[NumericComponent],
        attributes: Mapping[str, Attribute],
    ) -> None:
        self._answers = answers
        self._component = {name: place for place, item in enumerate(components) for name in item.numbers}
        self._components = components
        self._attributes = attributes

    def complete(self, choices: Choices, wishes: Choices) -> tuple[dict[str, str], dict[str, Fraction]]:
        """Give an option for every choice attribute and a value for every number.

        Parameters
        ----------
        choices
            Consistent choices.
        wishes
            Preferred options and numbers.
        """
        numbers = dict(choices.numbers)
        ranks: Ranks = []
        for name in self._attributes:
            if name in wishes.options and name not in choices.options:
                wish = wishes.options[name]
                codes = [option.code for option in self._attributes[name].options]
                ranks.append((name, {code: int(code != wish) for code in codes}))
            elif name in wishes.numbers and name not in numbers:
                numbers.update(self._granted(choices, numbers, ranks, name, wishes.numbers[name]))
        for name, attribute in self._attributes.items():
            if attribute.kind is AttributeKind.CHOICE and name not in choices.options:
                ranks.append((name, {option.code: rank for rank, option in enumerate(attribute.options)}))
            elif attribute.kind is AttributeKind.NUMBER and name not in numbers:
                numbers[name] = self._reach(choices, numbers, ranks, name).minimum
        return self._answers.best(Choices(choices.options, numbers, {}), ranks), numbers

    def _granted(
        self, choices: Choices, numbers: Mapping[str, Fraction], ranks: Ranks, name: str, wish: Fraction
    ) -> dict[str, Fraction]:
        """Give the number as wished when it can be; nothing otherwise."""
        return {name: wish} if wish in self._reach(choices, numbers, ranks, name) else {}

    def _reach(
        self, choices: Choices, numbers: Mapping[str, Fraction], ranks: Ranks, name: str
    ) -> NumberDomain:
        """Give what a number can be when the choices stand and the ranks so far are followed."""
        best = self._answers.best(Choices(choices.options, numbers, {}), ranks) if ranks else {}
        followed = {attribute: best[attribute] for attribute, codes in ranks if _is_followed(codes, best[attribute])}
        answer = self._answers.answer(Choices({**choices.options, **followed}, numbers, {}))
        if answer is None:
            raise ValueError("the choices contradict each other")
        place = self._component[name]
        return self._components[place].domains(np.asarray(answer.combinations[place]), numbers)[name]


def _is_followed(codes: Mapping[str, int], best: str) -> bool:
    """Say whether a preference settles its attribute: a wish that cannot be met leaves it open."""
    return codes[best] == 0 or len(set(codes.values())) == len(codes)


class Outline:
    """A graph and its options as plain lists, on which a walk in Python is quick; made once per graph.

    Parameters
    ----------
    graph
        The graph.
    options
        All options.
    """

    __slots__ = ("children", "conjunctions", "graph", "is_choice", "leaves", "levels", "opposites", "place", "starts")

    def __init__(self, graph: Graph, options: OptionTable) -> None:
        self.graph = graph
        self.children: list[int] = graph.children.tolist()
        self.starts: list[int] = graph.starts.tolist()
        self.levels: list[int] = graph.levels.tolist()
        self.conjunctions = [bool(item) for item in graph.conjunctions.tolist()]
        self.is_choice = [not is_conjunction for level, is_conjunction in enumerate(self.conjunctions)
                          for _node in range(self.levels[level], self.levels[level + 1])]
        self.place = options.place
        self.leaves: list[int] = options.leaves.tolist()
        self.opposites = [bool(item) for item in options.opposites]


def leaf_costs(outline: Outline, ranks: Sequence[tuple[str, Mapping[str, int]]]) -> list[int]:
    """Write preferences as costs of leaves, so that the least total cost follows them in order.

    Parameters
    ----------
    outline
        The graph with its options.
    ranks
        The preferences.
    """
    costs = [0] * outline.graph.leaf_count
    place, leaves, opposites = outline.place, outline.leaves, outline.opposites
    weight = 1
    for name, codes in reversed(ranks):
        for code, rank in codes.items():
            option = place[name, code]
            # An option that holds when its leaf does not costs its rank less, up to a constant, on the leaf.
            costs[leaves[option]] += -rank * weight if opposites[option] else rank * weight
        weight *= max(codes.values(), default=0) + 1
    return costs


def cheapest_leaves(outline: Outline, costs: Sequence[int], upward: Upward) -> list[int]:
    """Give the leaves of a configuration of least total cost; the first among equals.

    Parameters
    ----------
    outline
        The graph.
    costs
        Cost per leaf, exact integers.
    upward
        The upward sweep for the choices; consistent.
    """
    graph, children, starts, levels = outline.graph, outline.children, outline.starts, outline.levels
    leaf_count = graph.leaf_count
    best = [*costs, *([0] * graph.node_count)]
    taken = [0] * graph.node_count
    dead = (upward.alive == 0).tolist()
    for level, is_conjunction in enumerate(outline.conjunctions):
        for node in range(levels[level], levels[level + 1]):
            if dead[leaf_count + node]:
                continue
            own = children[starts[node] : starts[node + 1]]
            if is_conjunction:
                best[leaf_count + node] = sum([best[child] for child in own])
            else:
                taken[node] = min([child for child in own if not dead[child]], key=best.__getitem__)
                best[leaf_count + node] = best[taken[node]]
    return _chosen_leaves(outline, taken)


def _chosen_leaves(outline: Outline, taken: Sequence[int]) -> list[int]:
    """Follow the taken choices from the root to the leaves."""
    children, starts, is_choice = outline.children, outline.starts, outline.is_choice
    leaf_count = outline.graph.leaf_count
    pending = [leaf_count + outline.graph.node_count - 1]
    leaves = []
    while pending:
        node = pending.pop()
        if node < leaf_count:
            leaves.append(node)
        elif is_choice[node - leaf_count]:
            pending.append(taken[node - leaf_count])
        else:
            pending.extend(children[starts[node - leaf_count] : starts[node - leaf_count + 1]])
    return leaves
