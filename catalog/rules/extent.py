"""How large an expression can become: the range of its values, its digits, its parts. Imports no engine.

Interval arithmetic from the leaves up, sound but not sharp: a value always lies within its range, though the range may
hold values that never come up. It refuses what would blow up before anything evaluates it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, lcm
from typing import assert_never

from catalog.money import round_half_up
from catalog.product import Attribute, AttributeKind
from catalog.rules import expression as ex
from catalog.rules.scope import Scope
from catalog.rules.traversal import parts as parts_of

MAXIMUM_BITS = 4096
"""Binary digits of a value's numerator and denominator together: about 1 200 decimal digits."""
MAXIMUM_PARTS = 50_000
"""Parts of an expression with its derived values written out."""
MAXIMUM_LEVELS = 120
"""Levels of an expression with its derived values written out."""

_ROUNDED: Mapping[str, Callable[[Fraction], int]] = {"ceil": ceil, "floor": floor, "round": round_half_up}


class ExpressionTooLarge(Exception):
    """An expression that would blow up, in words for its author."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of an expression.

    ``low`` and ``high`` are the ends of a number's range, None where no end is known (and for what is no number).
    Every value is a whole multiple of ``1 / denominator``, unless that is None: then it may be any fraction.
    ``is_total`` tells that there is a value whatever is chosen; False only means that this could not be shown.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    denominator: int | None = 1
    bits: int = 1
    parts: int = 1
    levels: int = 1
    is_total: bool = True

    @property
    def is_zero(self) -> bool:
        """Whether the value is always 0."""
        return self.low == self.high == 0

    @property
    def may_be_zero(self) -> bool:
        """Whether the range holds 0."""
        return (self.low is None or self.low <= 0) and (self.high is None or self.high >= 0)


def measure(node: ex.Expression, scope: Scope) -> Extent:
    """Work out the extent of an expression.

    Parameters
    ----------
    node
        An expression whose names are all known.
    scope
        Attributes with their ranges and properties, the values of parameters, and the extents of derived values.

    Returns
    -------
    Extent
        Of the expression with its derived values written out.

    Raises
    ------
    ExpressionTooLarge
        It divides by what is always 0, or has too many digits, parts or levels.
    """
    inner = [measure(part, scope) for part in parts_of(node)]
    value = _value(node, inner, scope)
    named = scope.extents.get(node.code, Extent()) if isinstance(node, ex.Derived) else Extent(parts=0, levels=0)
    found = replace(
        value, bits=_bits(value),
        parts=1 + named.parts + sum(item.parts for item in inner),
        levels=1 + max(named.levels, max((item.levels for item in inner), default=0)),
        is_total=value.is_total and all(item.is_total for item in inner),
    )
    for size, most, words in ((found.bits, MAXIMUM_BITS, "binary digits in its values"),
                              (found.parts, MAXIMUM_PARTS, "parts, derived values and sums written out"),
                              (found.levels, MAXIMUM_LEVELS, "levels, derived values written out")):
        if size > most:
            raise ExpressionTooLarge(f"too large: more than {most} {words}; expected a simpler expression")
    return found


def _bits(value: Extent) -> int:
    """Give the digits that a value can need: from range and denominator if known, else from what it is made of."""
    if value.low is None or value.high is None or value.denominator is None:
        return value.bits
    most = max(abs(value.low), abs(value.high)) * value.denominator
    return ceil(most).bit_length() + value.denominator.bit_length()


def _value(node: ex.Expression, inner: list[Extent], scope: Scope) -> Extent:  # noqa: C901, PLR0911 - one case a node
    """Give range, denominator and totality of a node; digits only where these do not tell them."""
    match node:
        case ex.Number(value):
            return _among([value])
        case ex.Parameter(code):
            return _among([scope.constants.get(code, Fraction(0))])
        case ex.Attribute(code):
            return _attribute(scope.attributes.get(code))
        case ex.Derived(code):
            return scope.extents.get(code, Extent(is_total=False))
        case ex.Property(attribute, name):
            return _property(scope.attributes.get(attribute), name)
        case ex.Arithmetic(operator):
            return _arithmetic(operator, *inner)
        case ex.Function(name):
            return _function(name, inner)
        case ex.Lookup():
            return _lookup(node, inner[0], scope)
        case ex.Conditional():
            return _either(inner[1:])
        case ex.Count(operands):
            return Extent(Fraction(0), Fraction(len(operands)))
        case (ex.Code() | ex.Truth() | ex.Comparison() | ex.Membership() | ex.Not() | ex.And() | ex.Or()
              | ex.Implies() | ex.Defined()):
            return Extent()
        case _:
            assert_never(node)


def _among(values: Sequence[Fraction]) -> Extent:
    """Give the extent of one of some numbers."""
    return Extent(min(values), max(values), lcm(*(value.denominator for value in values)))


def _attribute(attribute: Attribute | None) -> Extent:
    if attribute is None or attribute.kind is not AttributeKind.NUMBER:
        return Extent()
    found = _among([attribute.minimum, attribute.maximum])
    return replace(found, denominator=lcm(attribute.minimum.denominator, attribute.step.denominator))


def _property(attribute: Attribute | None, name: str) -> Extent:
    values = [option.properties.get(name) for option in attribute.options] if attribute is not None else []
    numbers = [value for value in values if isinstance(value, Fraction)]
    found = _among(numbers) if numbers else Extent()
    return replace(found, is_total=all(value is not None for value in values))


def _arithmetic(operator: ex.ArithmeticOperator, left: Extent, right: Extent) -> Extent:
    if operator == "/" and right.is_zero:
        raise ExpressionTooLarge("division by zero; expected a divisor that can be something else")
    denominator = _denominator(operator, left, right)
    bits = left.bits + right.bits + (operator in "+-")
    is_total = operator != "/" or not right.may_be_zero
    if left.low is None or left.high is None or right.low is None or right.high is None or not is_total:
        return Extent(denominator=denominator, bits=bits, is_total=is_total)
    ends = [_joined(operator, a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    return Extent(min(ends), max(ends), denominator, bits)


def _denominator(operator: ex.ArithmeticOperator, left: Extent, right: Extent) -> int | None:
    if left.denominator is None or right.denominator is None:
        return None
    if operator == "/":
        if right.low is None or right.low != right.high or right.low == 0:
            return None
        return left.denominator * abs(right.low.numerator)
    return left.denominator * right.denominator if operator == "*" else lcm(left.denominator, right.denominator)


def _joined(operator: ex.ArithmeticOperator, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right


def _function(name: ex.FunctionName, inner: list[Extent]) -> Extent:
    lows, highs = _known(item.low for item in inner), _known(item.high for item in inner)
    merged = _merged(inner)
    rounded = _ROUNDED.get(name)
    if rounded is not None:
        merged = replace(merged, denominator=1)
    if lows is None or highs is None:
        return merged
    if rounded is not None:
        return replace(merged, low=Fraction(rounded(lows[0])), high=Fraction(rounded(highs[0])))
    if name == "abs":
        ends = (abs(lows[0]), abs(highs[0]))
        return replace(merged, low=Fraction(0) if inner[0].may_be_zero else min(ends), high=max(ends))
    take = min if name == "min" else max
    return replace(merged, low=take(lows), high=take(highs))


def _known(ends: Iterable[Fraction | None]) -> list[Fraction] | None:
    found = list(ends)
    known = [end for end in found if end is not None]
    return known if len(known) == len(found) else None


def _merged(branches: Sequence[Extent]) -> Extent:
    """Give denominator and digits of a value that is one of several."""
    known = [item.denominator for item in branches if item.denominator is not None]
    denominator = lcm(*known) if len(known) == len(branches) else None
    return Extent(denominator=denominator, bits=max(item.bits for item in branches))


def _lookup(node: ex.Lookup, wanted: Extent, scope: Scope) -> Extent:
    table = scope.tables.get(node.table)
    if table is None or not table.rows or node.column not in table.columns:
        return Extent(is_total=False)
    place = table.columns.index(node.column)
    is_total = node.mode == "at_least" and wanted.high is not None and wanted.high <= table.rows[-1][0]
    return replace(_among([numbers[place] for _, numbers in table.rows]), is_total=is_total)


def _either(branches: Sequence[Extent]) -> Extent:
    lows, highs = _known(item.low for item in branches), _known(item.high for item in branches)
    if lows is None or highs is None:
        return _merged(branches)
    return replace(_merged(branches), low=min(lows), high=max(highs))
