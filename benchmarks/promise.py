"""Promises on a full plant: ten thousand booked operations, our gap lists against a scan of all bookings.

The peer ``scan`` answers the same question (the earliest place of each operation, booked work unmoved) in the
plainest right way: it keeps a sorted list of bookings per work unit and walks it from the release on.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from catalog.plant import Transport
from scheduling.calendar import WorkCalendar
from scheduling.network import LegTable
from scheduling.problem import Job, Mode, Operation, WorkUnit
from scheduling.promise import promise
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot, Timeline

DAY = 1440
SITES = ("SZ", "NB", "TZ", "TJ", "QD", "WH")
SIZES = ((44, 10_000), (112, 10_000))
QUESTIONS = 200


def a_plant(dice: random.Random, *, unit_count: int, days: int = 400) -> Snapshot:
    """Make an empty plant network with one-shift and two-shift units."""
    distance_km = {(a, b): dice.randint(150, 1500) for a in SITES for b in SITES if a < b}
    one_shift, two_shifts = [], []
    for day in range(days):
        if day % 7 != 6:
            one_shift += [(day * DAY + 480, day * DAY + 720), (day * DAY + 780, day * DAY + 1020)]
            two_shifts += [(day * DAY + 360, day * DAY + 1320)]
    units = [
        WorkUnit(
            id=number,
            code=f"U{number}",
            work_center=f"C{number // 4}",
            site=SITES[number % len(SITES)],
            company="",
            setup_minutes=dice.choice((0, 5, 12)),
            windows=tuple(two_shifts if number % 2 else one_shift),
        )
        for number in range(1, unit_count + 1)
    ]
    return make_snapshot(units, LegTable(_transport(), distance_km))


def _transport() -> Transport:
    return Transport(600, 1440, 90, 6000, Fraction("0.30139"), Fraction("0.107"), 150)


def a_job(dice: random.Random, unit_count: int, *, release: int) -> Job:
    """Make a job of 4 to 12 operations with up to 6 modes each; one in three has an assembly join."""
    count = dice.randint(4, 12)
    join = dice.randrange(2, count) if dice.random() < 1 / 3 else None
    operations = []
    for index in range(count):
        chosen = dice.sample(range(1, unit_count + 1), dice.randint(1, 6))
        predecessors: tuple[int, ...] = (index - 1,) if index else ()
        if join is not None and index == join - 1:
            predecessors = ()
        if join is not None and index == join:
            predecessors = tuple(sorted({join - 2, join - 1}))
        operations.append(
            Operation(
                code=f"op{index}",
                modes=tuple(
                    Mode(unit, dice.randint(10, 120), dice.randint(500, 9000), dice.randint(10, 5000))
                    for unit in chosen
                ),
                predecessors=predecessors,
                setup_family=dice.choice("abc"),
            )
        )
    return Job("J", tuple(operations), release, dice.choice(SITES), load_grams=50_000)


def book(snapshot: Snapshot, dice: random.Random, *, unit_count: int, operations: int) -> None:
    """Book jobs at their fastest plan until so many operations stand."""
    booked = number = 0
    while booked < operations:
        number += 1
        plan = promise(snapshot, a_job(dice, unit_count, release=dice.randint(0, 40) * DAY)).fastest
        if plan is None:
            raise RuntimeError("the plant is too small for the bookings")
        for placement in plan.placements:
            slot = Slot(placement.setup_start_minute, placement.start_minute, placement.end_minute)
            snapshot.timelines[placement.unit_id].add(
                (number, placement.operation), slot, setup_family=placement.setup_family
            )
            booked += 1


class ScannedTimeline(Timeline):
    """The peer: the same bookings, searched by walking them one by one."""

    __slots__ = ()

    def earliest(
        self,
        ready_minute: int,
        work_minutes: int,
        *,
        setup_family: str,
        is_resumable: bool = True,
        floor_minute: int,
    ) -> Slot | None:
        """Walk every booking from the first on and take the first gap that is long enough."""
        calendar, setup_minutes = self.calendar, self.unit.setup_minutes
        ready, floor = calendar.work_at(ready_minute), calendar.work_at(floor_minute)
        end_before, family_before = 0, self.family_before
        for run in (*self.runs, None):
            start, end, family = (run.start, run.end, run.family) if run else (calendar.total_minutes, 0, None)
            setup = 0 if family_before in (None, setup_family) else setup_minutes
            tail = 0 if family in (None, setup_family) else setup_minutes
            begin: int | None = max(ready, max(end_before, floor) + setup)
            if not is_resumable:
                begin = calendar.first_fit(begin or 0, work_minutes)
            if begin is not None and begin + work_minutes + tail <= start:
                return self._slot(begin, work_minutes, setup)
            end_before, family_before = end, family
        return None


def scanned(snapshot: Snapshot) -> Snapshot:
    """Give the same plant with the peer's search."""
    lines: dict[int, Timeline] = {}
    for unit_id, line in snapshot.timelines.items():
        twin = ScannedTimeline(line.unit, WorkCalendar(line.unit.windows), family_before=line.family_before)
        twin.load((key, line.slot_of(key), line.family_of(key)) for key in line.list_keys())
        lines[unit_id] = twin
    return snapshot.replaced(lines)


def measure(ask: Callable[[Job], object], jobs: Sequence[Job]) -> dict[str, float]:
    """Time each question; milliseconds."""
    spent = []
    for job in jobs:
        began = time.perf_counter()
        ask(job)
        spent.append((time.perf_counter() - began) * 1000)
    return {
        "median": round(statistics.median(spent), 3),
        "p95": round(statistics.quantiles(spent, n=20)[-1], 3),
    }


def run(_files: Sequence[Path] = ()) -> list[dict[str, object]]:
    """Measure promises of all four alternatives on full plants; the release is now, the worst case. Reads no file."""
    rows: list[dict[str, object]] = []
    for unit_count, operations in SIZES:
        dice = random.Random(1)
        snapshot = a_plant(dice, unit_count=unit_count)
        book(snapshot, dice, unit_count=unit_count, operations=operations)
        jobs = [a_job(dice, unit_count, release=0) for _ in range(QUESTIONS)]
        peer = scanned(snapshot)
        for job in jobs[:20]:
            if promise(snapshot, job) != promise(peer, job):
                raise RuntimeError("the peer gives another answer")
        ours = measure(lambda job, plant=snapshot: promise(plant, job), jobs)  # type: ignore[misc]
        scan = measure(lambda job, plant=peer: promise(plant, job), jobs)  # type: ignore[misc]
        rows.append(
            {
                "work": f"promise, {operations} booked operations on {unit_count} work units",
                "ours_ms": ours,
                "peers": {"scan": scan},
                "ratio": round(scan["median"] / ours["median"], 2),
            }
        )
    return rows


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
    sys.stdout.write("\n")
