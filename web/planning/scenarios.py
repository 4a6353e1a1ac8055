"""Routes of scenarios: what-ifs beside the live plan, planned in the background, compared, proposed or dropped."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from ordering.board import find_board_jobs
from scheduling import service as scheduling
from scheduling import what_if
from scheduling.errors import ScenarioNotPublishable
from scheduling.scenario_codec import scenario_change_from_json
from scheduling.scene import Change, NewPartner, RushOrder
from scheduling.what_if import Scenario
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import get_session
from web.forms.keys import make_key
from web.forms.planning import USUAL_SECONDS, ReplanForm
from web.forms.scenario import ScenarioForm
from web.jobs import enqueue, find_job
from web.jobs.queue import refuse_when_full
from web.planning import scenario_view
from web.planning.order_effects import SORTS, codes_to_name, effect_rows, sort_choices, sorted_effects
from web.planning.page import time_zone_of
from web.planning.runs import SCENARIO_KIND
from web.planning.scenario_words import jobs_named, remedy_words
from web.planning.views import blueprint
from web.settings import Settings
from web.words import gettext as _

MOST_COMPARED = 4
MOST_ORDERS_CHOSEN_FROM = 500


@blueprint.get("/scenarios")
@require_role("planner", "owner")
def scenarios() -> ResponseReturnValue:
    """List the scenarios."""
    session = get_session()
    zone = time_zone_of(scheduling.get_planning_network(session))
    found = what_if.list_scenarios(session)
    jobs = find_board_jobs(session, job_codes=[code for item in found for code in jobs_named(item.changes)])
    return render_template("planning/scenarios.html", rows=scenario_view.list_rows(found, jobs, zone))


@blueprint.get("/scenarios/new")
@require_role("planner", "owner")
def new_scenario() -> ResponseReturnValue:
    """Show the form of a new scenario, with the changes of another one first when ``base`` names it."""
    form = ScenarioForm()
    form.base.data = request.args.get("base", "")[:18]
    return _form_page(form)


@blueprint.post("/scenarios/new")
@require_role("planner", "owner")
def make_scenario() -> ResponseReturnValue:
    """Make a scenario, queue its planning and lead to its progress."""
    form = ScenarioForm()
    if not form.validate_on_submit():
        return _form_page(form), 422
    session = get_session()
    key = str(form.key.data)
    known = find_job(session, kind=SCENARIO_KIND, key=key)
    if known is not None:
        return redirect(url_for("planning.run", job_id=known.id), code=303)
    scenario = what_if.make_scenario(
        session, title=form.title.data or "", changes=_changes(session, form), by=current_user.login, now=now(),
        weights=form.weights, frozen_minutes=form.frozen_minutes,
    )
    return _plan(session, scenario.id, form.seconds.number or USUAL_SECONDS, key)


@blueprint.get("/scenarios/compare")
@require_role("planner", "owner")
def compare_scenarios() -> ResponseReturnValue:
    """Put up to four scenarios beside the live plan."""
    session = get_session()
    zone = time_zone_of(scheduling.get_planning_network(session))
    ids = [int(text) for text in request.args.getlist("id") if text.isascii() and text.isdigit() and len(text) < 18]
    found = [what_if.get_scenario(session, scenario_id=number) for number in dict.fromkeys(ids)]
    planned = [item for item in found if item.outcome is not None][:MOST_COMPARED]
    codes = {code for item in planned for code in jobs_named(item.changes)}
    codes |= {effect.job_code for item in planned if item.outcome for effect in item.outcome.comparison.orders}
    jobs = find_board_jobs(session, job_codes=codes_to_name(codes))
    return render_template(
        "planning/compare.html", page=scenario_view.side_by_side(planned, jobs, zone),
        left_out=len(found) - len(planned), most=MOST_COMPARED,
    )


@blueprint.get("/scenarios/<int:scenario_id>")
@require_role("planner", "owner")
def scenario(scenario_id: int) -> ResponseReturnValue:
    """Show a scenario and what planning it came to."""
    return _scenario_page(what_if.get_scenario(get_session(), scenario_id=scenario_id))


@blueprint.post("/scenarios/<int:scenario_id>/plan")
@require_role("planner", "owner")
def plan_scenario(scenario_id: int) -> ResponseReturnValue:
    """Plan a scenario again on the plan of now."""
    form = ReplanForm()
    if not form.validate_on_submit():
        return _scenario_page(what_if.get_scenario(get_session(), scenario_id=scenario_id), form=form), 422
    what_if.get_scenario(get_session(), scenario_id=scenario_id)
    return _plan(get_session(), scenario_id, form.seconds.number or USUAL_SECONDS, str(form.key.data))


@blueprint.post("/scenarios/<int:scenario_id>/publish")
@require_role("planner", "owner")
def publish_scenario(scenario_id: int) -> ResponseReturnValue:
    """Make a scenario's plan a proposal, or say what must be changed first."""
    session = get_session()
    try:
        made = what_if.publish_scenario(session, scenario_id=scenario_id, now=now())
    except ScenarioNotPublishable as refusal:
        found = what_if.get_scenario(session, scenario_id=scenario_id)
        return _scenario_page(found, refusal), 409
    return redirect(url_for("planning.proposal", proposal_id=made.id), code=303)


@blueprint.post("/scenarios/<int:scenario_id>/drop")
@require_role("planner", "owner")
def drop_scenario(scenario_id: int) -> ResponseReturnValue:
    """Put a scenario away."""
    what_if.drop_scenario(get_session(), scenario_id=scenario_id, now=now())
    flash(_("The scenario is dropped. The plan stays as it is."))
    return redirect(url_for("planning.scenarios"), code=303)


def _plan(session: Session, scenario_id: int, seconds: int, key: str) -> ResponseReturnValue:
    settings: Settings = current_app.extensions["onelot_settings"]
    refuse_when_full(session, kind=SCENARIO_KIND, limit=settings.job_queue_limit)
    payload = {"scenario": scenario_id, "seconds": seconds, "by": current_user.login}
    job = enqueue(session, kind=SCENARIO_KIND, payload=payload, key=key, now=now())
    return redirect(url_for("planning.run", job_id=job.id), code=303)


def _changes(session: Session, form: ScenarioForm) -> list[Change]:
    base: list[Change] = []
    if form.base.number:
        base = list(what_if.get_scenario(session, scenario_id=form.base.number).changes)
    zone = time_zone_of(scheduling.get_planning_network(session))
    units: tuple[str, ...] = ()
    if form.machine_center.data:
        units = what_if.new_unit_codes(session, work_center=form.machine_center.data,
                                       count=form.machine_count.number or 1)
    partners = sum(isinstance(change, NewPartner) for change in base)
    center = f"{form.partner_site.data}-{form.partner_capability.data}-new{partners + 1 if partners else ''}"
    rushes = sum(isinstance(change, RushOrder) for change in base)
    return base + form.changes(zone, new_units=units, partner_center=center[:70], rush_number=rushes + 1)


def _form_page(form: ScenarioForm) -> str:
    session = get_session()
    network = scheduling.get_planning_network(session)
    units = [unit for unit in scheduling.list_work_units(session) if unit.is_active]
    live = list(scheduling.get_jobs(session).values())[-MOST_ORDERS_CHOSEN_FROM:]
    jobs = find_board_jobs(session, job_codes=[job.code for job in live])
    scenario_view.fill_choices(form, network=network, units=units, live=live, jobs=jobs)
    form.key.data = make_key()
    form.base.process_formdata([form.base.data or ""])
    base = what_if.get_scenario(session, scenario_id=form.base.number) if form.base.number else None
    zone = time_zone_of(network)
    return render_template(
        "planning/scenario_new.html", form=form, base=base, symbol=formatting.currency_symbol(network.currency),
        base_changes=scenario_view.change_sentences(base.changes, jobs, zone) if base else (),
    )


def _scenario_page(
    found: Scenario, refusal: ScenarioNotPublishable | None = None, form: ReplanForm | None = None,
) -> str:
    session = get_session()
    zone = time_zone_of(scheduling.get_planning_network(session))
    sort = request.args.get("sort", "effect")
    sort, is_turned = sort if sort in SORTS else "effect", request.args.get("turn") == "1"
    orders = found.outcome.comparison.orders if found.outcome else ()
    effects = sorted_effects(orders, sort, is_descending=is_turned)
    codes = [*jobs_named(found.changes), *(effect.job_code for effect in effects)]
    jobs = find_board_jobs(session, job_codes=codes_to_name(codes))
    pending = found.outcome.pending if found.outcome else ()
    if refusal is not None and refusal.detail.get("pending"):
        stored = refusal.detail["pending"]
        pending = tuple(map(scenario_change_from_json, stored)) if isinstance(stored, list) else pending
    path = url_for("planning.scenario", scenario_id=found.id)
    return render_template(
        "planning/scenario.html", scenario=found, view=scenario_view.scenario_view(found, jobs, zone),
        rows=effect_rows(effects, jobs, zone), heads=sort_choices(path, sort, is_descending=is_turned),
        pending=[remedy_words(change, jobs, zone) for change in pending], is_refused=refusal is not None,
        run_key=make_key(), seconds=USUAL_SECONDS, form=form,
    )
