"""Key figures of a plan: each a value with its unit, its numerator and denominator, or the reason why it is empty.

Imports neither SQLAlchemy nor OR-Tools nor the catalog. ``docs/kpis.md`` gives every definition in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from scheduling.buckets import Axis, Bucket, BucketKind
from scheduling.calendar import WorkCalendar
from scheduling.problem import Job, Minute, Placement, WorkUnit
from scheduling.schedule import PlannedJob
from scheduling.validation import Legs, arrival_minute, job_co2_grams, job_cost_minor

ACCURATE_DAYS = 1
"""A delivery counts as exact when it came at most so many days before or after the day first promised."""


class Unit(StrEnum):
    """What a key figure is counted in; a share is from 0 to 1."""

    SHARE = "share"
    MINUTES = "minutes"
    JOBS = "jobs"
    GRAMS = "grams"
    MINOR = "minor"


class Gap(StrEnum):
    """Why a key figure has no value."""

    NO_JOBS = "no_jobs"
    NO_PROMISE = "no_promise"
    NOTHING_OFFERED = "nothing_offered"
    NOTHING_BOOKED = "nothing_booked"
    NOTHING_DELIVERED = "nothing_delivered"
    NO_TIME = "no_time"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One key figure. ``value`` is numerator ÷ denominator, None with a reason in ``gap`` when there is none."""

    code: str
    unit: Unit
    numerator: int
    denominator: int
    gap: Gap | None = None

    @property
    def value(self) -> Fraction | None:
        """The figure, exact."""
        return None if self.gap is not None else Fraction(self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An order that reached its customer: the day first promised, and the day it came (plant-local)."""

    promised_on: date
    delivered_on: date


@dataclass(frozen=True, slots=True)
class CenterTime:
    """Working minutes of a work center in a bucket: offered by its units, run and set up by what is booked."""

    work_center: str
    bucket: Bucket | None
    offered_minutes: int
    run_minutes: int
    setup_minutes: int

    @property
    def utilization(self) -> Kpi:
        """Share of the offered minutes in which something is made."""
        return _share("utilization", self.run_minutes, self.offered_minutes, Gap.NOTHING_OFFERED)

    @property
    def load(self) -> Kpi:
        """Share of the offered minutes that is taken, setups included."""
        return _share("load", self.run_minutes + self.setup_minutes, self.offered_minutes, Gap.NOTHING_OFFERED)

    @property
    def setup_share(self) -> Kpi:
        """Share of the taken minutes that goes into setups."""
        return _share("setup_share", self.setup_minutes, self.run_minutes + self.setup_minutes, Gap.NOTHING_BOOKED)


def compute_kpis(
    planned: Iterable[PlannedJob],
    units: Mapping[int, WorkUnit],
    legs: Legs,
    *,
    from_minute: Minute,
    until_minute: Minute,
    deliveries: Sequence[Delivery] = (),
) -> tuple[Kpi, ...]:
    """Work out the key figures of a plan over a period.

    Parameters
    ----------
    planned
        Jobs with all their placements. Those that arrive in the period count for delivery, tardiness, lead time,
        CO2 and cost; whatever runs in it counts for utilization, setups and work in process.
    units
        By id, with the windows offered in the period; placements on other units count for no time.
    legs
        Terms of a move: origin, destination, load in grams.
    from_minute, until_minute
        The period, half-open.
    deliveries
        Orders that reached their customers in the period.

    Returns
    -------
    tuple of Kpi
        Always the same figures in the same order, each with a value or a reason why there is none.
    """
    plans = tuple(planned)
    arriving = [
        _Arrival(plan, arrival)
        for plan in plans
        if from_minute <= (arrival := arrival_minute(units, plan, legs)) < until_minute
    ]
    total = _total(center_times(plans, units, from_minute=from_minute, until_minute=until_minute), units)
    exact = sum(abs((item.delivered_on - item.promised_on).days) <= ACCURATE_DAYS for item in deliveries)
    return (
        _on_time(arriving),
        *_tardiness(arriving),
        total.utilization,
        total.load,
        total.setup_share,
        _work_in_process(plans, from_minute, until_minute),
        _mean("lead_time", Unit.MINUTES, [item.arrival - item.job.release_minute for item in arriving]),
        _share("promise_accuracy", exact, len(deliveries), Gap.NOTHING_DELIVERED),
        _sum("co2", Unit.GRAMS, [job_co2_grams(units, item.plan, legs) for item in arriving]),
        _sum("cost", Unit.MINOR, [job_cost_minor(units, item.plan, legs) for item in arriving]),
    )


def center_times(
    planned: Iterable[PlannedJob],
    units: Mapping[int, WorkUnit],
    *,
    from_minute: Minute,
    until_minute: Minute,
    kind: BucketKind | None = None,
    zones: Mapping[str, ZoneInfo] | None = None,
) -> tuple[CenterTime, ...]:
    """Count offered, run and setup minutes by work center and bucket.

    Parameters
    ----------
    planned, units, from_minute, until_minute
        See :func:`compute_kpis`.
    kind
        How long buckets are; None for the whole period as one, whose ``bucket`` is None.
    zones
        Time zone of every site, needed with a kind.

    Returns
    -------
    tuple of CenterTime
        By work center and bucket; those in which nothing is offered and nothing booked are left out.
    """
    clocks = _Clocks(units, from_minute, until_minute, kind, zones or {})
    for unit in units.values():
        for start, end in unit.windows:
            clocks.count(unit.id, start, end, _OFFERED)
    for plan in planned:
        for placement in plan.placements:
            clocks.count(placement.unit_id, placement.setup_start_minute, placement.start_minute, _SETUP)
            clocks.count(placement.unit_id, placement.start_minute, placement.end_minute, _RUN)
            if placement.secondary_unit_id is not None:
                clocks.count(placement.secondary_unit_id, placement.start_minute, placement.end_minute, _RUN)
    return tuple(
        CenterTime(center, bucket, *minutes)
        for (center, bucket), minutes in sorted(clocks.minutes.items(), key=_by_center_and_time)
    )


def target_minute(job: Job) -> Minute | None:
    """Give when a job should arrive: its due minute, else its deadline (the promise); None when it has neither."""
    return job.due_minute if job.due_minute is not None else job.deadline_minute


def promise_minute(job: Job) -> Minute | None:
    """Give when a job was promised: its deadline, else its due minute; None when it has neither."""
    return job.deadline_minute if job.deadline_minute is not None else job.due_minute


@dataclass(frozen=True, slots=True)
class _Arrival:
    plan: PlannedJob
    arrival: Minute

    @property
    def job(self) -> Job:
        return self.plan.job


_OFFERED, _RUN, _SETUP = 0, 1, 2


class _Clocks:
    """Working minutes by work center and bucket, counted on each unit's own calendar."""

    def __init__(
        self,
        units: Mapping[int, WorkUnit],
        from_minute: Minute,
        until_minute: Minute,
        kind: BucketKind | None,
        zones: Mapping[str, ZoneInfo],
    ) -> None:
        self.minutes: dict[tuple[str, Bucket | None], list[int]] = {}
        self._units = units
        self._period = (from_minute, until_minute)
        made = {unit.windows: WorkCalendar(unit.windows) for unit in units.values()}
        self._calendars = {unit.id: made[unit.windows] for unit in units.values()}
        self._axes = {
            site: Axis(zones[site], from_minute=from_minute, until_minute=until_minute, kind=kind)
            for site in {unit.site for unit in units.values()}
            if kind is not None
        }

    def count(self, unit_id: int, start: Minute, end: Minute, what: int) -> None:
        """Count the working minutes of a unit in [start, end), cut to the period."""
        unit = self._units.get(unit_id)
        start, end = max(start, self._period[0]), min(end, self._period[1])
        if unit is None or start >= end:
            return
        calendar = self._calendars[unit_id]
        axis = self._axes.get(unit.site)
        parts: Iterable[tuple[Bucket | None, Minute, Minute]] = [(None, start, end)]
        if axis is not None:
            parts = [(part.bucket, part.from_minute, part.until_minute) for part in axis.parts(start, end)]
        for bucket, first, last in parts:
            worked = calendar.work_at(last) - calendar.work_at(first)
            if worked:
                self.minutes.setdefault((unit.work_center, bucket), [0, 0, 0])[what] += worked


def _by_center_and_time(item: tuple[tuple[str, Bucket | None], object]) -> tuple[str, int, int]:
    center, bucket = item[0]
    return (center, 0, 0) if bucket is None else (center, bucket.on.toordinal(), bucket.part or 0)


def _total(times: Iterable[CenterTime], units: Mapping[int, WorkUnit]) -> CenterTime:
    """Sum over the work centers that make; tools and people that only help are not counted twice."""
    making = {unit.work_center for unit in units.values() if not unit.is_secondary}
    counted = [item for item in times if item.work_center in making]
    return CenterTime(
        "",
        None,
        sum(item.offered_minutes for item in counted),
        sum(item.run_minutes for item in counted),
        sum(item.setup_minutes for item in counted),
    )


def _on_time(arriving: Sequence[_Arrival]) -> Kpi:
    promised = [(item.arrival, limit) for item in arriving if (limit := promise_minute(item.job)) is not None]
    return _share("on_time_delivery", sum(arrival <= limit for arrival, limit in promised), len(promised),
                  Gap.NO_PROMISE if arriving else Gap.NO_JOBS)


def _tardiness(arriving: Sequence[_Arrival]) -> tuple[Kpi, Kpi, Kpi]:
    late = [(max(0, item.arrival - target), item.job.weight)
            for item in arriving if (target := target_minute(item.job)) is not None]
    gap = None if late else Gap.NO_PROMISE if arriving else Gap.NO_JOBS
    minutes = [item for item, _ in late]
    weights = sum(weight for _, weight in late)
    weighted = sum(item * weight for item, weight in late)
    return (
        Kpi("tardiness_mean", Unit.MINUTES, sum(minutes), len(minutes), gap),
        Kpi("tardiness_max", Unit.MINUTES, max(minutes, default=0), 1, gap),
        Kpi("tardiness_weighted", Unit.MINUTES, weighted, weights, gap if weights else gap or Gap.NO_JOBS),
    )


def _work_in_process(plans: Sequence[PlannedJob], from_minute: Minute, until_minute: Minute) -> Kpi:
    minutes = sum(_overlap(plan.placements, from_minute, until_minute) for plan in plans if plan.placements)
    length = max(until_minute - from_minute, 0)
    return Kpi("work_in_process", Unit.JOBS, minutes, length, None if length else Gap.NO_TIME)


def _overlap(placements: Sequence[Placement], from_minute: Minute, until_minute: Minute) -> int:
    first = min(placement.setup_start_minute for placement in placements)
    last = max(placement.end_minute for placement in placements)
    return max(0, min(last, until_minute) - max(first, from_minute))


def _share(code: str, numerator: int, denominator: int, gap: Gap) -> Kpi:
    return Kpi(code, Unit.SHARE, numerator, denominator, None if denominator else gap)


def _mean(code: str, unit: Unit, values: Sequence[int]) -> Kpi:
    return Kpi(code, unit, sum(values), len(values), None if values else Gap.NO_JOBS)


def _sum(code: str, unit: Unit, values: Sequence[int]) -> Kpi:
    return Kpi(code, unit, sum(values), 1, None if values else Gap.NO_JOBS)
