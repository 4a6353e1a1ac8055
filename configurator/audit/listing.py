"""Which parts of a product were added, removed, renamed or changed from one version to the next. Imports no engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from catalog.bom import Part
from catalog.price_book import PriceItem
from catalog.product import (
    Attribute,
    AttributeKind,
    ClauseSet,
    ConfigurationCase,
    Option,
    ProductDefinition,
    Rule,
    TableRule,
    Value,
)
from catalog.routing import RoutingItem
from catalog.rules.expression import Expression
from catalog.rules.printing import exact_decimal, print_expression
from configurator.audit.changes import Change, ItemChange

Written = Mapping[str, str]
"""What stands there, by code, as text."""


def list_changes(old: ProductDefinition, new: ProductDefinition, renamed: Mapping[str, str]) -> Iterator[ItemChange]:
    """Compare two versions part by part.

    Parameters
    ----------
    old, new
        The versions.
    renamed
        New to old code of attributes that are the same under another name.

    Yields
    ------
    ItemChange
        In the order of parts that a person would read them.
    """
    for after, before in renamed.items():
        yield ItemChange("attribute", after, Change.RENAMED, before, after)
    known = {before: after for after, before in renamed.items()}
    yield from _compared("attribute", {known.get(item.code, item.code): _attribute(item) for item in old.attributes},
                         {item.code: _attribute(item) for item in new.attributes})
    yield from _options(old, new, known)
    for part, first, second in _parts(old, new):
        yield from _compared(part, first, second)


def _parts(old: ProductDefinition, new: ProductDefinition) -> Iterator[tuple[str, Written, Written]]:
    first, second = _written(old), _written(new)
    for part in first:
        yield part, first[part], second[part]


def _written(item: ProductDefinition) -> dict[str, Written]:
    """Write every part below the attributes as texts that are equal when the parts are."""
    return {
        "rule": {rule.code: _rule(rule) for rule in item.rules},
        "table": {table.code: _table(table) for table in item.table_rules},
        "tree": _tree(item.clauses),
        "constraint": _constraints(item.clauses),
        "derived": {it.code: f"{print_expression(it.expression)} {it.unit}".strip() for it in item.derived},
        "parameter": {code: str(value) for code, value in item.parameters.items()},
        "lookup_table": {code: f"{', '.join(it.columns)}: {_rows(it.rows)}" for code, it in item.tables.items()},
        "price": {price.code: _price(price) for price in item.prices},
        "part": {code: _part(it) for code, it in item.parts.items()},
        "bom": {f"{it.part} {place}": f"{print_expression(it.quantity)}{_when(it.when)} {it.operation}".strip()
                for place, it in enumerate(item.bom, start=1)},
        "operation": {it.code: _operation(it) for it in item.routing},
        "preset": {it.code: _choices(it.selection) for it in item.presets},
        "case": {it.code: _case(it) for it in item.cases},
        "need": {f"{question.code}: {it.code}": f"{_choices(it.choose)}; {_choices(it.wish)}".strip("; ")
                 for question in item.needs for it in question.answers},
        "product": {"currency": item.currency, "tax_percent": str(item.tax_percent),
                    "weight_kg": "" if item.weight_kg is None else print_expression(item.weight_kg)},
    }


def _compared(part: str, old: Written, new: Written) -> Iterator[ItemChange]:
    for code in dict.fromkeys([*old, *new]):
        if code not in new:
            yield ItemChange(part, code, Change.REMOVED, old=old[code])
        elif code not in old:
            yield ItemChange(part, code, Change.ADDED, new=new[code])
        elif old[code] != new[code]:
            yield ItemChange(part, code, Change.CHANGED, old[code], new[code])


def _options(old: ProductDefinition, new: ProductDefinition, known: Mapping[str, str]) -> Iterator[ItemChange]:
    """Compare the options, and their properties, of attributes that both versions have."""
    before = {known.get(item.code, item.code): item for item in old.attributes}
    for after in new.attributes:
        if after.code not in before:
            continue
        earlier = {f"{after.code}={option.code}": option for option in before[after.code].options}
        later = {f"{after.code}={option.code}": option for option in after.options}
        yield from _compared("option", dict.fromkeys(earlier, "option"), dict.fromkeys(later, "option"))
        for code in earlier.keys() & later.keys():
            yield from _compared("property", _properties(code, earlier[code]), _properties(code, later[code]))


def _properties(code: str, option: Option) -> Written:
    return {f"{code}.{name}": str(value) for name, value in option.properties.items()}


def _attribute(item: Attribute) -> str:
    default = "" if item.default is None else f", default {item.default}"
    match item.kind:
        case AttributeKind.NUMBER:
            return f"number {item.minimum} to {item.maximum} by {item.step} {item.unit}".strip() + default
        case AttributeKind.TEXT:
            return f"text of {item.max_length}{_when(item.required_when)}"
        case AttributeKind.CHOICE:
            return "choice" + default


def _rule(rule: Rule) -> str:
    weight = f" {rule.weight}" if rule.strength != "hard" else ""
    return f"{rule.strength}{weight}: {print_expression(rule.expression)}{_period(rule)}"


def _table(table: TableRule) -> str:
    kind = "allowed" if table.is_allowed else "forbidden"
    return f"{kind} {', '.join(table.attributes)}: {_rows(sorted(table.rows))}{_period(table)}"


def _period(item: Rule | TableRule) -> str:
    since = "" if item.valid_from is None else f" from {item.valid_from}"
    return since + ("" if item.valid_until is None else f" until {item.valid_until}")


def _rows(rows: Iterable[object]) -> str:
    return "; ".join(_row(row) for row in rows)


def _row(row: object) -> str:
    return ", ".join(_row(item) for item in row) if isinstance(row, tuple) else str(row)


def _tree(clauses: ClauseSet | None) -> Written:
    """Give a feature tree: its groups by parent and first child, then what else stands before the constraints."""
    if clauses is None or not (clauses.groups or clauses.sources):
        return {}
    groups = {f"{clauses.names[group.parent - 1]}: {clauses.names[group.children[0] - 1]} …":
              f"{group.low} to {group.high} of {', '.join(clauses.names[child - 1] for child in group.children)}"
              for group in clauses.groups if group.children}
    end = clauses.sources[0][0] if clauses.sources else len(clauses.clauses)
    return {**groups, **{words: words for words in _worded(clauses, end)}}


def _constraints(clauses: ClauseSet | None) -> Written:
    """Give imported constraints by their wording, or the clauses themselves where there is none."""
    if clauses is None or (clauses.groups and not clauses.sources):
        return {}
    if clauses.sources:
        return {wording: wording for _, wording in clauses.sources}
    return {words: words for words in _worded(clauses, len(clauses.clauses))}


def _worded(clauses: ClauseSet, end: int) -> list[str]:
    return [" or ".join(clauses.names[item - 1] if item > 0 else f"not {clauses.names[-item - 1]}" for item in clause)
            for clause in clauses.clauses[:end]]


def _price(item: PriceItem) -> str:
    return f"{print_expression(item.amount)}{_when(item.when)}, {item.level}, {item.billing}"


def _operation(item: RoutingItem) -> str:
    after = f" after {', '.join(item.predecessors)}" if item.predecessors else ""
    family = "" if item.setup_family is None else f" set up by {print_expression(item.setup_family)}"
    batch = f", {item.batch} pieces at once" if item.batch > 1 else ""
    needs = f" with {item.needs}" if item.needs else ""
    paused = "" if item.is_resumable else ", never paused"
    minutes = f"{print_expression(item.minutes)} min{batch}{paused}"
    return f"{item.capability}{needs}, {minutes}{_when(item.when)}{after}{family}"


def _part(item: Part) -> str:
    lead = f", {item.lead_days} days to get" if item.lead_days else ""
    since = "" if item.available_from is None else f", from {item.available_from}"
    cost = "" if item.unit_cost is None else f", costs {exact_decimal(item.unit_cost)}"
    return f"{item.unit}, {item.co2_kg_per_unit} kg CO2{lead}{since}{cost}"


def _when(condition: Expression | None) -> str:
    return "" if condition is None else f" when {print_expression(condition)}"


def _choices(selection: Mapping[str, Value]) -> str:
    return ", ".join(f"{code} = {value}" for code, value in sorted(selection.items()))


def _case(item: ConfigurationCase) -> str:
    because = f" because of {', '.join(item.rules)}" if item.rules else ""
    return f"{_choices(item.selection)}: {'valid' if item.is_valid else 'invalid'}{because}"
