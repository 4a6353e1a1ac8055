"""Schedule events: rows ↔ values, recorded once for each report, found again by what they name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from scheduling.at_risk import Cause, CauseKind, Risk, RiskLevel
from scheduling.errors import EventNotFound, ReportInvalid
from scheduling.event_tables import ScheduleEventHitRow, ScheduleEventRow
from scheduling.improve import JobChange
from scheduling.problem import Minute
from scheduling.schedule_event import EventKind, EventOutcome, Facts, Hit, HitEffect, Report, ScheduleEvent
from scheduling.store import lock_area

Json = Any
"""A stored risk: its shape is what :func:`_risk_as_json` put there."""

LONGEST_CAUSE = 200
LONGEST_PAGE = 200
_AWAY = (HitEffect.DISPLACED, HitEffect.MOVED, HitEffect.STUCK)


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it is kept: its kind, who says so and why, the time it covers, the things it names.

    ``occasion`` tells two reports of equal content apart where both can be meant; a report's own key stands in for it.
    """

    kind: EventKind
    report: Report
    named: Facts
    from_minute: Minute | None = None
    until_minute: Minute | None = None
    occasion: str = ""

    @property
    def report_hash(self) -> str:
        """SHA-256 of the report's content with its own key, or with its occasion where it has none.

        A key that comes back with other content is another report; what was there before is not what is reported.
        """
        named = {name: value for name, value in self.named.items() if not self.report.key or name != "before"}
        content: list[object] = [self.kind.value, self.report.key or self.occasion, bool(self.report.key),
                                 self.report.cause.strip(), named, self.from_minute, self.until_minute]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def require_readable(report: Report) -> None:
    """Refuse a report without a cause or a reporter.

    Raises
    ------
    ReportInvalid
        The cause has not 1 to 200 characters, or nobody reports it.
    """
    if not 1 <= len(report.cause.strip()) <= LONGEST_CAUSE:
        raise ReportInvalid(f"Say why in 1 to {LONGEST_CAUSE} characters.", field="cause")
    if not 1 <= len(report.by) <= 254:
        raise ReportInvalid("Say who reports it.", field="by")


def find_answer(session: Session, draft: Draft) -> EventOutcome | None:
    """Give the answer to the same report made before; None when it is new."""
    query = select(ScheduleEventRow).where(ScheduleEventRow.report_hash == draft.report_hash)
    row = session.scalars(query).first()
    return None if row is None else replace(outcome_value(row), is_replayed=True)


def record(
    session: Session,
    draft: Draft,
    *,
    now: datetime,
    hits: Iterable[Hit] = (),
    proposals: tuple[int | None, int | None] = (None, None),
    risks: Sequence[Risk] = (),
    milliseconds: int = 0,
) -> EventOutcome:
    """Keep an event with what it hits.

    Parameters
    ----------
    now
        Aware UTC.
    hits
        Operations it names.
    proposals
        What was put in force at once, and what waits for the planner.
    risks
        Promises at risk after the repair.
    milliseconds
        From the report to the answer.
    """
    area = lock_area(session)
    row = ScheduleEventRow(
        area_id=area.id, kind=draft.kind.value, at=now, by=draft.report.by, cause=draft.report.cause.strip(),
        from_minute=draft.from_minute, until_minute=draft.until_minute, named=dict(draft.named),
        version=area.version, report_hash=draft.report_hash, applied_proposal_id=proposals[0],
        proposal_id=proposals[1], risks=[_risk_as_json(risk) for risk in risks], milliseconds=milliseconds,
        hits=[ScheduleEventHitRow(**{**asdict(hit), "effect": hit.effect.value}) for hit in hits],
    )
    session.add(row)
    session.flush()
    return outcome_value(row)


def get_outcome(session: Session, *, event_id: int) -> EventOutcome:
    """Give an event with what it hit.

    Raises
    ------
    EventNotFound
        No such event.
    """
    row = session.get(ScheduleEventRow, event_id) if 0 < event_id < 2**63 else None
    if row is None:
        raise EventNotFound("There is no such event.", event_id=event_id)
    return outcome_value(row)


def list_outcomes(
    session: Session, *, kind: EventKind | None = None, hold_id: int | None = None,
    is_quiet_left_out: bool = False, offset: int = 0, limit: int = 50,
) -> tuple[EventOutcome, ...]:
    """List events with what they hit, newest first; of one kind, or that name a job, when asked for.

    ``is_quiet_left_out`` leaves out work that ended and moved nothing.
    """
    query = select(ScheduleEventRow).options(selectinload(ScheduleEventRow.hits)).order_by(ScheduleEventRow.id.desc())
    if kind is not None:
        query = query.where(ScheduleEventRow.kind == kind.value)
    if is_quiet_left_out:
        query = query.where((ScheduleEventRow.kind != EventKind.OPERATION_FINISHED.value)
                            | ScheduleEventRow.applied_proposal_id.is_not(None))
    if hold_id is not None:
        query = query.where(ScheduleEventRow.hits.any(ScheduleEventHitRow.hold_id == hold_id))
    rows = session.scalars(query.offset(max(offset, 0)).limit(min(max(limit, 1), LONGEST_PAGE)))
    return tuple(outcome_value(row) for row in rows)


def find_event_of_proposal(session: Session, *, proposal_id: int) -> ScheduleEvent | None:
    """Give the newest event that a proposal answers; None when a person asked for it."""
    query = select(ScheduleEventRow).where(
        (ScheduleEventRow.proposal_id == proposal_id) | (ScheduleEventRow.applied_proposal_id == proposal_id)
    )
    row = session.scalars(query.order_by(ScheduleEventRow.id.desc())).first()
    return None if row is None else event_value(row)


def is_delaying(outcome: EventOutcome, hold_ids: Collection[int]) -> bool:
    """Tell whether an event took the place of some jobs' work, or made it end later than it was booked.

    Work reported finished in time, and capacity given back, delay nothing.
    """
    ended = outcome.event.named.get("ended_at_minute")
    return any(
        hit.hold_id in hold_ids and (hit.effect in _AWAY or (
            hit.effect is HitEffect.CORRECTED and (ended is None or ended > hit.end_minute)))
        for hit in outcome.hits
    )


def is_closing(event: ScheduleEvent, *, site: str, day: date) -> bool:
    """Tell whether an event made a plant-local day a holiday of a site, which then receives nothing."""
    return event.kind is EventKind.CALENDAR_CHANGED and (
        event.named.get("site"), event.named.get("day")) == (site, day.isoformat())


def find_displacing_event(session: Session, *, changes: Iterable[JobChange]) -> ScheduleEvent | None:
    """Give the newest event that took a place which changes of a plan leave.

    Parameters
    ----------
    changes
        What a plan put in force did to some jobs.

    Returns
    -------
    ScheduleEvent or None
        None when they leave their places for another reason: whatever was repaired before is no cause any more.
    """
    left = {
        (change.hold_id, here.operation, here.unit_id, here.start_minute, here.end_minute)
        for change in changes for here in change.before if here.operation in change.moved
    }
    query = (
        select(ScheduleEventRow, ScheduleEventHitRow)
        .join(ScheduleEventHitRow, ScheduleEventHitRow.event_id == ScheduleEventRow.id)
        .where(ScheduleEventHitRow.hold_id.in_({place[0] for place in left}),
               ScheduleEventHitRow.effect.in_([effect.value for effect in _AWAY]))
        .order_by(ScheduleEventRow.id.desc())
    )
    for row, hit in session.execute(query):
        if (hit.hold_id, hit.operation, hit.unit_id, hit.start_minute, hit.end_minute) in left:
            return event_value(row)
    return None


def list_calendar_changes(session: Session) -> tuple[Facts, ...]:
    """Give what the reports of changed working time name, oldest first."""
    query = select(ScheduleEventRow.named).where(ScheduleEventRow.kind == EventKind.CALENDAR_CHANGED.value)
    return tuple(session.scalars(query.order_by(ScheduleEventRow.id)))


def list_reported_holidays(session: Session) -> frozenset[tuple[str, date]]:
    """Give the plant-local days that were reported as holidays, each with its site."""
    return frozenset((change["site"], date.fromisoformat(change["day"]))
                     for change in list_calendar_changes(session) if "site" in change)


def event_value(row: ScheduleEventRow) -> ScheduleEvent:
    """Give an event row as a value."""
    return ScheduleEvent(
        id=row.id, kind=EventKind(row.kind), at=row.at, by=row.by, cause=row.cause,
        from_minute=row.from_minute, until_minute=row.until_minute, named=row.named, version=row.version,
    )


def outcome_value(row: ScheduleEventRow) -> EventOutcome:
    """Give an event row with its hits as a value."""
    return EventOutcome(
        event=event_value(row),
        hits=tuple(
            Hit(hit.hold_id, hit.operation, hit.unit_id, hit.start_minute, hit.end_minute, HitEffect(hit.effect))
            for hit in row.hits
        ),
        applied_proposal_id=row.applied_proposal_id, proposal_id=row.proposal_id,
        risks=tuple(_risk_from_json(item) for item in row.risks), milliseconds=row.milliseconds,
    )


def _risk_as_json(risk: Risk) -> dict[str, Json]:
    return {**asdict(risk), "level": risk.level.value,
            "causes": [{**asdict(cause), "kind": cause.kind.value, "job_codes": list(cause.job_codes)}
                       for cause in risk.causes]}


def _risk_from_json(document: Mapping[str, Json]) -> Risk:
    causes = tuple(
        Cause(**{**cause, "kind": CauseKind(cause["kind"]), "job_codes": tuple(cause["job_codes"])})
        for cause in document["causes"]
    )
    return Risk(**{**document, "level": RiskLevel(document["level"]), "causes": causes})
