"""Expressions as texts of the rule language. Reading a printed text gives the expression again."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import assert_never

from catalog.rules import expression as ex
from catalog.rules.syntax import KEYWORDS

MOST_DECIMALS = 12

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOOSE, _IMPLIES, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _ATOM = range(10)


def print_expression(expression: ex.Expression) -> str:
    """Write an expression so that a person, and the parser, can read it.

    Parameters
    ----------
    expression
        Any tree the parser gives. One built otherwise is written with the same meaning: a conjunction of one
        operand is that operand, a conjunction of none is ``true``, a disjunction of none is ``false``.

    Returns
    -------
    str
        One line, codes in quotes, numbers without units, parentheses only where needed.

    Examples
    --------
    >>> print_expression(ex.Implies(ex.Attribute("vsd"), ex.Comparison(">", ex.Attribute("q"), ex.Number(Fraction(5)))))
    'vsd implies q > 5'
    """
    return _print(expression)[0]


def _print(node: ex.Expression) -> tuple[str, int]:  # noqa: C901, PLR0911, PLR0912 - one case a node
    """Give the text of a node and how tightly it holds together."""
    match node:
        case ex.Number(value):
            return _number(value)
        case ex.Code(value):
            return _quoted(value), _ATOM
        case ex.Truth(value):
            return ("true" if value else "false"), _ATOM
        case ex.Attribute(code) | ex.Derived(code) | ex.Parameter(code):
            return _name(code), _ATOM
        case ex.Property(attribute, name):
            return f"{_name(attribute)}.{_name(name)}", _ATOM
        case ex.Arithmetic(operator, left, right):
            level = _SUM if operator in "+-" else _PRODUCT
            return f"{_within(left, level)} {operator} {_within(right, level + 1)}", level
        case ex.Function(name, arguments):
            return f"{name}({_list(arguments)})", _ATOM
        case ex.Count(operands):
            return f"count({_list(operands)})", _ATOM
        case ex.Defined(operand):
            return f"defined({_print(operand)[0]})", _ATOM
        case ex.Lookup(table, column, argument, mode):
            return f"{_name(table)}[{mode} {_print(argument)[0]}].{_name(column)}", _ATOM
        case ex.Conditional(condition, then, otherwise):
            return f"if {_print(condition)[0]} then {_print(then)[0]} else {_print(otherwise)[0]}", _LOOSE
        case ex.Comparison(comparator, left, right):
            return f"{_within(left, _SUM)} {comparator} {_within(right, _SUM)}", _COMPARE
        case ex.Membership(left, members):
            return f"{_within(left, _SUM)} in [{', '.join(_print(member)[0] for member in members)}]", _COMPARE
        case ex.Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case ex.And(operands):
            return _joined(operands, "and", _AND, "true")
        case ex.Or(operands):
            return _joined(operands, "or", _OR, "false")
        case ex.Implies(premise, conclusion):
            return f"{_within(premise, _OR)} implies {_print(conclusion)[0]}", _IMPLIES
        case _:
            assert_never(node)


def _within(node: ex.Expression, level: int) -> str:
    text, own = _print(node)
    return text if own >= level else f"({text})"


def _list(nodes: tuple[ex.Expression, ...]) -> str:
    return ", ".join(_print(node)[0] for node in nodes)


def _joined(operands: tuple[ex.Expression, ...], word: str, level: int, empty: str) -> tuple[str, int]:
    if not operands:
        return empty, _ATOM
    if len(operands) == 1:
        return _print(operands[0])
    return f" {word} ".join(_within(operand, level + 1) for operand in operands), level


def _number(value: Fraction) -> tuple[str, int]:
    sign, magnitude = ("-" if value < 0 else ""), abs(value)
    rest, places = magnitude.denominator, 0
    while rest % 10 == 0 or rest % 2 == 0 or rest % 5 == 0:
        rest, places = rest // (10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5), places + 1
    if rest != 1:
        return f"{sign}{magnitude.numerator} / {magnitude.denominator}", _PRODUCT
    if not places:
        return f"{sign}{magnitude.numerator}", _UNARY if sign else _ATOM
    digits = f"{magnitude.numerator * 10**places // magnitude.denominator:0{places + 1}}"
    text = f"{digits[:-places]}.{digits[-places:]}".rstrip("0")
    return f"{sign}{text}", _UNARY if sign else _ATOM


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) and name not in KEYWORDS else f"`{name}`"


def _quoted(code: str) -> str:
    return "'" + code.replace("'", "''") + "'"


def exact_decimal(value: Fraction) -> str:
    """Write a number with all its decimals; empty when it has too many or no end of them."""
    for places in range(MOST_DECIMALS + 1):
        if (value * 10**places).denominator == 1:
            digits = str(int(abs(value) * 10**places)).zfill(places + 1)
            whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
            return f"-{whole}" if value < 0 else whole
    return ""
