"""Firm quotes on a busy plant: CP-SAT around the promises given, against pure insertion.

The peer ``insertion`` is the promise that moves nothing. The ratio is how many minutes from the release to the arrival
insertion needs for each minute of the firm quote.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from catalog.plant import Transport
from scheduling.firm import FirmOutcome, FirmQuote, FirmTask, choose_movable, make_firm
from scheduling.network import LegTable
from scheduling.problem import Job, Mode, Operation, WorkUnit
from scheduling.promise import promise
from scheduling.schedule import MovableJob, PlannedJob
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.solver.firm_quote import search
from scheduling.timeline import Slot

DAY = 1440
CASES = (
    ("10 work units, 40 jobs of 4 operations, to the minute", 10, 40, 1, False),
    ("10 work units, 40 jobs of 4 operations, to the day", 10, 40, 1, True),
    ("24 work units at 2 sites, 300 jobs of 4 operations, to the day", 24, 300, 2, True),
)
OPERATIONS = 4
QUESTIONS = 25


def a_plant(dice: random.Random, *, unit_count: int, site_count: int, days: int = 150) -> Snapshot:
    """Make an empty plant of one-shift and two-shift units with setups."""
    one_shift, two_shifts = [], []
    for day in range(days):
        if day % 7 != 6:
            one_shift += [(day * DAY + 480, day * DAY + 720), (day * DAY + 780, day * DAY + 1020)]
            two_shifts += [(day * DAY + 360, day * DAY + 840), (day * DAY + 840, day * DAY + 1320)]
    sites = ("SZ", "NB")[:site_count]
    units = [
        WorkUnit(number, f"U{number}", f"C{number // 2}", sites[number % site_count], "", dice.choice((0, 6, 12)),
                 tuple(two_shifts if number % 2 else one_shift))
        for number in range(unit_count)
    ]
    transport = Transport(600, 240, 90, 6000, Fraction("0.30139"), Fraction("0.107"), 150)
    return make_snapshot(units, LegTable(transport, {("SZ", "NB"): 228}), until_minute=days * DAY)


def a_job(dice: random.Random, unit_count: int, size: int, *, code: str) -> Job:
    """Make a job of so many operations in a row, each on one to three units."""
    operations = tuple(
        Operation(
            f"op{index}",
            tuple(Mode(unit, minutes, minutes * 150, minutes * 20) for minutes in [dice.randint(20, 150)]
                  for unit in dice.sample(range(unit_count), dice.randint(1, 3))),
            (index - 1,) if index else (), dice.choice("abc"), dice.random() < 0.9,
        )
        for index in range(size)
    )
    return Job(code, operations, DAY, "SZ", load_grams=50_000)


def book(snapshot: Snapshot, dice: random.Random, *, unit_count: int, count: int, size: int) -> list[MovableJob]:
    """Book jobs one after the other at their default plan, each promised for the end of a day soon after it."""
    booked = []
    for number in range(count):
        job = a_job(dice, unit_count, size, code=f"J{number}")
        plan = promise(snapshot, job).default
        if plan is None:
            raise RuntimeError("the plant is too small for the bookings")
        ids = tuple(1000 * number + index for index in range(size))
        for key, placement in zip(ids, plan.placements, strict=True):
            slot = Slot(placement.setup_start_minute, placement.start_minute, placement.end_minute)
            snapshot.timelines[placement.unit_id].add(key, slot, setup_family=placement.setup_family)
        deadline = (plan.arrival_minute // DAY + dice.randint(1, 3)) * DAY
        booked.append(MovableJob(number, PlannedJob(replace(job, deadline_minute=deadline), plan.placements), ids, DAY))
    return booked


@dataclass(frozen=True, slots=True)
class Asked:
    """One firm quote: milliseconds in all, of the processor, and of its insertion; minutes to the inserted arrival."""

    quote: FirmQuote
    milliseconds: float
    processor_milliseconds: float
    insertion_milliseconds: float
    inserted_minutes: int

    @property
    def share(self) -> float:
        """The minutes to the firm arrival, as a share of those to the inserted one."""
        return (self.inserted_minutes - self.quote.gain_minutes) / self.inserted_minutes


def ask(snapshot: Snapshot, booked: Sequence[MovableJob], job: Job, *, by_day: bool) -> Asked:
    """Ask for one firm quote."""
    began, worked = time.perf_counter(), time.process_time()
    inserted = promise(snapshot, job).fastest
    if inserted is None:
        raise RuntimeError("the plant is too small for a question")
    insertion = time.perf_counter() - began
    movable = choose_movable(snapshot, job, inserted, booked)
    days = tuple(range(DAY, inserted.arrival_minute, DAY)) if by_day else None
    quote = make_firm(FirmTask(snapshot, job, inserted, movable, DAY, days), (search,))
    spent = time.perf_counter() - began
    return Asked(quote, spent * 1000, (time.process_time() - worked) * 1000, insertion * 1000,
                 inserted.arrival_minute - job.release_minute)


def run(_files: Sequence[Path] = ()) -> list[dict[str, object]]:
    """Measure firm quotes on busy plants; one search thread. Reads no file."""
    promise(a_plant(random.Random(0), unit_count=4, site_count=1), a_job(random.Random(0), 4, OPERATIONS, code="warm"))
    return [_measure(*case) for case in CASES]


def _measure(work: str, unit_count: int, count: int, site_count: int, by_day: bool) -> dict[str, object]:
    asked = []
    for seed in range(QUESTIONS):
        dice = random.Random(seed)
        snapshot = a_plant(dice, unit_count=unit_count, site_count=site_count)
        booked = book(snapshot, dice, unit_count=unit_count, count=count, size=OPERATIONS)
        job = a_job(dice, unit_count, OPERATIONS, code="new")
        asked.append(ask(snapshot, booked, job, by_day=by_day))
    shares = [item.share for item in asked]
    outcomes = [item.quote.outcome for item in asked]
    return {
        "work": f"firm quote, {work}",
        "ours_ms": _times([item.milliseconds for item in asked]),
        "peers": {"insertion": _times([item.insertion_milliseconds for item in asked])},
        "processor_ms": _times([item.processor_milliseconds for item in asked]),
        "earlier_percent": {"median": round(100 - 100 * statistics.median(shares), 1),
                            "mean": round(100 - 100 * statistics.fmean(shares), 1)},
        "questions": QUESTIONS, "improved": outcomes.count(FirmOutcome.IMPROVED),
        "proved": sum(item.quote.is_proved for item in asked), "failed": outcomes.count(FirmOutcome.SEARCH_FAILED),
        "moved_operations": sum(len(change.moved) for item in asked for change in item.quote.changes),
        "ratio": round(1 / statistics.fmean(shares), 2),
    }


def _times(milliseconds: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(milliseconds), 2),
            "p95": round(statistics.quantiles(milliseconds, n=20)[-1], 2), "max": round(max(milliseconds), 2)}


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
    sys.stdout.write("\n")
