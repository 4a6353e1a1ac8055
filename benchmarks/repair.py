"""A breakdown in an order book that is planned and promised: our repair against two ways to plan around it.

Baselines, in the same run on the same breakdown: ``replan`` plans everything anew by the same insertion, job by job;
``right_shift`` keeps every unit and every sequence and begins later what cannot begin in time.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.table import pair, render
from scheduling.board import Board, is_moved
from scheduling.calendar import WorkCalendar, without
from scheduling.engine.arrays import NEVER, NONE, make_lines, make_plan, make_scratch
from scheduling.engine.compiled import is_compiled
from scheduling.engine.greedy import fill
from scheduling.engine.layout import JobEntry, StandingRun, lay_out, put_standing
from scheduling.engine.warm import warm
from scheduling.problem import Job, Leg, Mode, Operation, Placement, Weights, WorkUnit
from scheduling.repair import read_plan, repair
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot
from scheduling.validation import arrival_minute, objective_thousandths, violations

WEIGHTS = Weights(2, 10, 0)
SLACK_MINUTES = 2 * 1440
"""A promise is the planned arrival and this much more."""
DOWN_MINUTES = 2 * 1440
BREAKDOWNS = 12
ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Book:
    """An order book: units, jobs without a destination, and what moves between sites take."""

    name: str
    units: tuple[WorkUnit, ...]
    jobs: tuple[Job, ...]
    legs: SiteLegs


class SiteLegs:
    """Moves between numbered sites; what is made is wanted where it is made."""

    def __init__(self, minutes: Sequence[Sequence[int]], cost: Sequence[Sequence[int]], co2: Sequence[Sequence[int]]):
        self._terms = (minutes, cost, co2)

    def knows(self, _origin: str, _destination: str) -> bool:
        return True

    def leg(self, origin: str, destination: str, _load_grams: int) -> Leg:
        if ANYWHERE in (origin, destination) or origin == destination:
            return Leg(0, 0, 0)
        return Leg(*(table[int(origin)][int(destination)] for table in self._terms))


def read_book(path: Path) -> Book:
    """Read an order book file."""
    with gzip.open(path) as stream:
        data = json.load(stream)
    windows = {code: tuple((start, end) for start, end in shape) for code, shape in data["calendars"].items()}
    matrices = {
        kind: tuple((str(a), str(b), minutes) for a, row in enumerate(table) for b, minutes in enumerate(row) if a != b)
        for kind, table in data["setup_minutes"].items()
    }
    units = tuple(
        WorkUnit(unit["unit"] + 1, str(unit["unit"]), str(unit["work_center_type"]), str(unit["site"]), "", 0,
                 windows[str(unit["calendar"])], matrices[str(unit["work_center_type"])])
        for unit in data["units"]
    )
    jobs = tuple(
        Job(str(order["order"]), tuple(_operation(data["units"], index, item) for index, item in
                                       enumerate(order["operations"])),
            order["release"], ANYWHERE, 0, order["due"], None, order["weight"])
        for order in data["orders"]
    )
    legs = SiteLegs(data["transport_minutes"], data["transport_cost_cents"], data["transport_co2_grams"])
    return Book(path.name.split(".")[0], units, jobs, legs)


def _operation(units: Sequence[Mapping[str, Any]], index: int, item: Mapping[str, Any]) -> Operation:
    modes = tuple(
        Mode(unit + 1, minutes, minutes * units[unit]["cost_cents_per_minute"],
             minutes * units[unit]["co2_grams_per_minute"])
        for unit, minutes in item["modes"]
    )
    return Operation(str(index), modes, (index - 1,) if index else (), str(item["setup_family"]),
                     not item["must_fit_in_one_window"])


def made_book(orders: int = 1000, seed: int = 1) -> Book:
    """Make an order book of the same kind: 60 units at four sites, five operations a job, setups by family."""
    dice = random.Random(seed)
    day = tuple((start + 1440 * number, end + 1440 * number) for number in range(400) if number % 7 < 6
                for start, end in ((360, 720), (750, 1110)))
    matrix = tuple((str(a), str(b), dice.randint(5, 40)) for a in range(6) for b in range(6) if a != b)
    units = tuple(WorkUnit(number + 1, str(number), str(number % 10), str(number % 4), "", 0, day, matrix)
                  for number in range(60))
    jobs = []
    for number in range(orders):
        kinds, release = dice.sample(range(10), 5), dice.randrange(orders * 60)
        operations = []
        for index, kind in enumerate(kinds):
            modes = []
            for unit in units:
                if int(unit.work_center) == kind:
                    minutes = dice.randint(20, 240)
                    modes.append(Mode(unit.id, minutes, minutes * dice.randint(60, 120), minutes * 30))
            operations.append(Operation(str(index), tuple(modes), (index - 1,) if index else (),
                                        str(dice.randrange(6)), dice.random() < 0.7))
        due = release + dice.randint(4, 20) * 1440
        jobs.append(Job(str(number), tuple(operations), release, ANYWHERE, 0, due, None, dice.choice((1, 1, 2, 5))))
    times = [[0 if a == b else 600 for b in range(4)] for a in range(4)]
    return Book(f"made-{orders}", units, tuple(jobs), SiteLegs(times, times, times))


def plan_greedily(book: Book, units: Sequence[WorkUnit], entries: Sequence[JobEntry]) -> list[tuple[Placement, ...]]:
    """Place every job at its best, those of more weight first."""
    layout = lay_out(units, entries, book.legs.leg, WEIGHTS)
    lines, plan = make_lines(layout.shop, len(layout.shop.operations)), make_plan(layout.shop)
    put_standing(layout, lines, (
        StandingRun(here.unit_id, here.start_minute, here.end_minute, here.setup_family, NONE)
        for entry in entries for here in entry.stands.values()
    ))
    order = np.array(sorted(range(len(entries)), key=lambda number: -entries[number].job.weight), dtype=np.int64)
    values = np.full(len(entries), NEVER, dtype=np.int64)
    fill(layout.shop, lines, plan, make_scratch(layout.shop), order, values)
    if values.max(initial=0) >= NEVER:
        raise RuntimeError("the order book does not fit into its calendars")
    found = []
    for entry, (first, last, *_) in zip(entries, layout.shop.jobs.tolist(), strict=True):
        nowhere = tuple(Placement(index, 0, 0, 0, 0, 0, "") for index in range(last - first))
        found.append(read_plan(layout, plan[first:last], PlannedJob(entry.job, nowhere)))
    return found


def live_plan(book: Book) -> tuple[Snapshot, list[MovableJob]]:
    """Book a greedy plan of an order book, and promise what it says."""
    placements = plan_greedily(book, book.units, [JobEntry(job, 0) for job in book.jobs])
    units = {unit.id: unit for unit in book.units}
    jobs, runs, key = [], [], 0
    for number, (job, placed) in enumerate(zip(book.jobs, placements, strict=True)):
        arrival = arrival_minute(units, PlannedJob(job, placed), book.legs.leg)
        keys = tuple(range(key, key + len(placed)))
        runs += [(own, here.unit_id, None, here.start_minute, here.end_minute, here.setup_family)
                 for own, here in zip(keys, placed, strict=True)]
        planned = PlannedJob(replace(job, deadline_minute=arrival + SLACK_MINUTES), placed)
        jobs.append(MovableJob(number, planned, keys, 0))
        key += len(placed)
    snapshot = make_snapshot(book.units, book.legs)  # type: ignore[arg-type]  # as much of a leg table as is asked for
    snapshot.load(runs)
    return snapshot, jobs


def break_down(snapshot: Snapshot, unit_id: int, minute: int) -> Snapshot:
    """Give the same bookings where a unit cannot work for a while."""
    line = snapshot.timelines[unit_id]
    unit = replace(line.unit, windows=without(line.unit.windows, ((minute, minute + DOWN_MINUTES),)))
    runs = {unit_id: [(key, Slot(0, run.start_minute, run.end_minute), run.family)
                      for key, run in zip(line.list_keys(), line.runs, strict=True)]}
    return snapshot.replaced(make_snapshot((unit,), snapshot.legs, runs=runs).timelines)


def from_now(jobs: Sequence[MovableJob], minute: int) -> list[MovableJob]:
    """Fix what has begun by a minute; the rest may move, from that minute on. Jobs that are done are left out."""
    found = []
    for item in jobs:
        begun = frozenset(here.operation for here in item.planned.placements if here.start_minute < minute)
        if len(begun) < len(item.planned.placements):
            found.append(replace(item, planned=replace(item.planned, fixed=begun), floor_minute=minute))
    return found


def right_shift(snapshot: Snapshot, jobs: Sequence[MovableJob]) -> list[tuple[Placement, ...]]:
    """Keep units and sequences; begin each operation as early as that allows, but not before it was planned."""
    units, legs = {key: line.unit for key, line in snapshot.timelines.items()}, snapshot.legs
    calendars = {windows: WorkCalendar(windows) for windows in {unit.windows for unit in units.values()}}
    after: dict[int, tuple[int, str]] = {}
    placed: list[dict[int, Placement]] = [{} for _ in jobs]
    everything = sorted((here.start_minute, number, here.operation) for number, item in enumerate(jobs)
                        for here in item.planned.placements)
    for _, number, index in everything:
        item = jobs[number]
        here, operation = item.planned.placements[index], item.planned.job.operations[index]
        unit = units[here.unit_id]
        calendar = calendars[unit.windows]
        end, family = after.get(unit.id, (0, None))
        if index not in item.planned.fixed:
            ready = here.start_minute
            for before in operation.predecessors:
                leg = legs.leg(units[placed[number][before].unit_id].site, unit.site, 0)
                ready = max(ready, placed[number][before].end_minute + leg.minutes)
            run = max(calendar.work_at(ready), end + unit.setup_between(family, here.setup_family))
            if not operation.is_resumable:
                run = calendar.first_fit(run, here.work_minutes) or run
            start = calendar.start_at(run)
            here = replace(here, setup_start_minute=start, start_minute=start,
                           end_minute=calendar.end_at(run + here.work_minutes))
        placed[number][index] = here
        after[unit.id] = (calendar.work_at(here.end_minute), here.setup_family)
    return [tuple(places[index] for index in range(len(places))) for places in placed]


def judge(
    snapshot: Snapshot, jobs: Sequence[MovableJob], after: Sequence[tuple[Placement, ...]], milliseconds: float
) -> dict[str, float]:
    """Give share of operations moved, promises that slip, objective in percent of the plan's before, milliseconds."""
    units = {key: line.unit for key, line in snapshot.timelines.items()}
    planned = [PlannedJob(item.planned.job, places) for item, places in zip(jobs, after, strict=True)]
    before = [item.planned for item in jobs]
    moved = sum(is_moved(old, new) for item, places in zip(jobs, after, strict=True)
                for old, new in zip(item.planned.placements, places, strict=True))
    slipped = sum(arrival_minute(units, plan, snapshot.legs.leg) > (plan.job.deadline_minute or NEVER)
                  for plan in planned)
    legs = snapshot.legs.leg
    values = [sum(objective_thousandths(units, plans, legs, WEIGHTS).values()) for plans in (before, planned)]
    count = sum(len(places) for places in after)
    return {"moved_percent": 100 * moved / count, "slipped": slipped,
            "objective_percent": 100 * (values[1] / values[0] - 1), "ms": milliseconds}


def run(files: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Break units down, one after the other, and repair: in order book files when given, else in a made-up one."""
    warm()
    return [_measure(book) for book in ([read_book(path) for path in files] or [made_book()])]


def _measure(book: Book) -> dict[str, Any]:
    snapshot, all_jobs = live_plan(book)
    _ = snapshot.plant
    dice, rows = random.Random(5), []
    last = max(here.end_minute for item in all_jobs for here in item.planned.placements)
    for _number in range(BREAKDOWNS):
        minute = dice.randrange(1440, last // 2)
        busy = [here.unit_id for item in all_jobs for here in item.planned.placements
                if minute <= here.start_minute < minute + DOWN_MINUTES]
        down, jobs = break_down(snapshot, dice.choice(busy), minute), from_now(all_jobs, minute)
        rows.append({name: way(book, down, jobs) for name, way in _WAYS.items()})
    return {
        "work": f"breakdown of two days, {len(book.jobs)} orders", **_summary([row["ours"] for row in rows], "ours"),
        "peers": {name: _summary([row[name] for row in rows], name) for name in _WAYS if name != "ours"},
        "ratio": round(statistics.median(row["replan"]["ms"] / row["ours"]["ms"] for row in rows), 1),
        "processor_ms": round(statistics.median(row["ours"]["own_ms"] for row in rows), 2),
        "is_compiled": is_compiled(), "load_average": round(os.getloadavg()[0], 1),
    }


def _summary(rows: Sequence[dict[str, float]], name: str) -> dict[str, Any]:
    times = [row["ms"] for row in rows]
    return {
        f"{name}_ms": {"median": round(statistics.median(times), 2), "p95": round(max(times), 2)},
        "moved_percent": round(statistics.mean(row["moved_percent"] for row in rows), 3),
        "slipped": sum(row["slipped"] for row in rows),
        "objective_percent": round(statistics.mean(row["objective_percent"] for row in rows), 3),
    }


def _ours(_book: Book, down: Snapshot, jobs: Sequence[MovableJob]) -> dict[str, float]:
    _ = down.plant  # a snapshot has its arrays since its first promise
    began, began_own = time.perf_counter(), time.thread_time()
    board = Board(down, jobs, WEIGHTS)
    lost = repair(board)
    own, spent = (time.thread_time() - began_own) * 1000, (time.perf_counter() - began) * 1000
    if lost:
        raise RuntimeError("a job fits nowhere any more")
    _require_right(down, jobs, board.settled())
    return judge(down, jobs, board.placements, spent) | {"own_ms": own}


def _require_right(down: Snapshot, jobs: Sequence[MovableJob], after: Sequence[tuple[Placement, ...]]) -> None:
    units = {key: line.unit for key, line in down.timelines.items()}
    planned = [PlannedJob(replace(item.planned.job, deadline_minute=None), places, item.planned.fixed)
               for item, places in zip(jobs, after, strict=True)]
    found = [item for item in violations(units, planned, down.legs.leg, has_all_bookings=False)
             if not any(plan.job.code == item.job and item.operation in plan.fixed for plan in planned)]
    if found and any(item.code not in ("setup",) for item in found):
        raise RuntimeError(f"the repair breaks a rule: {found[0]}")


def _replan(book: Book, down: Snapshot, jobs: Sequence[MovableJob]) -> dict[str, float]:
    units = [line.unit for line in down.timelines.values()]
    began = time.perf_counter()
    entries = [
        JobEntry(item.planned.job, item.floor_minute,
                 stands={index: item.planned.placements[index] for index in item.planned.fixed})
        for item in jobs
    ]
    after = plan_greedily(book, units, entries)
    spent = (time.perf_counter() - began) * 1000
    merged = [
        tuple(item.planned.placements[index] if index in item.planned.fixed else here
              for index, here in enumerate(places))
        for item, places in zip(jobs, after, strict=True)
    ]
    return judge(down, jobs, merged, spent)


def _right_shift(_book: Book, down: Snapshot, jobs: Sequence[MovableJob]) -> dict[str, float]:
    began = time.perf_counter()
    after = right_shift(down, jobs)
    return judge(down, jobs, after, (time.perf_counter() - began) * 1000)


_WAYS: dict[str, Callable[[Book, Snapshot, Sequence[MovableJob]], dict[str, float]]] = {
    "ours": _ours, "replan": _replan, "right_shift": _right_shift,
}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Write the measurements as a table: milliseconds as median / largest of all breakdowns."""
    header = ("work", "way", "ms", "processor ms", "moved %", "promises slipped", "objective %", "loop", "load")
    cells = []
    for row in rows:
        for name in _WAYS:
            own = row if name == "ours" else row["peers"][name]
            cells.append((row["work"], name, pair(own[f"{name}_ms"]),
                          f"{row['processor_ms']:.1f}" if name == "ours" else "", f"{own['moved_percent']:.2f}",
                          str(own["slipped"]), f"{own['objective_percent']:+.3f}",
                          "compiled" if row["is_compiled"] else "interpreted", str(row["load_average"])))
    return render(header, cells)
