"""Questions about any subset of a product's rules: is it possible, by which configuration, and because of which rules.

Fewest rules: the least set that a goal contradicts is found by hitting sets. Each set of rules that goes with the goal
leaves out some rule of every contradictory set; so a contradictory set hits all complements seen so far, and one
that is a least hitting set is the smallest (Ignatiev, Previti, Liffiton, Marques-Silva: Smallest MUS Extraction with
Minimal Hitting Set Dualization, CP 2015).
"""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from catalog.product import AttributeKind, ProductDefinition, Value
from catalog.rules.expression import Expression
from configurator.configuration import Selection
from configurator.engine.cells import Bounds
from configurator.engine.rule_formula import Constraint, RuleFormula, build_rule_formula
from configurator.engine.satisfiability import open_hitting_sets, open_solver

if TYPE_CHECKING:
    from pysat.solvers import Solver

_CONFLICTS_BETWEEN_LOOKS = 5_000
_MOST_ROUNDS = 60
_MOST_ADDED = 25
"""How many left-out rules are tried one by one to enlarge a set that goes with the goal."""


class OutOfTime(Exception):
    """The time for questions is over before this one was answered."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a configuration is asked to have; all of it at once.

    Attributes
    ----------
    options
        Attribute code to option code.
    barred
        Pairs of attribute and option that it must not have.
    bounds
        Per number the least and greatest value, both inclusive.
    conditions
        Names of conditions, each with the truth it must have (false: it is false or has no value).
    broken
        Codes of constraints that it must break; they are left out of those it must keep.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    barred: tuple[tuple[str, str], ...] = ()
    bounds: Bounds = field(default_factory=dict)
    conditions: tuple[tuple[str, bool], ...] = ()
    broken: tuple[str, ...] = ()

    @classmethod
    def of(cls, selection: Mapping[str, Value], definition: ProductDefinition) -> Goal:
        """Ask for all choices of a selection; texts ask for nothing."""
        kinds = {item.code: item.kind for item in definition.attributes}
        return cls(
            options={code: str(value) for code, value in selection.items() if kinds[code] is AttributeKind.CHOICE},
            bounds={code: (value, value) for code, value in selection.items() if not isinstance(value, str)})


@dataclass(frozen=True, slots=True)
class Cause:
    """Rules that together rule a goal out; none of them can be spared.

    ``are_fewest`` says whether it is proven that no other set of rules with fewer members does so.
    """

    codes: tuple[str, ...]
    are_fewest: bool


class RuleQuestions:
    """Answers questions about one product's rules with one solver. Not to be shared between threads.

    Parameters
    ----------
    definition
        The product with the rules of the day of interest.
    conditions
        Further expressions that goals may name.
    seconds
        Of wall clock for all questions together, from now on; None sets no limit. A question asked after it raises
        ``OutOfTime``.

    Raises
    ------
    ComponentTooLarge, RuleTooWide
        The product couples more than can be solved ahead.
    """

    def __init__(self, definition: ProductDefinition, conditions: Mapping[str, Expression] | None = None, *,
                 seconds: float | None = None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self.definition = definition
        self.formula: RuleFormula = build_rule_formula(definition, conditions)
        self.constraints: Mapping[str, Constraint] = {item.code: item for item in self.formula.constraints}
        self._default_numbers = {item.code: item.default for item in definition.attributes
                                 if isinstance(item.default, Fraction)}
        self._last = self.formula.variable_count
        self._blocks = self._parted()
        self._block_of = {code: switch for switch, codes in self._blocks.items() for code in codes}
        clauses = [(-switch, self.constraints[code].on) for switch, codes in self._blocks.items() for code in codes]
        self._solver: Solver = open_solver([*self.formula.clauses, *clauses])
        self._finalizer = weakref.finalize(self, self._solver.delete)
        self._solver.set_phases([*self._wishes(), *(item.on for item in self.formula.constraints)])
        self._selectors: dict[tuple[object, ...], int] = {}

    def stop_after(self, seconds: float) -> None:
        """Set the time anew in which questions are answered, from now on."""
        self._deadline = time.monotonic() + seconds

    def witness(self, goal: Goal, *, without: Collection[str] = ()) -> Selection | None:
        """Find a configuration with the goal that keeps all rules but those left out.

        Returns
        -------
        Selection or None
            A value for every choice and number attribute, defaults where the search met them; None when there is
            no such configuration.

        Raises
        ------
        OutOfTime
        """
        assumptions = [*self._literals(goal), *self._all_but({*without, *goal.broken})]
        usual = {code: (value, value) for code, value in self._default_numbers.items() if code not in goal.bounds}
        if usual and self._is_satisfiable([*assumptions, *self._selected(usual)]):
            return self._selection({**usual, **goal.bounds})
        return self._selection(goal.bounds) if self._is_satisfiable(assumptions) else None

    def is_possible(self, goal: Goal, *, without: Collection[str] = ()) -> bool:
        """Say whether some configuration has the goal and keeps all rules but those left out."""
        return self._is_satisfiable([*self._literals(goal), *self._all_but({*without, *goal.broken})])

    def is_thinkable(self, goal: Goal) -> bool:
        """Say whether the product's structure alone (its options, steps, feature tree) allows the goal."""
        return self._is_satisfiable(self._literals(goal))

    def cause(self, goal: Goal, *, spared: Collection[str] = (), seeks_fewest: bool = True) -> Cause:
        """Find the fewest rules that rule a goal out.

        Parameters
        ----------
        goal
            Impossible under all rules but those spared and those it breaks.
        spared
            Codes that must not be named.
        seeks_fewest
            False is content with rules of which none can be spared, which takes less time.

        Returns
        -------
        Cause
            In the product's order; no codes when the product's structure alone rules the goal out.

        Raises
        ------
        ValueError
            The goal is possible.
        OutOfTime
        """
        literals = self._literals(goal)
        codes = [code for code in self.constraints if code not in spared and code not in goal.broken]
        core = self._core(literals, codes)
        if core is None:
            raise ValueError("the goal is possible")
        least = self._shrunk(literals, core)
        if len(least) > 1 and not seeks_fewest:
            return Cause(tuple(code for code in codes if code in least), are_fewest=False)
        if len(least) > 1:
            try:
                smaller, is_proven = self._fewer(literals, codes, least)
            except OutOfTime:
                smaller, is_proven = least, False
            return Cause(tuple(code for code in codes if code in smaller), is_proven)
        return Cause(tuple(least), are_fewest=True)

    def cause_with(self, goal: Goal, wanted: Collection[str]) -> Cause:
        """Find rules that rule a goal out, none to be spared, keeping wanted ones as long as that is possible."""
        literals = self._literals(goal)
        codes = [code for code in self.constraints if code not in goal.broken]
        if self._core(literals, codes) is None:
            raise ValueError("the goal is possible")
        core = self._core(literals, codes) or []
        pending = sorted({*core, *(code for code in codes if code in wanted)}, key=lambda code: code in wanted)
        found = self._shrunk(literals, pending)
        return Cause(tuple(code for code in codes if code in found), are_fewest=False)

    # -- switches -------------------------------------------------------------------------------
    def _parted(self) -> dict[int, list[str]]:
        """Give each block of constraints one switch, so that a question about one assumes few literals."""
        codes = list(self.constraints)
        size = max(1, math.isqrt(len(codes)))
        blocks = {}
        for start in range(0, len(codes), size):
            self._last += 1
            blocks[self._last] = codes[start : start + size]
        return blocks

    def _all_but(self, left_out: Collection[str]) -> list[int]:
        """Give assumptions that keep all constraints but some."""
        found = []
        touched = {self._block_of[code] for code in left_out}
        for switch, codes in self._blocks.items():
            if switch in touched:
                found += [self.constraints[code].on for code in codes if code not in left_out]
            else:
                found.append(switch)
        return found

    # -- solving --------------------------------------------------------------------------------
    def _is_satisfiable(self, assumptions: Sequence[int]) -> bool:
        """Solve, looking at the clock every so many conflicts."""
        while True:
            if self._deadline is not None and time.monotonic() > self._deadline:
                raise OutOfTime
            self._solver.conf_budget(_CONFLICTS_BETWEEN_LOOKS)
            answer = self._solver.solve_limited(assumptions=list(assumptions))
            if answer is not None:
                return bool(answer)

    def _true(self) -> frozenset[int]:
        """Give the variables that are true in the latest model."""
        return frozenset(literal for literal in self._solver.get_model() or () if literal > 0)

    def _core(self, literals: Sequence[int], codes: Iterable[str]) -> list[str] | None:
        """Give some of the rules that contradict the literals; None when all go with them."""
        by_switch = {self.constraints[code].on: code for code in codes}
        if self._is_satisfiable([*literals, *by_switch]):
            return None
        core = set(self._solver.get_core() or ())
        return [code for switch, code in by_switch.items() if switch in core]

    def _shrunk(self, literals: Sequence[int], codes: Sequence[str]) -> list[str]:
        """Leave out one after the other what the contradiction does not need."""
        needed: list[str] = []
        pending = list(codes)
        while pending:
            tried = pending.pop(0)
            core = self._core(literals, [*needed, *pending])
            if core is None:
                needed.append(tried)
            else:
                pending = [code for code in pending if code in core]
        return needed

    def _fewer(self, literals: Sequence[int], codes: Sequence[str], known: Sequence[str]) -> tuple[list[str], bool]:
        """Look for a contradictory set smaller than a known one; say whether the answer is proven smallest."""
        with open_hitting_sets() as sets:
            for _ in range(_MOST_ROUNDS):
                tried = [str(code) for code in sets.get() or ()]
                if len(tried) >= len(known):
                    return list(known), True
                if not self._is_satisfiable([*literals, *(self.constraints[code].on for code in tried)]):
                    return tried, True
                sets.hit(self._left_out(literals, codes, tried))
        return list(known), False

    def _left_out(self, literals: Sequence[int], codes: Sequence[str], kept: Sequence[str]) -> list[str]:
        """Give rules outside a large set of rules that goes with the literals, the latest model's to begin with."""
        true = self._true()
        inside = {code for code in codes if self._is_on(code, true)} | set(kept)
        for code in [code for code in codes if code not in inside][:_MOST_ADDED]:
            if code in inside:
                continue
            if self._is_satisfiable([*literals, *(self.constraints[item].on for item in [*inside, code])]):
                true = self._true()
                inside |= {item for item in codes if self._is_on(item, true)}
        return [code for code in codes if code not in inside]

    def _is_on(self, code: str, true: Collection[int]) -> bool:
        switch = self.constraints[code].on
        return (switch in true) if switch > 0 else (-switch not in true)

    # -- between goals and literals -------------------------------------------------------------
    def _literals(self, goal: Goal) -> list[int]:
        known = self.formula.literals
        found = [known[name][code] for name, code in goal.options.items()]
        found += [-known[name][code] for name, code in goal.barred]
        found += [self.formula.conditions[name] * (1 if truth else -1) for name, truth in goal.conditions]
        found += [self.constraints[code].off for code in goal.broken]
        return found + self._selected(goal.bounds)

    def _selected(self, bounds: Bounds) -> list[int]:
        """Give switches that leave only the kinds of cells within bounds."""
        found = []
        for place, group in enumerate(self.formula.keys):
            own = {code: bounds[code] for code in group.cells.numbers if code in bounds}
            if not own:
                continue
            name = (place, *sorted(own.items()))
            if name not in self._selectors:
                self._last += 1
                self._selectors[name] = self._last
                allowed = [group.variables[key] for key in group.cells.keys_within(own)]
                self._solver.add_clause([-self._last, *allowed])
            found.append(self._selectors[name])
        return found

    def _selection(self, bounds: Bounds) -> Selection:
        """Read the latest model."""
        true = self._true()
        chosen: dict[str, Value] = {}
        for name, codes in self.formula.literals.items():
            chosen[name] = next(code for code, literal in codes.items()
                                if (literal in true if literal > 0 else -literal not in true))
        for group in self.formula.keys:
            key = next(place for place, variable in enumerate(group.variables) if variable in true)
            chosen.update(group.cells.cell(key, bounds))
        return Selection.of(chosen)

    def _wishes(self) -> list[int]:
        """Give the literals of the defaults, which the search tries first."""
        return [self.formula.literals[item.code][str(item.default)] for item in self.definition.attributes
                if item.kind is AttributeKind.CHOICE and item.default is not None
                and str(item.default) in self.formula.literals[item.code]]
