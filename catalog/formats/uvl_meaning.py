"""What a UVL constraint says: terms to conditions over the features, each a yes/no attribute.

A feature stands for "it is chosen". The value of an attribute (``Feature.Price``) counts only while its
feature is chosen: else it is 0, the empty text, or false; likewise the value of a feature of kind Integer,
Real or String. ``sum(Price)`` adds over the chosen features that have a Price, ``sum(Feature, Price)`` over
those below the feature and itself; ``avg`` divides that by their number and is 0 when there is none. A feature
of several instances (``cardinality [1..5]``) counts once: how many are taken is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from catalog.formats.uvl_syntax import Feature
from catalog.formats.uvl_terms import Constant, Fault, Term
from catalog.rules import expression as ex

ValueKind = Literal["truth", "number", "text"]

_COMPARATORS: dict[str, ex.Comparator] = {
    "==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}
_ARITHMETIC: dict[str, ex.ArithmeticOperator] = {"+": "+", "-": "-", "*": "*", "/": "/"}
_NUMBER_FUNCTIONS = frozenset({"sum", "avg", "len", "floor", "ceil"})
_FREE_KINDS: dict[str, ValueKind] = {"Integer": "number", "Real": "number", "String": "text"}
_ZERO = ex.Number(Fraction(0))


class Meaning:
    """Resolves names and gives conditions.

    Parameters
    ----------
    features
        All features by name.
    below
        Names of the features in each feature's subtree, itself included, on demand.
    namespace
        Name of the model; references may start with it.
    """

    def __init__(
        self, features: Mapping[str, Feature], *, below: Callable[[str], tuple[str, ...]], namespace: str
    ) -> None:
        self._features = features
        self._below = below
        self._namespace = tuple(namespace.split("."))

    def resolve(self, term: Term) -> tuple[Feature, str]:
        """Give the feature and the attribute (empty: the feature itself) of a reference; else raise Fault."""
        names, prefix = term.names, self._namespace
        inner = names[len(prefix):] if names[: len(prefix)] == prefix else ()
        for parts in (names, inner):
            for taken in range(len(parts), 0, -1):
                feature = self._features.get(".".join(parts[:taken]))
                attribute = ".".join(parts[taken:])
                if feature is not None and (not attribute or attribute in feature.attributes):
                    return feature, attribute
        first = names[0]
        if first in self._features and len(names) > 1:
            raise Fault(term.token, f"the feature “{first}” has no attribute “{'.'.join(names[1:])}”")
        raise Fault(term.token, f"expected the name of a feature, found “{'.'.join(names)}”")

    def kind_of(self, term: Term) -> ValueKind:
        """Tell whether a term is a truth, a number or a text where it is compared."""
        if term.kind == "constant":
            return _constant_kind(term.value)
        if term.kind == "reference":
            feature, attribute = self.resolve(term)
            if attribute:
                return _constant_kind(feature.attributes[attribute])
            return _FREE_KINDS.get(feature.kind, "truth")
        return "number" if term.kind in _ARITHMETIC or term.kind in _NUMBER_FUNCTIONS else "truth"

    def free_features(self, term: Term) -> frozenset[str]:
        """Give the features whose value (not only their choice) the term reads."""
        names: set[str] = set()
        waiting = [(term, False)]
        while waiting:
            item, is_compared = waiting.pop()
            if item.kind == "reference" and is_compared:
                feature, attribute = self.resolve(item)
                if not attribute and feature.kind in _FREE_KINDS:
                    names.add(feature.name)
            inside = item.kind in _COMPARATORS or (is_compared and item.kind not in ("sum", "avg"))
            waiting += [(operand, inside) for operand in item.operands if item.kind not in ("sum", "avg")]
        return frozenset(names)

    def condition(self, term: Term, values: Mapping[str, Constant]) -> ex.Expression:
        """Give the condition a term states, free values being ``values``; raise Fault when it states none."""
        match term.kind:
            case "&" | "|" | "!" | "=>" | "<=>":
                return _joined(term.kind, tuple(self.condition(operand, values) for operand in term.operands))
            case "reference":
                return self._reference_truth(term)
            case "constant" if isinstance(term.value, bool):
                return ex.Truth(term.value)
            case kind if kind in _COMPARATORS:
                return self._comparison(term, values)
        raise Fault(term.token, "expected a condition here, found a number or a text")

    def _reference_truth(self, term: Term) -> ex.Expression:
        feature, attribute = self.resolve(term)
        if not attribute:
            return ex.Attribute(feature.name)
        value = feature.attributes[attribute]
        if not isinstance(value, bool):
            raise Fault(term.token, f"expected a condition; “{attribute}” is not true or false")
        return ex.And((ex.Attribute(feature.name), ex.Truth(value)))

    def _comparison(self, term: Term, values: Mapping[str, Constant]) -> ex.Expression:
        left, right = term.operands
        kinds = {self.kind_of(left), self.kind_of(right)}
        if len(kinds) > 1:
            raise Fault(term.token, f"cannot compare a {' with a '.join(sorted(kinds))}")
        if kinds == {"number"}:
            comparator = _COMPARATORS[term.kind]
            return _compared_numbers(comparator, self.number(left, values), self.number(right, values))
        if term.kind not in ("==", "!="):
            raise Fault(term.token, "expected == or != between texts or conditions")
        if kinds == {"truth"}:
            same = _equal_truths(self.condition(left, values), self.condition(right, values))
        else:
            same = _equal_texts(self._text_cases(left, values), self._text_cases(right, values))
        return same if term.kind == "==" else ex.Not(same)

    def _text_cases(self, term: Term, values: Mapping[str, Constant]) -> list[tuple[ex.Expression, str]]:
        """Give the texts a term may be, each with the condition under which it is."""
        if term.kind == "constant":
            return [(ex.And(()), str(term.value))]
        feature, attribute = self.resolve(term)
        text = str(feature.attributes[attribute] if attribute else values[feature.name])
        return [(ex.Attribute(feature.name), text), (ex.Not(ex.Attribute(feature.name)), "")]

    def number(self, term: Term, values: Mapping[str, Constant]) -> ex.Expression:
        """Give the number a term stands for, the free values being ``values``; raise Fault when it is none."""
        if term.kind == "constant" and isinstance(term.value, Fraction):
            return ex.Number(term.value)
        if term.kind == "reference":
            return self._reference_number(term, values)
        if term.kind in _ARITHMETIC:
            return self._arithmetic(term, values)
        if term.kind in ("floor", "ceil"):
            name: ex.FunctionName = "floor" if term.kind == "floor" else "ceil"
            return _rounded(name, self.number(_only_operand(term), values))
        if term.kind == "len":
            return self._length(_only_operand(term), values)
        if term.kind in ("sum", "avg"):
            return self._aggregate(term)
        raise Fault(term.token, "expected a number here")

    def _reference_number(self, term: Term, values: Mapping[str, Constant]) -> ex.Expression:
        feature, attribute = self.resolve(term)
        if self.kind_of(term) != "number":
            raise Fault(term.token, f"expected a number; “{'.'.join(term.names)}” is none")
        value = feature.attributes[attribute] if attribute else values[feature.name]
        return ex.Conditional(ex.Attribute(feature.name), ex.Number(Fraction(value)), _ZERO)

    def _arithmetic(self, term: Term, values: Mapping[str, Constant]) -> ex.Expression:
        left, right = (self.number(operand, values) for operand in term.operands)
        if term.kind == "/" and (not isinstance(right, ex.Number) or right.value == 0):
            raise Fault(term.token, "expected a divisor that is a constant other than 0")
        if isinstance(left, ex.Number) and isinstance(right, ex.Number):
            return ex.Number(_calculated(_ARITHMETIC[term.kind], left.value, right.value))
        return ex.Arithmetic(_ARITHMETIC[term.kind], left, right)

    def _length(self, term: Term, values: Mapping[str, Constant]) -> ex.Expression:
        if self.kind_of(term) != "text":
            raise Fault(term.token, "expected a text to measure")
        cases = self._text_cases(term, values)
        first = ex.Number(Fraction(len(cases[0][1])))
        return first if len(cases) == 1 else ex.Conditional(cases[0][0], first, _ZERO)

    def _aggregate(self, term: Term) -> ex.Expression:
        attribute, names = self._aggregated(term)
        parts: list[ex.Expression] = []
        chosen: list[ex.Expression] = []
        for name in names:
            value = self._features[name].attributes.get(attribute)
            if isinstance(value, Fraction):
                chosen.append(ex.Attribute(name))
                parts.append(ex.Conditional(ex.Attribute(name), ex.Number(value), _ZERO))
        if not parts:
            raise Fault(term.token, f"expected an attribute of numbers; no feature here has “{attribute}”")
        total = balanced_sum(parts)
        if term.kind == "sum":
            return total
        number = ex.Count(tuple(chosen))
        return ex.Conditional(ex.Comparison(">", number, _ZERO), ex.Arithmetic("/", total, number), _ZERO)

    def _aggregated(self, term: Term) -> tuple[str, tuple[str, ...]]:
        """Give the attribute to add up and the features over which."""
        for operand in term.operands:
            if operand.kind != "reference":
                raise Fault(operand.token, "expected the name of an attribute")
        names = [".".join(operand.names) for operand in term.operands]
        if len(names) == 1:
            return names[0], tuple(self._features)
        root, attribute = names if names[0] in self._features else reversed(names)
        if root not in self._features:
            raise Fault(term.token, f"expected a feature and an attribute, found “{root}” and “{attribute}”")
        return attribute, self._below(root)


def balanced_sum(parts: list[ex.Expression]) -> ex.Expression:
    """Add up at least one number; the tree is balanced, so that long sums stay shallow."""
    while len(parts) > 1:
        pairs: list[ex.Expression] = [
            ex.Arithmetic("+", left, right) for left, right in zip(parts[::2], parts[1::2], strict=False)
        ]
        parts = pairs + parts[2 * len(pairs):]
    return parts[0]


def _constant_kind(value: Constant) -> ValueKind:
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, Fraction) else "text"


def _only_operand(term: Term) -> Term:
    if len(term.operands) != 1:
        raise Fault(term.token, f"expected one value in {term.kind}(…)")
    return term.operands[0]


def _rounded(name: ex.FunctionName, operand: ex.Expression) -> ex.Expression:
    if isinstance(operand, ex.Number):
        return ex.Number(Fraction(floor(operand.value) if name == "floor" else ceil(operand.value)))
    return ex.Function(name, (operand,))


def _calculated(operator: ex.ArithmeticOperator, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right


def _joined(kind: str, conditions: tuple[ex.Expression, ...]) -> ex.Expression:
    """Join conditions by a truth operator of the language."""
    match kind:
        case "&":
            return ex.And(conditions)
        case "|":
            return ex.Or(conditions)
        case "!":
            return ex.Not(conditions[0])
        case "=>":
            return ex.Implies(conditions[0], conditions[1])
        case _:
            return _equal_truths(conditions[0], conditions[1])


def _equal_truths(first: ex.Expression, second: ex.Expression) -> ex.Expression:
    return ex.And((ex.Implies(first, second), ex.Implies(second, first)))


def _equal_texts(
    left: list[tuple[ex.Expression, str]], right: list[tuple[ex.Expression, str]]
) -> ex.Expression:
    return ex.Or(tuple(ex.And((a, b)) for a, first in left for b, second in right if first == second))


def _compared_numbers(comparator: ex.Comparator, left: ex.Expression, right: ex.Expression) -> ex.Expression:
    """Compare; a value that hangs on one feature is compared in each of its two cases, which are then simple."""
    for side, is_left in ((left, True), (right, False)):
        if isinstance(side, ex.Conditional) and isinstance(side.then, ex.Number):
            cases = [(side.condition, side.then), (ex.Not(side.condition), side.otherwise)]
            return ex.Or(tuple(
                ex.And((
                    condition,
                    _compared_numbers(comparator, value, right) if is_left
                    else _compared_numbers(comparator, left, value),
                ))
                for condition, value in cases
            ))
    return ex.Comparison(comparator, left, right)
