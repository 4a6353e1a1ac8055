"""Counts of clicks in the database: added up over writes, days and versions."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from web.database import Database
from web.usage import MOST_KEPT, Clicked, Happening, UsageLog, count_usage, list_usage

DAY = date(2026, 11, 23)
WINDOW = Clicked(DAY, "window", 1)
REACHED = Happening("reached", "glass")
WHY = Happening("why", "glass", "2-4/16/4")


def test_counts_are_added_to_those_that_are_stored(database: Database) -> None:
    log = UsageLog(database)
    log.add(WINDOW, (REACHED, WHY))
    assert log.flush() == 2
    log.add(WINDOW, (REACHED, REACHED))
    assert log.flush() == 1
    assert log.flush() == 0
    with database.reading() as session:
        assert count_usage(session, product_code="window", since=DAY) == {REACHED: 3, WHY: 1}
        assert not count_usage(session, product_code="pump", since=DAY)
        assert not count_usage(session, product_code="window", since=DAY + timedelta(days=1))


def test_days_and_versions_are_kept_apart_and_added_up(database: Database) -> None:
    log = UsageLog(database)
    log.add(WINDOW, (REACHED,))
    log.add(Clicked(DAY, "window", 2), (REACHED,))
    log.add(Clicked(DAY - timedelta(days=1), "window", 1), (REACHED,))
    log.flush()
    with database.reading() as session:
        rows = list_usage(session, product_code="window", since=DAY - timedelta(days=7), most=10)
        assert [(row.day, row.version, row.count) for row in rows] == [
            (DAY, 1, 1), (DAY, 2, 1), (DAY - timedelta(days=1), 1, 1)]
        assert count_usage(session, product_code="window", since=DAY - timedelta(days=7)) == {REACHED: 3}


def test_counts_that_could_not_be_written_are_written_later(database: Database) -> None:
    log = UsageLog(database)
    too_long = Clicked(DAY, "w" * 500, 1)
    log.add(too_long, (Happening("x" * 20, "s" * 500),))  # a kind that the column has no room for on PostgreSQL
    log.add(WINDOW, (REACHED,))
    log.flush()
    log.add(WINDOW, (REACHED,))
    log.flush()
    if database.engine.dialect.name == "sqlite":
        with database.reading() as session:
            assert count_usage(session, product_code="window", since=DAY) == {REACHED: 2}


def test_memory_is_bounded(database: Database) -> None:
    log = UsageLog(database)
    log.add(WINDOW, (Happening("chosen", str(number)) for number in range(MOST_KEPT + 50)))
    assert len(log._counts) == MOST_KEPT
    log.add(WINDOW, (Happening("chosen", "0"),))
    assert Counter(log._counts)[WINDOW, Happening("chosen", "0")] == 2
