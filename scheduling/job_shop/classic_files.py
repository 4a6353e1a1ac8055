"""Classic job shop files, in which each operation has one machine.

Two forms are read. Pairs: a head line (jobs, machines), then a line per job of machine and duration in turn. Two
blocks (Taillard): a head line, then a line of durations per job, then a line of machines per job. Lines of words, such
as titles, ``Times`` and ``Machines``, may stand anywhere; a title line over a number head may name six figures, of
which the first two are jobs and machines.

Imports the instance and the text only.
"""

from __future__ import annotations

from scheduling.job_shop.instance import JobShop, chains
from scheduling.job_shop.text import Line, PlanText, check_size, first_machine, is_number


def without_titles(text: PlanText) -> PlanText:
    """Leave out the lines that hold no number at their beginning, and whatever stands before the first of numbers."""
    return PlanText(text.file, tuple(line for line in text.lines if not _is_title(line)))


def _is_title(line: Line) -> bool:
    return line.words[0][0].isalpha() or not any(letter.isalnum() for word in line.words for letter in word)


def is_pair_file(text: PlanText) -> bool:
    """Tell whether every line after the head visits each machine once, in pairs of machine and duration."""
    head = text.lines[0].words if text.lines else ()
    if len(head) < 2 or not is_number(head[1]) or len(text.lines) < 2:
        return False
    machines = int(head[1])
    return all(
        len(line.words) == 2 * machines and len({*line.words[::2]}) == machines
        and all(is_number(word) and int(word) <= machines for word in line.words[::2])
        for line in text.lines[1:]
    )


def read_classic(text: PlanText) -> JobShop:
    """Read a classic job shop of either form.

    Parameters
    ----------
    text
        The file, without its titles.

    Returns
    -------
    JobShop
        Of family ``classic``; every operation has one mode.

    Raises
    ------
    PlanFileInvalid
        The text is not of this format; the message names the line.
    """
    _, (job_count, machine_count) = text.head()
    text.need(job_count, "jobs")
    rows = text.lines[1:]
    is_blocks = len(rows) == 2 * job_count and all(len(line.words) == machine_count for line in rows)
    if not is_blocks and len(rows) > job_count:
        raise text.refuse(rows[job_count].number, f"nothing may follow the {job_count} jobs; one file, one job shop")
    jobs = [
        _from_blocks(text, rows[job], rows[job_count + job]) if is_blocks else _from_pairs(text, rows[job])
        for job in range(job_count)
    ]
    machine_lines = rows[job_count:] if is_blocks else rows
    named = [(m, line.number) for job, line in zip(jobs, machine_lines, strict=True) for m, _ in job]
    check_size(text, len(named), len(named), machine_count)
    first = first_machine(text, named, machine_count)
    return chains([[[(m - first, d)] for m, d in job] for job in jobs], machine_count, family="classic")


def _from_pairs(text: PlanText, line: Line) -> list[tuple[int, int]]:
    numbers = text.numbers(line)
    if len(numbers) % 2:
        raise text.refuse(line.number, f"expected pairs of machine and duration, found {len(numbers)} numbers")
    return _checked(text, line, list(zip(numbers[::2], numbers[1::2], strict=True)))


def _from_blocks(text: PlanText, durations: Line, machines: Line) -> list[tuple[int, int]]:
    return _checked(text, durations, list(zip(text.numbers(machines), text.numbers(durations), strict=True)))


def _checked(text: PlanText, line: Line, operations: list[tuple[int, int]]) -> list[tuple[int, int]]:
    for number, (_, duration) in enumerate(operations, 1):
        if duration == 0:
            raise text.refuse(line.number, f"operation {number} of the job has duration 0")
    return operations
