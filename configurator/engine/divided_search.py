"""Search part by part: the simplified rules fall apart, and a choice only matters to the part it is in. No solver.

After simplification no literal is fixed, so in a part without a choice everything is possible. In a part with
choices, variables that could take each other's place are asked for once, and answers are kept for later clicks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from configurator.engine.backbone import interchangeable
from configurator.engine.branching import elimination_order, primal_graph
from configurator.engine.compiler import Budget, BudgetExceeded, Compiler
from configurator.engine.conditioning import condition
from configurator.engine.formula import Clause, Formula
from configurator.engine.preparation import TRUE, Prepared, prepare
from configurator.engine.search import FormulaSearch
from configurator.engine.witnesses import Truths

Ints = NDArray[np.int64]

_KEPT_ANSWERS = 256
_KEPT_COUNTS = 1_024


class DividedSearch:
    """Answers questions about the models of one formula; safe to share between threads.

    Parameters
    ----------
    formula
        The rules of a product. They are simplified when the first question needs it.
    """

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._whole = FormulaSearch(formula)
        self._lock = Lock()
        self._divided: _Divided | None = None

    def _division(self) -> _Divided:
        with self._lock:
            if self._divided is None:
                self._divided = _Divided(prepare(self._formula))
            return self._divided

    def is_consistent(self, choices: Collection[int]) -> bool:
        """Say whether some model holds all the chosen literals; alone it needs no simplification."""
        if self._divided is None:
            return self._whole.is_consistent(choices)
        places = self._divided.spread(choices)
        return places is not None and all(
            self._divided.parts[place].search.is_consistent(own) for place, own in places.items()
        )

    def possible(self, choices: Collection[int], wanted: Ints) -> Truths | None:
        """Say for every wanted literal whether some model with all choices holds it.

        Returns
        -------
        array of bool or None
            In the order of the wanted literals; None when the choices contradict each other.
        """
        divided = self._division()
        places = divided.spread(choices)
        if places is None:
            return None
        excluded = np.zeros(2 * divided.size + 1, dtype=np.bool_)
        for place, own in places.items():
            part = divided.parts[place]
            own_excluded = part.excluded(own)
            if own_excluded is None:
                return None
            excluded[divided.size + part.members] = own_excluded[part.size + 1 :]
            excluded[divided.size - part.members] = own_excluded[: part.size][::-1]
        return divided.may_hold(wanted, excluded)

    def possible_among(self, choices: Collection[int], wanted: Collection[int]) -> frozenset[int] | None:
        """Give those of a few wanted literals that some model with all choices holds; None: no such model."""
        divided = self._division()
        places = divided.spread(choices)
        if places is None:
            return None
        images = {literal: divided.image(literal) for literal in wanted}
        asked: dict[int, list[int]] = {place: [] for place in places}
        for image in images.values():
            if abs(image) != TRUE:
                place, own = divided.locate(image)
                asked.setdefault(place, []).append(own)
        held: set[tuple[int, int]] = set()
        for place, literals in asked.items():
            found = divided.parts[place].search.possible(places.get(place, frozenset()), literals)
            if found is None:
                return None
            held.update((place, literal) for literal in found)
        return frozenset(
            literal for literal, image in images.items()
            if image == TRUE or (image != -TRUE and divided.locate(image) in held)
        )

    def complete(self, choices: Sequence[int], preferred: Iterable[int]) -> frozenset[int] | None:
        """Give a model with all choices that follows the preferences one after the other, as all its true literals.

        Parameters
        ----------
        choices
            Literals that hold.
        preferred
            Literals in falling importance; each is taken when it is still possible.

        Returns
        -------
        frozenset of int or None
            One literal per variable; None when the choices contradict each other.
        """
        divided = self._division()
        places = divided.spread(choices)
        if places is None:
            return None
        wishes: dict[int, list[int]] = {}
        for literal in preferred:
            image = divided.image(literal)
            if abs(image) != TRUE:
                place, own_literal = divided.locate(image)
                wishes.setdefault(place, []).append(own_literal)
        found: dict[int, tuple[int, ...]] = {}
        for place, part in enumerate(divided.parts):
            model = part.search.complete(list(places.get(place, ())), wishes.get(place, ()))
            if model is None:
                return None
            found[place] = model
        return frozenset(divided.truth(variable, found) for variable in range(1, self._formula.variable_count + 1))

    def count(self, choices: Collection[int], budget: Budget, *, at_most: int) -> int | None:
        """Count the models with all choices, part by part.

        Parameters
        ----------
        choices
            Literals that hold.
        budget
            For all parts together that were not counted under the same choices before.
        at_most
            Parts with more open variables than this are not tried.

        Returns
        -------
        int or None
            Exactly how many; None when a part cannot be counted within the budget.
        """
        divided = self._division()
        places = divided.spread(choices)
        if places is None:
            return 0
        total = 1
        deadline = thread_time() + budget.seconds
        for place in sorted(range(len(divided.parts)), key=lambda item: divided.parts[item].size):
            left = replace(budget, seconds=deadline - thread_time())
            found = divided.parts[place].count(places.get(place, frozenset()), left, at_most)
            if not found:
                return found
            total *= found
        return total


@dataclass(frozen=True, slots=True)
class _Place:
    part: int
    number: int


class _Divided:
    """A simplified formula, its parts, and where each literal went."""

    def __init__(self, prepared: Prepared) -> None:
        self.is_consistent = prepared.is_consistent
        self.size = prepared.variable_count
        self._images = prepared.images
        self._image_array = np.array(prepared.images, dtype=np.int64)
        self._places: list[_Place] = [_Place(-1, 0)] * (prepared.variable_count + 1)
        self.parts = self._divide(prepared)

    def _divide(self, prepared: Prepared) -> list[Part]:
        members = _connected(primal_graph(prepared))
        for part, variables in enumerate(members):
            for number, variable in enumerate(variables, start=1):
                self._places[variable] = _Place(part, number)
        clauses: list[list[Clause]] = [[] for _ in members]
        groups: list[list[Clause]] = [[] for _ in members]
        for source, target in ((prepared.clauses, clauses), (prepared.exclusive, groups)):
            for literals in source:
                own = tuple(self.locate(literal)[1] for literal in literals)
                target[self._places[abs(literals[0])].part].append(own)
        return [
            Part(np.array(variables, dtype=np.int64), tuple(own_clauses), tuple(own_groups))
            for variables, own_clauses, own_groups in zip(members, clauses, groups, strict=True)
        ]

    def image(self, literal: int) -> int:
        """Give the simplified literal an original one equals."""
        image = self._images[abs(literal)]
        return image if literal > 0 else -image

    def locate(self, image: int) -> tuple[int, int]:
        """Give the part of a simplified literal and its literal there."""
        place = self._places[abs(image)]
        return place.part, place.number if image > 0 else -place.number

    def spread(self, choices: Iterable[int]) -> dict[int, frozenset[int]] | None:
        """Give the choices part by part; None when they contradict what is fixed."""
        if not self.is_consistent:
            return None
        places: dict[int, set[int]] = {}
        for image in map(self.image, choices):
            if image == -TRUE:
                return None
            if image != TRUE:
                part, literal = self.locate(image)
                places.setdefault(part, set()).add(literal)
        return {part: frozenset(own) for part, own in places.items()}

    def may_hold(self, literals: Ints, excluded: Truths) -> Truths:
        """Say for original literals whether they are possible when some simplified ones are excluded."""
        images = np.sign(literals) * self._image_array[np.abs(literals)]
        is_fixed = np.abs(images) == TRUE
        possible: Truths = np.where(is_fixed, images == TRUE, ~excluded[self.size + np.where(is_fixed, 0, images)])
        return possible

    def truth(self, variable: int, models: dict[int, tuple[int, ...]]) -> int:
        """Give the literal of an original variable that holds when every part has a model."""
        image = self.image(variable)
        if abs(image) == TRUE:
            return variable if image == TRUE else -variable
        part, own = self.locate(image)
        return variable if models[part][abs(own) - 1] == own else -variable


class Part:
    """Variables that share nothing with the rest of the rules, and their clauses, numbered from 1.

    Parameters
    ----------
    members
        The variables in the whole simplified formula, ascending.
    clauses, exclusive
        In the numbers of this part.
    """

    def __init__(self, members: Ints, clauses: tuple[Clause, ...], exclusive: tuple[Clause, ...]) -> None:
        self.members = members
        self.size = size = len(members)
        self.formula = Formula(size, clauses, (), exclusive, {})
        self._lock = Lock()
        self._answers: OrderedDict[frozenset[int], Truths | None] = OrderedDict()
        self._counts: OrderedDict[frozenset[int], int] = OrderedDict()
        self._uncounted = size + 1

    @cached_property
    def search(self) -> FormulaSearch:
        """The search of this part alone."""
        return FormulaSearch(self.formula)

    @cached_property
    def _alike(self) -> Ints:
        return np.array(interchangeable(self.formula), dtype=np.int64)

    @cached_property
    def _like_counts(self) -> Ints:
        return np.bincount(self._alike, minlength=self.size + 1)

    def excluded(self, choices: frozenset[int]) -> Truths | None:
        """Say at the place ``size + literal`` whether no model with the choices holds a literal; None: no model."""
        with self._lock:
            if choices in self._answers:
                self._answers.move_to_end(choices)
                return self._answers[choices]
            answer = self._asked(choices)
            self._answers[choices] = answer
            if len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
            return answer

    def _asked(self, choices: frozenset[int]) -> Truths | None:
        # Variables nobody chose can still take each other's place, so one speaks for all of them.
        spoken_for = self._alike.copy()
        for literal in choices:
            spoken_for[abs(literal)] = abs(literal)
        for literal in choices:
            self._elect(spoken_for, abs(literal))
        speakers = np.unique(spoken_for[1:])
        possible = self.search.possible(choices, np.concatenate([speakers, -speakers]).tolist())
        if possible is None:
            return None
        may = np.zeros(2 * self.size + 1, dtype=np.bool_)
        may[self.size + np.fromiter(possible, dtype=np.int64, count=len(possible))] = True
        excluded = np.empty(2 * self.size + 1, dtype=np.bool_)
        excluded[self.size :] = ~may[self.size + spoken_for]
        excluded[self.size :: -1] = ~may[self.size - spoken_for]
        return excluded

    def _elect(self, spoken_for: Ints, chosen: int) -> None:
        """Let another variable speak when the one that spoke for its like was chosen."""
        if self._like_counts[chosen] < 2:
            return
        others = np.flatnonzero((self._alike == chosen) & (spoken_for == chosen))
        others = others[others != chosen]
        spoken_for[others] = others[0] if others.size else 0

    def count(self, choices: frozenset[int], budget: Budget, at_most: int) -> int | None:
        """Count the models with the choices; None when that takes more than the budget."""
        with self._lock:
            known = self._counts.get(choices)
        if known is not None:
            return known
        left = condition(self.formula, choices)
        if left is None:
            return 0
        # What was too much is not tried again before a good part of it is decided.
        if left.variable_count > at_most or left.variable_count >= self._uncounted:
            return None
        try:
            found = Compiler(left, elimination_order(left), budget).compile().count()
        except BudgetExceeded:
            self._uncounted = int(0.8 * left.variable_count)
            return None
        with self._lock:
            self._counts[choices] = found
            if len(self._counts) > _KEPT_COUNTS:
                self._counts.popitem(last=False)
        return found


def _connected(neighbors: Sequence[Collection[int]]) -> list[list[int]]:
    """Give the connected parts of a graph over the nodes from 1, each ascending."""
    part_of = np.zeros(len(neighbors), dtype=np.int64)
    parts: list[list[int]] = []
    for start in range(1, len(neighbors)):
        if part_of[start]:
            continue
        found = [start]
        part_of[start] = len(parts) + 1
        for node in found:
            for other in neighbors[node]:
                if not part_of[other]:
                    part_of[other] = len(parts) + 1
                    found.append(other)
        parts.append(sorted(found))
    return parts
