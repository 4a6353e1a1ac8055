"""Minimal conflicts: which choices cannot stand together, and which rules forbid it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from threading import Lock
from typing import TypeVar

from configurator.engine.evidence import Choices
from configurator.engine.formula import Formula
from configurator.engine.regions import NumericComponent
from configurator.engine.switchboard import Barred, Switchboard

Value = TypeVar("Value")


class ConflictFinder:
    """Finds minimal conflicts of one product; safe to share between threads.

    The answer follows from what is consistent and from the order of attributes and rules alone, so it does not
    depend on the questions before.

    Parameters
    ----------
    formula
        The rules of a product.
    components
        Its coupled numbers.
    """

    def __init__(self, formula: Formula, components: Sequence[NumericComponent]) -> None:
        self._lock = Lock()
        self._switchboard = Switchboard(formula, components)

    def minimal_choices(self, choices: Choices, *, kept: str = "", barred: Barred = ()) -> Choices | None:
        """Find choices that contradict the rules, and of which none can be left out.

        Parameters
        ----------
        choices
            Any choices; texts decide nothing.
        kept
            An attribute whose choice stays.
        barred
            Options that are not to be taken, as attribute and code.

        Returns
        -------
        Choices or None
            Without any one of them (``kept`` apart) the rest is consistent; no other than ``kept`` when the rules
            alone forbid it. None when some configuration has all the choices.
        """
        names = [name for name in [*choices.numbers, *choices.options] if name != kept]

        place = {name: position for position, name in enumerate(names)}

        def core(tried: Sequence[int]) -> AbstractSet[int] | None:
            held = {kept, *(names[position] for position in tried)}
            found = self._switchboard.core_of_choices(_only(choices, held), barred)
            return None if found is None else {place[name] for name in found if name != kept}

        with self._lock:
            needed = _last_minimal(len(names), core)
        return None if needed is None else _only(choices, {kept, *(names[position] for position in needed)})

    def conflict_rules(self, choices: Choices, *, barred: Barred = ()) -> tuple[str, ...]:
        """Give rules that forbid contradictory choices, and of which none can be left out.

        Parameters
        ----------
        choices, barred
            As for :meth:`minimal_choices`.

        Returns
        -------
        tuple of str
            Codes, those about options in the order of the product before those about numbers; empty when the structure
            of the product alone forbids the choices.

        Raises
        ------
        ValueError
            When the choices contradict no rule.
        """

        def core(tried: Sequence[int]) -> AbstractSet[int] | None:
            return self._switchboard.core_of_rules(choices, barred, tried)

        rules = self._switchboard.rules
        with self._lock:
            needed = _last_minimal(len(rules), core)
        if needed is None:
            raise ValueError("these choices contradict no rule")
        return tuple(rules[position].code for position in needed)


def _only(choices: Choices, names: Collection[str]) -> Choices:
    return Choices(_kept(choices.options, names), _kept(choices.numbers, names), {})


def _kept(items: Mapping[str, Value], names: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in items.items() if name in names}


def _last_minimal(count: int, core: Callable[[Sequence[int]], AbstractSet[int] | None]) -> list[int] | None:
    """Give what is left when items are left out from the first to the last, each that a contradiction can spare.

    Parameters
    ----------
    count
        How many items there are; they stand as 0, 1, … in the order in which they are tried.
    core
        Gives some of the items that already contradict each other; None when they do not.

    Returns
    -------
    list of int or None
        Ascending, and the same whatever cores are given: a core only tells that all items before its first one can be
        spared. None when all the items together contradict nothing.
    """
    needed: list[int] = []
    found = core(range(count))
    while found is not None:
        first = min((item for item in found if item not in needed), default=None)
        if first is None:
            return needed
        without = core([*needed, *range(first + 1, count)])
        if without is None:
            needed.append(first)
        else:
            found = without
    return None
