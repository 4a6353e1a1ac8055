"""What a selection says to the leaves of the compiled graph. Imports no solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from catalog.product import Attribute, AttributeKind, Value
from configurator.engine.graph import Ints
from configurator.engine.regions import NumericComponent
from configurator.engine.slots import CERTAIN
from configurator.engine.sweep import Flags
from configurator.errors import UnknownChoice


@dataclass(frozen=True, slots=True)
class Choices:
    """A selection taken apart: chosen options, chosen numbers, texts."""

    options: Mapping[str, str]
    numbers: Mapping[str, Fraction]
    texts: Mapping[str, str]


class Vocabulary:
    """The attributes and options that a selection may name."""

    def __init__(self, attributes: Iterable[Attribute]) -> None:
        self._codes: dict[str, frozenset[str]] = {}
        self._numbers: set[str] = set()
        self._texts: set[str] = set()
        for attribute in attributes:
            if attribute.kind is AttributeKind.CHOICE:
                self._codes[attribute.code] = frozenset(option.code for option in attribute.options)
            else:
                (self._numbers if attribute.kind is AttributeKind.NUMBER else self._texts).add(attribute.code)

    def take_apart(self, selection: Mapping[str, Value]) -> Choices:
        """Sort the choices of a selection by the kind of their attributes.

        Raises
        ------
        UnknownChoice
            For an attribute or option the product does not have, or a value of the wrong kind.
        """
        options: dict[str, str] = {}
        numbers: dict[str, Fraction] = {}
        texts: dict[str, str] = {}
        for name, value in selection.items():
            if isinstance(value, str):
                if name in self._codes and value in self._codes[name]:
                    options[name] = value
                    continue
                if name in self._texts:
                    texts[name] = value
                    continue
            elif name in self._numbers:
                numbers[name] = value
                continue
            raise self._unknown(name, value)
        return Choices(options, numbers, texts)

    def _unknown(self, name: str, value: Value) -> UnknownChoice:
        if name in self._codes or name in self._numbers or name in self._texts:
            return UnknownChoice(f"{name} cannot be {value}", attribute=name, value=str(value))
        return UnknownChoice(f"the product has no attribute {name}", attribute=name)


class OptionTable:
    """All options of a product in order, and the leaf each refers to."""

    def __init__(
        self,
        codes: Mapping[str, Iterable[str]],
        leaves: Ints,
        opposites: NDArray[np.bool_],
        slots: Ints,
    ) -> None:
        self.names = list(codes)
        self.codes = [tuple(own) for own in codes.values()]
        self.leaves: NDArray[np.intp] = leaves.astype(np.intp)
        self.opposites = opposites
        self.bounds = np.cumsum([0, *map(len, self.codes)])
        self.place = {
            (name, code): int(start) + position
            for name, codes, start in zip(self.names, self.codes, self.bounds.tolist(), strict=False)
            for position, code in enumerate(codes)
        }
        self.attribute_place = {name: place for place, name in enumerate(self.names)}
        self._slot_bounds = np.searchsorted(slots, np.arange(int(slots[-1]) + 2)).tolist()
        self._slot_of_leaf = slots.tolist()
        self._leaf_count = len(slots)
        self._blocks = [
            self._block(leaf, is_opposite)
            for leaf, is_opposite in zip(leaves.tolist(), opposites.tolist(), strict=True)
        ]
        self._index_opposites()

    def _block(self, leaf: int, is_opposite: bool) -> tuple[int, int, int]:  # noqa: FBT001 - one of a pair
        """Give the range of leaves that an option blocks, but for one (past the last leaf: none)."""
        if is_opposite:
            return leaf, leaf + 1, self._leaf_count
        return *self.slot_of(leaf), leaf

    def slot_of(self, leaf: int) -> tuple[int, int]:
        """Give the first leaf of a leaf's slot and the one after its last."""
        slot = self._slot_of_leaf[leaf]
        return self._slot_bounds[slot], self._slot_bounds[slot + 1]

    def _index_opposites(self) -> None:
        """List the slots of the options that hold when their leaf does not, and the leaves of these slots."""
        self._opposite_options = np.flatnonzero(self.opposites)
        spans = [self.slot_of(leaf) for leaf in self.leaves[self._opposite_options].tolist()]
        starts: dict[tuple[int, int], int] = {}
        leaves: list[int] = []
        for span in spans:
            if span not in starts:
                starts[span] = len(leaves)
                leaves.extend(range(*span))
        slots = {span: place for place, span in enumerate(starts)}
        self._opposite_slots = np.array([slots[span] for span in spans], dtype=np.intp)
        self._opposite_starts = np.array(list(starts.values()), dtype=np.intp)
        self._opposite_leaves = np.array(leaves, dtype=np.intp)

    def blocked_by(self, options: Iterable[tuple[str, str]]) -> Flags:
        """Give the leaves that chosen options block: those that contradict one of them."""
        blocked = bytearray(self._leaf_count + 1)
        for choice in options:
            start, end, kept = self._blocks[self.place[choice]]
            before = blocked[kept]
            blocked[start:end] = b"\1" * (end - start)
            blocked[kept] = before
        return np.frombuffer(blocked, dtype=np.bool_)[: self._leaf_count]

    def possible(self, possible_leaves: Flags) -> Flags:
        """Tell for every option whether it is possible, given which leaves are."""
        found: Flags = possible_leaves[self.leaves]
        if len(self._opposite_options):
            in_slot = np.add.reduceat(possible_leaves[self._opposite_leaves].astype(np.int32), self._opposite_starts)
            own = found[self._opposite_options]
            found[self._opposite_options] = in_slot[self._opposite_slots] > own
        return found

    def of_attribute(self, name: str, options: Flags) -> list[bool]:
        """Pick what is said of an attribute's options from what is said of all."""
        place = self.attribute_place[name]
        found: list[bool] = options[self.bounds[place] : self.bounds[place + 1]].tolist()
        return found

    def replacements(self, name: str, code: str, around: Flags, blocked_times: Ints) -> list[bool] | None:
        """Tell which options of an attribute go with all choices but its own.

        Parameters
        ----------
        name, code
            The attribute and its chosen option.
        around
            Per leaf, whether something goes with it, its slot's blocking set aside.
        blocked_times
            Per leaf how many choices, this one among them, block it.

        Returns
        -------
        list of bool or None
            None when the options refer to several slots, so that ``around`` does not tell.
        """
        place = self.attribute_place[name]
        first, end = self.bounds[place : place + 2].tolist()
        leaves = self.leaves[first:end].tolist()
        start, stop, kept = self._blocks[self.place[name, code]]
        spans = {self.slot_of(leaf) for leaf in leaves if leaf != CERTAIN}
        if len(spans) != 1 or start == CERTAIN:
            return None
        ((low, high),) = spans
        own = [start <= leaf < stop and leaf != kept for leaf in range(low, high)]
        times, fitting = blocked_times[low:high].tolist(), around[low:high].tolist()
        is_open = [fits and time == mine for fits, time, mine in zip(fitting, times, own, strict=True)]
        count = sum(is_open)
        found = []
        for leaf, is_opposite in zip(leaves, self.opposites[first:end].tolist(), strict=True):
            # Some option is not fixed, so those that are cannot be had.
            holds = leaf != CERTAIN and is_open[leaf - low]
            found.append(leaf != CERTAIN and (count > holds if is_opposite else holds))
        return found

    def blocked_times(self, options: Iterable[tuple[str, str]]) -> Ints:
        """Count how many of the chosen options block each leaf."""
        times = np.zeros(self._leaf_count + 1, dtype=np.int32)
        for choice in options:
            start, end, kept = self._blocks[self.place[choice]]
            times[start:end] += 1
            times[kept] -= 1
        return times[:-1]


def block_combinations(
    components: Sequence[NumericComponent],
    leaves: Sequence[Ints],
    numbers: Mapping[str, Fraction],
    leaf_count: int,
) -> dict[int, Flags]:
    """Give, for each numeric component with chosen numbers, the leaves of the combinations these rule out."""
    result = {}
    for place, (component, own_leaves) in enumerate(zip(components, leaves, strict=True)):
        if component.is_chosen(numbers):
            blocked = np.zeros(leaf_count, dtype=np.bool_)
            ruled_out = ~component.allowed(numbers) & (own_leaves >= 0)
            blocked[own_leaves[ruled_out]] = True
            result[place] = blocked
    return result
