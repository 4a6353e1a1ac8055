"""Minimal conflicts: which choices cannot stand together, and which rules forbid it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from configurator.engine.evidence import Choices
from configurator.engine.formula import COMPONENT_SOURCE, Clause, Formula, exclusive_pairs
from configurator.engine.regions import NumericComponent
from configurator.engine.satisfiability import open_solver

Item = TypeVar("Item")


def minimal_choices(choices: Choices, is_consistent: Callable[[Choices], bool], *, kept: str = "") -> Choices:
    """Take choices away as long as the rest still contradicts itself.

    Parameters
    ----------
    choices
        Contradictory choices.
    is_consistent
        Says whether some configuration has given choices.
    kept
        An attribute whose choice stays.

    Returns
    -------
    Choices
        Without any one of them (``kept`` apart) the rest is consistent; empty when the rules contradict.
    """
    options, numbers = dict(choices.options), dict(choices.numbers)
    for name in [*numbers, *options]:
        if name != kept and not is_consistent(Choices(_without(options, name), _without(numbers, name), {})):
            options.pop(name, None)
            numbers.pop(name, None)
    return Choices(options, numbers, {})


def _without(items: dict[str, Item], name: str) -> dict[str, Item]:
    return {key: value for key, value in items.items() if key != name}


def conflict_rules(
    formula: Formula, components: Sequence[NumericComponent], choices: Choices
) -> tuple[str, ...]:
    """Give a minimal set of rules that forbid choices which contradict the rules.

    Returns
    -------
    tuple of str
        Codes in the order of the formula; empty when the structure of the product alone forbids them.
    """
    hard = [formula.literals[name][code] for name, code in choices.options.items()]
    sources = _minimal_sources(formula, components, choices, hard)
    codes = [source for source in sources if not source.startswith(COMPONENT_SOURCE)]
    for source in sources:
        if source.startswith(COMPONENT_SOURCE):
            place = int(source.removeprefix(COMPONENT_SOURCE))
            others = [other for other in sources if other != source]
            clauses = _clauses_of(formula, {"", *others}) + [(literal,) for literal in hard]
            codes += _minimal_number_rules(formula, components[place], choices, clauses)
    return tuple(codes)


def _clauses_of(formula: Formula, sources: Collection[str]) -> list[Clause]:
    own = [clause for clause, source in zip(formula.clauses, formula.sources, strict=True) if source in sources]
    return own + list(exclusive_pairs(formula))


def _minimal_sources(
    formula: Formula, components: Sequence[NumericComponent], choices: Choices, hard: Sequence[int]
) -> list[str]:
    """Switch each rule by a literal of its own, take a core of the switches, and shrink it."""
    switches: dict[str, int] = {}
    with open_solver(exclusive_pairs(formula)) as solver:
        for clause, source in zip(formula.clauses, formula.sources, strict=True):
            if source:
                switch = switches.setdefault(source, formula.variable_count + 1 + len(switches))
                solver.add_clause([-switch, *clause])
            else:
                solver.add_clause(list(clause))
        for place, literal in _ruled_out(formula, components, choices):
            source = f"{COMPONENT_SOURCE}{place}"
            switch = switches.setdefault(source, formula.variable_count + 1 + len(switches))
            solver.add_clause([-switch, literal])

        def is_contradictory(kept: Iterable[str]) -> list[str] | None:
            if solver.solve(assumptions=[*hard, *(switches[source] for source in kept)]):
                return None
            core = set(solver.get_core() or ())
            return [source for source in switches if switches[source] in core]

        return _shrunk(list(switches), is_contradictory)


def _ruled_out(
    formula: Formula, components: Sequence[NumericComponent], choices: Choices
) -> Iterable[tuple[int, int]]:
    """Give, per component with chosen numbers, the combinations they rule out as literals."""
    for place, (component, variables) in enumerate(zip(components, formula.combinations, strict=True)):
        if any(name in choices.numbers for name in component.numbers):
            for variable, is_allowed in zip(variables, component.allowed(choices.numbers), strict=True):
                if not is_allowed:
                    yield place, -variable


def _shrunk(codes: list[str], is_contradictory: Callable[[Iterable[str]], list[str] | None]) -> list[str]:
    """Leave out one after the other what a contradiction does not need."""
    needed: list[str] = []
    pending = is_contradictory(codes)
    if pending is None:
        raise ValueError("these choices contradict no rule")
    while pending:
        tried = pending.pop(0)
        core = is_contradictory([*needed, *pending])
        if core is None:
            needed.append(tried)
        else:
            pending = [code for code in pending if code in core]
    return [code for code in codes if code in needed]


def _minimal_number_rules(
    formula: Formula, component: NumericComponent, choices: Choices, clauses: Sequence[Clause]
) -> list[str]:
    """Shrink the rules of one component, its combinations written over the options themselves."""

    def is_contradictory(kept: Iterable[str]) -> list[str] | None:
        rules = list(kept)
        allowed = component.allowed_under(rules, choices.numbers).tolist()
        with open_solver(clauses) as solver:
            for combination, is_allowed in zip(component.all_combinations, allowed, strict=True):
                if not is_allowed:
                    pairs = zip(component.interface, combination, strict=True)
                    solver.add_clause([-formula.literals[name][code] for name, code in pairs])
            return None if solver.solve() else rules

    return _shrunk(list(component.rules), is_contradictory)
