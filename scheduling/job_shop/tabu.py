"""Many walks of tabu search over one instance: each begins where good schedules meet, or near the best one.

A population of good schedules is kept. A new walk begins at a blend of two of them: both overall orders respect every
precedence, so sorting by a mixture of an operation's two ranks does too, and what both agree on is kept (the idea of
path relinking, Nowicki and Smutnicki 2005). Imports the engine and numpy.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scheduling.engine.compiled import is_compiled
from scheduling.engine.job_shop import BEST, FLOOR, KEPT_MODE, KEPT_ORDER, MODES, Plan, Shop, new_plan
from scheduling.engine.job_shop_search import search
from scheduling.job_shop.greedy import Sequenced
from scheduling.job_shop.incumbent import Incumbent
from scheduling.job_shop.instance import JobShop

Integers = NDArray[np.int64]
POPULATION = 8
BLEND = 0.7
"""Share of walks that begin between two good schedules; the others begin near the best."""
SHAKE = (8, 40)
"""Random moves before a walk near the best begins: from, below."""
CHUNK_SECONDS = 0.03
"""How long the compiled loop runs before it looks whether to stop."""


def to_arrays(instance: JobShop) -> Shop:
    """Write an instance as the engine's arrays.

    Parameters
    ----------
    instance
        The problem. Modes stay in their order.

    Returns
    -------
    Shop
        The same problem.
    """
    modes = [mode for found in instance.modes for mode in found]
    room = np.bincount([machine for machine, _ in modes], minlength=instance.machine_count)
    return Shop(
        first=np.stack([_firsts([len(found) for found in lists])
                        for lists in (instance.modes, instance.before, instance.after)], axis=1),
        modes=np.array(modes, dtype=np.int64),
        before=_array([other for found in instance.before for other in found]),
        after=_array([other for found in instance.after for other in found]),
        setup=np.zeros((1, 1, 1), dtype=np.int64) if instance.setups is None else instance.setups,
        first_place=_firsts([int(count) for count in room]),
    )


def _array(values: Sequence[int]) -> Integers:
    return np.array(values, dtype=np.int64)


def _firsts(counts: Sequence[int]) -> Integers:
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(_array(counts), dtype=np.int64)))


@dataclass(slots=True)
class Walker:
    """One thread's search. ``step`` goes on for some iterations; ``best`` is what it has found."""

    shop: Shop
    plan: Plan
    generator: random.Random
    best: Sequenced
    beginning: Integers
    moves: int = 0
    population: list[Sequenced] = field(default_factory=list)
    iterations: int = 0
    patience: int = 20_000
    fruitless_walks: int = 0

    @classmethod
    def start(cls, instance: JobShop, schedule: Sequenced, *, floor: int, seed: int = 1) -> Walker:
        """Begin at a schedule.

        Parameters
        ----------
        instance
            The problem.
        schedule
            A valid schedule.
        floor
            A lower bound; reaching it ends the search.
        seed
            Different seeds walk differently, equal ones equally.
        """
        shop = to_arrays(instance)
        plan = new_plan(shop, seed)
        plan.control[FLOOR] = floor
        walker = cls(shop, plan, random.Random(seed), schedule, _array([]))  # noqa: S311 - variety, not secrecy
        walker.begin(schedule)
        return walker

    def begin(self, schedule: Sequenced, *, moves: int = 0) -> None:
        """Begin a walk at a schedule, after some random moves."""
        modes = self.shop.first[:-1, MODES] + _array(schedule.modes)
        self.beginning = np.stack((modes, _array(schedule.order)))
        self.moves = moves

    @property
    def is_over(self) -> bool:
        """Whether the best schedule is as good as the lower bound."""
        return self.best.makespan <= int(self.plan.control[FLOOR])

    @property
    def is_stuck(self) -> bool:
        """Whether the last walk could not make a single move: every operation stands where it must."""
        return self.fruitless_walks > 50

    def step(self, iterations: int) -> None:
        """Go on; a walk that brings nothing new for long is followed by another one.

        Parameters
        ----------
        iterations
            At most so many moves.
        """
        if self.is_over:
            return
        done = search(self.shop, self.plan, self.beginning, self.moves, iterations, self.patience)
        self.moves = -1
        self.iterations += int(done)
        self.fruitless_walks = 0 if done else self.fruitless_walks + 1
        if self.plan.control[BEST] < self.best.makespan:
            self.best = self._found()
        if done < iterations:
            self._next_walk()

    def _found(self) -> Sequenced:
        modes = self.plan.best[KEPT_MODE] - self.shop.first[:-1, MODES]
        order = self.plan.best[KEPT_ORDER]
        return Sequenced(int(self.plan.control[BEST]), tuple(modes.tolist()), tuple(order.tolist()))

    def _next_walk(self) -> None:
        self.take(self._found())
        if len(self.population) > 1 and self.generator.random() < BLEND:
            first, second = self.generator.sample(self.population, 2)
            self.begin(blend(first, second, self.generator), moves=3)
        else:
            self.begin(self.best, moves=self.generator.randrange(*SHAKE))

    def take(self, schedule: Sequenced) -> None:
        """Take a schedule into the population, in place of the worst, unless it is there."""
        if schedule.makespan < self.best.makespan:
            self.best = schedule
        if any(schedule.makespan == other.makespan and schedule.modes == other.modes and schedule.order == other.order
               for other in self.population):
            return
        self.population.append(schedule)
        if len(self.population) > POPULATION:
            self.population.remove(max(self.population, key=lambda item: item.makespan))


def walk_until_stopped(incumbent: Incumbent, *, seed: int) -> None:
    """Search until the incumbent says stop, giving it what is found and taking what others found.

    Parameters
    ----------
    incumbent
        Shared with other searches.
    seed
        Of this search.
    """
    walker = Walker.start(incumbent.instance, incumbent.best, floor=incumbent.lower_bound, seed=seed)
    incumbent.is_compiled = is_compiled()
    chunk = 1
    while not incumbent.stop.is_set() and not walker.is_stuck:
        began, before = time.monotonic(), walker.iterations
        walker.step(chunk)
        took = time.monotonic() - began
        incumbent.count(walker.iterations - before)
        incumbent.offer(walker.best, "tabu search")
        if incumbent.best.makespan < walker.best.makespan:
            walker.take(incumbent.best)
        walker.plan.control[FLOOR] = incumbent.lower_bound
        if took < CHUNK_SECONDS / 2:
            chunk = min(2 * chunk, 100_000)
        elif took > CHUNK_SECONDS:
            chunk = max(1, chunk // 2)


def blend(first: Sequenced, second: Sequenced, generator: random.Random) -> Sequenced:
    """Mix two schedules into one between them.

    Parameters
    ----------
    first, second
        Valid schedules.
    generator
        Draws the share of each and the mode of each operation where they differ.

    Returns
    -------
    Sequenced
        A valid schedule; its makespan is not known and written as 0.
    """
    share = generator.uniform(0.25, 0.75)
    rank = [0.0] * len(first.order)
    for place, operation in enumerate(first.order):
        rank[operation] += share * place
    for place, operation in enumerate(second.order):
        rank[operation] += (1 - share) * place
    modes = tuple(
        one if one == other or generator.random() < share else other
        for one, other in zip(first.modes, second.modes, strict=True)
    )
    # Equal mixtures are told apart by the first schedule's order, which both precedence and machines respect.
    place_in_first = {operation: place for place, operation in enumerate(first.order)}
    order = sorted(range(len(rank)), key=lambda operation: (rank[operation], place_in_first[operation]))
    return Sequenced(0, modes, tuple(order))
