"""Soft rules: what they say of a whole configuration and of each option. They exclude nothing. Imports no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.product import Attribute, AttributeKind, ProductDefinition, Rule, Strength, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.text import Text
from configurator.engine.references import attributes_named


@dataclass(frozen=True, slots=True)
class Preference:
    """A soft rule, and what it says of a whole configuration.

    ``applies`` tells whether its ``when`` holds; a rule without one always applies. One that does not apply is kept.
    """

    code: str
    reason: Text
    weight: int
    applies: bool
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """What soft rules say of taking one option while everything else stays as it is.

    Only rules that tell the options of the attribute apart are counted: one option that can be chosen keeps the rule,
    another does not. An option is recommended when the rules it keeps weigh the most, and more than those of some
    other option.
    """

    is_recommended: bool
    keeps: tuple[str, ...]
    breaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A soft rule taken apart: when it applies, and what it then asks for."""

    rule: Rule
    premises: tuple[ex.Expression, ...]
    wanted: ex.Expression
    names: frozenset[str]
    """Attributes that ``wanted`` reads: the advice is about their options."""


def preferences(definition: ProductDefinition, whole: Mapping[str, Value]) -> tuple[Preference, ...]:
    """Say which soft rules a whole configuration keeps, in the product's order.

    Parameters
    ----------
    definition
        The product with the rules of the day.
    whole
        A value for every choice and number. A rule whose value cannot be computed is not kept.

    Returns
    -------
    tuple of Preference
        One for every soft rule; empty when the product has none.
    """
    found = []
    for wish in _wishes(definition):
        applies = _apply(definition, wish, whole)
        is_kept = not applies or _holds(definition, wish.wanted, whole)
        found.append(Preference(wish.rule.code, wish.rule.reason, wish.rule.weight, applies, is_kept))
    return tuple(found)


def advise(definition: ProductDefinition, whole: Mapping[str, Value],
           selectable: Mapping[str, frozenset[str]]) -> Mapping[tuple[str, str], Advice]:
    """Say which options soft rules prefer in a whole configuration, and which go against them.

    Parameters
    ----------
    definition
        The product with the rules of the day.
    whole
        The present whole configuration; its values stand for what is not chosen yet.
    selectable
        Options that can be chosen, per choice attribute.

    Returns
    -------
    mapping of (attribute, option code) to Advice
        For every selectable option of the attributes that some soft rule has something to say about.
    """
    wishes = [wish for wish in _wishes(definition) if _apply(definition, wish, whole)]
    found: dict[tuple[str, str], Advice] = {}
    for item in definition.attributes:
        about = [wish for wish in wishes if item.code in wish.names]
        if item.kind is AttributeKind.CHOICE and about:
            found |= _advice(definition, whole, item, about, selectable.get(item.code, frozenset()))
    return found


def _advice(definition: ProductDefinition, whole: Mapping[str, Value], item: Attribute, about: list[_Wish],
            codes: frozenset[str]) -> dict[tuple[str, str], Advice]:
    kept = {option.code: frozenset(wish.rule.code for wish in about
                                   if _holds(definition, wish.wanted, {**whole, item.code: option.code}))
            for option in item.options if option.code in codes}
    if not kept:
        return {}
    telling = frozenset().union(*kept.values()) - frozenset.intersection(*kept.values())
    if not telling:
        return {}
    weights = {wish.rule.code: wish.rule.weight for wish in about if wish.rule.code in telling}
    score = {code: sum(weights[rule] for rule in rules & telling) for code, rules in kept.items()}
    best, worst = max(score.values()), min(score.values())
    return {(item.code, code): Advice(
        worst < score[code] == best, tuple(rule for rule in weights if rule in rules),
        tuple(rule for rule in weights if rule not in rules)) for code, rules in kept.items()}


def _wishes(definition: ProductDefinition) -> list[_Wish]:
    found = []
    for rule in definition.rules:
        if rule.strength is Strength.SOFT:
            premises: list[ex.Expression] = []
            wanted = rule.expression
            while isinstance(wanted, ex.Implies):
                premises.append(wanted.premise)
                wanted = wanted.conclusion
            found.append(_Wish(rule, tuple(premises), wanted, attributes_named(definition, wanted)))
    return found


def _apply(definition: ProductDefinition, wish: _Wish, whole: Mapping[str, Value]) -> bool:
    return all(_holds(definition, premise, whole) for premise in wish.premises)


def _holds(definition: ProductDefinition, expression: ex.Expression, whole: Mapping[str, Value]) -> bool:
    try:
        return Evaluator(definition, whole).truth(expression)
    except ValueUndefined:
        return False
