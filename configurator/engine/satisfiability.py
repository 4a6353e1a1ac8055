"""The only door to the satisfiability solver, which is loaded when the first question needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pysat.examples.hitman import Hitman
    from pysat.solvers import Solver

    from configurator.engine.formula import Clause

SOLVER = "glucose4"


def open_solver(clauses: Iterable[Clause]) -> Solver:
    """Open a solver that holds clauses; the caller closes it, best by ``with``.

    Parameters
    ----------
    clauses
        Each a sequence of literals other than 0.

    Returns
    -------
    Solver
        Incremental: takes further clauses and assumptions.
    """
    from pysat.solvers import Solver  # noqa: PLC0415  # a web process starts without it

    return Solver(name=SOLVER, bootstrap_with=clauses)


def open_hitting_sets() -> Hitman:
    """Open a finder of smallest hitting sets; the caller closes it, best by ``with``.

    Returns
    -------
    Hitman
        ``hit(items)`` adds a set that must be hit; ``get()`` gives a smallest list that hits every set.
    """
    from pysat.examples.hitman import Hitman  # noqa: PLC0415  # few questions need it

    return Hitman(htype="sorted")
