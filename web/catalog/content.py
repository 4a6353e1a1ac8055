"""What a version says, readable: attributes with their options, rules with their reasons, test configurations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.product import Attribute, AttributeKind, ConfigurationCase, ProductDefinition, Rule, Strength, TableRule
from catalog.rules.printing import print_expression
from web import formatting
from web.words import gettext as _
from web.words import ngettext

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute with what can be chosen."""

    code: str
    title: str
    kind: str
    values: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as the engineer reads it."""

    code: str
    expression: str
    reason: str
    strength: str
    validity: str
    rule_set: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A named test configuration."""

    code: str
    title: str
    choices: str
    expected: str


def attribute_rows(definition: ProductDefinition, *, search: str, page: int) -> tuple[tuple[AttributeRow, ...], int]:
    """Show a page of the attributes that a search finds by code or title; give how many it finds in all."""
    language = formatting.language()
    wanted = search.casefold()
    found = [item for item in definition.attributes
             if wanted in item.code.casefold() or wanted in item.title.in_language(language).casefold()]
    start = (page - 1) * PAGE_SIZE
    return tuple(_attribute(item, language) for item in found[start:start + PAGE_SIZE]), len(found)


def _attribute(item: Attribute, language: str) -> AttributeRow:
    title = item.title.in_language(language)
    if item.kind is AttributeKind.NUMBER:
        values = formatting.range_words(formatting.plain_number(item.minimum), formatting.plain_number(item.maximum))
        step = _("step %(step)s", step=formatting.plain_number(item.step))
        return AttributeRow(item.code, title, _("Number"), f"{values} {item.unit} · {step}".replace("  ", " "))
    if item.kind is AttributeKind.TEXT:
        return AttributeRow(item.code, title, _("Text"),
                            ngettext("%(num)s character at most", "%(num)s characters at most", item.max_length))
    if {option.code for option in item.options} == {"true", "false"}:
        return AttributeRow(item.code, title, _("Yes or no"), "")
    return AttributeRow(item.code, title, ngettext("%(num)s option", "%(num)s options", len(item.options)),
                        formatting.enumerated([_option(option.code, option.title.in_language(language))
                                               for option in item.options]))


def _option(code: str, title: str) -> str:
    return f"{title} ({code})" if title and title != code else code


def rule_rows(definition: ProductDefinition, *, search: str, page: int) -> tuple[tuple[RuleRow, ...], int]:
    """Show a page of the rules that a search finds in code, wording, reason or rule set; give how many in all."""
    wanted = search.casefold()
    found = [row for row in _all_rules(definition)
             if any(wanted in text.casefold() for text in (row.code, row.expression, row.reason, row.rule_set))]
    start = (page - 1) * PAGE_SIZE
    return tuple(found[start:start + PAGE_SIZE]), len(found)


def _all_rules(definition: ProductDefinition) -> Iterator[RuleRow]:
    language = formatting.language()
    for rule in definition.rules:
        yield RuleRow(rule.code, print_expression(rule.expression), rule.reason.in_language(language),
                      _strength(rule), _validity(rule), rule.rule_set)
    for table in definition.table_rules:
        names = ", ".join(table.attributes)
        words = (ngettext("%(names)s: %(num)s allowed combination", "%(names)s: %(num)s allowed combinations",
                          len(table.rows), names=names) if table.is_allowed else
                 ngettext("%(names)s: %(num)s forbidden combination", "%(names)s: %(num)s forbidden combinations",
                          len(table.rows), names=names))
        yield RuleRow(table.code, words, table.reason.in_language(language), _("hard"), _validity(table), "")
    if definition.clauses is not None:
        for number, (_first, wording) in enumerate(definition.clauses.sources, start=1):
            yield RuleRow(f"#{number}", wording, "", _("hard"), "", "")


def _strength(rule: Rule) -> str:
    if rule.strength is Strength.HARD:
        return _("hard")
    return _("preference, weight %(weight)s", weight=rule.weight)


def _validity(rule: Rule | TableRule) -> str:
    if rule.valid_from is None and rule.valid_until is None:
        return ""
    first = rule.valid_from.isoformat() if rule.valid_from else "…"
    until = rule.valid_until.isoformat() if rule.valid_until else "…"
    return f"{first} – {until}"


def case_rows(definition: ProductDefinition) -> tuple[CaseRow, ...]:
    """Show the named test configurations."""
    return tuple(_case(item) for item in definition.cases)


def _case(item: ConfigurationCase) -> CaseRow:
    choices = formatting.enumerated([
        f"{code} = {value if isinstance(value, str) else formatting.plain_number(value)}"
        for code, value in item.selection.items()])
    expected = _("must be valid") if item.is_valid else _("must be refused")
    return CaseRow(item.code, item.title.in_language(formatting.language()), choices, expected)
