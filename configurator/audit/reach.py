"""Which options and numbers no configuration reaches, and which are no choice at all."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from catalog.product import Attribute, AttributeKind
from configurator.audit.examination import Examination, about_attribute, about_option
from configurator.audit.findings import Finding, FindingKind
from configurator.configuration import Domains, NumberDomain, OptionState
from configurator.engine.rule_questions import Goal


def check_reach(examination: Examination, domains: Domains) -> None:
    """Find dead options, attributes with a single possible option, and numbers that do not reach what they declare.

    Parameters
    ----------
    examination
        Takes the findings.
    domains
        Of the empty selection.
    """
    choices = [item for item in examination.definition.attributes if item.kind is AttributeKind.CHOICE]
    numbers = [item for item in examination.definition.attributes if item.kind is AttributeKind.NUMBER]
    examination.each(FindingKind.DEAD_OPTION, choices, lambda item: _dead(examination, item, domains), _code)
    examination.each(FindingKind.SINGLE_OPTION, choices, lambda item: _single(examination, item, domains), _code)
    examination.each(FindingKind.HOLE, numbers,
                     lambda item: _gaps(examination, item, domains.numbers[item.code]), _code)


def _code(item: Attribute) -> str:
    return item.code


def _dead(examination: Examination, item: Attribute, domains: Domains) -> Iterator[Finding]:
    states = domains.options[item.code]
    living = [code for code, state in states.items() if state is not OptionState.EXCLUDED]
    if len(living) == 1 and not _is_refused_wish(item, living):
        return  # the one option left is the finding, see below
    for option in item.options:
        if option.code not in living:
            yield examination.explained(Finding(FindingKind.DEAD_OPTION, about_option(item, option)),
                                        Goal(options={item.code: option.code}))


def _is_refused_wish(item: Attribute, living: list[str]) -> bool:
    """Say whether a yes/no attribute can only be "no": that is a dead wish, not a forced one."""
    return living == ["false"] and {option.code for option in item.options} == {"true", "false"}


def _single(examination: Examination, item: Attribute, domains: Domains) -> Iterator[Finding]:
    states = domains.options[item.code]
    living = [option for option in item.options if states[option.code] is not OptionState.EXCLUDED]
    if len(living) == 1 and len(item.options) > 1 and not _is_refused_wish(item, [option.code for option in living]):
        (only,) = living
        other = Goal(barred=((item.code, only.code),))
        if examination.questions.is_thinkable(other):  # else it is meant so: a mandatory feature
            yield examination.explained(Finding(FindingKind.SINGLE_OPTION, about_option(item, only)), other)


def _gaps(examination: Examination, item: Attribute, domain: NumberDomain) -> Iterator[Finding]:
    if domain.minimum == domain.maximum and item.minimum + item.step <= item.maximum:
        words = {"value": str(domain.minimum), "unit": item.unit}
        yield Finding(FindingKind.SINGLE_VALUE, about_attribute(item), words)
    if domain.minimum > item.minimum:
        yield _gap(examination, item, FindingKind.MINIMUM_UNREACHABLE, item.minimum, domain.minimum - item.step,
                   {"declared": str(item.minimum), "reached": str(domain.minimum)})
    for (_, low), (high, _) in zip(domain.intervals, domain.intervals[1:], strict=False):
        yield _gap(examination, item, FindingKind.HOLE, low + item.step, high - item.step, {})
    if domain.maximum < item.maximum:
        yield _gap(examination, item, FindingKind.MAXIMUM_UNREACHABLE, domain.maximum + item.step, item.maximum,
                   {"declared": str(item.maximum), "reached": str(domain.maximum)})


def _gap(examination: Examination, item: Attribute, kind: FindingKind, low: Fraction, high: Fraction,
         more: dict[str, str]) -> Finding:
    """Explain why no value between two bounds is reached."""
    words = {**more, "unit": item.unit}
    if kind is FindingKind.HOLE:
        words |= {"low": str(low), "high": str(high)}
    return examination.explained(Finding(kind, about_attribute(item), words), Goal(bounds={item.code: (low, high)}))
