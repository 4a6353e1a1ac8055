"""Rows of scheduling ↔ values, the writer's lock, and the in-process snapshot that follows the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, Row, Select, and_, func, select, update
from sqlalchemy.orm import Session

from catalog.plant import Network
from scheduling.calendar import (
    MINUTES_PER_DAY,
    Window,
    local_date,
    minute_at,
    offered_share,
    site_windows,
    without,
)
from scheduling.codec import job_from_json, network_from_json
from scheduling.errors import NetworkMissing
from scheduling.network import LegTable
from scheduling.problem import Minute, WorkUnit
from scheduling.schedule import Booking, BookingState, Hold, HoldState, WorkUnitEntry
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.tables import BookingRow, DowntimeRow, HoldRow, PlanningAreaRow, WorkUnitRow
from scheduling.timeline import Slot, Timeline

LIVE_STATES = ("held", "booked")
_WRITER = "onelot_planning_writer"
_IDS_IN_ONE_STATEMENT = 500
_LOCKED = "onelot_planning_lock"

_snapshots: WeakKeyDictionary[Engine, dict[int, tuple[tuple[object, ...], Snapshot]]] = WeakKeyDictionary()
_snapshots_lock = Lock()


def lock_area(session: Session) -> PlanningAreaRow:
    """Take the writer's lock of the planning area for the rest of the transaction.

    Raises
    ------
    NetworkMissing
        No network has been published.
    """
    locked = _locked_area(session)
    if locked is not None:
        return locked
    query = select(PlanningAreaRow).with_for_update().execution_options(populate_existing=True)
    area = session.scalars(query).first()
    if area is None:
        raise NetworkMissing("No plants are known yet; publish a network first.")
    session.info[_LOCKED] = (session.get_transaction(), area)
    return area


def _locked_area(session: Session) -> PlanningAreaRow | None:
    """Give the area that this transaction has locked: nobody else can change it, so it need not be read again."""
    transaction, area = session.info.get(_LOCKED, (None, None))
    return area if transaction is not None and transaction is session.get_transaction() else None


def find_area(session: Session) -> PlanningAreaRow | None:
    """Give the planning area as it stands in the database now; None when no network is published."""
    locked = _locked_area(session)
    if locked is not None:
        return locked
    return session.scalars(select(PlanningAreaRow).execution_options(populate_existing=True)).first()


_networks: dict[str, Network] = {}
_MOST_NETWORKS = 16


def area_network(area: PlanningAreaRow) -> Network:
    """Give the network of a planning area, parsed once per process for each content."""
    network = _networks.get(area.network_hash)
    if network is None:
        network = network_from_json(area.network)
        if len(_networks) >= _MOST_NETWORKS:
            _networks.clear()
        _networks[area.network_hash] = network
    return network


def next_version(session: Session, area: PlanningAreaRow) -> int:
    """Raise the planning area's version; every row that changes with it carries it."""
    session.info[_WRITER] = session.get_transaction()
    area.version += 1
    session.flush()
    return area.version


def load_snapshot(session: Session, *, now: datetime, horizon_days: int) -> Snapshot:
    """Give the snapshot of the planning area as this transaction sees it.

    The process keeps the last one and replays only what changed since; a transaction that has written
    gets its own, which nobody else sees before the commit.
    """
    area = find_area(session)
    if area is None:
        raise NetworkMissing("No plants are known yet; publish a network first.")
    from_minute = minute_at(now) // MINUTES_PER_DAY * MINUTES_PER_DAY - MINUTES_PER_DAY
    key = (area.id, area.network_version, area.published_at, from_minute)
    bind = session.get_bind()
    with _snapshots_lock:
        kept_key, kept = _snapshots.get(bind.engine, {}).get(horizon_days, ((), None))
    snapshot = None
    if kept is not None and kept_key == key and kept.version <= area.version:
        if kept.version == area.version:
            return kept
        snapshot = _follow(session, kept, area.version)
    if snapshot is None:
        until_minute = from_minute + (horizon_days + 1) * MINUTES_PER_DAY
        snapshot = _load_whole(session, area, from_minute, until_minute)
    is_committed = session.info.get(_WRITER) is None or session.info[_WRITER] is not session.get_transaction()
    if is_committed and isinstance(bind, Engine):
        with _snapshots_lock:
            _snapshots.setdefault(bind, {})[horizon_days] = (key, snapshot)
    return snapshot


def forget_snapshots() -> None:
    """Drop what this process remembers; the next snapshot is read from the database whole."""
    with _snapshots_lock:
        _snapshots.clear()


def _load_whole(
    session: Session, area: PlanningAreaRow, from_minute: Minute, until_minute: Minute
) -> Snapshot:
    """Build the snapshot anew; its windows reach beyond the last booking, so that every setup is known."""
    last_end = session.scalar(select(func.max(BookingRow.end_minute)).where(_is_live()))
    if last_end is not None and last_end >= until_minute:
        until_minute = (last_end // MINUTES_PER_DAY + 1) * MINUTES_PER_DAY
    network = area_network(area)
    units = load_units(session, network, from_minute=from_minute, until_minute=until_minute)
    runs: dict[int, list[tuple[int, Slot, str]]] = {}
    for row in session.execute(_runs().where(_is_live(), BookingRow.end_minute > from_minute)):
        runs.setdefault(row.unit_id, []).append((row.id, _slot(row), row.setup_family))
    return make_snapshot(
        units,
        LegTable(network.transport, network.distance_km),
        runs=runs,
        families_before=load_families_before(session, from_minute),
        version=area.version,
        from_minute=from_minute,
        until_minute=until_minute,
    )


def _follow(session: Session, kept: Snapshot, version: int) -> Snapshot | None:
    """Replay what changed since; None when a booking now lies beyond the horizon."""
    rows = session.execute(_runs().where(BookingRow.changed_in_version > kept.version)).all()
    touched: dict[int, Timeline] = {}

    def writable(unit_id: int) -> Timeline:
        if unit_id not in touched:
            touched[unit_id] = kept.timelines[unit_id].copy()
        return touched[unit_id]

    if any(row.state in LIVE_STATES and row.end_minute >= kept.until_minute for row in rows):
        return None
    changed = [row for row in rows if not _stands_already(kept, row)]
    for row in changed:
        for unit_id, timeline in kept.timelines.items():
            if row.id in timeline.places:
                writable(unit_id).remove(row.id)
    for row in changed:
        if row.state in LIVE_STATES and row.end_minute > kept.from_minute and row.unit_id in kept.timelines:
            writable(row.unit_id).add(row.id, _slot(row), setup_family=row.setup_family)
    return kept.replaced(touched, version=version)


def _stands_already(kept: Snapshot, row: Row[int, int, int, int, int, str, str]) -> bool:
    """Tell whether a changed row changes nothing on the timelines: a confirmation, a setup, a pin."""
    timeline = kept.timelines.get(row.unit_id)
    run = timeline.places.get(row.id) if timeline is not None else None
    return (
        run is not None
        and row.state in LIVE_STATES
        and (run.start_minute, run.end_minute) == (row.start_minute, row.end_minute)
    )


def _runs() -> Select[int, int, int, int, int, str, str]:
    return select(
        BookingRow.id,
        BookingRow.unit_id,
        BookingRow.setup_start_minute,
        BookingRow.start_minute,
        BookingRow.end_minute,
        BookingRow.setup_family,
        BookingRow.state,
    )


def _is_live() -> ColumnElement[bool]:
    return BookingRow.state.in_(LIVE_STATES)


def _slot(row: Row[int, int, int, int, int, str, str]) -> Slot:
    return Slot(row.setup_start_minute, row.start_minute, row.end_minute)


def load_families_before(session: Session, minute: Minute) -> dict[int, str]:
    """Give, per unit, the setup family of its last live booking that ended by a minute."""
    last = (
        select(BookingRow.unit_id, func.max(BookingRow.end_minute).label("end_minute"))
        .where(_is_live(), BookingRow.end_minute <= minute)
        .group_by(BookingRow.unit_id)
        .subquery()
    )
    query = select(BookingRow.unit_id, BookingRow.setup_family).join(
        last, and_(BookingRow.unit_id == last.c.unit_id, BookingRow.end_minute == last.c.end_minute)
    )
    return dict(iter(session.execute(query.where(_is_live()))))


def load_units(
    session: Session, network: Network, *, from_minute: Minute, until_minute: Minute
) -> tuple[WorkUnit, ...]:
    """Give the active work units with the windows they offer in a period, downtimes cut out."""
    closures: dict[int, list[Window]] = {}
    query = select(DowntimeRow.unit_id, DowntimeRow.from_minute, DowntimeRow.until_minute)
    for unit_id, start, end in session.execute(query.where(DowntimeRow.until_minute > from_minute)):
        closures.setdefault(unit_id, []).append((start, end))
    windows = center_windows(network, from_minute=from_minute, until_minute=until_minute)
    rows = session.scalars(select(WorkUnitRow).where(WorkUnitRow.is_active).order_by(WorkUnitRow.id))
    return tuple(
        WorkUnit(
            id=row.id,
            code=row.code,
            work_center=row.work_center,
            site=row.site,
            company=row.company,
            setup_minutes=row.setup_minutes,
            windows=without(windows[row.work_center], closures.get(row.id, ())),
        )
        for row in rows
    )


def center_windows(
    network: Network, *, from_minute: Minute, until_minute: Minute
) -> dict[str, tuple[Window, ...]]:
    """Give the windows that each work center's units offer in a period."""
    made: dict[tuple[str, str, int], tuple[Window, ...]] = {}
    outside = ((-(1 << 62), from_minute), (until_minute, 1 << 62))
    result = {}
    for center in network.work_centers:
        key = (center.site, center.shift, center.pool_share_percent)
        if key not in made:
            site = network.site(center.site)
            made[key] = without(
                site_windows(
                    site,
                    center.shift,
                    from_on=local_date(site, from_minute) - timedelta(days=1),
                    until_on=local_date(site, until_minute) + timedelta(days=1),
                    share=offered_share(center.pool_share_percent, network.availability_percent),
                ),
                outside,
            )
        result[center.code] = made[key]
    return result


def move_rows(session: Session, values: Mapping[int, Mapping[str, object]], *, version: int) -> None:
    """Change bookings by id, each marked with the version; equal changes go in one statement."""
    equal: dict[tuple[tuple[str, object], ...], list[int]] = {}
    for booking_id, columns in sorted(values.items()):
        equal.setdefault(tuple(sorted(columns.items())), []).append(booking_id)
    for changes, booking_ids in equal.items():
        for start in range(0, len(booking_ids), _IDS_IN_ONE_STATEMENT):
            session.execute(
                update(BookingRow)
                .where(BookingRow.id.in_(booking_ids[start : start + _IDS_IN_ONE_STATEMENT]))
                .values(**dict(changes), changed_in_version=version)
            )


def bookings_query() -> Select[BookingRow, WorkUnitRow, str]:
    """Select bookings with their units and job codes, in time order."""
    return (
        select(BookingRow, WorkUnitRow, HoldRow.job_code)
        .join(WorkUnitRow, BookingRow.unit_id == WorkUnitRow.id)
        .join(HoldRow, BookingRow.hold_id == HoldRow.id)
        .order_by(BookingRow.start_minute, BookingRow.id)
        .execution_options(populate_existing=True)
    )


def read_bookings(session: Session, query: Select[BookingRow, WorkUnitRow, str]) -> tuple[Booking, ...]:
    """Run a booking query and give values."""
    return tuple(booking_value(row, unit, job_code) for row, unit, job_code in session.execute(query))


def booking_value(row: BookingRow, unit: WorkUnitRow, job_code: str) -> Booking:
    """Give a booking row as a value."""
    return Booking(
        id=row.id,
        hold_id=row.hold_id,
        job=job_code,
        operation=row.operation,
        operation_code=row.operation_code,
        unit_id=row.unit_id,
        unit=unit.code,
        work_center=unit.work_center,
        site=unit.site,
        setup_start_minute=row.setup_start_minute,
        start_minute=row.start_minute,
        end_minute=row.end_minute,
        work_minutes=row.work_minutes,
        setup_family=row.setup_family,
        state=BookingState(row.state),
        is_pinned=row.is_pinned,
    )


def hold_value(row: HoldRow, bookings: Iterable[Booking]) -> Hold:
    """Give a hold row and its bookings as a value."""
    return Hold(
        id=row.id,
        job=job_from_json(row.job),
        state=HoldState(row.state),
        expires_at=row.expires_at,
        arrival_minute=row.arrival_minute,
        cost_minor=row.cost_minor,
        co2_grams=row.co2_grams,
        bookings=tuple(sorted(bookings, key=lambda booking: booking.operation)),
    )


def unit_entry(row: WorkUnitRow) -> WorkUnitEntry:
    """Give a work unit row as a value."""
    return WorkUnitEntry(
        id=row.id,
        code=row.code,
        work_center=row.work_center,
        site=row.site,
        company=row.company,
        capability=row.capability,
        setup_minutes=row.setup_minutes,
        is_active=row.is_active,
    )
