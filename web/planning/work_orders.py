"""Work orders as the planner and the plants read them: plain view values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog.plant import Network
from ordering import service as ordering
from ordering.board import BehindPlan
from ordering.work_order import JobOrder, JobOrderState, WorkOrder, WorkOrderState
from web import formatting
from web.shop.states import StateTag
from web.words import gettext as _

PAGE_SIZE = 50
LISTED_STATES = (WorkOrderState.PLANNED, WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS, WorkOrderState.FINISHED)


@dataclass(frozen=True, slots=True)
class OperationView:
    """A job order as a row; ``can_start``, ``can_finish`` and ``can_scrap`` say what can be reported of it."""

    number: str
    title: str
    unit: str
    start: str
    end: str
    minutes: str
    state: StateTag
    can_start: bool
    can_finish: bool
    can_scrap: bool


@dataclass(frozen=True, slots=True)
class WorkOrderView:
    """A work order as a page or row shows it."""

    number: str
    order: str
    title: str
    quantity: int
    due: str
    state: StateTag
    is_planned: bool
    sites: str
    operations: tuple[OperationView, ...]


@dataclass(frozen=True, slots=True)
class BehindView:
    """An operation behind plan as a row."""

    work_order: str
    order: str
    customer: str
    title: str
    operation: str
    unit: str
    planned_end: str
    behind: str
    promised: str


def work_order_tag(state: WorkOrderState) -> StateTag:
    """Say where a work order stands."""
    return {
        WorkOrderState.PLANNED: StateTag(_("planned"), "", ""),
        WorkOrderState.RELEASED: StateTag(_("released"), "info", ""),
        WorkOrderState.IN_PROGRESS: StateTag(_("running"), "on", ""),
        WorkOrderState.FINISHED: StateTag(_("finished"), "", "tick"),
        WorkOrderState.CANCELED: StateTag(_("canceled"), "off", "slash"),
    }[state]


def job_order_tag(state: JobOrderState) -> StateTag:
    """Say where a job order stands."""
    return {
        JobOrderState.PLANNED: StateTag(_("planned"), "", ""),
        JobOrderState.RUNNING: StateTag(_("running"), "on", ""),
        JobOrderState.FINISHED: StateTag(_("finished"), "", "tick"),
        JobOrderState.CANCELED: StateTag(_("canceled"), "off", "slash"),
    }[state]


def sites_of_company(network: Network, company: str | None) -> frozenset[str] | None:
    """Give the sites a person may see: those of the company; None means all."""
    if company is None:
        return None
    return frozenset(site.code for site in network.sites if site.company == company)


def find_visible(session: Session, *, number: str, sites: frozenset[str] | None) -> WorkOrder | None:
    """Give a work order with a visible operation; None when there is none to see.

    Raises
    ------
    WorkOrderNotFound
        No such work order.
    """
    work_order = ordering.get_work_order(session, number=number)
    if sites is not None and not any(item.site in sites for item in work_order.job_orders):
        return None
    return work_order


def list_visible(
    session: Session, *, state: WorkOrderState | None, sites: frozenset[str] | None, page: int
) -> tuple[tuple[WorkOrder, ...], bool]:
    """Give one page of work orders by due moment, and whether another page follows."""
    rows = ordering.list_work_orders(
        session, state=state, sites=sites, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
    )
    return rows[:PAGE_SIZE], len(rows) > PAGE_SIZE


def view_of(
    work_order: WorkOrder, network: Network, sites: frozenset[str] | None, *, can_report: bool
) -> WorkOrderView:
    """Show a work order; operations at other sites than the given ones are left out."""
    shown = [item for item in work_order.job_orders if sites is None or item.site in sites]
    zone = ZoneInfo(network.sites[0].time_zone)
    is_open = work_order.state in {WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS}
    return WorkOrderView(
        number=work_order.number, order=work_order.order_number,
        title=work_order.title.in_language(formatting.language()), quantity=work_order.quantity,
        due=formatting.moment_briefly(work_order.due_at, zone), state=work_order_tag(work_order.state),
        is_planned=work_order.state is WorkOrderState.PLANNED,
        sites=formatting.enumerated(dict.fromkeys(item.site for item in shown)),
        operations=tuple(_operation(item, network, zone, can_report=can_report and is_open) for item in shown),
    )


def _operation(item: JobOrder, network: Network, zone: ZoneInfo, *, can_report: bool) -> OperationView:
    return OperationView(
        number=item.number, title=item.title.in_language(formatting.language()), unit=item.unit_code,
        start=formatting.moment_briefly(item.started_at or item.planned_start_at, zone),
        end=formatting.moment_briefly(item.finished_at or item.planned_end_at, zone),
        minutes=formatting.figure(item.standard_minutes / network.speed_of(item.unit_code), 1),
        state=job_order_tag(item.state),
        can_start=can_report and item.state is JobOrderState.PLANNED,
        can_finish=can_report and item.state is JobOrderState.RUNNING,
        can_scrap=can_report and item.state in {JobOrderState.RUNNING, JobOrderState.FINISHED},
    )


def behind_views(rows: Sequence[BehindPlan], zone: ZoneInfo, now: datetime) -> tuple[BehindView, ...]:
    """Show operations that are behind plan."""
    language = formatting.language()
    return tuple(
        BehindView(
            work_order=row.work_order, order=row.order, customer=row.customer,
            title=row.title.in_language(language), operation=row.operation.in_language(language),
            unit=row.unit_code, planned_end=formatting.moment_briefly(row.planned_end_at, zone),
            behind=formatting.duration(now - row.planned_end_at), promised=formatting.day(row.promised_on),
        )
        for row in rows
    )
