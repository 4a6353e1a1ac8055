"""The background work of a planning run: improve without a lock, store the proposal in one transaction."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from web.jobs.kinds import Payload, Work

if TYPE_CHECKING:
    from scheduling.improve import Improvement, Progress
    from scheduling.replanning import Replanning

MOST_SECONDS = 300


def improve_plan(work: Work) -> tuple[Replanning, Improvement]:
    """Look for a better plan until the time is over or a person says stop; holds no transaction meanwhile."""
    from scheduling import service as scheduling  # noqa: PLC0415 - loaded by the first run only
    from scheduling.improve import improve  # noqa: PLC0415

    def tell(progress: Progress) -> bool:
        work.report(**asdict(progress))
        return not work.should_stop()

    with work.database.reading() as session:
        task = scheduling.load_replanning(session, now=work.now())
    seconds = min(float(work.payload["seconds"]), MOST_SECONDS)
    return task, improve(task.snapshot, task.jobs, seconds=seconds, progress=tell)


def store_proposal(session: Session, work: Work, found: tuple[Replanning, Improvement]) -> Payload:
    """Store what was found as a proposal; nothing moves."""
    from scheduling import service as scheduling  # noqa: PLC0415 - as above

    task, improvement = found
    proposal = scheduling.save_proposal(session, task=task, improvement=improvement, now=work.now())
    return {"proposal": proposal.id, "iterations": improvement.iterations}
