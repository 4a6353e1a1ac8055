"""Walking over expressions and rewriting them. Imports no engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from catalog.rules import expression as ex

_LEAVES = (ex.Number, ex.Code, ex.Truth, ex.Attribute, ex.Derived, ex.Parameter, ex.Property)


def walk(expression: ex.Expression) -> Iterator[ex.Expression]:
    """Give an expression and all its parts, outermost first."""
    yield expression
    for part in parts(expression):
        yield from walk(part)


def parts(node: ex.Expression) -> tuple[ex.Expression, ...]:
    """Give the direct operands of a node, in reading order; empty for a leaf."""
    if isinstance(node, _LEAVES):
        return ()
    found: list[ex.Expression] = []
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            found.extend(value)
        elif not isinstance(value, str):
            found.append(value)
    return tuple(found)


def rewrite(node: ex.Expression, change: Callable[[ex.Expression], ex.Expression]) -> ex.Expression:
    """Rebuild an expression bottom up with every node passed through a change."""
    if isinstance(node, _LEAVES):
        return change(node)
    changed: dict[str, object] = {}
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            changed[field.name] = tuple(rewrite(item, change) for item in value)
        elif not isinstance(value, str):
            changed[field.name] = rewrite(value, change)
    return change(dataclasses.replace(node, **changed))  # type: ignore[arg-type]  # same fields, same types


def attributes_of(expression: ex.Expression) -> frozenset[str]:
    """Give the attributes an expression reads itself, not through derived values."""
    return frozenset(
        node.code if isinstance(node, ex.Attribute) else node.attribute
        for node in walk(expression)
        if isinstance(node, (ex.Attribute, ex.Property))
    )


def derived_of(expression: ex.Expression) -> frozenset[str]:
    """Give the derived values and totals an expression names itself."""
    return frozenset(node.code for node in walk(expression) if isinstance(node, ex.Derived))
