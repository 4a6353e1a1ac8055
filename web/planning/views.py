"""Routes of the planner's pages. Each parses, makes one service call, and renders or redirects."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog.plant import Network
from ordering import service as ordering
from ordering.board import list_behind_plan
from scheduling import service as scheduling
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session, writes
from web.documents import work_order_pdf
from web.forms.keys import make_key
from web.paging import page_number
from web.pdf_response import send_pdf
from web.planning import work_orders as orders
from web.planning.page import load_board_page, local_today, time_zone_of
from web.planning.query import BoardQuery, read_board_query
from web.security import limited
from web.settings import Settings
from web.words import gettext as _

blueprint = Blueprint("planning", __name__, url_prefix="/planning")
SEEN_BY = ("planner", "partner", "owner")


def _company() -> str | None:
    return current_user.company if current_user.role == "partner" else None


def _network() -> Network:
    return scheduling.get_planning_network(get_session())


def _query(network: Network) -> BoardQuery:
    return read_board_query(request.args, today=local_today(network, now()))


@blueprint.get("/")
@require_role(*SEEN_BY)
def board() -> ResponseReturnValue:
    """Show the board."""
    network = _network()
    page = load_board_page(get_session(), network=network, query=_query(network), now=now(), company=_company())
    behind = list_behind_plan(get_session(), now=now(), limit=8) if current_user.role != "partner" else ()
    return render_template(
        "planning/board.html", page=page, behind=orders.behind_views(behind, page.zone, now()),
        may_replan=current_user.role != "partner", run_key=make_key(),
    )


@blueprint.get("/table")
@require_role(*SEEN_BY)
def table() -> ResponseReturnValue:
    """Show what the board shows as a table."""
    network = _network()
    page = load_board_page(get_session(), network=network, query=_query(network), now=now(), company=_company())
    return render_template("planning/table.html", page=page)


@blueprint.get("/late")
@require_role("planner", "owner")
def late() -> ResponseReturnValue:
    """List the operations that are behind plan."""
    zone = time_zone_of(_network())
    rows = list_behind_plan(get_session(), now=now())
    return render_template("planning/late.html", rows=orders.behind_views(rows, zone, now()))


@blueprint.get("/work-orders")
@require_role(*SEEN_BY)
def work_orders() -> ResponseReturnValue:
    """List work orders by due moment."""
    network = _network()
    sites = orders.sites_of_company(network, _company())
    wished = request.args.get("state", "")
    state = next((item for item in orders.LISTED_STATES if item.value == wished), None)
    page = page_number()
    rows, has_more = orders.list_visible(get_session(), state=state, sites=sites, page=page)
    may_report = current_user.role != "partner"
    tabs = [("", _("All")), *((item.value, orders.work_order_tag(item).words) for item in orders.LISTED_STATES)]
    return render_template(
        "planning/work_orders.html", rows=[orders.view_of(row, network, sites, can_report=may_report) for row in rows],
        tabs=tabs, state=state.value if state else "", page=page, has_more=has_more, may_release=may_report,
    )


@blueprint.get("/work-orders/<number>")
@require_role(*SEEN_BY)
def work_order(number: str) -> ResponseReturnValue:
    """Show a work order with its operations."""
    network = _network()
    sites = orders.sites_of_company(network, _company())
    found = orders.find_visible(get_session(), number=number, sites=sites)
    if found is None:
        abort(404)
    view = orders.view_of(found, network, sites, can_report=current_user.role != "partner")
    return render_template("planning/work_order.html", view=view, may_release=current_user.role != "partner")


@blueprint.get("/work-orders/<number>.pdf")
@require_role(*SEEN_BY)
@limited("document")
@writes
def work_order_document(number: str) -> ResponseReturnValue:
    """Give the traveller of a work order as PDF."""
    sites = orders.sites_of_company(_network(), _company())
    found = orders.find_visible(get_session(), number=number, sites=sites)
    if found is None:
        abort(404)
    settings: Settings = current_app.extensions["onelot_settings"]
    content = work_order_pdf(get_session(), work_order=found, base_url=settings.base_url,
                             secret=settings.secret_key, now=now(), is_lock_released=True)
    return send_pdf(content, name=f"Work-order_{found.number}-r{found.revision}.pdf")


@blueprint.post("/work-orders/release")
@require_role("planner", "owner")
def release() -> ResponseReturnValue:
    """Release the planned work orders of one order, or all of them."""
    order = request.form.get("order", "")[:40]
    numbers = ordering.release_work_orders(
        get_session(), now=now(), order_number=order or None, actor=current_user.login
    )
    flash(_("%(count)s work orders released.", count=len(numbers)))
    if order and numbers:
        return redirect(url_for("planning.work_order", number=numbers[0]), code=303)
    return redirect(url_for("planning.work_orders"), code=303)


@blueprint.post("/job-orders/<number>/start")
@require_role("planner", "owner")
def start_job_order(number: str) -> ResponseReturnValue:
    """Report that an operation has begun."""
    ordering.start_job_order(get_session(), number=number, now=now(), actor=current_user.login)
    return _back_to_work_order(number)


@blueprint.post("/job-orders/<number>/finish")
@require_role("planner", "owner")
def finish_job_order(number: str) -> ResponseReturnValue:
    """Report that an operation is finished."""
    ordering.finish_job_order(get_session(), number=number, now=now(), actor=current_user.login)
    return _back_to_work_order(number)


def _back_to_work_order(job_order: str) -> ResponseReturnValue:
    return redirect(url_for("planning.work_order", number=job_order.rpartition("-")[0]), code=303)


@blueprint.app_template_filter("day_short")
def day_short(value: date) -> str:
    """Write a day of the board's axis."""
    return formatting.day(value)

