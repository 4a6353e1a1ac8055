"""The answer of ``model explain``: why a value is not possible, from what it follows, or that it is possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from catalog.product import AttributeKind, ProductDefinition, Value
from configurator.appraisal import Appraiser
from configurator.commands import (
    EXIT_CONFLICT,
    EXIT_OK,
    Answer,
    Choice,
    answer_choices,
    compile_dated,
    conflict_facts,
    read_choice,
    selection_of,
    value_text,
)
from configurator.completion import complete_selection
from configurator.configuration import Conflict, Domains, OptionState, Selection
from configurator.explanation import Explanation, RuleReason, explain_forced, explain_value
from configurator.reasoning import Reasoner
from configurator.repair import Repair


def model_explain(path: Path, choices: Sequence[str], wanted: str, *, product: str = "", on: date | None = None,
                  cache_directory: Path | None = None) -> Answer:
    """Say why a value cannot be taken with some choices, and what would help.

    Parameters
    ----------
    path, choices, product, on, cache_directory
        As for ``configurator.commands.model_domains``.
    wanted
        The value in question as ``NAME=VALUE``; a choice of the same attribute is set aside.

    Returns
    -------
    tuple[int, dict[str, object]]
        0 with the ``state`` possible, chosen or forced, a forced one with the choices and rules that it follows from; 3
        with the state excluded, the choices and rules against it, and repairs, or with ``conflict`` when the choices
        contradict each other; 1 and 2 as for ``model_domains``.
    """
    def ask(definition: ProductDefinition, chosen: Mapping[str, Choice]) -> Answer:
        return _explained(definition, chosen, read_choice(definition, wanted), cache_directory)

    return answer_choices(path, choices, ask, product=product, on=on, naming=(wanted,))


def _explained(definition: ProductDefinition, chosen: Mapping[str, Choice], wanted: Choice,
               cache_directory: Path | None) -> Answer:
    model = compile_dated(definition, cache_directory)
    name, value = wanted.attribute.code, wanted.value
    selection = selection_of(chosen)
    others = selection.retract(name)
    domains = model.domains(others)
    if isinstance(domains, Conflict):
        return conflict_facts(domains, chosen)
    if wanted.attribute.kind is AttributeKind.TEXT:
        return EXIT_OK, {"state": "possible"}
    is_consistent = model.is_consistent(selection)
    if is_consistent and selection.get(name) == value:
        return EXIT_OK, {"state": "chosen"}
    if _is_forced(domains, name, value):
        cause = explain_forced(model, definition, others, attribute=name, code=str(value))
        return EXIT_OK, {"state": "forced", **_reasons(cause.attributes, cause.rules, chosen)}
    appraiser = Appraiser(definition)
    found = explain_value(model, appraiser, others, attribute=name, value=value,
                          present=_present(model, appraiser, selection if is_consistent else others))
    return (EXIT_OK, {"state": "possible"}) if found is None else (EXIT_CONFLICT, _excluded(found, chosen))


def _is_forced(domains: Domains, name: str, value: Value) -> bool:
    return isinstance(value, str) and domains.options[name][value] is OptionState.FORCED


def _present(model: Reasoner, appraiser: Appraiser, selection: Selection) -> Selection | None:
    """Give the configuration that repairs are compared with; None for a product without prices and parts."""
    return complete_selection(model, appraiser, selection) if appraiser.has_figures else None


def _excluded(found: Explanation, chosen: Mapping[str, Choice]) -> dict[str, object]:
    return {"state": "excluded", **_reasons(found.attributes, found.rules, chosen),
            "changes_needed": len(found.repairs[0].changes) if found.repairs else None,
            "repairs": [_repair(repair) for repair in found.repairs]}


def _reasons(attributes: Iterable[str], rules: Iterable[RuleReason], chosen: Mapping[str, Choice]) -> dict[str, object]:
    named = set(attributes)
    return {"choices": [choice.wording for name, choice in chosen.items() if name in named],
            "rules": [{"code": code, "reason": dict(rule.reason.entries)}
                      for rule in rules for code in (rule.code, *rule.also)]}


def _repair(repair: Repair) -> dict[str, object]:
    facts: dict[str, object] = {
        "changes": [{"name": change.attribute, "before": value_text(change.before), "after": value_text(change.after)}
                    for change in repair.changes],
        "is_least": repair.is_least}
    if repair.price_delta_minor is not None:
        facts |= {"price_minor": repair.price_minor, "price_delta_minor": repair.price_delta_minor,
                  "co2_grams": repair.co2_grams, "co2_delta_grams": repair.co2_delta_grams}
    return facts
