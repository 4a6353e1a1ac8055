"""The audit of one product: every check in turn, within a time, with what was not checked said."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from catalog.product import ProductDefinition, Strength
from configurator.audit.examination import Examination, about_product
from configurator.audit.figures import check_figures, figure_conditions
from configurator.audit.findings import SEVERITIES, Audit, Finding, FindingKind, NotCheckedReason, Severity
from configurator.audit.reach import check_reach
from configurator.audit.rule_checks import check_preferences, check_rules, check_tables, rule_conditions
from configurator.audit.starting_points import check_cases, check_first_choices, check_starting_points
from configurator.configuration import Conflict, Selection
from configurator.engine.compiler import Budget
from configurator.engine.loading import compile_definition
from configurator.engine.model import CompiledModel
from configurator.engine.rule_questions import Goal

DEFAULT_SECONDS: Final = 60.0
_COMPILING_SHARE = 0.4
_MOST_EDGES = 3_000_000
_ORDER = {severity: place for place, severity in enumerate(Severity)}
_KINDS = {kind: place for place, kind in enumerate(FindingKind)}


def audit_product(definition: ProductDefinition, *, seconds: float = DEFAULT_SECONDS,
                  cache_directory: Path | None = None, model: CompiledModel | None = None) -> Audit:
    """Examine a product for everything that its engineer should know before its customers do.

    Parameters
    ----------
    definition
        The product; its rules are those valid on the day of interest (``configurator.view.with_rules_of``).
    seconds
        Of wall clock, > 0, about which the audit ends; what it did not get to is listed in ``not_checked``.
    cache_directory
        Where compiled models are kept; None keeps nothing.
    model
        The product compiled already; None compiles it here.

    Returns
    -------
    Audit
        Every finding is certain: proven by the rules, not sampled.

    Raises
    ------
    ComponentTooLarge, RuleTooWide
        The product couples more than can be solved ahead; publishing refuses it too.
    """
    compiled = model or _compiled(definition, seconds, cache_directory)
    conditions = {**rule_conditions(definition), **figure_conditions(definition)}
    examination = Examination(definition, compiled, conditions, seconds)
    cases = check_cases(examination)
    domains = compiled.domains(Selection())
    if isinstance(domains, Conflict):
        _void(examination)
    else:
        check_reach(examination, domains)
        check_starting_points(examination, domains)
        check_figures(examination)
        check_preferences(examination)
        check_tables(examination)
        check_rules(examination)
        check_first_choices(examination, domains)
    if compiled.method == "search":
        examination.findings.append(Finding(FindingKind.SEARCH_SERVES, about_product(definition)))
    variants = 0 if isinstance(domains, Conflict) else domains.count
    findings = sorted(examination.findings, key=lambda item: (_ORDER[item.severity], _KINDS[item.kind]))
    return Audit(definition.code, definition.title, variants, compiled.method,
                 len(examination.questions.constraints) + sum(r.strength is Strength.SOFT for r in definition.rules),
                 tuple(findings), cases, tuple(examination.not_checked))


def _compiled(definition: ProductDefinition, seconds: float, cache_directory: Path | None) -> CompiledModel:
    identity = sha256(repr(definition).encode()).hexdigest()
    return compile_definition(definition, content_hash=identity, cache_directory=cache_directory,
                              budget=Budget(seconds * _COMPILING_SHARE, _MOST_EDGES))


def _void(examination: Examination) -> None:
    """Say why nothing is valid; all else would follow from that."""
    examination.each(FindingKind.VOID, [examination.definition.code], lambda _: [examination.explained(
        Finding(FindingKind.VOID, about_product(examination.definition)), Goal())])
    unsaid = {FindingKind.VOID, FindingKind.CASE_REFUSED, FindingKind.CASE_ALLOWED,
              FindingKind.CASE_REFUSED_BY_OTHERS, FindingKind.SEARCH_SERVES}
    for kind in SEVERITIES:
        if kind not in unsaid:
            examination.skip(kind, NotCheckedReason.VOID, [examination.definition.code])
