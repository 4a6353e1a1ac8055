"""Routes of planning runs and their proposals. Nothing moves until a person puts a proposal in force."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from ordering import service as ordering
from ordering.board import find_board_jobs
from scheduling import service as scheduling
from scheduling.errors import ProposalOutdated
from scheduling.replanning import list_effects
from scheduling.scenario_codec import weights_as_json
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.keys import make_key
from web.forms.planning import ReplanForm
from web.jobs import enqueue, get_job, request_stop
from web.jobs.queue import list_newest, refuse_when_full
from web.planning.kpi_words import kpi_pairs
from web.planning.order_effects import SORTS, effect_rows, sort_choices, sorted_effects
from web.planning.page import time_zone_of
from web.planning.proposal_view import bound_words, difference_rows, proposal_figures, proposal_terms, run_figures
from web.planning.run_list import proposal_rows, run_rows
from web.planning.views import blueprint
from web.settings import Settings
from web.words import gettext as _

KIND = "planning.replan"
SCENARIO_KIND = "planning.scenario"
LISTED = 20


@blueprint.get("/runs")
@require_role("planner", "owner")
def runs() -> ResponseReturnValue:
    """Show the settings of a planning run, the newest runs, and what they came to."""
    return _runs_page(ReplanForm())


@blueprint.post("/replan")
@require_role("planner", "owner")
def replan() -> ResponseReturnValue:
    """Queue a planning run and lead to its progress."""
    form = ReplanForm()
    if not form.validate_on_submit():
        return _runs_page(form), 422
    session = get_session()
    settings: Settings = current_app.extensions["onelot_settings"]
    refuse_when_full(session, kind=KIND, limit=settings.job_queue_limit)
    payload = {"seconds": form.seconds.number, "by": current_user.login, "frozen_minutes": form.frozen_minutes,
               "weights": weights_as_json(form.weights)}
    job = enqueue(session, kind=KIND, payload=payload, key=str(form.key.data), now=now())
    return redirect(url_for("planning.run", job_id=job.id), code=303)


def _runs_page(form: ReplanForm) -> str:
    session = get_session()
    network = scheduling.get_planning_network(session)
    zone = time_zone_of(network)
    form.key.data = make_key()
    return render_template(
        "planning/runs.html", form=form, runs=run_rows(list_newest(session, kind=KIND, limit=LISTED), zone),
        proposals=proposal_rows(scheduling.list_proposals(session, limit=LISTED), zone),
        symbol=formatting.currency_symbol(network.currency),
    )


@blueprint.get("/runs/<int:job_id>")
@require_role("planner", "owner")
def run(job_id: int) -> ResponseReturnValue:
    """Show how far a planning run is; once it is done, lead to what it came to."""
    job = get_job(get_session(), job_id=job_id)
    if job.kind not in {KIND, SCENARIO_KIND}:
        abort(404)
    result_url = ""
    if job.state == "done" and job.result:
        result_url = (url_for("planning.proposal", proposal_id=job.result["proposal"]) if job.kind == KIND
                      else url_for("planning.scenario", scenario_id=job.result["scenario"]))
        if not request.headers.get("HX-Request"):
            return redirect(result_url, code=303)
    progress = job.progress or {}
    is_running = job.state in {"queued", "running"}
    words = bound_words(progress["objective_minor"], progress.get("lower_bound_minor")) if progress else ""
    return render_template(
        "planning/run.html", job=job, figures=run_figures(progress), bound=words, result_url=result_url,
        is_running=is_running, seconds=job.payload.get("seconds"), is_scenario=job.kind == SCENARIO_KIND,
        elapsed=round(progress.get("elapsed_seconds", 0)),
    )


@blueprint.post("/runs/<int:job_id>/stop")
@require_role("planner", "owner")
def stop_run(job_id: int) -> ResponseReturnValue:
    """Ask a planning run to end with the best it has found."""
    job = get_job(get_session(), job_id=job_id)
    if job.kind not in {KIND, SCENARIO_KIND}:
        abort(404)
    request_stop(get_session(), job_id=job_id)
    return redirect(url_for("planning.run", job_id=job_id), code=303)


@blueprint.get("/proposals/<int:proposal_id>")
@require_role("planner", "owner")
def proposal(proposal_id: int) -> ResponseReturnValue:
    """Show what a proposal would change, order by order."""
    return _proposal_page(proposal_id)


@blueprint.post("/proposals/<int:proposal_id>/publish")
@require_role("planner", "owner")
def publish(proposal_id: int) -> ResponseReturnValue:
    """Put a proposal in force; orders follow the new plan. What moved since is told, operation by operation."""
    session = get_session()
    try:
        scheduling.publish_proposal(session, proposal_id=proposal_id, now=now())
    except ProposalOutdated as refusal:
        return _proposal_page(proposal_id, refusal), 409
    followed = ordering.follow_plan(session, now=now(), actor=current_user.login, proposal_id=proposal_id)
    flash(_("The plan is in force. %(count)s work orders follow it.", count=len(followed)))
    return redirect(url_for("planning.board"), code=303)


@blueprint.post("/proposals/<int:proposal_id>/discard")
@require_role("planner", "owner")
def discard(proposal_id: int) -> ResponseReturnValue:
    """Put a proposal away; the plan stays as it is."""
    scheduling.withdraw_proposal(get_session(), proposal_id=proposal_id)
    flash(_("The proposal is put away. The plan stays as it is."))
    return redirect(url_for("planning.board"), code=303)


def _proposal_page(proposal_id: int, refusal: ProposalOutdated | None = None) -> str:
    session = get_session()
    found = scheduling.get_proposal(session, proposal_id=proposal_id)
    zone = time_zone_of(scheduling.get_planning_network(session))
    sort = request.args.get("sort", "effect")
    is_turned = request.args.get("turn") == "1"
    sort = sort if sort in SORTS else "effect"
    moved: Any = refusal.detail.get("moved", []) if refusal is not None else []  # Any: a refusal's facts
    effects = sorted_effects(list_effects(session, proposal=found), sort, is_descending=is_turned)
    codes = {effect.job_code for effect in effects} | {entry["job"] for entry in moved}
    jobs = find_board_jobs(session, job_codes=codes)
    return render_template(
        "planning/proposal.html", proposal=found, rows=effect_rows(effects, jobs, zone),
        figures=proposal_figures(found), is_open=found.state == "open",
        heads=sort_choices(url_for("planning.proposal", proposal_id=proposal_id), sort, is_descending=is_turned),
        terms=proposal_terms(found),
        bound=bound_words(found.objective_after_minor, found.lower_bound_minor),
        kpis=kpi_pairs(found.kpis_before, found.kpis_after), run_key=make_key(),
        is_refused=refusal is not None, differences=difference_rows(moved, jobs, zone),
    )
