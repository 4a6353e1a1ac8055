"""Named test configurations of a product folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.formats.fields import Fields
from catalog.formats.rule_reader import read_choices, written_for
from catalog.formats.sections import Folder
from catalog.product import ConfigurationCase, Rule, Strength, TableRule
from catalog.rules.scope import Scope, did_you_mean

MOST_CASES = 2000
_KEYS = ("code", "title", "choose", "must_be", "because")


def read_cases(
    folder: Folder, main: Fields, scope: Scope, rules: Sequence[Rule], table_rules: Sequence[TableRule]
) -> tuple[ConfigurationCase, ...]:
    """Read the test configurations; whether they are met is judged when the product is published.

    Parameters
    ----------
    folder, main, scope
        The product's folder, the fields of its main file, and its names.
    rules, table_rules
        The product's rules, which ``because`` may name; the code of a rule with ``for_each`` stands for all that it
        wrote out.

    Returns
    -------
    tuple of ConfigurationCase
        Each code once.
    """
    codes = None if folder.problems else _reasons(rules, table_rules)
    nodes, report = folder.section(main, "cases")
    cases: dict[str, ConfigurationCase] = {}
    for node in nodes[:MOST_CASES]:
        case = _case(Fields(node, report, _KEYS), scope, codes)
        if case.code in cases:
            report.at(node, f"case {case.code!r} stands twice")
        cases[case.code] = case
    if len(nodes) > MOST_CASES:
        report.at(nodes[MOST_CASES], f"more than {MOST_CASES} cases")
    return tuple(cases.values())


def _reasons(rules: Sequence[Rule], table_rules: Sequence[TableRule]) -> dict[str, tuple[str, ...]]:
    """Give what ``because`` may say, each with the codes of the rules it stands for."""
    known: dict[str, tuple[str, ...]] = {}
    hard = [rule for rule in rules if rule.strength is Strength.HARD]
    for rule in hard:
        family = written_for(rule)
        if family:
            known[family] = (*known.get(family, ()), rule.code)
    known |= {rule.code: (rule.code,) for rule in hard}
    return known | {table.code: (table.code,) for table in table_rules}


def _case(fields: Fields, scope: Scope, codes: Mapping[str, tuple[str, ...]] | None) -> ConfigurationCase:
    """Read a case; without known codes (the rules have faults of their own) what it names is not judged."""
    is_valid = fields.word("must_be", ("valid", "invalid")) == "valid"
    named: list[str] = []
    for word in fields.words("because"):
        if codes is not None and word.text not in codes:
            fields.report.at(word, f"unknown hard rule {word.text!r}{did_you_mean(word.text, codes)}")
        named += (codes or {}).get(word.text, ())
    because = fields.find("because")
    if is_valid and because is not None:
        fields.report.at(because, "found a reason for a valid case; expected 'because' with 'must_be: invalid' only")
    return ConfigurationCase(fields.code("code"), fields.text("title", is_required=True), read_choices(fields, scope),
                             is_valid, tuple(named))
