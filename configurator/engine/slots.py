"""Leaves of the compiled graph: sets of literals of which exactly one holds. Imports no solver."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from configurator.engine.formula import Clause
from configurator.engine.preparation import TRUE, Prepared

CERTAIN = 0
"""The leaf that always holds; a fixed option refers to it."""

NEUTRAL = 1
"""A leaf that always holds and that nothing refers to."""


@dataclass(slots=True)
class Slots:
    """Numbered leaves, each in one slot; every model holds exactly one leaf of every slot.

    Attributes
    ----------
    leaf_of
        Leaf of a literal that has one of its own.
    slot_of
        Slot of a leaf, by leaf number.
    """

    leaf_of: dict[int, int] = field(default_factory=lambda: {TRUE: CERTAIN})
    slot_of: list[int] = field(default_factory=lambda: [0, 1])

    def add(self, literals: Iterable[int]) -> None:
        """Make a slot of literals that have no leaf yet."""
        slot = self.slot_of[-1] + 1
        for literal in literals:
            self.leaf_of[literal] = len(self.slot_of)
            self.slot_of.append(slot)

    def refer(self, literal: int) -> tuple[int, bool]:
        """Give the leaf that tells whether a literal holds, and whether it holds when the leaf does not."""
        if literal in self.leaf_of:
            return self.leaf_of[literal], False
        return self.leaf_of[-literal], True


def make_slots(prepared: Prepared, images: Collection[int], implied: Iterable[Clause]) -> Slots:
    """Choose the leaves for all literals that options and combinations stand for.

    Parameters
    ----------
    prepared
        The simplified formula.
    images
        Literals that options and combinations stand for.
    implied
        Sets of literals of which exactly one holds though the formula has no exclusive group of them.

    Returns
    -------
    Slots
        With a leaf for every image or for its negation in a slot of several literals.
    """
    slots = Slots()
    wanted = {abs(image) for image in images}
    for group in implied:
        slots.add(group)
    exact = set(prepared.exclusive) & set(prepared.clauses)
    for group in sorted(exact, key=lambda members: (-len(members), members)):
        is_free = not any(literal in slots.leaf_of for literal in group)
        if is_free and all(abs(literal) in wanted for literal in group):
            slots.add(group)
    for variable in sorted(wanted - {TRUE}):
        if variable not in slots.leaf_of and -variable not in slots.leaf_of:
            slots.add((variable, -variable))
    return slots


def image_of(prepared: Prepared, literal: int) -> int:
    """Give the literal of the simplified formula that equals an original literal."""
    return prepared.images[literal] if literal > 0 else -prepared.images[-literal]


def refer_all(
    slots: Slots, prepared: Prepared, literals: Mapping[str, Mapping[str, int]]
) -> tuple[list[int], list[bool]]:
    """Give, for every option in order, its leaf and whether it is the opposite of the leaf."""
    pairs = [
        slots.refer(image_of(prepared, literal)) for codes in literals.values() for literal in codes.values()
    ]
    return [leaf for leaf, _ in pairs], [is_opposite for _, is_opposite in pairs]
