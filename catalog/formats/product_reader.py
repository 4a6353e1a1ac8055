"""One product folder as a product definition."""

from __future__ import annotations

from catalog.errors import Problem
from catalog.formats.attribute_reader import read_attributes, read_groups
from catalog.formats.case_reader import read_cases
from catalog.formats.fields import Fields
from catalog.formats.making_reader import Routing, read_bom, read_parts, read_prices, read_routing
from catalog.formats.need_reader import read_needs
from catalog.formats.rule_reader import (
    read_derived,
    read_parameters,
    read_presets,
    read_rules,
    read_table_rules,
    read_tables,
)
from catalog.formats.rule_sets import read_shared_rules, rule_set_file
from catalog.formats.sections import Folder
from catalog.formats.source_files import SourceFiles
from catalog.money import MINOR_UNITS_PER_MAJOR
from catalog.product import Attribute, ProductDefinition, Rule
from catalog.rules.scope import Kind, Scope

MAIN_FILE = "product.yaml"
_KEYS = (
    "title", "description", "family", "drawing", "currency", "tax_percent", "groups", "attributes", "parameters",
    "tables", "derived", "rule_sets", "rules", "table_rules", "prices", "parts", "bom", "routing", "weight_kg",
    "presets", "cases", "needs", "keywords",
)


def read_product(
    files: SourceFiles, folder_path: str, problems: list[Problem]
) -> tuple[ProductDefinition, Routing] | None:
    """Read a product folder; its last name is the product's code.

    Parameters
    ----------
    files
        The whole catalog's files, or those of the product and of the rule sets it uses.
    folder_path
        Path of the product's folder from the top of the catalog.
    problems
        Receives every fault found.

    Returns
    -------
    tuple[ProductDefinition, Routing] | None
        The product as far as it could be read and its operations with their places; None without a main file.
        Whoever uses the product looks at ``problems`` first.
    """
    folder = Folder(files, folder_path, problems)
    root = folder.document(MAIN_FILE)
    if root is None:
        return None
    main = Fields(root, folder.report(MAIN_FILE), _KEYS)
    attributes = read_attributes(folder, main)
    derived, scope = read_derived(folder, main, _scope_of(folder, main, attributes))
    parts = read_parts(folder, main)
    routing = read_routing(folder, main, scope)
    rules, table_rules = _with_shared_rules(folder, main, scope), read_table_rules(folder, main, scope)
    definition = ProductDefinition(
        code=folder_path.rsplit("/", 1)[-1],
        title=main.text("title", is_required=True),
        attributes=attributes,
        description=main.text("description"),
        family=main.string("family", ""),
        drawing=main.string("drawing", ""),
        currency=main.word("currency", MINOR_UNITS_PER_MAJOR, "CNY"),
        tax_percent=main.number("tax_percent", 13),
        groups=read_groups(folder, main, attributes),
        parameters=scope.constants,
        tables=scope.tables,
        derived=derived,
        rules=rules,
        table_rules=table_rules,
        prices=read_prices(folder, main, scope),
        parts=parts,
        bom=read_bom(folder, main, scope, parts, routing),
        routing=routing.items,
        weight_kg=main.expression("weight_kg", scope, Kind.NUMBER, "kg"),
        presets=read_presets(folder, main, scope),
        cases=read_cases(folder, main, scope, rules, table_rules),
        needs=read_needs(folder, main, scope),
        keywords=main.text("keywords"),
    )
    folder.check_all_read()
    return definition, routing


def _scope_of(folder: Folder, main: Fields, attributes: tuple[Attribute, ...]) -> Scope:
    """Give the names of a product that stand before its derived values: attributes, parameters and tables."""
    by_code = {attribute.code: attribute for attribute in attributes}
    parameters = read_parameters(main, taken=by_code)
    return Scope(by_code, dict.fromkeys(parameters, ""), tables=read_tables(folder, main), constants=parameters)


def _with_shared_rules(folder: Folder, main: Fields, scope: Scope) -> tuple[Rule, ...]:
    """Read the product's own rules, then those of the sets it uses; no code stands twice."""
    own = read_rules(folder, main, scope)
    codes = {rule.code for rule in own}
    shared = read_shared_rules(folder, main, scope)
    for rule in shared:
        if rule.code in codes:
            place = main.find("rule_sets") or main.node
            main.report.at(place, f"rule {rule.code!r} stands twice: among the product's own rules, and in "
                           f"{rule_set_file(rule.rule_set)}")
    return (*own, *shared)
