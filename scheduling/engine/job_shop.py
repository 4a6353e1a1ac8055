"""Arrays of a job shop and its disjunctive graph: heads, tails, topological order, moving one operation.

Imports the compiler's door and numpy only. Loops run compiled or interpreted with the same results. An operation's
*head* is its earliest start, its *tail* the longest way from its end to the end of the plan; the makespan is the
greatest head + duration + tail. Durations are at least 1, so no cycle can hide in equal times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.engine.compiled import inlined, lean

Integers = NDArray[np.int64]

MODES, BEFORE, AFTER = range(3)
"""Columns of ``Shop.first``."""
ON_MACHINE, TAKES = range(2)
"""Columns of ``Shop.modes``."""
MODE, MACHINE, DURATION, PLACE, HEAD, TAIL, RANK, MARK = range(8)
"""Columns of ``Plan.op``."""
ORDER, SPARE, PATH = range(3)
"""Rows of ``Plan.rows``."""
KEPT_MODE, KEPT_ORDER = range(2)
"""Rows of ``Plan.best`` and of every schedule that is loaded."""
MAKESPAN, RANDOM, ITERATION, IMPROVED_AT, BEST, FLOOR, SEEN, TIES, ESTIMATE = range(9)
CHOSEN, CHOSEN_MODE, CHOSEN_PLACE, FALLBACK, FALLBACK_MODE, FALLBACK_PLACE, CONTROL_LENGTH = range(9, 16)
"""Places of ``Plan.control``."""


class Shop(NamedTuple):
    """The instance.

    Of operation ``v`` the modes are ``modes[first[v, MODES]:first[v + 1, MODES]]``, what is before it is
    ``before[first[v, BEFORE]:first[v + 1, BEFORE]]``, and likewise what is after it. ``setup[machine, one, other]`` is
    the setup between consecutive operations; of shape (1, 1, 1) when there is none. ``first_place[k]`` is where machine
    ``k`` begins in ``Plan.line``, with room for every operation that it can do.
    """

    first: Integers
    modes: Integers
    before: Integers
    after: Integers
    setup: Integers
    first_place: Integers


class Plan(NamedTuple):
    """One schedule and the memory of its search; everything is changed in place.

    ``op`` has a row per operation. ``line[first_place[k]:][:length[k]]`` is the sequence of machine ``k``. ``rows``
    holds a topological order and two rows to work with. ``tabu`` remembers until which iteration a move is forbidden:
    its first half pairs of operations, its second half operations and machines. ``best`` is the best schedule of the
    walk.
    """

    op: Integers
    line: Integers
    length: Integers
    rows: Integers
    tabu: Integers
    best: Integers
    control: Integers


def new_plan(shop: Shop, seed: int) -> Plan:
    """Make the arrays of a search; ``load`` fills in a schedule.

    Parameters
    ----------
    shop
        The instance.
    seed
        Seed of the search's own random numbers.

    Returns
    -------
    Plan
        All zero but the seed.
    """
    count, machines = len(shop.first) - 1, len(shop.first_place) - 1
    half = 1 << min(20, max(4, (count * max(count, machines) - 1).bit_length()))
    plan = Plan(
        op=_zeros((count, 8)), line=_zeros((len(shop.modes),)), length=_zeros((machines,)), rows=_zeros((3, count)),
        tabu=_zeros((2 * half,)), best=_zeros((2, count)), control=_zeros((CONTROL_LENGTH,)),
    )
    plan.control[RANDOM] = (1 + seed * 7919) % 2147483647
    return plan


def _zeros(shape: tuple[int, ...]) -> Integers:
    return np.zeros(shape, dtype=np.int64)


@inlined
def draw(plan: Plan, bound: int) -> int:
    """Draw a whole number in [0, bound), bound < 2**31, from the high bits of a generator that fits into 64 bits."""
    state = (plan.control[RANDOM] * 1103515245 + 12345) & 2147483647
    plan.control[RANDOM] = state
    return int((state * bound) >> 31)


@inlined
def setup_between(shop: Shop, machine: int, first: int, second: int) -> int:
    """Give the setup between two consecutive operations."""
    if shop.setup.size == 1:
        return 0
    return int(shop.setup[machine, first, second])


@inlined
def job_ready(shop: Shop, plan: Plan, operation: int) -> int:
    """Give when the operations before are done."""
    ready = 0
    for index in range(shop.first[operation, BEFORE], shop.first[operation + 1, BEFORE]):
        other = shop.before[index]
        ready = max(ready, plan.op[other, HEAD] + plan.op[other, DURATION])
    return ready


@inlined
def job_rest(shop: Shop, plan: Plan, operation: int) -> int:
    """Give the longest way that the operations after still have to go."""
    rest = 0
    for index in range(shop.first[operation, AFTER], shop.first[operation + 1, AFTER]):
        other = shop.after[index]
        rest = max(rest, plan.op[other, TAIL] + plan.op[other, DURATION])
    return rest


@inlined
def at(shop: Shop, plan: Plan, machine: int, place: int) -> int:
    """Give the operation at a place of a machine's sequence."""
    return int(plan.line[shop.first_place[machine] + place])


@lean
def set_heads(shop: Shop, plan: Plan, first: int) -> None:
    """Compute heads from a place of the topological order on, and the makespan."""
    for index in range(first, plan.op.shape[0]):
        v = plan.rows[ORDER, index]
        ready = job_ready(shop, plan, v)
        if plan.op[v, PLACE] > 0:
            machine = plan.op[v, MACHINE]
            u = at(shop, plan, machine, plan.op[v, PLACE] - 1)
            ready = max(ready, plan.op[u, HEAD] + plan.op[u, DURATION] + setup_between(shop, machine, u, v))
        plan.op[v, HEAD] = ready
    makespan = 0
    for v in range(plan.op.shape[0]):
        makespan = max(makespan, plan.op[v, HEAD] + plan.op[v, DURATION])
    plan.control[MAKESPAN] = makespan


@lean
def set_tails(shop: Shop, plan: Plan, last: int) -> None:
    """Compute tails from a place of the topological order down to the first."""
    for index in range(last, -1, -1):
        v = plan.rows[ORDER, index]
        rest = job_rest(shop, plan, v)
        machine = plan.op[v, MACHINE]
        if plan.op[v, PLACE] + 1 < plan.length[machine]:
            w = at(shop, plan, machine, plan.op[v, PLACE] + 1)
            rest = max(rest, plan.op[w, TAIL] + plan.op[w, DURATION] + setup_between(shop, machine, v, w))
        plan.op[v, TAIL] = rest


@lean
def load(shop: Shop, plan: Plan, schedule: Integers) -> None:
    """Take over a schedule: the mode of each operation, and a topological order that sequences every machine.

    Parameters
    ----------
    shop
        The instance.
    plan
        Overwritten, but for what is tabu and for the random state.
    schedule
        Row ``KEPT_MODE``: index into the modes for each operation; row ``KEPT_ORDER``: all operations, each after those
        before it.
    """
    for machine in range(plan.length.size):
        plan.length[machine] = 0
    count = plan.op.shape[0]
    for index in range(count):
        v = schedule[KEPT_ORDER, index]
        mode = schedule[KEPT_MODE, v]
        machine = shop.modes[mode, ON_MACHINE]
        plan.op[v, MODE] = mode
        plan.op[v, MACHINE] = machine
        plan.op[v, DURATION] = shop.modes[mode, TAKES]
        plan.op[v, PLACE] = plan.length[machine]
        plan.op[v, RANK] = index
        plan.line[shop.first_place[machine] + plan.length[machine]] = v
        plan.length[machine] += 1
        plan.rows[ORDER, index] = v
    set_heads(shop, plan, 0)
    set_tails(shop, plan, count - 1)


@lean
def relocate(shop: Shop, plan: Plan, operation: int, mode: int, place: int) -> None:
    """Move an operation to a place of a machine's sequence, counted without it, and bring all times up to date.

    Parameters
    ----------
    shop
        The instance.
    plan
        Changed in place. The move must not close a cycle.
    operation
        What is moved.
    mode
        Its new mode, which names the machine.
    place
        Place in the new machine's sequence from which the operation itself was taken.
    """
    take_out(shop, plan, operation)
    put_in(shop, plan, operation, mode, place)
    machine = plan.op[operation, MACHINE]
    low = high = plan.op[operation, RANK]
    if place > 0 and plan.op[at(shop, plan, machine, place - 1), RANK] > high:
        high = plan.op[at(shop, plan, machine, place - 1), RANK]
        push_back(shop, plan, operation, low, high)
    elif place + 1 < plan.length[machine] and plan.op[at(shop, plan, machine, place + 1), RANK] < low:
        low = plan.op[at(shop, plan, machine, place + 1), RANK]
        pull_forward(shop, plan, operation, low, high)
    set_heads(shop, plan, low)
    set_tails(shop, plan, high)


@lean
def take_out(shop: Shop, plan: Plan, operation: int) -> None:
    """Close the gap that an operation leaves in its machine's sequence."""
    machine = plan.op[operation, MACHINE]
    start = shop.first_place[machine]
    for index in range(plan.op[operation, PLACE], plan.length[machine] - 1):
        v = plan.line[start + index + 1]
        plan.line[start + index] = v
        plan.op[v, PLACE] = index
    plan.length[machine] -= 1


@lean
def put_in(shop: Shop, plan: Plan, operation: int, mode: int, place: int) -> None:
    """Put an operation at a place of the sequence of its mode's machine."""
    machine = shop.modes[mode, ON_MACHINE]
    start = shop.first_place[machine]
    for index in range(plan.length[machine], place, -1):
        v = plan.line[start + index - 1]
        plan.line[start + index] = v
        plan.op[v, PLACE] = index
    plan.line[start + place] = operation
    plan.length[machine] += 1
    plan.op[operation, PLACE] = place
    plan.op[operation, MODE] = mode
    plan.op[operation, MACHINE] = machine
    plan.op[operation, DURATION] = shop.modes[mode, TAKES]


@lean
def push_back(shop: Shop, plan: Plan, operation: int, low: int, high: int) -> None:
    """Within [low, high] of the order, put the operation and all that follows from it behind the rest."""
    write, kept = low, 0
    for index in range(low, high + 1):
        v = plan.rows[ORDER, index]
        follows = v == operation
        for near in range(shop.first[v, BEFORE], shop.first[v + 1, BEFORE]):
            follows = follows or plan.op[shop.before[near], MARK] == 1
        if plan.op[v, PLACE] > 0 and plan.op[at(shop, plan, plan.op[v, MACHINE], plan.op[v, PLACE] - 1), MARK] == 1:
            follows = True
        if follows:
            plan.op[v, MARK] = 1
            plan.rows[SPARE, kept] = v
            kept += 1
        else:
            plan.rows[ORDER, write] = v
            plan.op[v, RANK] = write
            write += 1
    for index in range(kept):
        v = plan.rows[SPARE, index]
        plan.op[v, MARK] = 0
        plan.rows[ORDER, write + index] = v
        plan.op[v, RANK] = write + index


@lean
def pull_forward(shop: Shop, plan: Plan, operation: int, low: int, high: int) -> None:
    """Within [low, high] of the order, put the operation and all that leads to it before the rest."""
    write, kept = high, 0
    for index in range(high, low - 1, -1):
        v = plan.rows[ORDER, index]
        leads = v == operation
        for near in range(shop.first[v, AFTER], shop.first[v + 1, AFTER]):
            leads = leads or plan.op[shop.after[near], MARK] == 1
        machine, after = plan.op[v, MACHINE], plan.op[v, PLACE] + 1
        if after < plan.length[machine] and plan.op[at(shop, plan, machine, after), MARK] == 1:
            leads = True
        if leads:
            plan.op[v, MARK] = 1
            plan.rows[SPARE, kept] = v
            kept += 1
        else:
            plan.rows[ORDER, write] = v
            plan.op[v, RANK] = write
            write -= 1
    for index in range(kept):
        v = plan.rows[SPARE, index]
        plan.op[v, MARK] = 0
        plan.rows[ORDER, write - index] = v
        plan.op[v, RANK] = write - index
