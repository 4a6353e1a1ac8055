"""Tabu search on a job shop: operations of a critical path are inserted elsewhere, best estimate first.

The neighborhood is that of Mastrolilli and Gambardella (2000): on each machine that can do it, an operation is placed
after all that must and before all that can wait, so that no move closes a cycle; on its own machine, moves inside a
block that leave its ends alone are left out (Balas and Vazacopoulos 1998). A move's estimate is the longest way
through the moved operation, from heads and tails of the schedule before the move.
"""

from __future__ import annotations

from scheduling.engine.compiled import inlined, lean
from scheduling.engine.job_shop import (
    BEFORE,
    BEST,
    CHOSEN,
    CHOSEN_MODE,
    CHOSEN_PLACE,
    DURATION,
    ESTIMATE,
    FALLBACK,
    FALLBACK_MODE,
    FALLBACK_PLACE,
    FLOOR,
    HEAD,
    IMPROVED_AT,
    ITERATION,
    KEPT_MODE,
    KEPT_ORDER,
    MACHINE,
    MAKESPAN,
    MODE,
    MODES,
    ON_MACHINE,
    ORDER,
    PATH,
    PLACE,
    SEEN,
    TAIL,
    TAKES,
    TIES,
    Integers,
    Plan,
    Shop,
    at,
    draw,
    job_ready,
    job_rest,
    load,
    relocate,
    setup_between,
)

_NEVER = 1 << 60


@lean
def last_operation(plan: Plan) -> int:
    """Draw one of the operations that end last."""
    seen, chosen = 0, -1
    for v in range(plan.op.shape[0]):
        if plan.op[v, HEAD] + plan.op[v, DURATION] == plan.control[MAKESPAN]:
            seen += 1
            if draw(plan, seen) == 0:
                chosen = v
    return chosen


@lean
def critical_path(shop: Shop, plan: Plan) -> int:
    """Write one critical path, drawn at random, into a row from its last operation to its first; give its length."""
    count, v = 0, last_operation(plan)
    while v >= 0:
        plan.rows[PATH, count] = v
        count += 1
        start, seen, chosen = plan.op[v, HEAD], 0, -1
        if start > 0:
            for index in range(shop.first[v, BEFORE], shop.first[v + 1, BEFORE]):
                u = shop.before[index]
                if plan.op[u, HEAD] + plan.op[u, DURATION] == start:
                    seen += 1
                    chosen = u if draw(plan, seen) == 0 else chosen
            if plan.op[v, PLACE] > 0:
                machine = plan.op[v, MACHINE]
                u = at(shop, plan, machine, plan.op[v, PLACE] - 1)
                if plan.op[u, HEAD] + plan.op[u, DURATION] + setup_between(shop, machine, u, v) == start:
                    seen += 1
                    chosen = u if draw(plan, seen) == 0 else chosen
        v = chosen
    return count


@inlined
def offer(plan: Plan, operation: int, mode: int, place: int, estimate: int, is_tabu: int) -> None:
    """Keep a move if it is the best so far; of equal ones, and of those that are all tabu, one at random."""
    control = plan.control
    control[SEEN] += 1
    if draw(plan, control[SEEN]) == 0:
        control[FALLBACK], control[FALLBACK_MODE], control[FALLBACK_PLACE] = operation, mode, place
    if is_tabu == 1 and estimate >= control[BEST]:
        return
    if estimate > control[ESTIMATE]:
        return
    if estimate == control[ESTIMATE]:
        control[TIES] += 1
        if draw(plan, control[TIES]) > 0:
            return
    else:
        control[TIES] = 1
        control[ESTIMATE] = estimate
    control[CHOSEN], control[CHOSEN_MODE], control[CHOSEN_PLACE] = operation, mode, place


@inlined
def pair_index(plan: Plan, first: int, second: int) -> int:
    """Give where ``tabu`` remembers that ``first`` before ``second`` was given up."""
    return int((first * plan.op.shape[0] + second) & ((plan.tabu.size >> 1) - 1))


@inlined
def machine_index(plan: Plan, v: int, machine: int) -> int:
    """Give where ``tabu`` remembers that ``v`` was taken from a machine."""
    half = plan.tabu.size >> 1
    return int(half + ((v * plan.length.size + machine) & (half - 1)))


@inlined
def offer_later(shop: Shop, plan: Plan, v: int, from_place: int) -> None:
    """Offer the places behind on the own machine, from one on, as far as no cycle can arise."""
    machine, place, duration = plan.op[v, MACHINE], plan.op[v, PLACE], plan.op[v, DURATION]
    ready, rest = job_ready(shop, plan, v), job_rest(shop, plan, v)
    last, last_end, is_tabu = -1, 0, 0
    if place > 0:
        last = at(shop, plan, machine, place - 1)
        last_end = plan.op[last, HEAD] + plan.op[last, DURATION]
    for index in range(place + 1, plan.length[machine]):
        x = at(shop, plan, machine, index)
        if plan.op[x, TAIL] + plan.op[x, DURATION] <= rest:
            break
        start = job_ready(shop, plan, x)
        if last >= 0:
            start = max(start, last_end + setup_between(shop, machine, last, x))
        last, last_end = x, start + plan.op[x, DURATION]
        if plan.tabu[pair_index(plan, x, v)] > plan.control[ITERATION]:
            is_tabu = 1
        if index >= from_place:
            after = rest
            if index + 1 < plan.length[machine]:
                y = at(shop, plan, machine, index + 1)
                after = max(after, plan.op[y, TAIL] + plan.op[y, DURATION] + setup_between(shop, machine, v, y))
            begin = max(ready, last_end + setup_between(shop, machine, x, v))
            offer(plan, v, plan.op[v, MODE], index, begin + duration + after, is_tabu)


@inlined
def offer_earlier(shop: Shop, plan: Plan, v: int, to_place: int) -> None:
    """Offer the places before on the own machine, down from one, as far as no cycle can arise."""
    machine, place, duration = plan.op[v, MACHINE], plan.op[v, PLACE], plan.op[v, DURATION]
    ready, rest = job_ready(shop, plan, v), job_rest(shop, plan, v)
    follower, follower_rest, is_tabu = -1, 0, 0
    if place + 1 < plan.length[machine]:
        follower = at(shop, plan, machine, place + 1)
        follower_rest = plan.op[follower, TAIL] + plan.op[follower, DURATION]
    for index in range(place - 1, -1, -1):
        x = at(shop, plan, machine, index)
        if plan.op[x, HEAD] + plan.op[x, DURATION] <= ready:
            break
        after = job_rest(shop, plan, x)
        if follower >= 0:
            after = max(after, follower_rest + setup_between(shop, machine, x, follower))
        follower, follower_rest = x, after + plan.op[x, DURATION]
        if plan.tabu[pair_index(plan, v, x)] > plan.control[ITERATION]:
            is_tabu = 1
        if index <= to_place:
            begin = ready
            if index > 0:
                u = at(shop, plan, machine, index - 1)
                begin = max(begin, plan.op[u, HEAD] + plan.op[u, DURATION] + setup_between(shop, machine, u, v))
            after = max(rest, follower_rest + setup_between(shop, machine, v, x))
            offer(plan, v, plan.op[v, MODE], index, begin + duration + after, is_tabu)


@inlined
def offer_elsewhere(shop: Shop, plan: Plan, v: int, mode: int) -> None:
    """Offer the places on another machine between what is done before and what can wait."""
    machine, duration = shop.modes[mode, ON_MACHINE], shop.modes[mode, TAKES]
    ready, rest = job_ready(shop, plan, v), job_rest(shop, plan, v)
    is_tabu = 1 if plan.tabu[machine_index(plan, v, machine)] > plan.control[ITERATION] else 0
    low, high = 0, plan.length[machine]
    while low < high:
        middle = (low + high) >> 1
        x = at(shop, plan, machine, middle)
        if plan.op[x, HEAD] + plan.op[x, DURATION] > ready:
            high = middle
        else:
            low = middle + 1
    first, high = low, plan.length[machine]
    low = 0
    while low < high:
        middle = (low + high) >> 1
        x = at(shop, plan, machine, middle)
        if plan.op[x, TAIL] + plan.op[x, DURATION] > rest:
            low = middle + 1
        else:
            high = middle
    for place in range(first, max(first, low) + 1):
        begin, after = ready, rest
        if place > 0:
            u = at(shop, plan, machine, place - 1)
            begin = max(begin, plan.op[u, HEAD] + plan.op[u, DURATION] + setup_between(shop, machine, u, v))
        if place < plan.length[machine]:
            w = at(shop, plan, machine, place)
            after = max(after, plan.op[w, TAIL] + plan.op[w, DURATION] + setup_between(shop, machine, v, w))
        offer(plan, v, mode, place, begin + duration + after, is_tabu)


@lean
def offer_all(shop: Shop, plan: Plan, count: int) -> None:
    """Offer every move of the operations on the critical path of ``count`` operations."""
    control = plan.control
    control[SEEN], control[TIES], control[ESTIMATE], control[CHOSEN], control[FALLBACK] = 0, 0, _NEVER, -1, -1
    position = 0
    while position < count:
        # The path is written backwards: a block runs from its last operation at `position` to its first at `end`.
        end, machine = position, plan.op[plan.rows[PATH, position], MACHINE]
        while end + 1 < count and plan.op[plan.rows[PATH, end + 1], MACHINE] == machine:
            end += 1
        last, first = plan.op[plan.rows[PATH, position], PLACE], plan.op[plan.rows[PATH, end], PLACE]
        for index in range(position, end + 1):
            v = plan.rows[PATH, index]
            if end > position:
                is_first, is_last = index == end, index == position
                if position > 0 or is_first:
                    offer_later(shop, plan, v, plan.op[v, PLACE] + 1 if is_first and end < count - 1 else last)
                if end < count - 1 or is_last:
                    offer_earlier(shop, plan, v, plan.op[v, PLACE] - 1 if is_last and position > 0 else first)
            for mode in range(shop.first[v, MODES], shop.first[v + 1, MODES]):
                if shop.modes[mode, ON_MACHINE] != machine:
                    offer_elsewhere(shop, plan, v, mode)
        position = end + 1


@lean
def remember(shop: Shop, plan: Plan, v: int, mode_machine: int, place: int, tenure: int) -> None:
    """Forbid for a while what would undo the move that is about to be made."""
    until = plan.control[ITERATION] + tenure
    machine, old = plan.op[v, MACHINE], plan.op[v, PLACE]
    if mode_machine != machine:
        plan.tabu[machine_index(plan, v, machine)] = until
        return
    for index in range(old + 1, place + 1):
        plan.tabu[pair_index(plan, v, at(shop, plan, machine, index))] = until
    for index in range(place, old):
        plan.tabu[pair_index(plan, at(shop, plan, machine, index), v)] = until


@lean
def keep_best(plan: Plan) -> None:
    """Copy the schedule if it is the best of this search."""
    if plan.control[MAKESPAN] < plan.control[BEST]:
        plan.control[BEST] = plan.control[MAKESPAN]
        plan.control[IMPROVED_AT] = plan.control[ITERATION]
        for index in range(plan.op.shape[0]):
            plan.best[KEPT_MODE, index] = plan.op[index, MODE]
            plan.best[KEPT_ORDER, index] = plan.rows[ORDER, index]


@lean
def step(shop: Shop, plan: Plan, is_random: int) -> int:
    """Make one move: the best that is not tabu, or any; give 0 when no operation can be moved."""
    control = plan.control
    count = critical_path(shop, plan)
    offer_all(shop, plan, count)
    if control[CHOSEN] < 0 or is_random == 1:
        if control[FALLBACK] < 0:
            return 0
        control[CHOSEN], control[CHOSEN_MODE] = control[FALLBACK], control[FALLBACK_MODE]
        control[CHOSEN_PLACE] = control[FALLBACK_PLACE]
    v, mode, place = control[CHOSEN], control[CHOSEN_MODE], control[CHOSEN_PLACE]
    control[ITERATION] += 1
    width = shop.first[v + 1, MODES] - shop.first[v, MODES]
    remember(shop, plan, v, shop.modes[mode, ON_MACHINE], place, 8 + width + draw(plan, 8 + count))
    relocate(shop, plan, v, mode, place)
    return 1


@lean
def search(shop: Shop, plan: Plan, schedule: Integers, moves: int, iterations: int, patience: int) -> int:
    """Walk for some iterations, or until ``patience`` of them brought nothing new, or until the floor is reached.

    Parameters
    ----------
    shop
        The instance.
    plan
        The walk; changed in place.
    schedule
        As for ``load``; used when a walk begins.
    moves
        0 or more: begin a new walk at the schedule with so many random moves, nothing tabu before them; -1: go on.
    iterations
        At most so many moves by estimate.
    patience
        As said.

    Returns
    -------
    int
        Iterations made; fewer than asked for when the walk is over.
    """
    control = plan.control
    if moves >= 0:
        load(shop, plan, schedule)
        control[ITERATION] += 1000000
        control[BEST] = _NEVER
    for index in range(max(0, moves) + iterations):
        is_random = 1 if index < moves else 0
        if index == max(0, moves):
            keep_best(plan)
        if is_random == 0 and (
            control[BEST] <= control[FLOOR] or control[ITERATION] - control[IMPROVED_AT] > patience
        ):
            return int(index - max(0, moves))
        if step(shop, plan, is_random) == 0 and is_random == 0:
            return int(index - max(0, moves))
        if is_random == 0:
            keep_best(plan)
    return iterations
