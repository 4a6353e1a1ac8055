"""Findings and differences in words and as JSON-ready documents. Sentences are templates; the edge translates them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from catalog.product import Value
from catalog.text import DEFAULT_LANGUAGE
from configurator.audit.findings import (
    Audit,
    CaseResult,
    Finding,
    FindingKind,
    NotChecked,
    NotCheckedReason,
    Subject,
    SubjectKind,
)

SENTENCES: Mapping[FindingKind, str] = {
    FindingKind.VOID: "Nobody can configure %(subject)s: its rules contradict each other.",
    FindingKind.DEAD_OPTION: "Nobody can choose %(subject)s: no configuration has it.",
    FindingKind.SINGLE_OPTION: "%(subject)s is no choice: every configuration has it.",
    FindingKind.SINGLE_VALUE: "%(subject)s is no choice: it is always %(value)s %(unit)s.",
    FindingKind.MINIMUM_UNREACHABLE: "%(subject)s starts at %(reached)s %(unit)s, not at %(declared)s as declared.",
    FindingKind.MAXIMUM_UNREACHABLE: "%(subject)s ends at %(reached)s %(unit)s, not at %(declared)s as declared.",
    FindingKind.HOLE: "%(subject)s cannot lie from %(low)s to %(high)s %(unit)s.",
    FindingKind.REDUNDANT: "Rule %(subject)s says nothing new: the rules named say it already.",
    FindingKind.NEVER_BITES: "Rule %(subject)s forbids nothing: it holds whatever is chosen.",
    FindingKind.NEVER_APPLIES: "Rule %(subject)s never applies: its condition cannot come true.",
    FindingKind.FORBIDS_ITS_CONDITION:
        "Rule %(subject)s contradicts others: where its condition holds, what it requires is impossible.",
    FindingKind.UNREACHABLE_ROW: "%(subject)s (%(row)s) is never used: other rules do not let anyone reach it.",
    FindingKind.REPEATED_ROW: "%(subject)s (%(row)s) stands twice, first as row %(first)s.",
    FindingKind.PREFERENCE_NEVER_MET: "No configuration meets the preference %(subject)s.",
    FindingKind.PREFERENCE_ALWAYS_MET: "Every configuration meets the preference %(subject)s.",
    FindingKind.NEVER_DUE: "%(subject)s never comes up: its condition holds in no configuration.",
    FindingKind.UNDEFINED_AMOUNT: "%(subject)s has no amount in some valid configuration.",
    FindingKind.NEGATIVE_AMOUNT: "%(subject)s is below zero in some valid configuration.",
    FindingKind.COMES_WITH: "%(subject)s brings other choices with it: %(choices)s.",
    FindingKind.DEFAULT_IMPOSSIBLE: "The default %(value)s of %(subject)s is in no configuration.",
    FindingKind.DEFAULTS_CONTRADICT: "The defaults of %(choices)s cannot stand together.",
    FindingKind.PRESET_CONTRADICTS: "%(subject)s contradicts the rules: %(choices)s cannot stand together.",
    FindingKind.CASE_REFUSED: "%(subject)s must be valid and is refused.",
    FindingKind.CASE_ALLOWED: "%(subject)s must be invalid and is valid.",
    FindingKind.CASE_REFUSED_BY_OTHERS: "%(subject)s is refused, but not by the rules it names (%(rules)s).",
    FindingKind.SEARCH_SERVES:
        "%(subject)s is too large to compile within the budget: a search serves exact answers, more slowly.",
}
"""Named places: subject, choices (titles of attributes), and the finding's own parameters."""

REASONS: Mapping[NotCheckedReason, str] = {
    NotCheckedReason.TIME: "the time was over",
    NotCheckedReason.TOO_WIDE: "it reads too much at once to be solved exactly",
    NotCheckedReason.VOID: "the product has no valid configuration",
}

_WORDS: Mapping[SubjectKind, str] = {
    SubjectKind.PRICE: "Price item", SubjectKind.PART: "Part", SubjectKind.OPERATION: "Operation",
    SubjectKind.PRESET: "Preset", SubjectKind.CASE: "Test configuration", SubjectKind.ROW: "Row",
}


def subject_in_words(subject: Subject, language: str = DEFAULT_LANGUAGE) -> str:
    """Name a subject by its titles in a language; rules and tables by their codes."""
    title = subject.title.in_language(language) or subject.code
    match subject.kind:
        case SubjectKind.RULE | SubjectKind.TABLE:
            return subject.code
        case SubjectKind.ROW:
            return f"{subject.code}:{subject.option}"
        case SubjectKind.OPTION:
            return f"{title} = {subject.option_title.in_language(language) or subject.option}"
        case _:
            return title


def sentence(finding: Finding, titles: Mapping[str, str] | None = None) -> str:
    """Say a finding in English.

    Parameters
    ----------
    finding
        Of an audit.
    titles
        Titles of the attributes by code; those not given are named by their code.

    Returns
    -------
    str
        One sentence, without the rules.
    """
    known = titles or {}
    word = _WORDS.get(finding.subject.kind, "")
    name = subject_in_words(finding.subject)
    places = {**finding.parameters, "subject": f"{word} {name}" if word else name,
              "choices": ", ".join(known.get(code, code) for code in finding.choices)}
    return " ".join((SENTENCES[finding.kind] % places).replace(" .", ".").split())


def counted(variants: int | None) -> str | None:
    """Write a number of variants in full, however many digits it has; None when it was not counted."""
    return None if variants is None else f"{Decimal(variants):f}"  # str() refuses numbers of thousands of digits


def audit_document(audit: Audit) -> dict[str, object]:
    """Give an audit as JSON-ready values; numbers are exact text."""
    return {
        "product": audit.product_code, "variants": counted(audit.variants), "method": audit.method,
        "rules": audit.rule_count,
        "findings": [finding_document(finding) for finding in audit.findings],
        "cases": [_case(case) for case in audit.cases],
        "not_checked": [_unchecked(item) for item in audit.not_checked],
    }


def finding_document(finding: Finding) -> dict[str, object]:
    """Give a finding as JSON-ready values."""
    subject: dict[str, object] = {"kind": str(finding.subject.kind), "code": finding.subject.code,
                                  "title": finding.subject.title.in_language(DEFAULT_LANGUAGE)}
    if finding.subject.option:
        subject |= {"option": finding.subject.option,
                    "option_title": finding.subject.option_title.in_language(DEFAULT_LANGUAGE)}
    return {
        "kind": str(finding.kind), "severity": str(finding.severity), "subject": subject,
        "sentence": sentence(finding), "parameters": dict(finding.parameters),
        "rules": [{"code": rule.code, "reason": rule.reason.in_language(DEFAULT_LANGUAGE)} for rule in finding.rules],
        "are_fewest": finding.are_fewest, "is_explained": finding.is_explained, "choices": list(finding.choices),
        "witness": None if finding.witness is None else selection_document(finding.witness),
    }


def selection_document(selection: Mapping[str, Value]) -> dict[str, str]:
    """Give a configuration as texts by attribute."""
    return {code: str(value) for code, value in selection.items()}


def _case(case: CaseResult) -> dict[str, object]:
    return {"code": case.code, "title": case.title.in_language(DEFAULT_LANGUAGE),
            "expected": "valid" if case.is_expected_valid else "invalid",
            "found": "valid" if case.is_valid else "invalid", "holds": case.holds,
            "rules": [rule.code for rule in case.rules]}


def _unchecked(item: NotChecked) -> dict[str, object]:
    return {"kind": str(item.kind), "reason": str(item.reason), "words": REASONS[item.reason], "count": item.count,
            "subjects": list(item.subjects), "detail": item.detail}
