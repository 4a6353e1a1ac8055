"""The door to the rule language: a text and a scope give a typed expression, or every fault with its place."""

from __future__ import annotations

from collections.abc import Callable

from catalog.errors import CatalogInvalid, Problem
from catalog.rules.expression import Expression
from catalog.rules.resolution import Resolver, Typed
from catalog.rules.scope import Kind, Scope
from catalog.rules.syntax import SyntaxFault, parse_syntax
from catalog.rules.units import parse_unit

Locate = Callable[[int], tuple[int, int]]
"""Gives line and column (from 1) of an offset (from 0) in the expression's text."""


def parse_expression(
    text: str,
    *,
    file: str,
    line: int,
    column: int,
    scope: Scope,
    expects: Kind | None = None,
    unit: str = "",
    locate: Locate | None = None,
) -> Expression:
    """Read an expression of the rule language.

    Parameters
    ----------
    text
        The expression, at most 8 000 characters, 20 levels and 500 parts; numbers at most 10⁹ in magnitude.
    file, line, column
        Where its first character stands, for messages; counted from 1.
    scope
        The names it may use.
    expects
        What it must give; None allows anything.
    unit
        The unit a number must have; a literal is converted to it. Empty: any.
    locate
        Maps offsets to places when the text does not stand in the file as it is (folded lines).

    Returns
    -------
    Expression
        The resolved tree; its numbers are in the units of what they are compared with or added to.

    Raises
    ------
    CatalogInvalid
        The text is faulty; every fault found is listed with its place.

    Examples
    --------
    >>> from catalog.rules.scope import Scope
    >>> parse_expression("1 + 2 * 3", file="x", line=1, column=1, scope=Scope(parameters={}))
    Arithmetic(operator='+', left=Number(value=Fraction(1, 1)), right=Arithmetic(operator='*', \
left=Number(value=Fraction(2, 1)), right=Number(value=Fraction(3, 1))))
    """
    faults: list[SyntaxFault] = []
    try:
        typed = _resolve(text, scope, expects, unit, faults)
    except SyntaxFault as fault:
        faults, typed = [fault], None
    if faults or typed is None:
        place = locate or _offset_locator(text, line, column)
        raise CatalogInvalid(tuple(Problem(file, *place(fault.offset), fault.message) for fault in faults))
    return typed.expression


def _resolve(text: str, scope: Scope, expects: Kind | None, unit: str, faults: list[SyntaxFault]) -> Typed:
    node = parse_syntax(text)
    resolver = Resolver(scope)
    typed = resolver.resolve(node)
    if not resolver.faults:
        if expects is not None and typed.kind is not expects:
            resolver.fault(node, f"found {typed.kind.value}; expected {expects.value}")
        elif typed.kind is Kind.NUMBER and unit:
            typed = resolver.convert(node, typed, parse_unit(unit))
    faults.extend(resolver.faults)
    return typed


def _offset_locator(text: str, line: int, column: int) -> Locate:
    def locate(offset: int) -> tuple[int, int]:
        before = text[:offset]
        breaks = before.count("\n")
        if not breaks:
            return line, column + offset
        return line + breaks, offset - before.rfind("\n")

    return locate
