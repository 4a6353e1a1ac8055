"""Use case of the planner's figures: the live plan measured over a period of plant-local days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from scheduling.buckets import BucketKind
from scheduling.calendar import day_end_minute
from scheduling.codec import job_from_json
from scheduling.errors import NetworkMissing
from scheduling.kpis import CenterTime, Delivery, Kpi, center_times, compute_kpis
from scheduling.network import LegTable
from scheduling.problem import Minute
from scheduling.schedule import Booking, PlannedJob
from scheduling.store import LIVE_STATES, area_network, bookings_query, find_area, load_units, read_bookings
from scheduling.tables import BookingRow, HoldRow


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """Key figures of the live plan over [from, until), and the minutes of each work center by bucket and as a whole."""

    kpis: tuple[Kpi, ...]
    centers: tuple[CenterTime, ...]
    buckets: tuple[CenterTime, ...]
    from_minute: Minute
    until_minute: Minute


def measure_plan(
    session: Session,
    *,
    from_on: date,
    until_on: date,
    kind: BucketKind = BucketKind.DAY,
    deliveries: Sequence[Delivery] = (),
) -> PlanFigures:
    """Measure what is booked: held for quotes, confirmed, running and done.

    Parameters
    ----------
    session
        Only read.
    from_on, until_on
        Days in the time zone of the network's first site, the last one exclusive.
    kind
        How long the buckets of the work centers are.
    deliveries
        Orders that reached their customers in the period, for the accuracy of promises.

    Returns
    -------
    PlanFigures
        Key figures with reasons instead of values when nothing is booked.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    area = find_area(session)
    if area is None:
        raise NetworkMissing("No plants are known yet; publish a network first.")
    network = area_network(area)
    first = network.sites[0]
    from_minute = day_end_minute(first, from_on - timedelta(days=1))
    until_minute = max(day_end_minute(first, until_on - timedelta(days=1)), from_minute)
    units = {unit.id: unit
             for unit in load_units(session, network, from_minute=from_minute, until_minute=until_minute,
                                    has_gone=True)}
    planned = _planned_jobs(session, from_minute=from_minute, until_minute=until_minute)
    legs = LegTable(network.transport, network.distance_km)
    zones = {site.code: ZoneInfo(site.time_zone) for site in network.sites}
    return PlanFigures(
        kpis=compute_kpis(planned, units, legs.leg, from_minute=from_minute, until_minute=until_minute,
                          deliveries=deliveries),
        centers=center_times(planned, units, from_minute=from_minute, until_minute=until_minute),
        buckets=center_times(planned, units, from_minute=from_minute, until_minute=until_minute, kind=kind,
                             zones=zones),
        from_minute=from_minute,
        until_minute=until_minute,
    )


def _planned_jobs(session: Session, *, from_minute: Minute, until_minute: Minute) -> tuple[PlannedJob, ...]:
    """Give the live jobs that work or arrive in the period, those that are partly canceled left out."""
    touches = exists().where(
        BookingRow.hold_id == HoldRow.id, BookingRow.state.in_(LIVE_STATES),
        BookingRow.end_minute > from_minute, BookingRow.setup_start_minute < until_minute,
    )
    arrives = (HoldRow.arrival_minute >= from_minute) & (HoldRow.arrival_minute < until_minute)
    is_asked_for = HoldRow.state.in_(("held", "confirmed")) & or_(touches, arrives)
    rows = session.execute(select(HoldRow.id, HoldRow.job).where(is_asked_for).order_by(HoldRow.id)).all()
    of_these = BookingRow.hold_id.in_(select(HoldRow.id).where(is_asked_for))
    by_hold: dict[int, list[Booking]] = {}
    for booking in read_bookings(session, bookings_query().where(BookingRow.state.in_(LIVE_STATES), of_these)):
        by_hold.setdefault(booking.hold_id, []).append(booking)
    planned = []
    for row in rows:
        job, bookings = job_from_json(row.job), sorted(by_hold.get(row.id, ()), key=lambda item: item.operation)
        if len(bookings) == len(job.operations):
            planned.append(PlannedJob(job, tuple(booking.placement for booking in bookings)))
    return tuple(planned)
