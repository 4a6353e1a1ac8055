"""A lower bound of a job shop's makespan: machine loads within heads and tails, with fractional modes (GLOP).

For any machine, head *r* and tail *q*: the operations on it with a head of at least *r* and a tail of at least *q* all
lie between *r* and makespan − *q*, so r + their durations + q ≤ makespan. The linear relaxation splits operations over
their modes. Its dual values are rounded to integers, and the bound is computed from those in integers: any
nonnegative weights give a valid bound, so no error of floating point can make it invalid. Setups are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ortools.math_opt.python import mathopt

from scheduling.job_shop.instance import JobShop

_SCALE = 10**7
_MOST_TERMS = 150_000
_MOST_LEVELS = 6
_MOST_MODES = 400_000


@dataclass(frozen=True, slots=True)
class _Window:
    """The operations of a machine with a head and a tail of at least these."""

    machine: int
    head: int
    tail: int
    members: tuple[tuple[int, int], ...]
    """(operation, place of the mode); an operation with two modes on the machine is here twice."""


def load_bound(instance: JobShop, *, seconds: float) -> int:
    """Bound the makespan from below by machine loads.

    Parameters
    ----------
    instance
        The problem.
    seconds
        Time limit of the linear program, > 0.

    Returns
    -------
    int
        At least the longest chain of operations; just that when the instance is too large for the linear program.
    """
    if sum(map(len, instance.modes)) > _MOST_MODES:
        return instance.longest_way
    windows = _windows(instance)
    weights = _weights(instance, windows, seconds)
    return max(instance.longest_way, _bound_of(instance, windows, weights))


def _windows(instance: JobShop) -> list[_Window]:
    on_machine: list[list[tuple[int, int]]] = [[] for _ in range(instance.machine_count)]
    for operation, modes in enumerate(instance.modes):
        for place, (machine, _) in enumerate(modes):
            on_machine[machine].append((operation, place))
    count = sum(map(len, on_machine))
    levels = max(1, min(_MOST_LEVELS, int((_MOST_TERMS / max(1, count)) ** 0.5)))
    found = []
    for machine, members in enumerate(on_machine):
        for head in _levels([instance.heads[operation] for operation, _ in members], levels):
            for tail in _levels([instance.tails[operation] for operation, _ in members], levels):
                inside = tuple(
                    (operation, place) for operation, place in members
                    if instance.heads[operation] >= head and instance.tails[operation] >= tail
                )
                if inside:
                    found.append(_Window(machine, head, tail, inside))
    return found


def _levels(values: Sequence[int], count: int) -> list[int]:
    """Pick some of the values, the least always, the lower half more densely."""
    ordered = sorted(set(values))
    return sorted({ordered[(len(ordered) - 1) * step * step // (count * count)] for step in range(count)}) \
        if ordered else []


def _weights(instance: JobShop, windows: Sequence[_Window], seconds: float) -> list[int]:
    """Give a nonnegative integer weight per window: the dual values of the linear program."""
    model = mathopt.Model()
    span = model.add_variable(lb=float(instance.longest_way))
    shares = [[model.add_variable(lb=0.0, ub=1.0) for _ in modes] for modes in instance.modes]
    for found in shares:
        model.add_linear_constraint(mathopt.fast_sum(found) == 1.0)
    rows = []
    for window in windows:
        row = model.add_linear_constraint(ub=-float(window.head + window.tail))
        row.set_coefficient(span, -1.0)
        for operation, place in window.members:
            row.set_coefficient(shares[operation][place], float(instance.modes[operation][place][1]))
        rows.append(row)
    model.minimize(span)
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), threads=1)
    result = mathopt.solve(model, mathopt.SolverType.GLOP, params=parameters)
    if not result.has_dual_feasible_solution():
        return [0] * len(windows)
    return [max(0, round(-value * _SCALE)) for value in result.dual_values(rows)]


def _bound_of(instance: JobShop, windows: Sequence[_Window], weights: Sequence[int]) -> int:
    """Compute the bound that nonnegative weights prove, in integers; 0 when all are 0."""
    total = sum(weights)
    if total == 0:
        return 0
    price = [[0] * len(modes) for modes in instance.modes]
    fixed = 0
    for window, weight in zip(windows, weights, strict=True):
        if weight:
            fixed += weight * (window.head + window.tail)
            for operation, place in window.members:
                price[operation][place] += weight
    work = sum(
        min(duration * cost for (_, duration), cost in zip(modes, prices, strict=True))
        for modes, prices in zip(instance.modes, price, strict=True)
    )
    return -(-(fixed + work) // total)
