"""Flexible job shop files: jobs are sequences of operations with modes, setup matrices may follow.

Format: a head line (jobs, machines, and perhaps the mean number of modes), then a line per job: its number of
operations, then for each the number of modes and that many pairs of machine and duration. In the setup format of
TU/e's benchmark environment matrices follow, one per machine, each with a row and a column per operation of all jobs
in order. Row *i*, column *j* is the setup between the end of *i* and the start of *j* when *j* follows *i* on the
machine, also within a job. That environment charges nothing before a machine's first operation and lets a setup run
before the job arrives (start = max(predecessors' end, machine's last end + setup)); so do we. Its placeholder 1000000
stands where one of the two operations cannot use the machine; it is read as what it says: a very long setup.

Imports numpy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduling.job_shop.instance import JobShop, chains
from scheduling.job_shop.text import Line, PlanText, check_size, first_machine, is_number

MAXIMUM_SETUPS = 20_000_000


def is_chain_file(text: PlanText) -> bool:
    """Tell whether every job line falls into an operation count and its pairs."""
    head = text.lines[0].words
    if not is_number(head[0]) or len(text.lines) <= int(head[0]):
        return False
    return all(_fits(line) for line in text.lines[1 : int(head[0]) + 1])


def _fits(line: Line) -> bool:
    if not all(map(is_number, line.words)):
        return False
    position = 1
    for _ in range(min(int(line.words[0]), len(line.words))):
        if position >= len(line.words):
            return False
        position += 1 + 2 * int(line.words[position])
    return position == len(line.words) and int(line.words[0]) > 0


def read_chains(text: PlanText) -> JobShop:
    """Read a flexible job shop, with setups if matrices follow.

    Parameters
    ----------
    text
        The file.

    Returns
    -------
    JobShop
        Of family ``flexible`` or ``setups``.

    Raises
    ------
    PlanFileInvalid
        The text is not of this format; the message names the line.
    """
    _, (job_count, machine_count) = text.head()
    text.need(job_count, "jobs")
    jobs = [_read_job(text, line) for line in text.lines[1 : job_count + 1]]
    named = [
        (machine, line.number)
        for job, line in zip(jobs, text.lines[1:], strict=False)
        for operation in job for machine, _ in operation
    ]
    check_size(text, sum(map(len, jobs)), len(named), machine_count)
    first = first_machine(text, named, machine_count)
    shifted = [[[(m - first, d) for m, d in operation] for operation in job] for job in jobs]
    setups = _read_setups(text, text.lines[job_count + 1 :], machine_count, sum(map(len, jobs)))
    return chains(shifted, machine_count, family="flexible" if setups is None else "setups", setups=setups)


def _read_job(text: PlanText, line: Line) -> list[list[tuple[int, int]]]:
    numbers = text.numbers(line)
    if numbers[0] == 0:
        raise text.refuse(line.number, "a job has no operation")
    position = 1
    operations = []
    for number in range(1, numbers[0] + 1):
        if position >= len(numbers):
            raise text.refuse(line.number, f"{numbers[0]} operations announced, the line ends after {number - 1}")
        if numbers[position] == 0:
            raise text.refuse(line.number, f"operation {number} of the job has no machine")
        end = position + 1 + 2 * numbers[position]
        if end > len(numbers):
            raise text.refuse(line.number, f"the line ends within operation {number} of the job")
        pairs = numbers[position + 1 : end]
        if 0 in pairs[1::2]:
            raise text.refuse(line.number, f"operation {number} of the job has duration 0")
        operations.append(list(zip(pairs[::2], pairs[1::2], strict=True)))
        position = end
    if position != len(numbers):
        raise text.refuse(line.number, f"{len(numbers) - position} numbers are left after the last operation")
    return operations


def _read_setups(
    text: PlanText, lines: tuple[Line, ...], machines: int, operations: int
) -> NDArray[np.int64] | None:
    if not lines:
        return None
    wanted = machines * operations * operations
    found = sum(len(line.words) for line in lines)
    if found != wanted:
        raise text.refuse(
            lines[-1].number if found < wanted else lines[0].number,
            f"after the jobs nothing may follow, or {machines} setup matrices of {operations} rows and columns "
            f"({wanted} numbers); found {found}",
        )
    if wanted > MAXIMUM_SETUPS:
        raise text.refuse(lines[0].number, f"{wanted} setups are more than the {MAXIMUM_SETUPS} that can be planned")
    flat = np.empty(wanted, dtype=np.int64)
    position = 0
    for line in lines:
        numbers = text.numbers(line)
        flat[position : position + len(numbers)] = numbers
        position += len(numbers)
    return flat.reshape(machines, operations, operations)
