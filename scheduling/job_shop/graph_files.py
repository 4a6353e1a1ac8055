"""Job shops with a precedence graph (Birgin and others 2014; files DAFJS and YFJS).

Format: a head line (operations, arcs, machines), a line per arc (before, after; operations count from 0), then a line
per operation: its number of modes and that many pairs of machine and duration. Machines count from 0; a file that
names no machine 0 but the announced number itself counts from 1. Operations that hang together make up a job.

Imports the instance and the text only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scheduling.job_shop.instance import JobShop, topological_order
from scheduling.job_shop.text import Line, PlanText, check_size, is_number


def is_graph_file(text: PlanText) -> bool:
    """Tell whether the head has three whole numbers and arcs follow it."""
    head = text.lines[0].words
    if len(head) != 3 or not all(map(is_number, head)):
        return False
    return head[1] == "0" or len(text.lines) < 2 or len(text.lines[1].words) == 2


def read_graph(text: PlanText) -> JobShop:
    """Read a job shop with a precedence graph.

    Parameters
    ----------
    text
        The file.

    Returns
    -------
    JobShop
        Of family ``graph``; an operation's number is the file's.

    Raises
    ------
    PlanFileInvalid
        The text is not of this format, or its arcs close a cycle; the message names the line.
    """
    head = text.lines[0]
    operations = text.whole(head.words[0], head.number, least=1, what="the number of operations")
    arcs = text.whole(head.words[1], head.number, what="the number of arcs")
    machines = text.whole(head.words[2], head.number, least=1, what="the number of machines")
    text.need(arcs + operations, "lines of arcs and operations")
    if len(text.lines) > 1 + arcs + operations:
        raise text.refuse(text.lines[1 + arcs + operations].number, "nothing may follow the last operation")
    before = _read_arcs(text, text.lines[1 : 1 + arcs], operations)
    modes = [_read_operation(text, line) for line in text.lines[1 + arcs :]]
    named = [(m, line.number) for found, line in zip(modes, text.lines[1 + arcs :], strict=True) for m, _ in found]
    check_size(text, operations, len(named), machines)
    first = 0 if any(machine == 0 for machine, _ in named) or all(machine < machines for machine, _ in named) else 1
    for machine, line in named:
        if machine - first >= machines:
            raise text.refuse(line, f"machine {machine} is named, but there are {machines}")
    jobs = _jobs(before)
    return JobShop(
        "graph", machines, tuple(tuple((m - first, d) for m, d in found) for found in modes),
        tuple(map(tuple, before)), tuple((job, operation) for operation, job in enumerate(jobs)),
    )


def _read_arcs(text: PlanText, lines: Sequence[Line], operations: int) -> list[list[int]]:
    before: list[list[int]] = [[] for _ in range(operations)]
    line_of: dict[tuple[int, int], int] = {}
    for line in lines:
        if len(line.words) != 2:
            raise text.refuse(line.number, f"expected an arc of two operations, found {len(line.words)} words")
        first, second = text.numbers(line)
        for operation in (first, second):
            if operation >= operations:
                raise text.refuse(line.number, f"operation {operation} is named, but there are {operations}")
        if (first, second) not in line_of:
            before[second].append(first)
        line_of[first, second] = line.number
    cycle = _cycle(before)
    if cycle:
        ring = [*reversed(cycle), cycle[-1]]
        closing = max(line_of[arc] for arc in pairwise(ring))
        raise text.refuse(closing, f"the precedence is cyclic: operation {' before '.join(map(str, ring))}")
    return before


def _cycle(before: Sequence[Sequence[int]]) -> list[int]:
    """Find operations each of which waits for the next, the last for the first; empty when there are none."""
    stuck = set(range(len(before))) - set(topological_order(before))
    if not stuck:
        return []
    walk: list[int] = []
    place: dict[int, int] = {}
    operation = min(stuck)
    while operation not in place:
        place[operation] = len(walk)
        walk.append(operation)
        operation = next(other for other in before[operation] if other in stuck)
    return walk[place[operation]:]


def _read_operation(text: PlanText, line: Line) -> list[tuple[int, int]]:
    numbers = text.numbers(line)
    if numbers[0] == 0:
        raise text.refuse(line.number, "the operation has no machine")
    if len(numbers) != 1 + 2 * numbers[0]:
        raise text.refuse(line.number, f"{numbers[0]} pairs of machine and duration announced, "
                                       f"{len(numbers) - 1} numbers found")
    if 0 in numbers[2::2]:
        raise text.refuse(line.number, "the operation has duration 0")
    return list(zip(numbers[1::2], numbers[2::2], strict=True))


def _jobs(before: Sequence[Sequence[int]]) -> list[int]:
    """Number the parts that hang together by their first operation."""
    root = list(range(len(before)))

    def find(operation: int) -> int:
        while root[operation] != operation:
            root[operation] = root[root[operation]]
            operation = root[operation]
        return operation

    for operation, earlier in enumerate(before):
        for other in earlier:
            low, high = sorted((find(operation), find(other)))
            root[high] = low
    number: dict[int, int] = {}
    return [number.setdefault(find(operation), len(number)) for operation in range(len(before))]
