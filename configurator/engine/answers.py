"""What an engine answers to the choices of a customer, in terms of options and combinations. No solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from configurator.engine.evidence import Choices
from configurator.engine.sweep import Flags


@dataclass(frozen=True, slots=True)
class Answer:
    """What is left when some choices stand.

    Attributes
    ----------
    possible
        Per option of the product, in order, whether some configuration with all choices has it.
    combinations
        Per numeric component and combination, whether some configuration has it when the component's own
        number choices are set aside.
    count
        How many configurations have all choices, exactly; −1 when it was not asked for, None when counting
        would take too long.
    """

    possible: Flags
    combinations: Sequence[Flags]
    count: int | None = -1


class Answers(Protocol):
    """An engine: the compiled graph, or the search that stands in for it."""

    def answer(self, choices: Choices, *, with_count: bool = False) -> Answer | None:
        """Give what is left; None when the choices contradict each other or the rules."""

    def is_consistent(self, choices: Choices) -> bool:
        """Say whether some configuration has all the choices."""

    def count(self, choices: Choices) -> int:
        """Count the configurations that have all the choices, exactly.

        Raises
        ------
        BudgetExceeded
            When there is no compiled graph and counting takes too long.
        """

    def best(self, choices: Choices, ranks: Sequence[tuple[str, Mapping[str, int]]]) -> dict[str, str]:
        """Give the options of a configuration that follows the ranks from the first to the last."""

    def replaceable(self, choices: Choices) -> Mapping[str, Sequence[bool]]:
        """Tell, per chosen choice attribute, which of its options go with all the other choices; [] when none."""
