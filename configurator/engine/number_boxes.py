"""Which combinations of a numeric component some cell allows inside a box of numbers. Imports no solver."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from configurator.engine.regions import NumericComponent
from configurator.engine.runs import Axis, Booleans


def combinations_within(
    component: NumericComponent, intervals: Mapping[str, tuple[Fraction, Fraction]]
) -> Booleans:
    """Tell which combinations some cell between the ends of all intervals allows.

    Parameters
    ----------
    component
        The numbers that rules tie together.
    intervals
        Least and greatest value by number, both included; numbers without one are open, those of other
        components are ignored.

    Returns
    -------
    array of bool
        One truth value per combination; all False when an interval holds no value of the grid.
    """
    runs = component.runs
    is_inside = np.ones(len(runs.rows), dtype=np.bool_)
    stride = runs.row_count
    for axis in runs.axes[:-1]:
        stride //= axis.size
        first, last = _positions(axis, intervals)
        places = (runs.rows // stride) % axis.size
        is_inside &= (places >= first) & (places <= last)
    first, last = _positions(runs.axes[-1], intervals)
    is_inside &= (runs.starts <= last) & (runs.ends > first) & (first <= last)
    keys = np.unique(runs.keys[is_inside])
    bits = np.bitwise_or.reduce(component.feasible[keys], axis=0, initial=0)
    return np.unpackbits(bits, count=component.class_count).astype(np.bool_)[component.classes]


def _positions(axis: Axis, intervals: Mapping[str, tuple[Fraction, Fraction]]) -> tuple[int, int]:
    """Give the first and the last place on an axis inside its interval."""
    if axis.code not in intervals:
        return 0, axis.size - 1
    low, high = intervals[axis.code]
    first = -((axis.minimum - low) // axis.step)
    return max(int(first), 0), min(int((high - axis.minimum) // axis.step), axis.size - 1)
