"""Run the demo network through four weeks and draw what happened: orders, a breakdown, a rush, lost capacity, overtime.

Run ``.venv/bin/python -P docs/four_weeks_story.py`` from the root of the repository, with ``PYTHONPATH=.``; a number
behind it runs only so many days. It prints what docs/four-weeks.md shows and writes its pictures to docs/pictures.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from docs.charts import bar_chart, line_chart
from docs.four_weeks import A_DAY, NINE_IN_SUZHOU, Day, World, a_world, working_days
from scheduling import events
from scheduling import service as scheduling
from scheduling.calendar import first_minute_from, minute_at, moment_at
from scheduling.events import EventOutcome, Report
from scheduling.gantt import GanttBar, GanttPicture, GanttRow, gantt_svg
from scheduling.improve import improve
from scheduling.measuring import measure_plan
from web.settings import ROOT

PICTURES = ROOT / "docs" / "pictures"
GLASS = "SZ-IGU"
PRICED_SECONDS = 20.0


class Story:
    """What happens on which of the twenty days, and what is told of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.marks: dict[int, str] = {}
        self.happenings = {6: self.glass_line_fails, 8: self.an_order_rushes, 11: self.partner_withdraws,
                           13: self.material_is_late, 15: self.glass_line_works_longer}

    def run(self, days: Sequence[date]) -> None:
        """Sell, report, plan, day by day."""
        for number, on in enumerate(days):
            if number in self.happenings:
                self.tell(on, self.happenings[number](number, on))
            day = self.world.sell(on)
            leads = ", ".join(f"{family} {statistics.median(found):g}" for family, found in
                              sorted(day.promised_days.items()))
            self.tell(on, f"{sum(map(len, day.promised_days.values()))} orders, {day.refused} refused; median days to "
                          f"the promised day: {leads}; an order took {1000 * statistics.median(day.seconds):.0f} ms")
            self.tell(on, "evening: " + self.world.evening(on))

    def tell(self, on: date, words: str) -> None:
        """Print a line."""
        print(f"{on:%a %d %b}  {words}", flush=True)

    def glass_line_fails(self, number: int, on: date) -> str:
        """The only insulating-glass line stands still for a day and a half."""
        now = self.morning(on)
        unit = self.unit(GLASS)
        start = first_minute_from(now)
        outcome = self.world.report(now, lambda session: events.report_machine_down(
            session, unit_id=unit, from_minute=start, until_minute=start + 2160,
            report=Report("The vacuum pump of the glass line failed", "planner"), now=now))
        self.marks[number] = "the glass line fails for a day and a half"
        return "the glass line fails: " + self.words(outcome)

    def an_order_rushes(self, number: int, on: date) -> str:
        """A booked window is wanted as soon as possible."""
        now = self.morning(on)
        with self.world.database.reading() as session:
            floor = minute_at(now + timedelta(hours=12))
            candidates = [hold for hold in scheduling.list_holds(session).values()
                          if hold.state == "confirmed" and min(b.setup_start_minute for b in hold.bookings) > floor
                          and any(b.work_center == GLASS for b in hold.bookings)]
            hold = max(candidates, key=lambda item: item.arrival_minute)
            question = events.ask_rush(session, now=now, hold_id=hold.id)
        options = question.options
        answers = {"without moving anything": options.no_move, "with others making room": options.bump}
        told = [f"{name} {moment_at(answer.plan.arrival_minute):%d %b}, {len(answer.slips)} promises broken, "
                f"{sum(len(change.moved) for change in answer.changes)} operations moved"
                for name, answer in answers.items() if answer is not None]
        way = events.RushWay.BUMP if options.bump and not options.bump.slips else \
            events.RushWay.NO_MOVE
        chosen = answers["with others making room" if way is events.RushWay.BUMP else "without moving anything"]
        if chosen is not None:
            self.world.report(now, lambda session: events.choose_rush(
                session, way=way, report=Report("The building site cannot wait", "planner"),
                expires_at=now + timedelta(days=2), now=now, hold_id=hold.id)[0])
        self.marks[number] = "an order rushes"
        return f"an order planned for {moment_at(hold.arrival_minute):%d %b} rushes: " + "; ".join(told)

    def partner_withdraws(self, number: int, on: date) -> str:
        """Ningbo needs its machines for three days."""
        now = self.morning(on)
        start = first_minute_from(now + timedelta(days=1))
        outcome = self.world.report(now, lambda session: events.report_capacity_withdrawn(
            session, site="NB", from_minute=start, until_minute=start + 3 * 1440,
            report=Report("Ningbo needs its machines for an order of its own", "planner"), now=now))
        self.marks[number] = "Ningbo takes its machines back for three days"
        return "Ningbo withdraws: " + self.words(outcome)

    def material_is_late(self, number: int, on: date) -> str:
        """A casting for a pump comes four days late."""
        now = self.morning(on)
        with self.world.database.reading() as session:
            booking = next(item for item in scheduling.list_bookings(
                session, from_minute=first_minute_from(now), until_minute=2**31 - 1)
                if item.work_center == "TZ-CAST" and item.setup_start_minute > minute_at(now))
        outcome = self.world.report(now, lambda session: events.report_material_late(
            session, hold_id=booking.hold_id, operation=booking.operation,
            earliest_minute=booking.start_minute + 4 * 1440, report=Report("The pig iron is on the road", "planner"),
            now=now))
        self.marks[number] = "iron for a pump comes four days late"
        return "material is late: " + self.words(outcome)

    def glass_line_works_longer(self, number: int, on: date) -> str:
        """Two extra hours on each of the next three evenings."""
        now = self.morning(on)
        for ahead in (1, 2, 3):
            self.world.report(now, partial(
                events.report_overtime, work_center=GLASS, day=on + timedelta(days=ahead), window=(22 * 60, 24 * 60),
                report=Report("Overtime on the glass line", "planner"), now=now))
        self.marks[number] = "overtime on the glass line, three evenings"
        return "overtime on the glass line: two hours on three evenings"

    def words(self, outcome: EventOutcome) -> str:
        """Say what an event hit and what its repair does."""
        levels = [risk.level.value for risk in outcome.risks]
        return (f"{len(outcome.hits)} operations hit, repaired in {outcome.milliseconds} ms; promises lost "
                f"{levels.count('lost')}, late {levels.count('late')}, at risk {levels.count('at_risk')}")

    def morning(self, on: date) -> datetime:
        """Half past eight in Suzhou."""
        return datetime(on.year, on.month, on.day, tzinfo=UTC) + NINE_IN_SUZHOU - timedelta(minutes=30)

    def unit(self, work_center: str) -> int:
        """Give the first unit of a work center."""
        with self.world.database.reading() as session:
            return next(unit.id for unit in scheduling.list_work_units(session) if unit.work_center == work_center)


def draw_promises(days: Sequence[Day], marks: dict[int, str]) -> None:
    """How many days lie between order and promised day."""
    lines = {family: [statistics.median(day.promised_days[family]) if family in day.promised_days else None
                      for day in days] for family in A_DAY}
    (PICTURES / "four-weeks-promises.svg").write_text(line_chart(
        "Median days from the order to the promised day", [f"{day.on:%d %b}" for day in days], lines, unit="days",
        marks=marks), encoding="utf-8")


def draw_loads(world: World, from_on: date, until_on: date) -> None:
    """How much of what each work center offers is taken."""
    with world.database.reading() as session:
        found = measure_plan(session, from_on=from_on, until_on=until_on)
    loads = sorted(((center.work_center, float(center.load.value or 0)) for center in found.centers),
                   key=lambda item: -item[1])
    bars = [(name, load, f"{load:.0%}") for name, load in loads[:16]]
    (PICTURES / "four-weeks-load.svg").write_text(
        bar_chart("Load of the sixteen busiest work centers, setups included", bars, most=1.0), encoding="utf-8")
    for kpi in found.kpis:
        print(f"{kpi.code:24} {'none: ' + kpi.gap.value if kpi.gap else float(kpi.value or 0):>14} {kpi.unit.value}")


def draw_week(world: World, from_on: date) -> None:
    """A week of the window plants."""
    start = minute_at(datetime(from_on.year, from_on.month, from_on.day, tzinfo=UTC) - timedelta(hours=8))
    end = start + 7 * 1440
    with world.database.reading() as session:
        snapshot = scheduling.load_snapshot(session, now=moment_at(start))
        bookings = scheduling.list_bookings(session, from_minute=start, until_minute=end)
    units = sorted((line.unit for line in snapshot.timelines.values() if line.unit.site in {"SZ", "NB"}),
                   key=lambda unit: (unit.site, unit.work_center, unit.code))
    rows = tuple(GanttRow(unit.code, unit.site, _closed(unit.windows, start, end)) for unit in units)
    row_of = {unit.id: number for number, unit in enumerate(units)}
    families = {name: hue for hue, name in enumerate(sorted({item.setup_family for item in bookings}))}
    bars = tuple(
        GanttBar(row_of[item.unit_id], max(item.start_minute - start, 0), min(item.end_minute, end) - start,
                 families[item.setup_family], item.job, f"{item.job} {item.operation_code} on {item.unit}")
        for item in bookings if item.unit_id in row_of and item.start_minute < end
    )
    picture = GanttPicture("The window plants in the week after the breakdown",
                           "gray: not offered to the pool; color: setup family", rows, bars, has_calendar=True,
                           width_pixels=1000)
    (PICTURES / "four-weeks-gantt.svg").write_text(gantt_svg(picture), encoding="utf-8")


def _closed(windows: Sequence[tuple[int, int]], start: int, end: int) -> tuple[tuple[int, int], ...]:
    closed, last = [], start
    for opens, closes in windows:
        if opens < end and closes > start:
            if opens > last:
                closed.append((last - start, opens - start))
            last = max(last, closes)
    if last < end:
        closed.append((last - start, end - start))
    return tuple(closed)


def tell_bound(world: World, now: datetime) -> None:
    """Say how far the plan may be from the best one, and where an hour would help most."""
    with world.database.reading() as session:
        task = scheduling.load_replanning(session, now=now)
        units = {unit.id: unit for unit in scheduling.list_work_units(session)}
    found = improve(task.snapshot, task.jobs, seconds=PRICED_SECONDS)
    if found.lower_bound_minor:
        over = 100 * (found.objective_after_minor - found.lower_bound_minor) / found.lower_bound_minor
        print(f"planning run of {PRICED_SECONDS:.0f} s on {len(task.jobs)} jobs: at most {over:.2f} % from the optimum")
    best: dict[str, int] = {}
    for price in found.prices:
        center = units[price.unit_id].work_center
        best[center] = max(best.get(center, 0), price.price_minor_per_hour)
    for center, minor in sorted(best.items(), key=lambda item: -item[1])[:6]:
        print(f"  an hour of {center} would be worth up to {minor / 100:.2f} CNY (theoretical)")


def main() -> None:
    """Tell the whole story."""
    PICTURES.mkdir(exist_ok=True)
    days = working_days()[:int(sys.argv[1]) if len(sys.argv) > 1 else None]
    with a_world() as world:
        world.open(datetime(2027, 2, 28, tzinfo=UTC))
        story = Story(world)
        story.run(days)
        last = datetime(days[-1].year, days[-1].month, days[-1].day, 12, tzinfo=UTC)
        draw_promises(world.days, story.marks)
        draw_loads(world, days[0], days[-1] + timedelta(days=1))
        draw_week(world, days[min(6, len(days) - 1)])
        tell_bound(world, last)
        print("breaches of invariants:", world.breaches(last))


if __name__ == "__main__":
    main()
