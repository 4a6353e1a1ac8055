"""Use cases of scheduling: publish the plants, promise, hold and confirm capacity, read the schedule.

Sessions come first and are never committed here; ``now`` is aware UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.plant import Network, SecondaryResource, WorkCenter, unit_code
from scheduling.calendar import day_end_minute, first_minute_from, local_date, minute_at
from scheduling.calendar_changes import with_reported
from scheduling.capacity import (
    HORIZON_DAYS,
    LONGEST_HORIZON_DAYS,
    cancel_job,
    confirm_hold,
    expire_holds,
    extend_hold,
    get_hold,
    hold,
    list_holds,
    release_hold,
)
from scheduling.codec import job_from_json, network_as_json, network_hash
from scheduling.errors import (
    DestinationUnknown,
    HoldClosed,
    HoldExpired,
    HoldLost,
    HoldNotFound,
    JobInvalid,
    JobStarted,
    NetworkMissing,
    ProposalNotFound,
    ProposalOutdated,
    ScheduleInvalid,
    WorkUnitNotFound,
)
from scheduling.event_store import list_calendar_changes
from scheduling.problem import Job, Minute
from scheduling.problem_check import require_sound
from scheduling.promise import Promise, Shortage, promise
from scheduling.publishing import Proposal, list_moved_grams, publish_proposal
from scheduling.rebooking import without_bookings
from scheduling.replanning import (
    Replanning,
    get_proposal,
    list_proposals,
    load_replanning,
    pin_booking,
    propose_replan,
    save_proposal,
    withdraw_proposal,
)
from scheduling.schedule import Booking, CenterLoad, WorkUnitEntry
from scheduling.snapshot import Snapshot
from scheduling.store import (
    LIVE_STATES,
    area_network,
    bookings_query,
    find_area,
    load_units,
    lock_area,
    next_version,
    read_bookings,
)
from scheduling.store import load_snapshot as follow_snapshot
from scheduling.tables import BookingRow, DowntimeRow, HoldRow, PlanningAreaRow, WorkUnitRow
from scheduling.unit_reading import read_units

__all__ = [
    "HORIZON_DAYS",
    "DestinationUnknown",
    "HoldClosed",
    "HoldExpired",
    "HoldLost",
    "HoldNotFound",
    "JobInvalid",
    "JobStarted",
    "NetworkMissing",
    "Proposal",
    "ProposalNotFound",
    "ProposalOutdated",
    "Replanning",
    "ScheduleInvalid",
    "WorkUnitNotFound",
    "cancel_job",
    "confirm_hold",
    "expire_holds",
    "extend_hold",
    "get_hold",
    "get_jobs",
    "get_network_hash",
    "get_plan_version",
    "get_planning_network",
    "get_proposal",
    "hold",
    "list_bookings",
    "list_holds",
    "list_loads",
    "list_moved_grams",
    "list_proposals",
    "list_work_units",
    "load_replanning",
    "load_snapshot",
    "lock_area",
    "pin_booking",
    "promise_job",
    "propose_replan",
    "publish_network",
    "publish_proposal",
    "release_hold",
    "report_downtime",
    "save_proposal",
    "withdraw_proposal",
]


def publish_network(session: Session, *, network: Network, now: datetime) -> tuple[WorkUnitEntry, ...]:
    """Make a network of plants the one that is planned on.

    Each work center and secondary resource gives its units as ``<work center>-<number>``, so a unit keeps its
    identity from one publication to the next; units that are gone stay as inactive rows, with their bookings.
    Holidays and overtime that people reported hold for the new network too.

    Returns
    -------
    tuple of WorkUnitEntry
        The active units, by id.
    """
    if find_area(session) is None:
        session.add(
            PlanningAreaRow(code=network.code, version=0, network_version=0, network={}, network_hash="",
                            published_at=now)
        )
        session.flush()
    area = lock_area(session)
    network = with_reported(network, list_calendar_changes(session))
    area.code, area.network, area.published_at = network.code, network_as_json(network), now
    area.network_hash = network_hash(network)
    area.network_version = next_version(session, area)
    known = {row.code: row for row in session.scalars(select(WorkUnitRow))}
    for row in known.values():
        row.is_active = False
    companies = {site.code: site.company for site in network.sites}
    members: tuple[WorkCenter | SecondaryResource, ...] = (*network.work_centers, *network.secondary_resources)
    for member in members:
        for number in range(1, member.unit_count + 1):
            code = unit_code(member.code, number)
            row = known.get(code) or WorkUnitRow(code=code, area_id=area.id)
            row.work_center, row.site, row.company = member.code, member.site, companies[member.site]
            row.capability, row.is_active = member.capability, True
            _set_abilities(row, member, number)
            session.add(row)
    session.flush()
    return tuple(unit for unit in list_work_units(session) if unit.is_active)


def _set_abilities(row: WorkUnitRow, member: WorkCenter | SecondaryResource, number: int) -> None:
    row.is_secondary = isinstance(member, SecondaryResource)
    row.setup_minutes, row.setup_matrix, row.further_capabilities = 0, [], []
    if isinstance(member, WorkCenter):
        row.setup_minutes, row.setup_matrix = member.setup_minutes, [list(change) for change in member.setup_matrix]
        row.further_capabilities = [*member.further_capabilities, *member.unit_terms(number).further_capabilities]


def list_work_units(session: Session) -> tuple[WorkUnitEntry, ...]:
    """List every work unit by id, inactive ones too; empty before a network is published."""
    return read_units(session)


def get_plan_version(session: Session) -> tuple[int, int]:
    """Give what every change of the plants and of what is booked on them raises; zeros before a network."""
    area = find_area(session)
    return (0, 0) if area is None else (area.network_version, area.version)


def get_planning_network(session: Session) -> Network:
    """Give the network that is planned on.

    Raises
    ------
    NetworkMissing
        None has been published.
    """
    area = find_area(session)
    if area is None:
        raise NetworkMissing("No plants are known yet; publish a network first.")
    return area_network(area)


def get_network_hash(session: Session) -> str:
    """Give the SHA-256 of the terms of the network that is planned on; raise NetworkMissing when there is none."""
    area = find_area(session)
    if area is None:
        raise NetworkMissing("No plants are known yet; publish a network first.")
    return area.network_hash


def load_snapshot(session: Session, *, now: datetime, horizon_days: int = HORIZON_DAYS) -> Snapshot:
    """Give the planning area's timelines as this transaction sees them.

    Parameters
    ----------
    now
        The horizon begins at the UTC day before it.
    horizon_days
        Days ahead that windows are made for.

    Returns
    -------
    Snapshot
        Shared within the process: read it, never change it.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    return follow_snapshot(session, now=now, horizon_days=horizon_days)


def promise_job(
    session: Session, *, job: Job, now: datetime, without_holds: Collection[int] = ()
) -> Promise:
    """Promise a job on what is booked now; the horizon is extended when time is short.

    Parameters
    ----------
    job
        Nothing of it is planned before ``release_minute``, nor before ``now``.
    now
        Aware UTC.
    without_holds
        Holds whose places count as free, because the job stands in for theirs.

    Returns
    -------
    Promise
        ``NO_CAPACITY`` as a value when nothing fits within the longest horizon.

    Raises
    ------
    NetworkMissing
        No network has been published.
    DestinationUnknown
        The destination has no known distance.
    JobInvalid
        The job could not be planned on any plants.
    """
    job = replace(job, release_minute=max(job.release_minute, first_minute_from(now)))
    freed = [booking for hold_id in without_holds for booking in get_hold(session, hold_id=hold_id).bookings]
    snapshot = without_bookings(load_snapshot(session, now=now), freed)
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    require_sound(job, units, snapshot.legs.leg, minute_at(now), minute_at(now + timedelta(days=LONGEST_HORIZON_DAYS)))
    answer = promise(snapshot, job)
    if answer.shortage is Shortage.NO_TIME:
        longest = load_snapshot(session, now=now, horizon_days=LONGEST_HORIZON_DAYS)
        answer = promise(without_bookings(longest, freed), job)
    return answer


def list_bookings(
    session: Session, *, from_minute: Minute, until_minute: Minute, work_center: str | None = None
) -> tuple[Booking, ...]:
    """List the live bookings that touch [from_minute, until_minute), in time order."""
    query = bookings_query().where(
        BookingRow.state.in_(LIVE_STATES),
        BookingRow.end_minute > from_minute,
        BookingRow.setup_start_minute < until_minute,
    )
    if work_center is not None:
        query = query.where(WorkUnitRow.work_center == work_center)
    return read_bookings(session, query)


def get_jobs(session: Session, *, hold_ids: Iterable[int] | None = None) -> dict[int, Job]:
    """Give the jobs of live holds by hold id; of the named ones when ids are given."""
    query = select(HoldRow.id, HoldRow.job).where(HoldRow.state.in_(("held", "confirmed")))
    if hold_ids is not None:
        query = query.where(HoldRow.id.in_(tuple(hold_ids)))
    return {hold_id: job_from_json(document) for hold_id, document in session.execute(query)}


def list_loads(session: Session, *, from_on: date, until_on: date) -> tuple[CenterLoad, ...]:
    """Compare what is booked with what is offered, per work center and plant-local day.

    Parameters
    ----------
    from_on, until_on
        Plant-local days, the last one exclusive.

    Returns
    -------
    tuple of CenterLoad
        By work center and day; days on which nothing is offered or booked are left out.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    network = get_planning_network(session)
    sites = {site.code: site for site in network.sites}
    from_minute = min(day_end_minute(site, from_on - timedelta(days=1)) for site in sites.values())
    until_minute = max(day_end_minute(site, until_on - timedelta(days=1)) for site in sites.values())
    offered: dict[tuple[str, date], int] = {}
    booked: dict[tuple[str, date], int] = {}
    units = {
        unit.id: unit
        for unit in load_units(session, network, from_minute=from_minute, until_minute=until_minute)
        if not unit.is_secondary
    }
    for unit in units.values():
        for start, end in unit.windows:
            key = (unit.work_center, local_date(sites[unit.site], start))
            offered[key] = offered.get(key, 0) + end - start
    for booking in list_bookings(session, from_minute=from_minute, until_minute=until_minute):
        if booking.unit_id not in units:
            continue
        for start, end in units[booking.unit_id].windows:
            minutes = min(end, booking.end_minute) - max(start, booking.setup_start_minute)
            if minutes > 0:
                key = (booking.work_center, local_date(sites[booking.site], start))
                booked[key] = booked.get(key, 0) + minutes
    center_sites = {center.code: center.site for center in network.work_centers}
    return tuple(
        CenterLoad(center, center_sites[center], day, offered.get((center, day), 0), booked.get((center, day), 0))
        for center, day in sorted(offered.keys() | booked.keys())
        if from_on <= day < until_on
    )


def report_downtime(
    session: Session, *, unit_id: int, from_minute: Minute, until_minute: Minute, reason: str, now: datetime
) -> tuple[Booking, ...]:
    """Record that a work unit cannot work for a time; nothing is moved.

    Parameters
    ----------
    from_minute, until_minute
        Half-open, ``until_minute`` later.
    reason
        For people, at most 200 characters.

    Returns
    -------
    tuple of Booking
        The live bookings it hits, to be repaired by a proposal.

    Raises
    ------
    WorkUnitNotFound
        No such unit.
    """
    area = lock_area(session)
    if session.get(WorkUnitRow, unit_id) is None:
        raise WorkUnitNotFound("There is no such work unit.", unit_id=unit_id)
    version = next_version(session, area)
    area.network_version = version
    session.add(
        DowntimeRow(
            unit_id=unit_id,
            from_minute=from_minute,
            until_minute=until_minute,
            reason=reason,
            reported_at=now,
            changed_in_version=version,
        )
    )
    session.flush()
    return tuple(
        booking
        for booking in list_bookings(session, from_minute=from_minute, until_minute=until_minute)
        if unit_id in (booking.unit_id, booking.secondary_unit_id) and booking.end_minute > minute_at(now)
    )
