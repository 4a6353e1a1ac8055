"""Lower bounds of the makespan that cost nothing. Imports the instance only."""

from __future__ import annotations

from scheduling.job_shop.instance import JobShop


def simple_lower_bound(instance: JobShop) -> tuple[int, str]:
    """Bound the makespan from below by chains, by the work that all machines share, and by what one machine must do.

    Parameters
    ----------
    instance
        The problem.

    Returns
    -------
    tuple of int and str
        The bound, and what it comes from.
    """
    shortest = [min(duration for _, duration in modes) for modes in instance.modes]
    least_head, least_tail = min(instance.heads), min(instance.tails)
    shared = least_head + -(-sum(shortest) // instance.machine_count) + least_tail
    only_here: dict[int, list[int]] = {}
    for operation, modes in enumerate(instance.modes):
        if len({machine for machine, _ in modes}) == 1:
            only_here.setdefault(modes[0][0], []).append(operation)
    busiest = max(
        (min(instance.heads[v] for v in found) + sum(shortest[v] for v in found) + min(instance.tails[v] for v in found)
         for found in only_here.values()),
        default=0,
    )
    return max((instance.longest_way, "longest chain of operations"), (shared, "work shared by all machines"),
               (busiest, "work of one machine"))
