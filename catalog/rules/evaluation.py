"""Exact evaluation of expressions for one whole selection. Imports no engine."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import itemgetter
from typing import TYPE_CHECKING, assert_never

from catalog.errors import OnelotError
from catalog.money import round_half_up
from catalog.rules import expression as ex

if TYPE_CHECKING:
    from catalog.product import ProductDefinition, Value

Result = Fraction | str | bool

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}


class ValueUndefined(OnelotError):
    """A value cannot be computed: an open attribute, a missing table row, or a division by zero."""

    code = "value_undefined"


class Evaluator:
    """Evaluates expressions of a product for one selection, remembering derived values.

    Parameters
    ----------
    definition
        The product.
    selection
        Chosen values by attribute; may be partial, then reading an open attribute raises.
    totals
        Extra derived values by name, such as ``product_price``.
    """

    def __init__(
        self,
        definition: ProductDefinition,
        selection: Mapping[str, Value],
        totals: Mapping[str, Fraction] | None = None,
    ) -> None:
        self._definition = definition
        self._selection = selection
        self._derived: dict[str, Fraction] = dict(totals or {})
        self._derived_expressions = {item.code: item.expression for item in definition.derived}

    def number(self, expression: ex.Expression) -> Fraction:
        """Evaluate to an exact number; raise ValueUndefined when it has none."""
        value = self._evaluate(expression)
        if isinstance(value, Fraction):
            return value
        raise TypeError(f"expected a number, got {value!r}")

    def truth(self, expression: ex.Expression | None) -> bool:
        """Evaluate to a truth value (None counts as true); raise ValueUndefined when it has none."""
        return True if expression is None else bool(self._evaluate(expression))

    def code(self, expression: ex.Expression) -> str:
        """Evaluate to an option code; a number gives its decimal or fraction wording."""
        return str(self._evaluate(expression))

    def derived(self, code: str) -> Fraction:
        """Give a derived value or a total by its code; raise ValueUndefined when it has none."""
        return self.number(ex.Derived(code))

    def learn(self, code: str, value: Fraction) -> None:
        """Set or replace a running total that later expressions read like a derived value."""
        self._derived[code] = value

    def _evaluate(self, node: ex.Expression) -> Result:  # noqa: C901, PLR0911, PLR0912 - one case a node
        match node:
            case ex.Number(value) | ex.Code(value) | ex.Truth(value):
                return value
            case ex.Attribute(code):
                return self._chosen(code)
            case ex.Derived(code):
                return self._derived_value(code)
            case ex.Parameter(code):
                return self._definition.parameters[code]
            case ex.Property(attribute, name):
                return self._property(attribute, name)
            case ex.Arithmetic():
                return self._arithmetic(node)
            case ex.Function(name, arguments):
                return self._function(name, tuple(map(self.number, arguments)))
            case ex.Lookup():
                return self._lookup(node)
            case ex.Conditional(condition, then, otherwise):
                return self._evaluate(then if self.truth(condition) else otherwise)
            case ex.Comparison():
                return self._comparison(node)
            case ex.Membership(left, members):
                return self._membership(left, members)
            case ex.Not(operand):
                return not self.truth(operand)
            case ex.And(operands):
                return all(map(self.truth, operands))
            case ex.Or(operands):
                return any(map(self.truth, operands))
            case ex.Implies(premise, conclusion):
                return not self.truth(premise) or self.truth(conclusion)
            case ex.Count(operands):
                return Fraction(sum(map(self.truth, operands)))
            case ex.Defined(operand):
                return self._is_defined(operand)
            case _:
                assert_never(node)

    def _is_defined(self, operand: ex.Expression) -> bool:
        try:
            self._evaluate(operand)
        except ValueUndefined:
            return False
        return True

    def _chosen(self, code: str) -> Result:
        if code not in self._selection:
            raise ValueUndefined(f"{code} is still open", attribute=code)
        value = self._selection[code]
        # A yes/no attribute stands in an expression as a truth value.
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value

    def _derived_value(self, code: str) -> Fraction:
        if code not in self._derived:
            if code not in self._derived_expressions:
                raise ValueUndefined(f"{code} is not known here", derived=code)
            self._derived[code] = self.number(self._derived_expressions[code])
        return self._derived[code]

    def _property(self, attribute: str, name: str) -> Result:
        chosen = self._selection.get(attribute)
        if not isinstance(chosen, str):
            raise ValueUndefined(f"{attribute} is still open", attribute=attribute)
        item = self._definition.attribute(attribute)
        option = item.option(chosen) if item else None
        if option is None or name not in option.properties:
            raise ValueUndefined(f"{attribute}={chosen} has no {name}", attribute=attribute)
        return option.properties[name]

    def _arithmetic(self, node: ex.Arithmetic) -> Fraction:
        left, right = self.number(node.left), self.number(node.right)
        match node.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                if right == 0:
                    raise ValueUndefined("division by zero")
                return left / right

    @staticmethod
    def _function(name: ex.FunctionName, values: tuple[Fraction, ...]) -> Fraction:
        match name:
            case "min":
                return min(values)
            case "max":
                return max(values)
            case "ceil":
                return Fraction(math.ceil(values[0]))
            case "floor":
                return Fraction(math.floor(values[0]))
            case "abs":
                return abs(values[0])
            case "round":
                return Fraction(round_half_up(values[0]))

    def _lookup(self, node: ex.Lookup) -> Fraction:
        table = self._definition.tables[node.table]
        wanted = self.number(node.argument)
        place = bisect_left(table.rows, wanted, key=itemgetter(0))
        if place < len(table.rows) and (node.mode == "at_least" or table.rows[place][0] == wanted):
            return table.rows[place][1][table.columns.index(node.column)]
        raise ValueUndefined(f"{node.table} has no row for {wanted}", table=node.table)

    def _membership(self, left: ex.Expression, members: tuple[ex.Code | ex.Number, ...]) -> bool:
        value = self._evaluate(left)
        if isinstance(value, bool):  # a yes/no attribute against the codes true and false
            return str(value).lower() in [str(member.value).lower() for member in members]
        return value in [member.value for member in members]

    def _comparison(self, node: ex.Comparison) -> bool:
        left, right = self._evaluate(node.left), self._evaluate(node.right)
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return _COMPARE[node.comparator](left, right)
        same = str(left).lower() == str(right).lower() if bool in (type(left), type(right)) else left == right
        return same if node.comparator == "=" else not same
