"""The figures of a configuration shown to people, such as weight and heat loss. Imports no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from catalog.money import round_half_up
from catalog.product import ProductDefinition, Value
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.text import Text


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A derived value: exact, with the unit and the decimals in which it is shown."""

    code: str
    title: Text
    value: Fraction
    unit: str
    digits: int

    @property
    def rounded(self) -> Decimal:
        """The value with its decimals, halves away from zero."""
        return Decimal(round_half_up(self.value * 10**self.digits)).scaleb(-self.digits)


def shown_values(definition: ProductDefinition, selection: Mapping[str, Value]) -> tuple[ShownValue, ...]:
    """Give the derived values that the product shows, in its order.

    Parameters
    ----------
    definition
        The product.
    selection
        A configuration, whole or partial.

    Returns
    -------
    tuple of ShownValue
        Without those that have no value, because a choice is open or a look-up finds no row.
    """
    evaluator = Evaluator(definition, selection)
    found = []
    for item in definition.derived:
        if not item.is_shown:
            continue
        try:
            value = evaluator.derived(item.code)
        except ValueUndefined:
            continue
        found.append(ShownValue(item.code, item.title, value, item.unit, item.digits))
    return tuple(found)


def all_values(definition: ProductDefinition, selection: Mapping[str, Value]) -> Mapping[str, Fraction]:
    """Give every derived value that exists, shown or not, by its code; drawings read them."""
    evaluator = Evaluator(definition, selection)
    found: dict[str, Fraction] = {}
    for item in definition.derived:
        try:
            found[item.code] = evaluator.derived(item.code)
        except ValueUndefined:
            continue
    return found
