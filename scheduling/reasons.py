"""Why a plan arrives when it does: the chain of waits and work from the arrival back to the release.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.calendar import WorkCalendar
from scheduling.problem import Job, Minute, Placement
from scheduling.promise import Plan
from scheduling.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ReasonLink:
    """One operation of the chain, and where its time goes; all in wall-clock minutes.

    Attributes
    ----------
    material_minutes
        From its inputs' arrival until its material is there.
    transport_minutes
        Of the move that brings its last input.
    queue_minutes
        In its unit's offered time, behind other work.
    closed_minutes
        Outside its unit's offered time, before it starts.
    setup_minutes
        Its own setup, as far as it is made after everything was there.
    work_minutes, paused_minutes
        Of the run: worked, and outside its unit's offered time.
    """

    operation: int
    operation_code: str
    work_center: str
    unit_id: int
    material_minutes: int
    transport_minutes: int
    queue_minutes: int
    closed_minutes: int
    setup_minutes: int
    work_minutes: int
    paused_minutes: int

    @property
    def waiting_minutes(self) -> int:
        """All that it waits once its inputs are on their way."""
        return self.total_minutes - self.work_minutes - self.paused_minutes

    @property
    def total_minutes(self) -> int:
        """All that it adds to the date."""
        return (self.material_minutes + self.transport_minutes + self.queue_minutes + self.closed_minutes
                + self.setup_minutes + self.work_minutes + self.paused_minutes)


@dataclass(frozen=True, slots=True)
class ReasonChain:
    """What a date hangs on: operations in the order they are done, each the one the next waited for.

    The minutes of all links and of the delivery add up to the time from release to arrival.
    """

    release_minute: Minute
    arrival_minute: Minute
    links: tuple[ReasonLink, ...]
    delivery_minutes: int

    @property
    def worst(self) -> ReasonLink | None:
        """The link that adds most; None when nothing is done."""
        return max(self.links, key=lambda link: link.total_minutes, default=None)


def find_reasons(snapshot: Snapshot, job: Job, plan: Plan) -> ReasonChain:
    """Follow a plan back from its arrival: what did each operation wait for, and how long.

    Parameters
    ----------
    snapshot
        Whose windows and transport the plan was made with; its bookings are not looked at.
    job
        What is made.
    plan
        One way to make it.

    Returns
    -------
    ReasonChain
        Without links for a job without operations.
    """
    if not plan.placements:
        return ReasonChain(job.release_minute, plan.arrival_minute, (), plan.arrival_minute - job.release_minute)
    placed = {here.operation: here for here in plan.placements}
    here: Placement | None = max(_last(job, placed), key=lambda item: (_delivered(snapshot, job, item), item.operation))
    assert here is not None  # noqa: S101 - a job with operations has a last one
    delivery = plan.arrival_minute - here.end_minute
    links = []
    while here is not None:
        link, here = _link(snapshot, job, placed, here)
        links.append(link)
    return ReasonChain(job.release_minute, plan.arrival_minute, tuple(reversed(links)), delivery)


def _last(job: Job, placed: dict[int, Placement]) -> list[Placement]:
    used = {before for operation in job.operations for before in operation.predecessors}
    return [here for position, here in placed.items() if position not in used]


def _delivered(snapshot: Snapshot, job: Job, here: Placement) -> Minute:
    leg = snapshot.legs.leg(snapshot.site_of(here.unit_id), job.destination, job.load_grams)
    return here.end_minute + leg.minutes


def _link(
    snapshot: Snapshot, job: Job, placed: dict[int, Placement], here: Placement
) -> tuple[ReasonLink, Placement | None]:
    """Give the link of an operation and the one it waited for; None when it could begin at the release."""
    operation, line = job.operations[here.operation], snapshot.timelines[here.unit_id]
    input_of, sent, arrived = None, job.release_minute, job.release_minute
    for position in operation.predecessors:
        before = placed[position]
        leg = snapshot.legs.leg(snapshot.site_of(before.unit_id), line.unit.site, job.load_grams)
        if input_of is None or before.end_minute + leg.minutes > arrived:
            input_of, sent, arrived = before, before.end_minute, before.end_minute + leg.minutes
    ready = max(arrived, operation.earliest_minute or arrived)
    calendar = line.calendar
    setup_from = max(here.setup_start_minute, ready)
    setup = _open_minutes(calendar, setup_from, here.start_minute)
    queue = _open_minutes(calendar, ready, setup_from)
    return ReasonLink(
        operation=here.operation, operation_code=operation.code, work_center=line.unit.work_center,
        unit_id=here.unit_id, material_minutes=ready - arrived, transport_minutes=arrived - sent,
        queue_minutes=queue, setup_minutes=setup, closed_minutes=here.start_minute - ready - queue - setup,
        work_minutes=here.work_minutes, paused_minutes=here.end_minute - here.start_minute - here.work_minutes,
    ), input_of


def _open_minutes(calendar: WorkCalendar, start: Minute, end: Minute) -> int:
    return calendar.work_at(end) - calendar.work_at(start)
