"""Minutes of the wall clock and working minutes of an axis, both ways; each is one bisection."""

from __future__ import annotations

import numpy as np

from scheduling.engine.arrays import (
    AXIS_BY_MINUTE,
    AXIS_BY_WORK,
    AXIS_FIRST,
    AXIS_LAST,
    AXIS_MINUTE,
    AXIS_SHIFT,
    AXIS_TOTAL,
    NONE,
    WINDOW_BEFORE,
    WINDOW_END,
    WINDOW_START,
    Shop,
    Table,
)
from scheduling.engine.compiled import inlined, lean


@lean
def last_at_most(windows: Table, column: int, first: int, last: int, value: int) -> int:
    """Give the last row in [first, last) whose column is at most a value; ``first - 1`` when none is."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if windows[middle, column] <= value:
            low = middle + 1
        else:
            high = middle
    return low - 1


@lean
def work_at(axes: Table, windows: Table, axis: int, minute: int) -> int:
    """Count the working minutes before a minute."""
    first = axes[axis, AXIS_FIRST]
    row = last_at_most(windows, WINDOW_START, first, axes[axis, AXIS_LAST], minute)
    if row < first:
        return 0
    end = windows[row, WINDOW_END]
    inside = min(minute, end) - windows[row, WINDOW_START]
    return int(windows[row, WINDOW_BEFORE] + inside)


@lean
def start_at(axes: Table, windows: Table, axis: int, work: int) -> int:
    """Give the minute at which the working minute numbered ``work`` begins; 0 ≤ work < total."""
    row = last_at_most(windows, WINDOW_BEFORE, axes[axis, AXIS_FIRST], axes[axis, AXIS_LAST], work)
    return int(windows[row, WINDOW_START] + work - windows[row, WINDOW_BEFORE])


@lean
def end_at(axes: Table, windows: Table, axis: int, work: int) -> int:
    """Give the minute at which ``work`` working minutes are done; 0 < work ≤ total."""
    row = last_at_most(windows, WINDOW_BEFORE, axes[axis, AXIS_FIRST], axes[axis, AXIS_LAST], work - 1)
    return int(windows[row, WINDOW_START] + work - windows[row, WINDOW_BEFORE])


@lean
def first_fit(axes: Table, windows: Table, axis: int, work: int, length: int) -> int:
    """Give the first work ≥ ``work`` from which ``length`` minutes stay in one window; NONE when there is none."""
    first, last = axes[axis, AXIS_FIRST], axes[axis, AXIS_LAST]
    row = max(last_at_most(windows, WINDOW_BEFORE, first, last, work), first)
    while row < last:
        before = windows[row, WINDOW_BEFORE]
        begin = max(work, before)
        if begin + length <= before + windows[row, WINDOW_END] - windows[row, WINDOW_START]:
            return int(begin)
        row += 1
    return NONE


@lean
def total_work(axes: Table, axis: int) -> int:
    """Give the working minutes of an axis."""
    return int(axes[axis, AXIS_TOTAL])


@inlined
def guided_row(shop: Shop, axis: int, column: int, offset: int, value: int) -> int:
    """Give the last window of an axis whose column is at most a value, ``offset`` ≥ 0 from where its guide begins."""
    axes, guides = shop.axes, shop.guides
    guide, after = axes[axis, AXIS_BY_MINUTE], axes[axis, AXIS_BY_WORK]
    if column == WINDOW_BEFORE:
        guide, after = after, guides[after]
    slot = min(guide + 1 + (offset >> axes[axis, AXIS_SHIFT]), after - 2)
    low, high = guides[slot], guides[slot + 1]
    while low < high:
        middle = (low + high + 1) >> 1
        if shop.windows[middle, column] <= value:
            low = middle
        else:
            high = middle - 1
    return int(low)


@inlined
def fast_work_at(shop: Shop, axis: int, minute: int) -> int:
    """Count the working minutes before a minute."""
    if shop.axes[axis, AXIS_SHIFT] < 0:
        return work_at(shop.axes, shop.windows, axis, minute)
    offset = minute - shop.axes[axis, AXIS_MINUTE]
    if offset <= 0:
        return 0
    row = guided_row(shop, axis, WINDOW_START, offset, minute)
    inside = min(minute, shop.windows[row, WINDOW_END]) - shop.windows[row, WINDOW_START]
    return int(shop.windows[row, WINDOW_BEFORE] + inside)


@inlined
def fast_start_at(shop: Shop, axis: int, work: int) -> int:
    """Give the minute at which the working minute numbered ``work`` begins; 0 ≤ work < total."""
    if shop.axes[axis, AXIS_SHIFT] < 0:
        return start_at(shop.axes, shop.windows, axis, work)
    row = guided_row(shop, axis, WINDOW_BEFORE, work, work)
    return int(shop.windows[row, WINDOW_START] + work - shop.windows[row, WINDOW_BEFORE])


@inlined
def fast_first_fit(shop: Shop, axis: int, work: int, length: int) -> int:
    """Give the first work ≥ ``work`` from which ``length`` minutes stay in one window; NONE when there is none."""
    if shop.axes[axis, AXIS_SHIFT] < 0:
        return first_fit(shop.axes, shop.windows, axis, work, length)
    row, last = guided_row(shop, axis, WINDOW_BEFORE, work, work), shop.axes[axis, AXIS_LAST]
    while row < last:
        before = shop.windows[row, WINDOW_BEFORE]
        begin = max(work, before)
        if begin + length <= before + shop.windows[row, WINDOW_END] - shop.windows[row, WINDOW_START]:
            return int(begin)
        row += 1
    return NONE


def lay_guides(axes: Table, windows: Table) -> Table:
    """Make the guides of axes, and fill in where each one's begins.

    Each is a count of what it holds' end, then entries, then a last one; an axis of fewer than four windows has none.
    """
    parts: list[Table] = []
    place = 0
    for row in range(axes.shape[0]):
        first, last, total = (int(axes[row, column]) for column in (AXIS_FIRST, AXIS_LAST, AXIS_TOTAL))
        if last - first < 4:
            axes[row, AXIS_SHIFT] = NONE
            continue
        origin = int(windows[first, WINDOW_START])
        span = int(windows[last - 1, WINDOW_END]) - origin
        shift = max((span // (2 * (last - first))).bit_length() - 1, 0)
        axes[row, AXIS_MINUTE], axes[row, AXIS_SHIFT] = origin, shift
        for column, length, begin in ((WINDOW_START, span, origin), (WINDOW_BEFORE, total, 0)):
            axes[row, AXIS_BY_MINUTE if column == WINDOW_START else AXIS_BY_WORK] = place
            stretches = begin + (np.arange((length >> shift) + 1, dtype=np.int64) << shift)
            found = first - 1 + np.searchsorted(windows[first:last, column], stretches, side="right")
            place += len(found) + 2
            parts.append(np.concatenate([[place], found, [last - 1]]).astype(np.int64))
    return np.concatenate(parts) if parts else np.zeros(1, dtype=np.int64)
