"""Runs in the environment of the peers: a job shop on standard input, the makespan found on standard output."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from pyjobshop import Model

_LONGEST_SETUP = 100_000
"""A setup of this length stands for "never" in the files; the pair is left out, as it cannot occur."""


def main() -> None:
    """Build the model, solve it, write makespan and bound; null when nothing was found."""
    task = json.load(sys.stdin)
    result = _model(task).solve(solver="ortools", time_limit=task["seconds"], display=False,
                                num_workers=task["workers"])
    has_schedule = result.objective != math.inf
    bound = getattr(result, "lower_bound", None)
    json.dump({
        "makespan": round(result.objective) if has_schedule else None,
        "lower_bound": math.ceil(bound - 1e-6) if bound is not None and math.isfinite(bound) else None,
    }, sys.stdout)


def _model(task: dict[str, Any]) -> Model:
    model = Model()
    machines = [model.add_machine() for _ in range(task["machines"])]
    jobs = [model.add_job() for _ in range(1 + max(task["jobs"]))]
    tasks = [model.add_task(job=jobs[job]) for job in task["jobs"]]
    for found, modes in zip(tasks, task["modes"], strict=True):
        for machine, duration in modes:
            model.add_mode(found, machines[machine], duration)
    for found, earlier in zip(tasks, task["before"], strict=True):
        for other in earlier:
            model.add_end_before_start(tasks[other], found)
    for machine, rows in zip(machines, task["setups"] or (), strict=False):
        for first, row in zip(tasks, rows, strict=True):
            for second, minutes in zip(tasks, row, strict=True):
                if first is not second and 0 < minutes < _LONGEST_SETUP:
                    model.add_setup_time(machine, first, second, minutes)
    return model


if __name__ == "__main__":
    main()
