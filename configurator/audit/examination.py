"""One audit under way: the product, its two engines, the clock, and what was found so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from catalog.product import Attribute, Option, ProductDefinition, Value
from catalog.rules.expression import Expression
from catalog.text import Text
from configurator.audit.findings import (
    Finding,
    FindingKind,
    NamedRule,
    NotChecked,
    NotCheckedReason,
    Subject,
    SubjectKind,
)
from configurator.configuration import Selection
from configurator.engine.model import CompiledModel
from configurator.engine.rule_questions import Goal, OutOfTime, RuleQuestions

Item = TypeVar("Item")
_MOST_NAMED = 20
_SHARE = 0.5
"""Of the time left that one check may take, so that each gets its turn."""


class Examination:
    """What every check of one product needs.

    Parameters
    ----------
    definition
        The product with the rules of the day of interest.
    model
        Its compiled model.
    conditions
        Expressions that checks ask about, by name.
    seconds
        Of wall clock for everything.
    """

    def __init__(self, definition: ProductDefinition, model: CompiledModel, conditions: Mapping[str, Expression],
                 seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self.definition = definition
        self.model = model
        self.questions = RuleQuestions(definition, conditions, seconds=seconds)
        self.conditions = conditions
        self.attributes = {item.code: item for item in definition.attributes}
        self.defaults: Mapping[str, Value] = {
            item.code: item.default for item in definition.attributes if item.default is not None}
        self.findings: list[Finding] = []
        self.not_checked: list[NotChecked] = []

    def each(self, kind: FindingKind, items: Sequence[Item], look: Callable[[Item], Iterable[Finding]],
             name: Callable[[Item], str] = str) -> None:
        """Look at items one by one as long as the time lasts; list those left."""
        share = max(0.0, self._deadline - time.monotonic()) * _SHARE
        self.questions.stop_after(share)
        end = time.monotonic() + share
        for place, item in enumerate(items):
            try:
                if time.monotonic() > end:
                    raise OutOfTime
                self.findings += look(item)
            except OutOfTime:
                self.skip(kind, NotCheckedReason.TIME, [name(rest) for rest in items[place:]])
                return

    def improve(self, kind: FindingKind, explain: Callable[[Finding], Finding]) -> None:
        """Explain the findings of a kind one by one as long as the time lasts; the rest stay as they are."""
        self.questions.stop_after(max(0.0, self._deadline - time.monotonic()))
        for place, finding in enumerate(self.findings):
            if finding.kind is kind:
                try:
                    self.findings[place] = explain(finding)
                except OutOfTime:
                    return

    def skip(self, kind: FindingKind, reason: NotCheckedReason, subjects: Sequence[str], detail: str = "") -> None:
        """Note what is not checked."""
        if subjects:
            self.not_checked.append(
                NotChecked(kind, reason, len(subjects), tuple(subjects[:_MOST_NAMED]), detail))

    def explained(self, finding: Finding, goal: Goal, *, spared: tuple[str, ...] = ()) -> Finding:
        """Add the fewest rules that rule a goal out, and a configuration that breaks only these."""
        try:
            cause = self.questions.cause(goal, spared=spared)
            witness = finding.witness
            if witness is None and cause.codes:
                witness = self.questions.witness(goal, without=(*cause.codes, *spared))
        except OutOfTime:
            return replace(finding, are_fewest=False, is_explained=False)
        return replace(finding, rules=self.named(cause.codes), are_fewest=cause.are_fewest, witness=witness)

    def named(self, codes: Iterable[str]) -> tuple[NamedRule, ...]:
        """Give rules with their reasons."""
        return tuple(NamedRule(code, self.questions.constraints[code].reason) for code in codes)

    def usual(self, selection: Selection) -> Selection:
        """Give a whole configuration with consistent choices, defaults where they go with them."""
        return self.model.complete(selection, preferred=self.defaults)


def about_product(definition: ProductDefinition) -> Subject:
    """Give the product as the subject."""
    return Subject(SubjectKind.PRODUCT, definition.code, definition.title)


def about_attribute(item: Attribute) -> Subject:
    """Give an attribute as the subject."""
    return Subject(SubjectKind.ATTRIBUTE, item.code, item.title)


def about_option(item: Attribute, option: Option) -> Subject:
    """Give an option as the subject."""
    return Subject(SubjectKind.OPTION, item.code, item.title, option.code, option.title)


def about_rule(code: str, reason: Text, *, is_table: bool = False) -> Subject:
    """Give a rule, table or imported constraint as the subject."""
    return Subject(SubjectKind.TABLE if is_table else SubjectKind.RULE, code, reason)
