"""The figures of the sales desk counted in the database; what each of them means is told in ``sales_figures``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ordering.order import OrderState
from ordering.quote import QuoteState
from ordering.sales_figures import (
    NOTHING,
    SOON_HOURS,
    AgeBand,
    Group,
    HitRate,
    Loss,
    LossReason,
    SalesFigures,
    Stage,
    Tally,
    age_bounds,
    hit_rates,
    month_starts,
    tally,
)
from ordering.tables import OrderRow, QuoteRow


def count_sales(session: Session, *, now: datetime, zone: ZoneInfo) -> SalesFigures:
    """Count the figures of the sales desk.

    Parameters
    ----------
    now
        Aware UTC.
    zone
        Of the plant, whose months count.

    Returns
    -------
    SalesFigures
        Every band, stage and month, empty or not.
    """
    open_by_age = _count_open(session, now)
    months = month_starts(now, zone)
    offered = Tally()
    for found in open_by_age.values():
        for currency, net_minor in found.net_minor.items():
            offered = offered.plus(0, currency, net_minor)
    total = sum(found.count for found in open_by_age.values())
    return SalesFigures(
        open_by_age=open_by_age, hit_rates=_count_hits(session, now, months),
        losses=_count_losses(session, now, months[0][1]),
        stages=_count_stages(session, Tally(total, offered.net_minor)),
        expiring_count=session.scalar(select(func.count()).select_from(QuoteRow).where(
            _is_open(now), QuoteRow.valid_until <= now + timedelta(hours=SOON_HOURS))) or 0,
    )


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(QuoteRow.state == QuoteState.OFFERED.value, QuoteRow.valid_until > now)


def _is_over(now: datetime) -> ColumnElement[bool]:
    return and_(QuoteRow.state == QuoteState.OFFERED.value, QuoteRow.valid_until <= now)


def _groups(session: Session, bucket: ColumnElement[str], row: type[QuoteRow] | type[OrderRow],
            *conditions: ColumnElement[bool]) -> list[Group]:
    query = select(bucket.label("bucket"), func.count(), row.currency, func.sum(row.net_minor)).where(*conditions)
    return [(name, count, currency, int(net))
            for name, count, currency, net in session.execute(query.group_by("bucket", row.currency))]


def _count_open(session: Session, now: datetime) -> dict[AgeBand, Tally]:
    bucket = case(*((QuoteRow.offered_at > bound, literal(band.value)) for band, bound in age_bounds(now)),
                  else_=literal(AgeBand.OLDER.value))
    found = tally(_groups(session, bucket, QuoteRow, _is_open(now)))
    return {band: found.get(band.value, NOTHING) for band in AgeBand}


def _is_other_way() -> ColumnElement[bool]:
    """Whether a quote ended because its customer took another one of the same offer."""
    taken, newer = aliased(QuoteRow), aliased(QuoteRow)
    return and_(
        QuoteRow.state == QuoteState.SUPERSEDED.value,
        exists().where(taken.trio == QuoteRow.trio, taken.number != QuoteRow.number,
                       taken.state == QuoteState.ACCEPTED.value),
        ~exists().where(newer.number == QuoteRow.number, newer.revision > QuoteRow.revision))


def _closed_at(now: datetime) -> ColumnElement[datetime]:
    """Give when a quote was closed; an offer whose time is over was closed then."""
    return case((_is_over(now), QuoteRow.valid_until), else_=QuoteRow.closed_at)


def _count_hits(session: Session, now: datetime, months: tuple[tuple[str, datetime], ...]) -> tuple[HitRate, ...]:
    closed_at = _closed_at(now)
    bucket = case(*((closed_at >= begins, literal(month)) for month, begins in reversed(months)), else_=literal(""))
    won = QuoteRow.state == QuoteState.ACCEPTED.value
    lost = or_(QuoteRow.state.in_((QuoteState.DECLINED.value, QuoteState.EXPIRED.value)), _is_over(now))
    since = closed_at >= months[0][1]
    return hit_rates(
        [month for month, _begins in months], tally(_groups(session, bucket, QuoteRow, won, since)),
        tally(_groups(session, bucket, QuoteRow, lost, since)))


def _count_losses(session: Session, now: datetime, since: datetime) -> dict[LossReason, Tally]:
    loss = case((_is_over(now), literal(Loss.EXPIRED.value)), (_is_other_way(), literal(Loss.OTHER_WAY.value)),
                else_=QuoteRow.state)
    column: InstrumentedAttribute[Any] | None = getattr(QuoteRow, "decline_reason", None)  # Any: a column's type
    said = literal("") if column is None else func.coalesce(column, "")
    reason = case((QuoteRow.state == QuoteState.DECLINED.value, said), else_=literal(""))
    lost = or_(QuoteRow.state.in_([item.value for item in Loss]), _is_over(now))
    found = tally(_groups(session, loss + literal("/") + reason, QuoteRow, lost, _closed_at(now) >= since))
    ordered = sorted(found.items(), key=lambda item: (-item[1].count, item[0]))
    return {LossReason(Loss(name.partition("/")[0]), name.partition("/")[2]): some for name, some in ordered}


def _count_stages(session: Session, open_quotes: Tally) -> dict[Stage, Tally]:
    running = (OrderState.CONFIRMED.value, OrderState.IN_PRODUCTION.value, OrderState.MADE.value)
    bucket: ColumnElement[str] = OrderRow.state.expression
    found = tally(_groups(session, bucket, OrderRow, OrderRow.state.in_(running)))
    return {Stage.OPEN: open_quotes} | {Stage(state): found.get(state, NOTHING) for state in running}
