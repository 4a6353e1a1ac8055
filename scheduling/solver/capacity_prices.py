"""Prices of capacity by column generation: PDLP on the ways found so far, pricing for better ways, again and again.

The master problem mixes ways of jobs so that no unit has more minutes in a bucket than there are; its dual values are
the next prices to try, taken a part of the way only (smoothing), which steadies them. A missing minute may be bought at
a penalty, so the master always has a solution. Whatever the solver answers, or fails to, the bound of every full round
holds; its own objective is never used as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from scheduling.engine.arrays import (
    JOB_LATE_POINTS,
    MODE_MINUTES,
    MODE_POINTS,
    Lines,
    Shop,
    Table,
)
from scheduling.engine.columns import Columns, ways_of_plans
from scheduling.engine.market import capacities, make_market, make_rooms, price_round

SMOOTHING, LESS_AFTER_GAIN, MORE_AFTER_LOSS = 0.6, 0.1, 0.1
LEAST_SMOOTHING, MOST_SMOOTHING = 0.2, 0.9
"""Part of the best prices so far in the next ones; how it follows success, and its limits."""
RELATIVE_PRECISION = 1e-4
SECONDS_PER_SOLVE = 10.0
PENALTY_LATENESS = 15
"""A missing minute costs as much as this many minutes of an average job's lateness."""
GAP = 2e-4
"""Of master value and bound, at which prices are good enough."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PriceSearch:
    """What to look for.

    Attributes
    ----------
    shop, standing
        The problem, and timelines with nothing but what planning does not touch.
    bucket_minutes, threads
        As of :func:`scheduling.bounds.capacity_prices`.
    jobs
        Those that are priced, ascending; capacity is scaled to their share of all jobs.
    first
        Prices to begin with, [unit, bucket].
    seconds_left
        Asked often; the search ends when it is 0 or less.
    plans
        Whole plans (tables of the engine) whose ways are known from the start; they need not stand on the timelines.
    """

    shop: Shop
    standing: Lines | None
    bucket_minutes: int
    threads: int
    jobs: Table
    first: Table
    seconds_left: Callable[[], float]
    plans: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceStep:
    """Better prices, [unit, bucket], with the values by job of the round at them and the rounds so far.

    ``gap`` is about how much better a bound of the same jobs any prices could prove at most, as a share of it;
    infinite when unknown.
    """

    prices: Table
    values: Table
    rounds: int
    gap: float


def search(task: PriceSearch, report: Callable[[PriceStep], None]) -> None:
    """Look for prices with a better and better bound until time is over or nothing is left to gain.

    Parameters
    ----------
    task
        What to look for.
    report
        Called with every improvement of the bound of ``task.jobs``.
    """
    shop, size, jobs = task.shop, task.bucket_minutes, task.jobs
    capacity: Floats = capacities(shop, task.standing, size).astype(np.float64) * (len(jobs) / max(len(shop.jobs), 1))
    columns, rooms, smoothing = ways_of_plans(shop, jobs, task.plans, size), make_rooms(shop, task.threads), SMOOTHING
    prices = best = task.first
    solved: tuple[float, Floats] | None = None
    best_points, rounds = -np.inf, 0
    while len(jobs):
        market = make_market(shop, prices, size)
        known = columns.most(shop, prices)
        found = price_round(shop, market, jobs, known, rooms, should_stop=lambda: task.seconds_left() <= 0)
        if found is None:
            return
        rounds += 1
        points = float(found.values.sum()) - float((prices * capacity).sum())
        is_better = points > best_points
        if is_better:
            best, best_points = prices, points
            report(PriceStep(prices, found.values, rounds, gap_to(solved, best_points)))
        if columns.add(shop, market, jobs, found.values, found.path) > 0 or solved is None:
            smoothing = next_smoothing(smoothing, is_better=is_better)
            solved = solve_master(columns, task, capacity)
        elif smoothing > 0:
            smoothing = 0.0  # nothing new on the way to the master's prices: go all the way
        else:
            return
        if task.seconds_left() <= 0 or solved is None or gap_to(solved, best_points) <= GAP:
            return
        prices = np.rint(smoothing * best + (1 - smoothing) * solved[1]).astype(np.int64)
        prices[:, -1] = 0


def gap_to(solved: tuple[float, Floats] | None, points: float) -> float:
    """Give how far a bound is below the master's value, as a share of it; infinite when there is no value."""
    return float("inf") if solved is None else abs(solved[0] - points) / max(abs(points), 1.0)


def next_smoothing(smoothing: float, *, is_better: bool) -> float:
    """Go further after a gain, more carefully after a loss."""
    if is_better:
        return max(smoothing - LESS_AFTER_GAIN, LEAST_SMOOTHING)
    return min(smoothing + MORE_AFTER_LOSS, MOST_SMOOTHING)


def missing_minute_points(shop: Shop) -> float:
    """Give the penalty of a minute that a bucket does not have: high enough to matter, low enough to stay sensible."""
    late = float(shop.jobs[:, JOB_LATE_POINTS].mean()) if len(shop.jobs) else 0.0
    work = float(shop.modes[:, MODE_POINTS].sum()) / max(float(shop.modes[:, MODE_MINUTES].sum()), 1.0)
    return max(PENALTY_LATENESS * late, 2 * work, 1.0)


def solve_master(columns: Columns, task: PriceSearch, capacity: Floats) -> tuple[float, Floats] | None:
    """Mix the known ways at least points.

    Returns
    -------
    tuple of float and array, or None
        About the least points, and prices [unit, bucket] ≥ 0 in points per minute; None when the solver gave none.
    """
    penalty = missing_minute_points(task.shop)
    proto, used = master_proto(columns, task.jobs, capacity, task.bucket_minutes, penalty)
    model = mathopt.Model.from_model_proto(proto)
    seconds = min(max(task.seconds_left(), 0.01), SECONDS_PER_SOLVE)
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), threads=1)
    criteria = parameters.pdlp.termination_criteria.simple_optimality_criteria
    criteria.eps_optimal_relative = RELATIVE_PRECISION
    criteria.eps_optimal_absolute = RELATIVE_PRECISION
    try:
        result = mathopt.solve(model, mathopt.SolverType.PDLP, params=parameters)
        values = result.dual_values(list(model.linear_constraints()))
        value = float(result.objective_value())
    except (ValueError, RuntimeError, AttributeError):  # nothing found in time, or a solver that gave up
        return None
    duals = np.array(values[len(task.jobs) :], dtype=np.float64)
    if not np.isfinite(duals).all():
        return None
    prices = np.zeros(capacity.size)
    prices[used] = np.clip(-duals * (1000 / task.bucket_minutes), 0.0, penalty)
    return value * 1000, prices.reshape(capacity.shape)


def master_proto(
    columns: Columns, jobs: Table, capacity: Floats, bucket_minutes: int, penalty: float
) -> tuple[Any, Table]:
    """State the master problem, in thousands of points and whole buckets; also the rows of capacity it has."""
    used = np.unique(columns.rows)
    row_of = np.zeros(capacity.size, dtype=np.int64)
    row_of[used] = np.arange(len(jobs), len(jobs) + len(used))
    count, total = len(columns.points), len(columns.points) + len(used)
    job_rows = np.searchsorted(jobs, columns.jobs)
    entry_columns = np.repeat(np.arange(count), np.diff(columns.firsts))
    rows = np.concatenate([job_rows, row_of[columns.rows], row_of[used]])
    numbers = np.concatenate([np.arange(count), entry_columns, np.arange(count, total)])
    values = np.concatenate([np.ones(count), columns.minutes / bucket_minutes, -np.ones(len(used))])
    rows, numbers, values = merged(rows, numbers, values)
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(total))
    proto.variables.lower_bounds.extend([0.0] * total)
    proto.variables.upper_bounds.extend([np.inf] * total)
    proto.variables.integers.extend([False] * total)
    proto.objective.linear_coefficients.ids.extend(range(total))
    proto.objective.linear_coefficients.values.extend((columns.points / 1000).tolist())
    proto.objective.linear_coefficients.values.extend([penalty * bucket_minutes / 1000] * len(used))
    proto.linear_constraints.ids.extend(range(len(jobs) + len(used)))
    proto.linear_constraints.lower_bounds.extend([1.0] * len(jobs) + [-np.inf] * len(used))
    proto.linear_constraints.upper_bounds.extend([np.inf] * len(jobs))
    proto.linear_constraints.upper_bounds.extend((capacity.ravel()[used] / bucket_minutes).tolist())
    proto.linear_constraint_matrix.row_ids.extend(rows.tolist())
    proto.linear_constraint_matrix.column_ids.extend(numbers.tolist())
    proto.linear_constraint_matrix.coefficients.extend(values.tolist())
    return proto, used


def merged(rows: Table, numbers: Table, values: Floats) -> tuple[Table, Table, Floats]:
    """Sort entries by row and column and add up those of the same place."""
    order = np.lexsort((numbers, rows))
    rows, numbers, values = rows[order], numbers[order], values[order]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = (rows[1:] != rows[:-1]) | (numbers[1:] != numbers[:-1])
    firsts = np.flatnonzero(is_first)
    return rows[firsts], numbers[firsts], np.add.reduceat(values, firsts)
