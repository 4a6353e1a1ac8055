"""Whether products can be configured at all: asked before a source is taken in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from catalog.errors import OnelotError, Problem
from catalog.formats.places import place_of_entry, place_of_rule
from catalog.formats.source_files import SourceFiles, load_files
from catalog.product import ProductDefinition
from configurator.configuration import Conflict, Selection
from configurator.engine.loading import has_configuration
from configurator.engine.model import CompiledModel
from configurator.engine.regions import build_components
from configurator.undefined import find_undefined, undefined_in_words
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
        One for each product without any valid configuration, or with rules that the engine cannot take (it stands at
        the rule to split); and for each amount of a folder's product that some valid configuration gives no value.
    """
    found = []
    for definition in definitions:
        dated = definition if on is None else with_rules_of(definition, on)
        message, rule = _fault(dated)
        if message:
            found.append(replace(rule_place(path, definition.code, rule), message=message))
        elif path.is_dir():
            found += _undefined_amounts(dated, path)
    return tuple(found)


def _undefined_amounts(definition: ProductDefinition, path: Path) -> list[Problem]:
    """List the amounts without a value in some valid configuration, each where it stands."""
    amounts = find_undefined(definition)
    files = load_files(path)[0] if amounts else SourceFiles({})
    return [replace(place_of_entry(files, definition.code, item.section, item.code, key=item.key),
                    message=undefined_in_words(item)) for item in amounts]


def rule_place(path: Path, product_code: str, rule: str) -> Problem:
    """Give the place of a rule in a catalog folder, with an empty message: of the whole product without a rule.

    A model file is a place as a whole.
    """
    if not path.is_dir():
        return Problem(path.name, 0, 0, "")
    if not rule:
        return Problem(f"products/{product_code}/product.yaml", 0, 0, "")
    return place_of_rule(load_files(path)[0], product_code, rule)


def _fault(definition: ProductDefinition) -> tuple[str, str]:
    """Say what stands against a product, and the code of the rule to change when one is to blame; both may be empty."""
    try:
        is_sound = has_configuration(definition)
    except OnelotError as refusal:
        return refusal.message, str(refusal.detail.get("rule", ""))
    return ("", "") if is_sound else _void(definition)


def _void(definition: ProductDefinition) -> tuple[str, str]:
    """Name the fewest rules found that leave nothing, and the first of them."""
    conflict = CompiledModel(definition, build_components(definition), None).domains(Selection())
    rules = conflict.rules if isinstance(conflict, Conflict) else ()
    named = f": {', '.join(rules)}" if rules else ""
    return f"this product has no valid configuration: its rules contradict each other{named}", rules[0] if rules else ""
