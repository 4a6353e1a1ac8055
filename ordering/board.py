"""What the planner's pages read: which order a job belongs to, and what is behind plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from catalog.text import Text
from ordering.tables import JobOrderRow, OrderRow, QuoteLineRow, WorkOrderRow
from ordering.work_order import JobOrderState

CHUNK = 500
"""Codes asked for in one statement; databases limit the number of parameters."""


@dataclass(frozen=True, slots=True)
class JobOrderLabel:
    """An operation of a board job: its title, number and state (both empty while it is only quoted)."""

    title: Text
    number: str
    state: JobOrderState | None


@dataclass(frozen=True, slots=True)
class BoardJob:
    """What a bar on the board stands for. ``work_order`` and ``order`` are empty while it is only quoted."""

    job_code: str
    quote: str
    order: str
    work_order: str
    customer: str
    title: Text
    quantity: int
    promised_on: date
    operations: Mapping[int, JobOrderLabel]


@dataclass(frozen=True, slots=True)
class BehindPlan:
    """An operation that should have ended by now and is not reported finished."""

    job_order: str
    work_order: str
    order: str
    customer: str
    title: Text
    operation: Text
    unit_code: str
    planned_end_at: datetime
    promised_on: date


def find_board_jobs(session: Session, *, job_codes: Iterable[str]) -> dict[str, BoardJob]:
    """Give what the named jobs stand for.

    Parameters
    ----------
    session
        Only read.
    job_codes
        Codes of jobs of quote lines; unknown ones are left out.

    Returns
    -------
    dict of str to BoardJob
        By job code.
    """
    codes = sorted(set(job_codes))
    found: dict[str, BoardJob] = {}
    for start in range(0, len(codes), CHUNK):
        part = codes[start : start + CHUNK]
        work_orders = {
            row.quote_line_id: row
            for row in session.scalars(
                select(WorkOrderRow).where(WorkOrderRow.job_code.in_(part)).options(
                    selectinload(WorkOrderRow.job_orders), joinedload(WorkOrderRow.order)
                )
            )
        }
        lines = select(QuoteLineRow).where(QuoteLineRow.job_code.in_(part)).options(joinedload(QuoteLineRow.quote))
        for line in session.scalars(lines):
            found[line.job_code] = _board_job(line, work_orders.get(line.id))
    return found


def _board_job(line: QuoteLineRow, work_order: WorkOrderRow | None) -> BoardJob:
    job_orders = work_order.job_orders if work_order is not None else []
    return BoardJob(
        job_code=line.job_code,
        quote=line.quote.number,
        order=work_order.order.number if work_order is not None else "",
        work_order=work_order.number if work_order is not None else "",
        customer=line.quote.customer_name,
        title=Text.of(line.title),
        quantity=line.quantity,
        promised_on=line.promised_on,
        operations={
            item.position: JobOrderLabel(Text.of(item.title), item.number, JobOrderState(item.state))
            for item in job_orders
        },
    )


def list_behind_plan(session: Session, *, now: datetime, limit: int = 200) -> tuple[BehindPlan, ...]:
    """List operations that should have ended and are not reported finished, the oldest first.

    Parameters
    ----------
    session
        Only read.
    now
        Aware UTC.
    limit
        At most so many.

    Returns
    -------
    tuple of BehindPlan
        Empty when everything runs to plan.
    """
    open_states = (JobOrderState.PLANNED.value, JobOrderState.RUNNING.value)
    query = (
        select(JobOrderRow)
        .join(JobOrderRow.work_order)
        .where(JobOrderRow.state.in_(open_states), JobOrderRow.planned_end_at < now)
        .options(
            joinedload(JobOrderRow.work_order).joinedload(WorkOrderRow.order).joinedload(OrderRow.quote),
            joinedload(JobOrderRow.work_order).joinedload(WorkOrderRow.line),
        )
        .order_by(JobOrderRow.planned_end_at, JobOrderRow.id)
        .limit(limit)
    )
    return tuple(
        BehindPlan(
            job_order=row.number,
            work_order=row.work_order.number,
            order=row.work_order.order.number,
            customer=row.work_order.order.quote.customer_name,
            title=Text.of(row.work_order.line.title),
            operation=Text.of(row.title),
            unit_code=row.unit_code,
            planned_end_at=row.planned_end_at,
            promised_on=row.work_order.order.promised_on,
        )
        for row in session.scalars(query)
    )
