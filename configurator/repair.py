"""The smallest changes of choices after which everything holds, each with what it would come to. Imports no engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from catalog.product import AttributeKind, Value
from configurator.appraisal import Appraisal, Appraiser
from configurator.completion import complete_near, complete_selection
from configurator.configuration import Conflict, OptionState, Selection
from configurator.reasoning import Reasoner, without_texts
from configurator.sacrifice import smallest_sacrifices

MOST_REPAIRS = 6
"""More than are shown: those of equal changes and price are put in order by their dates, which are known later."""
_LEAST_REPAIRS = 3
_MOST_OPTIONS_TRIED = 40


@dataclass(frozen=True, slots=True)
class Change:
    """One choice that a repair replaces."""

    attribute: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Repair:
    """A set of changed choices, none of them needless, after which everything holds; verified.

    ``selection`` are the customer's choices with the changes made, ``whole`` the configuration that stands for them.
    The deltas compare with the present whole configuration; None when there is none. One piece, net of tax.
    ``is_least`` tells that fewer changes are proven not to help.
    """

    changes: tuple[Change, ...]
    selection: Selection
    whole: Selection
    price_minor: int
    co2_grams: int
    """Of the material."""
    price_delta_minor: int | None
    co2_delta_grams: int | None
    is_least: bool = True


def find_repairs(reasoner: Reasoner, appraiser: Appraiser, wanted: Selection, kept: frozenset[str],
                 present: Mapping[str, Value] | None, least: int | None = None) -> tuple[Repair, ...]:
    """Find the smallest changes that let the wanted choices stand.

    Parameters
    ----------
    reasoner, appraiser
        The engine and the figures of the product.
    wanted
        Choices, texts included.
    kept
        Attributes whose choice stays.
    present
        The present whole configuration, if there is one; what has to change stays near it.
    least
        How many choices have to change at least, where that is known.

    Returns
    -------
    tuple of Repair
        Fewest changes first, then the cheapest, then the greenest; at most ``MOST_REPAIRS``, and no two change the
        same attributes. Empty when no change of choices helps.
    """
    known = appraiser.appraise(present) if present is not None else None
    decided = without_texts(appraiser.definition, wanted)
    built: list[tuple[tuple[int, int, int], Repair]] = []
    sacrifices = smallest_sacrifices(
        tuple(decided), lambda given_up: reasoner.find_conflict(_without(decided, given_up)), kept=kept,
        most=_LEAST_REPAIRS, least=least, start=lambda: _unlike_nearest(reasoner, decided, kept))
    for sacrifice in sacrifices[:MOST_REPAIRS]:
        rest = _without(decided, sacrifice.names)
        near = complete_near(reasoner, appraiser.definition, rest, {**(present or {}), **decided})
        near = _cheapest(reasoner, appraiser, rest, near, sacrifice.names)
        changes = tuple(Change(name, decided[name], near[name]) for name in sorted(sacrifice.names))
        repaired = Selection.of({**wanted, **{change.attribute: change.after for change in changes}})
        whole = complete_selection(reasoner, appraiser, repaired)
        figures = appraiser.appraise(whole)
        built.append(((len(changes), figures.price_minor, figures.co2_grams), Repair(
            changes, repaired, whole, figures.price_minor, figures.co2_grams,
            figures.price_minor - known.price_minor if known else None,
            figures.co2_grams - known.co2_grams if known else None, sacrifice.is_least)))
    built.sort(key=lambda item: item[0])
    return tuple(repair for _, repair in built)


def _unlike_nearest(reasoner: Reasoner, decided: Selection, kept: frozenset[str]) -> frozenset[str] | None:
    """Name the choices that the nearest configuration does without; None when it is not known."""
    options = reasoner.nearest(decided, kept=kept)
    return None if options is None else frozenset(
        name for name, value in decided.items() if options.get(name, value) != value)


def _cheapest(reasoner: Reasoner, appraiser: Appraiser, rest: Selection, whole: Selection,
              given_up: Collection[str]) -> Selection:
    """Let each choice given up take the cheapest option that it can, the others as they are where possible."""
    if not appraiser.has_figures:
        return whole
    best = appraiser.appraise(whole)
    for name in sorted(given_up):
        for code in _possible_options(reasoner, appraiser, rest, name):
            candidate = whole.choose(name, code)
            if appraiser.broken(candidate, (name,)) is not None:
                candidate = complete_near(reasoner, appraiser.definition, rest.choose(name, code), whole)
            figures = appraiser.appraise(candidate)
            if _rank(figures) < _rank(best):
                whole, best = candidate, figures
        rest = rest.choose(name, whole[name])
    return whole


def _possible_options(reasoner: Reasoner, appraiser: Appraiser, rest: Selection, name: str) -> tuple[str, ...]:
    """Give the options an open choice can take; none for a number, which stays as near as it can."""
    attribute = appraiser.definition.attribute(name)
    if attribute is None or attribute.kind is not AttributeKind.CHOICE:
        return ()
    domains = reasoner.domains(rest)
    if isinstance(domains, Conflict):
        return ()
    possible = [code for code, state in domains.options[name].items() if state is not OptionState.EXCLUDED]
    return tuple(possible[:_MOST_OPTIONS_TRIED])


def _rank(figures: Appraisal) -> tuple[int, int]:
    return figures.price_minor, figures.co2_grams


def _without(selection: Selection, given_up: Collection[str]) -> Selection:
    return Selection.of({code: value for code, value in selection.items() if code not in given_up})
