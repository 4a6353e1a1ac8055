"""Rules over options as clauses: boolean structure directly, everything else by its combinations. No solver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import prod

from catalog.product import AttributeKind, ProductDefinition
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from configurator.engine.formula import FormulaBuilder
from configurator.engine.sum_encoding import MOST_PARTIAL_SUMS, SumTooFine, encode_sum, linear_terms
from configurator.engine.table_encoding import encode_rows
from configurator.errors import RuleTooWide

__all__ = ["COMBINATION_LIMIT", "RuleEncoder", "RuleTooWide", "children"]

COMBINATION_LIMIT = 20_000
"""An expression over options with more combinations than this must be a sum to be encoded."""

DISTRIBUTION_LIMIT = 32
"""An alternative with more clauses than this is named by an auxiliary variable instead of multiplied out."""

Clauses = list[frozenset[int]]
"""A conjunction of clauses; ``[]`` is true and ``[frozenset()]`` is false."""


class RuleEncoder:
    """Adds rules to a formula.

    A rule is kept when its expression is true; one whose value cannot be computed is not kept. ``and``, ``or``
    and ``implies`` look at their operands from left to right and stop early, as evaluation does.
    """

    def __init__(
        self,
        builder: FormulaBuilder,
        definition: ProductDefinition,
        literals: Mapping[str, Mapping[str, int]],
    ) -> None:
        self._builder = builder
        self._definition = definition
        self._literals = literals
        self._derived = {item.code: item.expression for item in definition.derived}
        self._kinds = {attribute.code: attribute.kind for attribute in definition.attributes}
        self._names: dict[frozenset[frozenset[int]], int] = {}

    def reads_options_only(self, expression: ex.Expression) -> bool:
        """Say whether every attribute the expression reads, also through derived values, is a choice."""
        names = self.support(expression)
        return names is not None and all(self._kinds.get(name) is AttributeKind.CHOICE for name in names)

    def support(self, expression: ex.Expression) -> tuple[str, ...] | None:
        """Give the attributes read, in order of first reading; None when a running total is read."""
        found: dict[str, None] = {}
        pending = [expression]
        while pending:
            node = pending.pop()
            if isinstance(node, ex.Derived):
                if node.code not in self._derived:
                    return None
                pending.append(self._derived[node.code])
            elif isinstance(node, ex.Attribute):
                found.setdefault(node.code)
            elif isinstance(node, ex.Property):
                found.setdefault(node.attribute)
            else:
                pending.extend(reversed(list(children(node))))
        return tuple(found)

    def require(self, expression: ex.Expression) -> None:
        """Add "the expression is true".

        Raises
        ------
        RuleTooWide
            The expression couples too many options, or is nested too deeply.
        """
        try:
            self._require(expression)
        except RecursionError as error:
            raise RuleTooWide(self._builder.source, "it is nested too deeply; split it") from error

    def _require(self, expression: ex.Expression) -> None:
        if isinstance(expression, ex.And):
            for operand in expression.operands:
                self._require(operand)
            return
        if not self._is_boolean(expression) and len(self._codes_of(expression)) > 1:
            self._require_leaf(expression, outcome=True)
            return
        for clause in self._holds(expression, wanted=True):
            self._builder.clause(clause)

    def literal(self, expression: ex.Expression) -> int:
        """Give a literal that is true exactly when the expression has a value and the value is true."""
        return self._name(self._holds(expression, wanted=True))

    def _is_boolean(self, node: ex.Expression) -> bool:
        return isinstance(node, ex.And | ex.Or | ex.Not | ex.Implies) and bool(list(children(node)))

    def _codes_of(self, expression: ex.Expression) -> tuple[str, ...]:
        return self.support(expression) or ()

    def _holds(self, node: ex.Expression, *, wanted: bool) -> Clauses:
        """Give clauses that hold exactly when the expression is defined and has the wanted truth value."""
        match node:
            case ex.Not(operand):
                return self._holds(operand, wanted=not wanted)
            case ex.And(operands):
                return self._all(operands) if wanted else self._some_first(operands, outcome=False)
            case ex.Or(operands):
                return self._some_first(operands, outcome=True) if wanted else self._none(operands)
            case ex.Implies(premise, conclusion):
                return self._holds(ex.Or((ex.Not(premise), conclusion)), wanted=wanted)
            case _:
                return self._leaf(node, outcome=wanted)

    def _all(self, operands: tuple[ex.Expression, ...]) -> Clauses:
        return [clause for operand in operands for clause in self._holds(operand, wanted=True)]

    def _none(self, operands: tuple[ex.Expression, ...]) -> Clauses:
        return [clause for operand in operands for clause in self._holds(operand, wanted=False)]

    def _some_first(self, operands: tuple[ex.Expression, ...], *, outcome: bool) -> Clauses:
        """Give "some operand has the outcome and all before it have the opposite one"."""
        if not operands:
            return [frozenset()]
        result = self._holds(operands[-1], wanted=outcome)
        for head in reversed(operands[:-1]):
            if not self._is_total(head):
                result = self._holds(head, wanted=not outcome) + result
            result = self._either(self._holds(head, wanted=outcome), result)
        return result

    def _either(self, left: Clauses, right: Clauses) -> Clauses:
        """Multiply out a disjunction of two conjunctions, naming the larger one when that would grow."""
        if len(left) * len(right) > DISTRIBUTION_LIMIT and len(left) > 1 and len(right) > 1:
            if len(left) > len(right):
                left, right = right, left
            right = [frozenset({self._name(right)})]
        joined = [first | second for first in left for second in right]
        return [clause for clause in joined if not any(-literal in clause for literal in clause)]

    def _name(self, clauses: Clauses) -> int:
        """Give a variable that is true exactly when all the clauses hold."""
        key = frozenset(clauses)
        if key in self._names:
            return self._names[key]
        parts = [self._name_clause(clause) for clause in clauses]
        variable = self._builder.variable()
        for part in parts:
            self._builder.definition((-variable, part))
        self._builder.definition((variable, *(-part for part in parts)))
        self._names[key] = variable
        return variable

    def _name_clause(self, clause: frozenset[int]) -> int:
        if len(clause) == 1:
            return next(iter(clause))
        key = frozenset({clause})
        if key not in self._names:
            self._names[key] = variable = self._builder.variable()
            for literal in clause:
                self._builder.definition((variable, -literal))
            self._builder.definition((-variable, *clause))
        return self._names[key]

    def _is_total(self, node: ex.Expression) -> bool:
        """Say whether the expression has a value whatever is chosen."""
        if isinstance(node, ex.Not | ex.And | ex.Or | ex.Implies):
            return all(map(self._is_total, children(node)))
        names = self._codes_of(node)
        if prod(len(self._literals[name]) for name in names) > COMBINATION_LIMIT:
            return True
        return all(outcome is not None for _, outcome in self._outcomes(node, names))

    def _outcomes(
        self, node: ex.Expression, names: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], bool | None]]:
        """Evaluate the expression for every combination of options; None where it has no value."""
        for codes in product(*(self._literals[name] for name in names)):
            evaluator = Evaluator(self._definition, dict(zip(names, codes, strict=True)))
            try:
                yield codes, evaluator.truth(node)
            except ValueUndefined:
                yield codes, None

    def _leaf(self, node: ex.Expression, *, outcome: bool) -> Clauses:
        names = self._codes_of(node)
        if not names:
            kept = any(result is outcome for _, result in self._outcomes(node, names))
            return [] if kept else [frozenset()]
        if len(names) == 1:
            options = self._literals[names[0]]
            allowed = [codes[0] for codes, result in self._outcomes(node, names) if result is outcome]
            return self._one_of(options, allowed)
        return [frozenset({self._leaf_variable(node, names, outcome=outcome)})]

    @staticmethod
    def _one_of(options: Mapping[str, int], allowed: list[str]) -> Clauses:
        """Give "the attribute has one of the allowed codes" in the shorter of its two wordings."""
        if len(allowed) == len(options):
            return []
        if len(allowed) <= 1 or len(allowed) * 2 <= len(options):
            return [frozenset(options[code] for code in allowed)]
        return [frozenset({-literal}) for code, literal in options.items() if code not in allowed]

    def _leaf_variable(self, node: ex.Expression, names: tuple[str, ...], *, outcome: bool) -> int:
        """Give a variable that is true exactly when a comparison of several attributes has the outcome."""
        variable = self._builder.variable()
        self._table(node, names, outcome=outcome, variable=variable)
        return variable

    def _require_leaf(self, node: ex.Expression, *, outcome: bool) -> None:
        self._table(node, self._codes_of(node), outcome=outcome, variable=0)

    def _table(
        self, node: ex.Expression, names: tuple[str, ...], *, outcome: bool, variable: int
    ) -> None:
        """Tie a variable (0: no variable, the outcome is required) to the outcome of an expression."""
        if prod(len(self._literals[name]) for name in names) > COMBINATION_LIMIT:
            self._sum(node, outcome=outcome, variable=variable)
            return
        rows = frozenset(codes for codes, result in self._outcomes(node, names) if result is outcome)
        if not variable:
            encode_rows(self._builder, names, rows, self._literals, is_allowed=True)
            return
        truth = {"true": variable, "false": -variable}
        every = product(*(self._literals[name] for name in names))
        rows = frozenset((*codes, "true" if codes in rows else "false") for codes in every)
        encode_rows(self._builder, (*names, ""), rows, {**self._literals, "": truth}, is_allowed=True)

    def _sum(self, node: ex.Expression, *, outcome: bool, variable: int) -> None:
        """Encode a comparison of sums whose terms read one attribute each, or truth values counted."""
        terms = linear_terms(node, self._derived) if isinstance(node, ex.Comparison) else None
        if terms is None or not isinstance(node, ex.Comparison):
            raise RuleTooWide(self._builder.source, "too many options are coupled by one expression")
        columns: list[dict[int, Fraction]] = []
        constant = Fraction(0)
        grouped: dict[str, list[tuple[Fraction, ex.Expression]]] = {}
        for factor, term in terms:
            names = self._codes_of(term)
            if not names:
                constant += factor * Evaluator(self._definition, {}).number(term)
            elif len(names) == 1:
                grouped.setdefault(names[0], []).append((factor, term))
            else:
                columns.append(self._truth_column(factor, term))
        columns += [self._column(name, parts) for name, parts in grouped.items()]
        try:
            encode_sum(self._builder, columns, constant, node.comparator, outcome=outcome, variable=variable)
        except SumTooFine:
            raise RuleTooWide(
                self._builder.source,
                f"more than {MOST_PARTIAL_SUMS} partial sums; expected fewer options or rounder figures",
            ) from None

    def _truth_column(self, factor: Fraction, term: ex.Expression) -> dict[int, Fraction]:
        """Give the contribution of a counted condition over several attributes."""
        if not isinstance(term, ex.Count):
            raise RuleTooWide(self._builder.source, "a term of a sum couples several attributes")
        literal = self._name(self._holds(term.operands[0], wanted=True))
        return {literal: factor, -literal: Fraction(0)}

    def _column(self, name: str, parts: list[tuple[Fraction, ex.Expression]]) -> dict[int, Fraction]:
        """Give the contribution of each option of one attribute."""
        contributions = {}
        for code, literal in self._literals[name].items():
            evaluator = Evaluator(self._definition, {name: code})
            try:
                contributions[literal] = sum((f * evaluator.number(term) for f, term in parts), Fraction(0))
            except ValueUndefined:
                continue
        return contributions


def children(node: ex.Expression) -> Iterator[ex.Expression]:
    """Give the direct parts of an expression, from left to right."""
    match node:
        case ex.Arithmetic(_, left, right) | ex.Comparison(_, left, right):
            yield from (left, right)
        case ex.Function(_, operands) | ex.And(operands) | ex.Or(operands) | ex.Count(operands):
            yield from operands
        case ex.Lookup(_, _, argument):
            yield argument
        case ex.Conditional(condition, then, otherwise):
            yield from (condition, then, otherwise)
        case ex.Membership(left, _):
            yield left
        case ex.Not(operand) | ex.Defined(operand):
            yield operand
        case ex.Implies(premise, conclusion):
            yield from (premise, conclusion)
        case _:
            return
