"""The heat map averages prices over offered time."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.buckets import Bucket, BucketKind
from scheduling.calendar import minute_at
from scheduling.heat_map import heat_cells
from scheduling.improve import CapacityPrice
from scheduling.problem import WorkUnit
from tests.unit.scheduling.plants import NOW

ZERO = minute_at(NOW)  # Monday 08:00 in Suzhou
ZONES = {"SZ": ZoneInfo("Asia/Shanghai")}
WINDOWS = ((ZERO, ZERO + 480), (ZERO + 1440, ZERO + 1920))
UNITS = {number: WorkUnit(number, f"SZ-SAW-{number}", "SZ-SAW", "SZ", "SZ-CO", 0, WINDOWS) for number in (1, 2)}


def test_a_cell_is_the_mean_over_offered_minutes() -> None:
    prices = [CapacityPrice(1, ZERO, ZERO + 240, 6000), CapacityPrice(2, ZERO - 600, ZERO + 480, 3000),
              CapacityPrice(9, ZERO, ZERO + 480, 99)]
    cells = heat_cells(prices, UNITS, ZONES, from_minute=ZERO, until_minute=ZERO + 2880, kind=BucketKind.DAY)
    assert [(cell.bucket, cell.offered_minutes, cell.price_minor_per_hour) for cell in cells] == [
        (Bucket(date(2026, 3, 2)), 960, Fraction(240 * 6000 + 480 * 3000, 960)), (Bucket(date(2026, 3, 3)), 960, 0)]


def test_shifts_split_a_day() -> None:
    cells = heat_cells([CapacityPrice(1, ZERO, ZERO + 480, 100)], {1: UNITS[1]}, ZONES, from_minute=ZERO,
                       until_minute=ZERO + 600, kind=BucketKind.SHIFT)
    assert [(cell.bucket.part, cell.offered_minutes) for cell in cells] == [(0, 360), (1, 120)]


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 2000), st.integers(1, 900), st.integers(0, 9000))))
def test_the_worth_of_all_cells_does_not_depend_on_the_buckets(prices: list[tuple[int, int, int, int]]) -> None:
    told = [CapacityPrice(unit, ZERO + start, ZERO + start + length, price) for unit, start, length, price in prices]
    worth = {
        kind: sum(cell.price_minor_per_hour * cell.offered_minutes for cell in heat_cells(
            told, UNITS, ZONES, from_minute=ZERO, until_minute=ZERO + 4000, kind=kind))
        for kind in BucketKind
    }
    assert len(set(worth.values())) == 1
