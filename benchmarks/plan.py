"""Flexible job shop: our plan against CP-SAT left alone (no start, loose horizon), same seconds, same run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ortools.sat.python import cp_model

from scheduling.flexible_job_shop import FlexibleJobShop, list_schedule, makespan, read_flexible_job_shop
from scheduling.solver.flexible_job_shop import plan_flexible_job_shop

SECONDS = 5.0
BUILT_IN = "4 3 2\n3 2 0 4 1 5 1 2 3 2 0 2 2 6\n2 1 1 7 2 0 3 2 4\n3 1 2 2 2 1 3 2 8 1 0 5\n2 2 0 6 1 6 1 2 4\n"


def run(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Plan each file for five seconds, ours and the peer.

    Parameters
    ----------
    files
        ``.fjs`` files; none means a small built-in instance.

    Returns
    -------
    list of dict
        Per file the time to our first answer (``ours_ms``), the peer's time to its answer, the makespans, our lower
        bound, and ``ratio``: the peer's makespan divided by ours (None when the peer had no answer).
    """
    texts = [(path.name, path.read_text()) for path in files] or [("built-in", BUILT_IN)]
    return [_measure(name, read_flexible_job_shop(text, file=name)) for name, text in texts]


def _measure(name: str, instance: FlexibleJobShop) -> dict[str, Any]:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        first = list_schedule(instance)
        times.append((time.perf_counter() - started) * 1000)
    plan = plan_flexible_job_shop(instance, seconds=SECONDS)
    peer, peer_ms = _plain_cp_sat(instance)
    times.sort()
    return {
        "work": name,
        "ours_ms": {"median": round(times[1], 2), "p95": round(times[-1], 2)},
        "peers": {"cp_sat_alone": {"median": round(peer_ms, 2), "p95": round(peer_ms, 2), "makespan": peer}},
        "ratio": round(peer / plan.makespan, 3) if peer else None,
        "first_makespan": makespan(first),
        "makespan": plan.makespan,
        "lower_bound": plan.lower_bound,
    }


def _plain_cp_sat(instance: FlexibleJobShop) -> tuple[int | None, float]:
    started = time.perf_counter()
    model = cp_model.CpModel()
    horizon = sum(max(d for _, d in operation) for job in instance.jobs for operation in job)
    machines: list[list[cp_model.IntervalVar]] = [[] for _ in range(instance.machine_count)]
    span = model.new_int_var(0, horizon, "makespan")
    for job in instance.jobs:
        previous: cp_model.LinearExprT = 0
        for operation in job:
            start, end = model.new_int_var(0, horizon, ""), model.new_int_var(0, horizon, "")
            literals = []
            for machine, duration in operation:
                literal = model.new_bool_var("")
                machines[machine].append(model.new_optional_interval_var(start, duration, end, literal, ""))
                literals.append(literal)
            model.add_exactly_one(literals)
            model.add(start >= previous)
            previous = end
        model.add(span >= previous)
    for intervals in machines:
        model.add_no_overlap(intervals)
    model.minimize(span)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = 2
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (round(solver.objective_value) if found else None), (time.perf_counter() - started) * 1000
