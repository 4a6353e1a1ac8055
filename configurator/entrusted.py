"""What somebody else may decide for a customer, and what stays as it is until the customer decides it."""

from __future__ import annotations

from collections.abc import Collection

from catalog.price_book import ServiceLevel
from catalog.product import AttributeKind, ProductDefinition
from configurator.configuration import Selection
from configurator.engine.references import attributes_named
from configurator.reasoning import Reasoner, without_texts


def service_attributes(definition: ProductDefinition) -> tuple[str, ...]:
    """Name the choices that only price items beyond the product itself read: warranties, plans, ways to pay.

    They bind the customer for years or change what is bought, so that "decide the rest for me" leaves them
    alone; a cheaper one-time price would often be paid for later.
    """
    own: set[str] = set()
    beyond: set[str] = set()
    for item in definition.prices:
        named = attributes_named(definition, item.amount) | attributes_named(definition, item.when)
        (own if item.level is ServiceLevel.PRODUCT else beyond).update(named)
    return tuple(item.code for item in definition.attributes
                 if item.kind is AttributeKind.CHOICE and item.code in beyond - own)


def keep_services(reasoner: Reasoner, definition: ProductDefinition, selection: Selection, *,
                  free: Collection[str] = ()) -> Selection:
    """Choose the defaults of services that the customer has left open, one after the other where the rules allow it.

    Parameters
    ----------
    reasoner, definition
        The engine and the product.
    selection
        Consistent choices.
    free
        Services that may be decided nevertheless.

    Returns
    -------
    Selection
        Consistent; a service without a default stays open.
    """
    decided = without_texts(definition, selection)
    for name in service_attributes(definition):
        item = definition.attribute(name)
        if item is None or item.default is None or name in decided or name in free:
            continue
        candidate = decided.choose(name, item.default)
        if reasoner.is_consistent(candidate):
            decided = candidate
    return Selection.of({**selection, **decided})
