"""The sales desk's figures against plain Python over the same rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from benchmarks.many_quotes import add_many
from ordering import service
from ordering.sales_figures import AgeBand, HitRate, Loss, LossReason, Stage, Tally, month_starts
from ordering.tables import OrderRow, QuoteRow
from tests.service.selling import NOW, Shop
from web.database import Database

ZONE = ZoneInfo("Asia/Shanghai")


def _tally(rows: list[Any]) -> Tally:
    worth: dict[str, int] = defaultdict(int)
    for row in rows:
        worth[row.currency] += row.net_minor
    return Tally(len(rows), dict(worth))


def _band(age: timedelta) -> AgeBand:
    days = age / timedelta(days=1)
    return (AgeBand.DAY if days < 1 else AgeBand.THREE_DAYS if days < 3 else AgeBand.WEEK if days < 7
            else AgeBand.MONTH if days < 30 else AgeBand.OLDER)


def _is_over(row: QuoteRow) -> bool:
    return row.state == "offered" and row.valid_until <= NOW


def _closed_at(row: QuoteRow) -> datetime | None:
    return row.valid_until if _is_over(row) else row.closed_at


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_agree_with_plain_python(database: Database, tmp_path: Path, seed: int) -> None:
    shop = Shop(database, tmp_path)
    shop.open()
    shop.offer(now=NOW - timedelta(hours=1))
    with database.transaction() as session:
        add_many(session, count=400, now=NOW, seed=seed)
    with database.reading() as session:
        figures = service.count_sales(session, now=NOW, zone=ZONE)
        quotes, orders = list(session.scalars(select(QuoteRow))), list(session.scalars(select(OrderRow)))
        session.expunge_all()
    still_open = [row for row in quotes if row.state == "offered" and row.valid_until > NOW]
    for band in AgeBand:
        assert figures.open_by_age[band] == _tally([row for row in still_open if _band(NOW - row.offered_at) is band])
    soon = [row for row in still_open if row.valid_until <= NOW + timedelta(hours=48)]
    assert figures.expiring_count == len(soon)
    assert figures.stages[Stage.OPEN] == _tally(still_open)
    for stage in (Stage.CONFIRMED, Stage.IN_PRODUCTION, Stage.MADE):
        assert figures.stages[stage] == _tally([row for row in orders if row.state == stage.value])
    months: dict[str, list[str]] = defaultdict(list)
    losses: dict[LossReason, list[QuoteRow]] = defaultdict(list)
    for row in quotes:
        state, closed_at = "expired" if _is_over(row) else row.state, _closed_at(row)
        if closed_at is None:
            continue
        month = closed_at.astimezone(ZONE).strftime("%Y-%m")
        if state in {"accepted", "declined", "expired"}:
            months[month].append(state)
        if state in set(Loss) and month >= "2025-12":
            losses[LossReason(Loss(state), "")].append(row)
    names = [name for name, _begins in month_starts(NOW, ZONE)]
    assert names == ["2025-12", *(f"2026-{month:02d}" for month in range(1, 12))]
    assert figures.hit_rates == tuple(
        HitRate(name, months[name].count("accepted"), len(months[name])) for name in names)
    assert figures.losses == {reason: _tally(rows) for reason, rows in losses.items()}
    assert sum(item.closed for item in figures.hit_rates) > 100


def test_months_begin_at_the_plants_midnight() -> None:
    starts = dict(month_starts(datetime(2026, 2, 28, 16, 0, tzinfo=UTC), ZONE, months=3))
    assert starts == {"2026-01": datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
                      "2026-02": datetime(2026, 1, 31, 16, 0, tzinfo=UTC),
                      "2026-03": datetime(2026, 2, 28, 16, 0, tzinfo=UTC)}


def test_a_month_without_closed_quotes_has_no_rate() -> None:
    assert HitRate("2026-11", 0, 0).rate is None
    rate = HitRate("2026-11", 1, 3).rate
    assert rate is not None
    assert rate * 3 == 1
