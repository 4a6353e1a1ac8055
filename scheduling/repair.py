"""Repair after a breakdown: only what no longer stands, and what waits for it, is placed again.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from scheduling.board import Board


def repair(board: Board) -> tuple[int, ...]:
    """Put every displaced job back, moving as little of it as possible and nothing else.

    Operations whose place is gone are placed again, with everything that waits for them; the rest of the
    job stays where it was. A promise is kept when any way keeps it.

    Parameters
    ----------
    board
        Changed in place; jobs with more weight go first.

    Returns
    -------
    tuple of int
        Positions of jobs that fit nowhere inside the horizon; empty when all are back.
    """
    order = sorted(board.displaced, key=lambda index: (-board.jobs[index].planned.job.weight, index))
    kept = {index: _stand_what_stands(board, index) for index in order}
    lost = [index for index in order if not _put_back(board, index, kept[index])]
    board.displaced[:] = lost
    return tuple(lost)


def _put_back(board: Board, index: int, kept: frozenset[int]) -> bool:
    """Try the smallest change first: the tail in time, the whole job in time, then both too late."""
    for is_promise_kept in (True, False):
        tail = board.find(index, keep=kept, is_promise_kept=is_promise_kept)
        _free_places(board, index, kept)
        plan = tail or board.find(index, is_promise_kept=is_promise_kept)
        if plan is not None:
            board.put(index, plan.placements)
            return True
        _hold_places(board, index, kept)
    _free_places(board, index, kept)
    return False


def _stand_what_stands(board: Board, index: int) -> frozenset[int]:
    """Keep the operations that still stand and wait for none that moves, so that nobody takes their place."""
    planned = board.jobs[index].planned
    kept = set(planned.fixed)
    for position, operation in enumerate(planned.job.operations):
        placement = planned.placements[position]
        if position in kept or not board.stands(planned.job, placement):
            continue
        if all(before in kept for before in operation.predecessors):
            kept.add(position)
    _hold_places(board, index, frozenset(kept))
    return frozenset(kept)


def _hold_places(board: Board, index: int, kept: frozenset[int]) -> None:
    for operation in kept - board.jobs[index].planned.fixed:
        board.hold_place(index, operation)


def _free_places(board: Board, index: int, kept: frozenset[int]) -> None:
    for operation in kept - board.jobs[index].planned.fixed:
        board.free_place(index, operation)
