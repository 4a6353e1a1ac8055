"""Key figures of the live plan, with what was delivered, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ordering import service as ordering
from ordering.deliveries import list_deliveries
from scheduling import service as scheduling
from scheduling.buckets import BucketKind
from scheduling.errors import NetworkMissing
from scheduling.kpis import Gap
from scheduling.measuring import measure_plan
from tests.conftest import NOW
from tests.service.selling import Shop
from web.database import Database

ZONE = ZoneInfo("Asia/Shanghai")
DAY = NOW.astimezone(ZONE).date()


def test_the_figures_of_two_sold_windows(shop: Shop) -> None:
    for number in range(2):
        offered = shop.offer(key=f"offer-{number}", now=NOW)
        shop.accept(offered, key=f"accept-{number}", now=NOW)
    with shop.database.reading() as session:
        found = measure_plan(session, from_on=DAY, until_on=DAY + timedelta(days=28))
        bookings = scheduling.list_bookings(session, from_minute=0, until_minute=2**31 - 1)
        holds = scheduling.list_holds(session)
    kpis = {kpi.code: kpi for kpi in found.kpis}
    assert (kpis["on_time_delivery"].numerator, kpis["on_time_delivery"].denominator) == (2, 2)
    assert kpis["utilization"].numerator == sum(booking.work_minutes for booking in bookings)
    assert kpis["cost"].numerator == sum(item.cost_minor for item in holds.values())
    assert kpis["co2"].numerator == sum(item.co2_grams for item in holds.values())
    assert kpis["promise_accuracy"].gap is Gap.NOTHING_DELIVERED
    assert sum(item.run_minutes for item in found.buckets) == sum(item.run_minutes for item in found.centers)
    with shop.database.reading() as session:
        week = measure_plan(session, from_on=DAY, until_on=DAY + timedelta(days=28), kind=BucketKind.WEEK)
        nothing = measure_plan(session, from_on=DAY + timedelta(days=200), until_on=DAY + timedelta(days=201))
    assert week.centers == found.centers
    assert len(week.buckets) < len(found.buckets)
    assert {kpi.code: kpi.gap for kpi in nothing.kpis}["on_time_delivery"] is Gap.NO_JOBS


def test_without_plants_there_is_nothing_to_measure(database: Database) -> None:
    with pytest.raises(NetworkMissing), database.reading() as session:
        measure_plan(session, from_on=DAY, until_on=DAY + timedelta(days=1))


def test_a_delivery_is_measured_against_the_day_accepted(shop: Shop) -> None:
    offered = shop.offer(key="offer", now=NOW)
    order = shop.accept(offered, key="accept", now=NOW).order_number
    later = datetime(2030, 1, 1, tzinfo=UTC)
    with shop.database.transaction() as session:
        ordering.release_work_orders(session, now=NOW)
        work_orders = ordering.get_order(session, number=order).work_orders
        for job_order in (item for work_order in work_orders for item in work_order.job_orders):
            ordering.start_job_order(session, number=job_order.number, now=NOW)
            ordering.finish_job_order(session, number=job_order.number, now=NOW)
        came_at = NOW + timedelta(days=1)
        ordering.deliver_order(session, number=order, now=came_at)
    with shop.database.reading() as session:
        (delivery,) = list_deliveries(session, from_at=NOW, until_at=later, zone=ZONE)
        assert delivery.promised_on == ordering.get_order(session, number=order).promised_on
        assert delivery.delivered_on == came_at.astimezone(ZONE).date()
        assert list_deliveries(session, from_at=came_at + timedelta(seconds=1), until_at=later, zone=ZONE) == ()
