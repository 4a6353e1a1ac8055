"""What customers like, learned from what was ordered: integer costs of options. Knows no customers, no database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction

from catalog.product import AttributeKind, ProductDefinition, Value
from configurator.cost_model import Ranking

COST_OF_RARE = 100
"""What an option costs that is e times rarer than the most popular one of its attribute."""
COST_OF_RANGE = 10_000
"""What moving a number by its whole range costs: far more than options that nobody chose."""
_DEFAULT_ORDERS = 4
_PRESET_ORDERS = 1
_DOUBT = Fraction(1, 2)


def learn_ranking(definition: ProductDefinition, ordered: Iterable[Mapping[str, Value]] = (), *,
                  near: Mapping[str, Value] | None = None) -> Ranking:
    """Turn ordered configurations into what each option costs in a ranking: 0 for the most popular.

    The cost of an option is ``COST_OF_RARE`` times the logarithm of how much rarer it is than the most popular option
    of its attribute, rounded; attributes are counted one by one. Every option starts with half an order, so that
    one never ordered stays possible, each default with four more and each preset's options with one: they stand
    in until there are orders. A broken soft rule costs its weight times ``COST_OF_RARE``: keeping a rule of weight 1
    is worth an option e times rarer.

    Parameters
    ----------
    definition
        The product with the rules of the day.
    ordered
        Selections of accepted orders, of any version; what the product no longer has is passed over.
    near
        Numbers that are given up and should move as little as they can.

    Returns
    -------
    Ranking
        For ``Figure.RANK``. No trace of any one order is in it but its share of the counts.
    """
    counts = {item.code: {option.code: _DOUBT + (_DEFAULT_ORDERS if option.code == item.default else 0)
                          for option in item.options}
              for item in definition.attributes if item.kind is AttributeKind.CHOICE}
    for selection, orders in (*((preset.selection, _PRESET_ORDERS) for preset in definition.presets),
                              *((whole, 1) for whole in ordered)):
        for name, value in selection.items():
            if name in counts and str(value) in counts[name]:
                counts[name][str(value)] += orders
    options = {name: {code: round(COST_OF_RARE * math.log(max(own.values()) / count)) for code, count in own.items()}
               for name, own in counts.items()}
    targets = {name: (value, COST_OF_RANGE) for name, value in (near or {}).items() if isinstance(value, Fraction)}
    return Ranking(options, targets, soft_rule=COST_OF_RARE)
