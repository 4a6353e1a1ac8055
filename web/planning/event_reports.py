"""Each kind of event that a planner reports: its form, the choices it offers, and the one service call behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from catalog.plant import Network
from ordering import service as ordering
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import first_minute_from
from scheduling.errors import EventNotFound
from scheduling.schedule import WorkUnitEntry
from scheduling.schedule_event import EventKind, EventOutcome, Report
from web.clock import now
from web.forms import events as forms
from web.forms.events import EventForm
from web.forms.scenario import listed
from web.words import gettext as _

MINUTES_OF_DAY = 1440


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a report is made: the session, the clock of the first plant, and who reports."""

    session: Session
    zone: ZoneInfo
    by: str

    def minute(self, local: datetime | None) -> int:
        """Give the UTC minute of a local moment that a form has checked."""
        if local is None:
            raise ValueError("the form lets no report pass without its moments")
        return first_minute_from(local.replace(tzinfo=self.zone))

    def report(self, form: EventForm) -> Report:
        """Give who reports, and why."""
        return Report(form.cause.data or "", self.by, form.key.data or "")


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A kind of report: its title and help, its form, and what it does."""

    code: str
    title: str
    help: str
    form: type[EventForm]
    tell: Callable[[Desk, EventForm], EventOutcome]


def list_report_kinds() -> tuple[ReportKind, ...]:
    """Give every kind of report, in the order in which a planner needs them."""
    return (
        ReportKind("machine_down", _("Machine down"), _("What stands on it then is placed elsewhere, as a proposal."),
                   forms.DownForm, _tell_down),
        ReportKind("machine_up", _("Machine up again"), _("It works before its downtime was to end."), forms.UpForm,
                   _tell_up),
        ReportKind("operator_absent", _("People absent"), _("The emptiest units of the work center stand still."),
                   forms.AbsentForm, _tell_absent),
        ReportKind("material_late", _("Material late"), _("The operation waits for it, and what follows."),
                   forms.MaterialForm, _tell_material),
        ReportKind("scrap", _("Pieces scrapped"), _("They are made again, and what follows them waits."),
                   forms.ScrapForm, _tell_scrap),
        ReportKind("capacity_withdrawn", _("Capacity withdrawn"), _("A partner needs its plant itself."),
                   forms.WithdrawnForm, _tell_withdrawn),
        ReportKind("holiday", _("Holiday"), _("A site neither works nor takes goods on a day."), forms.HolidayForm,
                   _tell_holiday),
        ReportKind("overtime", _("Overtime"), _("More time on a day; a planning run uses it."), forms.OvertimeForm,
                   _tell_overtime),
        ReportKind("order_changed", _("Order changed"), _("Another weight or due time for its work."),
                   forms.ChangeForm, _tell_change),
        ReportKind("order_canceled", _("Order canceled"), _("What has not begun is freed."), forms.CancelForm,
                   _tell_cancel),
    )


def fill_choices(form: EventForm, *, network: Network, units: Sequence[WorkUnitEntry]) -> None:
    """Offer the units, work centers and sites of the network in a form that asks for one."""
    active = [unit for unit in units if unit.is_active]
    offers = {
        "unit": [unit.code for unit in active],
        "work_center": list(dict.fromkeys(unit.work_center for unit in active)),
        "site": [site.code for site in network.sites
                 if isinstance(form, forms.HolidayForm) or any(unit.site == site.code for unit in active)],
    }
    for name, values in offers.items():
        if name in form:
            form[name].choices = listed((value, value) for value in values)


def _unit_id(desk: Desk, code: str) -> int:
    return next((unit.id for unit in scheduling.list_work_units(desk.session) if unit.code == code), 0)


def _tell_down(desk: Desk, form: EventForm) -> EventOutcome:
    return events.report_machine_down(
        desk.session, unit_id=_unit_id(desk, form["unit"].data), from_minute=desk.minute(form["from_at"].moment),
        until_minute=desk.minute(form["until_at"].moment), report=desk.report(form), now=now())


def _tell_up(desk: Desk, form: EventForm) -> EventOutcome:
    return events.report_machine_up(
        desk.session, unit_id=_unit_id(desk, form["unit"].data), at_minute=desk.minute(form["from_at"].moment),
        report=desk.report(form), now=now())


def _tell_absent(desk: Desk, form: EventForm) -> EventOutcome:
    return events.report_operator_absent(
        desk.session, work_center=form["work_center"].data, headcount=form["headcount"].number or 0,
        from_minute=desk.minute(form["from_at"].moment), until_minute=desk.minute(form["until_at"].moment),
        report=desk.report(form), now=now())


def _tell_withdrawn(desk: Desk, form: EventForm) -> EventOutcome:
    return events.report_capacity_withdrawn(
        desk.session, site=form["site"].data, work_center=form["work_center"].data or "",
        from_minute=desk.minute(form["from_at"].moment), until_minute=desk.minute(form["until_at"].moment),
        report=desk.report(form), now=now())


def _tell_holiday(desk: Desk, form: EventForm) -> EventOutcome:
    return events.report_holiday(desk.session, site=form["site"].data, day=form["day"].day,
                                 report=desk.report(form), now=now())


def _tell_overtime(desk: Desk, form: EventForm) -> EventOutcome:
    start, end = form["start"].minute_of_day, form["end"].minute_of_day
    until = end if end > start else end + MINUTES_OF_DAY
    return events.report_overtime(desk.session, work_center=form["work_center"].data, day=form["day"].day,
                                  window=(start, until), report=desk.report(form), now=now())


def _tell_material(desk: Desk, form: EventForm) -> EventOutcome:
    hold_id, position = ordering.get_job_place(desk.session, number=form["job_order"].data)
    return events.report_material_late(
        desk.session, hold_id=hold_id, operation=position, earliest_minute=desk.minute(form["from_at"].moment),
        report=desk.report(form), now=now())


def _tell_scrap(desk: Desk, form: EventForm) -> EventOutcome:
    return ordering.scrap_job_order(desk.session, number=form["job_order"].data, count=form["count"].number or 0,
                                    cause=form.cause.data or "", now=now(), actor=desk.by)


def _tell_change(desk: Desk, form: EventForm) -> EventOutcome:
    hold_id = ordering.get_work_hold(desk.session, number=form["work_order"].data)
    job = scheduling.get_hold(desk.session, hold_id=hold_id).job
    due = form["due_at"].moment
    changed = replace(job, weight=form["weight"].number or 1,
                      due_minute=desk.minute(due) if due is not None else job.due_minute)
    return events.report_order_changed(desk.session, hold_id=hold_id, job=changed, report=desk.report(form), now=now())


def _tell_cancel(desk: Desk, form: EventForm) -> EventOutcome:
    ordering.cancel_order(desk.session, number=form["order"].data, reason=form.cause.data or "", now=now(),
                          actor=desk.by)
    found = events.list_outcomes(desk.session, kind=EventKind.ORDER_CANCELED, limit=1)
    if not found:
        raise EventNotFound("Nothing of this order was planned any more.")
    return found[0]
