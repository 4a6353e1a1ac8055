"""From the customer's choices to a whole configuration: defaults where possible, else nearest or cheapest."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from catalog.product import Attribute, AttributeKind, ProductDefinition, Value
from catalog.rules.evaluation import Evaluator, ValueUndefined
from configurator.appraisal import Appraiser
from configurator.configuration import Conflict, NumberDomain, Selection
from configurator.reasoning import Reasoner, only_texts, without_texts


def complete_selection(reasoner: Reasoner, appraiser: Appraiser, selection: Selection) -> Selection:
    """Give the whole configuration that stands for the customer's choices until more are made.

    Open numbers take their default, else the nearest reachable value (the least one without a default). Open
    choices take their default where the rules allow it; one without a default takes the cheapest option
    that goes with the rest. The result depends on the choices only, not on their order.

    Parameters
    ----------
    reasoner, appraiser
        The engine and the figures of the product.
    selection
        Consistent choices, texts included.

    Returns
    -------
    Selection
        Every choice and number attribute, and the texts that the configuration needs.
    """
    definition = appraiser.definition
    decided = without_texts(definition, selection)
    targets = {item.code: item.default for item in definition.attributes if isinstance(item.default, Fraction)}
    decided = _with_numbers(reasoner, definition, decided, targets)
    defaults = {item.code: item.default for item in definition.attributes
                if item.default is not None and item.kind is AttributeKind.CHOICE}
    whole = reasoner.complete(decided, preferred=defaults)
    whole = _cheapened(appraiser, decided, whole)
    return Selection.of({**whole, **_wanted_texts(definition, whole, only_texts(definition, selection))})


def missing_texts(definition: ProductDefinition, whole: Mapping[str, Value]) -> tuple[str, ...]:
    """Name the texts that a whole configuration requires and does not have, in the product's order."""
    return tuple(item.code for item in definition.attributes
                 if item.kind is AttributeKind.TEXT and item.code not in whole
                 and item.required_when is not None and _is_required(definition, item, whole))


def nearest(domain: NumberDomain, target: Fraction) -> Fraction:
    """Give the reachable value nearest to a target; of two equally near ones the smaller."""
    candidates = []
    for low, high in domain.intervals:
        clipped = min(max(target, low), high)
        place = (clipped - low) // domain.step
        candidates += [low + place * domain.step, min(low + (place + 1) * domain.step, high)]
    return min(candidates, key=lambda value: (abs(value - target), value))


def complete_near(reasoner: Reasoner, definition: ProductDefinition, decided: Selection,
                  near: Mapping[str, Value]) -> Selection:
    """Give a whole configuration with the choices that stays near another selection.

    Parameters
    ----------
    reasoner
        The engine.
    definition
        The product.
    decided
        Consistent choices without texts.
    near
        Values to keep where the choices allow it; numbers that cannot be kept move as little as possible.

    Returns
    -------
    Selection
        Whole, without texts.
    """
    preferred = {code: value for code, value in near.items() if code not in decided}
    whole = reasoner.complete(decided, preferred=preferred)
    if all(whole[code] == value for code, value in preferred.items() if isinstance(value, Fraction)):
        return whole
    targets = {code: value for code, value in near.items() if isinstance(value, Fraction)}
    return reasoner.complete(_with_numbers(reasoner, definition, decided, targets), preferred=preferred)


def _with_numbers(reasoner: Reasoner, definition: ProductDefinition, decided: Selection,
                  targets: Mapping[str, Fraction]) -> Selection:
    """Fix the open numbers one after the other, each within what the ones before leave."""
    for item in definition.attributes:
        if item.kind is not AttributeKind.NUMBER or item.code in decided:
            continue
        current = reasoner.domains(decided)
        if isinstance(current, Conflict):
            raise ValueError("the choices contradict each other")
        domain = current.numbers[item.code]
        decided = decided.choose(item.code, nearest(domain, targets.get(item.code, domain.minimum)))
    return decided


def _cheapened(appraiser: Appraiser, decided: Selection, whole: Selection) -> Selection:
    """Let open choices without a default take a cheaper option where nothing else has to change."""
    if not appraiser.has_figures:
        return whole
    known = appraiser.appraise(whole)
    for item in appraiser.definition.attributes:
        if item.kind is not AttributeKind.CHOICE or item.default is not None or item.code in decided:
            continue
        for option in item.options:
            candidate = whole.choose(item.code, option.code)
            if appraiser.broken(candidate, (item.code,)) is not None:
                continue
            figures = appraiser.reappraise(known, candidate, (item.code,))
            if figures.price_minor < known.price_minor:
                whole, known = candidate, figures
    return whole


def _wanted_texts(definition: ProductDefinition, whole: Mapping[str, Value],
                  texts: Mapping[str, Value]) -> Mapping[str, Value]:
    """Keep the texts that the configuration can use: optional ones, and those that are required in it."""
    return {code: value for code, value in texts.items()
            if (item := definition.attribute(code)) is not None
            and (item.required_when is None or _is_required(definition, item, whole))}


def _is_required(definition: ProductDefinition, item: Attribute, whole: Mapping[str, Value]) -> bool:
    try:
        return Evaluator(definition, whole).truth(item.required_when)
    except ValueUndefined:
        return False
