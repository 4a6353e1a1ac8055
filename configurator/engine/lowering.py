"""Turn expressions of the rule language into programs of exact integer operations, one combination at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from catalog.product import AttributeKind, ProductDefinition
from catalog.rules import expression as ex
from configurator.engine.exact_values import (
    Lowered,
    Quantity,
    Verdict,
    Word,
    compared,
    constant,
    is_never_defined,
    merged,
    reduced,
    to_common,
    undefined_quantity,
)
from configurator.engine.references import attributes_named
from configurator.engine.vector import Node, Program


@dataclass(slots=True)
class Lowering:
    """Lowers the expressions of one product into one program.

    Parameters
    ----------
    definition
        The product.
    program
        Where the operations go; shared between combinations, so that equal work is done once.
    numbers
        Number attributes by code, each as an exact quantity of the program's axes.
    """

    definition: ProductDefinition
    program: Program
    numbers: Mapping[str, Quantity]
    _derived: dict[tuple[object, ...], Lowered] = field(default_factory=dict)
    _expressions: dict[str, ex.Expression] = field(default_factory=dict)
    _scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _combination: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._expressions = {item.code: item.expression for item in self.definition.derived}

    def holds(self, rule: ex.Expression, combination: Mapping[str, str]) -> Node:
        """Lower a rule for one combination of options.

        Parameters
        ----------
        rule
            A truth-valued expression.
        combination
            The option chosen for each choice attribute that the rule names.

        Returns
        -------
        Node
            True in the cells where the rule holds; where it has no value it counts as broken.
        """
        self._combination = combination
        verdict = self._truth(rule)
        return self.program.both(verdict.value, self.program.invert(verdict.undefined))

    # -- leaves and dispatch --------------------------------------------------------------------
    def _lower(self, node: ex.Expression) -> Lowered:  # noqa: C901, PLR0911, PLR0912 - one case a node
        match node:
            case ex.Number(value) | ex.Code(value) | ex.Truth(value):
                return constant(self.program, value)
            case ex.Attribute(code):
                return self._attribute(code)
            case ex.Derived(code):
                return self._derived_value(code)
            case ex.Parameter(code):
                return constant(self.program, self.definition.parameters[code])
            case ex.Property(attribute, name):
                return self._property(attribute, name)
            case ex.Arithmetic():
                return self._arithmetic(node)
            case ex.Function():
                return self._function(node)
            case ex.Lookup():
                return self._lookup(node)
            case ex.Conditional():
                return self._conditional(node)
            case ex.Comparison(comparator, left, right):
                return compared(self.program, comparator, self._lower(left), self._lower(right))
            case ex.Membership(left, members):
                return self._membership(self._lower(left), members)
            case ex.Not(operand):
                inner = self._truth(operand)
                return Verdict(self.program.invert(inner.value), inner.undefined)
            case ex.And(operands):
                return self._sequence(operands, stops_at=False)
            case ex.Or(operands):
                return self._sequence(operands, stops_at=True)
            case ex.Implies(premise, conclusion):
                return self._sequence((ex.Not(premise), conclusion), stops_at=True)
            case ex.Count(operands):
                return self._count(operands)
            case ex.Defined(operand):
                defined = self.program.invert(self._lower(operand).undefined)
                return Verdict(defined, self.program.truth(value=False))
            case _:
                assert_never(node)

    def _attribute(self, code: str) -> Lowered:
        if code in self.numbers:
            return self.numbers[code]
        if code not in self._combination:
            return undefined_quantity(self.program)
        value = self._combination[code]
        return constant(self.program, {"true": True, "false": False}.get(value, value))

    def _property(self, attribute: str, name: str) -> Lowered:
        item = self.definition.attribute(attribute)
        option = item.option(self._combination.get(attribute, "")) if item else None
        if option is None or name not in option.properties:
            return undefined_quantity(self.program)
        return constant(self.program, option.properties[name])

    def _derived_value(self, code: str) -> Lowered:
        if code not in self._expressions:
            return undefined_quantity(self.program)
        if code not in self._scopes:
            named = attributes_named(self.definition, ex.Derived(code))
            self._scopes[code] = tuple(sorted(
                name for name in named if _is_choice(self.definition, name)))
        key = (code, *(self._combination.get(name) for name in self._scopes[code]))
        if key not in self._derived:
            self._derived[key] = self._lower(self._expressions[code])
        return self._derived[key]

    # -- numbers --------------------------------------------------------------------------------
    def _quantity(self, node: ex.Expression) -> Quantity:
        value = self._lower(node)
        if isinstance(value, Quantity):
            return value
        if is_never_defined(value):
            return undefined_quantity(self.program)
        raise TypeError(f"expected a number, got {node!r}")

    def _arithmetic(self, node: ex.Arithmetic) -> Quantity:
        make = self.program
        left, right = self._quantity(node.left), self._quantity(node.right)
        undefined = make.either(left.undefined, right.undefined)
        match node.operator:
            case "+" | "-":
                first, second, denominator = to_common(make, left, right)
                second = make.negate(second) if node.operator == "-" else second
                return reduced(make, make.add(first, second), denominator, undefined)
            case "*":
                return reduced(make, make.multiply(left.numerator, right.numerator),
                                make.multiply(left.denominator, right.denominator), undefined)
            case "/":
                return self._divide(left, right, undefined)

    def _divide(self, left: Quantity, right: Quantity, undefined: Node) -> Quantity:
        make = self.program
        divisor = right.numerator
        is_zero = make.equal(divisor, make.constant(0))
        safe = make.choose(is_zero, make.constant(1), make.absolute(divisor))
        is_positive = make.less_equal(make.constant(0), divisor)
        top = make.multiply(left.numerator, right.denominator)
        signed = make.choose(is_positive, top, make.negate(top))
        return reduced(make, signed, make.multiply(left.denominator, safe), make.either(undefined, is_zero))

    def _function(self, node: ex.Function) -> Quantity:
        make = self.program
        values = [self._quantity(argument) for argument in node.arguments]
        first = values[0]
        match node.name:
            case "min" | "max":
                for other in values[1:]:
                    first = self._extreme(first, other, is_least=node.name == "min")
                return first
            case "floor":
                whole = make.floor_divide(first.numerator, first.denominator)
            case "ceil":
                whole = make.negate(make.floor_divide(make.negate(first.numerator), first.denominator))
            case "abs":
                return Quantity(make.absolute(first.numerator), first.denominator, first.undefined)
            case "round":
                whole = self._round(first)
            case _:
                assert_never(node.name)
        return Quantity(whole, make.constant(1), first.undefined)

    def _extreme(self, left: Quantity, right: Quantity, *, is_least: bool) -> Quantity:
        make = self.program
        first, second, denominator = to_common(make, left, right)
        best = make.smallest(first, second) if is_least else make.largest(first, second)
        return reduced(make, best, denominator, make.either(left.undefined, right.undefined))

    def _round(self, value: Quantity) -> Node:
        """Round halves away from zero: floor((2|n| + d) / 2d) with the sign of n."""
        make = self.program
        two = make.constant(2)
        doubled = make.add(make.multiply(two, make.absolute(value.numerator)), value.denominator)
        magnitude = make.floor_divide(doubled, make.multiply(two, value.denominator))
        is_positive = make.less_equal(make.constant(0), value.numerator)
        return make.choose(is_positive, magnitude, make.negate(magnitude))

    def _lookup(self, node: ex.Lookup) -> Quantity:
        make = self.program
        table = self.definition.tables[node.table]
        wanted = self._quantity(node.argument)
        keys = [key for key, _ in table.rows]
        column = table.columns.index(node.column)
        if not keys:
            return undefined_quantity(self.program)
        position = self._position(wanted, keys)
        missing = make.less_equal(make.constant(len(keys)), position)
        if node.mode == "exact":
            found = self._pick(position, keys)
            same = compared(make, "=", found, Quantity(wanted.numerator, wanted.denominator, found.undefined))
            missing = make.either(missing, make.invert(same.value))
        picked = self._pick(position, [numbers[column] for _, numbers in table.rows])
        return Quantity(picked.numerator, picked.denominator, make.either(wanted.undefined, missing))

    def _position(self, wanted: Quantity, keys: list[Fraction]) -> Node:
        """Count the keys below the wanted number: the position of the first key at or above it."""
        make = self.program
        if wanted.denominator.is_constant:
            denominator = wanted.denominator.low
            return make.rank(wanted.numerator, [math.floor(key * denominator) for key in keys])
        return make.count(
            make.invert(make.less_equal(
                make.multiply(make.constant(key.denominator), wanted.numerator),
                make.multiply(make.constant(key.numerator), wanted.denominator)))
            for key in keys)

    def _pick(self, position: Node, values: list[Fraction]) -> Quantity:
        common = math.lcm(*(value.denominator for value in values))
        scaled = [int(value * common) for value in values]
        make = self.program
        return Quantity(make.element(position, scaled), make.constant(common), make.truth(value=False))

    def _count(self, operands: tuple[ex.Expression, ...]) -> Quantity:
        make = self.program
        verdicts = [self._truth(operand) for operand in operands]
        undefined = make.truth(value=False)
        for verdict in verdicts:
            undefined = make.either(undefined, verdict.undefined)
        return Quantity(make.count(verdict.value for verdict in verdicts), make.constant(1), undefined)

    # -- truth values ---------------------------------------------------------------------------
    def _truth(self, node: ex.Expression) -> Verdict:
        value = self._lower(node)
        match value:
            case Verdict():
                return value
            case Quantity():
                zero = self.program.constant(0)
                return Verdict(self.program.invert(self.program.equal(value.numerator, zero)), value.undefined)
            case Word(cases, undefined):
                found = self.program.truth(value=False)
                for condition, code in cases:
                    found = self.program.either(found, condition) if code else found
                return Verdict(found, undefined)

    def _sequence(self, operands: tuple[ex.Expression, ...], *, stops_at: bool) -> Verdict:
        """Join operands left to right; those after the first that decides are not looked at."""
        make = self.program
        decided = make.truth(value=False)
        undefined = make.truth(value=False)
        for operand in operands:
            if decided.is_constant and decided.low:
                break
            verdict = self._truth(operand)
            is_open = make.invert(make.either(decided, undefined))
            undefined = make.either(undefined, make.both(is_open, verdict.undefined))
            hit = verdict.value if stops_at else make.invert(verdict.value)
            decided = make.either(decided, make.both(make.both(is_open, make.invert(undefined)), hit))
        return Verdict(decided if stops_at else make.invert(decided), undefined)

    def _conditional(self, node: ex.Conditional) -> Lowered:
        make = self.program
        condition = self._truth(node.condition)
        if is_never_defined(condition):
            return undefined_quantity(self.program)
        if condition.value.is_constant and condition.undefined.is_constant:
            return self._lower(node.then if condition.value.low else node.otherwise)
        then, otherwise = self._lower(node.then), self._lower(node.otherwise)
        undefined = make.either(condition.undefined,
                                make.choose(condition.value, then.undefined, otherwise.undefined))
        return merged(make, condition.value, then, otherwise, undefined)

    def _membership(self, left: Lowered, members: tuple[ex.Code | ex.Number, ...]) -> Verdict:
        make = self.program
        found = make.truth(value=False)
        for member in members:
            same = compared(make, "=", left, constant(make, member.value))
            found = make.either(found, same.value)
        return Verdict(found, left.undefined)

def _is_choice(definition: ProductDefinition, code: str) -> bool:
    attribute = definition.attribute(code)
    return attribute is not None and attribute.kind is AttributeKind.CHOICE
