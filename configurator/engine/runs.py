"""Cells of a number grid kept as runs: stretches of equal cells along the longest number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configurator.configuration import NumberDomain

Booleans = NDArray[np.bool_]
Integers = NDArray[Any]
Points = tuple[int | None, ...]
"""Per axis the position of a fixed value, or None for an open number."""

_TABLE_LIMIT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Axis:
    """A number attribute's step grid: ``minimum + k·step`` for ``k`` below ``size``."""

    code: str
    minimum: Fraction
    step: Fraction
    size: int

    @cached_property
    def _integers(self) -> tuple[int, int, int]:
        """Minimum and step as integers, and what they were multiplied by."""
        scale = math.lcm(self.minimum.denominator, self.step.denominator)
        return int(self.minimum * scale), int(self.step * scale), scale

    def position(self, value: Fraction) -> int | None:
        """Give the place of a value on the grid; None when it is off the grid."""
        low, stride, scale = self._integers
        scaled, rest = divmod(value.numerator * scale, value.denominator)
        place, off = divmod(scaled - low, stride)
        return None if rest or off or not 0 <= place < self.size else place

    def value(self, place: int) -> Fraction:
        """Give the value at a place."""
        low, stride, scale = self._integers
        return Fraction(low + place * stride, scale)

    def domain(self, reached: Booleans) -> NumberDomain:
        """Turn a mask over the grid into intervals with holes."""
        padded = np.zeros(self.size + 2, dtype=np.bool_)
        padded[1:-1] = reached
        bounds = iter(np.flatnonzero(padded[1:] != padded[:-1]).tolist())
        return NumberDomain(tuple((self.value(first), self.value(next(bounds) - 1)) for first in bounds), self.step)


@dataclass(frozen=True, eq=False)
class RunTable:
    """Runs of cells with equal keys, sorted by row and start; cells without a run have no key.

    The last axis is the one along which the runs lie; all others together are the rows, in row-major
    order. ``starts`` and ``ends`` are positions on the last axis, ends exclusive; ``keys`` count from 0.
    """

    axes: tuple[Axis, ...]
    rows: Integers
    starts: Integers
    ends: Integers
    keys: Integers
    key_count: int

    @property
    def row_count(self) -> int:
        """How many rows the grid has."""
        return math.prod(axis.size for axis in self.axes[:-1])

    def points(self, choices: Mapping[str, Fraction]) -> Points | None:
        """Give the fixed positions of chosen numbers; None when a chosen value is off its grid."""
        if choices.keys().isdisjoint(self.codes):
            return self.open_points
        places: list[int | None] = []
        for axis in self.axes:
            value = choices.get(axis.code)
            place = None if value is None else axis.position(value)
            if place is None and value is not None:
                return None
            places.append(place)
        return tuple(places)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The attributes of the axes."""
        return frozenset(axis.code for axis in self.axes)

    @cached_property
    def open_points(self) -> Points:
        """The points of numbers that are all open."""
        return (None,) * len(self.axes)

    def keys_at(self, points: Points) -> Integers:
        """Give the distinct keys of the cells at fixed points, ascending."""
        if all(point is None for point in points):
            return np.arange(self.key_count)
        row = self._single_row(points)
        if row is not None and points[-1] is None and self._by_row is not None:
            return self._unpacked(self._by_row[row])
        if self._are_rows_open(points) and points[-1] is not None and self._by_position is not None:
            return self._unpacked(self._by_position[points[-1]])
        found = np.zeros(self.key_count, dtype=bool)
        found[self.keys[self._selected(points)]] = True
        return np.flatnonzero(found)

    def cells_per_key(self, points: Points) -> Integers:
        """Count the cells of each key at fixed points."""
        chosen = self._selected(points)
        lengths = self.ends[chosen] - self.starts[chosen]
        if points[-1] is not None:
            lengths = np.ones_like(lengths)
        totals = np.zeros(self.key_count, dtype=np.int64)
        np.add.at(totals, self.keys[chosen], lengths)
        return totals

    def reach(self, axis: int, points: Points, alive_keys: Booleans) -> Booleans:
        """Give the positions on one open axis where some cell at the other points has an alive key."""
        if axis == len(self.axes) - 1:
            return self._reach_along_runs(points, alive_keys)
        rows = self._reach_rows(points, alive_keys).reshape([item.size for item in self.axes[:-1]])
        picked: list[int | slice] = [slice(None) if point is None else point for point in points[:-1]]
        kept = rows[tuple(picked)]
        open_axes = [place for place, point in enumerate(points[:-1]) if point is None]
        others = tuple(place for place, original in enumerate(open_axes) if original != axis)
        return np.asarray(kept.any(axis=others), dtype=bool)

    def _reach_along_runs(self, points: Points, alive_keys: Booleans) -> Booleans:
        if self._are_rows_open(points) and self._by_position is not None:
            return _meets(self._by_position, alive_keys)
        chosen = self._selected(points)
        alive = alive_keys[self.keys[chosen]]
        edges = np.zeros(self.axes[-1].size + 1, dtype=np.int64)
        np.add.at(edges, self.starts[chosen][alive], 1)
        np.add.at(edges, self.ends[chosen][alive], -1)
        return np.asarray(np.cumsum(edges[:-1]) > 0)

    def _reach_rows(self, points: Points, alive_keys: Booleans) -> Booleans:
        if points[-1] is None and self._by_row is not None:
            return _meets(self._by_row, alive_keys)
        alive = alive_keys[self.keys]
        if points[-1] is not None:
            alive &= (self.starts <= points[-1]) & (self.ends > points[-1])
        reached = np.zeros(self.row_count, dtype=bool)
        reached[self.rows[alive]] = True
        return reached

    def _selected(self, points: Points) -> Integers:
        """Give the indices of the runs that touch a cell at fixed points."""
        row = self._single_row(points)
        if row is not None:
            first, last = int(self._row_pointers[row]), int(self._row_pointers[row + 1])
            chosen = np.arange(first, last)
        else:
            mask = np.ones(len(self.rows), dtype=bool)
            stride = self.row_count
            for axis, point in zip(self.axes[:-1], points[:-1], strict=True):
                stride //= axis.size
                if point is not None:
                    mask &= (self.rows // stride) % axis.size == point
            chosen = np.flatnonzero(mask)
        if points[-1] is not None:
            inside = (self.starts[chosen] <= points[-1]) & (self.ends[chosen] > points[-1])
            chosen = chosen[inside]
        return chosen

    def _single_row(self, points: Points) -> int | None:
        """Give the one row that the fixed points leave, or None when several are left."""
        row = 0
        for axis, point in zip(self.axes[:-1], points[:-1], strict=True):
            if point is None:
                return None
            row = row * axis.size + point
        return row

    @staticmethod
    def _are_rows_open(points: Points) -> bool:
        return all(point is None for point in points[:-1])

    def _unpacked(self, bits: Integers) -> Integers:
        return np.flatnonzero(np.unpackbits(bits, count=self.key_count))

    @cached_property
    def _row_pointers(self) -> Integers:
        return np.searchsorted(self.rows, np.arange(self.row_count + 1))

    @cached_property
    def _by_row(self) -> Integers | None:
        """Per row the set of keys in it as packed bits; None when that would be too large."""
        if self.row_count * self.key_count > _TABLE_LIMIT_BYTES:
            return None
        present = np.zeros((self.row_count, self.key_count), dtype=bool)
        present[self.rows, self.keys] = True
        return np.packbits(present, axis=1)

    @cached_property
    def _by_position(self) -> Integers | None:
        """Per position on the last axis the set of keys there as packed bits; None when too large."""
        size = self.axes[-1].size
        if (size + 1) * self.key_count * 4 > _TABLE_LIMIT_BYTES:
            return None
        edges = np.zeros((size + 1, self.key_count), dtype=np.int32)
        np.add.at(edges, (self.starts, self.keys), 1)
        np.add.at(edges, (self.ends, self.keys), -1)
        return np.packbits(np.cumsum(edges[:-1], axis=0) > 0, axis=1)


def _meets(table: Integers, alive_keys: Booleans) -> Booleans:
    """Tell for each row of packed sets whether it shares a key with the alive ones."""
    wanted = np.packbits(alive_keys)
    return np.asarray((table & wanted).any(axis=1))
