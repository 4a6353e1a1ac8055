"""One incremental solver with every rule behind a switch: asked which choices or rules contradict each other."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from configurator.engine.evidence import Choices
from configurator.engine.formula import COMPONENT_SOURCE, Clause, Formula, exclusive_pairs
from configurator.engine.regions import NumericComponent
from configurator.engine.satisfiability import open_solver

if TYPE_CHECKING:
    from pysat.solvers import Solver


Barred = Collection[tuple[str, str]]
"""Options that are not to be taken, as attribute and code."""


class RuleName(NamedTuple):
    """A rule of the product; ``component`` is the place of the numeric component that stands for it, else -1."""

    component: int
    code: str


class Switchboard:
    """Answers by unsatisfiable cores. One question at a time: whoever shares it takes turns.

    A rule about options holds while its switch does, all of them while the main switch does. The rules of a numeric
    component are not clauses: which combinations of its options they leave is worked out for each question, so that
    any subset of them can be asked about. The solver is built when the first question comes.

    Parameters
    ----------
    formula
        The rules of a product.
    components
        Its coupled numbers.
    """

    def __init__(self, formula: Formula, components: Sequence[NumericComponent]) -> None:
        self._formula = formula
        self._components = components
        self._solver: Solver | None = None
        codes = dict.fromkeys(source for source in formula.sources if source and not _is_component(source))
        self._main = formula.variable_count + 1
        self._switches = {code: self._main + place for place, code in enumerate(codes, start=1)}
        self._joined = self._main + len(codes) + 1
        """Switch of the clauses that join the numeric components with all their rules."""
        self._combinations: dict[int, range] = {}
        self._last_variable = self._joined
        self.rules: tuple[RuleName, ...] = (
            *(RuleName(-1, code) for code in codes),
            *(RuleName(place, code) for place, component in enumerate(components) for code in component.rules))
        """Every rule: those about options in the order of the formula, then those about numbers."""

    def core_of_choices(self, choices: Choices, barred: Barred = ()) -> AbstractSet[str] | None:
        """Give some attributes whose choices already contradict the rules.

        Returns
        -------
        set of str
            None when some configuration has all the choices.
        """
        owners: dict[int, Collection[str]] = {
            self._formula.literals[name][code]: (name,) for name, code in choices.options.items()}
        for component, variables in zip(self._components, self._formula.combinations, strict=True):
            own = _numbers_of(component, choices.numbers)
            if own:
                allowed = component.allowed(own).tolist()
                owners.update((-variable, tuple(own)) for variable, is_allowed in zip(variables, allowed, strict=True)
                              if not is_allowed)
        core = self._core([self._main, self._joined, *self._not_taken(barred), *owners])
        return None if core is None else {name for literal in core for name in owners.get(literal, ())}

    def core_of_rules(self, choices: Choices, barred: Barred, rules: Sequence[int]) -> AbstractSet[int] | None:
        """Give some of the rules that already forbid choices, by their places in :attr:`rules`.

        Returns
        -------
        set of int
            None when the given rules do not forbid the choices together.
        """
        first, count = self._main + 1, len(self._switches)
        switches = [first + place for place in rules if place < count]
        owners = self._forbidden_combinations(choices, [place for place in rules if place >= count])
        core = self._core([*(self._formula.literals[name][code] for name, code in choices.options.items()),
                           *self._not_taken(barred), *switches, *owners])
        if core is None:
            return None
        return {literal - first for literal in core if literal >= first} | {
            place for literal in core for place in owners.get(literal, ())}

    def _forbidden_combinations(self, choices: Choices, rules: Sequence[int]) -> Mapping[int, Sequence[int]]:
        """Give the combinations that rules about numbers forbid, as literals, each with the rules it speaks for."""
        owners: dict[int, Sequence[int]] = {}
        for place, component in enumerate(self._components):
            own = [rule for rule in rules if self.rules[rule].component == place]
            if own or _numbers_of(component, choices.numbers):
                codes = [self.rules[rule].code for rule in own]
                allowed = component.allowed_under(codes, choices.numbers).tolist()
                owners.update((-variable, own) for variable, is_allowed in zip(
                    self._combinations_of(place), allowed, strict=True) if not is_allowed)
        return owners

    def _not_taken(self, barred: Barred) -> list[int]:
        return [-self._formula.literals[name][code] for name, code in barred]

    def _core(self, assumptions: Sequence[int]) -> Iterable[int] | None:
        solver = self._opened()
        if solver.solve(assumptions=assumptions):
            return None
        return solver.get_core() or ()

    def _opened(self) -> Solver:
        if self._solver is None:
            self._solver = open_solver(self._clauses())
            # The native solver is given back with this object, and before the interpreter ends.
            weakref.finalize(self, self._solver.delete)
        return self._solver

    def _clauses(self) -> Iterator[Clause]:
        yield from exclusive_pairs(self._formula)
        for clause, source in zip(self._formula.clauses, self._formula.sources, strict=True):
            if not source:
                yield clause
            else:
                yield (-(self._joined if _is_component(source) else self._switches[source]), *clause)
        for switch in self._switches.values():
            yield -self._main, switch

    def _combinations_of(self, place: int) -> range:
        """Give one variable for each combination of a component's options, those included that its rules forbid."""
        known = self._combinations.get(place)
        if known is None:
            component = self._components[place]
            count = len(component.all_combinations)
            known = range(self._last_variable + 1, self._last_variable + count + 1)
            self._last_variable += count
            for clause in self._combination_clauses(component, known):
                self._opened().add_clause(clause)
            self._combinations[place] = known
        return known

    def _combination_clauses(self, component: NumericComponent, variables: range) -> Iterator[Sequence[int]]:
        supports: dict[int, list[int]] = {}
        yield variables
        for variable, combination in zip(variables, component.all_combinations, strict=True):
            for name, code in zip(component.interface, combination, strict=True):
                literal = self._formula.literals[name][code]
                yield -variable, literal
                supports.setdefault(literal, []).append(variable)
        for literal, supporting in supports.items():
            yield -literal, *supporting


def _is_component(source: str) -> bool:
    return source.startswith(COMPONENT_SOURCE)


def _numbers_of(component: NumericComponent, numbers: Mapping[str, Fraction]) -> dict[str, Fraction]:
    return {name: value for name, value in numbers.items() if name in component.numbers}
