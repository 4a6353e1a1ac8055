"""Rows of scheduling ↔ values, the writer's lock, and the in-process snapshot that follows the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, Row, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from catalog.database import read_once
from catalog.plant import Network
from scheduling.calendar import MINUTES_PER_DAY, Window, minute_at, without
from scheduling.codec import job_from_json, network_from_json
from scheduling.errors import NetworkMissing
from scheduling.network import LegTable
from scheduling.problem import Minute, WorkUnit
from scheduling.schedule import Booking, BookingState, Hold, HoldState, WorkUnitEntry
from scheduling.shifts import unit_windows
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.tables import BookingRow, DowntimeRow, HoldRow, PlanningAreaRow, WorkUnitRow
from scheduling.timeline import Slot, Timeline

LIVE_STATES = ("held", "booked")
_WRITER = "onelot_planning_writer"
_IDS_IN_ONE_STATEMENT = 500
_MOST_LATER = 2000
_LOCKED = "onelot_planning_lock"



class _Kept(NamedTuple):
    """The last snapshot: what it was made from, and where each of its bookings stands (unit, secondary unit).

    ``places`` is shared by the snapshots that follow each other, ``later`` has what changed since it was made. Bookings
    up to ``newest_id`` that stand in neither ended before the snapshot begins, or stood nowhere.
    """

    key: tuple[object, ...]
    snapshot: Snapshot
    places: dict[int, tuple[int | None, ...]]
    later: dict[int, tuple[int | None, ...]]
    newest_id: int

    def place(self, booking_id: int) -> tuple[int | None, ...]:
        """Give where a booking stands; empty when it does not."""
        return self.later.get(booking_id, self.places.get(booking_id, ()))

    def knows(self, booking_id: int) -> bool:
        """Tell whether a booking stands, or stood, in the snapshot."""
        return booking_id in self.later or booking_id in self.places


_snapshots: WeakKeyDictionary[Engine, dict[int, _Kept]] = WeakKeyDictionary()
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
    """Give the planning area as this transaction sees it, a writing one as it is now; None without a network."""
    locked = _locked_area(session)
    if locked is not None:
        return locked
    query = select(PlanningAreaRow).execution_options(populate_existing=True)
    return read_once(session, PlanningAreaRow, lambda: session.scalars(query).first())


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


def has_written(session: Session) -> bool:
    """Tell whether this transaction has raised the version: what it sees is not there for others yet."""
    return session.info.get(_WRITER) is not None and session.info[_WRITER] is session.get_transaction()


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
        kept = _snapshots.get(bind.engine, {}).get(horizon_days)
    found = None
    if kept is not None and kept.key == key and kept.snapshot.version <= area.version:
        if kept.snapshot.version == area.version:
            return kept.snapshot
        found = _follow(session, kept, area.version)
    if found is None:
        until_minute = from_minute + (horizon_days + 1) * MINUTES_PER_DAY
        found = _load_whole(session, area, key, from_minute, until_minute)
    if not has_written(session) and isinstance(bind, Engine):
        with _snapshots_lock:
            _snapshots.setdefault(bind, {})[horizon_days] = found
    return found.snapshot


def forget_snapshots() -> None:
    """Drop what this process remembers; the next snapshot is read from the database whole."""
    with _snapshots_lock:
        _snapshots.clear()


def _load_whole(
    session: Session, area: PlanningAreaRow, key: tuple[object, ...], from_minute: Minute, until_minute: Minute
) -> _Kept:
    """Build the snapshot anew; its windows reach beyond the last booking, so that every setup is known."""
    last_end = session.scalar(select(func.max(BookingRow.end_minute)).where(_is_live()))
    if last_end is not None and last_end >= until_minute:
        until_minute = (last_end // MINUTES_PER_DAY + 1) * MINUTES_PER_DAY
    network = area_network(area)
    snapshot = make_snapshot(
        load_units(session, network, from_minute=from_minute, until_minute=until_minute, has_gone=True),
        LegTable(network.transport, network.distance_km),
        families_before=load_families_before(session, from_minute),
        version=area.version,
        from_minute=from_minute,
        until_minute=until_minute,
    )
    rows = session.execute(_runs().where(_is_live(), BookingRow.end_minute > from_minute)).all()
    snapshot.load([row[:6] for row in rows])
    newest_id = session.scalar(select(func.max(BookingRow.id))) or 0
    return _Kept(key, snapshot, {booking_id: (unit, helper) for booking_id, unit, helper, *_ in rows}, {}, newest_id)


def _follow(session: Session, kept: _Kept, version: int) -> _Kept | None:
    """Replay what changed since; None when a booking now lies beyond the horizon, or what came before it changed."""
    snapshot, later = kept.snapshot, kept.later.copy()
    rows = session.execute(_runs().where(BookingRow.changed_in_version > snapshot.version)).all()
    if any(row.state in LIVE_STATES and row.end_minute >= snapshot.until_minute for row in rows):
        return None
    if any(_was_before(kept, row) for row in rows):
        return None
    touched: dict[int, Timeline] = {}
    changed = [row for row in rows if not _stands_already(kept, row)]
    for row in changed:
        for line in _writable(snapshot, touched, kept.place(row.id)):
            line.remove(row.id)
        later[row.id] = ()
    for row in changed:
        if row.state in LIVE_STATES and row.end_minute > snapshot.from_minute:
            later[row.id] = (row.unit_id, row.secondary_unit_id)
            for line in _writable(snapshot, touched, later[row.id]):
                slot = Slot(row.start_minute, row.start_minute, row.end_minute)
                line.add(row.id, slot, setup_family=row.setup_family)
    following = snapshot.replaced(touched, version=version)
    newest_id = max((kept.newest_id, *(row.id for row in rows)))
    if len(later) > _MOST_LATER:
        return _Kept(kept.key, following, kept.places | later, {}, newest_id)
    return _Kept(kept.key, following, kept.places, later, newest_id)


def _was_before(kept: _Kept, row: Row[int, int, int | None, int, int, str, str]) -> bool:
    """Tell whether a changed row ended before the snapshot begins, or does now: the families found there change."""
    ends_before = row.state in LIVE_STATES and row.end_minute <= kept.snapshot.from_minute
    return ends_before or (row.id <= kept.newest_id and not kept.knows(row.id))


def _writable(
    snapshot: Snapshot, touched: dict[int, Timeline], place: tuple[int | None, ...]
) -> Iterator[Timeline]:
    """Give the timelines of a booking's units, copied before they are touched first."""
    for unit_id in place:
        if unit_id is not None and unit_id in snapshot.timelines:
            if unit_id not in touched:
                touched[unit_id] = snapshot.timelines[unit_id].copy()
            yield touched[unit_id]


def _stands_already(kept: _Kept, row: Row[int, int, int | None, int, int, str, str]) -> bool:
    """Tell whether a changed row changes nothing on the timelines: a confirmation, a setup, a pin."""
    timeline = kept.snapshot.timelines.get(row.unit_id)
    if timeline is None or row.id not in timeline or row.state not in LIVE_STATES:
        return False
    _, start, end = timeline.slot_of(row.id)
    return (start, end) == (row.start_minute, row.end_minute) and (
        kept.place(row.id) == (row.unit_id, row.secondary_unit_id)
    )


def _runs() -> Select[int, int, int | None, int, int, str, str]:
    return select(
        BookingRow.id,
        BookingRow.unit_id,
        BookingRow.secondary_unit_id,
        BookingRow.start_minute,
        BookingRow.end_minute,
        BookingRow.setup_family,
        BookingRow.state,
    )


def _is_live() -> ColumnElement[bool]:
    return BookingRow.state.in_(LIVE_STATES)


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
    session: Session, network: Network, *, from_minute: Minute, until_minute: Minute, has_gone: bool = False
) -> tuple[WorkUnit, ...]:
    """Give the active work units and secondary units with their windows in a period, downtimes cut out.

    With ``has_gone`` also those that left the network and have live bookings, at a site that is still there: without
    any window, because they offer no time.
    """
    closures: dict[int, list[Window]] = {}
    query = select(DowntimeRow.unit_id, DowntimeRow.from_minute, DowntimeRow.until_minute)
    for unit_id, start, end in session.execute(query.where(DowntimeRow.until_minute > from_minute)):
        closures.setdefault(unit_id, []).append((start, end))
    windows = _offered_windows(network, from_minute, until_minute)
    asked = or_(WorkUnitRow.is_active, _is_gone(network)) if has_gone else WorkUnitRow.is_active
    rows = session.scalars(select(WorkUnitRow).where(asked).order_by(WorkUnitRow.id))
    return tuple(
        WorkUnit(
            id=row.id,
            code=row.code,
            work_center=row.work_center,
            site=row.site,
            company=row.company,
            setup_minutes=row.setup_minutes,
            setup_matrix=tuple((before, after, minutes) for before, after, minutes in row.setup_matrix),
            is_secondary=row.is_secondary,
            windows=without(windows.get(row.code, ()), closures.get(row.id, ())) if row.is_active else (),
        )
        for row in rows
    )


_offers: dict[tuple[int, Minute, Minute], tuple[Network, Mapping[str, tuple[Window, ...]]]] = {}
_MOST_OFFERS = 8


def _offered_windows(network: Network, from_minute: Minute, until_minute: Minute) -> Mapping[str, tuple[Window, ...]]:
    """Give what the units of a network offer in a period, worked out once per process.

    The network is kept with its windows, so that no other one can take over its identity.
    """
    key = (id(network), from_minute, until_minute)
    kept = _offers.get(key)
    if kept is None:
        if len(_offers) >= _MOST_OFFERS:
            _offers.clear()
        kept = _offers[key] = (network, unit_windows(network, from_minute=from_minute, until_minute=until_minute))
    return kept[1]


def _is_gone(network: Network) -> ColumnElement[bool]:
    live = exists().where(
        _is_live(), or_(BookingRow.unit_id == WorkUnitRow.id, BookingRow.secondary_unit_id == WorkUnitRow.id)
    )
    return ~WorkUnitRow.is_active & WorkUnitRow.site.in_([site.code for site in network.sites]) & live


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
        secondary_unit_id=row.secondary_unit_id,
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
        further_capabilities=tuple(row.further_capabilities),
        is_secondary=row.is_secondary,
    )
