"""Two weeks of thirty windows a day: the insulating-glass line is what everything waits for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from configurator import service as configurator
from ordering import service
from scheduling import service as scheduling
from tests.service.selling import NOW, WINDOW, Shop
from web.database import Database
from web.planning.page import load_board_page
from web.planning.query import BoardQuery

pytestmark = pytest.mark.slow
DAYS = 12
PIECES = 6


def book(shop: Shop, *, a_day: int) -> list[tuple[date, date]]:
    """Order so many windows on each of twelve days; give the days of asking and of the promise."""
    dates = []
    for day in range(DAYS):
        for number in range(a_day // PIECES):
            now = NOW + timedelta(days=day, minutes=30 * number)
            request = shop.request(("window", WINDOW, PIECES), email=f"c{day}-{number}@example.org")
            offered = shop.offer(request, key=f"offer-{day}-{number}", now=now)
            shop.accept(offered, key=f"accept-{day}-{number}-{a_day}", now=now)
            dates.append((now.date(), offered.quote.promised_on))
    return dates


def loads(shop: Shop, *, from_on: date, days: int) -> dict[str, float]:
    """Give the booked share of the offered minutes of each work center at Suzhou."""
    with shop.database.reading() as session:
        found = scheduling.list_loads(session, from_on=from_on, until_on=from_on + timedelta(days=days))
    offered: dict[str, int] = {}
    booked: dict[str, int] = {}
    for load in found:
        if load.site == "SZ":
            offered[load.work_center] = offered.get(load.work_center, 0) + load.offered_minutes
            booked[load.work_center] = booked.get(load.work_center, 0) + load.booked_minutes
    return {center: booked[center] / minutes for center, minutes in offered.items()}


def longest_wait(shop: Shop, now: datetime, tmp_path: Path) -> tuple[str, int]:
    """Ask for six more windows: which operation do they wait for, and how many days until the promise."""
    with shop.database.reading() as session:
        view = configurator.configure(session, product_code="window", choices=WINDOW, on=now.date(),
                                      cache_directory=tmp_path)
        preview = service.preview(session, view=view, quantity=PIECES, destination="SZ", now=now)
    assert preview.delay is not None
    assert preview.default is not None
    return preview.delay.operation, (preview.default.promised_on - now.date()).days


@pytest.fixture
def shop(sqlite_url: str, tmp_path: Path) -> Shop:
    opened = Shop(Database(sqlite_url), tmp_path / "cache")
    opened.open()
    return opened


def test_thirty_windows_a_day_fill_the_glass_line_and_nothing_else(shop: Shop, tmp_path: Path) -> None:
    dates = book(shop, a_day=30)
    second_week = NOW.date() + timedelta(days=7)
    share = loads(shop, from_on=second_week, days=5)
    assert share["SZ-IGU"] > 0.9, "the line is planned to 95 % of what it offers to the pool"
    assert max(load for center, load in share.items() if center != "SZ-IGU") < 0.75
    waits = [(promised - asked).days for asked, promised in dates]
    assert max(waits) <= 7, "what is below capacity is not put off for ever"
    assert longest_wait(shop, NOW + timedelta(days=DAYS), tmp_path)[0] == "insulating_glass"
    assert shop.breaches(NOW + timedelta(days=DAYS)) == []
    with shop.database.reading() as session:
        page = load_board_page(
            session, network=scheduling.get_planning_network(session), query=BoardQuery(second_week),
            now=NOW + timedelta(days=7), company=None,
        )
    assert page.load_center is not None
    assert page.load_center.code == "SZ-IGU", "the board shows the bottleneck's load unasked"
    assert {bar.kind for bar in page.board.load[:5]} <= {"high", "over"}


def test_forty_two_windows_a_day_push_the_promise_further_out_every_day(sqlite_url: str, tmp_path: Path) -> None:
    crowded = Shop(Database(sqlite_url), tmp_path / "cache")
    crowded.open()
    waits = [(promised - asked).days for asked, promised in book(crowded, a_day=42)]
    assert sum(waits[-7:]) > sum(waits[:7]) + 14, "each day adds to the queue before the glass line"
    operation, days = longest_wait(crowded, NOW + timedelta(days=DAYS), tmp_path)
    assert (operation, days > 5) == ("insulating_glass", True)
