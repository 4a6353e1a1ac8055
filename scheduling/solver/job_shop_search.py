"""CP-SAT on a job shop, one worker, beginning at the incumbent and giving it every better schedule and bound."""

from __future__ import annotations

import math

from ortools.sat.python import cp_model

from scheduling.job_shop.greedy import Sequenced, assign
from scheduling.job_shop.incumbent import Incumbent
from scheduling.solver.job_shop_model import JobShopModel, build, fits

__all__ = ["fits", "search"]


class _Report(cp_model.CpSolverSolutionCallback):
    """Gives every better schedule to the incumbent, and stops when the incumbent says so."""

    def __init__(self, made: JobShopModel, incumbent: Incumbent) -> None:
        super().__init__()
        self._made = made
        self._incumbent = incumbent

    def on_solution_callback(self) -> None:
        """Offer the schedule of this solution."""
        if self._incumbent.stop.is_set():
            self.stop_search()
        elif self.objective_value < self._incumbent.best.makespan:
            self._incumbent.offer(_tidy(self._made.read(self.value, round(self.objective_value)), self._incumbent),
                                  "CP-SAT")


def _tidy(found: Sequenced, incumbent: Incumbent) -> Sequenced:
    """Start everything as early as the order allows, which may end sooner than the solution did."""
    return Sequenced(max(item.end for item in assign(incumbent.instance, found)), found.modes, found.order)


def search(incumbent: Incumbent, *, seconds: float, seed: int) -> None:
    """Let CP-SAT search and bound until it has proved the optimum, time is up or the incumbent says stop.

    Parameters
    ----------
    incumbent
        Is given every better schedule and the bound.
    seconds
        Time limit.
    seed
        Random seed.
    """
    hint = incumbent.best
    instance = incumbent.instance
    number = {name: operation for operation, name in enumerate(instance.names)}
    starts = [0] * len(instance.names)
    for item in assign(instance, hint):
        starts[number[item.job, item.operation]] = item.start
    made = build(instance, hint, starts, incumbent.lower_bound)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.catch_sigint_signal = False  # an end by Ctrl-C is the command's to arrange
    solver.best_bound_callback = lambda bound: incumbent.raise_bound(math.ceil(bound - 1e-6), "CP-SAT")
    incumbent.at_stop(solver.stop_search)
    if incumbent.stop.is_set():
        return
    status = solver.solve(made.model, _Report(made, incumbent))
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        found = _tidy(made.read(solver.value, round(solver.objective_value)), incumbent)
        incumbent.offer(found, "CP-SAT")
        incumbent.raise_bound(math.ceil(solver.best_objective_bound - 1e-6), "CP-SAT")
    elif status == cp_model.INFEASIBLE:
        raise AssertionError("the hinted schedule is a solution")
