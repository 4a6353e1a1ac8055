"""Parameters, look-up tables, derived values, rules and presets of a product folder."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from collections.abc import Mapping as MappingType
from collections.abc import Sequence as SequenceType
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from catalog.formats.attribute_reader import check_unit, read_value
from catalog.formats.fields import Fields, Report, read_number
from catalog.formats.sections import Folder
from catalog.formats.yaml_source import Node, Scalar
from catalog.product import (
    Attribute,
    AttributeKind,
    DerivedValue,
    LookupTable,
    Option,
    Preset,
    Rule,
    Strength,
    TableRule,
    Value,
)
from catalog.rules import expression as ex
from catalog.rules.extent import ExpressionTooLarge, Extent, measure
from catalog.rules.scope import Kind, Scope, did_you_mean
from catalog.rules.traversal import derived_of, rewrite, walk
from catalog.text import Text

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DERIVED_KEYS = ("code", "title", "value", "unit", "digits", "shown")
_RULE_KEYS = (
    "code", "holds", "when", "requires", "for_each", "reason", "strength", "weight", "valid_from", "valid_until",
)
_TABLE_RULE_KEYS = ("code", "table", "kind", "reason", "valid_from", "valid_until")
GREATEST_WEIGHT = 1000
MOST_TABLE_ROWS = 2000
MOST_RULES = 20_000
MOST_PARTS = 1_000_000
"""Parts of all rules of a product together, ``for_each`` and ``sum`` written out."""


def read_parameters(main: Fields, *, taken: Container[str]) -> dict[str, Fraction]:
    """Read the named constants of a product; their names are not those of attributes."""
    parameters: dict[str, Fraction] = {}
    for name, node in main.pairs("parameters"):
        if name.text in taken:
            main.report.at(name, f"the name {name.text!r} stands twice")
        parameters[name.text] = read_number(node, main.report)
    return parameters


def read_tables(folder: Folder, main: Fields) -> dict[str, LookupTable]:
    """Read the look-up tables: CSV files whose first column is the ascending key."""
    tables: dict[str, LookupTable] = {}
    for node in main.words("tables"):
        found = folder.table_named(node, main.report)
        if found is None:
            continue
        header, rows, report = found
        if len(rows) > MOST_TABLE_ROWS:
            report.at(rows[MOST_TABLE_ROWS], f"found {len(rows)} rows; expected at most {MOST_TABLE_ROWS} in a table "
                      "that is looked up")
            continue
        code = node.text.rsplit("/", 1)[-1].removesuffix(".csv")
        numbers: list[tuple[Fraction, tuple[Fraction, ...]]] = []
        for row in rows:
            fields = Fields(row, report, header)
            values = tuple(fields.number(name) for name in header)
            if numbers and values[0] <= numbers[-1][0]:
                report.at(row, f"found the key {values[0]} after {numbers[-1][0]}; expected ascending keys")
            numbers.append((values[0], values))
        tables[code] = LookupTable(code, header, tuple(numbers))
    return tables


def read_derived(folder: Folder, main: Fields, scope: Scope) -> tuple[tuple[DerivedValue, ...], Scope]:
    """Read the derived values, in an order in which each names only earlier ones, and the scope with them."""
    nodes, report = folder.section(main, "derived")
    entries: dict[str, tuple[Fields, str]] = {}
    for node in nodes:
        fields = Fields(node, report, _DERIVED_KEYS)
        code, unit = fields.code("code"), fields.string("unit", "")
        if unit:
            check_unit(fields, "unit", unit)
        if code in entries or code in scope.names():
            report.at(node, f"the name {code!r} stands twice")
        elif code:
            entries[code] = (fields, unit)
    whole = replace(scope, derived={code: unit for code, (_, unit) in entries.items()})
    values: dict[str, DerivedValue] = {}
    for code, (fields, unit) in entries.items():
        expression = fields.expression("value", whole, Kind.NUMBER, unit, is_required=True)
        values[code] = DerivedValue(
            code, fields.text("title", is_required=True), expression or ex.Number(Fraction(0)), unit,
            fields.integer("digits", 0, 6, 2), fields.word("shown", ("true", "false"), "true") == "true",
        )
    places = {code: fields for code, (fields, _) in entries.items()}
    ordered = _ordered(values, places)
    return ordered, _measured(ordered, whole, places)


def _measured(ordered: Iterable[DerivedValue], scope: Scope, places: MappingType[str, Fields]) -> Scope:
    """Give the scope with the extents of derived values, each from those before it; note what would blow up."""
    extents: dict[str, Extent] = {}
    for item in ordered:
        try:
            extents[item.code] = measure(item.expression, replace(scope, extents=extents))
        except ExpressionTooLarge as error:
            fields = places[item.code]
            fields.report.at(fields.find("value") or fields.node, str(error))
    return replace(scope, extents=extents)


def _ordered(values: MappingType[str, DerivedValue], fields: MappingType[str, Fields]) -> tuple[DerivedValue, ...]:
    waits = {code: derived_of(value.expression) & values.keys() for code, value in values.items()}
    ordered: dict[str, DerivedValue] = {}
    while len(ordered) < len(values):
        ready = [code for code in values if code not in ordered and waits[code] <= ordered.keys()]
        if not ready:
            left = [code for code in values if code not in ordered]
            circle = find_circle({code: tuple(sorted(waits[code] - ordered.keys())) for code in left})
            first = fields[circle[0]]
            first.report.at(first.find("value") or first.node, f"derived values in a circle: {' → '.join(circle)}")
            return (*ordered.values(), *(values[code] for code in left))
        ordered.update({code: values[code] for code in ready})
    return tuple(ordered.values())


def find_circle(waits: MappingType[str, SequenceType[str]]) -> list[str]:
    """Give one circle in a graph in which every node has a successor; the first code is repeated at the end."""
    path: list[str] = [next(iter(waits))]
    while path.count(path[-1]) < 2:
        path.append(next(code for code in waits[path[-1]] if code in waits))
    return path[path.index(path[-1]):]


def read_rules(folder: Folder, main: Fields, scope: Scope) -> tuple[Rule, ...]:
    """Read the product's own rules; one with ``for_each`` becomes a rule for every option of that attribute."""
    nodes, report = folder.section(main, "rules")
    return rules_of(nodes, report, scope)


def rules_of(nodes: Iterable[Node], report: Report, scope: Scope, rule_set: str = "") -> tuple[Rule, ...]:
    """Read rules from their nodes.

    Parameters
    ----------
    nodes, report
        The entries of a list of rules, and the problems of their file.
    scope
        The names that the rules may use.
    rule_set
        The shared set they belong to; it stands before their codes, as in ``services.warranty_10y``.

    Returns
    -------
    tuple of Rule
        Each code once; what is faulty, or more than can be held, is noted and left out.
    """
    rules: dict[str, Rule] = {}
    parts = 0
    for node in nodes:
        for rule in _written_out(Fields(node, report, _RULE_KEYS), scope, rule_set):
            if rule.code in rules:
                report.at(node, f"rule {rule.code!r} stands twice")
            rules[rule.code] = rule
            parts += sum(1 for _ in walk(rule.expression))
        if len(rules) > MOST_RULES or parts > MOST_PARTS:
            report.at(node, f"up to here {len(rules)} rules of {parts} parts, for_each and sum written out; "
                      f"expected at most {MOST_RULES} rules of {MOST_PARTS} parts")
            break
    return tuple(rules.values())


def _written_out(fields: Fields, scope: Scope, rule_set: str) -> list[Rule]:
    code, reason = fields.code("code"), fields.text("reason", is_required=True)
    strength = Strength(fields.word("strength", tuple(Strength), "hard"))
    weight = fields.integer("weight", 1, GREATEST_WEIGHT, 1)
    if strength is Strength.HARD and (node := fields.find("weight")) is not None:
        fields.report.at(node, "found a weight on a hard rule; expected it on a soft one")
    valid_from, valid_until = read_period(fields)
    expression = _condition(fields, scope)
    if expression is None or not code or not _speaks_of_choices(fields, scope, expression):
        return []
    code = f"{rule_set}.{code}" if rule_set else code
    rule = Rule(code, expression, reason, strength, valid_from, valid_until, weight, rule_set)
    if fields.find("for_each") is None:
        return [rule]
    attribute = scope.attributes.get(fields.string("for_each"))
    if attribute is None or attribute.kind is not AttributeKind.CHOICE:
        choices = [name for name, item in scope.attributes.items() if item.kind is AttributeKind.CHOICE]
        name = fields.string("for_each")
        fields.report.at(fields.find("for_each") or fields.node,
                         f"unknown choice attribute {name!r}{did_you_mean(name, choices)}")
        return []
    if len(attribute.options) * sum(1 for _ in walk(expression)) > MOST_PARTS:
        fields.report.at(fields.find("for_each") or fields.node,
                         f"{len(attribute.options)} options make more than {MOST_PARTS} parts of this rule; "
                         "shorten it, or use a table rule")
        return []
    return [
        replace(rule, code=f"{code}.{option.code}", expression=_for_option(expression, attribute, option),
                reason=_filled(reason, option, fields))
        for option in attribute.options
    ]


def written_for(rule: Rule) -> str:
    """Give the code as it stands in the source of a rule that ``for_each`` wrote out; empty for any other rule."""
    match rule.expression:
        case ex.Implies(ex.Comparison("=", ex.Attribute(), ex.Code(option)), _) if rule.code.endswith(f".{option}"):
            return rule.code.removesuffix(f".{option}")
    return ""


def read_period(fields: Fields) -> tuple[date | None, date | None]:
    """Read the first day on which a rule is valid, and the first on which it is no more; None: open."""
    valid_from, valid_until = fields.day("valid_from"), fields.day("valid_until")
    if valid_from and valid_until and valid_from >= valid_until:
        fields.report.at(fields.find("valid_until") or fields.node, "expected a day after valid_from")
    return valid_from, valid_until


def _speaks_of_choices(fields: Fields, scope: Scope, expression: ex.Expression) -> bool:
    """Note a rule that reads a text: texts are no part of what the rules decide."""
    texts = [node.code for node in walk(expression) if isinstance(node, ex.Attribute)
             and (item := scope.attributes.get(node.code)) is not None and item.kind is AttributeKind.TEXT]
    if texts:
        place = fields.find("requires") or fields.find("holds") or fields.node
        fields.report.at(place, f"found the text {texts[0]!r}; a rule speaks of choices and numbers")
    return not texts


def _condition(fields: Fields, scope: Scope) -> ex.Expression | None:
    if "holds" in fields:
        for key in ("when", "requires"):
            node = fields.find(key)
            if node is not None:
                fields.report.at(node, f"found 'holds' and {key!r}; expected 'holds', or 'when' with 'requires'")
        return fields.expression("holds", scope, Kind.TRUTH, is_required=True)
    requires = fields.expression("requires", scope, Kind.TRUTH, is_required=True)
    when = fields.expression("when", scope, Kind.TRUTH, is_required=True)
    return ex.Implies(when, requires) if when is not None and requires is not None else None


def _for_option(expression: ex.Expression, attribute: Attribute, option: Option) -> ex.Expression:
    def change(node: ex.Expression) -> ex.Expression:
        if isinstance(node, ex.Property) and node.attribute == attribute.code:
            value = option.properties.get(node.name)
            if value is not None:
                return ex.Code(value) if isinstance(value, str) else ex.Number(value)
        return node

    premise = ex.Comparison("=", ex.Attribute(attribute.code), ex.Code(option.code))
    return ex.Implies(premise, rewrite(expression, change))


def _filled(reason: Text, option: Option, fields: Fields) -> Text:
    wordings: dict[str, str] = {}
    for language, wording in reason.entries:
        def fill(match: re.Match[str], language: str = language) -> str:
            if match[1] == "title":
                return option.title.in_language(language)
            value = option.properties.get(match[1])
            if value is None:
                node = fields.find("reason") or fields.node
                hint = did_you_mean(match[1], ("title", *option.properties))
                fields.report.at(node, f"unknown placeholder {match[0]} in the reason{hint}")
                return match[0]
            return value if isinstance(value, str) else format_number(value)

        wordings[language] = _PLACEHOLDER.sub(fill, wording)
    return Text.of(wordings)


def format_number(value: Fraction) -> str:
    """Write a number without trailing zeros; at most six decimals."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{decimal:.6f}".rstrip("0").rstrip(".") if value.denominator != 1 else str(value.numerator)


def read_table_rules(folder: Folder, main: Fields, scope: Scope) -> tuple[TableRule, ...]:
    """Read the combination tables: CSV files whose columns are choice attributes."""
    nodes, report = folder.section(main, "table_rules")
    rules: dict[str, TableRule] = {}
    for node in nodes:
        rule = _table_rule(Fields(node, report, _TABLE_RULE_KEYS), folder, scope)
        if rule is not None and rule.code in rules:
            report.at(node, f"table rule {rule.code!r} stands twice")
        elif rule is not None:
            rules[rule.code] = rule
    return tuple(rules.values())


def _table_rule(fields: Fields, folder: Folder, scope: Scope) -> TableRule | None:
    code, kind = fields.code("code"), fields.word("kind", ("allowed", "forbidden"), "allowed")
    reason, node = fields.text("reason", is_required=True), fields.required("table")
    found = folder.table_named(node, fields.report) if node is not None else None
    if found is None:
        return None
    header, rows, report = found
    choices = [name for name, item in scope.attributes.items() if item.kind is AttributeKind.CHOICE]
    for name in header:
        if name not in choices:
            fields.report.at(fields.node, f"unknown choice attribute {name!r} in {report.file}"
                             f"{did_you_mean(name, choices)}")
            return None
    combinations = []
    codes = {name: frozenset(option.code for option in scope.attributes[name].options) for name in header}
    for row in rows:
        cells = Fields(row, report, header)
        values = [cell.text if isinstance(cell, Scalar) and cell.text in codes[name]
                  else str(read_value(scope.attributes[name], cell, report))
                  for name in header if (cell := cells.required(name)) is not None]
        combinations.append(tuple(values))
    return TableRule(code, header, tuple(combinations), kind == "allowed", reason, *read_period(fields))


def read_presets(folder: Folder, main: Fields, scope: Scope) -> tuple[Preset, ...]:
    """Read the labelled starting points."""
    nodes, report = folder.section(main, "presets")
    presets: dict[str, Preset] = {}
    for node in nodes:
        fields = Fields(node, report, ("code", "title", "choose"))
        preset = Preset(fields.code("code"), fields.text("title", is_required=True), read_choices(fields, scope))
        if preset.code in presets:
            report.at(node, f"preset {preset.code!r} stands twice")
        presets[preset.code] = preset
    return tuple(presets.values())


def read_choices(fields: Fields, scope: Scope, *, key: str = "choose", is_required: bool = True) -> dict[str, Value]:
    """Read choices, attribute to value, under a key; what is not known is noted and left out."""
    if is_required:
        fields.required(key)
    return {
        name.text: value for name, item in fields.pairs(key)
        if (value := _choice(name, item, fields.report, scope)) is not None
    }


def _choice(key: Scalar, node: Node, report: Report, scope: Scope) -> Value | None:
    attribute = scope.attributes.get(key.text)
    if attribute is None:
        report.at(key, f"unknown attribute {key.text!r}{did_you_mean(key.text, scope.attributes)}")
        return None
    return read_value(attribute, node, report)
