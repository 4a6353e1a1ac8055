"""What an audit finds, as plain values. Imports no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from catalog.text import Text
from configurator.configuration import Selection


class Severity(StrEnum):
    """How bad a finding is: wrong for customers, suspicious, or worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class SubjectKind(StrEnum):
    """What a finding is about."""

    PRODUCT = "product"
    ATTRIBUTE = "attribute"
    OPTION = "option"
    RULE = "rule"
    TABLE = "table"
    ROW = "row"
    PRICE = "price"
    PART = "part"
    OPERATION = "operation"
    PRESET = "preset"
    CASE = "case"


class FindingKind(StrEnum):
    """Every kind of finding; ``docs/audit.md`` explains each."""

    VOID = "void"
    DEAD_OPTION = "dead_option"
    SINGLE_OPTION = "single_option"
    SINGLE_VALUE = "single_value"
    MINIMUM_UNREACHABLE = "minimum_unreachable"
    MAXIMUM_UNREACHABLE = "maximum_unreachable"
    HOLE = "hole"
    REDUNDANT = "redundant"
    NEVER_BITES = "never_bites"
    NEVER_APPLIES = "never_applies"
    FORBIDS_ITS_CONDITION = "forbids_its_condition"
    UNREACHABLE_ROW = "unreachable_row"
    REPEATED_ROW = "repeated_row"
    PREFERENCE_NEVER_MET = "preference_never_met"
    PREFERENCE_ALWAYS_MET = "preference_always_met"
    NEVER_DUE = "never_due"
    UNDEFINED_AMOUNT = "undefined_amount"
    NEGATIVE_AMOUNT = "negative_amount"
    COMES_WITH = "comes_with"
    DEFAULT_IMPOSSIBLE = "default_impossible"
    DEFAULTS_CONTRADICT = "defaults_contradict"
    PRESET_CONTRADICTS = "preset_contradicts"
    CASE_REFUSED = "case_refused"
    CASE_ALLOWED = "case_allowed"
    CASE_REFUSED_BY_OTHERS = "case_refused_by_others"
    SEARCH_SERVES = "search_serves"


SEVERITIES: Mapping[FindingKind, Severity] = {
    **dict.fromkeys(FindingKind, Severity.NOTE),
    **dict.fromkeys((FindingKind.VOID, FindingKind.UNDEFINED_AMOUNT, FindingKind.NEGATIVE_AMOUNT,
                     FindingKind.PRESET_CONTRADICTS, FindingKind.CASE_REFUSED, FindingKind.CASE_ALLOWED,
                     FindingKind.CASE_REFUSED_BY_OTHERS), Severity.ERROR),
    **dict.fromkeys((FindingKind.DEAD_OPTION, FindingKind.NEVER_APPLIES, FindingKind.FORBIDS_ITS_CONDITION,
                     FindingKind.PREFERENCE_NEVER_MET, FindingKind.NEVER_DUE, FindingKind.DEFAULT_IMPOSSIBLE,
                     FindingKind.DEFAULTS_CONTRADICT, FindingKind.SEARCH_SERVES), Severity.WARNING),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about: a code with its title; of an option or a row also which one."""

    kind: SubjectKind
    code: str
    title: Text = Text()
    option: str = ""
    """Code of the option, or number of the table's row counted from 1."""
    option_title: Text = Text()


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule, table or imported constraint that a finding rests on, with its reason in words."""

    code: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing an audit found.

    Attributes
    ----------
    parameters
        Further words of the sentence, by name; values are codes or exact numbers as text.
    rules
        What it rests on: none can be spared. Empty when the product's structure alone is the reason, or when
        the kind has none. Of an option that brings several others with it: the rules that bring any of them.
    are_fewest
        Whether no smaller set of rules does the same, proven.
    is_explained
        False when the time was over before the rules were worked out; the finding itself is certain.
    choices
        Attributes whose choices take part, where choices contradict; or that an option brings with it.
    witness
        A whole configuration that shows it. Of a dead option and of an unreachable value: one that has it and breaks
        only the rules named. None when there is none to show.
    """

    kind: FindingKind
    subject: Subject
    parameters: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[NamedRule, ...] = ()
    are_fewest: bool = True
    is_explained: bool = True
    choices: tuple[str, ...] = ()
    witness: Selection | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is; follows from the kind."""
        return SEVERITIES[self.kind]


class NotCheckedReason(StrEnum):
    """Why something was not checked."""

    TIME = "time"
    TOO_WIDE = "too_wide"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something an audit would look for and did not: what kind, of how many subjects, and why."""

    kind: FindingKind
    reason: NotCheckedReason
    count: int
    subjects: tuple[str, ...] = ()
    """Codes of some of them."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of a test configuration."""

    code: str
    title: Text
    is_expected_valid: bool
    is_valid: bool
    holds: bool
    """Whether it came out as expected, by the rules expected."""
    rules: tuple[NamedRule, ...] = ()
    """The rules that refuse it; empty when it is valid."""


@dataclass(frozen=True, slots=True)
class Audit:
    """All that an audit says of one product.

    ``variants`` is the exact number of whole configurations, None when it was not counted. ``method`` is ``graph``,
    or ``search`` when the product was too large to compile and a search answers instead, exactly but more slowly.
    """

    product_code: str
    title: Text
    variants: int | None
    method: str
    rule_count: int
    findings: tuple[Finding, ...]
    """The worst first, then in the order of kinds and of the product."""
    cases: tuple[CaseResult, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)
