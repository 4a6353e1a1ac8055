"""Why an option cannot be taken or choices contradict each other, and the smallest changes that help."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catalog.product import ProductDefinition, Value
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.rules.traversal import walk
from catalog.text import Text
from configurator.appraisal import Appraiser
from configurator.completion import complete_near
from configurator.configuration import Conflict, Selection
from configurator.derived import ShownValue, shown_values
from configurator.reasoning import Reasoner, without_texts

MOST_REPAIRS = 3
_MOST_GIVEN_UP = 4
_MOST_TRIALS = 120


@dataclass(frozen=True, slots=True)
class RuleReason:
    """A rule that takes part in a conflict, and the reason its author gives the customer.

    ``figures`` are the derived values that the rule limits, as they would be with the customer's own choices.
    """

    code: str
    reason: Text
    figures: tuple[ShownValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One choice that a repair replaces."""

    attribute: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Repair:
    """A smallest set of changed choices after which everything holds; verified.

    ``selection`` are the customer's choices with the changes made, ``whole`` a whole configuration with them.
    The deltas compare with the present whole configuration; None when there is none. One piece, net of tax.
    """

    changes: tuple[Change, ...]
    selection: Selection
    whole: Selection
    price_minor: int
    price_delta_minor: int | None
    co2_delta_grams: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A minimal conflict, the reasons of its rules, and up to three repairs, the best first.

    ``attributes`` are chosen ones that cannot stand together with the wanted option (or with each other).
    """

    attributes: tuple[str, ...]
    rules: tuple[RuleReason, ...]
    repairs: tuple[Repair, ...]


def explain_option(reasoner: Reasoner, appraiser: Appraiser, selection: Selection, *, attribute: str, code: str,
                   present: Mapping[str, Value] | None = None) -> Explanation | None:
    """Say why an option cannot be taken.

    Parameters
    ----------
    reasoner, appraiser
        The engine and the figures of the product.
    selection
        The customer's choices; an own choice of the attribute is set aside.
    attribute, code
        The option in question.
    present
        The present whole configuration, if there is one; repairs stay near it.

    Returns
    -------
    Explanation or None
        None when the option can be taken. Without repairs when no giving up of choices helps.
    """
    others = without_texts(appraiser.definition, selection).retract(attribute)
    wanted = others.choose(attribute, code)
    if reasoner.is_consistent(wanted):
        return None
    conflict = reasoner.explain(others, attribute, code)
    return Explanation(
        tuple(name for name in conflict.attributes if name != attribute), rule_reasons(appraiser.definition, conflict),
        _repairs(reasoner, appraiser, wanted, frozenset({attribute}), present))


def explain_conflict(reasoner: Reasoner, appraiser: Appraiser, selection: Selection,
                     conflict: Conflict) -> Explanation:
    """Say why choices contradict each other, and which ones to change."""
    decided = without_texts(appraiser.definition, selection)
    return Explanation(conflict.attributes, rule_reasons(appraiser.definition, conflict, wanted=selection),
                       _repairs(reasoner, appraiser, decided, frozenset(), None))


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
    found: dict[Text, RuleReason] = {}
    for code in [*reasons, *(code for code in conflict.rules if code not in reasons)]:
        reason = reasons.get(code, Text())
        entry = RuleReason(code, reason, figures.get(code, ()))
        known = found.setdefault(reason or Text.of(code), entry)
        if entry.figures and not known.figures:
            found[reason or Text.of(code)] = entry
    return tuple(found.values())


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


def _repairs(reasoner: Reasoner, appraiser: Appraiser, wanted: Selection, kept: frozenset[str],
             present: Mapping[str, Value] | None) -> tuple[Repair, ...]:
    """Build and rank the repairs: fewest changes first, then the cheapest, then the greenest."""
    known = appraiser.appraise(present) if present is not None else None
    built = []
    for given_up in _smallest_sacrifices(reasoner, wanted, kept):
        rest = _without(wanted, given_up)
        whole = complete_near(reasoner, appraiser.definition, rest, {**(present or {}), **wanted})
        changes = tuple(Change(name, wanted[name], whole[name]) for name in sorted(given_up))
        repaired = Selection.of({**rest, **{change.attribute: change.after for change in changes}})
        figures = appraiser.appraise(whole)
        built.append((figures.co2_grams, Repair(
            changes, repaired, whole, figures.price_minor,
            figures.price_minor - known.price_minor if known else None,
            figures.co2_grams - known.co2_grams if known else None)))
    built.sort(key=lambda item: (len(item[1].changes), item[1].price_minor, item[0]))
    return tuple(repair for _, repair in built[:MOST_REPAIRS])


def _smallest_sacrifices(reasoner: Reasoner, wanted: Selection, kept: frozenset[str]) -> list[frozenset[str]]:
    """Find minimal sets of choices to give up, the small ones first, by breaking one conflict after the other.

    Every repair gives up a member of every conflict, so only members of the conflict at hand are tried.
    """
    found: list[frozenset[str]] = []
    pending = deque([frozenset[str]()])
    seen = {frozenset[str]()}
    for _ in range(_MOST_TRIALS):
        if not pending or (len(found) >= MOST_REPAIRS and len(pending[0]) > len(found[-1])):
            break
        given_up = pending.popleft()
        if any(smaller <= given_up for smaller in found):
            continue
        answer = reasoner.domains(_without(wanted, given_up))
        if not isinstance(answer, Conflict):
            found.append(given_up)
        elif len(given_up) < _MOST_GIVEN_UP:
            for name in answer.attributes:
                more = given_up | {name}
                if name not in kept and more not in seen:
                    seen.add(more)
                    pending.append(more)
    return found or _large_sacrifice(reasoner, wanted, kept)


def _large_sacrifice(reasoner: Reasoner, wanted: Selection, kept: frozenset[str]) -> list[frozenset[str]]:
    """Keep one choice after the other as long as they go together; what is left over is given up."""
    standing = Selection.of({name: value for name, value in wanted.items() if name in kept})
    if not reasoner.is_consistent(standing):
        return []
    for name, value in wanted.items():
        more = standing.choose(name, value)
        if reasoner.is_consistent(more):
            standing = more
    return [frozenset(wanted) - frozenset(standing)]


def _without(selection: Selection, given_up: Iterable[str]) -> Selection:
    left_out = set(given_up)
    return Selection.of({code: value for code, value in selection.items() if code not in left_out})
