"""The check of a job shop's schedule, written without any solver. Imports the instance only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from scheduling.job_shop.instance import Assignment, JobShop


def violations(instance: JobShop, assignments: Sequence[Assignment]) -> tuple[str, ...]:
    """Check a schedule.

    Parameters
    ----------
    instance
        The problem.
    assignments
        A candidate schedule in any order.

    Returns
    -------
    tuple of str
        One sentence per breach; empty when the schedule is complete and right.
    """
    number = {name: operation for operation, name in enumerate(instance.names)}
    placed = {number[item.job, item.operation]: item for item in assignments if (item.job, item.operation) in number}
    found = []
    if len(placed) != len(number) or len(assignments) != len(number):
        found.append("every operation must be placed exactly once")
    return (*found, *_breaches_of_operations(instance, placed), *_breaches_of_machines(instance, placed))


def _breaches_of_operations(instance: JobShop, placed: Mapping[int, Assignment]) -> Iterator[str]:
    for operation, item in placed.items():
        name = f"{item.job}.{item.operation}"
        if (item.machine, item.end - item.start) not in instance.modes[operation]:
            yield f"operation {name} has no such mode"
        if item.start < 0:
            yield f"operation {name} starts before 0"
        if any(other in placed and item.start < placed[other].end for other in instance.before[operation]):
            yield f"operation {name} starts before its predecessor ends"


def _breaches_of_machines(instance: JobShop, placed: Mapping[int, Assignment]) -> Iterator[str]:
    by_machine = sorted(placed.items(), key=lambda pair: (pair[1].machine, pair[1].start, pair[1].end))
    for (first, earlier), (second, later) in pairwise(by_machine):
        if earlier.machine != later.machine:
            continue
        if later.start < earlier.end:
            yield f"machine {earlier.machine} is double-booked at {later.start}"
        elif 0 <= earlier.machine < instance.machine_count:
            setup = instance.setup(earlier.machine, first, second)
            if later.start < earlier.end + setup:
                yield f"machine {earlier.machine} has no time for its setup before {later.start}"
