"""The rules of a product as a formula in which each rule can be left out, broken or asked about. Imports no solver.

Every constraint of the product gets two literals: ``on``, which makes it hold, and ``off``, which makes it broken.
Rules and conditions in the rule language are defined both ways, so that ``off`` is the opposite of ``on``; tables and
imported clauses are joined one way each. A model of the formula under no assumption is any combination of options and
cells, valid or not: what holds is said by assumptions. So one formula answers for every subset of the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from catalog.product import AttributeKind, ClauseSet, ProductDefinition, Rule, Strength, TableRule
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.engine.cells import RuleCells, build_cells
from configurator.engine.encoding import encode
from configurator.engine.formula import Clause, FormulaBuilder, exclusive_pairs
from configurator.engine.references import attributes_named, totals_named
from configurator.engine.region_building import RegionBudget
from configurator.engine.rule_encoding import RuleEncoder, RuleTooWide
from configurator.engine.table_encoding import encode_table
from configurator.errors import ComponentTooLarge

LONGEST_WORDING = 120

CONDITION_BUDGET = RegionBudget(cells=4_000_000, runs=200_000, evaluations=400_000_000)
"""What the grid may take while conditions are asked about; without them the product's own budget counts."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that may be left out of the product: a hard rule, a table, or an imported constraint.

    ``code`` is unique within the product; the wording of an imported constraint that stands twice is told apart
    by a number. ``reason`` is what a customer reads, or the wording.
    """

    code: str
    kind: Literal["rule", "table", "clauses"]
    reason: Text
    on: int
    off: int


@dataclass(frozen=True, slots=True)
class KeyVariables:
    """The variables of the kinds of cells of one set of coupled numbers: exactly one is true."""

    cells: RuleCells
    variables: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RuleFormula:
    """A product's structure, its constraints as switches, and conditions of interest as literals."""

    variable_count: int
    clauses: tuple[Clause, ...]
    literals: Mapping[str, Mapping[str, int]]
    constraints: tuple[Constraint, ...]
    conditions: Mapping[str, int]
    """The literal of each condition: true exactly when it has a value and the value is true."""
    refused: Mapping[str, str]
    """Conditions that could not be taken, each with the reason: they read texts, totals, or couple too much."""
    keys: tuple[KeyVariables, ...]


def build_rule_formula(
    definition: ProductDefinition, conditions: Mapping[str, ex.Expression] | None = None
) -> RuleFormula:
    """Encode a product so that its rules can be asked about one by one.

    Parameters
    ----------
    definition
        The product with the rules of the day of interest.
    conditions
        Further expressions by a name of the caller's; names must differ from rule codes.

    Returns
    -------
    RuleFormula
        Exact for options and numbers alike.

    Raises
    ------
    ComponentTooLarge, RuleTooWide
        The product itself (not a condition) couples more than can be solved ahead.
    """
    return _Assembly(definition, dict(conditions or {})).build()


class _Assembly:
    def __init__(self, definition: ProductDefinition, conditions: dict[str, ex.Expression]) -> None:
        self._definition = definition
        self._refused: dict[str, str] = {}
        self._conditions = {name: item for name, item in conditions.items() if self._is_readable(name, item)}
        structure, self._loose = _split(definition.clauses)
        base = encode(replace(definition, rules=(), table_rules=(), clauses=structure))
        self._builder = FormulaBuilder()
        self._builder.variable_count = base.variable_count
        self._builder.clauses = [*base.clauses, *exclusive_pairs(base)]
        self._literals = base.literals
        self._rules = [rule for rule in definition.rules
                       if rule.strength is Strength.HARD and not self._texts_and_totals(rule.expression)]
        self._encoder = RuleEncoder(self._builder, definition, base.literals)

    def build(self) -> RuleFormula:
        """Encode numbers, then rules, tables, clauses and conditions."""
        cells = self._cells()
        numeric, keys = self._join(cells)
        found = [self._rule(rule, numeric) for rule in self._rules]
        found += [self._table(table) for table in self._definition.table_rules]
        found += list(self._clause_sources())
        known = {name: literal for name, item in self._conditions.items()
                 if (literal := self._condition(name, item, numeric)) is not None}
        pairs = [(-first, -second) for group in self._builder.exclusive for place, first in enumerate(group)
                 for second in group[place + 1:]]
        return RuleFormula(self._builder.variable_count, (*self._builder.clauses, *pairs), self._literals,
                           tuple(found), known, self._refused, keys)

    def _is_readable(self, name: str, item: ex.Expression) -> bool:
        unreadable = self._texts_and_totals(item)
        if unreadable:
            self._refused[name] = f"reads {', '.join(unreadable)}"
        return not unreadable

    def _texts_and_totals(self, item: ex.Expression) -> list[str]:
        """Name what an expression reads that no engine decides on."""
        kinds = {attribute.code: attribute.kind for attribute in self._definition.attributes}
        texts = [code for code in attributes_named(self._definition, item)
                 if kinds.get(code, AttributeKind.TEXT) is AttributeKind.TEXT]
        return sorted([*texts, *totals_named(self._definition, item)])

    # -- numbers --------------------------------------------------------------------------------
    def _cells(self) -> tuple[RuleCells, ...]:
        """Evaluate rules and conditions on the grid, leaving out the conditions that couple too much."""
        while True:
            asked = [Rule(name, item, Text()) for name, item in self._conditions.items()]
            budget = CONDITION_BUDGET if self._numeric_conditions() else None
            try:
                return build_cells(replace(self._definition, rules=(*self._rules, *asked)), budget)
            except ComponentTooLarge as refusal:
                self._drop(str(refusal.detail.get("rule", "")), refusal)

    def _drop(self, name: str, refusal: ComponentTooLarge) -> None:
        """Set aside the condition that is too wide; when a rule is named, all conditions that name numbers."""
        dropped = [name] if name in self._conditions else self._numeric_conditions()
        if not dropped:
            raise refusal
        for other in dropped:
            self._refused[other] = refusal.message
            del self._conditions[other]

    def _numeric_conditions(self) -> list[str]:
        numbers = {item.code for item in self._definition.attributes if item.kind is AttributeKind.NUMBER}
        return [name for name, item in self._conditions.items() if attributes_named(self._definition, item) & numbers]

    def _join(self, found: Sequence[RuleCells]) -> tuple[dict[str, int], tuple[KeyVariables, ...]]:
        """Give every numeric rule a literal that follows from the kind of cell and the rule's own options."""
        literals: dict[str, int] = {}
        keys = []
        for cells in found:
            variables = self._builder.variables(len(cells.bits))
            self._builder.clause(variables)
            columns = self._columns(cells, variables)
            keys.append(KeyVariables(cells, variables))
            for rule in cells.rules:
                literals[rule.code] = kept = self._builder.variable()
                for combination, column in rule.columns.items():
                    others = [-self._literals[name][code]
                              for name, code in zip(rule.choices, combination, strict=True)]
                    outcome = columns[column]
                    if outcome is not False:
                        self._builder.clause((kept, *others, *(() if outcome is True else (-outcome,))))
                    if outcome is not True:
                        self._builder.clause((-kept, *others, *(() if outcome is False else (outcome,))))
        return literals, tuple(keys)

    def _columns(self, cells: RuleCells, variables: Sequence[int]) -> list[int | bool]:
        """Name each outcome; one cell kind decides them all, so two kinds never go together."""
        count = cells.bits.shape[1] - 2
        named: list[int | bool] = list(self._builder.variables(count))
        for key, row in zip(variables, cells.bits[:, :count].tolist(), strict=True):
            for outcome, is_true in zip(named, row, strict=True):
                self._builder.clause((-key, outcome if is_true else -outcome))
        return [*named, True, False]

    # -- constraints ----------------------------------------------------------------------------
    def _rule(self, rule: Rule, numeric: Mapping[str, int]) -> Constraint:
        literal = numeric[rule.code] if rule.code in numeric else self._encoder.literal(rule.expression)
        return Constraint(rule.code, "rule", rule.reason, literal, -literal)

    def _condition(self, name: str, item: ex.Expression, numeric: Mapping[str, int]) -> int | None:
        if name in numeric:
            return numeric[name]
        try:
            return self._encoder.literal(item)
        except RuleTooWide as refusal:
            self._refused[name] = str(refusal)
            return None

    def _table(self, table: TableRule) -> Constraint:
        """Guard the table's clauses; broken means: in none of its rows (or in one of the forbidden ones)."""
        builder, on, off = self._builder, self._builder.variable(), self._builder.variable()
        first = len(builder.clauses)
        encode_table(builder, table, self._literals)
        guarded = [(-on, *clause) for clause in builder.clauses[first:]]
        del builder.clauses[first:]
        for clause in guarded:
            builder.clause(clause)
        rows = [row_literals(self._literals, table, row) for row in table.rows]
        known = [row for row in rows if row is not None]
        if table.is_allowed:
            for row in known:
                builder.clause((-off, *(-literal for literal in row)))
        else:
            chosen = builder.variables(len(known))
            builder.clause((-off, *chosen))
            for variable, row in zip(chosen, known, strict=True):
                for literal in row:
                    builder.clause((-variable, literal))
        return Constraint(table.code, "table", table.reason, on, off)

    def _clause_sources(self) -> Iterable[Constraint]:
        """Guard the clauses of each imported constraint; broken means: one of its clauses is false."""
        names = () if self._definition.clauses is None else self._definition.clauses.names
        true_literals = [0, *(self._literals[name]["true"] for name in names)]
        seen: dict[str, int] = {}
        for wording, clauses in self._loose:
            title = wording or worded_clause(names, clauses[0])
            seen[title] = seen.get(title, 0) + 1
            code = title if seen[title] == 1 else f"{title} ({seen[title]})"
            on, off = self._builder.variable(), self._builder.variable()
            reasons = []
            for clause in clauses:
                own = [true_literals[item] if item > 0 else -true_literals[-item] for item in clause]
                self._builder.clause((-on, *own))
                reason = off if len(clauses) == 1 else self._builder.variable()
                reasons.append(reason)
                for literal in own:
                    self._builder.clause((-reason, -literal))
            if len(clauses) > 1:
                self._builder.clause((-off, *reasons))
            yield Constraint(code, "clauses", Text.of(title), on, off)


def row_literals(
    literals: Mapping[str, Mapping[str, int]], table: TableRule, row: Sequence[str]
) -> tuple[int, ...] | None:
    """Give the literals of a table's row; None when it has a code that its attribute does not have."""
    found = [literals[name].get(code) for name, code in zip(table.attributes, row, strict=True)]
    return tuple(literal for literal in found if literal is not None) if None not in found else None


def worded_clause(names: Sequence[str], clause: Clause) -> str:
    """Write an imported clause in words, shortened."""
    words = " or ".join(names[item - 1] if item > 0 else f"not {names[-item - 1]}" for item in clause)
    return words if len(words) <= LONGEST_WORDING else words[: LONGEST_WORDING - 1] + "…"


def _split(clauses: ClauseSet | None) -> tuple[ClauseSet | None, list[tuple[str, tuple[Clause, ...]]]]:
    """Part an imported model into its tree, which is structure, and its constraints with their wordings.

    A model without a tree (no groups, no wordings: DIMACS) is constraints alone, one a clause.
    """
    if clauses is None:
        return None, []
    if not clauses.sources:
        if clauses.groups:
            return clauses, []
        return replace(clauses, clauses=()), [("", (clause,)) for clause in clauses.clauses]
    starts = [start for start, _ in clauses.sources]
    ends = [*starts[1:], len(clauses.clauses)]
    loose = [(wording, clauses.clauses[start:end])
             for (start, wording), end in zip(clauses.sources, ends, strict=True)]
    return replace(clauses, clauses=clauses.clauses[: starts[0]], sources=()), loose
