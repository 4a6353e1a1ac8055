"""Rule sets that products share: ``rule_sets/<code>.yaml`` at the top of a catalog, named by a product.

A set says in ``needs`` which attributes and values its rules name. A product that uses it is checked against these
needs first, so that a fault names both files; the rules are then read in a scope of just these names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from catalog.errors import Problem
from catalog.formats.fields import Fields, Report
from catalog.formats.rule_reader import rules_of
from catalog.formats.sections import Folder
from catalog.formats.source_files import SourceFiles
from catalog.formats.yaml_source import Node, Scalar
from catalog.product import Attribute, AttributeKind, Rule
from catalog.rules.scope import Scope, did_you_mean

RULE_SETS = "rule_sets"
_NEED_KEYS = ("code", "kind", "options", "unit")
_KINDS = ("choice", "yes_no", "number", "value")


@dataclass(frozen=True, slots=True)
class Need:
    """A name that the rules of a set use, and what it must be: an attribute of some kind, or a derived value."""

    code: str
    kind: str
    """``choice``, ``yes_no``, ``number``, or ``value`` for a derived value or a parameter."""
    options: tuple[str, ...]
    unit: str
    line: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A shared set as it stands in its file: what it needs, and its rules, not yet resolved."""

    code: str
    needs: tuple[Need, ...]
    rules: tuple[Node, ...]
    report: Report


def rule_set_file(code: str) -> str:
    """Give the path of a rule set from the top of the catalog."""
    return f"{RULE_SETS}/{code}.yaml"


def check_rule_sets(files: SourceFiles, problems: list[Problem]) -> None:
    """Note what stands against the shared rule sets as files, used or not."""
    for path in files.texts:
        if path.startswith(f"{RULE_SETS}/"):
            code = path.removeprefix(f"{RULE_SETS}/").removesuffix(".yaml")
            if path != rule_set_file(code) or "/" in code:
                problems.append(Problem(path, 0, 0, f"expected {RULE_SETS}/<code>.yaml"))
            else:
                _read_set(files, code, problems)


def read_shared_rules(folder: Folder, main: Fields, scope: Scope) -> tuple[Rule, ...]:
    """Read the rules of the sets that a product uses.

    Parameters
    ----------
    folder, main
        The product's folder and the fields of its main file, whose key ``rule_sets`` names the sets.
    scope
        All names of the product.

    Returns
    -------
    tuple of Rule
        In the order of the sets named; each code begins with its set's code.
    """
    rules: list[Rule] = []
    used: set[str] = set()
    for word in main.words(RULE_SETS):
        if word.text in used:
            main.report.at(word, f"rule set {word.text!r} stands twice")
            continue
        used.add(word.text)
        known = [path.removeprefix(f"{RULE_SETS}/").removesuffix(".yaml") for path in folder.files.texts
                 if path.startswith(f"{RULE_SETS}/")]
        if word.text not in known:
            main.report.at(word, f"unknown rule set {word.text!r}{did_you_mean(word.text, known)}")
            continue
        rules += _rules_for(folder, main, word, scope)
    return tuple(rules)


def _rules_for(folder: Folder, main: Fields, word: Scalar, scope: Scope) -> tuple[Rule, ...]:
    before = len(folder.problems)
    shared = _read_set(folder.files, word.text, folder.problems)
    if shared is None or len(folder.problems) > before:
        return ()
    unmet = [lack for need in shared.needs if (lack := _unmet(need, scope))]
    for line, message in unmet:
        main.report.at(word, f"{message}; {rule_set_file(word.text)}:{line} needs it")
    if unmet:
        return ()
    rules = rules_of(shared.rules, shared.report, _narrowed(scope, shared.needs), shared.code)
    user = f"{main.report.file}:{word.line}"
    for place, fault in enumerate(folder.problems[before:], start=before):
        folder.problems[place] = replace(fault, message=f"{fault.message} (used by {user})")
    return rules


def _read_set(files: SourceFiles, code: str, problems: list[Problem]) -> RuleSet | None:
    top = Folder(files, "", problems)
    root = top.document(rule_set_file(code))
    if root is None:
        return None
    report = top.report(rule_set_file(code))
    fields = Fields(root, report, ("title", "needs", "rules"))
    fields.text("title")
    needs: dict[str, Need] = {}
    for node in fields.items("needs"):
        need = _need(Fields(node, report, _NEED_KEYS))
        if need.code in needs:
            report.at(node, f"the need {need.code!r} stands twice")
        needs[need.code] = need
    rules = fields.items("rules")
    if not rules:
        report.at(root, "a rule set has at least one rule; expected the key 'rules'")
    return RuleSet(code, tuple(needs.values()), rules, report)


def _need(fields: Fields) -> Need:
    kind = fields.word("kind", _KINDS, "choice")
    for key, kinds in (("options", ("choice",)), ("unit", ("number", "value"))):
        node = fields.find(key)
        if node is not None and kind not in kinds:
            fields.report.at(node, f"the key {key!r} does not belong to a need of kind {kind}")
    return Need(fields.code("code"), kind, tuple(word.text for word in fields.words("options")),
                fields.string("unit", ""), fields.node.line)


def _unmet(need: Need, scope: Scope) -> tuple[int, str] | None:
    """Say what a product lacks of a need, with the line of the need; None when it has all."""
    message = _value_lacks(need, scope) if need.kind == "value" else _attribute_lacks(need, scope)
    return (need.line, message) if message else None


def _value_lacks(need: Need, scope: Scope) -> str:
    values = {**scope.parameters, **scope.derived}
    if need.code not in values:
        return f"no derived value or parameter {need.code!r}{did_you_mean(need.code, values)}"
    return _unit_differs(need, values[need.code])


def _attribute_lacks(need: Need, scope: Scope) -> str:
    attribute = scope.attributes.get(need.code)
    if attribute is None:
        return f"no attribute {need.code!r}{did_you_mean(need.code, scope.attributes)}"
    kind = _kind_of(attribute)
    if kind != need.kind:
        return f"attribute {need.code!r} is of kind {kind}, not {need.kind}"
    missing = [code for code in need.options if attribute.option(code) is None]
    if missing:
        return f"attribute {need.code!r} has no option {missing[0]!r}"
    return _unit_differs(need, attribute.unit)


def _unit_differs(need: Need, unit: str) -> str:
    if not need.unit or need.unit == unit:
        return ""
    return f"{need.code!r} is in {unit or 'no unit'}, not in {need.unit}"


def _kind_of(attribute: Attribute) -> str:
    if attribute.kind is AttributeKind.CHOICE and {option.code for option in attribute.options} == {"true", "false"}:
        return "yes_no"
    return attribute.kind.value


def _narrowed(scope: Scope, needs: Iterable[Need]) -> Scope:
    """Give the part of a scope that needs name."""
    names = {need.code for need in needs}
    return replace(
        scope, tables={},
        attributes={code: item for code, item in scope.attributes.items() if code in names},
        parameters={code: unit for code, unit in scope.parameters.items() if code in names},
        derived={code: unit for code, unit in scope.derived.items() if code in names},
    )
