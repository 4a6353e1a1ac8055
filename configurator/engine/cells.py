"""Cells of the step grids and which rules hold in them, rule by rule: what an audit asks about numbers. No solver."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from catalog.product import ProductDefinition, Strength
from configurator.engine.region_building import (
    CoupledRule,
    Outcomes,
    RegionBudget,
    axes_of,
    check_size,
    check_work,
    connected,
    coupled_rule,
    evaluate,
)
from configurator.engine.runs import Axis, Booleans, RunTable
from configurator.errors import ComponentTooLarge

MOST_OUTCOMES = 1_500_000
"""Kinds of cells times outcomes: more would take too many clauses."""

Bounds = Mapping[str, tuple[Fraction, Fraction]]
"""Per number attribute the least and greatest value of interest, both inclusive."""


@dataclass(frozen=True, slots=True)
class RuleColumns:
    """Which column of ``RuleCells.bits`` a rule follows under each combination of its own choice attributes."""

    code: str
    choices: tuple[str, ...]
    columns: Mapping[tuple[str, ...], int]


@dataclass(frozen=True, eq=False)
class RuleCells:
    """Numbers that rules couple, their cells sorted into kinds that no rule tells apart.

    ``bits[key, column]`` says whether an outcome holds in the cells of a key; the last two columns are "always"
    and "never". Unlike a ``NumericComponent`` nothing is joined: any subset of the rules may be asked about.
    """

    numbers: tuple[str, ...]
    runs: RunTable
    bits: Booleans
    rules: tuple[RuleColumns, ...]

    def keys_within(self, bounds: Bounds) -> tuple[int, ...]:
        """Give the keys that have a cell within bounds; those of other numbers are ignored."""
        chosen = self._runs_within(bounds)
        return tuple(np.unique(self.runs.keys[chosen]).tolist()) if chosen is not None else ()

    def cell(self, key: int, bounds: Bounds) -> dict[str, Fraction]:
        """Give the first cell of a key within bounds as a value for each number.

        Raises
        ------
        ValueError
            The key has no cell there.
        """
        chosen = self._runs_within(bounds)
        places = [] if chosen is None else np.flatnonzero(chosen & (self.runs.keys == key)).tolist()
        if not places:
            raise ValueError("no cell of this kind lies within the bounds")
        run, axes = int(places[0]), self.runs.axes
        first, _ = _positions(axes[-1], bounds) or (0, 0)
        shape = [axis.size for axis in axes[:-1]]
        row: list[int] = []
        if shape:
            row = [int(place) for place in np.unravel_index(int(self.runs.rows[run]), shape)]
        positions = [*row, max(int(self.runs.starts[run]), first)]
        return {axis.code: axis.minimum + place * axis.step for axis, place in zip(axes, positions, strict=True)}

    def _runs_within(self, bounds: Bounds) -> Booleans | None:
        """Tell which runs reach into the bounds; None when no grid value lies in them."""
        spans = [_positions(axis, bounds) for axis in self.runs.axes]
        if any(span is None for span in spans):
            return None
        low, high = spans[-1] or (0, 0)
        chosen = np.asarray((self.runs.starts <= high) & (self.runs.ends > low))
        shape = [axis.size for axis in self.runs.axes[:-1]]
        rows = list(np.unravel_index(self.runs.rows, shape)) if shape else []
        for places, span in zip(rows, spans[:-1], strict=True):
            least, most = span or (0, 0)
            chosen &= (places >= least) & (places <= most)
        return chosen


def build_cells(definition: ProductDefinition, budget: RegionBudget | None = None) -> tuple[RuleCells, ...]:
    """Evaluate every hard rule that names a number on the grid, each for itself.

    Parameters
    ----------
    definition
        The product; conditions of interest may stand among its rules.
    budget
        How large it may grow.

    Returns
    -------
    tuple of RuleCells
        One for each set of numbers that rules connect, also for a number that no rule names.

    Raises
    ------
    ComponentTooLarge
        Beyond the budget; ``detail["rule"]`` names the rule that is widest.
    RuleUnsupported
        A rule names a number and a text.
    """
    limits = budget or RegionBudget()
    found = [coupled_rule(definition, rule) for rule in definition.rules if rule.strength is Strength.HARD]
    numeric = [item for item in found if item is not None]
    for item in numeric:
        _check_width(definition, item, limits)
    return tuple(
        _cells(definition, numbers, [item for item in numeric if item.numbers <= set(numbers)], limits)
        for numbers in connected(definition, numeric))


def _cells(definition: ProductDefinition, numbers: tuple[str, ...], rules: Sequence[CoupledRule],
           budget: RegionBudget) -> RuleCells:
    axes = axes_of(definition, numbers)
    check_size(axes, (), rules, budget)
    outcomes = Outcomes(definition, axes, rules)
    check_work(axes, outcomes, rules, budget)
    runs, bits = evaluate(axes, outcomes, rules, budget)
    if bits.size > MOST_OUTCOMES:
        worst = max(rules, key=lambda item: (len(item.numbers), len(item.choices)))
        raise ComponentTooLarge(
            f"The rules over {', '.join(numbers)} part their cells into {len(bits)} kinds of {bits.shape[1]} outcomes "
            f"(at most {MOST_OUTCOMES} together); split rule {worst.rule.code}.", rule=worst.rule.code)
    columns = tuple(RuleColumns(item.rule.code, item.choices, outcomes.columns_of_rule(place))
                    for place, item in enumerate(rules))
    return RuleCells(numbers, runs, bits, columns)


def _check_width(definition: ProductDefinition, item: CoupledRule, budget: RegionBudget) -> None:
    sizes = {attribute.code: len(attribute.options) for attribute in definition.attributes}
    combinations = math.prod(sizes[code] for code in item.choices)
    if combinations > budget.combinations:
        raise ComponentTooLarge(
            f"Rule {item.rule.code} couples numbers with {combinations} combinations of options (at most "
            f"{budget.combinations}).", rule=item.rule.code, combinations=combinations)


def _positions(axis: Axis, bounds: Bounds) -> tuple[int, int] | None:
    """Give the first and last place of an axis within its bounds; None when there is none."""
    if axis.code not in bounds:
        return 0, axis.size - 1
    low, high = bounds[axis.code]
    first = max(0, math.ceil((low - axis.minimum) / axis.step))
    last = min(axis.size - 1, math.floor((high - axis.minimum) / axis.step))
    return (first, last) if first <= last else None
