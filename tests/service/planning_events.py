"""A planning area in which things happen: machines fail, work ends late or is spoiled, material waits, orders rush."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from catalog.errors import OnelotError
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import first_minute_from
from scheduling.events import EventOutcome, Report
from scheduling.schedule import HoldState
from tests.service.planning_area import PICK, Kept, PlanningArea

REFUSALS = {"operation_not_begun", "operation_not_found", "report_repeated", "report_invalid", "hold_not_found",
            "job_started", "proposal_outdated", "unit_not_down"}
Answer = TypeVar("Answer")
MINUTES = st.sampled_from([30, 200, 900, 3000])


class EventfulArea(PlanningArea):
    """The planning area with everything that is reported to it."""

    def report(self, act: Callable[[Session, Report], EventOutcome], *, is_accepted: bool) -> None:
        """Report something, twice: the second time changes nothing; then accept or drop the repair."""
        self.events += 1
        report = Report(f"cause {self.events}", "planner", key=f"event-{self.events}")
        outcome = self.unless_refused(lambda session: act(session, report))
        if outcome is None:
            return
        again = self.write(lambda session: act(session, report))
        assert (again.event.id, again.is_replayed) == (outcome.event.id, True)
        kind = type(self).happened
        kind[outcome.event.kind.value] += 1
        kind["hits"] += bool(outcome.hits)
        for kept in self.kept:
            kept.is_hit = True
        if outcome.proposal_id is not None and is_accepted:
            kind["repaired"] += self.publish(outcome.proposal_id)

    def unless_refused(self, act: Callable[[Session], Answer]) -> Answer | None:
        """Run an act in one transaction; None when it is refused for one of the reasons that people can bring about."""
        try:
            with self.database.transaction() as session:
                return act(session)
        except OnelotError as refusal:
            if refusal.code not in REFUSALS:
                raise
        type(self).happened["refused report"] += 1
        return None

    def unit(self, place: int) -> int:
        """Give a work unit, a busy one if there is one."""
        with self.database.reading() as session:
            busy = [item.unit_id for item in scheduling.list_bookings(
                session, from_minute=first_minute_from(self.now), until_minute=2**31 - 1)]
            units = busy or [unit.id for unit in scheduling.list_work_units(session)]
        return units[place % len(units)]

    @precondition(lambda self: self.kept)
    @rule(place=PICK, ahead=st.sampled_from([0, 60, 1500]), minutes=MINUTES, is_accepted=st.booleans())
    def machine_down(self, place: int, ahead: int, minutes: int, is_accepted: bool) -> None:
        """A machine fails for a while."""
        unit_id, start = self.unit(place), first_minute_from(self.now) + ahead
        self.report(lambda session, report: events.report_machine_down(
            session, unit_id=unit_id, from_minute=start, until_minute=start + minutes, report=report, now=self.now,
        ), is_accepted=is_accepted)

    @precondition(lambda self: self.events)
    @rule(place=PICK)
    def machine_up(self, place: int) -> None:
        """A machine works again, or was never down."""
        unit_id = self.unit(place)
        self.report(lambda session, report: events.report_machine_up(
            session, unit_id=unit_id, at_minute=first_minute_from(self.now), report=report, now=self.now,
        ), is_accepted=False)

    @precondition(lambda self: self.kept)
    @rule(place=PICK, difference=st.sampled_from([-20, 0, 15, 240]), hours=st.sampled_from([1, 4, 10]),
          waited=st.sampled_from([None, None, 0, 95, 310]))
    def operation_ends(self, place: int, difference: int, hours: int, waited: int | None) -> None:
        """An operation begins in time or late, ends early, in time or late, and is reported some hours later."""
        kept = self.pick(place)
        with self.database.reading() as session:
            bookings = scheduling.get_hold(session, hold_id=kept.hold_id).bookings
        booking = bookings[place % len(bookings)]
        if first_minute_from(self.now) > booking.start_minute:
            self.now += timedelta(hours=hours)
            self.close_what_is_over()
        ended = booking.end_minute + difference + (waited or 0)
        started = None if waited is None else booking.start_minute + waited
        self.report(lambda session, report: events.report_operation_finished(
            session, hold_id=kept.hold_id, operation=booking.operation, ended_at_minute=ended, report=report,
            now=self.now, started_at_minute=started,
        ), is_accepted=True)

    @precondition(lambda self: self.kept)
    @rule(place=PICK, spoiled=st.integers(1, 4))
    def pieces_are_spoiled(self, place: int, spoiled: int) -> None:
        """Some of four pieces have to be made again."""
        kept = self.pick(place)
        self.report(lambda session, report: events.report_operation_scrapped(
            session, hold_id=kept.hold_id, operation=0, scrapped_count=spoiled, of_count=4, report=report,
            now=self.now,
        ), is_accepted=True)

    @precondition(lambda self: self.kept)
    @rule(place=PICK, hours=st.integers(1, 60), is_accepted=st.booleans())
    def material_is_late(self, place: int, hours: int, is_accepted: bool) -> None:
        """Material comes later than planned."""
        kept, earliest = self.pick(place), first_minute_from(self.now + timedelta(hours=hours))
        self.report(lambda session, report: events.report_material_late(
            session, hold_id=kept.hold_id, operation=0, earliest_minute=earliest, report=report, now=self.now,
        ), is_accepted=is_accepted)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), is_bumping=st.booleans())
    def an_order_rushes(self, data: st.DataObject, is_bumping: bool) -> None:
        """A rush order takes one of its two answers."""
        with self.database.reading() as session:
            job = self.a_wish(data, [unit.id for unit in scheduling.list_work_units(session)])
        way = events.RushWay.BUMP if is_bumping else events.RushWay.NO_MOVE
        self.events += 1
        report = Report(f"cause {self.events}", "planner", key=f"event-{self.events}")
        chosen = self.unless_refused(lambda session: events.choose_rush(
            session, way=way, report=report, expires_at=self.now + timedelta(hours=20), now=self.now, job=job))
        if chosen is None:
            return
        outcome, hold = chosen
        moved = {hit.hold_id for hit in outcome.hits}
        for kept in self.kept:
            kept.is_hit |= kept.hold_id in moved
        assert hold.job.deadline_minute is not None
        self.kept.append(Kept(hold.id, HoldState.HELD, hold.job.deadline_minute))
        type(self).happened[f"rush {way.value}"] += 1
