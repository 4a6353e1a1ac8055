"""Conditions that read free values of UVL features, with those values left out again, exactly.

A feature of kind Integer, Real or String has a value nobody chooses here: only the features are chosen. Such
choices are possible when *some* values meet all constraints. Each constant a free value is compared with
cuts the values into points and open intervals in which every comparison is the same; one value of each stands
for all. The constraints that share a free value therefore become one condition: at least one combination of
these regions meets them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import floor, prod

from catalog.formats.clause_form import simplify
from catalog.formats.uvl_meaning import Meaning
from catalog.formats.uvl_syntax import Feature
from catalog.formats.uvl_terms import Constant, Fault, Term
from catalog.rules import expression as ex

MAX_REGIONS = 2_000
"""Constraints that share free values may have so many combinations of regions."""

_MAX_VALUES = 1_000
_Linear = tuple[dict[str, Fraction], frozenset[Fraction]]
_COMPARATORS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def project_free_values(
    terms: Sequence[Term], meaning: Meaning, features: Mapping[str, Feature]
) -> ex.Expression:
    """Give the condition under which some free values meet all of these constraints.

    Parameters
    ----------
    terms
        Constraints that share free values, directly or through one another.
    meaning
        Resolves their names.
    features
        All features by name.

    Returns
    -------
    ex.Expression
        Over the features alone.

    Raises
    ------
    Fault
        Two free values are compared with each other, or there are too many regions.
    """
    names = sorted(frozenset().union(*(meaning.free_features(term) for term in terms)))
    cuts: dict[str, set[Constant]] = {name: set() for name in names}
    for term in terms:
        for comparison in _comparisons(term, meaning):
            _add_cuts(comparison, meaning, cuts)
    regions = [_representatives(cuts[name], features[name].kind) for name in names]
    if prod(map(len, regions)) > MAX_REGIONS:
        raise Fault(terms[0].token, f"too many distinct limits on {', '.join(names)}; expected fewer")
    return simplify(ex.Or(tuple(
        simplify(ex.And(tuple(meaning.condition(term, dict(zip(names, values, strict=True))) for term in terms)))
        for values in product(*regions)
    )))


def connected_terms(terms: Iterable[Term], meaning: Meaning) -> tuple[tuple[Term, ...], ...]:
    """Split constraints that read free values into sets that share none; their order is kept."""
    parts: list[tuple[set[str], list[Term]]] = []
    for term in terms:
        names = set(meaning.free_features(term))
        sharing = [part for part in parts if part[0] & names]
        merged = (names.union(*(part[0] for part in sharing)), [t for part in sharing for t in part[1]] + [term])
        parts = [part for part in parts if part not in sharing] + [merged]
    return tuple(tuple(part[1]) for part in parts)


def _comparisons(term: Term, meaning: Meaning) -> list[Term]:
    """Give the comparisons in a term that read a free value."""
    found: list[Term] = []
    waiting = [term]
    while waiting:
        item = waiting.pop()
        if item.kind in _COMPARATORS and meaning.kind_of(item.operands[0]) != "truth":
            found += [item] if meaning.free_features(item) else []
        else:
            waiting += item.operands
    return found


def _add_cuts(comparison: Term, meaning: Meaning, cuts: dict[str, set[Constant]]) -> None:
    """Add the constants at which a comparison changes to the feature it reads."""
    names = meaning.free_features(comparison)
    if len(names) > 1:
        pair = " and ".join(f"“{name}”" for name in sorted(names))
        raise Fault(comparison.token, f"expected a free value compared with constants, found {pair} together")
    (name,) = names
    left, right = comparison.operands
    if meaning.kind_of(left) == "text":
        cuts[name] |= _texts(left, meaning) | _texts(right, meaning)
        return
    (left_factors, left_rests), (right_factors, right_rests) = _linear(left, meaning), _linear(right, meaning)
    factor = left_factors.get(name, Fraction(0)) - right_factors.get(name, Fraction(0))
    if factor:
        cuts[name] |= {(after - before) / factor for before in left_rests for after in right_rests}


def _texts(term: Term, meaning: Meaning) -> set[Constant]:
    if term.kind == "constant":
        return {term.value}
    feature, attribute = meaning.resolve(term)
    return {feature.attributes[attribute], ""} if attribute else set()


def _linear(term: Term, meaning: Meaning) -> _Linear:
    """Give the factors of free values in a number, and every value the rest of it may have (or more)."""
    if not meaning.free_features(Term("==", term.token, (term, term))):
        return {}, _possible(meaning.number(term, {}), term)
    match term.kind:
        case "reference":
            return {meaning.resolve(term)[0].name: Fraction(1)}, frozenset((Fraction(0),))
        case "+" | "-":
            return _added(term, meaning)
        case "*" | "/":
            return _scaled(term, meaning)
    raise Fault(term.token, f"expected a free value in + - * / only, found it in {term.kind}")


def _added(term: Term, meaning: Meaning) -> _Linear:
    sign = 1 if term.kind == "+" else -1
    (factors, rests), (more, others) = (_linear(operand, meaning) for operand in term.operands)
    summed = {
        name: factors.get(name, Fraction(0)) + sign * more.get(name, Fraction(0)) for name in {*factors, *more}
    }
    return summed, _bounded({a + sign * b for a in rests for b in others}, term)


def _scaled(term: Term, meaning: Meaning) -> _Linear:
    first, second = (_linear(operand, meaning) for operand in term.operands)
    if first[0] and not second[0]:
        (factors, rests), scales = first, second[1]
    elif second[0] and not first[0] and term.kind == "*":
        (factors, rests), scales = second, first[1]
    else:
        raise Fault(term.token, "expected a free value multiplied or divided by a constant")
    if len(scales) > 1 or (term.kind == "/" and 0 in scales):
        raise Fault(term.token, "expected a free value multiplied or divided by a constant other than 0")
    (scale,) = scales
    scale = 1 / scale if term.kind == "/" else scale
    return {name: factor * scale for name, factor in factors.items()}, frozenset(r * scale for r in rests)


def _possible(number: ex.Expression, term: Term) -> frozenset[Fraction]:
    """Give a set that holds every value a number without free values may have."""
    match number:
        case ex.Number(value):
            return frozenset((value,))
        case ex.Conditional(_, then, otherwise):
            return _bounded(_possible(then, term) | _possible(otherwise, term), term)
        case ex.Arithmetic(operator, left, right) if operator in ("+", "-", "*"):
            firsts, seconds = _possible(left, term), _possible(right, term)
            return _bounded({_calculated(operator, a, b) for a in firsts for b in seconds}, term)
        case ex.Arithmetic(_, left, ex.Number(divisor)):
            return frozenset(value / divisor for value in _possible(left, term))
    raise Fault(term.token, "expected a free value compared with constants, attributes or sums")


def _calculated(operator: ex.ArithmeticOperator, left: Fraction, right: Fraction) -> Fraction:
    return left + right if operator == "+" else left - right if operator == "-" else left * right


def _bounded(values: Iterable[Fraction], term: Term) -> frozenset[Fraction]:
    bounded = frozenset(values)
    if len(bounded) > _MAX_VALUES:
        raise Fault(term.token, f"a free value is compared with more than {_MAX_VALUES} numbers; expected fewer")
    return bounded


def _representatives(cuts: set[Constant], kind: str) -> tuple[Constant, ...]:
    """Give one value of each region between and at the cuts."""
    if kind == "String":
        texts = sorted(str(cut) for cut in cuts)
        return (*texts, "".join(texts) + "…")
    numbers = sorted(cut for cut in cuts if isinstance(cut, Fraction))
    if not numbers:
        return (Fraction(0),)
    between = [_between(a, b, kind) for a, b in pairwise(numbers)]
    below, above = Fraction(floor(numbers[0]) - 1), Fraction(floor(numbers[-1]) + 1)
    candidates = [below, *numbers, *between, above]
    whole = [n for n in candidates if n is not None and (kind == "Real" or n.denominator == 1)]
    return tuple(sorted(set(whole)))


def _between(low: Fraction, high: Fraction, kind: str) -> Fraction | None:
    """Give a value strictly between; None when no whole number lies there."""
    if kind == "Real":
        return (low + high) / 2
    following = Fraction(floor(low) + 1)
    return following if following < high else None
