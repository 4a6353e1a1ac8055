"""Rules that say nothing, rules that contradict others, and rows of tables that nobody reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from catalog.product import ProductDefinition, Rule, Strength, TableRule
from catalog.rules import expression as ex
from configurator.audit.examination import Examination, about_rule
from configurator.audit.findings import Finding, FindingKind, Subject, SubjectKind
from configurator.engine.rule_questions import Goal

_PREMISE, _PREFERENCE = "premise of ", "preference "
_MOST_ROWS_NAMED = 20


def rule_conditions(definition: ProductDefinition) -> dict[str, ex.Expression]:
    """Give the expressions that these checks ask about."""
    found: dict[str, ex.Expression] = {}
    for rule in definition.rules:
        if rule.strength is Strength.SOFT:
            found[_PREFERENCE + rule.code] = rule.expression
        elif isinstance(rule.expression, ex.Implies):
            found[_PREMISE + rule.code] = rule.expression.premise
    return found


def check_rules(examination: Examination) -> None:
    """Find rules that never apply, forbid their own condition, never bite, or follow from others."""
    conditional = [rule for rule in examination.definition.rules if _PREMISE + rule.code in _known(examination)]
    examination.each(FindingKind.NEVER_APPLIES, conditional, lambda rule: _premise(examination, rule), _code)
    silent = {finding.subject.code for finding in examination.findings
              if finding.kind is FindingKind.NEVER_APPLIES}
    others = [code for code in examination.questions.constraints if code not in silent]
    examination.each(FindingKind.REDUNDANT, others, lambda code: _redundant(examination, code))


def check_preferences(examination: Examination) -> None:
    """Find soft rules that no configuration meets, and such that every one meets."""
    soft = [rule for rule in examination.definition.rules if _PREFERENCE + rule.code in _known(examination)]
    examination.each(FindingKind.PREFERENCE_NEVER_MET, soft, lambda rule: _preference(examination, rule), _code)


def check_tables(examination: Examination) -> None:
    """Find rows of tables that stand twice, or that the other rules never let anyone reach."""
    tables = examination.definition.table_rules
    examination.each(FindingKind.UNREACHABLE_ROW, tables, lambda table: _rows(examination, table), _code)


def _known(examination: Examination) -> Mapping[str, int]:
    return examination.questions.formula.conditions


def _code(rule: Rule | TableRule) -> str:
    return rule.code


def _premise(examination: Examination, rule: Rule) -> Iterator[Finding]:
    applies = Goal(conditions=((_PREMISE + rule.code, True),))
    if examination.questions.is_possible(applies):
        return
    subject = about_rule(rule.code, rule.reason)
    if not examination.questions.is_possible(applies, without=(rule.code,)):
        if examination.questions.is_possible(Goal(broken=(rule.code,))):
            return  # its condition has no value somewhere, and there the rule does forbid
        yield examination.explained(Finding(FindingKind.NEVER_APPLIES, subject), applies, spared=(rule.code,))
    elif not (isinstance(rule.expression, ex.Implies) and rule.expression.conclusion == ex.Truth(value=False)):
        yield examination.explained(Finding(FindingKind.FORBIDS_ITS_CONDITION, subject), applies)


def _redundant(examination: Examination, code: str) -> Iterator[Finding]:
    broken = Goal(broken=(code,))
    if examination.questions.is_possible(broken):
        return
    constraint = examination.questions.constraints[code]
    subject = about_rule(code, constraint.reason, is_table=constraint.kind == "table")
    found = examination.explained(Finding(FindingKind.REDUNDANT, subject), broken)
    yield found if found.rules or not found.is_explained else replace(found, kind=FindingKind.NEVER_BITES)


def _preference(examination: Examination, rule: Rule) -> Iterator[Finding]:
    name = _PREFERENCE + rule.code
    for is_met, kind in ((True, FindingKind.PREFERENCE_NEVER_MET), (False, FindingKind.PREFERENCE_ALWAYS_MET)):
        goal = Goal(conditions=((name, is_met),))
        if not examination.questions.is_possible(goal):
            yield examination.explained(Finding(kind, about_rule(rule.code, rule.reason)), goal)


def _rows(examination: Examination, table: TableRule) -> Iterator[Finding]:
    """Ask for each row; a configuration found for one shows the row it uses to be reached."""
    reached: set[tuple[str, ...]] = set()
    seen: dict[tuple[str, ...], int] = {}
    found = 0
    without = () if table.is_allowed else (table.code,)
    for place, row in enumerate(table.rows, start=1):
        subject = Subject(SubjectKind.ROW, table.code, table.reason, str(place))
        words = {"row": ", ".join(row)}
        if row in seen:
            yield Finding(FindingKind.REPEATED_ROW, subject, {**words, "first": str(seen[row])})
            continue
        seen[row] = place
        if row in reached or found >= _MOST_ROWS_NAMED:
            continue
        goal = _goal(examination, table, row)
        witness = None if goal is None else examination.questions.witness(goal, without=without)
        if witness is not None:
            reached.add(tuple(str(witness[name]) for name in table.attributes))
            continue
        found += 1
        finding = Finding(FindingKind.UNREACHABLE_ROW, subject, words)
        yield finding if goal is None else examination.explained(finding, goal, spared=without)


def _goal(examination: Examination, table: TableRule, row: tuple[str, ...]) -> Goal | None:
    """Ask for a row; None when it has a code that its attribute does not have."""
    pairs = dict(zip(table.attributes, row, strict=True))
    is_known = all(code in examination.questions.formula.literals[name] for name, code in pairs.items())
    return Goal(options=pairs) if is_known else None
