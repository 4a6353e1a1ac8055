"""Plans for order books by the compiled loop, as plain data.

Imports neither SQLAlchemy nor OR-Tools nor the catalog beyond its errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from scheduling.bounds import certified_bound, no_prices
from scheduling.engine.arrays import (
    JOB_FIRST,
    MODE_AHEAD,
    MODE_POINTS,
    MODE_UNIT,
    OP_FIRST_MODE,
    PLAN_FROM_MINUTE,
    PLAN_MODE,
    PLAN_UNTIL_MINUTE,
    POINTS_PER_MINOR,
    Shop,
    Table,
    make_plan,
)
from scheduling.engine.book_layout import lay_out_book
from scheduling.engine.compiled import is_compiled
from scheduling.engine.greedy import rebuild
from scheduling.errors import PlanFileInvalid
from scheduling.order_book import BookOperation, BookOrder, BookUnit, OrderBook
from scheduling.planning import Planned, Task, plan
from scheduling.planning_first import room_for
from scheduling.planning_team import Start, Team, copy_lines

NAMED_ORDERS = 10
NO_BOUND = "work and moves at their cheapest, on time"


def make_order_book_plan(
    book: OrderBook, file: str, *, seconds: float | None, turns: int | None = None, seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Plan an order book.

    Parameters
    ----------
    book
        As it was read.
    file
        Its name, for refusals.
    seconds, turns
        Bounds of all that is done here; a first plan is made whatever they are.
    seed
        Of the random numbers.
    should_stop
        Asked a few times a second; the best plan so far is then the answer.

    Returns
    -------
    dict
        The answer of :func:`scheduling.order_book.plan_order_book`, its objective not yet checked.

    Raises
    ------
    PlanFileInvalid
        No plan of all orders was found in time; there may be one.
    """
    began = time.monotonic()
    shop = lay_out_book(book)
    left = None if seconds is None else max(seconds - (time.monotonic() - began), 0.0)
    found = plan(Task(shop, seconds=left, turns=turns, seed=seed), lambda _: not should_stop())
    if found.unplaced:
        raise PlanFileInvalid(_left_out(book, file, found.unplaced), file=file, line=0)
    points, relaxation = bound_of_plan(shop, found)
    return {
        "objective": _minor(found.points), "lower_bound": points // POINTS_PER_MINOR, "bound": relaxation,
        "first_objective": _minor(found.first_points), "turns": found.turns, "compiled": is_compiled(),
        "assignments": assignments(book, shop, found.plan),
    }


def _left_out(book: OrderBook, file: str, jobs: tuple[int, ...]) -> str:
    """Say which orders found no place, the first few by name."""
    names = ", ".join(str(book.orders[job].order) for job in jobs[:NAMED_ORDERS])
    more = f" and {len(jobs) - NAMED_ORDERS} more" if len(jobs) > NAMED_ORDERS else ""
    return f"{file}: no plan of all orders was found in time; left out: order {names}{more}"


def warm_planning() -> None:
    """Run every loop of planning once on a tiny book: it is compiled, or read from disk, then."""
    unit = BookUnit(0, "t", 1, 1, "c")
    runs = tuple(BookOperation(index % 2, bool(index % 2), ((0, 9), (1, 8))) for index in range(3))
    orders = tuple(BookOrder(number, 1, 0, 20, runs) for number in range(4))
    windows = tuple((start, start + 100) for start in range(0, 900, 150))
    none = ((0, 0), (0, 0))
    units = (unit, replace(unit, site=1))
    book = OrderBook(2, none, none, none, {"t": ((0, 3), (3, 0))}, {"c": windows}, units, orders)
    shop = lay_out_book(book)
    found = plan(Task(shop, turns=60))
    plan(Task(shop, start=found.plan, turns=20))
    certified_bound(shop, no_prices(shop))
    standing = room_for(shop, None)
    first = Start(copy_lines(standing), make_plan(shop), found.values.copy())
    rebuild(shop, first.lines, first.plan, found.plan, np.arange(len(orders)), first.values)
    team = Team(shop, standing, first, found.values, seed=0, size=2)
    team.is_divisible = True
    team.slice(5, np.zeros(2, dtype=np.int64), is_joint=True)
    team.close()


def _minor(points: int) -> int:
    return (points + POINTS_PER_MINOR // 2) // POINTS_PER_MINOR


def bound_of_plan(shop: Shop, found: Planned) -> tuple[int, str]:
    """Give the certified bound found beside a plan, and what it leaves out; the simplest one where there is none."""
    if found.prices is not None and found.prices.bound is not None:
        return found.prices.bound.points, found.prices.bound.relaxation
    return least_cost(shop), NO_BOUND


def least_cost(shop: Shop) -> int:
    """Give the points that all jobs cost at least, each on its cheapest way and on time; jobs are chains."""
    if not len(shop.jobs):
        return 0
    cheapest = np.minimum.reduceat(shop.modes[:, MODE_POINTS] + shop.modes[:, MODE_AHEAD],
                                   shop.operations[:, OP_FIRST_MODE])
    return int(cheapest[shop.jobs[:, JOB_FIRST]].sum())


def assignments(book: OrderBook, shop: Shop, rows: Table) -> list[dict[str, int]]:
    """List the runs of a plan: order, operation, unit, start and end."""
    units = shop.modes[rows[:, PLAN_MODE], MODE_UNIT].tolist() if len(rows) else []
    starts, ends = rows[:, PLAN_FROM_MINUTE].tolist(), rows[:, PLAN_UNTIL_MINUTE].tolist()
    listed = []
    for order, first in zip(book.orders, shop.jobs[:, JOB_FIRST].tolist(), strict=True):
        for index in range(len(order.operations)):
            row = first + index
            listed.append({
                "order": order.order, "operation": index, "unit": units[row], "start": starts[row], "end": ends[row],
            })
    return listed
