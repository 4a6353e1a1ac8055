"""The board's page put together: reads of scheduling and ordering turned into plain view values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog.plant import Network
from ordering.board import BoardJob, find_board_jobs
from ordering.work_order import JobOrderState
from scheduling import offered
from scheduling import service as scheduling
from scheduling.calendar import minute_at, moment_at
from scheduling.problem import WorkUnit
from scheduling.schedule import Booking, BookingState, CenterLoad
from web import formatting
from web.planning.axis import Axis
from web.planning.board import Board, BoardBooking, BoardUnit, LoadBucket, build_board
from web.planning.query import BoardQuery
from web.words import gettext as _

BOARD_PATH = "/planning/"


@dataclass(frozen=True, slots=True)
class CenterChoice:
    """A work center whose load can be shown, with its load over the stretch."""

    code: str
    title: str
    percent: int
    url: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """A booking as a row of the table that says the same as the board."""

    url: str
    order: str
    product: str
    operation: str
    unit: str
    site: str
    start: str
    end: str
    minutes: int
    state: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Everything the board's page shows."""

    query: BoardQuery
    board: Board
    title: str
    unit_count: int
    booking_count: int
    centers: tuple[CenterChoice, ...]
    load_center: CenterChoice | None
    rows: tuple[TableRow, ...]
    zone: ZoneInfo


def time_zone_of(network: Network) -> ZoneInfo:
    """Give the zone the board is drawn in: the one of the network's first site."""
    return ZoneInfo(network.sites[0].time_zone)


def local_today(network: Network, now: datetime) -> date:
    """Give the present day in the board's zone."""
    return now.astimezone(time_zone_of(network)).date()


def load_board_page(
    session: Session, *, network: Network, query: BoardQuery, now: datetime, company: str | None
) -> BoardPage:
    """Put the board's page together.

    Parameters
    ----------
    session
        Only read.
    network
        The planned network.
    query
        What is asked for.
    now
        Aware UTC.
    company
        Only the units of this company, and no customer's name; None shows all.

    Returns
    -------
    BoardPage
        Empty rows when no network unit is active.
    """
    zone = time_zone_of(network)
    start, end = (minute_at(datetime(day.year, day.month, day.day, tzinfo=zone))
                  for day in (query.from_on, query.until_on))
    units = [unit for unit in offered.list_offered_units(session, from_minute=start, until_minute=end)
             if company is None or unit.company == company]
    shown = {unit.id for unit in units}
    bookings = [booking for booking in scheduling.list_bookings(session, from_minute=start, until_minute=end)
                if booking.unit_id in shown]
    jobs = find_board_jobs(session, job_codes=(booking.job for booking in bookings))
    loads = scheduling.list_loads(session, from_on=query.from_on, until_on=query.until_on)
    centers = _centers(network, loads, query, {unit.work_center for unit in units})
    center = next((item for item in centers if item.is_present), None)
    drawn = [_bar(booking, jobs.get(booking.job), query, zone, now, hides_customer=company is not None)
             for booking in bookings]
    board = build_board(
        axis=Axis(start, end, zone, folds_nights=query.zoom != "month"),
        units=_rows(session, network, units, start, end),
        bookings=drawn,
        load=_buckets(loads, center.code, zone) if center else (),
        now_minute=minute_at(now),
        now_text=now.astimezone(zone).strftime("%H:%M"),
        selected_order=query.order,
    )
    return BoardPage(
        query=query, board=board, title=_title(query), unit_count=len(units), booking_count=len(bookings),
        centers=centers, load_center=center, zone=zone,
        rows=tuple(_row(booking, bar, jobs.get(booking.job), zone)
                   for booking, bar in zip(bookings, drawn, strict=True)),
    )


def _title(query: BoardQuery) -> str:
    last = date.fromordinal(query.until_on.toordinal() - 1)
    if last == query.from_on:
        return formatting.day_with_year(last)
    first_words, last_words = formatting.day(query.from_on), formatting.day_with_year(last)
    if formatting.is_chinese():  # the year comes first
        first_words, last_words = formatting.day_with_year(query.from_on), formatting.day(last)
    return _("%(first)s to %(last)s", first=first_words, last=last_words)


def _rows(
    session: Session, network: Network, units: Sequence[WorkUnit], start: int, end: int
) -> tuple[BoardUnit, ...]:
    down: dict[int, list[tuple[int, int]]] = {}
    for item in offered.list_downtimes(session, from_minute=start, until_minute=end):
        down.setdefault(item.unit_id, []).append((item.from_minute, item.until_minute))
    shifts = {center.code: center.shift for center in network.work_centers}
    titles = {site.code: site.title.in_language(formatting.language()) for site in network.sites}
    return tuple(
        BoardUnit(
            unit_id=unit.id, code=unit.code,
            label=unit.code.removeprefix(f"{unit.site}-").replace("-", "\N{NO-BREAK SPACE}"),
            note=shifts.get(unit.work_center, ""), site=unit.site, site_title=titles.get(unit.site, unit.site),
            windows=unit.windows, down=tuple(down.get(unit.id, ())),
        )
        for unit in units
    )


def _state(booking: Booking, job: BoardJob | None) -> str:
    if booking.state is BookingState.HELD or job is None:
        return "held"
    label = job.operations.get(booking.operation)
    states = {JobOrderState.RUNNING: "run", JobOrderState.FINISHED: "done"}
    return states.get(label.state, "planned") if label is not None and label.state is not None else "planned"


def _bar(
    booking: Booking, job: BoardJob | None, query: BoardQuery, zone: ZoneInfo, now: datetime, *, hides_customer: bool
) -> BoardBooking:
    state = _state(booking, job)
    number = (job.work_order or job.quote) if job else booking.job
    order = (job.order or job.quote) if job else booking.job
    is_late = state in {"planned", "run"} and booking.end_minute < minute_at(now)
    parts = [number, _product(job), _operation(booking, job), booking.unit,
             _("%(start)s to %(end)s", start=_when(booking.start_minute, zone), end=_when(booking.end_minute, zone)),
             state_words(state, is_late=is_late)]
    if job is not None and not hides_customer:
        parts.insert(2, job.customer)
    return BoardBooking(
        unit_id=booking.unit_id, order=order, label=number.split("-")[-1].lstrip("0") or number,
        description=formatting.enumerated(part for part in parts if part),
        url=query.url(BOARD_PATH, order=order) + "#selected",
        state=state, setup_start_minute=booking.setup_start_minute, start_minute=booking.start_minute,
        end_minute=booking.end_minute, is_late=is_late, is_pinned=booking.is_pinned,
        progress_percent=_progress(booking, now) if state == "run" else 0,
    )


def state_words(state: str, *, is_late: bool = False) -> str:
    """Say the state of a bar in words."""
    if is_late:
        return _("behind plan")
    return {"held": _("held for a quote"), "planned": _("planned"), "run": _("running"), "done": _("done")}[state]


def _progress(booking: Booking, now: datetime) -> int:
    share = (minute_at(now) - booking.start_minute) * 100 // (booking.end_minute - booking.start_minute)
    return min(max(share, 1), 100)


def _when(minute: int, zone: ZoneInfo) -> str:
    return formatting.moment_briefly(moment_at(minute), zone)


def _product(job: BoardJob | None) -> str:
    if job is None:
        return ""
    title = job.title.in_language(formatting.language())
    return f"{job.quantity} × {title}" if job.quantity > 1 else title


def _operation(booking: Booking, job: BoardJob | None) -> str:
    label = job.operations.get(booking.operation) if job else None
    return label.title.in_language(formatting.language()) if label else booking.operation_code


def _row(booking: Booking, bar: BoardBooking, job: BoardJob | None, zone: ZoneInfo) -> TableRow:
    return TableRow(
        url=bar.url, order=bar.order, product=_product(job), operation=_operation(booking, job), unit=booking.unit,
        site=booking.site, start=_when(booking.start_minute, zone), end=_when(booking.end_minute, zone),
        minutes=booking.work_minutes, state=state_words(bar.state, is_late=bar.is_late),
    )


def _centers(
    network: Network, loads: Sequence[CenterLoad], query: BoardQuery, shown: set[str]
) -> tuple[CenterChoice, ...]:
    offered_by: dict[str, int] = {}
    booked_by: dict[str, int] = {}
    for load in loads:
        offered_by[load.work_center] = offered_by.get(load.work_center, 0) + load.offered_minutes
        booked_by[load.work_center] = booked_by.get(load.work_center, 0) + load.booked_minutes
    percents = {code: booked_by[code] * 100 // minutes for code, minutes in offered_by.items() if minutes}
    codes = sorted((code for code in percents if code in shown), key=lambda code: (-percents[code], code))
    wished = query.work_center if query.work_center in codes else (codes[0] if codes else "")
    titles: Mapping[str, str] = {
        center.code: center.title.in_language(formatting.language()) for center in network.work_centers
    }
    return tuple(
        CenterChoice(code, titles.get(code, code), percents[code],
                     query.url(BOARD_PATH, work_center=code) + "#load", code == wished)
        for code in codes
    )


def _buckets(loads: Sequence[CenterLoad], center: str, zone: ZoneInfo) -> tuple[LoadBucket, ...]:
    buckets = []
    for load in loads:
        if load.work_center != center or not load.offered_minutes:
            continue
        start = minute_at(datetime(load.day.year, load.day.month, load.day.day, tzinfo=zone))
        percent = load.booked_minutes * 100 // load.offered_minutes
        label = _("%(day)s: %(booked)s of %(offered)s minutes, %(percent)s %%", day=formatting.day(load.day),
                  booked=load.booked_minutes, offered=load.offered_minutes, percent=percent)
        buckets.append(LoadBucket(start + 30, start + 1410, percent, label))
    return tuple(buckets)


