"""A product's discrete part as a feature model: what its rules on numbers leave of the options stands in it."""

from __future__ import annotations

from catalog.errors import OnelotError
from catalog.formats.uvl_writing import Projection, WrittenUvl, write_uvl
from catalog.product import ProductDefinition
from configurator.engine.regions import build_components


def write_discrete_part(definition: ProductDefinition) -> WrittenUvl:
    """Write the discrete part of a product as UVL.

    Parameters
    ----------
    definition
        The product; all its hard rules count, whatever their days.

    Returns
    -------
    WrittenUvl
        As ``catalog.formats.uvl_writing.write_uvl`` gives it. Its configurations are exactly the combinations
        of options that whole valid configurations have, unless ``left_out`` names a rule of which nothing is
        kept.
    """
    return write_uvl(definition, _projections(definition))


def _projections(definition: ProductDefinition) -> tuple[Projection, ...]:
    """Give what the numbers leave of the options; nothing when they are too many to be solved ahead."""
    try:
        components = build_components(definition)
    except OnelotError:
        return ()
    return tuple(
        Projection(item.rules, item.interface, item.combinations) for item in components if item.rules
    )
