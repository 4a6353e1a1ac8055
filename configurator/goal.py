"""What a search makes least: one figure within limits, or the excess over them. Imports no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from configurator.cost_model import Figure

Score = Fraction
"""What is made least: a figure in its unit, or for a miss the sum of the relative excesses."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure to make least, and the most that figures may be.

    Attributes
    ----------
    objective
        The figure.
    limits
        Most that a figure may be, in its unit and of one piece; of ``Figure.RANK`` there is none.
    is_miss
        When set, limits may be passed and the sum of the relative excesses is made least instead: for each limit
        what is above it over the limit itself (over 1 for a limit below 1). Then the objective is not asked.
    """

    objective: Figure
    limits: Mapping[Figure, int] = field(default_factory=dict)
    is_miss: bool = False

    def __post_init__(self) -> None:
        """Refuse a miss without limits, and a limit on what has no unit, with a ValueError."""
        if self.is_miss and not self.limits:
            raise ValueError("without limits nothing can be missed")
        if Figure.RANK in self.limits:
            raise ValueError("a rank is of no unit and cannot be limited")

    @property
    def least_possible(self) -> Score:
        """A bound that always holds."""
        return Fraction(0) if self.is_miss else Fraction(-(10**30))

    def score(self, figures: Mapping[Figure, int]) -> Score | None:
        """Judge a configuration; None when it is beyond a limit that may not be passed."""
        if self.is_miss:
            return self.excess(figures)
        is_within = all(figures[figure] <= most for figure, most in self.limits.items())
        return Fraction(figures[self.objective]) if is_within else None

    def excess(self, figures: Mapping[Figure, int]) -> Score:
        """Sum what is above the limits, each relative to its limit."""
        return sum((Fraction(max(0, figures[figure] - most), unit(most)) for figure, most in self.limits.items()),
                   Fraction(0))


def unit(most: int) -> int:
    """Give what an excess over a limit is measured by: the limit, at least 1."""
    return max(most, 1)
