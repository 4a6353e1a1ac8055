"""OR-Tools CP-SAT: one model, choices and an undecided option as assumptions, every solution used as a witness."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ortools.sat.python import cp_model

from benchmarks.peers.question import Question, Reply, answer_each

NAME = "CP-SAT, witnesses kept"
_STEP_SECONDS = 20.0


def reply(question: Question, *, seconds: float) -> Reply:
    """Answer the question; a step that takes longer than twenty seconds ends it."""
    model = cp_model.CpModel()
    variables = [model.new_bool_var("") for _ in range(question.variable_count)]

    def literal(number: int) -> cp_model.LiteralT:
        variable = variables[abs(number) - 1]
        return variable if number > 0 else ~variable

    for clause in question.clauses:
        model.add_bool_or([literal(number) for number in clause])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    options = [literal(option) for option in question.options]

    def answer(evidence: Sequence[int]) -> list[bool] | None:
        given = [literal(number) for number in evidence]
        possible = [False] * len(options)
        deadline = time.perf_counter() + _STEP_SECONDS
        for place, option in enumerate(options):
            if possible[place]:
                continue
            model.clear_assumptions()
            model.add_assumptions([*given, option])
            solver.parameters.max_time_in_seconds = max(deadline - time.perf_counter(), 0.001)
            status = solver.solve(model)
            if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.INFEASIBLE):
                return None
            if status != cp_model.INFEASIBLE:
                held = map(solver.boolean_value, options)
                possible = [was or now for was, now in zip(possible, held, strict=True)]
        return possible

    return answer_each(question.steps, answer, seconds)
