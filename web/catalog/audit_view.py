"""An audit as its page shows it: plain values made from the stored document and the version it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from catalog.product import AttributeKind, ProductDefinition
from catalog.text import Text
from web import formatting
from web.catalog import finding_words
from web.words import gettext as _

MOST_CHOICES_IN_LINK = 60
Document = Mapping[str, Any]
"""Any: an audit as plain JSON values."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that a finding rests on."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding as a row; ``witness_url`` leads into the shop when the version serves there."""

    sentence: str
    rules: tuple[RuleView, ...]
    remark: str
    witness: str
    witness_url: str


@dataclass(frozen=True, slots=True)
class KindView:
    """All findings of one kind, with what the kind means."""

    title: str
    meaning: str
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class SeverityView:
    """All findings of one severity, by kind."""

    title: str
    tag: str
    count: int
    kinds: tuple[KindView, ...]


@dataclass(frozen=True, slots=True)
class UncheckedView:
    """What was not checked, and why."""

    title: str
    count: str
    reason: str
    subjects: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """A whole audit."""

    on: str
    rule_count: str
    severities: tuple[SeverityView, ...]
    unchecked: tuple[UncheckedView, ...]


class AuditReader:
    """Puts the document of an audit into words; ``shop_url`` is the configurator's address, empty for none."""

    def __init__(self, definition: ProductDefinition, *, shop_url: str) -> None:
        self._definition = definition
        self._shop_url = shop_url
        self._language = formatting.language()
        self._titles = {item.code: item.title.in_language(self._language) or item.code
                        for item in definition.attributes}
        self._reasons = {rule.code: rule.reason.in_language(self._language) for rule in definition.rules}
        self._reasons |= {table.code: table.reason.in_language(self._language) for table in definition.table_rules}

    def view(self, document: Document) -> AuditView:
        """Show an audit."""
        words = {"error": (_("Wrong for customers"), "late"), "warning": (_("Suspicious"), "warn"),
                 "note": (_("Worth knowing"), "info")}
        severities = []
        for severity, (title, tag) in words.items():
            findings = [item for item in document["findings"] if item["severity"] == severity]
            severities.append(SeverityView(title, tag, len(findings), self._kinds(findings)))
        unchecked = tuple(UncheckedView(
            finding_words.kind_title(item["kind"]), formatting.count(item["count"]),
            finding_words.unchecked_reason(item["reason"], otherwise=item["words"]),
            formatting.enumerated(item["subjects"])) for item in document["not_checked"])
        return AuditView(document["on"], formatting.count(document["rules"]), tuple(severities), unchecked)

    def _kinds(self, findings: Sequence[Document]) -> tuple[KindView, ...]:
        kinds = dict.fromkeys(item["kind"] for item in findings)
        return tuple(KindView(finding_words.kind_title(kind), finding_words.kind_meaning(kind),
                              tuple(self._finding(item) for item in findings if item["kind"] == kind))
                     for kind in kinds)

    def _finding(self, item: Document) -> FindingView:
        places = {**item["parameters"], "subject": self._subject(item["subject"]),
                  "choices": formatting.and_words([self._titles.get(code, code) for code in item["choices"]])}
        rules = tuple(RuleView(rule["code"], self._reasons.get(rule["code"]) or rule["reason"])
                      for rule in item["rules"])
        remark = "" if item["is_explained"] else _("The time was over before the rules were worked out.")
        if item["is_explained"] and rules and not item["are_fewest"]:
            remark = _("Perhaps fewer rules say the same.")
        witness, url = self.witness(item["witness"])
        return FindingView(finding_words.finding_sentence(item["kind"], places, otherwise=item["sentence"]), rules,
                           remark, witness, url)

    def _subject(self, subject: Document) -> str:
        code, option = subject["code"], subject.get("option", "")
        if subject["kind"] in {"rule", "table"}:
            return str(code)
        if subject["kind"] == "row":
            return f"{code}:{option}"
        attribute = self._definition.attribute(code)
        if attribute is None:
            return self._other_title(subject)
        found = attribute.option(option) if option else None
        if found is None:
            return self._titles[code]
        return f"{self._titles[code]} = {found.title.in_language(self._language) or option}"

    def _other_title(self, subject: Document) -> str:
        """Name a price, a part, an operation, a preset, a test configuration or the product itself."""
        definition, code = self._definition, subject["code"]
        if subject["kind"] == "product":
            return definition.title.in_language(self._language) or str(code)
        titles: dict[str, dict[str, Text]] = {
            "price": {item.code: item.title for item in definition.prices},
            "operation": {item.code: item.title for item in definition.routing},
            "preset": {item.code: item.title for item in definition.presets},
            "case": {item.code: item.title for item in definition.cases},
            "part": {item.code: item.title for item in definition.parts.values()},
        }
        found = titles.get(subject["kind"], {}).get(code)
        title = found.in_language(self._language) if found is not None else subject["title"]
        return f"{title} ({code})" if title and title != code else str(code)

    def witness(self, choices: Mapping[str, str] | None) -> tuple[str, str]:
        """Give a whole configuration in words, and the address that opens it in the shop; empty where there is none."""
        if not choices:
            return "", ""
        values = {code: self._value(code, text) for code, text in choices.items()}
        shown = [f"{self._titles.get(code, code)} {self._option_title(code, text)}"
                 for code, text in list(values.items())[:MOST_CHOICES_IN_LINK]]
        if len(values) > MOST_CHOICES_IN_LINK:
            return _("%(codes)s and %(count)s more", codes=formatting.enumerated(shown),
                     count=formatting.count(len(values) - MOST_CHOICES_IN_LINK)), ""
        return formatting.enumerated(shown), f"{self._shop_url}?{urlencode(values)}" if self._shop_url else ""

    def _value(self, code: str, text: str) -> str:
        attribute = self._definition.attribute(code)
        is_number = attribute is not None and attribute.kind is AttributeKind.NUMBER
        return formatting.plain_number(Fraction(text)) if is_number else text

    def _option_title(self, code: str, text: str) -> str:
        attribute = self._definition.attribute(code)
        option = attribute.option(text) if attribute is not None else None
        if option is not None:
            return option.title.in_language(self._language) or text
        return f"{text} {attribute.unit}".rstrip() if attribute is not None else text
