"""List schedules: an answer within milliseconds, by several dispatching rules. Imports the instance only.

Operations become ready when all before them are placed; a rule picks one, and it goes where it ends first.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.job_shop.instance import Assignment, JobShop

MODES_LOOKED_AT = 200_000
"""Work of all passes together: about a fifth of a second on a slow core."""
_PASSES = 60
_WAITING_SHARES = (1.0, 0.5, 0.25, 2.0, 0.0, 4.0)
"""How much a later ready time counts against more work behind; 0 goes by the work alone."""


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A schedule without times: the mode of each operation (its place in ``JobShop.modes``) and an overall order.

    The order places each operation after those before it, and sequences every machine. ``makespan`` is that of
    starting everything as early as the order allows.
    """

    makespan: int
    modes: tuple[int, ...]
    order: tuple[int, ...]


def list_schedule(instance: JobShop, *, seed: int = 1) -> Sequenced:
    """Build a schedule by dispatching rules, some of them disturbed at random, and keep the best.

    Small instances get more passes than large ones, so that an answer is there at once.

    Parameters
    ----------
    instance
        The problem.
    seed
        Seed of the disturbance: equal input and seed give the equal schedule.

    Returns
    -------
    Sequenced
        A valid schedule.
    """
    generator = random.Random(seed)  # noqa: S311 - variety, not secrecy
    passes = min(_PASSES, max(1, MODES_LOOKED_AT // sum(map(len, instance.modes))))
    best: Sequenced | None = None
    for number in range(passes):
        share = _WAITING_SHARES[number % len(_WAITING_SHARES)]
        noise = [generator.uniform(0.9, 1.1) for _ in instance.modes] if number >= len(_WAITING_SHARES) else None
        found = _dispatch(instance, share, noise)
        if best is None or found.makespan < best.makespan:
            best = found
    if best is None:
        raise AssertionError("at least one pass is made")
    return best


def _dispatch(instance: JobShop, share: float, noise: Sequence[float] | None) -> Sequenced:
    modes, order = [0] * len(instance.modes), []
    ends = [0] * len(instance.modes)
    machine_free, machine_last = [0] * instance.machine_count, [-1] * instance.machine_count
    waiting = [len(earlier) for earlier in instance.before]
    work = [tail + min(d for _, d in found) for tail, found in zip(instance.tails, instance.modes, strict=True)]
    if noise is not None:
        work = [round(value * factor) for value, factor in zip(work, noise, strict=True)]
    heap: list[tuple[float, int, int]] = [(-work[v], v, 0) for v, count in enumerate(waiting) if count == 0]
    heapq.heapify(heap)
    while heap:
        _, v, ready = heapq.heappop(heap)
        modes[v], machine, ends[v] = _earliest(instance, v, ready, machine_free, machine_last)
        machine_free[machine], machine_last[machine] = ends[v], v
        order.append(v)
        for other in instance.after[v]:
            waiting[other] -= 1
            if waiting[other] == 0:
                start = max(ends[earlier] for earlier in instance.before[other])
                heapq.heappush(heap, (share * start - work[other], other, start))
    return Sequenced(max(ends), tuple(modes), tuple(order))


def _earliest(
    instance: JobShop, operation: int, ready: int, machine_free: Sequence[int], machine_last: Sequence[int]
) -> tuple[int, int, int]:
    """Give the mode in which the operation ends first, its machine and the end; of equal ends the shortest mode."""
    best: tuple[int, int, int, int] | None = None
    for number, (machine, duration) in enumerate(instance.modes[operation]):
        last = machine_last[machine]
        free = machine_free[machine]
        if last >= 0 and instance.setups is not None:
            free += int(instance.setups[machine, last, operation])
        end = max(ready, free) + duration
        if best is None or (end, duration) < best[:2]:
            best = (end, duration, number, machine)
    if best is None:
        raise AssertionError("an operation always has a mode")
    return best[2], best[3], best[0]


def assign(instance: JobShop, schedule: Sequenced) -> tuple[Assignment, ...]:
    """Start every operation as early as the order allows.

    Parameters
    ----------
    instance
        The problem.
    schedule
        Modes and order.

    Returns
    -------
    tuple of Assignment
        Sorted by job and operation.
    """
    ends = [0] * len(instance.modes)
    machine_free: dict[int, tuple[int, int]] = {}
    found = []
    for v in schedule.order:
        machine, duration = instance.modes[v][schedule.modes[v]]
        start = max((ends[other] for other in instance.before[v]), default=0)
        if machine in machine_free:
            last, free = machine_free[machine]
            start = max(start, free + instance.setup(machine, last, v))
        ends[v] = start + duration
        machine_free[machine] = (v, ends[v])
        job, number = instance.names[v]
        found.append(Assignment(job, number, machine, start, ends[v]))
    return tuple(sorted(found))


def sequence(instance: JobShop, assignments: Sequence[Assignment]) -> Sequenced:
    """Give modes and order of a valid schedule; its makespan can only shrink.

    Parameters
    ----------
    instance
        The problem.
    assignments
        A valid schedule.

    Returns
    -------
    Sequenced
        The same sequences, everything as early as they allow.
    """
    number = {name: operation for operation, name in enumerate(instance.names)}
    by_start = sorted(assignments, key=lambda item: (item.start, item.end))
    order = tuple(number[item.job, item.operation] for item in by_start)
    modes = [0] * len(order)
    for operation, item in zip(order, by_start, strict=True):
        modes[operation] = instance.modes[operation].index((item.machine, item.end - item.start))
    found = Sequenced(0, tuple(modes), order)
    return Sequenced(max(item.end for item in assign(instance, found)), found.modes, found.order)
