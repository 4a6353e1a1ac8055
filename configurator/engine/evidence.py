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
from configurator.engine.sweep import Flags
from configurator.errors import UnknownChoice


@dataclass(frozen=True, slots=True)
class Choices:
    """A selection taken apart: chosen options, chosen numbers, texts."""

    options: Mapping[str, str]
    numbers: Mapping[str, Fraction]
    texts: Mapping[str, str]


def take_apart(attributes: Mapping[str, Attribute], selection: Mapping[str, Value]) -> Choices:
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
        attribute = attributes.get(name)
        if attribute is None:
            raise UnknownChoice(f"the product has no attribute {name}", attribute=name)
        if attribute.kind is AttributeKind.NUMBER and isinstance(value, Fraction):
            numbers[name] = value
        elif attribute.kind is AttributeKind.TEXT and isinstance(value, str):
            texts[name] = value
        elif attribute.kind is AttributeKind.CHOICE and isinstance(value, str) and attribute.option(value):
            options[name] = value
        else:
            raise UnknownChoice(f"{name} cannot be {value}", attribute=name, value=str(value))
    return Choices(options, numbers, texts)


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
        self.leaves = leaves
        self.opposites = opposites
        self.bounds = np.cumsum([0, *map(len, self.codes)])
        self.place = {
            (name, code): int(start) + position
            for name, codes, start in zip(self.names, self.codes, self.bounds.tolist(), strict=False)
            for position, code in enumerate(codes)
        }
        self.attribute_place = {name: place for place, name in enumerate(self.names)}
        self._slots = slots
        self._slot_bounds = np.searchsorted(slots, np.arange(int(slots[-1]) + 2))

    def block(self, blocked: Flags, option: int) -> None:
        """Take in that an option is chosen: every leaf that contradicts it is blocked."""
        leaf = int(self.leaves[option])
        if self.opposites[option]:
            blocked[leaf] = True
            return
        slot = int(self._slots[leaf])
        start, end = self._slot_bounds[slot : slot + 2]
        was_blocked = blocked[leaf]
        blocked[start:end] = True
        blocked[leaf] = was_blocked

    def blocked_by(self, options: Iterable[tuple[str, str]]) -> Flags:
        """Give the leaves that chosen options block."""
        blocked = np.zeros(len(self._slots), dtype=np.bool_)
        for choice in options:
            self.block(blocked, self.place[choice])
        return blocked

    def possible(self, possible_leaves: Flags) -> Flags:
        """Tell for every option whether it is possible, given which leaves are."""
        starts = self._slot_bounds[:-1]
        in_slot = np.add.reduceat(possible_leaves.astype(np.int32), starts)
        own = possible_leaves[self.leaves]
        others = in_slot[self._slots[self.leaves]] > own
        return np.where(self.opposites, others, own)


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
        if any(name in numbers for name in component.numbers):
            ruled_out = ~component.allowed(numbers) & (own_leaves >= 0)
            blocked[own_leaves[ruled_out]] = True
        result.append(blocked)
    return result
