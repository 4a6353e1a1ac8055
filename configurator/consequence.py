"""What taking another option would change: price, footprint, and the choices that move with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.product import AttributeKind
from configurator.appraisal import Appraisal, Appraiser
from configurator.completion import complete_near
from configurator.configuration import Domains, OptionState, Selection
from configurator.reasoning import Reasoner, only_texts, without_texts


@dataclass(frozen=True, slots=True)
class Consequence:
    """The whole configuration that an option leads to, compared with the present one.

    ``price_delta_minor`` is of one piece, net of tax, paid once; ``co2_delta_grams`` of its material.
    ``changed`` names the other attributes whose value would move, none of them chosen by the customer.
    """

    whole: Selection
    price_delta_minor: int
    co2_delta_grams: int
    changed: tuple[str, ...]


def selectable_options(reasoner: Reasoner, selection: Selection,
                       domains: Domains) -> Mapping[str, frozenset[str]]:
    """Give the options that can be chosen now, for a chosen attribute its own choice set aside.

    Parameters
    ----------
    reasoner
        The engine.
    selection
        Consistent choices without texts.
    domains
        What the engine says of them.

    Returns
    -------
    mapping of str to frozenset of str
        Per choice attribute the codes that leave a valid configuration; the present value is among them.
    """
    others = reasoner.replaceable(selection)
    return {
        attribute: frozenset(code for code, state in states.items() if state is not OptionState.EXCLUDED)
        | frozenset(others.get(attribute, ()))
        for attribute, states in domains.options.items()}


def consequences(reasoner: Reasoner, appraiser: Appraiser, selection: Selection, whole: Selection,
                 selectable: Mapping[str, frozenset[str]]) -> Mapping[tuple[str, str], Consequence]:
    """Work out what every option that can be chosen would change.

    Parameters
    ----------
    reasoner, appraiser
        The engine and the figures of the product.
    selection
        The customer's consistent choices; they stay as they are but for the attribute in question.
    whole
        The present whole configuration with these choices.
    selectable
        Options that can be chosen, from :func:`selectable_options`.

    Returns
    -------
    mapping of (attribute, option code) to Consequence
        For every selectable option that is not the present value; empty when the product has neither prices nor
        parts.
    """
    if not appraiser.has_figures:
        return {}
    definition = appraiser.definition
    decided, present = without_texts(definition, selection), without_texts(definition, whole)
    texts = only_texts(definition, whole)
    known = appraiser.appraise(whole)
    found = {}
    for item in definition.attributes:
        if item.kind is not AttributeKind.CHOICE:
            continue
        for option in item.options:
            if option.code == present[item.code] or option.code not in selectable[item.code]:
                continue
            other = _alternative(reasoner, appraiser, decided, present, (item.code, option.code))
            other = Selection.of({**other, **texts}) if texts else other
            found[item.code, option.code] = _compared(appraiser, known, whole, other, item.code)
    return found


def _alternative(reasoner: Reasoner, appraiser: Appraiser, decided: Selection, present: Selection,
                 wanted: tuple[str, str]) -> Selection:
    """Take one option and change as little else as the rules ask for; most often nothing."""
    candidate = present.choose(*wanted)
    if appraiser.broken(candidate, wanted[:1]) is None:
        return candidate
    return complete_near(reasoner, appraiser.definition, decided.choose(*wanted), present)


def _compared(appraiser: Appraiser, known: Appraisal, whole: Selection, other: Selection,
              attribute: str) -> Consequence:
    changed = tuple([code for code, value in other.items() if value != whole.get(code)])
    figures = appraiser.reappraise(known, other, changed)
    return Consequence(other, figures.price_minor - known.price_minor, figures.co2_grams - known.co2_grams,
                       tuple(code for code in changed if code != attribute))
