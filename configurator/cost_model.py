"""The figures of a product as sums of terms, each bounded where its attributes are open. Knows no rules, no search.

A figure (price, footprint, work, rank) is a sum of rounded terms. A term reads few attributes, so a table over
their options holds it exactly; only where numbers are open are its entries bounds instead of values. Terms that
take a share of the product's own price keep that share apart: what they add depends on all other terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import product

import numpy as np
from numpy.typing import NDArray

from catalog.money import MINOR_UNITS_PER_MAJOR, round_half_up
from catalog.price_book import Billing
from catalog.product import AttributeKind, ProductDefinition, Strength, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.rules.traversal import walk
from configurator.appraisal import Appraiser
from configurator.bounds import Bounder, Interval, NoBound, Region
from configurator.engine.references import attributes_named, totals_named
from configurator.explosion import grouped_bom
from configurator.footprint import GRAMS_PER_KG
from configurator.pricing import PRODUCT_PRICE, counts_as_product

Ints = NDArray[np.int64]
Whole = Mapping[str, Value]

SECONDS_PER_MINUTE = 60
FAR = 10**10
"""Stands for "no bound" on a term, and for a term without a value. A term that is larger is not bounded."""
_GREATEST_SHARE = 1000
_MOST_ENTRIES = 4096
_MOST_REMEMBERED = 20_000
_ZERO = ex.Number(Fraction(0))


class Figure(StrEnum):
    """What a configuration is judged by; less is better."""

    PRICE = "price"
    """Of one piece, paid once, net of tax, in minor units."""
    CO2 = "co2"
    """Of the material of one piece, in grams."""
    WORK = "work"
    """Of all operations of one piece at speed 1, in seconds, each operation rounded once."""
    RANK = "rank"
    """How far from what is liked; see :class:`Ranking`. Of no unit."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is liked less, as integer costs; an empty one likes everything alike.

    ``options`` holds costs by attribute and option code, 0 when missing; ``targets`` holds for a number the value
    it should be near and what being off by its whole range costs. A broken soft rule costs its weight times
    ``soft_rule``.
    """

    options: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    targets: Mapping[str, tuple[Fraction, int]] = field(default_factory=dict)
    soft_rule: int = 1


@dataclass(frozen=True, eq=False)
class Term:
    """One summand of a figure, rounded once.

    Attributes
    ----------
    amount
        In units of the figure.
    share
        What part of the product's price so far it adds besides; None when none.
    choices, numbers
        The attributes it reads, the running price set aside.
    is_product
        Whether later shares are taken of it too.
    reads_total
        Whether it reads the running price otherwise than as a share.
    """

    figure: Figure
    amount: ex.Expression
    share: ex.Expression | None
    choices: tuple[str, ...]
    numbers: tuple[str, ...]
    is_product: bool = False
    reads_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A term over the options still open to it, one axis a choice attribute that it reads.

    ``low`` and ``high`` bound the rounded amount; equal when no number is open. With a share they bound
    only the rest: then ``bases`` and ``shares`` hold the parts before rounding, entry by entry, low ends of the
    rest where numbers are open.
    """

    low: Ints
    high: Ints
    bases: tuple[Fraction, ...] = ()
    shares: tuple[Fraction, ...] = ()


class CostModel:
    """The terms of a product's figures, their tables, and the exact figures of whole selections.

    Parameters
    ----------
    appraiser
        Of the product whose rules are those of the day.
    ranking
        What ``Figure.RANK`` counts.
    """

    def __init__(self, appraiser: Appraiser, ranking: Ranking | None = None) -> None:
        self.definition = appraiser.definition
        self.ranking = ranking or Ranking()
        self.codes = {item.code: tuple(option.code for option in item.options)
                      for item in self.definition.attributes if item.kind is AttributeKind.CHOICE}
        self._appraiser = appraiser
        self._numbers = {item.code for item in self.definition.attributes if item.kind is AttributeKind.NUMBER}
        self._work = [self._term(Figure.WORK, amount) for amount in _work_amounts(self.definition)]
        self._rank = [self._term(Figure.RANK, amount) for amount in self._rank_amounts()]
        self.terms: Mapping[Figure, tuple[Term, ...]] = {
            Figure.PRICE: tuple(self._price_terms()),
            Figure.CO2: tuple(self._term(Figure.CO2, amount) for amount in _co2_amounts(self.definition)),
            Figure.WORK: tuple(self._work),
            Figure.RANK: tuple(self._rank),
        }
        self._tables: dict[tuple[object, ...], Table] = {}

    def figures(self, whole: Whole) -> Mapping[Figure, int]:
        """Work out the exact figures of a whole selection.

        Raises
        ------
        ValueUndefined
            A figure has no value: a look-up finds no row, or a division by zero.
        """
        known = self._appraiser.appraise(whole)
        evaluator = Evaluator(self.definition, whole)
        return {
            Figure.PRICE: known.price_minor, Figure.CO2: known.co2_grams,
            Figure.WORK: sum(round_half_up(evaluator.number(term.amount)) for term in self._work),
            Figure.RANK: sum(costs.get(str(whole[name]), 0) for name, costs in self.ranking.options.items())
            + sum(round_half_up(evaluator.number(term.amount)) for term in self._rank),
        }

    def table(self, term: Term, chosen: Whole, intervals: Mapping[str, Interval],
              running: Interval) -> Table:
        """Tabulate a term.

        Parameters
        ----------
        term
            One of :attr:`terms`.
        chosen
            Decided choices and numbers; a decided choice has an axis of length 1.
        intervals
            Ends of the other numbers.
        running
            Ends of the running price in minor units, for terms that read it otherwise than as a share.

        Returns
        -------
        Table
            Shared between calls; callers read it only. Axes of length 1 where a full table would be too large.
        """
        key = (term, *(chosen.get(name) for name in term.choices),
               *(chosen.get(name, intervals.get(name)) for name in term.numbers),
               running if term.reads_total else None)
        found = self._tables.get(key)
        if found is None:
            if len(self._tables) >= _MOST_REMEMBERED:
                self._tables.clear()
            found = self._tables[key] = self._tabulated(term, chosen, intervals, running)
        return found

    def axes(self, term: Term, chosen: Whole) -> tuple[tuple[str, ...], ...]:
        """Give the options along each axis of a term's full table."""
        return tuple((str(chosen[name]),) if name in chosen else self.codes[name] for name in term.choices)

    def _tabulated(self, term: Term, chosen: Whole, intervals: Mapping[str, Interval], running: Interval) -> Table:
        axes = self.axes(term, chosen)
        is_small = math.prod(map(len, axes)) <= _MOST_ENTRIES
        cells: Iterable[tuple[tuple[str, ...], ...]] = (
            product(*([(code,) for code in codes] for codes in axes)) if is_small else [axes])
        shape = tuple(len(codes) if is_small else 1 for codes in axes)
        numbers = {name: _interval(chosen, intervals, name) for name in term.numbers}
        entries = [self._entry(term, dict(zip(term.choices, cell, strict=True)), numbers, running) for cell in cells]
        low, high = (np.array([entry[end] for entry in entries], dtype=np.int64).reshape(shape) for end in (0, 1))
        if term.share is None:
            return Table(low, high)
        return Table(low, high, tuple(entry[2] for entry in entries), tuple(entry[3] for entry in entries))

    def _entry(self, term: Term, options: Mapping[str, tuple[str, ...]], numbers: Mapping[str, Interval],
               running: Interval) -> tuple[int, int, Fraction, Fraction]:
        """Give both ends of a term and, with a share, the low ends of its parts."""
        nowhere = (FAR, FAR, Fraction(FAR), Fraction(0))
        unbounded = (-FAR, FAR, Fraction(-FAR), Fraction(0))
        region: Region = {**options, **numbers}
        is_point = not term.reads_total and all(len(set(left)) == 1 for left in region.values())
        try:
            if is_point:
                evaluator = Evaluator(self.definition, {name: left[0] for name, left in region.items()})
                base, share = evaluator.number(term.amount), evaluator.number(term.share or _ZERO)
                return unbounded if _is_far(base, share) else (round_half_up(base), round_half_up(base), base, share)
            bounder = Bounder(self.definition, region)
            per_major = MINOR_UNITS_PER_MAJOR[self.definition.currency]
            bounder.learn(PRODUCT_PRICE, (running[0] / per_major, running[1] / per_major))
            low, high = bounder.number(term.amount)
            shares = bounder.number(term.share or _ZERO)
            if shares[0] != shares[1] or _is_far(low, shares[0]) or _is_far(high, shares[0]):
                return unbounded
            return round_half_up(low), round_half_up(high), low, shares[0]
        except ValueUndefined:
            return nowhere
        except NoBound:
            return unbounded

    def _term(self, figure: Figure, amount: ex.Expression, share: ex.Expression | None = None, *,
              is_product: bool = False, reads_total: bool = False) -> Term:
        named = attributes_named(self.definition, amount) | attributes_named(self.definition, share)
        order = [item.code for item in self.definition.attributes if item.code in named]
        return Term(figure, amount, share, tuple(name for name in order if name in self.codes),
                    tuple(name for name in order if name in self._numbers), is_product, reads_total)

    def _price_terms(self) -> Iterable[Term]:
        per_major = ex.Number(Fraction(MINOR_UNITS_PER_MAJOR[self.definition.currency]))
        for item in self.definition.prices:
            if item.billing is not Billing.ONCE:
                continue
            amount = item.amount if item.when is None else ex.Conditional(item.when, item.amount, _ZERO)
            scaled = ex.Arithmetic("*", per_major, amount)
            if PRODUCT_PRICE not in totals_named(self.definition, scaled):
                yield self._term(Figure.PRICE, scaled, is_product=counts_as_product(item))
                continue
            parts = split_share(amount)
            if parts is None:
                yield self._term(Figure.PRICE, scaled, is_product=counts_as_product(item), reads_total=True)
            else:
                yield self._term(Figure.PRICE, ex.Arithmetic("*", per_major, parts[1]), parts[0],
                                 is_product=counts_as_product(item))

    def _rank_amounts(self) -> Iterable[ex.Expression]:
        for rule in self.definition.rules:
            if rule.strength is Strength.SOFT:
                weight = ex.Number(Fraction(rule.weight * self.ranking.soft_rule))
                yield ex.Conditional(_broken(rule.expression), weight, _ZERO)
        for name, (target, cost) in self.ranking.targets.items():
            item = self.definition.attribute(name)
            if item is not None and item.maximum > item.minimum:
                away = ex.Function("abs", (ex.Arithmetic("-", ex.Attribute(name), ex.Number(target)),))
                yield ex.Arithmetic("*", ex.Number(cost / (item.maximum - item.minimum)), away)


def _broken(wish: ex.Expression) -> ex.Expression:
    """Give the condition under which a soft rule applies and is not kept; what has no value does not hold."""
    premises: list[ex.Expression] = []
    while isinstance(wish, ex.Implies):
        premises += (ex.Defined(wish.premise), wish.premise)
        wish = wish.conclusion
    return ex.And((*premises, ex.Not(ex.And((ex.Defined(wish), wish)))))


def split_share(amount: ex.Expression) -> tuple[ex.Expression, ex.Expression] | None:
    """Part an amount into a factor of the running price and the rest.

    Returns
    -------
    tuple of two Expression, or None
        ``(factor, rest)`` with amount = factor · price + rest, neither reading the price; None when the amount
        is not of this form.
    """
    if not any(isinstance(node, ex.Derived) and node.code == PRODUCT_PRICE for node in walk(amount)):
        return _ZERO, amount
    match amount:
        case ex.Derived():
            return ex.Number(Fraction(1)), _ZERO
        case ex.Arithmetic():
            return _split_arithmetic(amount)
        case ex.Conditional(condition, then, otherwise):
            first, second, is_read = split_share(then), split_share(otherwise), split_share(condition)
            if first is not None and second is not None and is_read is not None and is_read[0] == _ZERO:
                return (ex.Conditional(condition, first[0], second[0]), ex.Conditional(condition, first[1], second[1]))
    return None


def _split_arithmetic(amount: ex.Arithmetic) -> tuple[ex.Expression, ex.Expression] | None:
    operator, left, right = amount.operator, amount.left, amount.right
    first, second = split_share(left), split_share(right)
    if first is None or second is None:
        return None
    if operator in ("+", "-"):
        return ex.Arithmetic(operator, first[0], second[0]), ex.Arithmetic(operator, first[1], second[1])
    if second[0] == _ZERO:
        return ex.Arithmetic(operator, first[0], right), ex.Arithmetic(operator, first[1], right)
    if operator == "*" and first[0] == _ZERO:
        return ex.Arithmetic("*", left, second[0]), ex.Arithmetic("*", left, second[1])
    return None


def _work_amounts(definition: ProductDefinition) -> Iterable[ex.Expression]:
    for item in definition.routing:
        minutes = item.minutes if item.when is None else ex.Conditional(item.when, item.minutes, _ZERO)
        yield ex.Arithmetic("*", ex.Number(Fraction(SECONDS_PER_MINUTE)), minutes)


def _co2_amounts(definition: ProductDefinition) -> Iterable[ex.Expression]:
    for (part, _), items in grouped_bom(definition).items():
        quantity: ex.Expression = _ZERO
        for item in items:
            own = item.quantity if item.when is None else ex.Conditional(item.when, item.quantity, _ZERO)
            quantity = own if quantity == _ZERO else ex.Arithmetic("+", quantity, own)
        grams = definition.parts[part].co2_kg_per_unit * GRAMS_PER_KG
        if grams:
            yield ex.Arithmetic("*", ex.Number(grams), quantity)


def _is_far(amount: Fraction, share: Fraction) -> bool:
    """Tell whether a term is too large for tables of machine integers; then it has no bound."""
    return abs(amount) >= FAR or abs(share) >= _GREATEST_SHARE


def _interval(chosen: Whole, intervals: Mapping[str, Interval], name: str) -> Interval:
    value = chosen.get(name)
    return (value, value) if isinstance(value, Fraction) else intervals[name]
