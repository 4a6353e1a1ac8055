"""The best whole configuration of a selection, within limits or as near to them as can be; and how sure that is.

A best-first branch and bound over options and number intervals. Each part of the configurations is bounded by
sweeps of the engine (``configurator.relaxation``); limits are taken into the objective with multipliers
(Lagrange), which gives a bound for any multipliers at all: floats steer them, integers prove.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from catalog.product import AttributeKind
from catalog.rules.evaluation import ValueUndefined
from configurator.branching import Branching
from configurator.completion import nearest
from configurator.configuration import Conflict, Selection
from configurator.cost_model import CostModel, Figure
from configurator.errors import ExplosionInvalid
from configurator.goal import Goal, Score
from configurator.node_bounds import NodeBounds
from configurator.reasoning import without_texts
from configurator.relaxation import CostReasoner, Node, Relaxer

DEFAULT_NODES = 400
"""Parts looked at before an answer that is not proven is given: about two seconds at most for a demo product."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best configuration found.

    Attributes
    ----------
    whole
        Every choice and number; no texts.
    figures
        Its exact figures.
    score
        What was made least; see ``configurator.goal``.
    is_proven
        Whether no configuration scores less.
    bound
        What no configuration scores below; equals the score when proven.
    nodes
        How many parts of the configurations were looked at.
    """

    whole: Selection
    figures: Mapping[Figure, int]
    score: Score
    is_proven: bool
    bound: Score
    nodes: int


def best_completion(
    reasoner: CostReasoner, model: CostModel, selection: Selection, goal: Goal, *,
    free_numbers: frozenset[str] = frozenset(), node_limit: int = DEFAULT_NODES,
    accepts: Callable[[Selection], bool] | None = None,
) -> Best | None:
    """Decide what a selection leaves open in the best way.

    A number with a default that the customer has not chosen keeps it, or the nearest value that the choices
    allow: the size of an opening is not the product's to decide. Numbers without a default, and those of
    ``free_numbers``, are decided like options. Of equally good configurations the one is given that keeps
    more defaults, then the one with earlier options, as far as they were met; the answer to equal questions
    is always the same.

    Parameters
    ----------
    reasoner, model
        The engine and the figures of the product.
    selection
        Choices; texts decide nothing.
    goal
        What to make least.
    free_numbers
        Open numbers that need not keep their default.
    node_limit
        How many parts of the configurations to look at, at least 1.
    accepts
        Tells of a whole configuration whether it may be taken; None takes any.

    Returns
    -------
    Best or None
        None when the choices contradict each other, when (proven or not) nothing within the goal's limits was
        found, or when no configuration has figures.
    """
    root = _root(reasoner, model, without_texts(model.definition, selection), free_numbers)
    if root is None:
        return None
    return _Search(Relaxer(reasoner, model), goal, root, accepts).run(node_limit)


def _root(reasoner: CostReasoner, model: CostModel, decided: Selection, free_numbers: frozenset[str]) -> Node | None:
    """Fix the numbers that keep their defaults, one after the other; None for contradictory choices."""
    intervals: dict[str, tuple[Fraction, Fraction]] = {}
    if not reasoner.is_consistent(decided):
        return None
    for item in model.definition.attributes:
        if item.kind is not AttributeKind.NUMBER or item.code in decided:
            continue
        domains = reasoner.domains(decided)
        if isinstance(domains, Conflict):
            return None
        domain = domains.numbers[item.code]
        if domain.minimum == domain.maximum:
            decided = decided.choose(item.code, domain.minimum)
        elif isinstance(item.default, Fraction) and item.code not in free_numbers:
            decided = decided.choose(item.code, nearest(domain, item.default))
        else:
            intervals[item.code] = (domain.minimum, domain.maximum)
    return Node(decided, intervals)


@dataclass(order=True, slots=True)
class _Waiting:
    bound: Score
    place: int
    node: Node = field(compare=False)


class _Search:
    """One search; made for one question."""

    def __init__(self, relaxer: Relaxer, goal: Goal, root: Node, accepts: Callable[[Selection], bool] | None) -> None:
        self._relaxer = relaxer
        self._goal = goal
        self._root = root
        self._accepts = accepts
        self._bounds = NodeBounds(relaxer, goal)
        self._branching = Branching(relaxer)
        self._tried: set[Selection] = set()
        self._best: tuple[Score, int, Selection, Mapping[Figure, int]] | None = None

    def run(self, node_limit: int) -> Best | None:
        """Search until the best is proven or the limit is reached."""
        self._relaxer.begin(self._root)
        waiting = [_Waiting(self._goal.least_possible, 0, self._root)]
        nodes = place = 0
        while waiting and self._may_improve(waiting[0].bound) and nodes < node_limit:
            nodes += 1
            for bound, child in self._expanded(heapq.heappop(waiting).node):
                place += 1
                heapq.heappush(waiting, _Waiting(bound, place, child))
        if self._best is None:
            return None
        score, _, whole, figures = self._best
        bound = min(waiting[0].bound, score) if waiting else score
        return Best(whole, figures, score, bound >= score, bound, nodes)

    def _may_improve(self, bound: Score) -> bool:
        return self._best is None or bound < self._best[0]

    def _expanded(self, node: Node) -> Iterator[tuple[Score, Node]]:
        """Bound a node, take the configurations met on the way, and give its parts that may hold better ones."""
        found = self._bounds.find(node, self._best[0] if self._best else None, self._consider)
        if found is None or not self._may_improve(found.bound):
            return
        for bound, part in self._branching.parts(node, found):
            if not self._is_decided(part):
                yield bound, part
            elif self._relaxer.reasoner.is_consistent(part.selection):
                self._consider(part, {})

    def _is_decided(self, node: Node) -> bool:
        return not node.intervals and all(name in node.selection for name in self._relaxer.codes)

    def _consider(self, node: Node, options: Mapping[str, str]) -> Mapping[Figure, int] | None:
        """Take the configuration with these options when it is the best so far; give its figures."""
        figures = None
        for whole in self._wholes(node, options):
            try:
                figures = self._relaxer.model.figures(whole)
            except (ValueUndefined, ExplosionInvalid):
                continue
            score = self._goal.score(figures)
            if score is None or whole in self._tried:
                continue
            self._tried.add(whole)
            rank = self._bounds.tie_of(whole)
            if self._best is not None and (score, rank) >= self._best[:2]:
                continue
            if self._accepts is None or self._accepts(whole):
                self._best = (score, rank, whole, figures)
        return figures

    def _wholes(self, node: Node, options: Mapping[str, str]) -> Iterator[Selection]:
        """Give configurations with the options and numbers at the ends of the open intervals."""
        chosen = Selection.of({**node.selection, **options})
        if not node.intervals:
            yield chosen
            return
        targets = self._relaxer.model.ranking.targets
        for end in (0, 1):
            yield self._numbered(chosen, {name: ends[end] for name, ends in node.intervals.items()})
        if targets:
            yield self._numbered(chosen, {
                name: min(max(targets.get(name, ends)[0], ends[0]), ends[1]) for name, ends in node.intervals.items()})

    def _numbered(self, chosen: Selection, targets: Mapping[str, Fraction]) -> Selection:
        for name, target in targets.items():
            domains = self._relaxer.reasoner.domains(chosen)
            if isinstance(domains, Conflict):
                raise TypeError("a sweep gave options that contradict the rules")
            chosen = chosen.choose(name, nearest(domains.numbers[name], target))
        return chosen


