"""Exact values of a program: numbers, truth values and option codes, and how they compare and merge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from catalog.rules.expression import Comparator
from configurator.engine.vector import Node, Program


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number per cell: ``numerator / denominator``, the denominator above 0."""

    numerator: Node
    denominator: Node
    undefined: Node


@dataclass(frozen=True, slots=True)
class Verdict:
    """A truth value per cell."""

    value: Node
    undefined: Node


@dataclass(frozen=True, slots=True)
class Word:
    """An option code per cell: the code whose condition holds; exactly one does."""

    cases: tuple[tuple[Node, str], ...]
    undefined: Node


Lowered = Quantity | Verdict | Word


def constant(make: Program, value: Fraction | str | bool) -> Lowered:  # noqa: FBT001 - a value, not a switch
    """Give a value that is the same in every cell."""
    never = make.truth(value=False)
    if isinstance(value, bool):
        return Verdict(make.truth(value=value), never)
    if isinstance(value, str):
        return Word(((make.truth(value=True), value),), never)
    return Quantity(make.constant(value.numerator), make.constant(value.denominator), never)


def undefined_quantity(make: Program) -> Quantity:
    """Give the number that has no value in any cell."""
    one = make.constant(1)
    return Quantity(one, one, make.truth(value=True))


def is_never_defined(value: Lowered) -> bool:
    """Tell whether a value exists in no cell."""
    return value.undefined.is_constant and bool(value.undefined.low)


def reduced(make: Program, numerator: Node, denominator: Node, undefined: Node) -> Quantity:
    """Make a quantity, shortening a constant fraction."""
    if numerator.is_constant and denominator.is_constant:
        value = Fraction(numerator.low, denominator.low)
        return Quantity(make.constant(value.numerator), make.constant(value.denominator), undefined)
    return Quantity(numerator, denominator, undefined)


def to_common(make: Program, left: Quantity, right: Quantity) -> tuple[Node, Node, Node]:
    """Bring two quantities to one denominator: both numerators and it."""
    if left.denominator is right.denominator:
        return left.numerator, right.numerator, left.denominator
    if left.denominator.is_constant and right.denominator.is_constant:
        shared = math.lcm(left.denominator.low, right.denominator.low)
        return (make.multiply(left.numerator, make.constant(shared // left.denominator.low)),
                make.multiply(right.numerator, make.constant(shared // right.denominator.low)),
                make.constant(shared))
    return (make.multiply(left.numerator, right.denominator),
            make.multiply(right.numerator, left.denominator),
            make.multiply(left.denominator, right.denominator))


def merged(make: Program, condition: Node, then: Lowered, otherwise: Lowered, undefined: Node) -> Lowered:
    """Take one of two values cell by cell; raise TypeError when they are of different kinds."""
    match then, otherwise:
        case Quantity(), Quantity():
            first, second, denominator = to_common(make, then, otherwise)
            return Quantity(make.choose(condition, first, second), denominator, undefined)
        case Verdict(), Verdict():
            return Verdict(make.choose(condition, then.value, otherwise.value), undefined)
        case Word(), Word():
            denied = make.invert(condition)
            return Word((*((make.both(condition, guard), code) for guard, code in then.cases),
                         *((make.both(denied, guard), code) for guard, code in otherwise.cases)), undefined)
    if is_never_defined(then):
        return _with(otherwise, undefined)
    if is_never_defined(otherwise):
        return _with(then, undefined)
    raise TypeError("the two branches of a condition are of different kinds")


def compared(make: Program, comparator: Comparator, left: Lowered, right: Lowered) -> Verdict:
    """Compare two values; of different kinds they are unequal, and a truth value equals its spelling."""
    undefined = make.either(left.undefined, right.undefined)
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        return Verdict(_compared_numbers(make, comparator, left, right), undefined)
    if isinstance(left, Verdict) and isinstance(right, Verdict):
        same = make.equal(left.value, right.value)
    elif isinstance(left, Quantity) or isinstance(right, Quantity):
        same = make.truth(value=False)
    else:
        is_loose = isinstance(left, Verdict) or isinstance(right, Verdict)
        same = _same_word(make, _spoken(make, left), _spoken(make, right), is_loose=is_loose)
    return Verdict(same if comparator == "=" else make.invert(same), undefined)


def _compared_numbers(make: Program, comparator: Comparator, left: Quantity, right: Quantity) -> Node:
    first, second, _ = to_common(make, left, right)
    match comparator:
        case "=":
            return make.equal(first, second)
        case "!=":
            return make.invert(make.equal(first, second))
        case "<=":
            return make.less_equal(first, second)
        case ">=":
            return make.less_equal(second, first)
        case "<":
            return make.invert(make.less_equal(second, first))
        case ">":
            return make.invert(make.less_equal(first, second))
        case _:
            assert_never(comparator)


def _same_word(make: Program, left: Word, right: Word, *, is_loose: bool) -> Node:
    found = make.truth(value=False)
    for guard, code in left.cases:
        for other, wanted in right.cases:
            if code == wanted or (is_loose and code.lower() == wanted.lower()):
                found = make.either(found, make.both(guard, other))
    return found


def _spoken(make: Program, value: Verdict | Word) -> Word:
    if isinstance(value, Word):
        return value
    return Word(((value.value, "true"), (make.invert(value.value), "false")), value.undefined)


def _with(value: Lowered, undefined: Node) -> Lowered:
    match value:
        case Quantity(numerator, denominator, _):
            return Quantity(numerator, denominator, undefined)
        case Verdict(truth, _):
            return Verdict(truth, undefined)
        case Word(cases, _):
            return Word(cases, undefined)
