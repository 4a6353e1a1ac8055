"""Reverse configuration: limits in, the best product out, or the nearest miss and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from catalog.product import Value
from configurator.appraisal import Appraiser
from configurator.configuration import Selection
from configurator.cost_model import FAR, CostModel, Figure, Ranking
from configurator.entrusted import keep_services
from configurator.goal import Goal
from configurator.optimization import DEFAULT_NODES, Best, best_completion
from configurator.reasoning import without_texts
from configurator.relaxation import CostReasoner

MOST_RELIEFS = 6
_MOST_PAIRS = 45
RELIEF_NODES = 60


@dataclass(frozen=True, slots=True)
class Relief:
    """Choices which, given up, make the limits reachable, and the product that is best then."""

    given_up: tuple[str, ...]
    best: Best


@dataclass(frozen=True, slots=True)
class Miss:
    """No product with the choices meets all limits.

    Attributes
    ----------
    nearest
        The product whose excess over the limits, each relative to its limit, is least in sum; among such the one that
        the objective asks for. Its score and bound are of the excess.
    over
        What it has above each limit that it passes, in the figure's unit.
    least
        The least that each limited figure can be with the choices, by itself.
    reliefs
        Single choices that would make the limits reachable when given up, else pairs; those that cost least liking
        first, at most ``MOST_RELIEFS``. Empty when none would.
    is_proven
        Whether it is proven that nothing meets the limits; else the search ended before.
    """

    nearest: Best
    over: Mapping[Figure, int]
    least: Mapping[Figure, int]
    reliefs: tuple[Relief, ...]
    is_proven: bool

    @property
    def out_of_reach(self) -> tuple[Figure, ...]:
        """The limits that no product with the choices meets even alone; when empty, only all together are too many."""
        return tuple(figure for figure in self.over if self.least[figure] > self.nearest.figures[figure]
                     - self.over[figure])


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted besides the choices.

    Attributes
    ----------
    limits
        Most that each figure may be, of one piece: price net of tax in minor units, footprint of the material in
        grams, work in seconds.
    objective
        What is made least within the limits.
    free
        Numbers and services that need not keep their default.
    accepts
        Tells of a whole configuration whether it may be taken, such as whether it arrives in time; None takes any.
    """

    limits: Mapping[Figure, int]
    objective: Figure = Figure.RANK
    free: frozenset[str] = frozenset()
    accepts: Callable[[Selection], bool] | None = None


class Adviser:
    """Decides what customers leave open in one product.

    Parameters
    ----------
    reasoner, appraiser
        The engine and the figures of the product.
    rank
        Gives what customers like, near some numbers; see ``configurator.popularity``.
    """

    def __init__(self, reasoner: CostReasoner, appraiser: Appraiser,
                 rank: Callable[[Mapping[str, Value]], Ranking]) -> None:
        self._reasoner = reasoner
        self._appraiser = appraiser
        self._rank = rank
        self._model = CostModel(appraiser, rank({}))

    def decide(self, selection: Selection, objective: Figure, *, free: Collection[str] = (),
               node_limit: int = DEFAULT_NODES) -> Best | None:
        """Decide the rest: cheapest, greenest, with least work, or most liked.

        Numbers and services that have a default keep it, or what is nearest to it, unless they are ``free``.

        Returns
        -------
        Best or None
            None when the choices contradict each other or no product has figures.
        """
        return self._best(self._model, selection, Goal(objective), free=free, node_limit=node_limit)

    def best_within(self, selection: Selection, wish: Wish, *, node_limit: int = DEFAULT_NODES) -> Best | None:
        """Find the best product within limits; None when none was found, or the choices contradict each other."""
        return self._best(self._model, selection, Goal(wish.objective, wish.limits), free=wish.free,
                          accepts=wish.accepts, node_limit=node_limit)

    def configure_within(self, selection: Selection, wish: Wish, *, node_limit: int = DEFAULT_NODES) -> (
            Best | Miss | None):
        """Find the best product within limits, or the nearest miss.

        Returns
        -------
        Best, Miss or None
            None when the choices contradict each other, no product has figures, or nothing near was accepted.
        """
        best = self.best_within(selection, wish, node_limit=node_limit)
        if best is not None or not wish.limits:
            return best
        nearest = self._best(self._model, selection, Goal(wish.objective, wish.limits, is_miss=True), free=wish.free,
                             accepts=wish.accepts, node_limit=node_limit)
        if nearest is None:
            return None
        if nearest.score == 0:  # the first search ended before it came across it
            bound = Fraction(-FAR)
            return replace(nearest, score=Fraction(nearest.figures[wish.objective]), is_proven=False, bound=bound)
        nearest = self._most_liked(selection, wish, nearest, node_limit)
        over = {figure: nearest.figures[figure] - most for figure, most in wish.limits.items()
                if nearest.figures[figure] > most}
        least = {figure: int(alone.bound) for figure in wish.limits
                 if (alone := self.decide(selection, figure, free=wish.free, node_limit=node_limit)) is not None}
        return Miss(nearest, over, least, self._reliefs(selection, wish),
                    nearest.bound > 0 and wish.accepts is None)

    def _most_liked(self, selection: Selection, wish: Wish, nearest: Best, node_limit: int) -> Best:
        """Among products that miss the limits no further, in no figure, give the one that is best otherwise."""
        eased = {figure: max(most, nearest.figures[figure]) for figure, most in wish.limits.items()}
        best = self.best_within(selection, replace(wish, limits=eased), node_limit=node_limit)
        return nearest if best is None else replace(nearest, whole=best.whole, figures=best.figures)

    def _reliefs(self, selection: Selection, wish: Wish) -> tuple[Relief, ...]:
        """Try to give up single choices, then pairs."""
        own = tuple(without_texts(self._appraiser.definition, selection))
        for groups in (((name,) for name in own), _pairs(own)):
            found = [relief for names in groups if (relief := self.relieve(selection, wish, names)) is not None]
            if found:
                return tuple(sorted(found, key=lambda relief: relief.best.figures[Figure.RANK])[:MOST_RELIEFS])
        return ()

    def relieve(self, selection: Selection, wish: Wish, names: tuple[str, ...]) -> Relief | None:
        """Give up some choices; a number may then move, as little as it can; None when the limits stay out of reach."""
        numbers = {name: value for name in names if isinstance(value := selection[name], Fraction)}
        model = CostModel(self._appraiser, self._rank(numbers)) if numbers else self._model
        rest = Selection.of({name: value for name, value in selection.items() if name not in names})
        best = self._best(model, rest, Goal(Figure.RANK, wish.limits), free=wish.free | set(names),
                          accepts=wish.accepts, node_limit=RELIEF_NODES)
        return None if best is None else Relief(names, best)

    def _best(self, model: CostModel, selection: Selection, goal: Goal, *, free: Collection[str],
              accepts: Callable[[Selection], bool] | None = None, node_limit: int) -> Best | None:
        if not self._reasoner.is_consistent(without_texts(model.definition, selection)):
            return None
        kept = keep_services(self._reasoner, model.definition, selection, free=free)
        return best_completion(self._reasoner, model, kept, goal, free_numbers=frozenset(free), accepts=accepts,
                               node_limit=node_limit)


def _pairs(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Give all pairs; of very many only those of the first names."""
    found = list(combinations(names, 2))
    yield from found[:_MOST_PAIRS]
