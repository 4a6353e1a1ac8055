"""The board's axis and layout."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendar import minute_at, moment_at
from web.planning.axis import Axis
from web.planning.board import BoardBooking, BoardUnit, LoadBucket, build_board

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = minute_at(datetime(2027, 3, 8, tzinfo=SHANGHAI))
DAY = 1440


def week(*, folds_nights: bool = True) -> Axis:
    return Axis(MONDAY, MONDAY + 5 * DAY, SHANGHAI, folds_nights=folds_nights)


def booking(start: int, end: int, *, unit: int = 1, order: str = "W1", late: bool = False) -> BoardBooking:
    return BoardBooking(unit, order, order, f"{order} saw", "/x", "planned", start - 6, start, end, is_late=late)


def unit(number: int, site: str = "SZ", windows: tuple[tuple[int, int], ...] = ()) -> BoardUnit:
    return BoardUnit(number, f"{site}-SAW-{number}", f"SAW {number}", "2x8", site, "Suzhou", windows)


@given(st.lists(st.integers(MONDAY - DAY, MONDAY + 6 * DAY), min_size=2))
def test_percent_keeps_the_order_of_time(minutes: list[int]) -> None:
    places = [week().percent(minute) for minute in sorted(minutes)]
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)


def test_night_is_a_quarter_as_wide_when_folded() -> None:
    axis = week()
    day_hour = axis.percent(MONDAY + 13 * 60) - axis.percent(MONDAY + 12 * 60)
    night_hour = axis.percent(MONDAY + 3 * 60) - axis.percent(MONDAY + 2 * 60)
    assert abs(night_hour * 4 - day_hour) < 0.01
    plain = week(folds_nights=False)
    assert plain.percent(MONDAY + DAY) == 20


def test_days_and_hours_are_local_when_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    sunday = minute_at(datetime(2027, 3, 28, tzinfo=berlin))
    axis = Axis(sunday, sunday + 3 * DAY, berlin, folds_nights=True)
    assert [tick.on.day for tick in axis.days()] == [28, 29, 30, 31]
    assert moment_at(minute_at(datetime(2027, 3, 29, 6, tzinfo=berlin))).hour == 4
    assert [tick.hour for tick in axis.hours((6, 18))] == [6, 18] * 3


def test_rows_carry_a_heading_per_site_and_bars_their_place() -> None:
    board = build_board(
        axis=week(), units=[unit(1), unit(2), unit(3, "NB")],
        bookings=[booking(MONDAY + 400, MONDAY + 900, unit=3), booking(MONDAY + 400, MONDAY + 401, unit=1, late=True)],
    )
    assert [row.is_plant for row in board.rows] == [True, False, False, True, False]
    assert [bar.y for bar in board.bars] == [40 + 24 + 2, 40 + 24 + 44 + 24 + 2]
    assert board.bars[0].label == "", "a minute is too narrow for a label"
    assert board.bars[1].label == "W1"
    assert "late" in board.bars[0].classes
    assert board.bars[1].setup is not None
    assert board.bars[1].setup.x + board.bars[1].setup.width <= board.bars[1].x + 0.001


def test_bookings_outside_the_stretch_are_left_out() -> None:
    board = build_board(axis=week(), units=[unit(1)], bookings=[booking(MONDAY - 900, MONDAY - 800), booking(1, 2)])
    assert board.bars == ()


def test_time_without_a_window_is_shut() -> None:
    windows = ((MONDAY + 360, MONDAY + 500), (MONDAY + 6 * DAY, MONDAY + 6 * DAY + 9))
    board = build_board(axis=week(), units=[unit(1, windows=windows)], bookings=[])
    assert [(span.x, round(span.x + span.width, 3)) for span in board.shut] == [
        (0, week().percent(MONDAY + 360)), (week().percent(MONDAY + 500), 100),
    ]


def test_selected_order_is_chained_and_load_is_graded() -> None:
    load = [LoadBucket(MONDAY, MONDAY + DAY, percent, f"{percent} %") for percent in (50, 90, 112)]
    board = build_board(
        axis=week(), units=[unit(1), unit(2)], load=load, selected_order="W1",
        now_minute=MONDAY + 700, now_text="11:40",
        bookings=[booking(MONDAY + 400, MONDAY + 500), booking(MONDAY + 600, MONDAY + 700, unit=2)],
    )
    assert len(board.chain) == 2
    assert [bar.kind for bar in board.load] == ["ok", "high", "over"]
    assert board.load[2].span.y < board.limit_y < board.load[1].span.y
    assert board.now == week().percent(MONDAY + 700)
    assert all("sel" in bar.classes for bar in board.bars)
