"""Events in words: what happened, to what, what is hit, and why a promise is at risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ordering.board import BoardJob
from scheduling.at_risk import Cause, CauseKind, Risk, RiskLevel
from scheduling.calendar import moment_at
from scheduling.schedule_event import EventKind, EventOutcome, Hit, HitEffect, ScheduleEvent
from web import formatting
from web.shop.states import StateTag
from web.words import gettext as _
from web.words import ngettext


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as a row of the list."""

    id: int
    title: str
    what: str
    cause: str
    by: str
    at: str
    span: str
    hits: str
    state: StateTag


@dataclass(frozen=True, slots=True)
class HitRow:
    """An operation that an event names. ``order`` is empty for work that is only quoted."""

    order: str
    work_order: str
    customer: str
    operation: str
    unit: str
    stood: str
    effect: str


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A promise at risk; ``causes`` are sentences, the last operation first."""

    order: str
    work_order: str
    customer: str
    product: str
    level: StateTag
    promised: str
    arrival: str
    slack: str
    is_late: bool
    causes: tuple[str, ...]


def event_title(kind: EventKind) -> str:
    """Name a kind of event."""
    return {
        EventKind.MACHINE_DOWN: _("Machine down"),
        EventKind.MACHINE_UP: _("Machine up again"),
        EventKind.OPERATOR_ABSENT: _("People absent"),
        EventKind.CAPACITY_WITHDRAWN: _("Capacity withdrawn"),
        EventKind.CALENDAR_CHANGED: _("Working time changed"),
        EventKind.OPERATION_FINISHED: _("Operation finished"),
        EventKind.OPERATION_SCRAPPED: _("Pieces scrapped"),
        EventKind.MATERIAL_LATE: _("Material late"),
        EventKind.RUSH_ORDER: _("Rush order"),
        EventKind.ORDER_CHANGED: _("Order changed"),
        EventKind.ORDER_CANCELED: _("Order canceled"),
        EventKind.PLAN_PUBLISHED: _("Plan put in force"),
    }[kind]


def event_row(outcome: EventOutcome, proposals: Mapping[int, str], zone: ZoneInfo) -> EventRow:
    """Show an event as a row; ``proposals`` gives the state of each repair by its number."""
    event = outcome.event
    count = len(outcome.hits)
    return EventRow(
        id=event.id, title=event_title(event.kind), what=named_words(event), cause=event.cause, by=event.by,
        at=formatting.moment_briefly(event.at, zone), span=_span(event, zone),
        hits=ngettext("%(num)s operation", "%(num)s operations", count),
        state=repair_tag(outcome, proposals),
    )


def repair_tag(outcome: EventOutcome, proposals: Mapping[int, str]) -> StateTag:
    """Say how far the repair of an event is."""
    state = proposals.get(outcome.proposal_id or 0, "")
    if state == "open":
        return StateTag(_("repair proposed"), "warn", "eye")
    if state == "published" or outcome.applied_proposal_id is not None:
        return StateTag(_("repaired"), "on", "tick")
    if state == "withdrawn":
        return StateTag(_("repair put away"), "off", "slash")
    if any(hit.effect in {HitEffect.DISPLACED, HitEffect.STUCK} for hit in outcome.hits):
        return StateTag(_("nothing fits"), "late", "")
    return StateTag(_("nothing to repair"), "", "")


def named_words(event: ScheduleEvent) -> str:
    """Name the things of an event, as short as a table wants it."""
    named = event.named
    parts = [str(named[name]) for name in ("unit", "site", "work_center", "job", "operation_code") if named.get(name)]
    if event.kind is EventKind.MACHINE_DOWN or event.kind is EventKind.MACHINE_UP:
        parts = [str(named["unit"])]
    if "day" in named:
        parts.append(formatting.short_day(date.fromisoformat(named["day"])))
    if "headcount" in named:
        count = int(named["headcount"])
        parts.append(ngettext("%(num)s person", "%(num)s people", count))
    if "scrapped_count" in named:
        parts.append(_("%(count)s of %(all)s pieces", count=named["scrapped_count"], all=named["of_count"]))
    return " · ".join(parts)


def _span(event: ScheduleEvent, zone: ZoneInfo) -> str:
    if event.from_minute is None:
        return ""
    start = formatting.moment_briefly(moment_at(event.from_minute), zone)
    if event.until_minute is None:
        return start
    return f"{start} – {formatting.moment_briefly(moment_at(event.until_minute), zone)}"


def effect_words(effect: HitEffect) -> str:
    """Say what an event means for an operation."""
    return {
        HitEffect.DISPLACED: _("its place is gone"),
        HitEffect.MOVED: _("makes room"),
        HitEffect.CORRECTED: _("set to what is so"),
        HitEffect.FREED: _("freed"),
        HitEffect.STUCK: _("pinned, cannot leave"),
    }[effect]


def hit_rows(
    hits: Iterable[Hit], codes: Mapping[int, str], jobs: Mapping[str, BoardJob], units: Mapping[int, str],
    zone: ZoneInfo,
) -> list[HitRow]:
    """Show the operations that an event names."""
    rows = []
    for hit in hits:
        code = codes.get(hit.hold_id, "")
        job = jobs.get(code)
        start, end = moment_at(hit.start_minute), moment_at(hit.end_minute)
        rows.append(HitRow(
            order=job.order if job else "", work_order=job.work_order if job else "",
            customer=job.customer if job else code, operation=_operation(job, hit.operation, ""),
            unit=units.get(hit.unit_id, ""),
            stood=f"{formatting.moment_briefly(start, zone)} – {formatting.moment_briefly(end, zone)}",
            effect=effect_words(hit.effect),
        ))
    return rows


def _operation(job: BoardJob | None, position: int, code: str) -> str:
    label = job.operations.get(position) if job else None
    return label.title.in_language(formatting.language()) if label else code or _("operation %(number)s",
                                                                                  number=position + 1)


def level_tag(level: RiskLevel) -> StateTag:
    """Say how a promise stands."""
    return {
        RiskLevel.LOST: StateTag(_("no place"), "late", "slash"),
        RiskLevel.LATE: StateTag(_("late"), "late", "clock"),
        RiskLevel.AT_RISK: StateTag(_("at risk"), "warn", "clock"),
    }[level]


def risk_rows(
    risks: Iterable[Risk], jobs: Mapping[str, BoardJob], units: Mapping[int, str], zone: ZoneInfo
) -> list[RiskRow]:
    """Show promises at risk with the chain of waits behind each."""
    rows = []
    for risk in risks:
        job = jobs.get(risk.job_code)
        slack = formatting.duration(timedelta(minutes=abs(risk.slack_minutes)))
        rows.append(RiskRow(
            order=(job.order or job.quote) if job else risk.job_code, work_order=job.work_order if job else "",
            customer=job.customer if job else "",
            product=job.title.in_language(formatting.language()) if job else "", level=level_tag(risk.level),
            promised=formatting.moment_briefly(moment_at(risk.promised_minute), zone),
            arrival=formatting.moment_briefly(moment_at(risk.arrival_minute), zone), slack=slack,
            is_late=risk.slack_minutes < 0,
            causes=tuple(cause_words(cause, job, jobs, units) for cause in risk.causes[:6]),
        ))
    return rows


def cause_words(
    cause: Cause, job: BoardJob | None, jobs: Mapping[str, BoardJob], units: Mapping[int, str]
) -> str:
    """Say in one sentence what an operation waits for."""
    time = formatting.duration(timedelta(minutes=cause.minutes))
    operation = _operation(job, cause.operation, cause.operation_code)
    unit = units.get(cause.unit_id or 0, "")
    if cause.kind is CauseKind.OTHER_WORK:
        orders = [(jobs[code].order or jobs[code].quote) if code in jobs else code for code in cause.job_codes]
        names = formatting.enumerated(dict.fromkeys(orders[:4]))
        return _("%(operation)s waits %(time)s for %(unit)s, which works for %(orders)s.", operation=operation,
                 time=time, unit=unit, orders=names)
    sentences = {
        CauseKind.DOWNTIME: _("%(operation)s waits %(time)s for %(unit)s, which is down.", operation=operation,
                              time=time, unit=unit),
        CauseKind.CLOSED: _("%(operation)s waits %(time)s while %(unit)s is closed.", operation=operation,
                            time=time, unit=unit),
        CauseKind.SETUP: _("%(operation)s waits %(time)s for the setup of %(unit)s.", operation=operation,
                           time=time, unit=unit),
        CauseKind.MATERIAL: _("%(operation)s waits %(time)s for its material.", operation=operation, time=time),
        CauseKind.TRANSPORT: _("%(operation)s waits %(time)s for transport.", operation=operation, time=time),
        CauseKind.NO_WAY: _("No way is known from %(operation)s to where it is needed.", operation=operation),
        CauseKind.PLACE_GONE: _("%(operation)s has no place any more on %(unit)s.", operation=operation, unit=unit),
    }
    return sentences[cause.kind]
