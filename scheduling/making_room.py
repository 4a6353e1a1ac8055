"""Making room without a solver: the new job takes its best places, whoever stood there is repaired around it.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from scheduling.firm import FirmAnswer, FirmTask
from scheduling.rush import price_rush


def make_room(task: FirmTask, *, seconds: float) -> FirmAnswer | None:  # milliseconds whatever is given
    """Let the jobs in the way of the task's job go elsewhere, each within its promise.

    Parameters
    ----------
    task
        What to promise, and what may move for it.
    seconds
        Not needed: it takes milliseconds.

    Returns
    -------
    FirmAnswer or None
        None when that breaks a promise, or gains nothing.
    """
    bump = price_rush(task.snapshot, task.job, task.movable).bump
    if bump is None or bump.slips:
        return None
    after = {change.hold_id: change.after for change in bump.changes}
    others = tuple(after.get(item.hold_id, item.planned.placements) for item in task.movable)
    return FirmAnswer(bump.plan.placements, others)
