"""Routes of planning runs and their proposals. Nothing moves until a person puts a proposal in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog.money import Money
from ordering import service as ordering
from ordering.board import BoardJob, find_board_jobs
from scheduling import service as scheduling
from scheduling.calendar import moment_at
from scheduling.improve import JobChange
from scheduling.publishing import Proposal
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.planning import ReplanForm
from web.jobs import enqueue, get_job, request_stop
from web.jobs.queue import refuse_when_full
from web.planning.page import time_zone_of
from web.planning.views import blueprint
from web.settings import Settings
from web.words import gettext as _

KIND = "planning.replan"


@dataclass(frozen=True, slots=True)
class Figure:
    """An entry of the KPI strip."""

    title: str
    value: str
    was: str = ""
    difference: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a proposal does to one order."""

    order: str
    customer: str
    product: str
    moved: int
    arrival: str
    was: str
    difference: str
    is_earlier: bool
    cost: str


@blueprint.post("/replan")
@require_role("planner", "owner")
def replan() -> ResponseReturnValue:
    """Queue a planning run and lead to its progress."""
    form = ReplanForm()
    if not form.validate_on_submit():
        flash(" ".join(message for messages in form.errors.values() for message in messages), "late")
        return redirect(url_for("planning.board"), code=303)
    session = get_session()
    settings: Settings = current_app.extensions["onelot_settings"]
    refuse_when_full(session, kind=KIND, limit=settings.job_queue_limit)
    job = enqueue(session, kind=KIND, payload={"seconds": form.seconds.number, "by": current_user.login},
                  key=form.key.data or form.new_key(), now=now())
    return redirect(url_for("planning.run", job_id=job.id), code=303)


@blueprint.get("/runs/<int:job_id>")
@require_role("planner", "owner")
def run(job_id: int) -> ResponseReturnValue:
    """Show how far a planning run is; once it is done, lead to its proposal."""
    job = get_job(get_session(), job_id=job_id)
    if job.kind != KIND:
        abort(404)
    if job.state == "done" and job.result:
        return redirect(url_for("planning.proposal", proposal_id=job.result["proposal"]), code=303)
    progress = job.progress or {}
    figures = []
    if progress:
        before, best = progress["objective_before_minor"], progress["objective_minor"]
        figures = [
            Figure(_("Plan now"), formatting.money(Money(before))),
            Figure(_("Best found"), formatting.money(Money(best)),
                   difference=_("%(share)s %% less", share=formatting.figure(_share(before, best), 1)),
                   kind="good-text"),
            Figure(_("Elapsed"), _("%(seconds)s s", seconds=round(progress["elapsed_seconds"]))),
            Figure(_("Tries"), formatting.count(progress["iteration"])),
        ]
    return render_template("planning/run.html", job=job, figures=figures)


@blueprint.post("/runs/<int:job_id>/stop")
@require_role("planner", "owner")
def stop_run(job_id: int) -> ResponseReturnValue:
    """Ask a planning run to end with the best it has found."""
    request_stop(get_session(), job_id=job_id)
    return redirect(url_for("planning.run", job_id=job_id), code=303)


@blueprint.get("/proposals/<int:proposal_id>")
@require_role("planner", "owner")
def proposal(proposal_id: int) -> ResponseReturnValue:
    """Show what a proposal would change, order by order."""
    session = get_session()
    found = scheduling.get_proposal(session, proposal_id=proposal_id)
    zone = time_zone_of(scheduling.get_planning_network(session))
    jobs = find_board_jobs(session, job_codes=(change.job_code for change in found.changes))
    rows = [_change_row(change, jobs.get(change.job_code), zone) for change in found.changes]
    return render_template("planning/proposal.html", proposal=found, rows=rows, figures=_figures(found),
                           is_open=found.state == "open")


@blueprint.post("/proposals/<int:proposal_id>/publish")
@require_role("planner", "owner")
def publish(proposal_id: int) -> ResponseReturnValue:
    """Put a proposal in force; orders follow the new plan."""
    session = get_session()
    scheduling.publish_proposal(session, proposal_id=proposal_id, now=now())
    followed = ordering.follow_plan(session, now=now(), actor=current_user.login)
    flash(_("The plan is in force. %(count)s work orders follow it.", count=len(followed)))
    return redirect(url_for("planning.board"), code=303)


@blueprint.post("/proposals/<int:proposal_id>/discard")
@require_role("planner", "owner")
def discard(proposal_id: int) -> ResponseReturnValue:
    """Put a proposal away; the plan stays as it is."""
    scheduling.withdraw_proposal(get_session(), proposal_id=proposal_id)
    flash(_("The proposal is put away. The plan stays as it is."))
    return redirect(url_for("planning.board"), code=303)


def _figures(found: Proposal) -> list[Figure]:
    before, after = found.objective_before_minor, found.objective_after_minor
    moved = sum(len(change.moved) for change in found.changes)
    later = sum(change.arrival_after_minute > change.arrival_before_minute for change in found.changes)
    return [
        Figure(_("Cost of plan and delay"), formatting.money(Money(after)), was=formatting.money(Money(before)),
               difference=_("%(share)s %% less", share=formatting.figure(_share(before, after), 1)),
               kind="good-text"),
        Figure(_("Moved operations"), str(moved)),
        Figure(_("Orders that arrive earlier"),
               str(sum(c.arrival_after_minute < c.arrival_before_minute for c in found.changes))),
        Figure(_("Orders that arrive later"), str(later)),
        Figure(_("Promises broken"), str(sum(change.is_lost for change in found.changes)),
               difference=_("held by rule"), kind="good-text"),
    ]


def _share(before: int, after: int) -> Fraction:
    return Fraction(100 * (before - after), before) if before else Fraction(0)


def _change_row(change: JobChange, job: BoardJob | None, zone: ZoneInfo) -> ChangeRow:
    minutes = change.arrival_after_minute - change.arrival_before_minute
    title = job.title.in_language(formatting.language()) if job else ""
    return ChangeRow(
        order=(job.order or job.quote) if job else change.job_code, customer=job.customer if job else "",
        product=f"{job.quantity} × {title}" if job and job.quantity > 1 else title, moved=len(change.moved),
        arrival=formatting.moment_briefly(moment_at(change.arrival_after_minute), zone),
        was=formatting.moment_briefly(moment_at(change.arrival_before_minute), zone),
        difference=_hours(minutes), is_earlier=minutes < 0,
        cost=formatting.money_difference(Money(change.cost_after_minor - change.cost_before_minor)),
    )


def _hours(minutes: int) -> str:
    if minutes == 0:
        return "±0"
    words = formatting.duration(timedelta(minutes=abs(minutes)))
    return _("%(time)s earlier", time=words) if minutes < 0 else _("%(time)s later", time=words)
