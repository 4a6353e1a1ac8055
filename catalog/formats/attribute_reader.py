"""Attributes, options and groups of a product folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from catalog.formats.fields import NUMBER, Fields, Report, read_number
from catalog.formats.sections import Folder
from catalog.formats.yaml_source import Mapping, Node, Scalar
from catalog.product import Attribute, AttributeKind, Group, Option, Value
from catalog.rules.scope import Kind, Scope, did_you_mean
from catalog.rules.units import known_symbols, parse_unit
from catalog.text import Text

YES_NO = (Option("true", Text.of({"en": "Yes", "zh": "是"})), Option("false", Text.of({"en": "No", "zh": "否"})))
MAXIMUM_STEPS = 2_000_000
"""Steps of a number's grid, and of the grids of all numbers of a product together."""
MOST_OPTIONS = 5000
_COMMON = ("code", "kind", "title", "help", "default")
_KEYS = {
    "choice": (*_COMMON, "options"),
    "yes_no": (*_COMMON, "yes"),
    "number": (*_COMMON, "minimum", "maximum", "step", "unit"),
    "text": (*_COMMON, "max_length", "required_when"),
}
_ALL_KEYS = tuple(dict.fromkeys(key for keys in _KEYS.values() for key in keys))
_OPTION_KEYS = ("code", "title", "help", "picture")


def read_attributes(folder: Folder, main: Fields) -> tuple[Attribute, ...]:
    """Read the attributes of a product; those with a fault keep what could be read.

    Parameters
    ----------
    folder
        The product's folder.
    main
        The fields of its main file.

    Returns
    -------
    tuple[Attribute, ...]
        In the order of the source, each code once; ``required_when`` is resolved against all of them.
    """
    nodes, report = folder.section(main, "attributes")
    attributes: dict[str, Attribute] = {}
    conditions: list[tuple[str, Fields]] = []
    for node in nodes:
        fields = Fields(node, report, _ALL_KEYS)
        attribute = _attribute(fields, folder)
        if attribute.code in attributes:
            report.at(node, f"attribute {attribute.code!r} stands twice")
        elif attribute.code:
            attributes[attribute.code] = attribute
            if "required_when" in fields:
                conditions.append((attribute.code, fields))
    if not attributes:
        report.at(main.node, "a product has at least one attribute")
    _check_steps(attributes.values(), report, main)
    scope = Scope(attributes)
    for code, fields in conditions:
        condition = fields.expression("required_when", scope, Kind.TRUTH)
        attributes[code] = replace(attributes[code], required_when=condition)
    return tuple(attributes.values())


def _attribute(fields: Fields, folder: Folder) -> Attribute:
    kind = fields.word("kind", _KEYS, "choice")
    for key in _ALL_KEYS:
        node = fields.find(key)
        if node is not None and key not in _KEYS[kind]:
            fields.report.at(node, f"the key {key!r} does not belong to a {kind} attribute")
    attribute = Attribute(
        fields.code("code"), AttributeKind.CHOICE if kind == "yes_no" else AttributeKind(kind),
        fields.text("title", is_required=True), fields.text("help"),
    )
    if kind == "choice":
        attribute = replace(attribute, options=_options(fields, folder))
    elif kind == "yes_no":
        attribute = replace(attribute, options=_yes_no(fields))
    elif kind == "number":
        attribute = _number(attribute, fields)
    else:
        attribute = replace(attribute, max_length=fields.integer("max_length", 1, 1000))
    default = fields.find("default")
    return attribute if default is None else replace(
        attribute, default=read_value(attribute, default, fields.report)
    )


def _number(attribute: Attribute, fields: Fields) -> Attribute:
    minimum, maximum = fields.number("minimum"), fields.number("maximum")
    step, unit = fields.positive("step", 1), fields.string("unit", "")
    if unit:
        check_unit(fields, "unit", unit)
    place = fields.find("maximum") or fields.node
    if minimum > maximum:
        fields.report.at(place, f"found {maximum}; expected at least the minimum {minimum}")
    elif (maximum - minimum) % step:
        fields.report.at(place, f"found {maximum}; expected {minimum} plus a multiple of the step {step}")
    elif (maximum - minimum) / step > MAXIMUM_STEPS:
        fields.report.at(place, f"more than {MAXIMUM_STEPS} steps; use a larger step")
    return replace(attribute, minimum=minimum, maximum=maximum, step=step, unit=unit)


def _yes_no(fields: Fields) -> tuple[Option, ...]:
    """Give the two options; figures of a yes, such as its weight, are 0 for a no."""
    figures = {key.text: read_number(node, fields.report) for key, node in fields.pairs("yes")}
    if not figures:
        return YES_NO
    yes, no = YES_NO
    return replace(yes, properties=figures), replace(no, properties=dict.fromkeys(figures, Fraction(0)))


def _check_steps(attributes: Iterable[Attribute], report: Report, main: Fields) -> None:
    numbers = [item for item in attributes if item.kind is AttributeKind.NUMBER]
    steps = sum((item.maximum - item.minimum) / item.step for item in numbers)
    if len(numbers) > 1 and steps > MAXIMUM_STEPS:
        report.at(main.find("attributes") or main.node,
                  f"{len(numbers)} numbers have more than {MAXIMUM_STEPS} steps together; use larger steps")


def check_unit(fields: Fields, key: str, unit: str) -> None:
    """Note a unit that is not known."""
    node = fields.find(key)
    if node is not None and parse_unit(unit) is None:
        fields.report.at(node, f"unknown unit {unit!r}{did_you_mean(unit, known_symbols())}")


def read_value(attribute: Attribute, node: Node, report: Report) -> Value | None:
    """Read a default or a preset's choice for an attribute; None after a problem."""
    if not isinstance(node, Scalar):
        report.at(node, f"expected one value for {attribute.code}")
        return None
    if attribute.kind is AttributeKind.CHOICE:
        if attribute.option(node.text) is None and attribute.options:
            hint = did_you_mean(node.text, [option.code for option in attribute.options])
            report.at(node, f"unknown option {node.text!r} of {attribute.code}{hint}")
            return None
        return node.text
    if attribute.kind is AttributeKind.TEXT:
        if len(node.text) > attribute.max_length:
            report.at(node, f"{len(node.text)} characters; {attribute.code} has at most {attribute.max_length}")
        return node.text
    if not NUMBER.fullmatch(node.text):
        report.at(node, f"found {node.text!r}; expected a number for {attribute.code}")
        return None
    value = Fraction(node.text)
    if not attribute.minimum <= value <= attribute.maximum:
        report.at(node, f"found {node.text}; {attribute.code} goes from {attribute.minimum} to {attribute.maximum}")
    elif (value - attribute.minimum) % attribute.step:
        report.at(node, f"found {node.text}; {attribute.code} goes in steps of {attribute.step} "
                  f"from {attribute.minimum}")
    return value


def _options(fields: Fields, folder: Folder) -> tuple[Option, ...]:
    node = fields.required("options")
    if node is None:
        return ()
    rows: tuple[Node, ...]
    if isinstance(node, Scalar):
        table = folder.table_named(node, fields.report)
        if table is None:
            return ()
        _, rows, report = table
    else:
        rows, report = fields.items("options"), fields.report
    options: dict[str, Option] = {}
    for row in rows:
        option = _option(row, report)
        if option.code in options:
            report.at(row, f"option {option.code!r} stands twice")
        elif option.code:
            options[option.code] = option
    if len(options) > MOST_OPTIONS:
        report.at(rows[MOST_OPTIONS], f"found {len(options)} options; expected at most {MOST_OPTIONS}")
    if not rows:
        fields.report.at(node, f"attribute {fields.string('code', '')!r} has no options; expected at least one")
    return tuple(options.values())


def _option(row: Node, report: Report) -> Option:
    if isinstance(row, Scalar):
        fields = Fields(Mapping((), row.line, row.column, {"code": row}), report, _OPTION_KEYS)
        return Option(fields.code("code"), Text.of(row.text))
    properties = [key.text for key, _ in row.pairs if key.text not in _OPTION_KEYS] if isinstance(row, Mapping) else []
    fields = Fields(row, report, (*_OPTION_KEYS, *properties))
    values: dict[str, Fraction | str] = {}
    for name in properties:
        node = fields.find(name)
        if isinstance(node, Scalar):
            values[name] = Fraction(node.text) if NUMBER.fullmatch(node.text) else node.text
        elif node is not None:
            report.at(node, f"expected a number or a code as property {name!r}")
    return Option(fields.code("code"), fields.text("title", is_required=True), fields.text("help"), values,
                  fields.string("picture", ""))


def read_groups(folder: Folder, main: Fields, attributes: tuple[Attribute, ...]) -> tuple[Group, ...]:
    """Read the steps of the configurator; with any, every attribute stands in exactly one."""
    nodes, report = folder.section(main, "groups")
    known = [attribute.code for attribute in attributes]
    placed: set[str] = set()
    groups = []
    for node in nodes:
        fields = Fields(node, report, ("code", "title", "attributes"))
        members = []
        for word in fields.words("attributes"):
            if word.text not in known:
                report.at(word, f"unknown attribute {word.text!r}{did_you_mean(word.text, known)}")
            elif word.text in placed:
                report.at(word, f"attribute {word.text!r} stands in two groups")
            else:
                placed.add(word.text)
                members.append(word.text)
        groups.append(Group(fields.code("code"), fields.text("title", is_required=True), tuple(members)))
    for code in known:
        if groups and code not in placed:
            report.at(main.find("groups") or main.node, f"attribute {code!r} stands in no group")
    return tuple(groups)
