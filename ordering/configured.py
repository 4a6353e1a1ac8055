"""A configured product ready to be quoted: what it costs, what work it is, what it weighs on the climate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.money import Money
from catalog.product import ProductDefinition
from configurator import service as configurator
from configurator.completion import complete_selection, missing_texts
from configurator.configuration import Selection
from configurator.explosion import Explosion, explode
from configurator.footprint import material_co2_grams
from configurator.input import parse_choices
from configurator.material_cost import MaterialCost, material_cost
from configurator.pricing import price
from configurator.reasoning import without_texts
from configurator.recent import Recent
from configurator.view import ConfigurationView
from ordering.document_context import values_of
from ordering.errors import ConfigurationNotSaleable
from ordering.price_group import NO_TERMS, GroupTerms
from ordering.quote import PriceLine

_MOST_REMEMBERED = 512
GROUP_PRICE = "group_price"
"""Code of the price line that holds what a price group's discount takes off one piece."""


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
    group: GroupTerms = NO_TERMS
    """Of the customer's price group; ``unit_net`` and ``price_lines`` are at its price already."""

    @property
    def listed_unit(self) -> Money:
        """The price of one piece before the discount of a price group."""
        taken = [line.unit for line in self.price_lines if line.code == GROUP_PRICE]
        return self.unit_net - taken[0] if taken else self.unit_net

    @property
    def material_cost(self) -> MaterialCost:
        """What the material of one piece costs; for the seller alone."""
        return material_cost(self.explosion.bom)

    @property
    def choices(self) -> dict[str, str]:
        """The selection as texts, as it is stored."""
        return {attribute: str(value) for attribute, value in self.selection.items()}


_worked_out: Recent[tuple[str, Selection], ConfiguredProduct] = Recent(_MOST_REMEMBERED)


def complete(
    session: Session, request: LineRequest, *, on: date, cache_directory: Path | None
) -> ConfiguredProduct:
    """Complete and check choices under the product version they name, and work everything out anew.

    Parameters
    ----------
    session
        Only read.
    request
        Open attributes are completed as the configurator shows them.
    on
        Plant-local day whose rules count.
    cache_directory
        Where compiled models are kept between processes; None keeps them in memory alone.

    Returns
    -------
    ConfiguredProduct
        Whole and valid, by the engine and by plain evaluation of every rule.

    Raises
    ------
    ConfigurationNotSaleable
        A choice is mistaken, a text is missing, or the choices contradict each other.
    ProductVersionNotFound
        No such product version.
    """
    product = configurator.load_model(
        session, content_hash=request.content_hash, on=on, cache_directory=cache_directory
    )
    definition = product.definition
    parsed = parse_choices(definition, request.choices)
    if parsed.errors:
        raise ConfigurationNotSaleable(
            "Some choices are not possible values; correct those named.",
            errors={code: error.code.value for code, error in parsed.errors.items()},
        )
    if not product.model.is_consistent(without_texts(definition, parsed.selection)):
        raise ConfigurationNotSaleable("These choices cannot be made together; change one of them.")
    whole = complete_selection(product.model, product.appraiser, parsed.selection)
    missing = missing_texts(definition, whole)
    if missing:
        raise ConfigurationNotSaleable("A text is still missing; fill it in.", missing=list(missing))
    broken = product.appraiser.broken(whole, [item.code for item in definition.attributes])
    if broken is not None:
        raise ConfigurationNotSaleable("These choices break a rule; change one of them.", conflict=list(broken))
    return work_out(product.version.definition, product.version.content_hash, whole)


def from_view(view: ConfigurationView) -> ConfiguredProduct:
    """Work out what a page's view of a configuration stands for.

    Raises
    ------
    ConfigurationNotSaleable
        The product has no valid configuration at all.
    """
    if view.whole is None:
        raise ConfigurationNotSaleable("This product has no valid configuration.")
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
    """Price, explode and footprint one whole valid selection.

    A published version never changes, so what was worked out last is remembered.
    """
    key = (content_hash, selection)
    known = _worked_out.find(key)
    if known is None:
        known = _work_out(definition, content_hash, selection)
        _worked_out.keep(key, known)
    return known


def _work_out(definition: ProductDefinition, content_hash: str, selection: Selection) -> ConfiguredProduct:
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
