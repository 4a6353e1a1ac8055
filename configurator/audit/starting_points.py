"""Where customers start: defaults, presets, first choices; and the product's named test configurations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from catalog.product import (
    Attribute,
    AttributeKind,
    ConfigurationCase,
    Option,
    Preset,
    ProductDefinition,
    Value,
)
from configurator.audit.cases import run_case
from configurator.audit.examination import Examination, about_attribute, about_option, about_product
from configurator.audit.findings import CaseResult, Finding, FindingKind, Subject, SubjectKind
from configurator.configuration import Conflict, Domains, OptionState, Selection
from configurator.engine.rule_questions import Goal
from configurator.reasoning import without_texts


def check_starting_points(examination: Examination, domains: Domains) -> None:
    """Find defaults, presets and answers about needs that contradict the rules.

    The defaults of imported features are no wishes (a feature is left out until chosen) and are not looked at.

    Parameters
    ----------
    examination
        Takes the findings.
    domains
        Of the empty selection.
    """
    definition = examination.definition
    imported = definition.clauses.names if definition.clauses is not None else ()
    defaults = _defaults(definition).items()
    wished = Selection.of({code: value for code, value in defaults if code not in imported})
    examination.each(FindingKind.DEFAULT_IMPOSSIBLE, list(wished), lambda code: _default(examination, code, domains))
    reachable = Selection.of({code: value for code, value in wished.items() if _is_reachable(code, value, domains)})
    examination.each(FindingKind.DEFAULTS_CONTRADICT, [reachable], lambda choices: _together(examination, choices),
                     lambda _: definition.code)
    starts = (*definition.presets, *_answers(definition))
    examination.each(FindingKind.PRESET_CONTRADICTS, starts, lambda item: _preset(examination, item),
                     lambda item: item.code)


def check_first_choices(examination: Examination, domains: Domains) -> None:
    """Find options that as the first and only choice make others leave their default, because of the rules.

    Parameters
    ----------
    examination
        Takes the findings.
    domains
        Of the empty selection.
    """
    definition = examination.definition
    options = [(item, option) for item in definition.attributes for option in item.options
               if domains.options.get(item.code, {}).get(option.code) is OptionState.AVAILABLE]
    reachable = Selection.of({code: value for code, value in _defaults(definition).items()
                              if _is_reachable(code, value, domains)})
    if reachable:
        examination.each(FindingKind.COMES_WITH, options, lambda pair: _alone(examination, reachable, *pair),
                         lambda pair: f"{pair[0].code}={pair[1].code}")
        examination.improve(FindingKind.COMES_WITH, lambda finding: _with_rules(examination, reachable, finding))


def check_cases(examination: Examination) -> tuple[CaseResult, ...]:
    """Run the product's test configurations; every one that does not come out as expected is an error."""
    results: list[CaseResult] = []

    def run(case: ConfigurationCase) -> Iterator[Finding]:
        result, witness = run_case(examination.questions, case)
        results.append(result)
        if result.holds:
            return
        kind = (FindingKind.CASE_REFUSED if case.is_valid else FindingKind.CASE_ALLOWED if result.is_valid
                else FindingKind.CASE_REFUSED_BY_OTHERS)
        yield Finding(kind, Subject(SubjectKind.CASE, case.code, case.title), {"rules": ", ".join(case.rules)},
                      rules=result.rules, are_fewest=False, witness=witness)

    examination.each(FindingKind.CASE_REFUSED, examination.definition.cases, run, lambda case: case.code)
    return tuple(results)


def _defaults(definition: ProductDefinition) -> dict[str, Value]:
    return {item.code: item.default for item in definition.attributes
            if item.default is not None and item.kind is not AttributeKind.TEXT}


def _is_reachable(code: str, value: Value, domains: Domains) -> bool:
    if code in domains.numbers:
        return value in domains.numbers[code]
    return domains.options[code].get(str(value), OptionState.EXCLUDED) is not OptionState.EXCLUDED


def _default(examination: Examination, code: str, domains: Domains) -> Iterator[Finding]:
    item = examination.attributes[code]
    if item.default is None or _is_reachable(code, item.default, domains):
        return
    finding = Finding(FindingKind.DEFAULT_IMPOSSIBLE, about_attribute(item), {"value": str(item.default)})
    yield examination.explained(finding, Goal.of({code: item.default}, examination.definition))


def _answers(definition: ProductDefinition) -> list[Preset]:
    """Give the answers about needs as the starting points that they are."""
    return [Preset(f"{question.code}: {answer.code}", answer.title, answer.choose)
            for question in definition.needs for answer in question.answers if answer.choose]


def _together(examination: Examination, choices: Selection) -> Iterator[Finding]:
    yield from _contradiction(examination, choices,
                              Finding(FindingKind.DEFAULTS_CONTRADICT, about_product(examination.definition)))


def _preset(examination: Examination, preset: Preset) -> Iterator[Finding]:
    choices = without_texts(examination.definition, Selection.of(preset.selection))
    subject = Subject(SubjectKind.PRESET, preset.code, preset.title)
    yield from _contradiction(examination, choices, Finding(FindingKind.PRESET_CONTRADICTS, subject))


def _contradiction(examination: Examination, choices: Selection, finding: Finding) -> Iterator[Finding]:
    """Give the finding with the fewest rules, and the choices that take part, when choices contradict."""
    answer = examination.model.domains(choices)
    if isinstance(answer, Conflict):
        named = Finding(finding.kind, finding.subject, choices=answer.attributes)
        narrowed = Selection.of({code: choices[code] for code in answer.attributes})
        yield examination.explained(named, Goal.of(narrowed, examination.definition))


def _alone(examination: Examination, defaults: Selection, item: Attribute, option: Option) -> Iterator[Finding]:
    """Tell which other attributes must leave their default when the option is the first and only choice."""
    if defaults.get(item.code) == option.code:
        return
    chosen = Selection.of({item.code: option.code})
    domains = examination.model.domains(chosen)
    if isinstance(domains, Conflict):
        return
    brought = [code for code in examination.attributes
               if code in defaults and code != item.code and not _is_reachable(code, defaults[code], domains)
               and examination.questions.is_thinkable(
                   Goal.of({**chosen, code: defaults[code]}, examination.definition))]
    if brought:
        yield Finding(FindingKind.COMES_WITH, about_option(item, option), choices=tuple(brought), are_fewest=False,
                      is_explained=False, witness=examination.usual(chosen))


def _with_rules(examination: Examination, defaults: Selection, finding: Finding) -> Finding:
    """Name rules that bring the choices of a finding."""
    chosen: dict[str, Value] = {finding.subject.code: finding.subject.option}
    goals = [Goal.of({**chosen, code: defaults[code]}, examination.definition) for code in finding.choices]
    causes = [examination.questions.cause(goal, seeks_fewest=False) for goal in goals]
    named = {code for cause in causes for code in cause.codes}
    rules = examination.named(code for code in examination.questions.constraints if code in named)
    return replace(finding, rules=rules, are_fewest=len(causes) == 1 and causes[0].are_fewest, is_explained=True)
