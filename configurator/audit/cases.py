"""Running a product's named test configurations: those that must be valid, and those that must be invalid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from catalog.errors import OnelotError, Problem
from catalog.formats.places import place_of_entry
from catalog.formats.source_files import load_files
from catalog.product import ConfigurationCase, ProductDefinition
from catalog.text import DEFAULT_LANGUAGE
from configurator.audit.findings import CaseResult, NamedRule
from configurator.configuration import Selection
from configurator.engine.rule_encoding import RuleTooWide
from configurator.engine.rule_questions import Goal, RuleQuestions
from configurator.view import with_rules_of


def run_case(questions: RuleQuestions, case: ConfigurationCase) -> tuple[CaseResult, Selection | None]:
    """Run one test configuration.

    Parameters
    ----------
    questions
        About the product with the rules of the day.
    case
        Of the product.

    Returns
    -------
    tuple[CaseResult, Selection | None]
        How it came out, and a whole configuration with its choices when it is valid. When it is refused, the
        fewest rules that do so are named; when it names rules itself, these are looked for first.

    Raises
    ------
    OutOfTime
        The time set for the questions is over.
    """
    goal = Goal.of(case.selection, questions.definition)
    witness = questions.witness(goal)
    if witness is not None:
        return CaseResult(case.code, case.title, case.is_valid, is_valid=True, holds=case.is_valid), witness
    cause = questions.cause_with(goal, case.rules) if case.rules else questions.cause(goal)
    is_by_them = not case.rules or any(code in case.rules for code in cause.codes)
    rules = tuple(NamedRule(code, questions.constraints[code].reason) for code in cause.codes)
    return CaseResult(case.code, case.title, case.is_valid, is_valid=False, holds=not case.is_valid and is_by_them,
                      rules=rules), None


def find_broken(definition: ProductDefinition) -> tuple[CaseResult, ...]:
    """Give the test configurations that do not come out as the product says; empty when all do.

    Raises
    ------
    ComponentTooLarge, RuleTooWide
        The product couples more than can be solved ahead.
    """
    if not definition.cases:
        return ()
    questions = RuleQuestions(definition)
    results = (run_case(questions, case)[0] for case in definition.cases)
    return tuple(result for result in results if not result.holds)


def find_broken_cases(definitions: Iterable[ProductDefinition], *, path: Path,
                      on: date | None) -> tuple[Problem, ...]:
    """List the test configurations of a source that do not come out as it says.

    Parameters
    ----------
    definitions
        The products read from the source.
    path
        The catalog folder or model file that they come from.
    on
        The day whose rules count; None lets every rule count.

    Returns
    -------
    tuple[Problem, ...]
        One for each broken case. Products that the engine cannot take are passed over: ``find_void`` lists them.
    """
    found = []
    for definition in definitions:
        dated = definition if on is None else with_rules_of(definition, on)
        try:
            broken = find_broken(dated)
        except (OnelotError, RuleTooWide):
            continue
        files = load_files(path)[0] if broken and path.is_dir() else None
        for result in broken:
            place = (Problem(path.name, 0, 0, "") if files is None
                     else place_of_entry(files, definition.code, "cases", result.code))
            found.append(replace(place, message=broken_in_words(result)))
    return tuple(found)


def broken_in_words(result: CaseResult) -> str:
    """Say in English what is wrong with a broken case: which rules refuse it, or that nothing does."""
    title = result.title.in_language(DEFAULT_LANGUAGE)
    name = f"test configuration {result.code}" + (f" ({title})" if title else "")
    if result.is_valid:
        return f"{name} must be invalid and is valid: no rule refuses it"
    reasons = "; ".join(f"{rule.code}: {rule.reason.in_language(DEFAULT_LANGUAGE)}" for rule in result.rules)
    by = f"refused by {reasons}" if reasons else "refused by what the product is made of, no rule taking part"
    if result.is_expected_valid:
        return f"{name} must be valid and is {by}"
    return f"{name} must be refused by a rule that it names and is {by}"
