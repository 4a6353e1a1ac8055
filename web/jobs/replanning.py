"""The background work of planning: improve without a lock, store the proposal or a scenario's outcome in one effect.

A worker that is killed leaves nothing behind but its job, which another takes over; the live plan is untouched. After
two lost attempts the search is left out and the repaired plan alone is stored: whatever killed the workers, the
planner gets an answer that stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from web.jobs.kinds import Payload, Work

if TYPE_CHECKING:
    from scheduling.improve import Improvement, Progress
    from scheduling.problem import Weights
    from scheduling.replanning import Replanning
    from scheduling.schedule import MovableJob
    from scheduling.snapshot import Snapshot
    from scheduling.what_if import ScenarioTask

MOST_SECONDS = 300
FULL_ATTEMPTS = 2
"""So many attempts search; later ones only repair."""
DEFAULT_FROZEN_MINUTES = 240


def improve_plan(work: Work) -> tuple[Replanning, Improvement]:
    """Look for a better plan until the time is over or a person says stop; holds no transaction meanwhile.

    The payload: ``seconds``; and, when they are not the usual ones, ``weights`` and ``frozen_minutes``.
    """
    from scheduling import service as scheduling  # noqa: PLC0415 - loaded by the first run only

    frozen = timedelta(minutes=int(work.payload.get("frozen_minutes", DEFAULT_FROZEN_MINUTES)))
    with work.database.reading() as session:
        task = scheduling.load_replanning(session, now=work.now(), frozen=frozen)
    return task, _improve(work, task.snapshot, task.jobs, _weights(work))


def store_proposal(session: Session, work: Work, found: tuple[Replanning, Improvement]) -> Payload:
    """Store what was found as a proposal; nothing moves."""
    from scheduling import service as scheduling  # noqa: PLC0415 - as above

    task, improvement = found
    proposal = scheduling.save_proposal(session, task=task, improvement=improvement, now=work.now(),
                                        weights=_weights(work))
    return {"proposal": proposal.id, "iterations": improvement.iterations}


def improve_scenario(work: Work) -> tuple[ScenarioTask, Improvement]:
    """Plan a scenario beside the live plan; ``scenario`` and ``seconds`` are its payload."""
    from scheduling import what_if  # noqa: PLC0415 - as above

    with work.database.reading() as session:
        task = what_if.load_scenario_task(session, scenario_id=work.payload["scenario"], now=work.now())
    return task, _improve(work, task.scene.snapshot, task.scene.jobs, task.scenario.weights)


def store_outcome(session: Session, work: Work, found: tuple[ScenarioTask, Improvement]) -> Payload:
    """Store what a scenario came to; nothing moves."""
    from scheduling import what_if  # noqa: PLC0415 - as above

    task, improvement = found
    scenario = what_if.save_outcome(session, task=task, improvement=improvement, now=work.now())
    return {"scenario": scenario.id, "iterations": improvement.iterations}


def _weights(work: Work) -> Weights:
    from scheduling.scenario_codec import weights_from_json  # noqa: PLC0415 - as above

    return weights_from_json(work.payload.get("weights", {}))


def _improve(work: Work, snapshot: Snapshot, jobs: tuple[MovableJob, ...], weights: Weights) -> Improvement:
    from scheduling.improve import improve  # noqa: PLC0415 - as above

    seconds = min(float(work.payload["seconds"]), MOST_SECONDS)
    if work.attempt > FULL_ATTEMPTS:
        return improve(snapshot, jobs, iterations=0, weights=weights)
    return improve(snapshot, jobs, seconds=seconds, progress=_reporter(work), weights=weights)


def _reporter(work: Work) -> Callable[[Progress], bool]:
    def tell(progress: Progress) -> bool:
        work.report(**asdict(progress))
        return not work.should_stop()

    return tell
