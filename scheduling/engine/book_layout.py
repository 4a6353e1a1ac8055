"""Laying an order book out as the arrays of the compiled loop, without making a value of each job first.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. Points are thousandths of a minor unit.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from scheduling.engine.arrays import LEG_POINTS, NEVER, NONE, POINTS_PER_MINOR, Shop, Table
from scheduling.engine.axis import lay_guides
from scheduling.engine.outlook import look_ahead
from scheduling.order_book import Matrix, OrderBook

POINTS_PER_GRAM = POINTS_PER_MINOR // 100
LATE_POINTS = 2 * POINTS_PER_MINOR
"""Per minute late and unit of weight."""


def lay_out_book(book: OrderBook) -> Shop:
    """Lay an order book out; jobs, operations, units and sites keep its order, modes are sorted by site.

    Setup times that are longer on the straight way than by way of a third family are evened out by raising the parts
    of the longer way, so that taking a run off never leaves too little time between its neighbors.
    """
    names = list(book.calendars)
    axes, windows = _axes(book, names)
    types = list(book.setups)
    rows = [
        (names.index(unit.calendar), unit.site, types.index(unit.type), NONE, NONE) for unit in book.units
    ]
    units = np.array(rows, dtype=np.int64).reshape(-1, 5)
    legs = np.zeros((1, book.sites, book.sites, 4), dtype=np.int64)
    moves = (book.move_minutes, book.move_cost_minor, book.move_co2_grams)
    for column, matrix in enumerate(moves):
        legs[0, :, :, column] = matrix
    legs[0, :, :, LEG_POINTS] = legs[0, :, :, 1] * POINTS_PER_MINOR + legs[0, :, :, 2] * POINTS_PER_GRAM
    jobs, operations, befores = _jobs(book)
    shop = Shop(
        axes, windows, units, _setups(book, types), legs, jobs, operations, befores, _modes(book, operations),
        np.zeros(0, dtype=np.int64), lay_guides(axes, windows),
    )
    look_ahead(shop)
    return shop


def _axes(book: OrderBook, names: list[str]) -> tuple[Table, Table]:
    axes, parts, first = [], [], 0
    for name in names:
        table = np.array(book.calendars[name], dtype=np.int64).reshape(-1, 2)
        lengths = table[:, 1] - table[:, 0]
        before = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        parts.append(np.column_stack([table, before[:-1]]))
        axes.append((first, first + len(table), int(before[-1]), 0, 0, 0, NONE))
        first += len(table)
    windows = np.concatenate(parts) if parts else np.zeros((0, 3), dtype=np.int64)
    return np.array(axes, dtype=np.int64).reshape(-1, 7), np.ascontiguousarray(windows)


def _jobs(book: OrderBook) -> tuple[Table, Table, Table]:
    counts = np.array([len(order.operations) for order in book.orders], dtype=np.int64)
    lasts = np.cumsum(counts)
    jobs = np.zeros((len(counts), 10), dtype=np.int64)
    jobs[:, 0], jobs[:, 1] = lasts - counts, lasts
    jobs[:, 2] = [order.release_minute for order in book.orders]
    jobs[:, 3], jobs[:, 5], jobs[:, 8] = -NEVER, NEVER, NONE
    jobs[:, 4] = [order.due_minute for order in book.orders]
    jobs[:, 6] = [order.weight * LATE_POINTS for order in book.orders]
    listed = [operation for order in book.orders for operation in order.operations]
    total = len(listed)
    operations = np.full((total, 15), NONE, dtype=np.int64)
    operations[:, 0] = np.repeat(np.arange(len(counts)), counts)
    operations[:, 1] = [operation.family for operation in listed]
    operations[:, 2] = [operation.is_resumable for operation in listed]
    operations[:, 3], operations[:, 12], operations[:, 14] = -NEVER, 0, NONE
    ends = np.cumsum([len(operation.modes) for operation in listed], dtype=np.int64)
    operations[:, 5] = ends
    operations[1:, 4], operations[:1, 4] = ends[:-1], 0
    index = np.arange(total, dtype=np.int64)
    is_first, is_last = np.isin(index, jobs[:, 0]), np.isin(index, lasts - 1)
    links = np.cumsum(~is_first)
    operations[:, 6], operations[:, 7] = links - ~is_first, links
    operations[:, 8], operations[:, 9] = ~is_last, 0
    return jobs, operations, index[~is_first] - 1


def _modes(book: OrderBook, operations: Table) -> Table:
    pairs = np.array(
        list(chain.from_iterable(operation.modes for order in book.orders for operation in order.operations)),
        dtype=np.int64,
    ).reshape(-1, 2)
    whose = np.repeat(np.arange(len(operations)), operations[:, 5] - operations[:, 4])
    units = np.array(
        [(unit.site, unit.cost_minor_per_minute, unit.co2_grams_per_minute) for unit in book.units], dtype=np.int64
    ).reshape(-1, 3)
    pairs = pairs[np.lexsort((units[pairs[:, 0], 0], whose))]
    modes = np.zeros((len(pairs), 10), dtype=np.int64)
    modes[:, 0], modes[:, 1] = pairs[:, 0], pairs[:, 1]
    modes[:, 2] = units[pairs[:, 0], 1] * pairs[:, 1]
    modes[:, 3] = units[pairs[:, 0], 2] * pairs[:, 1]
    modes[:, 4] = modes[:, 2] * POINTS_PER_MINOR + modes[:, 3] * POINTS_PER_GRAM
    modes[:, 7] = units[pairs[:, 0], 0]
    return modes


def _setups(book: OrderBook, types: list[str]) -> Table:
    size = max((len(matrix) for matrix in book.setups.values()), default=0) + 1
    shortest = _shortest(book)
    setups = np.zeros((max(len(types), 1), size, size), dtype=np.int64)
    for number, name in enumerate(types):
        matrix = even_out(book.setups[name], shortest.get(name, {}))
        setups[number, :len(matrix), :len(matrix)] = matrix
    return setups


def _shortest(book: OrderBook) -> dict[str, dict[int, int]]:
    """Give the fewest minutes of work of any run of a family, by type of unit."""
    found: dict[str, dict[int, int]] = {}
    for order in book.orders:
        for operation in order.operations:
            for unit, minutes in operation.modes:
                least = found.setdefault(book.units[unit].type, {})
                least[operation.family] = min(least.get(operation.family, NEVER), minutes)
    return found


def even_out(matrix: Matrix, shortest: dict[int, int]) -> Table:
    """Raise setup times until none is longer than going by way of a run of a third family.

    Parameters
    ----------
    matrix
        Minutes of work, [family before][family after], 0 on the diagonal.
    shortest
        By family, the fewest minutes of a run; a family that is missing has no runs.

    Returns
    -------
    Table
        No entry smaller than before, and not larger than the largest: those all equal would do.
    """
    setups: Table = np.array(matrix, dtype=np.int64).reshape(len(matrix), len(matrix))
    is_even = False
    while not is_even:
        is_even = True
        for middle, minutes in shortest.items():
            lacking = setups - setups[:, middle, None] - setups[None, middle, :] - minutes
            lacking[middle, :] = lacking[:, middle] = 0
            np.fill_diagonal(lacking, 0)
            rows = lacking.max(axis=1)
            if (rows > 0).any():
                is_even = False
                setups[:, middle] += np.maximum(rows, 0)
    return setups
