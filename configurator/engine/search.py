"""Exact answers by satisfiability search: the fallback when a product has no compiled graph. Reads no clock.

Complete domains take one solver call per option at worst. Most are saved: every model found shows all its
literals to be possible and is kept for later questions, unit propagation finds what follows at once, and the
solver is steered towards literals not seen yet.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from configurator.engine.formula import Formula, exclusive_pairs
from configurator.engine.satisfiability import open_solver
from configurator.engine.witnesses import Refusals, Seen, Truths, Witnesses

if TYPE_CHECKING:
    from pysat.solvers import Solver

_MAX_QUESTIONS = 5_000
"""The solver is built anew after so many questions, so that what they left behind goes."""

_CHUNK = 32
"""So many literals are asked for at once at least: is any of them possible?"""


class FormulaSearch:
    """Answers questions about the models of one formula; safe to share between threads.

    Parameters
    ----------
    formula
        The rules of a product.
    """

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._lock = Lock()
        self._engine = _Engine(formula)
        self._memory = Refusals(formula.variable_count)
        self._variables = np.arange(1, formula.variable_count + 1, dtype=np.int64)

    def is_consistent(self, choices: Collection[int]) -> bool:
        """Say whether some model holds all the chosen literals."""
        with self._lock:
            return len(self._engine.witnesses.matching(choices)) > 0 or self._engine.solve(list(choices))

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
            if self._engine.solve(list(choices)):
                return None
            core = self._engine.core()
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
            implied = self._engine.implied(list(choices))
            if implied is None:
                return None
            rows = self._engine.witnesses.matching(choices)
            if not len(rows) and not self._engine.solve(list(choices)):
                return None
            seen = Seen(self._formula.variable_count)
            seen.add_rows(rows)
            if not len(rows):
                seen.add(self._engine.model)
            literals = np.array(list(wanted), dtype=np.int64)
            impossible = self._memory.impossible(frozenset(choices))
            question = _Question(self._engine, seen, self._formula.variable_count, impossible)
            question.settle(literals, [*choices, *implied])
            self._memory.keep(frozenset(choices), impossible)
            return frozenset(literals[seen.holds(literals)].tolist())

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
            if not self._engine.solve(list(choices)):
                return None
            model = self._granted(list(choices), list(preferred))
            return tuple(np.where(model[1:], self._variables, -self._variables).tolist())


    def _granted(self, choices: Sequence[int], wishes: Sequence[int]) -> Truths:
        """Give a model that grants the wishes in order, each when those before it allow it.

        As many wishes as stand together are granted by one question. Twice as many are tried each time that works;
        when it does not, those before the last one of the contradiction are tried, then that one alone.
        """
        engine, middle = self._engine, self._formula.variable_count
        model = engine.model
        certain = np.zeros(2 * middle + 1, dtype=np.bool_)
        switch = engine.new_switch()

        def settle(literals: Iterable[int]) -> None:
            for literal in literals:
                engine.solver.add_clause([-switch, literal])
                certain[middle + literal] = True

        settle(choices)
        place, size, most = 0, 1, 1
        while place < len(wishes):
            wish = wishes[place]
            if certain[middle + wish] or certain[middle - wish]:
                place += 1
            elif bool(model[abs(wish)]) == (wish > 0):
                settle((wish,))
                place += 1
            else:
                still_open = (item for item in islice(wishes, place, None) if not certain[middle - item])
                batch = self._compatible(still_open, size)
                if engine.solve([switch, *batch]):
                    model = engine.model
                    settle(batch)
                    most = min(max(most, 2 * size), _CHUNK)
                    size = most if size * 2 >= most else 1
                    continue
                core = engine.core()
                last = max(position for position, item in enumerate(batch) if item in core)
                if last:
                    size = last
                else:
                    settle((-wish,))
                    size = most
                    follows = engine.implied([switch]) or []
                    certain[[middle + literal for literal in follows if abs(literal) <= middle]] = True
        engine.solver.add_clause([-switch])
        return model

    def _compatible(self, wishes: Iterable[int], size: int) -> list[int]:
        """Give the first wishes, without those that an earlier one of them plainly excludes."""
        batch: list[int] = []
        excluded: set[int] = set()
        for wish in wishes:
            if wish not in excluded:
                batch.append(wish)
                if len(batch) == size:
                    break
                excluded.add(-wish)
                excluded.update(self._rivals.get(wish, ()))
        return batch

    @cached_property
    def _rivals(self) -> dict[int, set[int]]:
        """The literals of the same exclusive groups, by literal."""
        rivals: dict[int, set[int]] = {}
        for group in self._formula.exclusive:
            for literal in group:
                rivals.setdefault(literal, set()).update(other for other in group if other != literal)
        return rivals


class _Engine:
    """The solver, built on first use, with the models it found."""

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._solver: Solver | None = None
        self._questions = 0
        self._last_variable = 0
        self.witnesses = Witnesses(formula.variable_count)
        self.model: Truths = np.zeros(formula.variable_count + 1, dtype=np.bool_)
        """The model of the latest solve that found one."""

    @property
    def solver(self) -> Solver:
        """The solver, made ready when it is not yet."""
        if self._solver is None:
            self._solver = self._built()
        return self._solver

    def _built(self) -> Solver:
        self._last_variable = self._formula.variable_count
        self._questions = 0
        clauses = [*self._formula.clauses, *exclusive_pairs(self._formula)]
        solver = open_solver(clauses)
        # The native solver is given back with this object, and before the interpreter ends.
        weakref.finalize(self, solver.delete)
        return solver

    def solve(self, assumptions: list[int]) -> bool:
        """Solve under assumptions and keep the model found."""
        if not self.solver.solve(assumptions=assumptions):
            return False
        numbers = np.array(self.solver.get_model() or (), dtype=np.int64)
        self.model = np.zeros(self._formula.variable_count + 1, dtype=np.bool_)
        # The solver numbers variables up to the last one of a clause; helping ones come after all others.
        known = numbers[: self._formula.variable_count]
        self.model[1 : known.size + 1] = known > 0
        self.witnesses.add(self.model)
        return True

    def core(self) -> frozenset[int]:
        """Give the assumptions that contradicted each other in the latest solve."""
        return frozenset(self.solver.get_core() or ())

    def implied(self, assumptions: list[int]) -> list[int] | None:
        """Give literals that follow at once; None when the assumptions contradict each other at once."""
        is_consistent, literals = self.solver.propagate(assumptions=assumptions)
        return list(literals) if is_consistent else None

    def new_switch(self) -> int:
        """Give a fresh variable; every now and then start a fresh solver, without what earlier ones left."""
        if self._questions > _MAX_QUESTIONS and self._solver is not None:
            self._solver.delete()
            self._solver = self._built()
        return self.new_variable()

    def new_variable(self) -> int:
        """Give a fresh variable of the solver that stands."""
        self._questions += 1
        self._last_variable += 1
        return self._last_variable


class _Question:
    """One question for many literals: models are sought until each is seen or known to be impossible."""

    def __init__(self, engine: _Engine, seen: Seen, variable_count: int, impossible: Truths) -> None:
        self._engine = engine
        self._seen = seen
        self._middle = variable_count
        self._impossible = impossible

    def settle(self, literals: NDArray[np.int64], known: list[int]) -> None:
        """Find a model for every literal that has one, given literals known to hold."""
        self._rule_out(-np.array([item for item in known if abs(item) <= self._middle], dtype=np.int64))
        waiting = self._open(literals)
        if not waiting.size:
            return
        # One switch stands for all that is known, so that each call starts from few assumptions.
        switch = self._engine.new_switch()
        solver = self._engine.solver
        for literal in known:
            solver.add_clause([-switch, literal])
        size = _CHUNK
        while waiting.size:
            chunk = waiting[:size].tolist()
            solver.set_phases(waiting.tolist())
            some = self._engine.new_variable()
            solver.add_clause([-some, *chunk])
            if self._engine.solve([switch, some]):
                self._seen.add(self._engine.model)
                size = max(size // 2, _CHUNK)
            else:
                # None of the chunk is possible: one refusal settled them all.
                self._rule_out(waiting[:size])
                size *= 4
            solver.add_clause([-some])
            waiting = self._open(waiting)
        solver.add_clause([-switch])

    def _open(self, literals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the literals neither seen nor known to be impossible."""
        return literals[~self._seen.holds(literals) & ~self._impossible[self._middle + literals]]

    def _rule_out(self, literals: NDArray[np.int64]) -> None:
        """Note literals that hold in no model asked for."""
        self._impossible[self._middle + literals] = True
