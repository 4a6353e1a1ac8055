"""Exact answers by satisfiability search: the fallback when a product has no compiled graph. Reads no clock.

Complete domains take one solver call per option at worst. Most are saved: every model found shows all its
literals to be possible and is kept for later questions, unit propagation finds what follows at once, and the
solver is steered towards literals not seen yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from pysat.solvers import Solver

from configurator.engine.formula import Formula, exclusive_pairs

_SOLVER = "glucose4"
_MAX_WITNESSES = 512
_MAX_QUESTIONS = 2_000
"""The solver is built anew after so many questions, so that what they left behind goes."""


class FormulaSearch:
    """Answers questions about the models of one formula; safe to share between threads.

    Parameters
    ----------
    formula
        The rules of a product.
    """

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._pairs = exclusive_pairs(formula)
        self._lock = Lock()
        self._witnesses = _Witnesses(formula.variable_count)
        self._solver: Solver | None = None
        self._questions = 0
        self._next_variable = 0

    def is_consistent(self, choices: Collection[int]) -> bool:
        """Say whether some model holds all the chosen literals."""
        with self._lock:
            return self._witnesses.matching(choices).size > 0 or self._solve(list(choices))

    def find_core(self, choices: Sequence[int]) -> tuple[int, ...] | None:
        """Find choices that cannot stand together.

        Parameters
        ----------
        choices
            Literals.

        Returns
        -------
        tuple[int, ...] | None
            Some of the choices that already contradict each other (not always the fewest; empty when the
            rules alone are contradictory); None when all choices can stand together.
        """
        with self._lock:
            if self._solve(list(choices)):
                return None
            core = set(self._ready_solver().get_core() or ())
            return tuple(choice for choice in choices if choice in core)

    def possible(self, choices: Collection[int], wanted: Iterable[int]) -> frozenset[int] | None:
        """Give those wanted literals that some model with all choices holds.

        Parameters
        ----------
        choices
            Literals that hold.
        wanted
            Literals asked for.

        Returns
        -------
        frozenset[int] | None
            Exactly the possible ones; None when the choices contradict each other.
        """
        with self._lock:
            return self._possible(list(choices), list(wanted))

    def complete(self, choices: Sequence[int], preferred: Iterable[int]) -> tuple[int, ...] | None:
        """Give a whole model with all choices that follows the preferences one after the other.

        Parameters
        ----------
        choices
            Literals that hold.
        preferred
            Literals in falling importance; each is taken when it is still possible.

        Returns
        -------
        tuple[int, ...] | None
            One literal per variable, ascending; None when the choices contradict each other.
        """
        with self._lock:
            kept = list(choices)
            if not self._solve(kept):
                return None
            model = self._model_array()
            solver = self._ready_solver()
            for literal in preferred:
                if not _holds(model, literal):
                    solver.set_phases([literal])
                    if not self._solve([*kept, literal]):
                        continue
                    model = self._model_array()
                kept.append(literal)
            return tuple(
                number if model[number] else -number for number in range(1, self._formula.variable_count + 1)
            )

    def _ready_solver(self) -> Solver:
        """Give the solver, built on first use and again when it has collected too much."""
        if self._solver is None or self._questions > _MAX_QUESTIONS:
            if self._solver is not None:
                self._solver.delete()
            self._solver = Solver(name=_SOLVER, bootstrap_with=[*self._formula.clauses, *self._pairs])
            self._questions = 0
            self._next_variable = self._formula.variable_count + 1
        return self._solver

    def _solve(self, assumptions: list[int]) -> bool:
        """Solve and keep the model found as a witness."""
        is_satisfied = bool(self._ready_solver().solve(assumptions=assumptions))
        if is_satisfied:
            self._witnesses.add(self._model_array())
        return is_satisfied

    def _model_array(self) -> NDArray[np.bool_]:
        """Give the last model as truth values by variable number; variables in no clause are false."""
        values = np.zeros(self._formula.variable_count + 1, dtype=np.bool_)
        model = np.array(self._ready_solver().get_model() or (), dtype=np.int64)
        known = model[(model > 0) & (model < values.size)]
        values[known] = True
        return values

    def _possible(self, choices: list[int], wanted: list[int]) -> frozenset[int] | None:
        self._questions += 1
        solver = self._ready_solver()
        are_consistent, implied = solver.propagate(assumptions=choices)
        if not are_consistent:
            return None
        literals = np.array(wanted, dtype=np.int64)
        seen = _Seen(self._formula.variable_count)
        # A variable of no clause may be either way, though models show it false only.
        seen.add_free(self._free_variables() - {abs(choice) for choice in choices})
        rows = self._witnesses.matching(choices)
        if rows.size:
            seen.add_all(rows)
        elif self._solve(choices):
            seen.add(self._model_array())
        else:
            return None
        fixed = np.zeros(2 * self._formula.variable_count + 2, dtype=np.bool_)
        _mark(fixed, [*implied, *choices], self._formula.variable_count)
        self._settle(solver, literals, seen, fixed, [*choices, *implied])
        return frozenset(literals[seen.holds(literals)].tolist())

    def _settle(  # noqa: PLR0913 - the state of one question
        self,
        solver: Solver,
        literals: NDArray[np.int64],
        seen: _Seen,
        fixed: NDArray[np.bool_],
        known: list[int],
    ) -> None:
        """Find a model for every literal that has one; literals whose negation follows are passed over."""
        # One switch stands for all that is known, so that each call starts from a single assumption.
        switch = self._next_variable
        self._next_variable += 1
        for literal in known:
            solver.add_clause([-switch, literal])
        while True:
            is_open = ~seen.holds(literals) & ~fixed[-literals + self._formula.variable_count]
            waiting = literals[is_open]
            if not waiting.size:
                break
            self._settle_one(solver, waiting, seen, fixed, switch)
        solver.add_clause([-switch])

    def _settle_one(  # noqa: PLR0913 - the state of one question
        self,
        solver: Solver,
        waiting: NDArray[np.int64],
        seen: _Seen,
        fixed: NDArray[np.bool_],
        switch: int,
    ) -> None:
        """Ask for one open literal, and learn as much as the answer tells."""
        literal = int(waiting[0])
        solver.set_phases(waiting.tolist())
        if self._solve([switch, literal]):
            seen.add(self._model_array())
            return
        solver.add_clause([-switch, -literal])
        _, implied = solver.propagate(assumptions=[switch])
        _mark(fixed, [-literal, *implied], self._formula.variable_count)

    def _free_variables(self) -> set[int]:
        if not hasattr(self, "_free"):
            used = {abs(literal) for clause in self._formula.clauses for literal in clause}
            used.update(variable for group in self._formula.exclusive for variable in map(abs, group))
            self._free = set(range(1, self._formula.variable_count + 1)) - used
        return self._free


class _Witnesses:
    """The latest models, one row each, a truth value per variable."""

    def __init__(self, variable_count: int) -> None:
        self._rows = np.zeros((0, variable_count + 1), dtype=np.bool_)
        self._count = 0

    def add(self, model: NDArray[np.bool_]) -> None:
        """Keep a model in place of the oldest one."""
        if self._count >= len(self._rows) < _MAX_WITNESSES:
            wider = np.zeros((min(max(2 * len(self._rows), 16), _MAX_WITNESSES), model.size), dtype=np.bool_)
            wider[: len(self._rows)] = self._rows
            self._rows = wider
        self._rows[self._count % len(self._rows)] = model
        self._count += 1

    def matching(self, choices: Collection[int]) -> NDArray[np.bool_]:
        """Give the models that hold all the choices."""
        rows = self._rows[: self._count]
        for choice in choices:
            rows = rows[rows[:, abs(choice)] == (choice > 0)]
        return rows


class _Seen:
    """Which literals some model was seen to hold."""

    def __init__(self, variable_count: int) -> None:
        self._true = np.zeros(variable_count + 1, dtype=np.bool_)
        self._false = np.zeros(variable_count + 1, dtype=np.bool_)

    def add(self, model: NDArray[np.bool_]) -> None:
        """Take in one model."""
        self._true |= model
        self._false |= ~model

    def add_all(self, rows: NDArray[np.bool_]) -> None:
        """Take in several models."""
        self._true |= rows.any(axis=0)
        self._false |= ~rows.all(axis=0)

    def add_free(self, variables: Collection[int]) -> None:
        """Take in variables that may be either way."""
        numbers = np.array(sorted(variables), dtype=np.int64)
        self._true[numbers] = True
        self._false[numbers] = True

    def holds(self, literals: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say for each literal whether it was seen."""
        variables = np.abs(literals)
        return np.where(literals > 0, self._true[variables], self._false[variables])


def _holds(model: NDArray[np.bool_], literal: int) -> bool:
    return bool(model[abs(literal)]) == (literal > 0)


def _mark(fixed: NDArray[np.bool_], literals: Iterable[int], variable_count: int) -> None:
    """Mark literals of the formula (negative ones below the middle) as following from the choices."""
    numbers = np.array([literal for literal in literals if abs(literal) <= variable_count], dtype=np.int64)
    fixed[numbers + variable_count] = True
