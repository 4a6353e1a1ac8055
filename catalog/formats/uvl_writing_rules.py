"""Rules over options as UVL terms: truth operators as they stand, everything else by its combinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import ceil, comb, floor, prod

from catalog.formats.uvl_writing_tables import MAX_CLAUSES, exclusions_of
from catalog.formats.uvl_writing_terms import Literal, Term, clause, conjoin, disjoin, equate, imply, negate
from catalog.product import ProductDefinition
from catalog.rules import expression as ex
from catalog.rules.evaluation import Evaluator, ValueUndefined
from catalog.rules.traversal import attributes_of, derived_of

MAX_COMBINATIONS = 20_000
"""A condition on figures that couples more combinations of options than this is not written."""

_COUNTS: Mapping[str, Callable[[Fraction], tuple[int, int | None]]] = {
    "<=": lambda bound: (0, floor(bound)), "<": lambda bound: (0, ceil(bound) - 1),
    ">=": lambda bound: (ceil(bound), None), ">": lambda bound: (floor(bound) + 1, None),
    # A count is never a fraction: its limits then contradict each other.
    "=": lambda bound: (ceil(bound), floor(bound)),
}
"""By comparator, the least and the greatest count that meet a bound."""

_CONDITIONS = (ex.Truth, ex.Comparison, ex.Membership, ex.Not, ex.And, ex.Or, ex.Implies, ex.Defined)


class RuleTooLarge(Exception):
    """A rule that would take too many combinations or clauses."""


class _Undefined(Exception):
    """The condition has no value for some options, so only the whole rule can be written."""


class RuleTerms:
    """Turns the rules of a product into terms.

    A rule whose value cannot be computed for some options forbids them, as the engine has it.

    Parameters
    ----------
    definition
        The product.
    literals
        By attribute and option code, what says in UVL that the option is chosen.
    """

    def __init__(self, definition: ProductDefinition, literals: Mapping[str, Mapping[str, Literal]]) -> None:
        self._definition = definition
        self._literals = literals
        self._derived = {item.code: item.expression for item in definition.derived}

    def support(self, expression: ex.Expression) -> frozenset[str]:
        """Give the attributes an expression reads, also through derived values."""
        found: set[str] = set()
        waiting, seen = [expression], set[str]()
        while waiting:
            node = waiting.pop()
            found |= attributes_of(node)
            named = derived_of(node) - seen
            seen |= named
            waiting += [self._derived[code] for code in named if code in self._derived]
        return frozenset(found)

    def is_discrete(self, expression: ex.Expression) -> bool:
        """Say whether an expression reads options only."""
        return self.support(expression) <= self._literals.keys()

    def rule(self, expression: ex.Expression) -> Term:
        """Give the term that holds exactly where the rule is kept; raise RuleTooLarge when it is too wide."""
        if isinstance(expression, ex.And):
            return conjoin(map(self.rule, expression.operands))
        try:
            if isinstance(expression, ex.Implies):
                return imply(self._condition(expression.premise), self.rule(expression.conclusion))
            return self._condition(expression)
        except _Undefined:
            return self._by_combinations(expression, undefined=False)

    def table(self, attributes: Sequence[str], rows: Sequence[tuple[str, ...]], *, is_allowed: bool) -> Term:
        """Give the term of a table; raise RuleTooLarge when it takes too many clauses."""
        domains = [tuple(self._literals[name]) for name in attributes]
        exclusions = exclusions_of(domains, rows, is_allowed=is_allowed)
        if exclusions is None:
            raise RuleTooLarge
        return conjoin(
            clause(literal for column, codes in exclusion for literal in self._none_of(attributes[column], codes))
            for exclusion in exclusions
        )

    def _none_of(self, attribute: str, codes: Sequence[str]) -> list[Literal]:
        """Give literals one of which holds exactly when none of the codes is chosen."""
        literals = self._literals[attribute]
        if len(codes) == 1:
            literal = literals[codes[0]]
            return [Literal(literal.feature, not literal.is_chosen)]
        return [literal for code, literal in literals.items() if code not in codes]

    def _condition(self, node: ex.Expression) -> Term:  # noqa: PLR0911 - one case a node
        """Give the term of a condition that has a value for all options; else raise _Undefined."""
        match node:
            case ex.Truth(value):
                return value
            case ex.Not(operand):
                return negate(self._condition(operand))
            case ex.And(operands):
                return conjoin(map(self._condition, operands))
            case ex.Or(operands):
                return disjoin(map(self._condition, operands))
            case ex.Implies(premise, conclusion):
                return imply(self._condition(premise), self._condition(conclusion))
            case ex.Comparison():
                return self._comparison(node)
            case ex.Membership(ex.Attribute(name), members):
                return self._is_one_of(name, [item.value for item in members if isinstance(item, ex.Code)])
            case ex.Attribute(name) if self._is_truth(node):
                return self._literals[name]["true"]
            case _:
                return self._by_combinations(node, undefined=None)

    def _comparison(self, node: ex.Comparison) -> Term:
        match node:
            case ex.Comparison("=" | "!=", ex.Attribute(name), ex.Code(code)):
                same = self._is_one_of(name, (code,))
            case ex.Comparison("=" | "!=", left, right) if self._is_truth(left) and self._is_truth(right):
                same = equate(self._condition(left), self._condition(right))
            case ex.Comparison(comparator, ex.Count(operands), ex.Number(bound)):
                low, high = _COUNTS[comparator.replace("!=", "=")](bound)
                same = self._between(operands, low, high)
            case _:
                return self._by_combinations(node, undefined=None)
        return negate(same) if node.comparator == "!=" else same

    def _between(self, operands: Sequence[ex.Expression], low: int, high: int | None) -> Term:
        """Say that at least ``low`` and at most ``high`` (None: any number) of the conditions hold."""
        terms = [self._condition(operand) for operand in operands]
        size = len(terms)
        if low > size or (high is not None and high < 0):
            return False
        too_few = size - low + 1 if low > 0 else 0
        too_many = high + 1 if high is not None and high < size else 0
        if comb(size, too_few) + comb(size, too_many) > MAX_CLAUSES:
            raise RuleTooLarge
        limits = [disjoin(some) for some in combinations(terms, too_few)] if too_few else []
        limits += [disjoin(map(negate, some)) for some in combinations(terms, too_many)] if too_many else []
        return conjoin(limits)

    def _is_truth(self, node: ex.Expression) -> bool:
        if isinstance(node, ex.Attribute):
            return self._literals.get(node.code, {}).keys() == {"true", "false"}
        return isinstance(node, _CONDITIONS)

    def _is_one_of(self, attribute: str, codes: Sequence[str]) -> Term:
        # A chosen “true” is a truth value to the evaluation, which compares it without regard to case.
        loose = {code.lower() for code in codes}
        return disjoin(
            literal for code, literal in self._literals[attribute].items()
            if code in codes or (code in ("true", "false") and code in loose)
        )

    def _by_combinations(self, node: ex.Expression, *, undefined: bool | None) -> Term:
        """Try every combination of the options read; where there is no value it counts as ``undefined``."""
        read = self.support(node)
        names = [item.code for item in self._definition.attributes if item.code in read]
        domains = [tuple(self._literals[name]) for name in names]
        if prod(map(len, domains)) > MAX_COMBINATIONS:
            raise RuleTooLarge
        kept = []
        for row in product(*domains):
            try:
                holds = Evaluator(self._definition, dict(zip(names, row, strict=True))).truth(node)
            except ValueUndefined as error:
                if undefined is None:
                    raise _Undefined from error
                holds = undefined
            if holds:
                kept.append(row)
        return self.table(names, kept, is_allowed=True)

