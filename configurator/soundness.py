"""Whether products can be configured at all: asked before a source is taken in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from catalog.errors import OnelotError, Problem
from catalog.product import ProductDefinition
from configurator.engine.loading import has_configuration
from configurator.engine.rule_encoding import RuleTooWide
from configurator.view import with_rules_of


def find_void(definitions: Iterable[ProductDefinition], *, path: Path, on: date | None) -> tuple[Problem, ...]:
    """List the products of a source that nobody could configure.

    Parameters
    ----------
    definitions
        The products read from the source.
    path
        The catalog folder or model file that they come from.
    on
        The day whose rules count; None lets every rule count.

    Returns
    -------
    tuple[Problem, ...]
        One for each product without any valid configuration, or with rules that the engine cannot take.
    """
    is_folder = path.is_dir()
    found = []
    for definition in definitions:
        message = _fault(definition if on is None else with_rules_of(definition, on))
        if message:
            place = f"products/{definition.code}/product.yaml" if is_folder else path.name
            found.append(Problem(place, 0, 0, message))
    return tuple(found)


def _fault(definition: ProductDefinition) -> str:
    try:
        is_sound = has_configuration(definition)
    except OnelotError as refusal:
        return refusal.message
    except RuleTooWide as refusal:
        return str(refusal)
    return "" if is_sound else "this product has no valid configuration: its rules contradict each other"
