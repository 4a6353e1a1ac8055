"""What stands differently in two versions of a product, part by part; knows nothing of what that makes possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from catalog.product import ProductDefinition


class Part(StrEnum):
    """The parts of a definition that are compared by code."""

    ATTRIBUTE = "attribute"
    OPTION = "option"
    RULE = "rule"
    TABLE_RULE = "table_rule"
    PRICE = "price"
    PARAMETER = "parameter"
    TABLE = "table"
    DERIVED = "derived"
    BOM = "bom"
    PART = "part"
    ROUTING = "routing"
    PRESET = "preset"
    CASE = "case"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """The codes of one part that were added, taken away, or stand differently; each in the order of the product."""

    part: Part
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


Entries = Mapping[str, Any]
"""Any: frozen values of each part's own type, compared for equality."""


def list_changes(before: ProductDefinition, after: ProductDefinition) -> tuple[Change, ...]:
    """Compare two definitions of a product.

    Returns
    -------
    tuple of Change
        One for each part that differs, in the order of :class:`Part`; empty when the definitions say the same.
    """
    found = []
    for part, entries_of in _PARTS.items():
        old, new = entries_of(before), entries_of(after)
        change = Change(part, tuple(code for code in new if code not in old),
                        tuple(code for code in old if code not in new),
                        tuple(code for code, entry in new.items() if code in old and old[code] != entry))
        if change.added or change.removed or change.changed:
            found.append(change)
    return tuple(found)


def _by_code(items: Iterable[Any]) -> Entries:  # Any: see Entries
    return _numbered((item.code, item) for item in items)


def _numbered(pairs: Iterable[tuple[str, Any]]) -> Entries:  # Any: see Entries
    """Give entries by code; a code that stands again gets a number."""
    found: dict[str, Any] = {}
    for code, entry in pairs:
        name, number = code, 2
        while name in found:
            name, number = f"{code} #{number}", number + 1
        found[name] = entry
    return found


def _attributes(definition: ProductDefinition) -> Entries:
    return {item.code: replace(item, options=()) for item in definition.attributes}


def _options(definition: ProductDefinition) -> Entries:
    return {f"{item.code} = {option.code}": option for item in definition.attributes for option in item.options}


def _clauses(definition: ProductDefinition) -> Entries:
    """Give the constraints of an imported model by their wording, each with its clauses."""
    clauses = definition.clauses
    if clauses is None:
        return {}
    bounds = [*(index for index, _ in clauses.sources), len(clauses.clauses)]
    return _numbered((wording, clauses.clauses[start:end])
                     for (start, wording), end in zip(clauses.sources, bounds[1:], strict=True))


def _rules(definition: ProductDefinition) -> Entries:
    return {**_by_code(definition.rules), **_clauses(definition)}


def _other(definition: ProductDefinition) -> Entries:
    names = ("title", "description", "family", "drawing", "currency", "tax_percent", "groups", "weight_kg")
    return {name: getattr(definition, name) for name in names}


_PARTS: Mapping[Part, Callable[[ProductDefinition], Entries]] = {
    Part.ATTRIBUTE: _attributes,
    Part.OPTION: _options,
    Part.RULE: _rules,
    Part.TABLE_RULE: lambda definition: _by_code(definition.table_rules),
    Part.PRICE: lambda definition: _by_code(definition.prices),
    Part.PARAMETER: lambda definition: definition.parameters,
    Part.TABLE: lambda definition: definition.tables,
    Part.DERIVED: lambda definition: _by_code(definition.derived),
    Part.BOM: lambda definition: _numbered((item.part, item) for item in definition.bom),
    Part.PART: lambda definition: definition.parts,
    Part.ROUTING: lambda definition: _by_code(definition.routing),
    Part.PRESET: lambda definition: _by_code(definition.presets),
    Part.CASE: lambda definition: _by_code(definition.cases),
    Part.OTHER: _other,
}
