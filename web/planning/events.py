"""Routes of what happens in the plants: the list, a form for each kind, what it came to, rush orders, risks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog.errors import OnelotError
from catalog.money import Money
from ordering import service as ordering
from ordering.board import BoardJob, find_board_jobs
from scheduling import events as happenings
from scheduling import service as scheduling
from scheduling.calendar import moment_at
from scheduling.publishing import Proposal
from scheduling.replanning import list_effects
from scheduling.rush import RushAnswer
from scheduling.schedule_event import EventKind, Report
from web import formatting
from web.accounts import require_role
from web.clock import now
from web.database import close_session, get_session
from web.errors import status_of
from web.forms.events import EventForm, RushChoiceForm, RushForm
from web.forms.keys import make_key
from web.paging import page_number
from web.planning.event_reports import Desk, ReportKind, fill_choices, list_report_kinds
from web.planning.event_words import event_row, event_title, hit_rows, named_words, risk_rows
from web.planning.order_effects import effect_rows, sort_choices, sorted_effects
from web.planning.page import time_zone_of
from web.planning.views import blueprint
from web.refusal_words import page_words
from web.words import gettext as _

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class RushRow:
    """One answer to a rush order."""

    way: str
    title: str
    arrival: str
    cost: str
    co2: str
    moved: str
    others_cost: str
    slips: tuple[str, ...]


@blueprint.get("/events")
@require_role("planner", "owner")
def events() -> ResponseReturnValue:
    """List what happened, newest first; of one kind when asked for."""
    session = get_session()
    zone = _zone()
    wished = request.args.get("kind", "")
    kind = next((item for item in EventKind if item.value == wished), None)
    page = page_number()
    found = happenings.list_outcomes(session, kind=kind, is_quiet_left_out=kind is None,
                                     offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    waiting = {item.proposal_id for item in found if item.proposal_id is not None}
    states = {number: scheduling.get_proposal(session, proposal_id=number).state for number in waiting}
    tabs = [("", _("All but work that ended and moved nothing")),
            *((item.value, event_title(item)) for item in EventKind)]
    return render_template(
        "planning/events.html", rows=[event_row(item, states, zone) for item in found[:PAGE_SIZE]], tabs=tabs,
        kind=kind.value if kind else "", kinds=list_report_kinds(), page=page, has_more=len(found) > PAGE_SIZE,
    )


@blueprint.get("/events/new/<code>")
@require_role("planner", "owner")
def new_event(code: str) -> ResponseReturnValue:
    """Show the form of one kind of report."""
    kind = _kind(code)
    form = kind.form(request.args)
    form.key.data = make_key()
    return _form_page(kind, form)


@blueprint.post("/events/new/<code>")
@require_role("planner", "owner")
def report_event(code: str) -> ResponseReturnValue:
    """Take a report and lead to what it came to."""
    kind = _kind(code)
    session = get_session()
    form = kind.form()
    _fill(form)
    if not form.validate_on_submit():
        return _form_page(kind, form), 422
    try:
        outcome = kind.tell(Desk(session, _zone(), current_user.login), form)
    except OnelotError as refusal:
        close_session()
        return _form_page(kind, form, refusal), status_of(refusal)
    followed = ordering.follow_event(session, outcome, now=now(), actor=current_user.login)
    if followed:
        flash(_("%(count)s work orders follow at once.", count=len(followed)))
    return redirect(url_for("planning.event", event_id=outcome.event.id), code=303)


@blueprint.get("/events/<int:event_id>")
@require_role("planner", "owner")
def event(event_id: int) -> ResponseReturnValue:
    """Show what an event hit, what its repair does to each order, and which promises are at risk."""
    session = get_session()
    outcome = happenings.get_outcome(session, event_id=event_id)
    zone = _zone()
    number = outcome.proposal_id or outcome.applied_proposal_id
    proposal = scheduling.get_proposal(session, proposal_id=number) if number is not None else None
    states = {proposal.id: proposal.state} if proposal is not None else {}
    holds = {hit.hold_id for hit in outcome.hits}
    codes = {hold_id: scheduling.get_hold(session, hold_id=hold_id).job.code for hold_id in holds}
    effects = sorted_effects(list_effects(session, proposal=proposal), "effect", is_descending=False) \
        if proposal is not None else []
    named = {*codes.values(), *(effect.job_code for effect in effects), *(risk.job_code for risk in outcome.risks),
             *(code for risk in outcome.risks for cause in risk.causes for code in cause.job_codes)}
    jobs = find_board_jobs(session, job_codes=named)
    units = _units()
    return render_template(
        "planning/event.html", row=event_row(outcome, states, zone), what=named_words(outcome.event),
        hits=hit_rows(outcome.hits, codes, jobs, units, zone), rows=effect_rows(effects, jobs, zone),
        heads=sort_choices(_proposal_path(proposal), "effect", is_descending=False),
        risks=risk_rows(outcome.risks, jobs, units, zone), proposal=proposal, milliseconds=outcome.milliseconds,
        is_open=proposal is not None and proposal.state == "open", is_applied=outcome.applied_proposal_id is not None,
        run_key=make_key(),
    )


@blueprint.get("/at-risk")
@require_role("planner", "owner")
def risks() -> ResponseReturnValue:
    """List every promise that is late, at risk or lost, with what it waits for."""
    session = get_session()
    found = happenings.list_live_risks(session, now=now())
    codes = {risk.job_code for risk in found}
    codes |= {code for risk in found for cause in risk.causes for code in cause.job_codes}
    jobs = find_board_jobs(session, job_codes=codes)
    return render_template("planning/risks.html", rows=risk_rows(found, jobs, _units(), _zone()))


@blueprint.get("/rush")
@require_role("planner", "owner")
def rush() -> ResponseReturnValue:
    """Ask for a work order to be made earlier; show both answers with their prices."""
    form = RushForm(request.args, meta={"csrf": False})
    if not form.work_order.data:
        return render_template("planning/rush.html", form=form, rows=None, refusal="", key="")
    form.cause.data, form.key.data = form.cause.data or "–", make_key()  # asking stores nothing, so it needs neither
    if not form.validate():
        return render_template("planning/rush.html", form=form, rows=None, refusal="", key=""), 422
    form.cause.data = ""
    return _rush_page(form)


@blueprint.post("/rush")
@require_role("planner", "owner")
def choose_rush() -> ResponseReturnValue:
    """Take one answer: others make room and the order moves, in one transaction."""
    form = RushChoiceForm()
    session = get_session()
    if not form.validate_on_submit():
        return _rush_page(form, _("Say why, and choose one of the answers."), status=422)
    try:
        hold_id = ordering.get_work_hold(session, number=form.work_order.data or "")
        outcome, _kept = happenings.choose_rush(
            session, hold_id=hold_id, way=happenings.RushWay(form.way.data or ""), expires_at=now(), now=now(),
            report=Report(form.cause.data or "", current_user.login, form.key.data or ""))
    except OnelotError as refusal:
        close_session()
        return _rush_page(form, page_words(refusal.code, refusal.message), status=status_of(refusal))
    followed = ordering.follow_event(session, outcome, now=now(), actor=current_user.login)
    flash(_("%(count)s work orders follow at once.", count=len(followed)))
    return redirect(url_for("planning.event", event_id=outcome.event.id), code=303)


def _rush_page(form: RushForm, refusal: str = "", *, status: int = 200) -> ResponseReturnValue:
    session = get_session()
    try:
        hold_id = ordering.get_work_hold(session, number=form.work_order.data or "")
        question = happenings.ask_rush(session, hold_id=hold_id, now=now())
        booked = scheduling.get_hold(session, hold_id=hold_id)
    except OnelotError as error:
        close_session()
        words = refusal or page_words(error.code, error.message)
        return render_template("planning/rush.html", form=form, rows=None, refusal=words, key=""), status_of(error)
    answers = [answer for answer in (question.options.no_move, question.options.bump) if answer is not None]
    slipping = {slip.job_code for answer in answers for slip in answer.slips}
    jobs = find_board_jobs(session, job_codes=slipping)
    zone = _zone()
    rows = [_rush_row(answer, booked.cost_minor, jobs, zone) for answer in answers
            if answer.plan.arrival_minute < booked.arrival_minute]
    present = formatting.moment_briefly(moment_at(booked.arrival_minute), zone)
    return render_template("planning/rush.html", form=form, rows=rows, refusal=refusal, key=make_key(),
                           present=present), status


def _rush_row(answer: RushAnswer, cost_before: int, jobs: dict[str, BoardJob], zone: ZoneInfo) -> RushRow:
    slips = []
    for slip in answer.slips:
        job = jobs.get(slip.job_code)
        order = (job.order or job.quote) if job else slip.job_code
        late = formatting.duration(timedelta(minutes=slip.arrival_minute - slip.promised_minute))
        slips.append(_("%(order)s finds no place any more.", order=order) if slip.is_lost
                     else _("%(order)s arrives %(time)s after its promise.", order=order, time=late))
    is_bump = answer.way is happenings.RushWay.BUMP
    return RushRow(
        way=answer.way.value, title=_("Others make room") if is_bump else _("Without moving anything"),
        arrival=formatting.moment_briefly(moment_at(answer.plan.arrival_minute), zone),
        cost=formatting.money_difference(Money(answer.plan.cost_minor - cost_before)),
        co2=f"{formatting.mass(answer.plan.co2_grams)} kg", moved=formatting.count(answer.moved_operations),
        others_cost=formatting.money_difference(Money(answer.others_cost_minor)), slips=tuple(slips),
    )


def _zone() -> ZoneInfo:
    return time_zone_of(scheduling.get_planning_network(get_session()))


def _units() -> dict[int, str]:
    return {unit.id: unit.code for unit in scheduling.list_work_units(get_session())}


def _kind(code: str) -> ReportKind:
    kinds: Iterable[ReportKind] = list_report_kinds()
    kind = next((item for item in kinds if item.code == code), None)
    if kind is None:
        abort(404)
    return kind


def _fill(form: EventForm) -> None:
    session = get_session()
    fill_choices(form, network=scheduling.get_planning_network(session), units=scheduling.list_work_units(session))


def _form_page(kind: ReportKind, form: EventForm, refusal: OnelotError | None = None) -> str:
    _fill(form)
    words = page_words(refusal.code, refusal.message) if refusal is not None else ""
    return render_template("planning/event_new.html", kind=kind, form=form, refusal=words, kinds=list_report_kinds())


def _proposal_path(proposal: Proposal | None) -> str:
    return url_for("planning.proposal", proposal_id=proposal.id) if proposal is not None else ""
