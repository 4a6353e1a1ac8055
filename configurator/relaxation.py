"""What a figure costs at least on a part of all configurations: its terms parted among options, then one sweep.

Where a term reads several open attributes its table is parted so that the parts never add up to more than an
entry; a share of the product's price is replaced by its tangent at the least price (McCormick, "Computability of
global solutions to factorable nonconvex programs", 1976). So every total of a sweep is a lower bound, and it is
the figure itself once the attributes read together are decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from catalog.money import round_half_up
from configurator.bounds import Interval
from configurator.configuration import Conflict, OptionState, Selection
from configurator.cost_model import FAR, CostModel, Figure, Ints, Table, Term
from configurator.engine.least_costs import CostsTooLarge, LeastCosts
from configurator.engine.number_boxes import combinations_within
from configurator.engine.regions import NumericComponent
from configurator.reasoning import Reasoner

SCALE = 1 << 10
"""Bounds are kept in whole parts of 1/SCALE of a figure's unit."""


@runtime_checkable
class CostReasoner(Reasoner, Protocol):
    """A reasoner that also answers about costs where it has a compiled graph."""

    @property
    def method(self) -> str:
        """``graph`` or ``search``."""

    @property
    def components(self) -> tuple[NumericComponent, ...]:
        """The numbers that rules tie together."""

    def least_costs(self, selection: Selection, costs: Mapping[str, Mapping[str, int]], *,
                    combination_costs: Sequence[Sequence[int | None]] = ()) -> LeastCosts | None:
        """Give the least total cost of every option; see the compiled model."""


@dataclass(frozen=True, slots=True)
class Node:
    """Part of all configurations: what is decided, and the intervals of the numbers that are not."""

    selection: Selection
    intervals: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """A term read together by open attributes, and how it was parted among them, in 1/SCALE."""

    term: Term
    names: tuple[str, ...]
    values: Ints
    parts: Ints
    spread: Ints

    def gap(self, positions: Sequence[int]) -> int:
        """Tell how much the parts miss of the term at one entry, at most."""
        place = tuple(position if size > 1 else 0
                      for position, size in zip(positions, self.values.shape, strict=True))
        return int(self.values[place] - self.parts[place] + self.spread[place])


@dataclass(slots=True)
class Linear:
    """A lower bound that adds up: per option, per combination of each numeric component, and a constant."""

    options: Ints
    combinations: list[Ints]
    constant: int = 0
    pieces: list[Piece] = field(default_factory=list)

    @property
    def size(self) -> int:
        """A bound on the magnitude of any total."""
        return int(np.abs(self.options).sum()) + abs(self.constant) + sum(
            int(np.abs(own).max(initial=0)) for own in self.combinations)

    def times(self, weight: int) -> Linear:
        """Scale by an integer of at least 0 that keeps the size below 2**62; the pieces are left behind."""
        return Linear(self.options * weight, [costs * weight for costs in self.combinations], self.constant * weight)

    def plus(self, other: Linear) -> Linear:
        """Add another bound; the pieces are left behind."""
        pairs = zip(self.combinations, other.combinations, strict=True)
        return Linear(self.options + other.options, [mine + its for mine, its in pairs],
                      self.constant + other.constant)


@dataclass(frozen=True, slots=True)
class Least:
    """The least total of a node, the least of each option (FAR·SCALE² where it is gone), and who attains it."""

    total: int
    by_option: Ints
    options: Mapping[str, str]


GONE = FAR * SCALE * SCALE
_INT64_SAFE = 1 << 62


class Relaxer:
    """Bounds the figures of one product from below; keeps nothing but tables between calls."""

    def __init__(self, reasoner: CostReasoner, model: CostModel) -> None:
        self.model = model
        self.reasoner = reasoner
        self.codes = model.codes
        self.first: dict[str, int] = {}
        place = 0
        for name, codes in self.codes.items():
            self.first[name] = place
            place += len(codes)
        self.size = place
        self.has_graph = reasoner.method == "graph"
        self._components = reasoner.components if self.has_graph else ()
        self._places = [_combination_places(component, self.codes) for component in self._components]
        self._boxes: dict[tuple[object, ...], NDArray[np.bool_]] = {}
        self._running: list[Interval] = []

    def begin(self, root: Node) -> None:
        """Work out between which prices each share is taken, for all nodes below a root."""
        self._running = [(Fraction(0), Fraction(0))] * len(self.model.terms[Figure.PRICE])
        known: dict[int, Interval] = {}
        for place, term in enumerate(self.model.terms[Figure.PRICE]):
            if not term.reads_total and (term.share is None or self._is_decided(term, root)):
                continue
            before = [int(other.is_product) for other in self.model.terms[Figure.PRICE][:place]]
            if sum(before) not in known:
                known[sum(before)] = self._ends(root, before)
            self._running[place] = known[sum(before)]

    def linear(self, figure: Figure, node: Node) -> Linear:
        """Give a figure's lower bound on a node, parted among options and combinations, in 1/SCALE."""
        if figure is Figure.PRICE:
            return self.price(node, [1] * len(self.model.terms[figure]))
        result = self._nothing()
        for term in self.model.terms[figure]:
            table = self.model.table(term, node.selection, node.intervals, (Fraction(0), Fraction(0)))
            self._charge(result, term, node, table.low * SCALE, (table.high - table.low) * SCALE)
        if figure is Figure.RANK:
            for name, costs in self.model.ranking.options.items():
                for code, cost in costs.items():
                    result.options[self.first[name] + self.codes[name].index(code)] += cost * SCALE
        return result

    def price(self, node: Node, counted: Sequence[int]) -> Linear:
        """Give the lower bound of a weighted sum of price terms.

        Parameters
        ----------
        node
            Where.
        counted
            A weight per price term; missing ones at the end count nothing.
        """
        terms = self.model.terms[Figure.PRICE][:len(counted)]
        weights = [Fraction(weight) for weight in counted]
        result = self._nothing()
        for place in range(len(terms) - 1, -1, -1):
            term, weight = terms[place], weights[place]
            if weight == 0:
                continue
            table = self.model.table(term, node.selection, node.intervals, self._running[place])
            if term.share is None:
                chosen = table.low if weight > 0 else table.high
                spread = _scaled(table.high - table.low, abs(weight))
                self._charge(result, term, node, _scaled(chosen, weight), spread)
                continue
            values, slope = _tangent(table, weight, self._running[place][0])
            spread = _tangent_gaps(table, weight, self._running[place])
            self._charge(result, term, node, values, spread)
            weights[:place] = [before + (slope if other.is_product else 0)
                               for before, other in zip(weights[:place], terms[:place], strict=True)]
        return result

    def least(self, node: Node, linear: Linear) -> Least | None:
        """Find the least total of a bound among the configurations of a node; None when there are none."""
        costs = {name: dict(zip(codes, linear.options[self.first[name]:self.first[name] + len(codes)].tolist(),
                                strict=True)) for name, codes in self.codes.items()}
        if self.has_graph:
            try:
                found = self.reasoner.least_costs(node.selection, costs,
                                                  combination_costs=self._combination_costs(node, linear))
            except CostsTooLarge:
                return self._roughly_least(node, linear, costs)
            if found is None:
                return None
            by_option = np.where(found.is_possible, found.by_option + linear.constant, GONE)
            return Least(found.total + linear.constant, by_option, found.options)
        return self._roughly_least(node, linear, costs)

    def sharp_price(self, node: Node) -> int | None:
        """Give the least price where every share is decided, with each share rounded as it will be.

        Returns
        -------
        int or None
            In minor units; None when shares are still open, or do not come after all else, or outweigh it.
        """
        terms = self.model.terms[Figure.PRICE]
        shares = [place for place, term in enumerate(terms) if term.share is not None]
        tables = [self.model.table(terms[place], node.selection, node.intervals, self._running[place])
                  for place in shares]
        if not shares or any(term.reads_total for term in terms) or any(
                terms[place].is_product or (terms[place].numbers and node.intervals) for place in shares) or any(
                table.low.size > 1 for table in tables) or any(term.is_product for term in terms[shares[0]:]):
            return None
        parts = [(table.shares[0], table.bases[0]) for table in tables]
        slope = 1 + sum((share for share, _ in parts), Fraction(0))
        own = self.least(node, self.price(node, [int(term.is_product) for term in terms]))
        rest = self.least(node, self.price(node, [int(not term.is_product and term.share is None) for term in terms]))
        if own is None or rest is None or slope <= Fraction(1, 100):
            return None
        return _up(own.total, rest.total, parts, slope)

    def _is_decided(self, term: Term, root: Node) -> bool:
        """Tell whether a share is the same all over a root: then its tangent is the share itself, at any price."""
        return self.model.table(term, root.selection, root.intervals, (Fraction(0), Fraction(0))).low.size == 1

    def _ends(self, node: Node, counted: Sequence[int]) -> Interval:
        least = self.least(node, self.price(node, counted))
        most = self.least(node, self.price(node, [-weight for weight in counted]))
        return (Fraction(-(-(least.total if least else 0) // SCALE)),
                Fraction((-most.total if most else 0) // SCALE))

    def _nothing(self) -> Linear:
        return Linear(np.zeros(self.size, dtype=np.int64),
                      [np.zeros(len(component.combinations), dtype=np.int64) for component in self._components])

    def _charge(self, result: Linear, term: Term, node: Node, values: Ints, spread: Ints) -> None:
        """Part a term's table among the open options it reads, or put it on the combinations of a component."""
        is_open = [size > 1 for size in values.shape]
        names = tuple(name for name, size in zip(term.choices, is_open, strict=True) if size)
        if len(names) > 1:
            for place, positions in enumerate(self._places):
                if set(names) <= positions.keys():
                    index = tuple(positions[name] if size else 0
                                  for name, size in zip(term.choices, is_open, strict=True))
                    result.combinations[place] += values[index]
                    return self._note(result, term, names, values, values, spread)
        parts = np.zeros_like(values)
        for axis, name in enumerate(term.choices):
            if not is_open[axis]:
                continue
            others = tuple(other for other in range(values.ndim) if other != axis)
            own = (values - parts).min(axis=others, keepdims=True)
            parts += own
            result.options[self.first[name]:self.first[name] + len(self.codes[name])] += own.reshape(-1)
        if not names:
            result.constant += int(values.reshape(-1)[0])
            parts = values
        return self._note(result, term, names, values, parts, spread)

    @staticmethod
    def _note(result: Linear, term: Term, names: tuple[str, ...], values: Ints, parts: Ints, spread: Ints) -> None:
        if parts is not values or spread.any():
            result.pieces.append(Piece(term, names, values, parts, spread))

    def _combination_costs(self, node: Node, linear: Linear) -> list[list[int | None]]:
        costs: list[list[int | None]] = []
        for place, component in enumerate(self._components):
            own: list[int | None] = linear.combinations[place].tolist()
            if any(name in node.intervals for name in component.numbers):
                is_in = self._within(place, component, node)
                own = [cost if is_kept else None for cost, is_kept in zip(own, is_in.tolist(), strict=True)]
            costs.append(own)
        return costs

    def _within(self, place: int, component: NumericComponent, node: Node) -> NDArray[np.bool_]:
        ends: dict[str, Interval] = {}
        for name in component.numbers:
            value = node.selection.get(name)
            if isinstance(value, Fraction):
                ends[name] = (value, value)
            elif name in node.intervals:
                ends[name] = node.intervals[name]
        key = (place, *ends.items())
        if key not in self._boxes:
            self._boxes[key] = combinations_within(component, ends)
        return self._boxes[key]

    def _roughly_least(self, node: Node, linear: Linear, costs: Mapping[str, Mapping[str, int]]) -> Least | None:
        """Add up the least of each attribute by itself: what is left without a graph."""
        domains = self.reasoner.domains(node.selection)
        if isinstance(domains, Conflict):
            return None
        by_option = np.full(self.size, GONE, dtype=np.int64)
        kept: dict[str, list[str]] = {
            name: [code for code in self.codes[name] if states[code] is not OptionState.EXCLUDED]
            for name, states in domains.options.items()}
        best = {name: min(codes, key=costs[name].__getitem__) for name, codes in kept.items()}
        total = linear.constant + sum(costs[name][code] for name, code in best.items()) + sum(
            int(own.min()) for own in linear.combinations)
        for name, codes in kept.items():
            for code in codes:
                place = self.first[name] + self.codes[name].index(code)
                by_option[place] = total - costs[name][best[name]] + costs[name][code]
        whole = self.reasoner.complete(node.selection, preferred=best)
        return Least(total, by_option, {name: str(whole[name]) for name in self.codes})


def _combination_places(component: NumericComponent, codes: Mapping[str, tuple[str, ...]]) -> Mapping[str, Ints]:
    """Give, per interface attribute, the position of its option in every combination."""
    return {name: np.array([codes[name].index(combination[place]) for combination in component.combinations],
                           dtype=np.int64)
            for place, name in enumerate(component.interface)}


def _scaled(values: Ints, weight: Fraction) -> Ints:
    """Multiply and bring to 1/SCALE, rounded down."""
    factor = weight.numerator * SCALE
    greatest = max(int(np.abs(values).max(initial=0)), 1) * abs(factor)
    if max(greatest, weight.denominator) < _INT64_SAFE:
        return np.asarray(values * factor // weight.denominator)
    exact = values.astype(object) * factor // weight.denominator
    return np.asarray(np.clip(exact, -_INT64_SAFE // SCALE, _INT64_SAFE // SCALE).astype(np.int64))


def _tangent(table: Table, weight: Fraction, least_price: Fraction) -> tuple[Ints, Fraction]:
    """Replace shares by their tangent at the least price: a table in 1/SCALE, and the slope on the price."""
    slope = min(weight * share for share in table.shares)
    values = np.empty(table.low.size, dtype=np.int64)
    entries = zip(table.shares, table.bases, table.low.flat, table.high.flat, strict=True)
    for place, (share, base, low, high) in enumerate(entries):
        if share == 0:
            own = weight * int(low if weight > 0 else high)
        else:
            own = weight * base - weight / 2 if weight > 0 else weight * int(high) + weight
        values[place] = ((own + least_price * (weight * share - slope)) * SCALE) // 1
    return values.reshape(table.low.shape), slope


def _tangent_gaps(table: Table, weight: Fraction, price: Interval) -> Ints:
    """Give, in 1/SCALE, how far the tangent and the rounding can be from each entry."""
    slope = min(weight * share for share in table.shares)
    gaps = [((price[1] - price[0]) * (weight * share - slope) + (abs(weight) / 2 if share else 0)) * SCALE // 1
            for share in table.shares]
    return np.array(gaps, dtype=np.int64).reshape(table.low.shape)


def _up(own: int, rest: int, parts: Sequence[tuple[Fraction, Fraction]], slope: Fraction) -> int:
    """Add rounded shares to the least price; a few prices above it may round to less, none further up does."""
    least = -(-own // SCALE)
    reach = int(len(parts) / slope) + 1
    totals = (price + sum(round_half_up(share * price + base) for share, base in parts)
              for price in range(least, least + reach + 1))
    return min(totals) - (-rest // SCALE)
