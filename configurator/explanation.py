"""Why an option cannot be taken or choices contradict each other, and the smallest changes that help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.product import ProductDefinition, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.rules.traversal import walk
from catalog.text import Text
from configurator.appraisal import Appraiser
from configurator.configuration import Conflict, Selection
from configurator.derived import ShownValue, shown_values
from configurator.reasoning import Reasoner, without_texts
from configurator.repair import Repair, find_repairs


@dataclass(frozen=True, slots=True)
class RuleReason:
    """A rule that takes part in a conflict, and the reason its author gives the customer.

    ``figures`` are the derived values that the rule limits, as they would be with the customer's own choices; ``also``
    are the codes of other rules of the conflict that give the same reason.
    """

    code: str
    reason: Text
    figures: tuple[ShownValue, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A minimal conflict, the reasons of its rules, and repairs, the best first.

    ``attributes`` are chosen ones that cannot stand together with the wanted option (or with each other), in the
    product's order.
    """

    attributes: tuple[str, ...]
    rules: tuple[RuleReason, ...]
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an option is taken without being chosen: the choices that it follows from, and the rules that say so.

    ``attributes`` stand in the product's order; without any it is always so.
    """

    attributes: tuple[str, ...]
    rules: tuple[RuleReason, ...]


def explain_forced(reasoner: Reasoner, definition: ProductDefinition, selection: Selection, *, attribute: str,
                   code: str) -> Cause:
    """Say why a forced option is taken.

    Raises
    ------
    ValueError
        When some configuration with the choices does without the option.
    """
    conflict = reasoner.explain_forced(without_texts(definition, selection), attribute, code)
    return Cause(_in_order(definition, conflict.attributes), rule_reasons(definition, conflict))


def explain_value(reasoner: Reasoner, appraiser: Appraiser, selection: Selection, *, attribute: str, value: Value,
                   present: Mapping[str, Value] | None = None) -> Explanation | None:
    """Say why an option cannot be taken, or why a number cannot have a value.

    Parameters
    ----------
    reasoner, appraiser
        The engine and the figures of the product.
    selection
        The customer's choices; an own choice of the attribute is set aside.
    attribute, value
        The option in question, or the number and the value it is to have.
    present
        The present whole configuration, if there is one; repairs stay near it.

    Returns
    -------
    Explanation or None
        None when the value can be taken. Without repairs when no giving up of choices helps.
    """
    others = without_texts(appraiser.definition, selection).retract(attribute)
    wanted = others.choose(attribute, value)
    if reasoner.is_consistent(wanted):
        return None
    conflict = reasoner.explain(others, attribute, value)
    return Explanation(
        _in_order(appraiser.definition, conflict.attributes), rule_reasons(appraiser.definition, conflict),
        find_repairs(reasoner, appraiser, selection.choose(attribute, value), frozenset({attribute}), present,
                     _least_changes(reasoner, others, attribute, value)))


def explain_conflict(reasoner: Reasoner, appraiser: Appraiser, selection: Selection,
                     conflict: Conflict) -> Explanation:
    """Say why choices contradict each other, and which ones to change."""
    definition = appraiser.definition
    numbers = reasoner.give_up(without_texts(definition, selection))
    return Explanation(
        _in_order(definition, conflict.attributes), rule_reasons(definition, conflict, wanted=selection),
        find_repairs(reasoner, appraiser, selection, frozenset(), None, None if numbers is None else numbers.total))


def _least_changes(reasoner: Reasoner, others: Selection, attribute: str, value: Value) -> int | None:
    """Give how many choices have to change at least for an option; None for a number, and where it is not known."""
    numbers = reasoner.give_up(others) if isinstance(value, str) else None
    return None if numbers is None else numbers.of_option(attribute, str(value))


def _in_order(definition: ProductDefinition, names: Iterable[str]) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(item.code for item in definition.attributes if item.code in wanted)


def rule_reasons(definition: ProductDefinition, conflict: Conflict, *,
                 wanted: Mapping[str, Value] | None = None) -> tuple[RuleReason, ...]:
    """Give the reasons of the rules in a conflict, each reason once, in the product's order.

    Parameters
    ----------
    definition, conflict
        The product, and what contradicts in it.
    wanted
        The contradicting choices; with them each broken rule tells the figures that it limits.

    Returns
    -------
    tuple of RuleReason
        Empty when the conflict names no rule.
    """
    written = [*((rule.code, rule.reason) for rule in definition.rules),
               *((table.code, table.reason) for table in definition.table_rules)]
    reasons = {code: reason for code, reason in written if code in conflict.rules}
    figures = {} if wanted is None else broken_figures(definition, reasons, wanted)
    alike: dict[Text, list[str]] = {}
    for code in [*reasons, *(code for code in conflict.rules if code not in reasons)]:
        alike.setdefault(reasons.get(code) or Text.of(code), []).append(code)
    found = []
    for codes in alike.values():
        code = next((code for code in codes if figures.get(code)), codes[0])
        also = tuple(other for other in codes if other != code)
        found.append(RuleReason(code, reasons.get(code, Text()), figures.get(code, ()), also))
    return tuple(found)


def broken_figures(definition: ProductDefinition, codes: Iterable[str],
                   wanted: Mapping[str, Value]) -> Mapping[str, tuple[ShownValue, ...]]:
    """Give the shown derived values in rules that choices break.

    Parameters
    ----------
    definition
        The product; its defaults stand for what is not chosen.
    codes
        The rules to look at.
    wanted
        The choices, whether or not they go together.

    Returns
    -------
    mapping of str to tuple of ShownValue
        By rule; without rules that cannot be evaluated, hold after all, or name no derived value.
    """
    values = {item.code: item.default for item in definition.attributes if item.default is not None} | dict(wanted)
    evaluator = Evaluator(definition, values)
    asked = frozenset(codes)
    broken = {rule.code: rule.expression for rule in definition.rules
              if rule.code in asked and _is_broken(evaluator, rule.expression)}
    shown = shown_values(definition, values) if broken else ()
    named = {code: {part.code for part in walk(expression) if isinstance(part, ex.Derived)}
             for code, expression in broken.items()}
    found = {code: tuple(item for item in shown if item.code in names) for code, names in named.items()}
    return {code: figures for code, figures in found.items() if figures}


def _is_broken(evaluator: Evaluator, expression: ex.Expression) -> bool:
    try:
        return not evaluator.truth(expression)
    except ValueUndefined:
        return False
