"""Price, footprint and validity of many like selections, re-evaluating only what a change touches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from catalog.price_book import Billing
from catalog.product import AttributeKind, ClauseSet, ProductDefinition, Strength, TableRule, Value
from catalog.rules.evaluation import Evaluator, ValueUndefined
from configurator.engine.references import attributes_named, totals_named
from configurator.explosion import grouped_bom, needed_quantity
from configurator.footprint import part_co2_grams
from configurator.pricing import PRODUCT_PRICE, counts_as_product, price_item

Whole = Mapping[str, Value]
Remembered = TypeVar("Remembered")
_MOST_REMEMBERED = 50_000
_UNKNOWN = -(10**30)
"""Stands for an amount not evaluated yet; None is an amount that is not due."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The exact figures of one whole selection: one piece, per price item and BOM line, and in sum."""

    price_minor: int
    """Of all items paid once, net of tax."""
    co2_grams: int
    """Of the material."""
    items: tuple[int | None, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Condition:
    """A rule of any kind: whom it names, and whether a whole selection meets it."""

    names: tuple[str, ...]
    is_met: Callable[[Whole, Evaluator], bool]


class Appraiser:
    """Appraises whole selections of one product; made once per product version.

    Parameters
    ----------
    definition
        The product; its rules are taken as they stand, so filter them by validity period before.
    """

    def __init__(self, definition: ProductDefinition) -> None:
        self.definition = definition
        self._item_names = [attributes_named(definition, item.amount) | attributes_named(definition, item.when)
                            for item in definition.prices]
        self._amounts: dict[tuple[object, ...], int | None] = {}
        self._grams: dict[tuple[object, ...], int] = {}
        self._reads_total = [PRODUCT_PRICE in totals_named(definition, item.amount)
                             | totals_named(definition, item.when) for item in definition.prices]
        self._groups = list(grouped_bom(definition).items())
        self._group_names = [frozenset().union(*(
            attributes_named(definition, item.quantity) | attributes_named(definition, item.when)
            for item in items)) for _, items in self._groups]
        self._conditions: dict[str, list[_Condition]] = {}
        for condition in _conditions(definition):
            for name in condition.names:
                self._conditions.setdefault(name, []).append(condition)

    @property
    def has_figures(self) -> bool:
        """Whether the product has prices or parts at all."""
        return bool(self._item_names or self._groups)

    def appraise(self, whole: Whole) -> Appraisal:
        """Work out the figures of a whole selection from nothing.

        Raises
        ------
        ValueUndefined
            A price or a quantity reads a value that the selection leaves open.
        """
        return self._appraise(whole, None, frozenset())

    def reappraise(self, known: Appraisal, whole: Whole, changed: Collection[str]) -> Appraisal:
        """Work out the figures of a selection that differs from an appraised one in some attributes."""
        return self._appraise(whole, known, frozenset(changed))

    def broken(self, whole: Whole, changed: Iterable[str]) -> tuple[str, ...] | None:
        """Find a rule that a whole selection breaks among those that name a changed attribute.

        Returns
        -------
        tuple of str or None
            The attributes which the first broken rule names; None when all those rules hold.
        """
        evaluator = Evaluator(self.definition, whole)
        touched = {id(condition): condition for name in changed for condition in self._conditions.get(name, ())}
        return next((condition.names for condition in touched.values() if not condition.is_met(whole, evaluator)),
                    None)

    def _appraise(self, whole: Whole, known: Appraisal | None, changed: frozenset[str]) -> Appraisal:
        evaluator = Evaluator(self.definition, whole)
        items: list[int | None] = []
        running = known_running = total = 0
        for place, item in enumerate(self.definition.prices):
            is_stale = known is None or self._item_names[place] & changed or (
                self._reads_total[place] and running != known_running)
            amount = self._amount(place, evaluator, whole, running) if known is None or is_stale else known.items[place]
            if counts_as_product(item):
                running += amount or 0
                known_running += (known.items[place] or 0) if known else 0
            total += (amount or 0) if item.billing is Billing.ONCE else 0
            items.append(amount)
        lines = [
            self._line(place, evaluator, whole)
            if known is None or self._group_names[place] & changed else known.lines[place]
            for place in range(len(self._groups))]
        return Appraisal(total, sum(lines), tuple(items), tuple(lines))

    def _amount(self, place: int, evaluator: Evaluator, whole: Whole, running: int) -> int | None:
        """Give the amount of a price item; equal choices were evaluated before."""
        key = (place, running if self._reads_total[place] else 0,
               *(whole.get(name) for name in self._item_names[place]))
        amount = self._amounts.get(key, _UNKNOWN)
        if amount == _UNKNOWN:
            amount = price_item(self.definition.prices[place], evaluator, self.definition.currency, running)
            _remember(self._amounts, key, amount)
        return amount

    def _line(self, place: int, evaluator: Evaluator, whole: Whole) -> int:
        """Give the footprint of a BOM line in grams; equal choices were evaluated before."""
        key = (place, *(whole.get(name) for name in self._group_names[place]))
        grams = self._grams.get(key)
        if grams is None:
            (part, _), items = self._groups[place]
            grams = part_co2_grams(self.definition.parts[part], needed_quantity(items, evaluator))
            _remember(self._grams, key, grams)
        return grams


def _remember(memory: dict[tuple[object, ...], Remembered], key: tuple[object, ...], value: Remembered) -> None:
    if len(memory) >= _MOST_REMEMBERED:
        memory.clear()
    memory[key] = value


def _conditions(definition: ProductDefinition) -> Iterable[_Condition]:
    order = {item.code: place for place, item in enumerate(definition.attributes)
             if item.kind is not AttributeKind.TEXT}
    for rule in definition.rules:
        if rule.strength is Strength.HARD:
            def is_met(_whole: Whole, evaluator: Evaluator, expression: object = rule.expression) -> bool:
                try:
                    return evaluator.truth(expression)  # type: ignore[arg-type]  # bound for this rule
                except ValueUndefined:
                    return False
            named = attributes_named(definition, rule.expression)
            yield _Condition(tuple(sorted(named & order.keys(), key=order.__getitem__)), is_met)
    for table in definition.table_rules:
        yield _Condition(table.attributes, _table_check(table))
    if definition.clauses is not None:
        yield from _clause_conditions(definition.clauses)


def _table_check(table: TableRule) -> Callable[[Whole, Evaluator], bool]:
    rows = frozenset(table.rows)
    return lambda whole, _: (tuple(str(whole[code]) for code in table.attributes) in rows) == table.is_allowed


def _clause_conditions(clauses: ClauseSet) -> Iterable[_Condition]:
    for clause in clauses.clauses:
        wanted = tuple((clauses.names[abs(literal) - 1], "true" if literal > 0 else "false") for literal in clause)
        yield _Condition(tuple(dict.fromkeys(name for name, _ in wanted)), _clause_check(wanted))


def _clause_check(wanted: tuple[tuple[str, str], ...]) -> Callable[[Whole, Evaluator], bool]:
    return lambda whole, _: any(whole[name] == code for name, code in wanted)
