"""Build numeric components: evaluate each rule on the grid once per combination of its own attributes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalog.product import Attribute, AttributeKind, ProductDefinition, Rule, Strength
from configurator.engine.exact_values import Quantity
from configurator.engine.lowering import Lowering
from configurator.engine.references import attributes_named
from configurator.engine.regions import NumericComponent, RuleMasks
from configurator.engine.runs import Axis, Booleans, Integers, RunTable
from configurator.engine.vector import Array, Node, Plan, Program
from configurator.errors import ComponentTooLarge, RuleUnsupported

_CHUNK_CELLS = 1 << 16


@dataclass(frozen=True, slots=True)
class RegionBudget:
    """How large a component may grow before publishing is refused."""

    cells: int = 20_000_000
    combinations: int = 12_000
    runs: int = 500_000
    evaluations: int = 4_000_000_000
    """Cells times different rule outcomes."""


@dataclass(frozen=True, slots=True)
class CoupledRule:
    """A rule that names numbers, with the attributes it reads."""

    rule: Rule
    numbers: frozenset[str]
    choices: tuple[str, ...]


def build_all(definition: ProductDefinition, budget: RegionBudget | None = None) -> tuple[NumericComponent, ...]:
    """Work out the numeric components of a product; see :func:`regions.build_components`."""
    limits = budget or RegionBudget()
    coupled = [coupled_rule(definition, rule) for rule in definition.rules if rule.strength is Strength.HARD]
    numeric = [item for item in coupled if item is not None]
    return tuple(
        _build(definition, numbers, [item for item in numeric if item.numbers <= set(numbers)], limits)
        for numbers in connected(definition, numeric))


def coupled_rule(definition: ProductDefinition, rule: Rule) -> CoupledRule | None:
    """Give a rule with the attributes it reads; None when it names no number."""
    named = attributes_named(definition, rule.expression)
    kinds = {kind: tuple(item.code for item in definition.attributes if item.kind is kind and item.code in named)
             for kind in AttributeKind}
    if not kinds[AttributeKind.NUMBER]:
        return None
    if kinds[AttributeKind.TEXT]:
        raise RuleUnsupported(
            f"Rule {rule.code} names a number and the text {kinds[AttributeKind.TEXT][0]}; split it.", rule=rule.code)
    return CoupledRule(rule, frozenset(kinds[AttributeKind.NUMBER]), kinds[AttributeKind.CHOICE])


def connected(definition: ProductDefinition, rules: Sequence[CoupledRule]) -> list[tuple[str, ...]]:
    """Group the numbers that rules connect, in the product's order."""
    groups = [{item.code} for item in definition.attributes if item.kind is AttributeKind.NUMBER]
    for rule in rules:
        touched = [group for group in groups if group & rule.numbers]
        merged = set().union(*touched)
        place = groups.index(touched[0])
        groups[place] = merged
        groups = [group for group in groups if group is merged or not group & merged]
    return [tuple(sorted(group, key=lambda code: _grid_size(definition, code))) for group in groups]


def _number(definition: ProductDefinition, code: str) -> Attribute:
    attribute = definition.attribute(code)
    if attribute is None:
        raise KeyError(code)
    return attribute


def _grid_size(definition: ProductDefinition, code: str) -> int:
    item = _number(definition, code)
    return int((item.maximum - item.minimum) // item.step) + 1


def _build(definition: ProductDefinition, numbers: tuple[str, ...], rules: Sequence[CoupledRule],
           budget: RegionBudget) -> NumericComponent:
    axes = axes_of(definition, numbers)
    named = {code for item in rules for code in item.choices}
    interface = tuple(item.code for item in definition.attributes if item.code in named)
    options = tuple(tuple(option.code for option in _number(definition, code).options) for code in interface)
    check_size(axes, options, rules, budget)
    outcomes = Outcomes(definition, axes, rules)
    check_work(axes, outcomes, rules, budget)
    runs, bits = evaluate(axes, outcomes, rules, budget)
    masks = RuleMasks(runs, tuple(item.rule.code for item in rules), bits,
                      outcomes.masks_of_product(interface, options))
    return _assemble(interface, options, numbers, masks)


def axes_of(definition: ProductDefinition, numbers: Sequence[str]) -> tuple[Axis, ...]:
    """Give the step grids of number attributes."""
    return tuple(Axis(code, _number(definition, code).minimum, _number(definition, code).step,
                      _grid_size(definition, code)) for code in numbers)


def check_size(axes: Sequence[Axis], options: Sequence[Sequence[str]], rules: Sequence[CoupledRule],
               budget: RegionBudget) -> None:
    """Refuse a grid, or a set of combinations, that is too large to evaluate."""
    cells, combinations = math.prod(axis.size for axis in axes), math.prod(map(len, options))
    if cells > budget.cells:
        worst = max(rules, key=lambda item: len(item.numbers), default=None)
        raise ComponentTooLarge(
            f"The numbers {', '.join(axis.code for axis in axes)} have {cells} grid cells together (at most "
            f"{budget.cells}); use a coarser step or split rule {worst.rule.code if worst else '-'}.",
            rule=worst.rule.code if worst else "", cells=cells)
    if combinations > budget.combinations:
        worst = max(rules, key=lambda item: len(item.choices))
        raise ComponentTooLarge(
            f"Rules couple {', '.join(axis.code for axis in axes)} with {combinations} combinations of options (at "
            f"most {budget.combinations}); split rule {worst.rule.code}, which names {len(worst.choices)} "
            "attributes, with an attribute that sums them up.",
            rule=worst.rule.code, combinations=combinations)


def check_work(axes: Sequence[Axis], outcomes: Outcomes, rules: Sequence[CoupledRule],
               budget: RegionBudget) -> None:
    """Refuse rules that would be evaluated too often."""
    work = math.prod(axis.size for axis in axes) * len(outcomes.distinct)
    if work > budget.evaluations:
        worst = max(range(len(rules)), key=lambda place: len(set(outcomes.by_rule[place].values())))
        raise ComponentTooLarge(
            f"Rule {rules[worst].rule.code} would be evaluated in {work} cells (at most {budget.evaluations}); "
            "use a coarser step or split the rule.", rule=rules[worst].rule.code, evaluations=work)


class Outcomes:
    """The rules lowered for every combination of their own attributes."""

    def __init__(self, definition: ProductDefinition, axes: Sequence[Axis], rules: Sequence[CoupledRule]) -> None:
        self.program = Program()
        self.coordinates: list[Integers] = []
        numbers = {axis.code: self._quantity(place, axis) for place, axis in enumerate(axes)}
        lowering = Lowering(definition, self.program, numbers)
        self.rules = rules
        self.by_rule: list[dict[tuple[str, ...], Node]] = [
            {combination: lowering.holds(item.rule.expression, dict(zip(item.choices, combination, strict=True)))
             for combination in itertools.product(*(_codes(definition, code) for code in item.choices))}
            for item in rules]
        found = {node.index: node for nodes in self.by_rule for node in nodes.values() if not node.is_constant}
        self.distinct = [found[index] for index in sorted(found)]
        self._column = {node.index: place for place, node in enumerate(self.distinct)}

    def _quantity(self, place: int, axis: Axis) -> Quantity:
        denominator = math.lcm(axis.minimum.denominator, axis.step.denominator)
        first, step = int(axis.minimum * denominator), int(axis.step * denominator)
        self.coordinates.append(first + step * np.arange(axis.size, dtype=np.int64))
        return Quantity(self.program.axis(place, first, first + step * (axis.size - 1)),
                        self.program.constant(denominator), self.program.truth(value=False))

    def masks_of_product(self, interface: Sequence[str], options: Sequence[Sequence[str]]) -> Integers:
        """Give per combination of the interface and per rule the column of its outcome."""
        shape = [len(codes) for codes in options]
        total = math.prod(shape)
        masks = np.empty((total, len(self.rules)), dtype=np.int32)
        positions = np.indices(shape).reshape(len(shape), total)
        for place, item in enumerate(self.rules):
            columns = np.array([self._column_of(node) for node in self.by_rule[place].values()], dtype=np.int32)
            own = np.zeros(total, dtype=np.int64)
            for code in item.choices:
                axis = interface.index(code)
                own = own * shape[axis] + positions[axis]
            masks[:, place] = columns[own]
        return masks

    def columns_of_rule(self, place: int) -> dict[tuple[str, ...], int]:
        """Give per combination of a rule's own choices the column of its outcome; the last two: always, never."""
        return {combination: self._column_of(node) for combination, node in self.by_rule[place].items()}

    def _column_of(self, node: Node) -> int:
        if node.is_constant:
            return len(self.distinct) + (0 if node.low else 1)
        return self._column[node.index]


def _codes(definition: ProductDefinition, attribute: str) -> tuple[str, ...]:
    return tuple(option.code for option in _number(definition, attribute).options)


def evaluate(axes: tuple[Axis, ...], outcomes: Outcomes, rules: Sequence[CoupledRule],
             budget: RegionBudget) -> tuple[RunTable, Booleans]:
    """Run the rules over all cells; give runs keyed by outcome, and per key the truth of every outcome."""
    plan = outcomes.program.prepare(outcomes.distinct)
    width, starts, packed, total = axes[-1].size, [], [], 0
    for first_row, coordinates in _chunks(axes, outcomes.coordinates):
        changed, bits = _chunk_runs(outcomes, plan, coordinates, width)
        total += len(changed)
        if total > budget.runs:
            worst = max(rules, key=lambda item: (len(item.numbers), len(item.choices)))
            raise ComponentTooLarge(
                f"The rules over {', '.join(axis.code for axis in axes)} cut the grid into more than {budget.runs} "
                f"stretches; use a coarser step or split rule {worst.rule.code}.", rule=worst.rule.code)
        starts.append(changed + first_row * width)
        packed.append(bits)
    flat = np.concatenate(starts)
    unique, keys = _unique_rows(np.concatenate(packed))
    bits = np.ones((len(unique), len(outcomes.distinct) + 2), dtype=bool)
    bits[:, :-2] = np.unpackbits(unique, axis=1, count=len(outcomes.distinct)).astype(bool)
    bits[:, -1] = False
    cells = math.prod(axis.size for axis in axes)
    rows, first = np.divmod(flat, width)
    ends = np.append(flat[1:], cells) - rows * width
    table = RunTable(axes, rows.astype(np.int32), first.astype(np.int32), ends.astype(np.int32),
                     keys.astype(np.int32), len(unique))
    return table, bits


def _chunks(axes: Sequence[Axis], coordinates: Sequence[Integers]) -> Iterator[tuple[int, list[Array]]]:
    """Cut the grid into blocks of whole rows; give coordinates that broadcast to (rows, positions)."""
    shape = [axis.size for axis in axes[:-1]]
    row_count = math.prod(shape)
    step = max(1, _CHUNK_CELLS // axes[-1].size)
    for first in range(0, row_count, step):
        rows = np.arange(first, min(first + step, row_count))
        places = np.unravel_index(rows, shape) if shape else ()
        block: list[Array] = [values[place].reshape(-1, 1)
                              for values, place in zip(coordinates[:-1], places, strict=True)]
        yield first, [*block, coordinates[-1].reshape(1, -1)]


def _chunk_runs(outcomes: Outcomes, plan: Plan, coordinates: list[Array], width: int) -> tuple[Integers, Integers]:
    """Find where any outcome changes along the rows of a block, and the outcomes from there on."""
    results = outcomes.program.run(plan, coordinates)
    height = coordinates[0].shape[0] if len(coordinates) > 1 else 1
    changes = np.zeros((height, width), dtype=bool)
    changes[:, 0] = True
    for mask in results:
        if mask.shape[1] > 1:
            changes[:, 1:] |= mask[:, 1:] != mask[:, :-1]
    starts = np.flatnonzero(changes)
    rows, places = np.divmod(starts, width)
    bits = np.zeros((len(starts), max(len(results), 1)), dtype=bool)
    for column, mask in enumerate(results):
        bits[:, column] = mask[rows if mask.shape[0] > 1 else 0, places if mask.shape[1] > 1 else 0]
    return starts, np.packbits(bits, axis=1)


def _unique_rows(packed: Integers) -> tuple[Integers, Integers]:
    """Give the distinct rows of a byte matrix, and for each row the index of its like. Exact: no hashing."""
    rows = np.ascontiguousarray(packed)
    joined: Any = rows.view(np.dtype((np.void, rows.shape[1]))).reshape(-1)  # Any: numpy has no type for bytes
    _, firsts, back = np.unique(joined, return_index=True, return_inverse=True)
    return rows[firsts], back.reshape(-1)


def _assemble(interface: tuple[str, ...], options: tuple[tuple[str, ...], ...], numbers: tuple[str, ...],
              masks: RuleMasks) -> NumericComponent:
    """Join the outcomes of single rules to sets of combinations per cell, and merge what behaves alike."""
    alike, class_of = np.unique(masks.masks, axis=0, return_inverse=True)
    table = np.zeros((len(masks.bits), len(alike)), dtype=bool)
    for place, columns in enumerate(alike):
        table[:, place] = masks.bits[:, columns].all(axis=1)
    columns, column_of = _unique_rows(np.packbits(table.T, axis=1))
    class_of = column_of[class_of.reshape(-1)]
    table = np.unpackbits(columns, axis=1, count=len(table)).astype(bool).T
    living = np.asarray(table.any(axis=0))
    kept = np.flatnonzero(living[class_of])
    renumbered = np.cumsum(living) - 1
    regions, region_of = _unique_rows(np.packbits(table[:, living], axis=1)) if living.any() else (
        np.zeros((0, 0), dtype=np.uint8), np.full(len(table), -1))
    runs, feasible = _merged_runs(masks.runs, regions, region_of)
    product = list(itertools.product(*options))
    return NumericComponent(
        interface, tuple(product[place] for place in kept.tolist()), numbers, masks.rules, runs,
        renumbered[class_of[kept]].astype(np.int32), feasible, options, masks)


def _merged_runs(runs: RunTable, regions: Integers, region_of: Integers) -> tuple[RunTable, Integers]:
    """Replace keys by regions, drop cells that allow nothing, and join neighbours of one region."""
    is_alive: Booleans = np.asarray(regions.any(axis=1))
    renumbered = np.cumsum(is_alive) - 1
    keys = region_of[runs.keys]
    is_kept = is_alive[keys] if is_alive.size else np.zeros(len(keys), dtype=bool)
    is_first = np.ones(len(keys), dtype=bool)
    is_first[1:] = (keys[1:] != keys[:-1]) | (runs.rows[1:] != runs.rows[:-1])
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(keys)) - 1
    chosen = is_kept[firsts]
    firsts, lasts = firsts[chosen], lasts[chosen]
    table = RunTable(runs.axes, runs.rows[firsts], runs.starts[firsts], runs.ends[lasts],
                     renumbered[keys[firsts]].astype(np.int32) if len(firsts) else keys[firsts].astype(np.int32),
                     int(is_alive.sum()))
    return table, regions[is_alive]


