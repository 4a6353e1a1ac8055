"""CP-SAT on a firm quote: the new job and the jobs in its way, every promise hard, hinted by the inserted plan.

Calendars are exact: an operation's starts are grouped by how long its run pauses from there, worked out on its work
unit's working-minute axis (``scheduling.starts``). What stays on a unit is no interval of the model: it is cut out of
the starts, together with the setups around it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from ortools.sat.python import cp_model

from scheduling.firm import FirmAnswer, FirmTask
from scheduling.firm_settling import put_back
from scheduling.problem import Job, Placement
from scheduling.solver.firm_model import FirmModel, JobVariables
from scheduling.solver.firm_windows import job_bounds
from scheduling.validation import job_cost_minor

WORKERS = 1
MINOR_PER_MOVE = 200
"""Price of moving one operation, against the costs, so that nothing moves for next to nothing."""
ARRIVAL_EFFORT, MOVES_EFFORT = 0.07, 0.05
"""Deterministic time of the two searches, about a tenth of a core's seconds: a busy machine does as much work."""
_FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)


def search(task: FirmTask, *, seconds: float, workers: int = WORKERS, seed: int = 1) -> FirmAnswer | None:
    """Find the earliest arrival of the new job that keeps every promise; then, so early, least cost and fewest moves.

    Parameters
    ----------
    task
        What to promise, and what may move for it.
    seconds
        Time limit in all, > 0.
    workers
        Search threads; 1 makes the result reproducible as long as time suffices.
    seed
        Random seed.

    Returns
    -------
    FirmAnswer or None
        None when nothing earlier was found in time, or when the task cannot be stated: an operation has no free
        start. ``is_proved`` says that the movable jobs leave no earlier arrival.
    """
    until = time.monotonic() + seconds
    built = _build(task)
    if built is None or time.monotonic() >= until:
        return None
    model, new, others = built
    arrival = model.arrive(new)
    model.want_early(arrival)
    first = _solver(until - time.monotonic(), ARRIVAL_EFFORT, workers, seed)
    # Proving an arrival by unsatisfiable cores is quickest to the minute; over days, which few literals rank,
    # plain search stays closer to the present schedule.
    first.parameters.optimize_with_core = task.day_ends is None
    status = first.solve(model.model)
    if status not in _FOUND or not model.gains(first.value(arrival)):
        return None
    answer = FirmAnswer(_read(first, task.job, new), _read_all(first, task, others), status == cp_model.OPTIMAL)
    model.want_little(arrival, first.value(arrival), [new, *others], minor_per_move=MINOR_PER_MOVE)
    second = _solver(until - time.monotonic(), MOVES_EFFORT, workers, seed)
    if second.solve(model.model) in _FOUND:
        answer = replace(answer, placements=_read(second, task.job, new), others=_read_all(second, task, others))
    return put_back(task, answer)


def _build(task: FirmTask) -> tuple[FirmModel, JobVariables, list[JobVariables]] | None:
    """State the task but for its objective; None when an operation has no free start."""
    model = FirmModel(task)
    new = model.add_job(task.job, task.inserted.placements, frozenset(), job_bounds(task, None), is_new=True)
    if new is None:
        return None
    model.cap(new, cost_minor=task.inserted.cost_minor, co2_grams=task.inserted.co2_grams)
    units = {unit_id: line.unit for unit_id, line in task.snapshot.timelines.items()}
    others = []
    for index, item in enumerate(task.movable):
        planned = item.planned
        job = model.add_job(planned.job, planned.placements, planned.fixed, job_bounds(task, index))
        if job is None:
            return None
        model.cap(job, cost_minor=job_cost_minor(units, planned, task.snapshot.legs.leg))
        others.append(job)
    model.keep_apart()
    return model, new, others


def _solver(seconds: float, effort: float, workers: int, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds = max(0.01, seconds)
    parameters.max_deterministic_time = effort
    parameters.num_workers = workers
    parameters.random_seed = seed
    parameters.linearization_level = 0
    parameters.cp_model_probing_level = 0
    parameters.symmetry_level = 0
    return solver


def _read_all(solver: cp_model.CpSolver, task: FirmTask, others: Sequence[JobVariables]
              ) -> tuple[tuple[Placement, ...], ...]:
    return tuple(_read(solver, item.planned.job, job) for item, job in zip(task.movable, others, strict=True))


def _read(solver: cp_model.CpSolver, job: Job, variables: JobVariables) -> tuple[Placement, ...]:
    return tuple(_placement(solver, job, variables, index) for index in range(len(job.operations)))


def _placement(solver: cp_model.CpSolver, job: Job, variables: JobVariables, index: int) -> Placement:
    item = variables.operations[index]
    if not item.choices:
        return variables.present[index]
    choice = next(choice for choice in item.choices if solver.boolean_value(choice.literal))
    start, end = solver.value(item.start), solver.value(item.end)
    return Placement(index, choice.mode.unit_id, start, start, end, choice.mode.work_minutes,
                     job.operations[index].setup_family, choice.secondary_id)
