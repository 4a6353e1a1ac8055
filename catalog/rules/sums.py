"""Sums of many terms as trees that are not deep. Imports no engine."""

from __future__ import annotations

from fractions import Fraction

from catalog.product import Attribute
from catalog.rules import expression as ex

_FEW_TERMS = 8
_NOTHING = ex.Number(Fraction(0))


def property_or_nothing(attribute: Attribute, name: str) -> ex.Expression | None:
    """Give a property of the chosen option, 0 for options without it; None when no option has it as a number."""
    having = [option.code for option in attribute.options if isinstance(option.properties.get(name), Fraction)]
    if not having:
        return None
    reference = ex.Property(attribute.code, name)
    if len(having) == len(attribute.options):
        return reference
    holds = ex.Membership(ex.Attribute(attribute.code), tuple(ex.Code(code) for code in having))
    return ex.Conditional(holds, reference, _NOTHING)


def add_up(terms: list[ex.Expression], is_taken: list[bool]) -> ex.Expression:
    """Add up terms, or take them off: from left to right when they are few, in halves when they are many."""
    if len(terms) <= _FEW_TERMS:
        total = terms[0]
        for term, is_less in zip(terms[1:], is_taken[1:], strict=True):
            total = ex.Arithmetic("-" if is_less else "+", total, term)
        return total
    half = (len(terms) + 1) // 2
    is_less = is_taken[half]
    right = [flag is not is_less for flag in is_taken[half:]]
    return ex.Arithmetic("-" if is_less else "+", add_up(terms[:half], is_taken[:half]), add_up(terms[half:], right))


def balanced_sum(terms: list[ex.Expression]) -> ex.Expression:
    """Add up terms in halves, so that the tree is not deep."""
    if len(terms) == 1:
        return terms[0]
    half = (len(terms) + 1) // 2
    return ex.Arithmetic("+", balanced_sum(terms[:half]), balanced_sum(terms[half:]))
