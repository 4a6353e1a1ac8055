"""Where an expression can lie when some attributes are still open: exact interval arithmetic. Imports no engine."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from catalog.money import round_half_up
from catalog.rules import expression as ex

if TYPE_CHECKING:
    from catalog.product import ProductDefinition

Interval = tuple[Fraction, Fraction]
"""The least and the greatest value a number can take; both ends belong to it."""
Words = frozenset[str | bool]
"""The option codes and truth values that an expression can take."""
Region = Mapping[str, tuple[str, ...] | Interval]
"""Per attribute the option codes left to it, or the interval left to a number."""

_EITHER: Words = frozenset((True, False))
_FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "min": min, "max": max, "ceil": lambda value: Fraction(math.ceil(value)),
    "floor": lambda value: Fraction(math.floor(value)), "round": lambda value: Fraction(round_half_up(value)),
}


class NoBound(Exception):
    """An expression can take any value in the region, or none at all."""


class Bounder:
    """Bounds expressions of a product over a region; what it gives always holds, and is exact at a point.

    Parameters
    ----------
    definition
        The product.
    region
        Every attribute that the expressions read. Configurations of the region in which an expression has no
        value are passed over.
    """

    def __init__(self, definition: ProductDefinition, region: Region) -> None:
        self._definition = definition
        self._region = region
        self._derived: dict[str, Interval] = {}
        self._expressions = {item.code: item.expression for item in definition.derived}

    def learn(self, code: str, ends: Interval) -> None:
        """Set the ends of a running total that expressions read like a derived value."""
        self._derived[code] = ends

    def number(self, expression: ex.Expression) -> Interval:
        """Bound a number; raise NoBound when it has no bound."""
        found = self._bound(expression)
        if isinstance(found, frozenset):
            raise NoBound
        return found

    def truth(self, expression: ex.Expression) -> Words:
        """Give the truth values that a condition can take; both when that cannot be told."""
        try:
            found = self._bound(expression)
        except NoBound:
            return _EITHER
        return found if isinstance(found, frozenset) else _EITHER

    def _bound(self, node: ex.Expression) -> Interval | Words:  # noqa: C901, PLR0911, PLR0912 - one case a node
        match node:
            case ex.Number(value):
                return value, value
            case ex.Code(word) | ex.Truth(word):
                return frozenset((word,))
            case ex.Attribute(code):
                return self._chosen(code)
            case ex.Derived(code):
                return self._derived_value(code)
            case ex.Parameter(code):
                return (self._definition.parameters[code],) * 2
            case ex.Property(attribute, name):
                return self._property(attribute, name)
            case ex.Arithmetic():
                return _arithmetic(node.operator, self.number(node.left), self.number(node.right))
            case ex.Function(name, arguments):
                return _function(name, [self.number(item) for item in arguments])
            case ex.Lookup():
                return self._lookup(node)
            case ex.Conditional():
                return self._conditional(node)
            case ex.Comparison():
                return self._comparison(node)
            case ex.Membership(left, members):
                return self._either(ex.Comparison("=", left, member) for member in members)
            case ex.Not(operand):
                return frozenset(not value for value in self.truth(operand))
            case ex.And(operands):
                return frozenset(not value for value in self._either(ex.Not(item) for item in operands))
            case ex.Or(operands):
                return self._either(operands)
            case ex.Implies(premise, conclusion):
                return self._either((ex.Not(premise), conclusion))
            case ex.Count(operands):
                return self._count(operands)
            case ex.Defined():
                return _EITHER
            case _:
                assert_never(node)

    def _chosen(self, code: str) -> Interval | Words:
        left = self._region[code]
        if isinstance(left[0], Fraction):
            return left
        return frozenset({"true": True, "false": False}.get(str(value), str(value)) for value in left)

    def _derived_value(self, code: str) -> Interval:
        if code not in self._derived:
            if code not in self._expressions:
                raise NoBound
            self._derived[code] = self.number(self._expressions[code])
        return self._derived[code]

    def _property(self, attribute: str, name: str) -> Interval | Words:
        item = self._definition.attribute(attribute)
        options = [] if item is None else [item.option(str(code)) for code in self._region[attribute]]
        values = [option.properties[name] for option in options if option is not None and name in option.properties]
        numbers = [value for value in values if isinstance(value, Fraction)]
        if not values or 0 < len(numbers) < len(values):
            raise NoBound
        return (min(numbers), max(numbers)) if numbers else frozenset(map(str, values))

    def _lookup(self, node: ex.Lookup) -> Interval:
        table = self._definition.tables[node.table]
        low, high = self.number(node.argument)
        column = table.columns.index(node.column)
        found = []
        for key, numbers in table.rows:
            if key >= low and (node.mode == "at_least" or key <= high):
                found.append(numbers[column])
            if key >= high:
                break
        if not found:
            raise NoBound
        return min(found), max(found)

    def _conditional(self, node: ex.Conditional) -> Interval | Words:
        truths = self.truth(node.condition)
        found = [self._bound(branch) for truth, branch in ((True, node.then), (False, node.otherwise))
                 if truth in truths]
        if len(found) == 1:
            return found[0]
        first, second = found
        if isinstance(first, frozenset) and isinstance(second, frozenset):
            return first | second
        if isinstance(first, frozenset) or isinstance(second, frozenset):
            raise NoBound
        return min(first[0], second[0]), max(first[1], second[1])

    def _count(self, operands: Iterable[ex.Expression]) -> Interval:
        truths = [self.truth(item) for item in operands]
        return Fraction(sum(False not in item for item in truths)), Fraction(sum(True in item for item in truths))

    def _comparison(self, node: ex.Comparison) -> Words:
        left, right = self._bound(node.left), self._bound(node.right)
        if isinstance(left, frozenset) and isinstance(right, frozenset):
            same = frozenset(
                str(a).lower() == str(b).lower() if bool in (type(a), type(b)) else a == b
                for a, b in itertools.product(left, right))
        elif isinstance(left, frozenset) or isinstance(right, frozenset):
            same = frozenset((False,))
        else:
            return _compared(node.comparator, left, right)
        return same if node.comparator == "=" else frozenset(not value for value in same)

    def _either(self, operands: Iterable[ex.Expression]) -> Words:
        """Bound a disjunction."""
        truths = [self.truth(item) for item in operands]
        if any(False not in item for item in truths):
            return frozenset((True,))
        return _EITHER if any(True in item for item in truths) else frozenset((False,))


def _arithmetic(operator: ex.ArithmeticOperator, left: Interval, right: Interval) -> Interval:
    if operator == "+":
        return left[0] + right[0], left[1] + right[1]
    if operator == "-":
        return left[0] - right[1], left[1] - right[0]
    if operator == "/":
        if right[0] <= 0 <= right[1]:
            raise NoBound
        right = (1 / right[1], 1 / right[0])
    corners = [a * b for a in left for b in right]
    return min(corners), max(corners)


def _function(name: ex.FunctionName, values: list[Interval]) -> Interval:
    if name == "abs":
        low, high = values[0]
        return max(low, -high, Fraction(0)), max(abs(low), abs(high))
    apply = _FUNCTIONS[name]
    return apply(*_ends(name, values, 0)), apply(*_ends(name, values, 1))


def _ends(name: str, values: list[Interval], end: int) -> list[object]:
    """Give what a growing function takes at one end: the numbers, as one list for those of many."""
    numbers = [value[end] for value in values]
    return [numbers] if name in ("min", "max") else list(numbers)


def _compared(comparator: ex.Comparator, left: Interval, right: Interval) -> Words:
    match comparator:
        case ">" | ">=":
            return _compared("<" if comparator == ">" else "<=", right, left)
        case "=" | "!=":
            is_apart = left[1] < right[0] or right[1] < left[0]
            is_one = left[0] == left[1] == right[0] == right[1]
            same: Words = frozenset((False,)) if is_apart else frozenset((True,)) if is_one else _EITHER
            return same if comparator == "=" else frozenset(not value for value in same)
        case "<":
            return _either_way(surely=left[1] < right[0], never=left[0] >= right[1])
        case "<=":
            return _either_way(surely=left[1] <= right[0], never=left[0] > right[1])
        case _:
            assert_never(comparator)


def _either_way(*, surely: bool, never: bool) -> Words:
    return frozenset((True,)) if surely else frozenset((False,)) if never else _EITHER
