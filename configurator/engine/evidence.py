"""What a selection says to the leaves of the compiled graph. Imports no solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, chain

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
        self._is_direct = ~opposites
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
        """List, per option that holds when its leaf does not, the other leaves of the slot."""
        rows = {}
        for option in np.flatnonzero(self.opposites).tolist():
            own = int(self.leaves[option])
            others = [leaf for leaf in range(*self.slot_of(own)) if leaf != own]
            if others:
                rows[option] = others
        self._opposite_options = np.array(list(rows), dtype=np.intp)
        self._beside = np.array(list(chain.from_iterable(rows.values())), dtype=np.intp)
        self._beside_starts = np.array(list(accumulate(map(len, rows.values()), initial=0))[:-1], dtype=np.intp)

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
        found: Flags = possible_leaves[self.leaves] & self._is_direct
        if len(self._opposite_options):
            beside = np.bitwise_or.reduceat(possible_leaves[self._beside], self._beside_starts)
            found[self._opposite_options] = beside
        return found

    def of_attribute(self, name: str, options: Flags) -> list[bool]:
        """Pick what is said of an attribute's options from what is said of all."""
        place = self.attribute_place[name]
        found: list[bool] = options[self.bounds[place] : self.bounds[place + 1]].tolist()
        return found

    def is_in_one_slot(self, name: str, code: str) -> bool:
        """Say whether an option and all others of its attribute that are not fixed refer to one slot."""
        place = self.attribute_place[name]
        leaves = set(self.leaves[self.bounds[place] : self.bounds[place + 1]].tolist())
        chosen = int(self.leaves[self.place[name, code]])
        return chosen != CERTAIN and len({self._slot_of_leaf[leaf] for leaf in leaves - {CERTAIN}}) == 1

    def possible_of(self, name: str, possible_leaves: Flags) -> list[bool]:
        """Tell for every option of an attribute whether it is possible, given which leaves are."""
        place = self.attribute_place[name]
        found = []
        for option in range(int(self.bounds[place]), int(self.bounds[place + 1])):
            leaf = int(self.leaves[option])
            start, end = self.slot_of(leaf)
            beside = possible_leaves[start:leaf].any() or possible_leaves[leaf + 1 : end].any()
            found.append(bool(beside if self.opposites[option] else possible_leaves[leaf]))
        return found


def block_combinations(
    components: Sequence[NumericComponent],
    leaves: Sequence[Ints],
    numbers: Mapping[str, Fraction],
    leaf_count: int,
) -> list[Flags]:
    """Give, per numeric component, the leaves of the combinations its chosen numbers rule out."""
    result = []
    for component, own_leaves in zip(components, leaves, strict=True):
        blocked = np.zeros(leaf_count, dtype=np.bool_)
        if component.is_chosen(numbers):
            ruled_out = ~component.allowed(numbers) & (own_leaves >= 0)
            blocked[own_leaves[ruled_out]] = True
        result.append(blocked)
    return result
