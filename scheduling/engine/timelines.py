"""Timelines of work units: where a run fits, putting it there, taking it off.

Between two runs of different setup families the unit's setup must lie in working time; nothing is due before the first
run unless a family stood before it. Setups are derived from the neighbors and never stored.
"""

from __future__ import annotations

from scheduling.engine.arrays import (
    AXIS_FIRST,
    AXIS_LAST,
    NONE,
    RUN_FAMILY,
    RUN_FROM,
    RUN_FROM_MINUTE,
    RUN_KEY,
    RUN_UNTIL,
    RUN_UNTIL_MINUTE,
    UNIT_AXIS,
    UNIT_COVER,
    UNIT_FAMILY_BEFORE,
    UNIT_MATRIX,
    WINDOW_END,
    WINDOW_START,
    Lines,
    Shop,
    Table,
)
from scheduling.engine.axis import end_at, first_fit, last_at_most, start_at, total_work, work_at
from scheduling.engine.compiled import inlined, lean


@inlined
def copy_row(row: Table, source: Table) -> None:
    """Fill a row with as many numbers of another; assigning slices compiles ten times as long."""
    for index in range(row.shape[0]):
        row[index] = source[index]


@inlined
def copy_rows(rows: Table, source: Table) -> None:
    """Fill rows with as many others, one after the other."""
    for index in range(rows.shape[0]):
        for column in range(rows.shape[1]):
            rows[index, column] = source[index, column]


@inlined
def clear_row(row: Table) -> None:
    """Fill a row with NONE."""
    for index in range(row.shape[0]):
        row[index] = NONE


@inlined
def runs_until(runs: Table, unit: int, count: int, column: int, value: int) -> int:
    """Count the runs of a unit whose column is at most a value."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if runs[unit, middle, column] <= value:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def setup_between(units: Table, setups: Table, unit: int, before: int, after: int) -> int:
    """Give the setup between two families on a unit; 0 when one of them is NONE.

    Families that no matrix names share the table's last row and column.
    """
    if before < 0 or after < 0 or before == after:
        return 0
    others = setups.shape[1] - 1
    return int(setups[units[unit, UNIT_MATRIX], min(before, others), min(after, others)])


@lean
def find_run(
    shop: Shop, lines: Lines, unit: int, ready: int, floor: int, minutes: int, family: int, is_resumable: int
) -> int:
    """Find the first place for a run that moves nothing else.

    Parameters
    ----------
    ready, floor
        In work: the run starts at or after ``ready``, setup and run at or after ``floor``.
    minutes
        Working minutes of the run, > 0.

    Returns
    -------
    int
        Work at which the run starts; NONE when it fits nowhere.
    """
    axis = shop.units[unit, UNIT_AXIS]
    runs, count = lines.runs, lines.counts[unit]
    total = total_work(shop.axes, axis)
    index = runs_until(runs, unit, count, RUN_UNTIL, ready)
    while index <= count:
        gap_end = runs[unit, index, RUN_FROM] if index < count else total
        gap_start = runs[unit, index - 1, RUN_UNTIL] if index > 0 else 0
        if gap_end - max(gap_start, ready) >= minutes:
            before = runs[unit, index - 1, RUN_FAMILY] if index > 0 else shop.units[unit, UNIT_FAMILY_BEFORE]
            setup = setup_between(shop.units, shop.setups, unit, before, family)
            run = max(ready, max(gap_start, floor) + setup)
            if is_resumable == 0 and run + minutes <= gap_end:
                run = first_fit(shop.axes, shop.windows, axis, run, minutes)
                if run < 0:
                    return NONE
            after = runs[unit, index, RUN_FAMILY] if index < count else NONE
            if run + minutes + setup_between(shop.units, shop.setups, unit, family, after) <= gap_end:
                return int(run)
        index += 1
    return NONE


@lean
def secondary_retry(shop: Shop, lines: Lines, unit: int, secondary: int, start: int, end: int) -> int:
    """Tell from when on to look again when a secondary unit cannot serve a run in [start, end) minutes.

    Returns
    -------
    int
        ``start`` when it can serve; otherwise a later minute, NONE when it never can.
    """
    runs, count = lines.runs, lines.counts[secondary]
    position = runs_until(runs, secondary, count, RUN_UNTIL_MINUTE, start)
    if position < count and runs[secondary, position, RUN_FROM_MINUTE] < end:
        return int(runs[secondary, position, RUN_UNTIL_MINUTE])
    axis, cover = shop.units[unit, UNIT_AXIS], shop.units[secondary, UNIT_COVER]
    first, last = shop.axes[cover, AXIS_FIRST], shop.axes[cover, AXIS_LAST]
    row = last_at_most(shop.windows, WINDOW_START, shop.axes[axis, AXIS_FIRST], shop.axes[axis, AXIS_LAST], start)
    while row < shop.axes[axis, AXIS_LAST] and shop.windows[row, WINDOW_START] < end:
        piece_start = max(start, shop.windows[row, WINDOW_START])
        piece_end = min(end, shop.windows[row, WINDOW_END])
        serving = last_at_most(shop.windows, WINDOW_START, first, last, piece_start)
        if serving < first or shop.windows[serving, WINDOW_END] < piece_end:
            if serving + 1 >= last:
                return NONE
            is_first = piece_start == start and (serving < first or shop.windows[serving, WINDOW_END] <= start)
            return int(shop.windows[serving + 1, WINDOW_START]) if is_first else start + 1
        row += 1
    return start


@inlined
def open_place(lines: Lines, unit: int, position: int) -> int:
    """Make room for a run at a position of a unit, to be filled at once; the position, NONE when the unit is full."""
    counts, runs = lines.counts, lines.runs
    count = counts[unit]
    if count >= runs.shape[1]:
        return NONE
    for index in range(count, position, -1):
        for column in range(6):
            runs[unit, index, column] = runs[unit, index - 1, column]
    counts[unit] = count + 1
    return position


@inlined
def close_place(lines: Lines, unit: int, position: int) -> None:
    """Take the run at a position off a unit."""
    counts, runs = lines.counts, lines.runs
    counts[unit] -= 1
    for index in range(position, counts[unit]):
        for column in range(6):
            runs[unit, index, column] = runs[unit, index + 1, column]


@lean
def put_run(lines: Lines, unit: int, run: Table, family: int, key: int) -> int:
    """Put a run, given as (from, until, from minute, until minute), on a unit; its position, NONE when it is full."""
    counts, runs = lines.counts, lines.runs
    count = counts[unit]
    position = runs_until(runs, unit, count, RUN_FROM_MINUTE, run[2])
    if open_place(lines, unit, position) == NONE:
        return NONE
    runs[unit, position, RUN_FROM], runs[unit, position, RUN_UNTIL] = run[0], run[1]
    runs[unit, position, RUN_FROM_MINUTE], runs[unit, position, RUN_UNTIL_MINUTE] = run[2], run[3]
    runs[unit, position, RUN_FAMILY], runs[unit, position, RUN_KEY] = family, key
    return position


@lean
def position_of(lines: Lines, unit: int, from_minute: int, key: int) -> int:
    """Give the position of a run by its start and key; NONE when it is not there."""
    counts, runs = lines.counts, lines.runs
    position = runs_until(runs, unit, counts[unit], RUN_FROM_MINUTE, from_minute) - 1
    while position >= 0 and runs[unit, position, RUN_FROM_MINUTE] == from_minute:
        if runs[unit, position, RUN_KEY] == key:
            return position
        position -= 1
    return NONE


@lean
def take_run(lines: Lines, unit: int, from_minute: int, key: int) -> int:
    """Take a run off a unit; its former position, NONE when it is not there."""
    position = position_of(lines, unit, from_minute, key)
    if position < 0:
        return NONE
    close_place(lines, unit, position)
    return position


@lean
def run_minutes(shop: Shop, unit: int, run: int, minutes: int, span: Table) -> None:
    """Fill ``span`` with (from, until, from minute, until minute) of a run that starts at work ``run``."""
    axis = shop.units[unit, UNIT_AXIS]
    span[0], span[1] = run, run + minutes
    span[2] = start_at(shop.axes, shop.windows, axis, run)
    span[3] = end_at(shop.axes, shop.windows, axis, run + minutes)


@lean
def work_from(shop: Shop, unit: int, minute: int) -> int:
    """Give the work of a unit before a minute."""
    return work_at(shop.axes, shop.windows, shop.units[unit, UNIT_AXIS], minute)
