"""Amounts that have no value in some valid configuration: a division by zero, or a look-up that finds no row.

In a rule such a value means that the rule is not kept, so a rule can exclude it. A price, a quantity or a time that is
needed all the same would stop an offer half-way; therefore it is found before anything is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from catalog.errors import OnelotError
from catalog.product import ProductDefinition, Rule
from catalog.rules import expression as ex
from catalog.rules.extent import ExpressionTooLarge, Extent, measure
from catalog.rules.scope import Scope
from catalog.rules.traversal import rewrite
from configurator.engine.loading import has_configuration
from configurator.pricing import PRODUCT_PRICE


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of a product: its part of the catalog, the code of its entry there, and what it is worked out from.

    ``key`` names the field that holds the code; ``when`` is None for an amount that is always needed.
    """

    section: str
    code: str
    value: ex.Expression
    when: ex.Expression | None = None
    key: str = "code"


def find_undefined(definition: ProductDefinition) -> tuple[Amount, ...]:
    """List the amounts that have no value in some valid configuration.

    Parameters
    ----------
    definition
        A product that has valid configurations.

    Returns
    -------
    tuple of Amount
        In the order prices, BOM, routing, weight; exact, but for amounts that couple more options than the engine can
        take, which are passed over.
    """
    scope = _scope_of(definition)
    suspects = [item for item in _amounts(definition) if not _is_total(item.value, scope)]
    if not suspects or not _is_possible(definition, suspects):
        return ()
    return tuple(item for item in suspects if _is_possible(definition, [item]))


def undefined_in_words(item: Amount) -> str:
    """Say what is wrong with an amount, and what helps."""
    return (f"{item.section} {item.code}".strip() + ": some valid configuration gives this no value (a division by "
            "zero, or a look-up without a row); expected a rule that excludes it, or 'if defined(…) then … else …'")


def _amounts(definition: ProductDefinition) -> Iterable[Amount]:
    for price in definition.prices:
        yield Amount("prices", price.code, price.amount, price.when)
    for line in definition.bom:
        yield Amount("bom", line.part, line.quantity, line.when, key="part")
    for step in definition.routing:
        yield Amount("routing", step.code, step.minutes, step.when)
    if definition.weight_kg is not None:
        yield Amount("weight_kg", "", definition.weight_kg)


def _scope_of(definition: ProductDefinition) -> Scope:
    """Give what measuring needs to know of a product; running totals always have a value."""
    scope = Scope({item.code: item for item in definition.attributes}, tables=definition.tables,
                  constants=definition.parameters, extents={PRODUCT_PRICE: Extent()})
    for item in definition.derived:
        try:
            found = measure(item.expression, scope)
        except ExpressionTooLarge:
            found = Extent(is_total=False)
        scope = replace(scope, extents={**scope.extents, item.code: found})
    return scope


def _is_total(value: ex.Expression, scope: Scope) -> bool:
    try:
        return measure(value, scope).is_total
    except ExpressionTooLarge:
        return False


def _is_possible(definition: ProductDefinition, suspects: Iterable[Amount]) -> bool:
    """Ask the engine for a valid configuration that needs one of the amounts and gives it no value."""
    cases = tuple(_lacks(item) for item in suspects)
    asked = Rule("", cases[0] if len(cases) == 1 else ex.Or(cases), definition.title)
    try:
        return has_configuration(replace(definition, rules=(*definition.rules, asked)))
    except OnelotError:
        return len(cases) > 1


def _lacks(item: Amount) -> ex.Expression:
    def plain(node: ex.Expression) -> ex.Expression:
        return ex.Number(Fraction(1)) if node == ex.Derived(PRODUCT_PRICE) else node

    lacks = ex.Not(ex.Defined(rewrite(item.value, plain)))
    return lacks if item.when is None else ex.And((item.when, lacks))
