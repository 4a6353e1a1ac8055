"""What configured goods cost their maker: the plan and the material together, in the money of a quote."""

from __future__ import annotations

from fractions import Fraction

from catalog.price_book import ServiceLevel
from ordering.configured import ConfiguredProduct
from ordering.draft_pricing import convert
from ordering.quote import PriceLine


def goods_cost_minor(
    configured: ConfiguredProduct, *, plan_cost_minor: int, quantity: int, rate: Fraction
) -> int:
    """Add the material of all pieces to what making and bringing them costs.

    Parameters
    ----------
    configured
        Gives the material of one piece.
    plan_cost_minor
        Of all pieces, in the catalog's currency.
    quantity
        Pieces.
    rate
        Units of the quote's currency for one of the catalog's.

    Returns
    -------
    int
        In minor units of the quote's currency. The material is rounded once for all pieces, and the sum is converted
        once. Parts without a cost count as nothing.
    """
    material = configured.material_cost.minor(quantity, configured.unit_net.currency)
    return convert(plan_cost_minor + material, rate=rate)


def is_cost_known(configured: ConfiguredProduct) -> bool:
    """Whether nothing is left out of the cost: every part has one, and no service is sold whose cost nobody knows."""
    return configured.material_cost.is_whole and not any(_is_service(line) for line in configured.price_lines)


def _is_service(line: PriceLine) -> bool:
    """Whether a line charges for something beyond the product, once: a spare kit, the installation."""
    return line.billing == "once" and line.level != ServiceLevel.PRODUCT.value and line.unit.amount_minor > 0
