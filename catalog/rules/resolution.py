"""From a syntax tree to a typed expression: names resolved, kinds and units checked. Imports no engine.

Units. A number attribute, a derived value and a number may carry a unit. A plain number, a parameter and an
option's property carry none and stand for any unit, and so does what is multiplied or divided by them.
Where two known units meet in a sum or a comparison they must be equal; a number with another unit of the same
dimension is converted there (``width <= 1.6 m`` with width in mm is ``width <= 1600``); anything else is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from catalog.product import Attribute, AttributeKind
from catalog.rules import expression as ex
from catalog.rules.scope import Kind, Scope, did_you_mean
from catalog.rules.sums import add_up, balanced_sum, property_or_nothing
from catalog.rules.syntax import Syntax, SyntaxFault, is_sum
from catalog.rules.units import Unit, multiply, parse_unit

MAXIMUM_MAGNITUDE = 10**9

_CONDITION_FUNCTIONS = ("count", "defined", "sum")
_NUMBER_FUNCTIONS = ("min", "max", "ceil", "floor", "abs", "round")
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NOTHING = ex.Number(Fraction(0))


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression, what it gives, and its unit (None: free). ``codes``: what a code can be (None: anything)."""

    expression: ex.Expression
    kind: Kind
    unit: Unit | None = None
    codes: frozenset[str] | None = None
    is_literal: bool = False


class Resolver:
    """Resolves one syntax tree in a scope and collects every fault as (offset, message)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._sums: dict[tuple[str, ...], ex.Expression | None] = {}
        self.faults: list[SyntaxFault] = []

    def resolve(self, node: Syntax) -> Typed:
        """Resolve a node; after a fault the result only keeps the walk going."""
        resolve_kind: Callable[[Syntax], Typed] = getattr(self, f"_{node.kind}")
        return resolve_kind(node)

    def number(self, node: Syntax) -> Typed:
        """Resolve a node that must give a number."""
        return self._expect(node, Kind.NUMBER)

    def truth(self, node: Syntax) -> Typed:
        """Resolve a node that must give a condition."""
        return self._expect(node, Kind.TRUTH)

    def fault(self, node: Syntax, message: str) -> None:
        """Note a fault at a node."""
        self.faults.append(SyntaxFault(node.offset, message))

    def convert(self, node: Syntax, typed: Typed, unit: Unit | None) -> Typed:
        """Bring a number into a unit: convert a literal, leave equal or free units, else note a fault."""
        if unit is None or typed.unit is None or typed.unit.exponents == unit.exponents:
            if typed.unit is None or unit is None or typed.unit.factor == unit.factor:
                return typed
            if typed.is_literal and isinstance(typed.expression, ex.Number):
                value = typed.expression.value * typed.unit.factor / unit.factor
                return Typed(ex.Number(value), Kind.NUMBER, unit, is_literal=True)
        self.fault(node, f"found {typed.unit.symbol}; expected {unit.symbol}")
        return typed

    def _expect(self, node: Syntax, kind: Kind) -> Typed:
        before = len(self.faults)
        typed = self.resolve(node)
        if typed.kind is not kind:
            if len(self.faults) == before:
                self.fault(node, f"found {typed.kind.value}; expected {kind.value}")
            return Typed(_NOTHING if kind is Kind.NUMBER else ex.Truth(value=True), kind)
        return typed

    # Atoms

    def _quantity(self, node: Syntax) -> Typed:
        digits = _DIGITS.match(node.text)
        if digits is None:
            raise ValueError(f"the grammar gave {node.text!r} as a number")
        symbol = node.text[digits.end():].strip()
        value = Fraction(digits[0])
        unit = parse_unit(symbol) if symbol else None
        if unit is not None and not unit.exponents:
            value, unit = value * unit.factor, None
        if abs(value) > MAXIMUM_MAGNITUDE:
            self.fault(node, f"found {node.text}; a number is at most {MAXIMUM_MAGNITUDE} in magnitude")
        return Typed(ex.Number(value), Kind.NUMBER, unit, is_literal=True)

    def _string(self, node: Syntax) -> Typed:
        return Typed(ex.Code(unquote(node.text)), Kind.CODE, is_literal=True)

    def _truth(self, node: Syntax) -> Typed:
        return Typed(ex.Truth(node.text == "true"), Kind.TRUTH)

    def _name(self, node: Syntax) -> Typed:
        name, scope = unquote(node.text), self._scope
        if name in scope.attributes:
            return _attribute_value(scope.attributes[name])
        if name in scope.parameters:
            return Typed(ex.Parameter(name), Kind.NUMBER, parse_unit(scope.parameters[name]))
        if name in scope.derived or name in scope.totals:
            return Typed(ex.Derived(name), Kind.NUMBER, parse_unit(scope.derived.get(name, "")))
        self.fault(node, f"unknown name {name!r}{did_you_mean(name, scope.names())}")
        return Typed(_NOTHING, Kind.NUMBER)

    def _property(self, node: Syntax) -> Typed:
        owner, name = unquote(node.children[0].text), unquote(node.children[1].text)
        attribute = self._choice(node.children[0], owner)
        if attribute is None:
            return Typed(_NOTHING, Kind.NUMBER)
        values = [option.properties.get(name) for option in attribute.options]
        if all(value is None for value in values):
            known = {key for option in attribute.options for key in option.properties}
            self.fault(node.children[1], f"the options of {owner} have no property {name!r}"
                       f"{did_you_mean(name, sorted(known))}")
            return Typed(_NOTHING, Kind.NUMBER)
        missing = [option.code for option in attribute.options if name not in option.properties]
        if missing:
            self.fault(node.children[1], f"option {missing[0]!r} of {owner} has no property {name!r}")
        is_code = any(isinstance(value, str) for value in values)
        if is_code and any(isinstance(value, Fraction) for value in values):
            self.fault(node.children[1], f"property {name!r} of {owner} mixes numbers and codes")
        codes = frozenset(value for value in values if isinstance(value, str))
        return Typed(ex.Property(owner, name), Kind.CODE if is_code else Kind.NUMBER, codes=codes if is_code else None)

    def _choice(self, node: Syntax, name: str) -> Attribute | None:
        attribute = self._scope.attributes.get(name)
        if attribute is None:
            choices = [code for code, item in self._scope.attributes.items() if item.options]
            self.fault(node, f"unknown attribute {name!r}{did_you_mean(name, choices)}")
        elif attribute.kind is not AttributeKind.CHOICE:
            self.fault(node, f"{name} has no options; expected a choice attribute")
            attribute = None
        return attribute

    def _lookup(self, node: Syntax) -> Typed:
        name, mode, argument, column = node.children
        table = self._scope.tables.get(unquote(name.text))
        wanted = self.number(argument)
        if table is None:
            self.fault(name, f"unknown table {unquote(name.text)!r}{did_you_mean(name.text, self._scope.tables)}")
            return Typed(_NOTHING, Kind.NUMBER)
        if unquote(column.text) not in table.columns:
            self.fault(column, f"table {table.code} has no column {unquote(column.text)!r}"
                       f"{did_you_mean(column.text, table.columns)}")
        is_at_least = bool(mode.children) and mode.children[0].text == "at_least"
        return Typed(
            ex.Lookup(table.code, unquote(column.text), wanted.expression, "at_least" if is_at_least else "exact"),
            Kind.NUMBER,
        )

    # Numbers

    def _minus(self, node: Syntax) -> Typed:
        typed = self.number(node.children[1])
        if typed.is_literal and isinstance(typed.expression, ex.Number):
            return Typed(ex.Number(-typed.expression.value), Kind.NUMBER, typed.unit, is_literal=True)
        return Typed(ex.Arithmetic("-", _NOTHING, typed.expression), Kind.NUMBER, typed.unit)

    def _arithmetic(self, node: Syntax) -> Typed:
        if is_sum(node.children, node.kind):
            return self._long_sum(node)
        left_node, token, right_node = node.children
        left, right = self.number(left_node), self.number(right_node)
        operator = cast("ex.ArithmeticOperator", token.text)  # the grammar gives no other token here
        if operator in ("+", "-"):
            left, right = self._together(left_node, left, right_node, right)
            return Typed(ex.Arithmetic(operator, left.expression, right.expression), Kind.NUMBER,
                         left.unit or right.unit)
        if operator == "/" and isinstance(right.expression, ex.Number):
            if right.expression.value == 0:
                self.fault(right_node, "division by zero")
                return Typed(_NOTHING, Kind.NUMBER)
            if isinstance(left.expression, ex.Number):
                return Typed(ex.Number(left.expression.value / right.expression.value), Kind.NUMBER,
                             multiply(left.unit, right.unit, sign=-1), is_literal=True)
        unit = multiply(left.unit, right.unit, sign=1 if operator == "*" else -1)
        return Typed(ex.Arithmetic(operator, left.expression, right.expression), Kind.NUMBER, unit)

    def _long_sum(self, node: Syntax) -> Typed:
        """Resolve three and more terms as one list; of many terms make a tree that is not deep."""
        nodes, signs = [node], [""]
        while nodes[0].kind == "arithmetic" and nodes[0].children[1].text in ("+", "-"):
            first, token, second = nodes[0].children
            nodes[:1], signs[:1] = [first, second], ["", token.text]
        terms = [self.number(item) for item in nodes]
        unit = next((term.unit for term in terms if term.unit is not None and not term.is_literal),
                    next((term.unit for term in terms if term.unit is not None), None))
        terms = [self.convert(item, term, unit) for item, term in zip(nodes, terms, strict=True)]
        return Typed(add_up([term.expression for term in terms], [sign == "-" for sign in signs]), Kind.NUMBER, unit)

    def _together(self, left_node: Syntax, left: Typed, right_node: Syntax, right: Typed) -> tuple[Typed, Typed]:
        if left.is_literal and not right.is_literal:
            return self.convert(left_node, left, right.unit), right
        return left, self.convert(right_node, right, left.unit)

    def _call(self, node: Syntax) -> Typed:
        name_node, *arguments = node.children
        name = unquote(name_node.text)
        if name == "sum":
            return self._sum(arguments)
        if name == "count":
            return Typed(ex.Count(tuple(self.truth(item).expression for item in arguments)), Kind.NUMBER)
        if name == "defined":
            self._one_argument(node, arguments)
            return Typed(ex.Defined(self.resolve(arguments[0]).expression), Kind.TRUTH)
        if name not in _NUMBER_FUNCTIONS:
            hint = did_you_mean(name, (*_NUMBER_FUNCTIONS, *_CONDITION_FUNCTIONS), limit=9)
            self.fault(name_node, f"unknown function {name!r}{hint}")
            return Typed(_NOTHING, Kind.NUMBER)
        if name not in ("min", "max"):
            self._one_argument(node, arguments)
        values = [self.number(item) for item in arguments]
        unit = next((value.unit for value in values if value.unit is not None and not value.is_literal),
                    values[0].unit)
        values = [self.convert(item, value, unit) for item, value in zip(arguments, values, strict=True)]
        function = cast("ex.FunctionName", name)  # checked against the list above
        return Typed(ex.Function(function, tuple(value.expression for value in values)), Kind.NUMBER, unit)

    def _one_argument(self, node: Syntax, arguments: list[Syntax]) -> None:
        if len(arguments) != 1:
            self.fault(node, f"found {len(arguments)} arguments of {node.children[0].text}; expected 1")

    def _sum(self, arguments: list[Syntax]) -> Typed:
        """Write ``sum(weight)`` out: the property of every chosen option that has it, over all choice attributes."""
        if any(argument.kind != "name" for argument in arguments):
            self.fault(arguments[0], "expected sum(property) or sum(property, attribute, …)")
            return Typed(_NOTHING, Kind.NUMBER)
        name = unquote(arguments[0].text)
        if len(arguments) > 1:
            found = [self._choice(item, unquote(item.text)) for item in arguments[1:]]
            attributes = [attribute for attribute in found if attribute is not None]
        else:
            attributes = list(self._scope.attributes.values())
        key = (name, *(attribute.code for attribute in attributes))
        if key not in self._sums:
            terms = [term for attribute in attributes if (term := property_or_nothing(attribute, name)) is not None]
            self._sums[key] = balanced_sum(terms) if terms else None
        found_sum = self._sums[key]
        if found_sum is None:
            self.fault(arguments[0], f"no option has a number property {name!r}")
            return Typed(_NOTHING, Kind.NUMBER)
        return Typed(found_sum, Kind.NUMBER)

    # Conditions

    def _negation(self, node: Syntax) -> Typed:
        return Typed(ex.Not(self.truth(node.children[1]).expression), Kind.TRUTH)

    def _conjunction(self, node: Syntax) -> Typed:
        return Typed(ex.And(tuple(self.truth(child).expression for child in node.children)), Kind.TRUTH)

    def _disjunction(self, node: Syntax) -> Typed:
        return Typed(ex.Or(tuple(self.truth(child).expression for child in node.children)), Kind.TRUTH)

    def _implies(self, node: Syntax) -> Typed:
        premise, conclusion = (self.truth(child).expression for child in node.children)
        return Typed(ex.Implies(premise, conclusion), Kind.TRUTH)

    def _conditional(self, node: Syntax) -> Typed:
        _, condition_node, then_node, otherwise_node = node.children
        condition, then, otherwise = self.truth(condition_node), self.resolve(then_node), self.resolve(otherwise_node)
        if then.kind is not otherwise.kind:
            self.fault(otherwise_node, f"found {otherwise.kind.value} after else; expected {then.kind.value}")
        elif then.kind is Kind.NUMBER:
            then, otherwise = self._together(then_node, then, otherwise_node, otherwise)
        codes = then.codes | otherwise.codes if then.codes is not None and otherwise.codes is not None else None
        return Typed(ex.Conditional(condition.expression, then.expression, otherwise.expression), then.kind,
                     then.unit or otherwise.unit, codes)

    def _comparison(self, node: Syntax) -> Typed:
        left_node, token, right_node = node.children
        comparator = cast("ex.Comparator", token.text)  # the grammar gives no other token here
        left, right = self._pair(left_node, right_node)
        if left.kind is not right.kind and {left.kind, right.kind} != {Kind.TEXT, Kind.CODE}:
            self.fault(right_node, f"found {right.kind.value}; expected {left.kind.value}")
        elif left.kind is Kind.NUMBER:
            left, right = self._together(left_node, left, right_node, right)
        elif comparator not in ("=", "!="):
            self.fault(node, f"found {comparator} with {left.kind.value}; expected = or !=")
        elif left.kind is Kind.TRUTH:
            return Typed(_same_truth(left.expression, right.expression, is_equal=comparator == "="), Kind.TRUTH)
        return Typed(ex.Comparison(comparator, left.expression, right.expression), Kind.TRUTH)

    def _pair(self, left_node: Syntax, right_node: Syntax) -> tuple[Typed, Typed]:
        left_codes, right_codes = self._codes_of(left_node), self._codes_of(right_node)
        if left_codes is not None:
            return self.resolve(left_node), self._code_or_value(right_node, left_codes)
        if right_codes is not None:
            return self._code_or_value(left_node, right_codes), self.resolve(right_node)
        return self.resolve(left_node), self.resolve(right_node)

    def _codes_of(self, node: Syntax) -> frozenset[str] | None:
        """Give the codes a node can be when it reads a choice attribute or a code property, else None."""
        if node.kind == "name":
            attribute = self._scope.attributes.get(unquote(node.text))
            return _attribute_value(attribute).codes if attribute is not None else None
        if node.kind == "property":
            probe = Resolver(self._scope).resolve(node)
            return probe.codes
        return None

    def _code_or_value(self, node: Syntax, codes: frozenset[str]) -> Typed:
        """Resolve the side facing a choice: one of its codes first, else another value."""
        if node.kind in ("name", "quantity", "string"):
            code = unquote(node.text)
            if code in codes:
                return Typed(ex.Code(code), Kind.CODE, codes=codes)
            if node.kind != "name" or code not in self._scope.names():
                self.fault(node, f"unknown option {code!r}{did_you_mean(code, sorted(codes))}")
                return Typed(ex.Code(code), Kind.CODE)
        return self.resolve(node)

    def _membership(self, node: Syntax) -> Typed:
        left_node, members_node = node.children[0], node.children[-1]
        codes, left = self._codes_of(left_node), self.resolve(left_node)
        if left.kind is Kind.TRUTH:
            self.fault(left_node, "found a condition; expected a number or a choice before 'in'")
        members = []
        for member in members_node.children:
            typed = self._code_or_value(member, codes) if codes is not None else self.resolve(member)
            if left.kind is Kind.NUMBER and typed.kind is Kind.NUMBER:
                typed = self.convert(member, typed, left.unit)
            if isinstance(typed.expression, (ex.Code, ex.Number)) and (
                isinstance(typed.expression, ex.Number) == (left.kind is Kind.NUMBER)
            ):
                members.append(typed.expression)
            else:
                self.fault(member, f"found {typed.kind.value}; expected {left.kind.value} written out")
        return Typed(ex.Membership(left.expression, tuple(members)), Kind.TRUTH)

    def _non_membership(self, node: Syntax) -> Typed:
        return Typed(ex.Not(self._membership(node).expression), Kind.TRUTH)


def unquote(text: str) -> str:
    """Give the name or code that a token stands for: quotes or backquotes off, doubled quotes single."""
    if len(text) > 1 and text[0] in "'\"":
        return text[1:-1].replace(text[0] * 2, text[0])
    return text[1:-1] if text.startswith("`") else text


def _attribute_value(attribute: Attribute) -> Typed:
    reference = ex.Attribute(attribute.code)
    if attribute.kind is AttributeKind.NUMBER:
        return Typed(reference, Kind.NUMBER, parse_unit(attribute.unit))
    if attribute.kind is AttributeKind.TEXT:
        return Typed(reference, Kind.TEXT)
    codes = frozenset(option.code for option in attribute.options)
    if codes and codes <= {"true", "false"}:
        return Typed(reference, Kind.TRUTH)
    return Typed(reference, Kind.CODE, codes=codes)


def _same_truth(left: ex.Expression, right: ex.Expression, *, is_equal: bool) -> ex.Expression:
    """Write ``a = true`` as ``a``, ``a = false`` as ``not a``, and other equalities of conditions as they are."""
    for side, other in ((right, left), (left, right)):
        if isinstance(side, ex.Truth):
            return other if side.value is is_equal else ex.Not(other)
    return ex.Comparison("=" if is_equal else "!=", left, right)
