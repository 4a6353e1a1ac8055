"""How good the configurations of one node of a search can be at best, and which options may hold better ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from catalog.product import Value
from configurator.cost_model import Figure
from configurator.goal import Goal, Score, unit
from configurator.relaxation import GONE, SCALE, Least, Linear, Node, Piece, Relaxer

Flags = NDArray[np.bool_]
Consider = Callable[[Node, Mapping[str, str]], Mapping[Figure, int] | None]

_STEPS = 6
_TIES_PER_OPTION = 8
_GREATEST_WEIGHT = 1 << 36
_GREATEST_SIZE = 1 << 46


@dataclass(frozen=True, slots=True)
class NodeBound:
    """What a node's sweeps say.

    ``kept`` tells per option whether a configuration with it may be better than the best known; ``options`` is the
    configuration that the last sweep favored, ``regret`` what each option costs above it, and ``pieces`` the terms
    that were parted, each with a weight that makes gaps of different figures comparable.
    """

    bound: Score
    kept: Flags
    options: Mapping[str, str]
    regret: NDArray[np.int64]
    pieces: tuple[tuple[float, Piece], ...]


class NodeBounds:
    """Bounds nodes for one goal."""

    def __init__(self, relaxer: Relaxer, goal: Goal) -> None:
        self._relaxer = relaxer
        self._goal = goal
        self._ties, self._most_ties = _tie_costs(relaxer)
        self._multipliers = dict.fromkeys(goal.limits, 0.0)

    def tie_of(self, whole: Mapping[str, Value]) -> int:
        """Count how far a configuration is from the defaults and the first options."""
        first = self._relaxer.first
        return sum(int(self._ties[first[name] + codes.index(str(whole[name]))])
                   for name, codes in self._relaxer.codes.items())

    def find(self, node: Node, best: Score | None, consider: Consider) -> NodeBound | None:
        """Bound a node; None when nothing in it is within the limits or better than the best known.

        Parameters
        ----------
        node
            Part of all configurations.
        best
            The best score known; None when there is none.
        consider
            Is handed every configuration met.
        """
        by_limit = {}
        for figure in self._goal.limits:
            linear = self._relaxer.linear(figure, node)
            least = self._relaxer.least(node, linear)
            if least is None:
                return None
            consider(node, least.options)
            by_limit[figure] = (linear, least)
        return self._missed(node, by_limit, best, consider) if self._goal.is_miss else self._within(
            node, by_limit, best, consider)

    # -- within limits --------------------------------------------------------------------------
    def _within(self, node: Node, by_limit: Mapping[Figure, tuple[Linear, Least]], best: Score | None,
                consider: Consider) -> NodeBound | None:
        kept = np.ones(self._relaxer.size, dtype=np.bool_)
        for figure, (_, least) in by_limit.items():
            most = self._goal.limits[figure]
            if self._least_figure(node, figure, least, most) > most:
                return None
            kept &= least.by_option <= most * SCALE
        linear = self._relaxer.linear(self._goal.objective, node)
        found = self._relaxer.least(node, Linear(linear.options + self._ties, linear.combinations, linear.constant))
        if found is None:
            return None
        figures = consider(node, found.options)
        kept &= found.by_option < GONE
        if best is not None:
            kept &= found.by_option - self._most_ties <= (int(best) - 1) * SCALE
        enough = None if figures is None or self._goal.score(figures) is None else figures[self._goal.objective] - 1
        low = self._least_figure(node, self._goal.objective, found, enough, slack=self._most_ties)
        bound, options, by_option = Fraction(low), found.options, found.by_option
        if by_limit:
            eased = self._eased(node, linear, by_limit, best, consider)
            if eased is not None:
                bound = max(bound, eased[0])
                options, by_option = eased[1].options, eased[1].by_option
                kept &= eased[2]
        pieces = [(1.0, piece) for piece in linear.pieces]
        for figure, (own, _) in by_limit.items():
            pieces += [(self._multipliers[figure], piece) for piece in own.pieces]
        return NodeBound(bound, kept, options, by_option - by_option.min(), tuple(pieces))

    def _least_figure(self, node: Node, figure: Figure, least: Least, enough: int | None, *, slack: int = 0) -> int:
        """Round a total up to the figure's unit; a price is looked at more sharply when that may decide."""
        low = -(-(least.total - slack) // SCALE)
        if figure is Figure.PRICE and (enough is None or low <= enough):
            sharp = self._relaxer.sharp_price(node)
            return low if sharp is None else max(low, sharp)
        return low

    def _eased(self, node: Node, linear: Linear, by_limit: Mapping[Figure, tuple[Linear, Least]],
               best: Score | None, consider: Consider) -> tuple[Score, Least, Flags] | None:
        """Raise the bound by putting a price on what is above the limits, a few steps uphill."""
        goal, weight = self._goal, _weight_for(linear, most=1 << 24)
        top: tuple[Score, Least, Flags] | None = None
        best_multipliers = dict(self._multipliers)
        for step in range(_STEPS):
            factors = {figure: _weight_for(by_limit[figure][0], most=int(value * weight))
                       for figure, value in self._multipliers.items()}
            total = linear.times(weight)
            for figure, factor in factors.items():
                total = total.plus(by_limit[figure][0].times(factor))
            total.constant -= sum(factor * goal.limits[figure] * SCALE for figure, factor in factors.items())
            least = self._relaxer.least(node, total)
            if least is None:
                return top
            bound = Fraction(-(-least.total // (weight * SCALE)))
            if top is None or bound > top[0]:
                kept = np.ones(self._relaxer.size, dtype=np.bool_) if best is None else (
                    least.by_option <= (int(best) - 1) * weight * SCALE)
                top, best_multipliers = (bound, least, kept), dict(self._multipliers)
            if best is not None and bound >= best:
                break
            figures = consider(node, least.options)
            if figures is None or not self._climb(figures, bound, best, step):
                break
        self._multipliers = best_multipliers
        return top

    def _climb(self, figures: Mapping[Figure, int], bound: Score, best: Score | None, step: int) -> bool:
        """Move the multipliers towards the limits that the last configuration passes (Polyak's step)."""
        over = {figure: (figures[figure] - most) / unit(most) for figure, most in self._goal.limits.items()}
        moved = {figure: value for figure, value in over.items() if value > 0 or self._multipliers[figure] > 0}
        norm = sum(value * value for value in moved.values())
        if norm <= 0:
            return False
        wanted = float(best) if best is not None else float(figures[self._goal.objective])
        gain = max(wanted - float(bound), 1.0) / norm / (1 + step / 2)
        for figure, value in moved.items():
            per_unit = self._multipliers[figure] * unit(self._goal.limits[figure]) + gain * value
            self._multipliers[figure] = max(0.0, per_unit / unit(self._goal.limits[figure]))
        return True

    # -- the nearest miss -----------------------------------------------------------------------
    def _missed(self, node: Node, by_limit: Mapping[Figure, tuple[Linear, Least]], best: Score | None,
                consider: Consider) -> NodeBound | None:
        limits = self._goal.limits
        shared = lcm(*(unit(most) for most in limits.values())) if limits else 1
        bound, excess = Fraction(0), np.zeros(self._relaxer.size, dtype=object)
        for figure, (_, least) in by_limit.items():
            most = limits[figure]
            low = self._least_figure(node, figure, least, None)
            bound += Fraction(max(0, low - most), unit(most))
            above = np.maximum(least.by_option.astype(object) - most * SCALE, 0)
            excess = excess + above * (shared // unit(most))
        kept = np.ones(self._relaxer.size, dtype=np.bool_)
        for _, least in by_limit.values():
            kept &= least.by_option < GONE
        if best is not None:
            kept &= np.asarray(excess < best * shared * SCALE, dtype=np.bool_)
        last = next(iter(by_limit.values()))[1]
        for figures in _groups(tuple(by_limit)):
            found = self._weighed(node, figures, by_limit, best)
            if found is None:
                continue
            consider(node, found[1].options)
            bound, last = max(bound, found[0]), found[1]
            kept &= found[2]
        pieces = tuple((1.0 / unit(limits[figure]), piece)
                       for figure, (own, _) in by_limit.items() for piece in own.pieces)
        return NodeBound(bound, kept, last.options, last.by_option - last.by_option.min(), pieces)

    def _weighed(self, node: Node, figures: tuple[Figure, ...], by_limit: Mapping[Figure, tuple[Linear, Least]],
                 best: Score | None) -> tuple[Score, Least, Flags] | None:
        """Bound the sum of some excesses as if all of them were above their limits."""
        whole = lcm(*(unit(self._goal.limits[figure]) for figure in figures))
        whole = min(whole, _GREATEST_WEIGHT, *(
            _weight_for(by_limit[figure][0], most=_GREATEST_WEIGHT) * unit(self._goal.limits[figure])
            for figure in figures))
        factors = {figure: whole // unit(self._goal.limits[figure]) for figure in figures}
        total: Linear | None = None
        for figure, factor in factors.items():
            own = by_limit[figure][0].times(factor)
            total = own if total is None else total.plus(own)
        if total is None:
            return None
        total.constant -= sum(factor * self._goal.limits[figure] * SCALE for figure, factor in factors.items())
        least = self._relaxer.least(node, total)
        if least is None:
            return None
        kept = np.ones(self._relaxer.size, dtype=np.bool_)
        if best is not None:
            kept = np.asarray(least.by_option.astype(object) < best * whole * SCALE, dtype=np.bool_)
        return Fraction(least.total, whole * SCALE), least, kept


def _groups(figures: tuple[Figure, ...]) -> list[tuple[Figure, ...]]:
    """Give all sets of at least two figures."""
    sets = [tuple(figure for place, figure in enumerate(figures) if mask >> place & 1)
            for mask in range(1 << len(figures))]
    return [chosen for chosen in sets if len(chosen) > 1]


def _weight_for(linear: Linear, *, most: int) -> int:
    """Give the greatest weight up to a given one that leaves a bound within the precision of a sweep."""
    return min(most, max(1, _GREATEST_SIZE // max(linear.size, 1)))


def _tie_costs(relaxer: Relaxer) -> tuple[NDArray[np.int64], int]:
    """Give what each option costs beside equally good ones, and what a configuration can cost at most."""
    ties = np.zeros(relaxer.size, dtype=np.int64)
    for item in relaxer.model.definition.attributes:
        if item.code in relaxer.first:
            for place, option in enumerate(item.options):
                is_default = option.code == item.default
                ties[relaxer.first[item.code] + place] = 0 if is_default else min(place + 1, _TIES_PER_OPTION)
    most = sum(int(ties[first:first + len(relaxer.codes[name])].max()) for name, first in relaxer.first.items())
    return (ties, most) if most < SCALE else (np.zeros_like(ties), 0)
