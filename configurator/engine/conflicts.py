"""Minimal conflicts: which choices cannot stand together, and which rules forbid it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from threading import Lock
from typing import TypeVar

from configurator.engine.evidence import Choices
from configurator.engine.formula import Formula
from configurator.engine.regions import NumericComponent
from configurator.engine.switchboard import Barred, RuleName, Switchboard

Item = TypeVar("Item")
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

        def core(tried: Sequence[str]) -> AbstractSet[str] | None:
            found = self._switchboard.core_of_choices(_only(choices, {kept, *tried}), barred)
            return None if found is None else found - {kept}

        with self._lock:
            needed = _last_minimal(names, core)
        return None if needed is None else _only(choices, {kept, *needed})

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

        def core(tried: Sequence[RuleName]) -> AbstractSet[RuleName] | None:
            return self._switchboard.core_of_rules(choices, barred, tried)

        with self._lock:
            needed = _last_minimal(self._switchboard.rules, core)
        if needed is None:
            raise ValueError("these choices contradict no rule")
        return tuple(name.code for name in needed)


def _only(choices: Choices, names: Collection[str]) -> Choices:
    return Choices(_kept(choices.options, names), _kept(choices.numbers, names), {})


def _kept(items: Mapping[str, Value], names: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in items.items() if name in names}


def _last_minimal(items: Sequence[Item], core: Callable[[Sequence[Item]], AbstractSet[Item] | None]) -> (
        list[Item] | None):
    """Give what is left when the items are left out from the first to the last, each that a contradiction can spare.

    Parameters
    ----------
    items
        In the order in which they are tried.
    core
        Gives some of the items that already contradict each other; None when they do not.

    Returns
    -------
    list or None
        The same whatever cores are given: a core only tells that all items before its first one can be spared.
        None when all the items together contradict nothing.
    """
    place = {item: position for position, item in enumerate(items)}
    needed: list[Item] = []
    found = core(items)
    while found is not None:
        waiting = [place[item] for item in found if item not in needed]
        if not waiting:
            return needed
        first = min(waiting)
        without = core([*needed, *items[first + 1:]])
        if without is None:
            needed.append(items[first])
        else:
            found = without
    return None
