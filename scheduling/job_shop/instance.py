"""One value for every makespan job shop: operations with modes, a precedence graph, setups between operations.

Imports numpy only. Times are whole units of the file, machines and operations count from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Mode = tuple[int, int]
"""A machine and the duration of the operation on it."""


@dataclass(frozen=True, eq=False)
class JobShop:
    """A job shop whose makespan is to be least.

    Attributes
    ----------
    family
        ``flexible``, ``setups``, ``graph`` or ``classic``.
    machine_count
        Number of machines.
    modes
        For every operation its (machine, duration) pairs; never empty, durations at least 1.
    before
        For every operation those that must have ended before it starts; without a cycle.
    names
        For every operation its (job, number): the number counts within the job, but in a precedence graph it is the
        file's own number of the operation.
    setups
        ``setups[machine, first, second]``: what must lie between the end of ``first`` and the start of ``second``
        when they follow each other on the machine; nothing lies before the first operation. None when there is none.
    """

    family: str
    machine_count: int
    modes: tuple[tuple[Mode, ...], ...]
    before: tuple[tuple[int, ...], ...]
    names: tuple[tuple[int, int], ...]
    setups: NDArray[np.int64] | None = None

    @property
    def job_count(self) -> int:
        """Number of jobs; in a precedence graph, of parts that hang together."""
        return 1 + max(job for job, _ in self.names)

    @cached_property
    def after(self) -> tuple[tuple[int, ...], ...]:
        """For every operation those that wait for it."""
        found: list[list[int]] = [[] for _ in self.modes]
        for operation, earlier in enumerate(self.before):
            for other in earlier:
                found[other].append(operation)
        return tuple(map(tuple, found))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """All operations, each after those before it."""
        return topological_order(self.before)

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """For every operation the earliest start that its predecessors allow, each at its shortest."""
        shortest = [min(duration for _, duration in modes) for modes in self.modes]
        heads = [0] * len(self.modes)
        for operation in self.order:
            heads[operation] = max((heads[other] + shortest[other] for other in self.before[operation]), default=0)
        return tuple(heads)

    @cached_property
    def tails(self) -> tuple[int, ...]:
        """For every operation the least time from its end to the end of all that waits for it."""
        shortest = [min(duration for _, duration in modes) for modes in self.modes]
        tails = [0] * len(self.modes)
        for operation in reversed(self.order):
            tails[operation] = max((tails[other] + shortest[other] for other in self.after[operation]), default=0)
        return tuple(tails)

    @cached_property
    def longest_way(self) -> int:
        """The least time of the longest chain of operations: a lower bound of the makespan."""
        return max(
            head + min(duration for _, duration in modes) + tail
            for head, modes, tail in zip(self.heads, self.modes, self.tails, strict=True)
        )

    def setup(self, machine: int, first: int, second: int) -> int:
        """Give the setup between two consecutive operations of a machine."""
        return 0 if self.setups is None else int(self.setups[machine, first, second])


@dataclass(frozen=True, slots=True, order=True)
class Assignment:
    """One operation placed on a machine in [start, end); job and operation as in ``JobShop.names``."""

    job: int
    operation: int
    machine: int
    start: int
    end: int


def chains(
    jobs: Sequence[Sequence[Sequence[Mode]]], machine_count: int, *, family: str = "flexible",
    setups: NDArray[np.int64] | None = None,
) -> JobShop:
    """Build a job shop whose jobs are plain sequences of operations.

    Parameters
    ----------
    jobs
        Per job its operations in order, per operation its modes.
    machine_count
        Number of machines.
    family
        As in ``JobShop``.
    setups
        As in ``JobShop``; operations count through all jobs.

    Returns
    -------
    JobShop
        With one operation before each but the first of a job.
    """
    modes: list[tuple[Mode, ...]] = []
    before: list[tuple[int, ...]] = []
    names = []
    for job, operations in enumerate(jobs):
        for number, alternatives in enumerate(operations):
            before.append((len(modes) - 1,) if number else ())
            modes.append(tuple(alternatives))
            names.append((job, number))
    return JobShop(family, machine_count, tuple(modes), tuple(before), tuple(names), setups)


def topological_order(before: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Order operations so that each comes after those before it.

    Parameters
    ----------
    before
        For every operation its predecessors.

    Returns
    -------
    tuple of int
        All operations; those on or behind a cycle are missing.
    """
    after: list[list[int]] = [[] for _ in before]
    waiting = [len(set(earlier)) for earlier in before]
    for operation, earlier in enumerate(before):
        for other in set(earlier):
            after[other].append(operation)
    found = [operation for operation, count in enumerate(waiting) if count == 0]
    for operation in found:
        for other in after[operation]:
            waiting[other] -= 1
            if waiting[other] == 0:
                found.append(other)
    return tuple(found)


def makespan(assignments: Sequence[Assignment]) -> int:
    """Give the end of the last operation; 0 for an empty schedule."""
    return max((assignment.end for assignment in assignments), default=0)
