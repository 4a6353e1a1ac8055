"""Numbers coupled by rules, solved ahead on their step grids: which option combinations each cell allows.

How the compiled graph uses a component (the seam):

1. ``component.combinations`` are the combinations of the ``interface`` attributes that some cell allows. The
   graph gets one extra variable Z per component whose value is the index of the combination. A component
   with an empty interface has the single combination ``()`` and needs no Z, only its cell count.
2. A click first takes ``allowed = component.allowed(number_choices)`` as evidence on Z, for every component,
   together with the choices of options; ONE sweep up and down follows.
3. For :meth:`NumericComponent.domains` the graph hands over, per combination k, whether some whole
   configuration uses k **when this component's own number choices are set aside** while all chosen options and
   the number choices of the *other* components stand. In a sweep over products and sums this is the
   derivative at leaf ``z_k`` taken *without* multiplying by the evidence ``allowed[k]`` of the leaf itself:
   every configuration has exactly one ``z`` leaf of the component, so the derivative does not contain the
   component's own evidence. So one sweep serves all domains; none is needed per chosen number. From it the
   component works out each number's reach: the other numbers' choices respected, its own set aside.
4. The count of whole configurations weighs leaf ``z_k`` with ``component.cell_counts(number_choices)[k]``.

Rules that name a number belong to components alone (``component.rules``); the graph takes the rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from catalog.product import ProductDefinition
from configurator.configuration import NumberDomain
from configurator.engine.references import numbers_named
from configurator.engine.remembering import Memory
from configurator.engine.runs import Axis, Booleans, Integers, Points, RunTable

__all__ = ["NumericComponent", "RuleMasks", "build_components", "numbers_named"]

_AT_ONCE = 200_000
"""Up to so many truth values are looked up at once; beyond them, equal combinations are looked up once."""


@dataclass(frozen=True, eq=False)
class RuleMasks:
    """Per rule, where on the grid it holds: what an explanation needs to try rules one by one.

    ``bits[key, mask]`` says whether a mask holds in the cells of a key; ``masks[combination, rule]`` names
    the mask that a rule follows under a combination (the last two masks are "always" and "never").
    """

    runs: RunTable
    rules: tuple[str, ...]
    bits: Booleans
    masks: Integers

    def allowed(self, rules: Collection[str], choices: Mapping[str, Fraction]) -> Booleans:
        """Tell per combination of the whole product whether some cell meets the given rules."""
        points = self.runs.points(choices)
        if points is None:
            return np.zeros(len(self.masks), dtype=bool)
        columns = [place for place, code in enumerate(self.rules) if code in rules]
        cells = self.bits[self.runs.keys_at(points)]
        if len(cells) * len(self.masks) * len(columns) <= _AT_ONCE:
            return np.asarray(cells[:, self.masks[:, columns]].all(axis=2).any(axis=0))
        wanted, back = np.unique(self.masks[:, columns], axis=0, return_inverse=True)
        answers = np.array([bool(cells[:, masks].all(axis=1).any()) for masks in wanted], dtype=bool)
        return np.asarray(answers[back.reshape(-1)])


@dataclass(frozen=True, eq=False)
class NumericComponent:
    """Numbers connected by rules, with the exact set of option combinations allowed in every cell.

    Parameters
    ----------
    interface
        Choice attributes that the rules name, in the product's order; may be empty.
    combinations
        Combinations of their options that some cell allows, aligned with ``interface``. Empty when the
        rules leave nothing: then the product has no valid configuration.
    numbers
        Number attributes of the component; the last has the longest grid.
    rules
        Codes of the rules that the component stands for, in the product's order; may be empty.
    """

    interface: tuple[str, ...]
    combinations: tuple[tuple[str, ...], ...]
    numbers: tuple[str, ...]
    rules: tuple[str, ...]
    runs: RunTable
    classes: Integers
    """Per combination the class of combinations that behave alike."""
    feasible: Integers
    """Per region the classes allowed in it, as packed bits."""
    options: tuple[tuple[str, ...], ...]
    """Per interface attribute all its option codes."""
    masks: RuleMasks

    @property
    def all_combinations(self) -> tuple[tuple[str, ...], ...]:
        """Every combination of the interface's options, allowed or not, in lexical order of position."""
        return tuple(itertools.product(*self.options))

    def is_chosen(self, number_choices: Mapping[str, Fraction]) -> bool:
        """Say whether one of the component's numbers is chosen."""
        return not number_choices.keys().isdisjoint(self.runs.codes)

    def allowed(self, number_choices: Mapping[str, Fraction]) -> Booleans:
        """Tell which combinations some cell at the chosen numbers allows.

        Parameters
        ----------
        number_choices
            Chosen values by attribute; those of other components are ignored. A value off its grid
            allows nothing.

        Returns
        -------
        array of bool
            One truth value per combination.
        """
        points = self.runs.points(number_choices)
        if points is None:
            return np.zeros(len(self.combinations), dtype=bool)
        return self._allowed[points].copy()

    @cached_property
    def _allowed(self) -> Memory[Points, Booleans]:
        return Memory(self._allowed_at)

    def _allowed_at(self, points: Points) -> Booleans:
        bits = np.bitwise_or.reduce(self.feasible[self.runs.keys_at(points)], axis=0, initial=0)
        return np.unpackbits(bits, count=self.class_count).astype(bool)[self.classes]

    def cell_counts(self, number_choices: Mapping[str, Fraction]) -> list[int]:
        """Count the cells at the chosen numbers that allow each combination, exactly."""
        points = self.runs.points(number_choices)
        if points is None:
            return [0] * len(self.combinations)
        return self._counts[points].copy()

    def domains(self, alive: Booleans, number_choices: Mapping[str, Fraction]) -> Mapping[str, NumberDomain]:
        """Give every number's reachable values, its own choice set aside, the others' respected.

        Parameters
        ----------
        alive
            Per combination, whether some whole configuration uses it when this component's number choices
            are set aside (see the module's text, point 3).
        number_choices
            Chosen values by attribute; those of other components are ignored.

        Returns
        -------
        mapping of str to NumberDomain
            Every number of the component. A domain without intervals means that the other choices
            contradict each other.
        """
        alive_classes = np.zeros(self.class_count, dtype=bool)
        alive_classes[self.classes[alive]] = True
        classes = np.packbits(alive_classes).tobytes()
        found: dict[str, NumberDomain] = {}
        for place, axis in enumerate(self.runs.axes):
            others = {code: value for code, value in number_choices.items() if code != axis.code}
            found[axis.code] = self._domains[place, self.runs.points(others), classes]
        return found

    @cached_property
    def _domains(self) -> Memory[tuple[int, Points | None, bytes], NumberDomain]:
        return Memory(self._domain_at)

    def _domain_at(self, question: tuple[int, Points | None, bytes]) -> NumberDomain:
        """Give one number's reach at the points of the others, when some classes of combinations are alive."""
        place, points, classes = question
        axis = self.runs.axes[place]
        if points is None:
            return axis.domain(np.zeros(axis.size, dtype=bool))
        return axis.domain(self.runs.reach(place, points, self._alive_keys[classes]))

    @cached_property
    def _alive_keys(self) -> Memory[bytes, Booleans]:
        return Memory(lambda classes: (self.feasible & np.frombuffer(classes, dtype=np.uint8)).any(axis=1))

    @cached_property
    def class_count(self) -> int:
        """How many classes of alike combinations there are."""
        return int(self.classes.max()) + 1 if len(self.classes) else 0

    def allowed_under(self, rules: Collection[str], number_choices: Mapping[str, Fraction]) -> Booleans:
        """Tell which of ``all_combinations`` some cell allows when only the given rules count.

        Made for explanations, which leave rules out one by one; slower than :meth:`allowed`.
        """
        return self.masks.allowed(rules, number_choices)

    def to_arrays(self) -> tuple[dict[str, Integers], dict[str, object]]:
        """Give the component as plain arrays and a JSON-ready description; see :meth:`from_arrays`."""
        index = [{code: place for place, code in enumerate(codes)} for codes in self.options]
        positions = [[index[place][code] for place, code in enumerate(combination)]
                     for combination in self.combinations]
        arrays = {
            "combinations": np.array(positions, dtype=np.int32).reshape(len(positions), len(self.interface)),
            "classes": self.classes, "feasible": self.feasible,
            "mask_bits": np.packbits(self.masks.bits, axis=1), "masks": self.masks.masks,
            **_run_arrays("run", self.runs), **_run_arrays("mask_run", self.masks.runs),
        }
        description: dict[str, object] = {
            "interface": list(self.interface), "options": [list(codes) for codes in self.options],
            "axes": [[axis.code, str(axis.minimum), str(axis.step), axis.size] for axis in self.runs.axes],
            "rules": list(self.rules), "keys": self.runs.key_count,
            "mask_keys": self.masks.runs.key_count, "mask_count": self.masks.bits.shape[1],
        }
        return arrays, description

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Integers], description: Mapping[str, object]) -> NumericComponent:
        """Rebuild a component from what :meth:`to_arrays` gave; the arrays may be memory-mapped."""
        interface = tuple(_strings(description["interface"]))
        options = tuple(tuple(_strings(codes)) for codes in _items(description["options"]))
        axes = tuple(_axis(item) for item in _items(description["axes"]))
        rules = tuple(_strings(description["rules"]))
        mask_count = int(str(description["mask_count"]))
        masks = RuleMasks(
            _run_table("mask_run", arrays, axes, int(str(description["mask_keys"]))), rules,
            np.unpackbits(arrays["mask_bits"], axis=1, count=mask_count).astype(bool), arrays["masks"])
        combinations = tuple(
            tuple(options[place][position] for place, position in enumerate(row))
            for row in arrays["combinations"].tolist())
        return cls(interface, combinations, tuple(axis.code for axis in axes), rules,
                   _run_table("run", arrays, axes, int(str(description["keys"]))), arrays["classes"],
                   arrays["feasible"], options, masks)

    @cached_property
    def _counts(self) -> Memory[Points, list[int]]:
        return Memory(self._counted)

    def _counted(self, points: Points) -> list[int]:
        cells = self.runs.cells_per_key(points)
        keys = np.flatnonzero(cells)
        bits = np.unpackbits(self.feasible[keys], axis=1, count=self.class_count)
        totals: list[int] = (cells[keys] @ bits.astype(np.int64))[self.classes].tolist()
        return totals


def build_components(definition: ProductDefinition) -> tuple[NumericComponent, ...]:
    """Work out the numeric components of a product.

    Parameters
    ----------
    definition
        The product; of its rules the hard ones that name a number, directly or through derived values,
        count here.

    Returns
    -------
    tuple of NumericComponent
        In the order of the product's numbers; empty when it has none. A number in no rule is a component of
        its own with an empty interface.

    Raises
    ------
    ComponentTooLarge
        The numbers and options that rules couple exceed the budget; the message names the rule to split.
    """
    from configurator.engine.region_building import build_all  # noqa: PLC0415 - it imports this module

    return build_all(definition)


def _run_arrays(prefix: str, runs: RunTable) -> dict[str, Integers]:
    return {f"{prefix}_rows": runs.rows, f"{prefix}_starts": runs.starts, f"{prefix}_ends": runs.ends,
            f"{prefix}_keys": runs.keys}


def _run_table(prefix: str, arrays: Mapping[str, Integers], axes: tuple[Axis, ...], key_count: int) -> RunTable:
    return RunTable(axes, arrays[f"{prefix}_rows"], arrays[f"{prefix}_starts"], arrays[f"{prefix}_ends"],
                    arrays[f"{prefix}_keys"], key_count)


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {value!r}")
    return value


def _strings(value: object) -> list[str]:
    return [str(item) for item in _items(value)]


def _axis(item: object) -> Axis:
    code, minimum, step, size = _strings(item)
    return Axis(code, Fraction(minimum), Fraction(step), int(size))
