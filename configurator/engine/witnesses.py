"""Models found so far, what they show to be possible, and what was found impossible. Knows no solver."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

Truths = NDArray[np.bool_]
"""A truth value per variable, by its number; place 0 means nothing."""

_MAX_WITNESSES = 512

_MAX_REFUSALS = 64


class Witnesses:
    """The latest models of a formula.

    Parameters
    ----------
    variable_count
        Variables are numbered from 1 to this.
    """

    def __init__(self, variable_count: int) -> None:
        self._rows = np.zeros((0, variable_count + 1), dtype=np.bool_)
        self._count = 0

    def add(self, model: Truths) -> None:
        """Keep a model, in the place of the oldest one when there are too many."""
        if self._count >= len(self._rows) < _MAX_WITNESSES:
            wider = np.zeros((min(max(2 * len(self._rows), 16), _MAX_WITNESSES), model.size), dtype=np.bool_)
            wider[: len(self._rows)] = self._rows
            self._rows = wider
        self._rows[self._count % len(self._rows)] = model
        self._count += 1

    def matching(self, choices: Collection[int]) -> NDArray[np.bool_]:
        """Give the models that hold all the chosen literals, one a row; no row when there is none."""
        rows = self._rows[: self._count]
        chosen = np.array(list(choices), dtype=np.int64)
        held: NDArray[np.bool_] = (rows[:, np.abs(chosen)] == (chosen > 0)).all(axis=1)
        return rows[held]


class Seen:
    """Which literals some model holds, gathered model by model.

    Parameters
    ----------
    variable_count
        Variables are numbered from 1 to this.
    """

    def __init__(self, variable_count: int) -> None:
        self._true = np.zeros(variable_count + 1, dtype=np.bool_)
        self._false = np.zeros(variable_count + 1, dtype=np.bool_)

    def add(self, model: Truths) -> None:
        """Take in one model."""
        self._true |= model
        self._false |= ~model

    def add_rows(self, rows: NDArray[np.bool_]) -> None:
        """Take in several models, one a row."""
        if len(rows):
            self._true |= rows.any(axis=0)
            self._false |= ~rows.all(axis=0)

    def holds(self, literals: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say for each literal whether it was seen."""
        variables = np.abs(literals)
        return np.where(literals > 0, self._true[variables], self._false[variables])


class Refusals:
    """Literals found impossible under earlier choices; what some choices exclude, more choices exclude too.

    Parameters
    ----------
    variable_count
        Variables are numbered from 1 to this.
    """

    def __init__(self, variable_count: int) -> None:
        self._size = 2 * variable_count + 1
        self._known: OrderedDict[frozenset[int], Truths] = OrderedDict()

    def impossible(self, choices: frozenset[int]) -> Truths:
        """Give, at the place ``variable_count + literal``, whether a literal is known to be impossible."""
        known = np.zeros(self._size, dtype=np.bool_)
        for earlier, literals in self._known.items():
            if earlier <= choices:
                known |= literals
        return known

    def keep(self, choices: frozenset[int], impossible: Truths) -> None:
        """Remember what is impossible under choices; the oldest answers are forgotten."""
        self._known[choices] = impossible
        self._known.move_to_end(choices)
        if len(self._known) > _MAX_REFUSALS:
            # The answer without any choice helps every later question.
            oldest = next(key for key in self._known if key)
            del self._known[oldest]
