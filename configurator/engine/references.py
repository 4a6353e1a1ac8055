"""Which attributes an expression names, directly or through derived values. Imports no engine."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.product import AttributeKind, ProductDefinition
from catalog.rules import expression as ex


def attributes_named(definition: ProductDefinition, expression: ex.Expression | None) -> frozenset[str]:
    """Give the codes of all attributes that an expression reads.

    Parameters
    ----------
    definition
        The product whose derived values the expression may use.
    expression
        Any expression; None names nothing.

    Returns
    -------
    frozenset of str
        Attribute codes, also those read only through derived values or option properties.
    """
    derived = {item.code: item.expression for item in definition.derived}
    found: set[str] = set()
    seen: set[str] = set()
    pending = [] if expression is None else [expression]
    while pending:
        node = pending.pop()
        match node:
            case ex.Attribute(code):
                found.add(code)
            case ex.Property(attribute, _):
                found.add(attribute)
            case ex.Derived(code) if code in derived and code not in seen:
                seen.add(code)
                pending.append(derived[code])
            case _:
                pending.extend(_children(node))
    return frozenset(found)


def totals_named(definition: ProductDefinition, expression: ex.Expression | None) -> frozenset[str]:
    """Give the names that an expression uses like derived values but that the product does not define."""
    known = {item.code for item in definition.derived}
    found: set[str] = set()
    pending = [] if expression is None else [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, ex.Derived) and node.code not in known:
            found.add(node.code)
        pending.extend(_children(node))
    return frozenset(found)


def numbers_named(definition: ProductDefinition, expression: ex.Expression) -> frozenset[str]:
    """Give the codes of the number attributes that an expression reads; empty for a purely discrete rule."""
    numbers = {item.code for item in definition.attributes if item.kind is AttributeKind.NUMBER}
    return attributes_named(definition, expression) & numbers


def _children(node: ex.Expression) -> Iterator[ex.Expression]:
    match node:
        case ex.Arithmetic(_, left, right) | ex.Comparison(_, left, right):
            yield from (left, right)
        case ex.Implies(premise, conclusion):
            yield from (premise, conclusion)
        case ex.Function(_, several) | ex.And(several) | ex.Or(several) | ex.Count(several):
            yield from several
        case ex.Conditional(condition, then, otherwise):
            yield from (condition, then, otherwise)
        case ex.Lookup(_, _, argument):
            yield argument
        case ex.Membership(left, _):
            yield left
        case ex.Not(operand) | ex.Defined(operand):
            yield operand
        case _:
            return
