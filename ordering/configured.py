"""A configured product ready to be quoted: what it costs, what work it is, what it weighs on the climate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.money import Money
from catalog.product import ProductDefinition
from configurator import service as configurator
from configurator.configuration import Selection
from configurator.explosion import Explosion, explode
from configurator.footprint import material_co2_grams
from configurator.pricing import price
from ordering.document_context import values_of
from ordering.errors import ConfigurationNotSaleable
from ordering.quote import PriceLine


@dataclass(frozen=True, slots=True)
class LineRequest:
    """What a customer asks for in one line: a product version, the choices as typed, and pieces."""

    content_hash: str
    choices: Mapping[str, str]
    quantity: int


@dataclass(frozen=True, slots=True)
class ConfiguredProduct:
    """One whole, valid configuration with everything that follows from it, for one piece."""

    definition: ProductDefinition
    content_hash: str
    selection: Selection
    price_lines: tuple[PriceLine, ...]
    unit_net: Money
    explosion: Explosion
    material_co2_grams: int

    @property
    def choices(self) -> dict[str, str]:
        """The selection as texts, as it is stored."""
        return {attribute: str(value) for attribute, value in self.selection.items()}


def complete(session: Session, request: LineRequest) -> ConfiguredProduct:
    """Complete and check choices under the product version they name, and work everything out anew.

    Parameters
    ----------
    session
        Only read.
    request
        Open attributes are completed as the configurator shows them.

    Returns
    -------
    ConfiguredProduct
        Whole and valid.

    Raises
    ------
    ConfigurationNotSaleable
        A choice is mistaken, or the choices contradict each other.
    ProductVersionNotFound
        No such product version.
    """
    view = configurator.configure(session, content_hash=request.content_hash, choices=request.choices)
    if view.input_errors or view.conflict is not None or view.whole is None:
        raise ConfigurationNotSaleable(
            "These choices cannot be made together or are not complete; change one of those named.",
            errors=dict(view.input_errors),
            conflict=list(view.conflict.attributes) if view.conflict is not None else [],
        )
    return work_out(view.version.definition, view.version.content_hash, view.whole)


def recall(session: Session, *, content_hash: str, choices: Mapping[str, str]) -> ConfiguredProduct:
    """Work a stored configuration out again under the version it was made with.

    Raises
    ------
    ProductVersionNotFound
        No such product version.
    """
    version = catalog.get_version(session, content_hash=content_hash)
    selection = Selection.of(values_of(version.definition, choices))
    return work_out(version.definition, content_hash, selection)


def work_out(definition: ProductDefinition, content_hash: str, selection: Selection) -> ConfiguredProduct:
    """Price, explode and footprint one whole valid selection."""
    breakdown = price(definition, selection)
    explosion = explode(definition, selection)
    lines = tuple(
        PriceLine(code=line.code, title=line.title, unit=line.unit_amount, level=line.level.value,
                  billing=line.billing.value)
        for line in (*breakdown.lines, *breakdown.recurring)
    )
    return ConfiguredProduct(
        definition=definition, content_hash=content_hash, selection=selection, price_lines=lines,
        unit_net=breakdown.unit_total, explosion=explosion,
        material_co2_grams=material_co2_grams(explosion.bom),
    )
