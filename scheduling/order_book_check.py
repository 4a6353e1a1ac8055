"""The judge of plans for order books: every rule of the format and the objective, worked out from the file's own terms.

Imports nothing of the engine or the solvers, so it cannot share their mistakes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from scheduling.order_book import BookOrder, OrderBook, Windows

Assignment = Mapping[str, int]
"""``order``, ``operation``, ``unit``, ``start`` and ``end`` in minutes."""
LATE_MINOR_PER_MINUTE = 2
GRAMS_PER_MINOR = 100


class _WorkingTime:
    """A calendar's windows and the minutes of work before each."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.starts = [start for start, _ in windows]
        self.before = [0]
        for start, end in windows:
            self.before.append(self.before[-1] + end - start)

    def until(self, minute: int) -> int:
        """Count the minutes of work before a minute."""
        row = bisect_right(self.starts, minute) - 1
        if row < 0:
            return 0
        start, end = self.windows[row]
        return self.before[row] + min(minute, end) - start

    def holds(self, minute: int) -> bool:
        """Tell whether the minute that begins there is worked."""
        row = bisect_right(self.starts, minute) - 1
        return row >= 0 and minute < self.windows[row][1]

    def is_one_window(self, start: int, end: int) -> bool:
        """Tell whether a stretch lies in one window."""
        row = bisect_right(self.starts, start) - 1
        return row >= 0 and end <= self.windows[row][1]


def faults(book: OrderBook, assignments: Sequence[Assignment]) -> list[str]:
    """List what is wrong with a plan.

    Parameters
    ----------
    book
        The order book.
    assignments
        The plan, in any order.

    Returns
    -------
    list of str
        One sentence per fault; empty for a plan that keeps every rule.
    """
    calendars = {name: _WorkingTime(windows) for name, windows in book.calendars.items()}
    found: list[str] = []
    placed = _by_place(book, assignments, found)
    for order in book.orders:
        found.extend(
            f"order {order.order}, operation {operation} is not planned"
            for operation in range(len(order.operations)) if (order.order, operation) not in placed
        )
        _check_order(book, order, placed, calendars, found)
    _check_units(book, placed, calendars, found)
    return found


def _by_place(
    book: OrderBook, assignments: Sequence[Assignment], found: list[str]
) -> dict[tuple[int, int], Assignment]:
    counts = {order.order: len(order.operations) for order in book.orders}
    placed: dict[tuple[int, int], Assignment] = {}
    for item in assignments:
        key = (item["order"], item["operation"])
        if not 0 <= key[1] < counts.get(key[0], 0):
            found.append(f"order {key[0]}, operation {key[1]} is not in the book")
        elif key in placed:
            found.append(f"order {key[0]}, operation {key[1]} is planned twice")
        else:
            placed[key] = item
    return placed


def _check_order(
    book: OrderBook, order: BookOrder, placed: Mapping[tuple[int, int], Assignment],
    calendars: Mapping[str, _WorkingTime], found: list[str],
) -> None:
    before: Assignment | None = None
    for index, operation in enumerate(order.operations):
        item = placed.get((order.order, index))
        if item is None:
            before = None
            continue
        what = f"order {order.order}, operation {index}"
        minutes = {work for unit, work in operation.modes if unit == item["unit"]}
        if not minutes:
            found.append(f"{what} cannot be done on unit {item['unit']}")
            before = None
            continue
        time = calendars[book.units[item["unit"]].calendar]
        start, end = item["start"], item["end"]
        if not time.holds(start) or not time.holds(end - 1):
            found.append(f"{what} begins or ends outside working time")
        if time.until(end) - time.until(start) not in minutes:
            found.append(f"{what} does not take its minutes of work")
        if not operation.is_resumable and not time.is_one_window(start, end):
            found.append(f"{what} spans a break")
        if start < order.release_minute:
            found.append(f"{what} begins before the order's release")
        if before is not None and start < before["end"] + _move(book, before, item):
            found.append(f"{what} begins before its input is there")
        before = item


def _move(book: OrderBook, before: Assignment, item: Assignment) -> int:
    return book.move_minutes[book.units[before["unit"]].site][book.units[item["unit"]].site]


def _check_units(
    book: OrderBook, placed: Mapping[tuple[int, int], Assignment], calendars: Mapping[str, _WorkingTime],
    found: list[str],
) -> None:
    families = {
        (order.order, index): operation.family
        for order in book.orders for index, operation in enumerate(order.operations)
    }
    runs: dict[int, list[tuple[int, int, int, tuple[int, int]]]] = defaultdict(list)
    for key, item in placed.items():
        if 0 <= item["unit"] < len(book.units):
            runs[item["unit"]].append((item["start"], item["end"], families[key], key))
    for number, row in runs.items():
        unit = book.units[number]
        time, setups = calendars[unit.calendar], book.setups[unit.type]
        row.sort()
        for (_, end, family, one), (start, _, next_family, other) in pairwise(row):
            where = f"on unit {number} between (order, operation) {one} and {other}"
            if start < end:
                found.append(f"two runs overlap {where}")
            elif max(family, next_family) < len(setups) and (
                time.until(start) - time.until(end) < setups[family][next_family]
            ):
                found.append(f"too little time for the setup {where}")


def hundredths(book: OrderBook, assignments: Sequence[Assignment]) -> int:
    """Give the objective of a plan without faults in hundredths of a minor unit: cost, CO2 and weighted tardiness."""
    calendars = {name: _WorkingTime(windows) for name, windows in book.calendars.items()}
    placed = {(item["order"], item["operation"]): item for item in assignments}
    total = 0
    for order in book.orders:
        site, end = None, 0
        for index in range(len(order.operations)):
            item = placed[order.order, index]
            unit, end = book.units[item["unit"]], item["end"]
            worked = calendars[unit.calendar].until(end) - calendars[unit.calendar].until(item["start"])
            total += worked * (GRAMS_PER_MINOR * unit.cost_minor_per_minute + unit.co2_grams_per_minute)
            if site is not None:
                total += GRAMS_PER_MINOR * book.move_cost_minor[site][unit.site] + book.move_co2_grams[site][unit.site]
            site = unit.site
        total += GRAMS_PER_MINOR * LATE_MINOR_PER_MINUTE * order.weight * max(0, end - order.due_minute)
    return total
