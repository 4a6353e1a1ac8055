"""The board as plain shapes: rows, bars, shades and loads with their places. Pure; the template only draws.

Rows and header are fixed pixels, times are percentages, so that one picture serves every width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from web.planning.axis import Axis

HEADER_PX = 40
PLANT_ROW_PX = 24
ROW_PX = 22
LOAD_PX = 96
LABEL_PERCENT_PER_CHARACTER = 0.62
"""A label is written only where its bar is about this wide per character (at the least board width)."""


@dataclass(frozen=True, slots=True)
class BoardUnit:
    """A row's work unit: ``windows`` are its offered times, ``down`` its downtimes, in UTC minutes."""

    unit_id: int
    code: str
    label: str
    note: str
    site: str
    site_title: str
    windows: tuple[tuple[int, int], ...]
    down: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class BoardBooking:
    """One booked operation as the board shows it; ``state`` is planned, run, done or held."""

    unit_id: int
    order: str
    label: str
    description: str
    url: str
    state: str
    setup_start_minute: int
    start_minute: int
    end_minute: int
    is_late: bool = False
    is_pinned: bool = False
    progress_percent: int = 0


@dataclass(frozen=True, slots=True)
class LoadBucket:
    """Booked share of the offered minutes of one bucket of time."""

    from_minute: int
    until_minute: int
    percent: int
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A name in the left column: a plant's heading or a unit."""

    label: str
    note: str
    is_plant: bool
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Span:
    """A rectangle on the board: percent across, pixels down."""

    x: float
    width: float
    y: float
    height: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A drawn booking."""

    booking: BoardBooking
    x: float
    width: float
    y: int
    setup: Span | None
    label: str
    classes: str


@dataclass(frozen=True, slots=True)
class LoadBar:
    """A column of the load chart; ``kind`` is ok, high or over."""

    span: Span
    percent: int
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """One stroke of a chain between two operations of the selected order."""

    x1: float
    x2: float
    y1: float
    y2: float


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the template draws."""

    axis: Axis
    height: int
    body_height: int
    rows: tuple[Row, ...]
    shut: tuple[Span, ...]
    down: tuple[Span, ...]
    bars: tuple[Bar, ...]
    chain: tuple[Line, ...]
    load: tuple[LoadBar, ...]
    load_top: int
    limit_y: float
    limit80_y: float
    now: float | None
    now_text: str = ""
    unplaced: int = 0
    notes: Mapping[str, str] = field(default_factory=dict)


def build_board(
    *,
    axis: Axis,
    units: Sequence[BoardUnit],
    bookings: Sequence[BoardBooking],
    load: Sequence[LoadBucket] = (),
    now_minute: int | None = None,
    now_text: str = "",
    selected_order: str = "",
) -> Board:
    """Lay out the board.

    Parameters
    ----------
    axis
        The shown stretch of time.
    units
        Rows in order; a heading is drawn whenever the site changes.
    bookings
        Operations; those outside the stretch or on no shown unit are left out.
    load
        Buckets of the load chart under the rows; empty means no chart.
    now_minute, now_text
        The present minute and how it is written; None outside the stretch.
    selected_order
        Bars of this order are marked and chained.

    Returns
    -------
    Board
        Shapes with all places worked out.
    """
    rows, tops = _rows(units)
    body = rows[-1].y + rows[-1].height if rows else HEADER_PX
    bars = _bars(axis, bookings, tops, selected_order)
    load_top = body
    height = body + (LOAD_PX if load else 0)
    has_now = now_minute is not None and axis.from_minute <= now_minute < axis.until_minute
    return Board(
        axis=axis,
        height=height,
        body_height=body,
        rows=rows,
        shut=_shut(axis, units, tops),
        down=_down(axis, units, tops),
        bars=bars,
        chain=_chain(bars, selected_order),
        load=_load(axis, load, height),
        load_top=load_top,
        limit_y=_load_y(100, height),
        limit80_y=_load_y(80, height),
        now=axis.percent(now_minute) if has_now and now_minute is not None else None,
        now_text=now_text,
    )


def _rows(units: Sequence[BoardUnit]) -> tuple[tuple[Row, ...], dict[int, int]]:
    rows: list[Row] = []
    tops: dict[int, int] = {}
    y = HEADER_PX
    site = None
    for unit in units:
        if unit.site != site:
            rows.append(Row(unit.site_title, unit.site, is_plant=True, y=y, height=PLANT_ROW_PX))
            y += PLANT_ROW_PX
            site = unit.site
        rows.append(Row(unit.label, unit.note, is_plant=False, y=y, height=ROW_PX))
        tops[unit.unit_id] = y
        y += ROW_PX
    return tuple(rows), tops


def _span(axis: Axis, start: int, end: int, y: float, height: float, text: str = "") -> Span | None:
    x = axis.percent(start)
    width = round(axis.percent(end) - x, 3)
    return Span(x, width, y, height, text) if width > 0 else None


def _shut(axis: Axis, units: Sequence[BoardUnit], tops: Mapping[int, int]) -> tuple[Span, ...]:
    spans = []
    for unit in units:
        at = axis.from_minute
        for start, end in (*unit.windows, (axis.until_minute, axis.until_minute)):
            if end < axis.from_minute:
                continue
            spans.append(_span(axis, at, min(start, axis.until_minute), tops[unit.unit_id], ROW_PX))
            at = max(at, end)
            if start >= axis.until_minute:
                break
    return tuple(span for span in spans if span)


def _down(axis: Axis, units: Sequence[BoardUnit], tops: Mapping[int, int]) -> tuple[Span, ...]:
    spans = (
        _span(axis, start, end, tops[unit.unit_id] + 2, ROW_PX - 5, unit.code)
        for unit in units
        for start, end in unit.down
    )
    return tuple(span for span in spans if span)


def _bars(
    axis: Axis, bookings: Sequence[BoardBooking], tops: Mapping[int, int], selected_order: str
) -> tuple[Bar, ...]:
    bars = []
    for booking in sorted(bookings, key=lambda item: (tops.get(item.unit_id, 0), item.start_minute)):
        y = tops.get(booking.unit_id)
        if y is None:
            continue
        run = _span(axis, booking.start_minute, booking.end_minute, y + 2, ROW_PX - 5)
        if run is None:
            continue
        setup = _span(axis, booking.setup_start_minute, booking.start_minute, y + 11, 7.5)
        room = run.width / LABEL_PERCENT_PER_CHARACTER - 1 - booking.is_pinned * 2
        label = booking.label if len(booking.label) <= room else ""
        bars.append(Bar(booking, run.x, run.width, y + 2, setup, label, _classes(booking, selected_order)))
    return tuple(bars)


def _classes(booking: BoardBooking, selected_order: str) -> str:
    names = ["bar", booking.state]
    names += ["late"] * booking.is_late + ["pinned"] * booking.is_pinned
    names += ["sel"] * bool(selected_order and booking.order == selected_order)
    return " ".join(names)


def _chain(bars: Sequence[Bar], selected_order: str) -> tuple[Line, ...]:
    chosen = sorted(
        (bar for bar in bars if selected_order and bar.booking.order == selected_order),
        key=lambda bar: (bar.booking.start_minute, bar.booking.end_minute),
    )
    lines: list[Line] = []
    for first, second in pairwise(chosen):
        left, right = first.x + first.width, second.x
        up, down = first.y + 8.5, second.y + 8.5
        lines += [Line(left, left, up, down), Line(left, right, down, down)]
    return tuple(lines)


def _load_y(percent: float, height: int) -> float:
    # 126 % of the offered minutes reaches the top of the chart.
    return round(height - 1 - min(percent, 126) * (LOAD_PX - 12) / 126, 1)


def _load(axis: Axis, load: Sequence[LoadBucket], height: int) -> tuple[LoadBar, ...]:
    bars = []
    for bucket in load:
        y = _load_y(bucket.percent, height)
        span = _span(axis, bucket.from_minute, bucket.until_minute, y, round(height - 1 - y, 1))
        if span is not None:
            kind = "over" if bucket.percent > 100 else "high" if bucket.percent > 80 else "ok"
            bars.append(LoadBar(span, bucket.percent, bucket.label, kind))
    return tuple(bars)
