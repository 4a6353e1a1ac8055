"""Routes of the planner's figures: key figures of the live plan, load by work center, the bottleneck heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue

from catalog.plant import Network
from ordering.deliveries import list_deliveries
from scheduling import offered
from scheduling import service as scheduling
from scheduling.buckets import Bucket
from scheduling.calendar import minute_at
from scheduling.heat_map import heat_cells
from scheduling.kpis import CenterTime
from scheduling.measuring import measure_plan
from scheduling.publishing import find_capacity_prices
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.planning.heat import heat_view
from web.planning.kpi_words import kpi_view, value_words
from web.planning.page import local_today, time_zone_of
from web.planning.period import Period, bucket_words, read_period
from web.planning.views import blueprint

HIGH_PERCENT = 80
FULL_PERCENT = 100


@dataclass(frozen=True, slots=True)
class LoadCell:
    """The load of a work center in a bucket; ``kind`` is ok, high, full or empty where nothing is offered."""

    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A work center with its figures over the period and its load by bucket."""

    code: str
    title: str
    utilization: str
    load: str
    setup_share: str
    offered: str
    cells: tuple[LoadCell, ...]


@blueprint.get("/figures")
@require_role("planner", "owner")
def figures() -> ResponseReturnValue:
    """Show the key figures of the live plan over a period."""
    session = get_session()
    network = scheduling.get_planning_network(session)
    zone = time_zone_of(network)
    period = read_period(request.args, today=local_today(network, now()))
    start, end = _edges(period, zone)
    found = measure_plan(
        session, from_on=period.from_on, until_on=period.until_on, kind=period.kind,
        deliveries=list_deliveries(session, from_at=start, until_at=end, zone=zone),
    )
    buckets = sorted({item.bucket for item in found.buckets if item.bucket is not None},
                     key=lambda bucket: (bucket.on, bucket.part or 0))
    return render_template(
        "planning/figures.html", period=period, kpis=[kpi_view(kpi) for kpi in found.kpis],
        heads=[bucket_words(bucket, period.kind) for bucket in buckets],
        rows=_load_rows(found.centers, found.buckets, buckets, _titles(network)),
    )


@blueprint.get("/bottlenecks")
@require_role("planner", "owner")
def bottlenecks() -> ResponseReturnValue:
    """Show where capacity is scarce, by the prices that a planning run worked out."""
    session = get_session()
    network = scheduling.get_planning_network(session)
    zone = time_zone_of(network)
    wished = request.args.get("proposal", "")
    number = int(wished) if wished.isascii() and wished.isdigit() and len(wished) < 18 else None
    period = read_period(request.args, today=local_today(network, now()))
    priced = find_capacity_prices(session, proposal_id=number)
    view = None
    if priced is not None:
        start, end = (minute_at(moment) for moment in _edges(period, zone))
        units = {unit.id: unit for unit in offered.list_offered_units(session, from_minute=start, until_minute=end)}
        cells = heat_cells(priced.prices, units, {site.code: ZoneInfo(site.time_zone) for site in network.sites},
                           from_minute=start, until_minute=end, kind=period.kind)
        view = heat_view(cells, _titles(network), period.kind)
    return render_template(
        "planning/bottlenecks.html", period=period, priced=priced, view=view, number=number,
        made=formatting.moment(priced.proposed_at, zone) if priced else "",
        symbol=formatting.currency_symbol(network.currency),
    )


def _edges(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, last = period.from_on, period.until_on
    return (datetime(first.year, first.month, first.day, tzinfo=zone),
            datetime(last.year, last.month, last.day, tzinfo=zone))


def _titles(network: Network) -> dict[str, str]:
    return {center.code: center.title.in_language(formatting.language()) for center in network.work_centers}


def _load_rows(
    centers: Sequence[CenterTime], parts: Sequence[CenterTime], buckets: Sequence[Bucket], titles: Mapping[str, str]
) -> list[LoadRow]:
    by_bucket = {(item.work_center, item.bucket): item for item in parts}
    ordered = sorted(centers, key=lambda item: (-(item.load.value or 0), item.work_center))
    return [
        LoadRow(
            item.work_center, titles.get(item.work_center, item.work_center), value_words(item.utilization),
            value_words(item.load), value_words(item.setup_share), formatting.count(item.offered_minutes),
            tuple(_cell(by_bucket.get((item.work_center, bucket))) for bucket in buckets),
        )
        for item in ordered
    ]


def _cell(time: CenterTime | None) -> LoadCell:
    if time is None or time.load.value is None:
        return LoadCell("", "")
    percent = round(100 * time.load.value)
    kind = "full" if percent >= FULL_PERCENT else "high" if percent > HIGH_PERCENT else "ok"
    return LoadCell(str(percent), kind)
