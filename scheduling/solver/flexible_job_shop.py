"""CP-SAT on the flexible job shop, started from a list schedule that is always kept as the answer of last resort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ortools.sat.python import cp_model

from scheduling.flexible_job_shop import (
    Assignment,
    FlexibleJobShop,
    list_schedule,
    makespan,
    simple_lower_bound,
)


@dataclass(frozen=True, slots=True)
class FlexibleJobShopPlan:
    """The best schedule found, its makespan, and a bound that no schedule can beat."""

    makespan: int
    lower_bound: int
    assignments: tuple[Assignment, ...]


@dataclass(slots=True)
class _OperationVariables:
    start: cp_model.IntVar
    end: cp_model.IntVar
    alternatives: list[tuple[int, int, cp_model.IntVar]]
    """(machine, duration, is chosen)."""


def plan_flexible_job_shop(
    instance: FlexibleJobShop, *, seconds: float, seed: int = 1, workers: int = 2
) -> FlexibleJobShopPlan:
    """Plan for the least makespan within a time limit.

    Parameters
    ----------
    instance
        The problem.
    seconds
        Time limit of the search, ≥ 0; with 0 the list schedule is the answer.
    seed
        Random seed.
    workers
        Search threads; 1 makes the result reproducible.

    Returns
    -------
    FlexibleJobShopPlan
        Always a valid schedule, never worse than the list schedule.
    """
    start = list_schedule(instance, seed=seed)
    bound = simple_lower_bound(instance)
    if seconds <= 0 or makespan(start) == bound:
        return FlexibleJobShopPlan(makespan(start), bound, start)
    model, variables = _build(instance, start)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return FlexibleJobShopPlan(makespan(start), bound, start)
    found = _read(solver, variables)
    best = min((found, start), key=makespan)
    proved = math.ceil(solver.best_objective_bound - 1e-6)
    return FlexibleJobShopPlan(makespan(best), max(bound, proved), best)


def _build(
    instance: FlexibleJobShop, hint: Sequence[Assignment]
) -> tuple[cp_model.CpModel, list[list[_OperationVariables]]]:
    model = cp_model.CpModel()
    # A horizon this tight only works because the whole schedule is hinted: without a hint the search comes back
    # empty-handed on large instances.
    horizon = makespan(hint)
    on_machine: list[list[cp_model.IntervalVar]] = [[] for _ in range(instance.machine_count)]
    hinted = {(item.job, item.operation): item for item in hint}
    variables = [
        [
            _operation(model, operation, horizon, on_machine, hinted[j, o])
            for o, operation in enumerate(job)
        ]
        for j, job in enumerate(instance.jobs)
    ]
    span = model.new_int_var(simple_lower_bound(instance), horizon, "makespan")
    for intervals in on_machine:
        model.add_no_overlap(intervals)
    for job in variables:
        for first, second in pairwise(job):
            model.add(second.start >= first.end)
        model.add(span >= job[-1].end)
    model.add_hint(span, makespan(hint))
    model.minimize(span)
    return model, variables


def _operation(
    model: cp_model.CpModel,
    alternatives: Sequence[tuple[int, int]],
    horizon: int,
    on_machine: list[list[cp_model.IntervalVar]],
    hint: Assignment,
) -> _OperationVariables:
    start = model.new_int_var(0, horizon, "")
    end = model.new_int_var(0, horizon, "")
    chosen = []
    hint_is_open = True
    for machine, duration in alternatives:
        literal = model.new_bool_var("")
        on_machine[machine].append(model.new_optional_interval_var(start, duration, end, literal, ""))
        matches = hint_is_open and (machine, duration) == (hint.machine, hint.end - hint.start)
        model.add_hint(literal, matches)
        hint_is_open = hint_is_open and not matches
        chosen.append((machine, duration, literal))
    model.add_exactly_one(literal for _, _, literal in chosen)
    model.add_hint(start, hint.start)
    model.add_hint(end, hint.end)
    return _OperationVariables(start, end, chosen)


def _read(
    solver: cp_model.CpSolver, variables: list[list[_OperationVariables]]
) -> tuple[Assignment, ...]:
    found = []
    for j, job in enumerate(variables):
        for o, operation in enumerate(job):
            machine, duration = next(
                (machine, duration)
                for machine, duration, literal in operation.alternatives
                if solver.boolean_value(literal)
            )
            start = solver.value(operation.start)
            found.append(Assignment(j, o, machine, start, start + duration))
    return tuple(found)
