"""What happens in the plants: machines down and up, people absent, capacity withdrawn, working time changed.

Sessions come first and are never committed here; ``now`` is aware UTC. Each call takes the planning area's lock,
stores the change, and answers with what it hits and how that is repaired. The same report made twice is one event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from scheduling import service
from scheduling.calendar import day_end_minute, first_minute_from, minute_at
from scheduling.calendar_changes import DayWindow, with_holiday, with_overtime
from scheduling.errors import PlaceUnknown, ReportInvalid, UnitNotDown, WorkUnitNotFound
from scheduling.event_answer import answer, require_period
from scheduling.event_repair import Disruption
from scheduling.event_runs import Place
from scheduling.event_store import Draft, find_answer, require_readable
from scheduling.event_tables import ScheduleEventRow
from scheduling.problem import Minute
from scheduling.publishing import proposal_row
from scheduling.schedule import WorkUnitEntry
from scheduling.schedule_event import EventKind, EventOutcome, Report
from scheduling.store import LIVE_STATES, area_network, lock_area, next_version, unit_entry
from scheduling.tables import BookingRow, DowntimeRow, WorkUnitRow


def report_machine_down(
    session: Session, *, unit_id: int, from_minute: Minute, until_minute: Minute, report: Report, now: datetime
) -> EventOutcome:
    """Record that a work unit cannot work for a time, and propose a repair.

    A run under way on it ends later by what it loses; what then cannot stand gives way at once.

    Parameters
    ----------
    unit_id
        A machine, bench, tool or person.
    from_minute, until_minute
        Half-open.
    report
        Who, why.
    now
        Aware UTC.

    Returns
    -------
    EventOutcome
        The same as before when the same is reported again.

    Raises
    ------
    WorkUnitNotFound
        No such unit.
    ReportInvalid
        The time ends before it begins or lies too far away, or the cause is missing.
    """
    lock_area(session)
    unit = _unit(session, unit_id)
    require_readable(report)
    require_period(from_minute=from_minute, until_minute=until_minute, now=now)
    named = {"unit": unit.code, "unit_id": unit.id, "site": unit.site}
    draft = Draft(EventKind.MACHINE_DOWN, report, named, from_minute, until_minute)
    return find_answer(session, draft) or _close(session, draft, [unit.id], now=now)


def report_machine_up(
    session: Session, *, unit_id: int, at_minute: Minute, report: Report, now: datetime
) -> EventOutcome:
    """Record that a work unit works again before its downtime was to end.

    Only what was reported as a machine down ends: absent people and withdrawn capacity stay away.
    Open repairs that answered the downtime are withdrawn. What was booked on the unit while it stood still, and was
    not moved, cannot have been made: it is placed again at once.

    Parameters
    ----------
    at_minute
        From when on it works.
    now
        Aware UTC.

    Raises
    ------
    WorkUnitNotFound
        No such unit.
    UnitNotDown
        It is not down at that minute.
    """
    lock_area(session)
    unit = _unit(session, unit_id)
    require_readable(report)
    named = {"unit": unit.code, "unit_id": unit.id, "site": unit.site}
    draft = Draft(EventKind.MACHINE_UP, report, named, at_minute)
    known = find_answer(session, draft)
    if known is not None:
        return known
    downtimes = _repairable(session, unit_id, at_minute)
    if not downtimes:
        raise UnitNotDown(f"{unit.code} is not down then.", unit=unit.code, at_minute=at_minute)
    missed = _missed(session, unit_id, min(row.from_minute for row in downtimes), at_minute, now=now)
    _withdraw_repairs(session, unit_id)
    area = lock_area(session)
    version = next_version(session, area)
    area.network_version = version
    for row in downtimes:
        if row.from_minute == at_minute:
            session.delete(row)
        else:
            row.until_minute, row.changed_in_version = at_minute, version
    session.flush()
    return answer(session, draft, Disruption(gone=missed, is_forced=bool(missed)), now=now)


def report_operator_absent(
    session: Session, *, work_center: str, headcount: int, from_minute: Minute, until_minute: Minute,
    report: Report, now: datetime,
) -> EventOutcome:
    """Record that people are absent from a work center (or secondary resource) for a time.

    So many of its units stand still as people are missing: those with the least booked work in that time, and none
    that stands still then anyway as long as another works.

    Parameters
    ----------
    work_center
        Its code.
    headcount
        People missing, at least 1 and at most as many as it has active units.
    now
        Aware UTC.

    Raises
    ------
    PlaceUnknown
        No such work center.
    ReportInvalid
        More are missing than are there (``detail["there"]``), the head count or the time is out of bounds, or the
        cause is missing.
    """
    lock_area(session)
    require_readable(report)
    require_period(from_minute=from_minute, until_minute=until_minute, now=now)
    draft = Draft(EventKind.OPERATOR_ABSENT, report, {"work_center": work_center, "headcount": headcount},
                  from_minute, until_minute)
    known = find_answer(session, draft)
    if known is not None:
        return known
    units = _units(session, WorkUnitRow.work_center == work_center)
    if not units:
        raise PlaceUnknown("There is no such work center.", work_center=work_center)
    if not 1 <= headcount <= len(units):
        raise ReportInvalid(f"From 1 to {len(units)} people can be missing at {work_center}.", field="headcount",
                            work_center=work_center)
    down = {unit.id: _down_minutes(session, unit.id, from_minute, until_minute) for unit in units}
    there = [unit.id for unit in units if down[unit.id] < until_minute - from_minute]
    if headcount > len(there):
        raise ReportInvalid(f"Only {len(there)} of {work_center} work then.", field="headcount",
                            work_center=work_center, there=len(there))
    idle = sorted(there, key=lambda unit_id: (
        down[unit_id] > 0, _booked_minutes(session, unit_id, from_minute, until_minute), -unit_id))
    return _close(session, draft, idle[:headcount], now=now)


def report_capacity_withdrawn(
    session: Session, *, site: str, from_minute: Minute, until_minute: Minute, report: Report, now: datetime,
    work_center: str = "",
) -> EventOutcome:
    """Record that a partner takes back the capacity of a site, or of one work center there, for a time.

    Parameters
    ----------
    site
        Its code.
    work_center
        Empty for the whole site.
    now
        Aware UTC.

    Raises
    ------
    PlaceUnknown
        No such site, or no such work center at it.
    ReportInvalid
        The time is out of bounds, or the cause is missing.
    """
    lock_area(session)
    require_readable(report)
    require_period(from_minute=from_minute, until_minute=until_minute, now=now)
    named = {"site": site, "work_center": work_center}
    draft = Draft(EventKind.CAPACITY_WITHDRAWN, report, named, from_minute, until_minute)
    known = find_answer(session, draft)
    if known is not None:
        return known
    units = [unit for unit in _units(session, WorkUnitRow.site == site)
             if not work_center or unit.work_center == work_center]
    if not units:
        raise PlaceUnknown("There is no such site or work center.", site=site, work_center=work_center)
    return _close(session, draft, [unit.id for unit in units], now=now)


def report_holiday(session: Session, *, site: str, day: date, report: Report, now: datetime) -> EventOutcome:
    """Record that a site does not work, nor take goods, on a plant-local day.

    Parameters
    ----------
    day
        Not past, within the planning horizon.
    now
        Aware UTC.

    Raises
    ------
    PlaceUnknown
        No such site.
    ReportInvalid
        The day is out of bounds, or the cause is missing.
    """
    require_readable(report)
    network = area_network(lock_area(session))
    changed = with_holiday(network, site=site, day=day)
    place = network.site(site)
    start, end = day_end_minute(place, day - timedelta(days=1)), day_end_minute(place, day)
    draft = Draft(EventKind.CALENDAR_CHANGED, report, {"site": site, "day": day.isoformat()}, start, end)
    known = find_answer(session, draft)
    if known is not None:
        return known
    require_period(from_minute=start, until_minute=end, now=now)
    if end <= minute_at(now):
        raise ReportInvalid("This day is over.", field="day")
    service.publish_network(session, network=changed, now=now)
    unit_ids = [unit.id for unit in _units(session, WorkUnitRow.site == site)]
    # A shift that starts the day before may reach into the day, and one of the day into the next.
    reach = 1440
    return answer(session, draft, Disruption(unit_ids, start - reach, end + reach), now=now)


def report_overtime(
    session: Session, *, work_center: str, day: date, window: DayWindow, report: Report, now: datetime
) -> EventOutcome:
    """Record that a work center works longer on a plant-local day; nothing moves until a planning run uses it.

    Parameters
    ----------
    window
        Minutes of the day.
    now
        Aware UTC.

    Raises
    ------
    PlaceUnknown
        No such work center.
    ReportInvalid
        The day or the window is out of bounds, or the cause is missing.
    """
    require_readable(report)
    network = area_network(lock_area(session))
    changed = with_overtime(network, work_center=work_center, day=day, window=window)
    center = next(item for item in _units(session, WorkUnitRow.work_center == work_center))
    midnight = day_end_minute(network.site(center.site), day - timedelta(days=1))
    start, end = midnight + window[0], midnight + window[1]
    named = {"work_center": work_center, "day": day.isoformat(), "window": list(window)}
    draft = Draft(EventKind.CALENDAR_CHANGED, report, named, start, end)
    known = find_answer(session, draft)
    if known is not None:
        return known
    require_period(from_minute=start, until_minute=end, now=now)
    if end <= minute_at(now):
        raise ReportInvalid("This time is over.", field="day")
    service.publish_network(session, network=changed, now=now)
    return answer(session, draft, Disruption(), now=now)


def _unit(session: Session, unit_id: int) -> WorkUnitEntry:
    row = session.get(WorkUnitRow, unit_id) if 0 < unit_id < 2**31 else None
    if row is None:
        raise WorkUnitNotFound("There is no such work unit.", unit_id=unit_id)
    return unit_entry(row)


def _units(session: Session, condition: object) -> list[WorkUnitRow]:
    query = select(WorkUnitRow).where(condition, WorkUnitRow.is_active)  # type: ignore[arg-type]  # a comparison
    return list(session.scalars(query.order_by(WorkUnitRow.id)))


def _close(session: Session, draft: Draft, unit_ids: Iterable[int], *, now: datetime) -> EventOutcome:
    """Close units for the time of an event, and answer."""
    closed = tuple(unit_ids)
    if draft.from_minute is None or draft.until_minute is None:
        raise ReportInvalid("Say from when until when.", field="from_minute")
    for unit_id in closed:
        service.report_downtime(session, unit_id=unit_id, from_minute=draft.from_minute,
                                until_minute=draft.until_minute, reason=draft.report.cause[:200], now=now)
    return answer(session, draft, Disruption(closed, draft.from_minute, draft.until_minute), now=now)


def _booked_minutes(session: Session, unit_id: int, from_minute: Minute, until_minute: Minute) -> int:
    rows = session.execute(
        select(BookingRow.start_minute, BookingRow.end_minute).where(
            BookingRow.state.in_(LIVE_STATES), BookingRow.end_minute > from_minute,
            BookingRow.setup_start_minute < until_minute,
            or_(BookingRow.unit_id == unit_id, BookingRow.secondary_unit_id == unit_id))
    )
    return sum(min(end, until_minute) - max(start, from_minute) for start, end in rows)


def _down_minutes(session: Session, unit_id: int, from_minute: Minute, until_minute: Minute) -> int:
    """Give how many minutes of a period a unit is down, counting none twice."""
    rows = session.execute(
        select(DowntimeRow.from_minute, DowntimeRow.until_minute).where(
            DowntimeRow.unit_id == unit_id, DowntimeRow.from_minute < until_minute,
            DowntimeRow.until_minute > from_minute).order_by(DowntimeRow.from_minute)
    )
    spent, reached = 0, from_minute
    for start, end in rows:
        spent += max(0, min(end, until_minute) - max(start, reached))
        reached = max(reached, min(end, until_minute))
    return spent


def _repairable(session: Session, unit_id: int, at_minute: Minute) -> list[DowntimeRow]:
    """Give the downtimes of a unit at a minute that absent people or a partner did not make."""
    others = (EventKind.OPERATOR_ABSENT.value, EventKind.CAPACITY_WITHDRAWN.value)
    made = {(row.at, row.from_minute, row.cause) for row in session.scalars(
        select(ScheduleEventRow).where(ScheduleEventRow.kind.in_(others), ScheduleEventRow.from_minute <= at_minute,
                                       ScheduleEventRow.until_minute > at_minute))}
    rows = session.scalars(
        select(DowntimeRow).where(DowntimeRow.unit_id == unit_id, DowntimeRow.from_minute <= at_minute,
                                  DowntimeRow.until_minute > at_minute))
    return [row for row in rows if (row.reported_at, row.from_minute, row.reason.strip()) not in made]


def _missed(
    session: Session, unit_id: int, from_minute: Minute, until_minute: Minute, *, now: datetime
) -> frozenset[Place]:
    """Give what was to begin on a unit while it stood still, by now."""
    query = select(BookingRow.hold_id, BookingRow.operation).where(
        BookingRow.unit_id == unit_id, BookingRow.state.in_(LIVE_STATES), BookingRow.is_pinned.is_(False),
        BookingRow.start_minute >= from_minute, BookingRow.start_minute < until_minute,
        BookingRow.setup_start_minute < first_minute_from(now),
    )
    return frozenset((row.hold_id, row.operation) for row in session.execute(query))


def _withdraw_repairs(session: Session, unit_id: int) -> None:
    """Put open repairs away that answered downtimes of one unit alone."""
    rows: Collection[ScheduleEventRow] = session.scalars(
        select(ScheduleEventRow).where(ScheduleEventRow.kind == EventKind.MACHINE_DOWN.value,
                                       ScheduleEventRow.proposal_id.is_not(None))
    ).all()
    for row in rows:
        if row.named.get("unit_id") == unit_id and row.proposal_id is not None:
            proposal = proposal_row(session, row.proposal_id)
            if proposal.state == "open":
                proposal.state = "withdrawn"
