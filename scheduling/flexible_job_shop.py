"""The flexible job shop as plain values: reading its standard file, list schedules, validation, simple bounds.

Imports neither SQLAlchemy nor OR-Tools. Makespan is the objective; times are whole units of the file.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduling.errors import PlanFileInvalid

MAXIMUM_DURATION = 10**9
_ALTERNATIVES_LOOKED_AT = 2_000_000
"""Work of all passes of the list schedule together; about a second on a slow core."""


@dataclass(frozen=True, slots=True)
class FlexibleJobShop:
    """``jobs[j][o]`` lists the (machine, duration) alternatives of operation ``o``; machines count from 0."""

    machine_count: int
    jobs: tuple[tuple[tuple[tuple[int, int], ...], ...], ...]


@dataclass(frozen=True, slots=True, order=True)
class Assignment:
    """One operation placed on a machine in [start, end); all positions count from 0."""

    job: int
    operation: int
    machine: int
    start: int
    end: int


def read_flexible_job_shop(text: str, *, file: str = "") -> FlexibleJobShop:
    """Read the standard format: a head line, then one line per job.

    A job line holds its number of operations, then for each the number of alternatives and that many pairs of
    machine and duration. Machines may count from 0 or from 1: a file that names machine 0 counts from 0.

    Parameters
    ----------
    text
        The whole file.
    file
        Its name, for messages.

    Returns
    -------
    FlexibleJobShop
        The instance, machines counted from 0.

    Raises
    ------
    PlanFileInvalid
        The text is not of this format; the message names the line.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise PlanFileInvalid(f"{file}: the file is empty", file=file, line=0)
    head = lines[0][1].split()
    job_count, machine_count = (_integer(word, file, lines[0][0]) for word in (*head, "", "")[:2])
    if len(lines) - 1 < job_count or job_count < 1:
        raise PlanFileInvalid(
            f"{file}:{lines[0][0]}: {job_count} jobs announced, {len(lines) - 1} found", file=file, line=1
        )
    jobs = [_read_job(line, file, number) for number, line in lines[1 : job_count + 1]]
    machines = {machine for job in jobs for operation in job for machine, _ in operation}
    offset = 0 if 0 in machines else 1
    if max(machines) - offset >= machine_count:
        raise PlanFileInvalid(
            f"{file}: machine {max(machines)} is named, but there are {machine_count}", file=file, line=1
        )
    return FlexibleJobShop(
        machine_count,
        tuple(
            tuple(tuple((machine - offset, duration) for machine, duration in operation) for operation in job)
            for job in jobs
        ),
    )


def _integer(word: str, file: str, line: int) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 10 and int(word) <= MAXIMUM_DURATION):
        raise PlanFileInvalid(f"{file}:{line}: expected a whole number, found {word[:40]!r}", file=file, line=line)
    return int(word)


def _read_job(text: str, file: str, line: int) -> list[list[tuple[int, int]]]:
    numbers = [_integer(word, file, line) for word in text.split()]
    position = 1
    operations = []
    for _ in range(numbers[0]):
        if position >= len(numbers) or numbers[position] < 1:
            raise PlanFileInvalid(f"{file}:{line}: an operation has no machine", file=file, line=line)
        end = position + 1 + 2 * numbers[position]
        pairs = numbers[position + 1 : end]
        if end > len(numbers):
            raise PlanFileInvalid(f"{file}:{line}: the line ends too early", file=file, line=line)
        operations.append(list(zip(pairs[::2], pairs[1::2], strict=True)))
        position = end
    if position != len(numbers) or not operations:
        raise PlanFileInvalid(f"{file}:{line}: expected one operation count and its pairs", file=file, line=line)
    return operations


def makespan(assignments: Sequence[Assignment]) -> int:
    """Give the end of the last operation; 0 for an empty schedule."""
    return max((assignment.end for assignment in assignments), default=0)


def violations(instance: FlexibleJobShop, assignments: Sequence[Assignment]) -> tuple[str, ...]:
    """Check a schedule without any solver.

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
    found = []
    placed = {(item.job, item.operation): item for item in assignments}
    wanted = {(j, o) for j, job in enumerate(instance.jobs) for o in range(len(job))}
    if set(placed) != wanted or len(placed) != len(assignments):
        found.append("every operation must be placed exactly once")
    for (job, operation), item in placed.items():
        if (job, operation) not in wanted:
            continue
        if (item.machine, item.end - item.start) not in instance.jobs[job][operation]:
            found.append(f"operation {job}.{operation} has no such alternative")
        before = placed.get((job, operation - 1))
        if item.start < (before.end if before else 0):
            found.append(f"operation {job}.{operation} starts before its predecessor ends")
    by_machine = sorted(placed.values(), key=lambda item: (item.machine, item.start, item.end))
    for first, second in pairwise(by_machine):
        if first.machine == second.machine and second.start < first.end:
            found.append(f"machine {first.machine} is double-booked at {second.start}")
    return tuple(found)


def simple_lower_bound(instance: FlexibleJobShop) -> int:
    """Bound the makespan from below: the longest job, and the least total work shared by all machines."""
    least = [[min(duration for _, duration in operation) for operation in job] for job in instance.jobs]
    longest = max(sum(job) for job in least)
    return max(longest, -(-sum(sum(job) for job in least) // instance.machine_count))


Rule = Callable[[int, int, int], tuple[float, ...]]
"""Rank of a ready operation by (end, remaining work, duration); the least goes first."""

_RULES: tuple[Rule, ...] = (
    lambda end, remaining, duration: (end - 0.5 * remaining, duration),
    lambda end, remaining, duration: (end - remaining, duration),
    lambda end, remaining, _duration: (end, -remaining),
    lambda end, remaining, _duration: (-remaining, end),
)


def list_schedule(instance: FlexibleJobShop, *, seed: int = 1) -> tuple[Assignment, ...]:
    """Build a schedule by dispatching rules, some of them disturbed at random, and keep the best.

    Small instances get more passes than large ones, so that an answer is there within about a second.

    Parameters
    ----------
    instance
        The problem.
    seed
        Seed of the disturbance: equal input and seed give the equal schedule.

    Returns
    -------
    tuple of Assignment
        A valid schedule, sorted by job and operation.
    """
    generator = random.Random(seed)  # noqa: S311 - variety, not secrecy
    work = len(instance.jobs) * sum(len(operation) for job in instance.jobs for operation in job)
    passes = min(40, max(1, _ALTERNATIVES_LOOKED_AT // work))
    best = min((_dispatch(instance, rule, None) for rule in _RULES[:passes]), key=makespan)
    for number in range(passes - len(_RULES)):
        candidate = _dispatch(instance, _RULES[number % len(_RULES)], generator)
        if makespan(candidate) < makespan(best):
            best = candidate
    return tuple(sorted(best))


def _dispatch(
    instance: FlexibleJobShop, rule: Rule, generator: random.Random | None
) -> list[Assignment]:
    machine_free = [0] * instance.machine_count
    job_free = [0] * len(instance.jobs)
    next_operation = [0] * len(instance.jobs)
    remaining = [
        sum(min(duration for _, duration in operation) for operation in job) for job in instance.jobs
    ]
    placed: list[Assignment] = []
    open_jobs = list(range(len(instance.jobs)))
    while open_jobs:
        best: tuple[tuple[float, ...], Assignment] | None = None
        for job in open_jobs:
            operation = next_operation[job]
            for machine, duration in instance.jobs[job][operation]:
                start = max(machine_free[machine], job_free[job])
                rank = rule(start + duration, remaining[job], duration)
                if generator is not None:
                    rank = (rank[0] * generator.uniform(0.9, 1.1), *rank[1:])
                if best is None or rank < best[0]:
                    best = (rank, Assignment(job, operation, machine, start, start + duration))
        if best is None:
            raise AssertionError("an open job always has an alternative")
        chosen = best[1]
        placed.append(chosen)
        machine_free[chosen.machine] = job_free[chosen.job] = chosen.end
        remaining[chosen.job] -= min(d for _, d in instance.jobs[chosen.job][chosen.operation])
        next_operation[chosen.job] += 1
        if next_operation[chosen.job] == len(instance.jobs[chosen.job]):
            open_jobs.remove(chosen.job)
    return placed
