"""Which promises are at risk, and the chain of waits that makes each of them late.

Imports neither SQLAlchemy nor OR-Tools nor the catalog.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduling.problem import Minute, Placement, WorkUnit
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.validation import Legs, arrival_minute

DEFAULT_MARGIN_MINUTES = 480
"""A promise with less slack than this is at risk."""

Window = tuple[Minute, Minute]


class RiskLevel(StrEnum):
    """How a promise stands, the worst first."""

    LOST = "lost"
    """An operation has no place any more: the plan as it stands cannot be followed."""
    LATE = "late"
    """It arrives after the promised time."""
    AT_RISK = "at_risk"
    """It arrives in time, with little to spare."""


class CauseKind(StrEnum):
    """What an operation waits for."""

    OTHER_WORK = "other_work"
    """Its work unit works for others, which are named."""
    DOWNTIME = "downtime"
    """Its work unit is down."""
    CLOSED = "closed"
    """Its work unit is outside its shifts."""
    SETUP = "setup"
    """Its work unit is set up for it."""
    MATERIAL = "material"
    """Its material comes at a date."""
    TRANSPORT = "transport"
    """Its input is on the road between two sites."""
    NO_WAY = "no_way"
    """No way is known from where it is made to where it is needed: a place left the network."""
    PLACE_GONE = "place_gone"
    """Its work unit cannot work when it is booked."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One link of the chain: which operation waits for what, how long in wall-clock minutes.

    ``unit_id`` is the work unit that is waited for, None for material and transport. ``job_codes`` are the jobs
    that stand in the way, empty for other kinds.
    """

    operation: int
    operation_code: str
    kind: CauseKind
    minutes: int
    unit_id: int | None = None
    job_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Risk:
    """A promise that is lost, late or at risk.

    ``causes`` go from the last operation backwards, the longest wait of each operation first; empty when nothing
    but the work itself takes the time.
    """

    hold_id: int
    job_code: str
    level: RiskLevel
    promised_minute: Minute
    arrival_minute: Minute
    causes: tuple[Cause, ...] = ()

    @property
    def slack_minutes(self) -> int:
        """Minutes to spare; below 0 when it is late."""
        return self.promised_minute - self.arrival_minute


def list_risks(
    units: Mapping[int, WorkUnit],
    jobs: Sequence[MovableJob],
    legs: Legs,
    *,
    now_minute: Minute,
    downtimes: Mapping[int, Sequence[Window]] | None = None,
    beside: Iterable[tuple[int, Minute, Minute, str]] = (),
    not_begun: Collection[int] = (),
    margin_minutes: int = DEFAULT_MARGIN_MINUTES,
) -> tuple[Risk, ...]:
    """List the promises that are lost, late or at risk, and why.

    Parameters
    ----------
    units
        By id, with their windows, downtimes already cut out.
    jobs
        To be judged; what stands in a job's way is found among them and ``beside``.
    legs
        Terms of a move: origin, destination, load in grams.
    now_minute
        A run that starts before it has begun and keeps its place, unless ``not_begun`` names it.
    downtimes
        Per unit id: closed times that are no ordinary end of a shift.
    beside
        Runs of jobs that are not judged: unit, setup start, end, job code.
    not_begun
        Ids of bookings whose start passed without them, because their unit was down then.
    margin_minutes
        A promise with less slack than this is listed.

    Returns
    -------
    tuple of Risk
        Lost ones first, then by slack, the least first; jobs without a promised or due time are left out.
    """
    runs: dict[int, list[tuple[Minute, Minute, str]]] = {}
    for unit_id, start, end, code in (*_runs_of(jobs), *beside):
        runs.setdefault(unit_id, []).append((start, end, code))
    ahead = _Ahead(units, {unit_id: sorted(on_unit) for unit_id, on_unit in runs.items()}, legs, now_minute,
                   downtimes or {}, not_begun)
    found = [risk for item in jobs if (risk := ahead.judge(item, margin_minutes)) is not None]
    order = tuple(RiskLevel)
    return tuple(sorted(found, key=lambda risk: (order.index(risk.level), risk.slack_minutes, risk.job_code)))


def has_ways(units: Mapping[int, WorkUnit], planned: PlannedJob, legs: Legs) -> bool:
    """Tell whether all ways of a job are known: from its inputs to where they are used, and to its destination."""
    sites = {here.operation: units[here.unit_id].site for here in planned.placements if here.unit_id in units}
    try:
        arrival_minute(units, planned, legs)
        for position, site in sites.items():
            for before in planned.job.operations[position].predecessors:
                if before in sites:
                    legs(sites[before], site, planned.job.load_grams)
    except KeyError:
        return False
    return True


def _runs_of(jobs: Iterable[MovableJob]) -> Iterable[tuple[int, Minute, Minute, str]]:
    return ((here.unit_id, here.setup_start_minute, here.end_minute, item.planned.job.code)
            for item in jobs for here in item.planned.placements)


class _Ahead:
    """What is booked per unit, and the judgement of one job among it."""

    def __init__(self, units: Mapping[int, WorkUnit], runs: Mapping[int, Sequence[tuple[Minute, Minute, str]]],
                 legs: Legs, now_minute: Minute, downtimes: Mapping[int, Sequence[Window]],
                 not_begun: Collection[int]) -> None:
        self.units, self.runs, self.legs = units, runs, legs
        self.now_minute, self.downtimes, self.not_begun = now_minute, downtimes, not_begun

    def judge(self, item: MovableJob, margin_minutes: int) -> Risk | None:
        planned = item.planned
        job = planned.job
        promised = job.deadline_minute if job.deadline_minute is not None else job.due_minute
        if promised is None:
            return None
        if not has_ways(self.units, planned, self.legs):
            return self.without_a_way(item, promised)
        arrival = arrival_minute(self.units, planned, self.legs)
        gone = [here for here, booking_id in zip(planned.placements, item.booking_ids, strict=True)
                if booking_id in self.not_begun or not self.stands(here)]
        early = [here for here in planned.placements if self.is_early(planned, here)]
        if gone or early:
            level = RiskLevel.LOST
        elif arrival > promised:
            level = RiskLevel.LATE
        elif promised - arrival < margin_minutes:
            level = RiskLevel.AT_RISK
        else:
            return None
        causes = [
            *(Cause(here.operation, job.operations[here.operation].code, CauseKind.PLACE_GONE, 0, here.unit_id)
              for here in gone),
            *(Cause(here.operation, job.operations[here.operation].code, CauseKind.MATERIAL,
                    (job.operations[here.operation].earliest_minute or 0) - here.start_minute) for here in early),
        ]
        return Risk(item.hold_id, job.code, level, promised, arrival, (*causes, *self.chain(planned)))

    def without_a_way(self, item: MovableJob, promised: Minute) -> Risk:
        """Say that a promise is lost because a place of the job has left the network; it ends where it is made."""
        last = max(item.planned.placements, key=lambda here: here.end_minute)
        code = item.planned.job.operations[last.operation].code
        return Risk(item.hold_id, item.planned.job.code, RiskLevel.LOST, promised, last.end_minute,
                    (Cause(last.operation, code, CauseKind.NO_WAY, 0),))

    def stands(self, here: Placement) -> bool:
        """Tell whether a run has begun, or lies in its unit's windows exactly as booked, with its secondary one."""
        if here.start_minute < self.now_minute:
            return True
        unit = self.units.get(here.unit_id)
        if unit is None:
            return False
        near = _windows_of(unit, here.start_minute, here.end_minute)
        minutes = sum(_overlap(window, (here.start_minute, here.end_minute)) for window in near)
        is_open = bool(near) and near[0][0] <= here.start_minute and here.end_minute <= near[-1][1]
        return is_open and minutes == here.work_minutes and self.is_served(here, near)

    def is_served(self, here: Placement, near: Iterable[Window]) -> bool:
        """Tell whether the secondary unit of a run, where it has one, works whenever the run does."""
        if here.secondary_unit_id is None:
            return True
        helper = self.units.get(here.secondary_unit_id)
        spans = [(max(start, here.start_minute), min(end, here.end_minute)) for start, end in near]
        return helper is not None and all(
            sum(_overlap(window, span) for window in _windows_of(helper, *span)) == span[1] - span[0] for span in spans
        )

    def is_early(self, planned: PlannedJob, here: Placement) -> bool:
        """Tell whether a run that has not begun is booked before its material is there."""
        earliest = planned.job.operations[here.operation].earliest_minute
        return earliest is not None and self.now_minute <= here.start_minute < earliest

    def chain(self, planned: PlannedJob) -> tuple[Cause, ...]:
        """Follow the inputs that come last, from the operation that ends the job backwards."""
        placed = {here.operation: here for here in planned.placements}
        used = {before for operation in planned.job.operations for before in operation.predecessors}
        last = [index for index in placed if index not in used and placed[index].unit_id in self.units]
        if not last:
            return ()
        position: int | None = max(last, key=lambda index: self.arrives(planned, placed[index],
                                                                       planned.job.destination))
        causes: list[Cause] = []
        while position is not None and placed[position].unit_id in self.units:
            causes.extend(self.waits(planned, placed, position))
            position = self.binding_input(planned, placed, position)
        return tuple(causes)

    def arrives(self, planned: PlannedJob, before: Placement, site: str) -> Minute:
        """Give when what an operation makes is at a site."""
        leg = self.legs(self.units[before.unit_id].site, site, planned.job.load_grams)
        return before.end_minute + leg.minutes

    def binding_input(self, planned: PlannedJob, placed: Mapping[int, Placement], position: int) -> int | None:
        """Give the operation whose output comes last; None when there is none."""
        before = [index for index in planned.job.operations[position].predecessors
                  if placed[index].unit_id in self.units]
        site = self.units[placed[position].unit_id].site
        return max(before, key=lambda index: self.arrives(planned, placed[index], site), default=None)

    def waits(self, planned: PlannedJob, placed: Mapping[int, Placement], position: int) -> list[Cause]:
        """Say what one operation waited for, the longest wait first."""
        job, here = planned.job, placed[position]
        operation, unit = job.operations[position], self.units[here.unit_id]
        before = self.binding_input(planned, placed, position)
        ended = job.release_minute if before is None else placed[before].end_minute
        there = ended if before is None else self.arrives(planned, placed[before], unit.site)
        ready = max(there, job.release_minute, operation.earliest_minute or 0)
        minutes: dict[CauseKind, int] = {
            CauseKind.TRANSPORT: max(0, min(there, here.start_minute) - ended),
            CauseKind.MATERIAL: max(0, min(ready, here.start_minute) - max(there, job.release_minute)),
        }
        busy: tuple[str, ...] = ()
        if here.start_minute > ready:
            spent, busy = self.at_unit(here, ready, job.code)
            minutes |= spent
        own = (CauseKind.TRANSPORT, CauseKind.MATERIAL)
        causes = [
            Cause(position, operation.code, kind, spent, None if kind in own else unit.id,
                  busy if kind is CauseKind.OTHER_WORK else ())
            for kind, spent in minutes.items() if spent > 0
        ]
        return sorted(causes, key=lambda cause: -cause.minutes)

    def at_unit(
        self, here: Placement, ready: Minute, job_code: str
    ) -> tuple[dict[CauseKind, int], tuple[str, ...]]:
        """Divide the wait for a unit: down, closed, busy with named jobs, set up; idle time is nobody's."""
        wait = (ready, here.start_minute)
        unit = self.units[here.unit_id]
        open_minutes = sum(_overlap(window, wait) for window in _windows_of(unit, *wait))
        down = sum(_overlap(window, wait) for window in self.downtimes.get(unit.id, ()))
        busy, codes = 0, []
        for start, end, code in self.runs.get(unit.id, ()):
            if start >= here.start_minute:
                break
            if end <= ready or code == job_code:
                continue
            busy += sum(_overlap(window, (max(start, ready), min(end, here.start_minute)))
                        for window in _windows_of(unit, start, end))
            codes.append(code)
        setup_from = max(ready, here.setup_start_minute)
        setup = sum(_overlap(window, (setup_from, here.start_minute))
                    for window in _windows_of(unit, setup_from, here.start_minute))
        closed = here.start_minute - ready - open_minutes
        return {
            CauseKind.OTHER_WORK: busy,
            CauseKind.DOWNTIME: min(down, closed),
            CauseKind.CLOSED: closed - min(down, closed),
            CauseKind.SETUP: setup,
        }, tuple(dict.fromkeys(codes))


def _windows_of(unit: WorkUnit, start: Minute, end: Minute) -> tuple[Window, ...]:
    """Give a unit's windows that touch [start, end)."""
    first = max(0, bisect_left(unit.windows, (start, 0)) - 1)
    stop = bisect_left(unit.windows, (end, 0))
    return tuple(window for window in unit.windows[first:stop] if window[1] > start)


def _overlap(window: Window, other: Window) -> int:
    return max(0, min(window[1], other[1]) - max(window[0], other[0]))
