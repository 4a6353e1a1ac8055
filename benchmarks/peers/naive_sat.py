"""python-sat with one call per option: what a careful afternoon gives. Warm solver, learnt clauses kept."""

from __future__ import annotations

from collections.abc import Sequence

from pysat.solvers import Solver

from benchmarks.peers.question import Question, Reply, answer_each

NAME = "python-sat, a call per option"


def reply(question: Question, *, seconds: float) -> Reply:
    """Answer the question with glucose 4."""
    with Solver(name="glucose4", bootstrap_with=question.clauses) as solver:
        def answer(evidence: Sequence[int]) -> list[bool]:
            return [bool(solver.solve(assumptions=[*evidence, option])) for option in question.options]

        return answer_each(question.steps, answer, seconds)
