"""A work order (one order line's work) and its job orders (one operation each). Imports no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from catalog.text import Text
from ordering.state_machine import advance, final_states


class WorkOrderState(StrEnum):
    """Where a work order stands."""

    PLANNED = "planned"
    RELEASED = "released"
    IN_PROGRESS = "in_progress"
    FINISHED = "finished"
    CANCELED = "canceled"


class WorkOrderEvent(StrEnum):
    """What can happen to a work order."""

    RELEASE = "release"
    START = "start"
    FINISH = "finish"
    CANCEL = "cancel"


WORK_ORDER_TRANSITIONS: Mapping[tuple[WorkOrderState, WorkOrderEvent], WorkOrderState] = {
    (WorkOrderState.PLANNED, WorkOrderEvent.RELEASE): WorkOrderState.RELEASED,
    (WorkOrderState.RELEASED, WorkOrderEvent.START): WorkOrderState.IN_PROGRESS,
    (WorkOrderState.IN_PROGRESS, WorkOrderEvent.FINISH): WorkOrderState.FINISHED,
    (WorkOrderState.PLANNED, WorkOrderEvent.CANCEL): WorkOrderState.CANCELED,
    (WorkOrderState.RELEASED, WorkOrderEvent.CANCEL): WorkOrderState.CANCELED,
    (WorkOrderState.IN_PROGRESS, WorkOrderEvent.CANCEL): WorkOrderState.CANCELED,
}
WORK_ORDER_FINAL_STATES = final_states(WORK_ORDER_TRANSITIONS, WorkOrderState)


def next_work_order_state(state: WorkOrderState, event: WorkOrderEvent) -> WorkOrderState:
    """Give the state after an event; raise TransitionRefused for one that is not listed."""
    return advance(WORK_ORDER_TRANSITIONS, state, event, thing="work order")


class JobOrderState(StrEnum):
    """Where a job order stands."""

    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELED = "canceled"


class JobOrderEvent(StrEnum):
    """What can happen to a job order."""

    START = "start"
    FINISH = "finish"
    CANCEL = "cancel"
    SCRAP = "scrap"
    """It is spoiled and is done again."""


JOB_ORDER_TRANSITIONS: Mapping[tuple[JobOrderState, JobOrderEvent], JobOrderState] = {
    (JobOrderState.PLANNED, JobOrderEvent.START): JobOrderState.RUNNING,
    (JobOrderState.RUNNING, JobOrderEvent.FINISH): JobOrderState.FINISHED,
    (JobOrderState.PLANNED, JobOrderEvent.CANCEL): JobOrderState.CANCELED,
    (JobOrderState.RUNNING, JobOrderEvent.SCRAP): JobOrderState.PLANNED,
    (JobOrderState.FINISHED, JobOrderEvent.SCRAP): JobOrderState.PLANNED,
}
JOB_ORDER_FINAL_STATES = final_states(JOB_ORDER_TRANSITIONS, JobOrderState)


def next_job_order_state(state: JobOrderState, event: JobOrderEvent) -> JobOrderState:
    """Give the state after an event; raise TransitionRefused for one that is not listed."""
    return advance(JOB_ORDER_TRANSITIONS, state, event, thing="job order")


def progress_event(state: WorkOrderState, job_orders: Iterable[JobOrderState]) -> WorkOrderEvent | None:
    """Say what the states of its job orders mean for a work order.

    Parameters
    ----------
    state
        The present state of the work order.
    job_orders
        The states of all its job orders.

    Returns
    -------
    WorkOrderEvent or None
        START once one job order runs or is finished, FINISH once all are; None when nothing changes.
    """
    states = tuple(job_orders)
    if state is WorkOrderState.RELEASED and {JobOrderState.RUNNING, JobOrderState.FINISHED} & set(states):
        return WorkOrderEvent.START
    if state is WorkOrderState.IN_PROGRESS and states and set(states) == {JobOrderState.FINISHED}:
        return WorkOrderEvent.FINISH
    return None


@dataclass(frozen=True, slots=True)
class JobOrder:
    """One operation of a work order on one work unit. Times are aware UTC."""

    id: int
    number: str
    """The work order's number and the operation's place in tens: ``W-2026-0001-10``."""
    position: int
    """The operation's place in the job, from 0."""
    operation: str
    title: Text
    instruction: Text
    unit_code: str
    site: str
    work_minutes: int
    """Whole minutes booked on the unit."""
    standard_minutes: Fraction
    """Exact minutes of the routing for all pieces, on a work unit of speed 1."""
    planned_start_at: datetime
    planned_end_at: datetime
    state: JobOrderState
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """The work of one order line, made of job orders in routing order."""

    id: int
    number: str
    state: WorkOrderState
    order_number: str
    line_id: int
    position: int
    title: Text
    quantity: int
    due_at: datetime
    """End of its last operation as planned."""
    revision: int
    """Counts up when planned times change."""
    issued_at: datetime
    """When this revision came to be."""
    job_orders: tuple[JobOrder, ...] = ()
