"""Promises on a full plant, in a database: loading it, following changes, asking; compiled against interpreted.

The baseline ``interpreted`` is the very same loop run by the Python interpreter (``NUMBA_DISABLE_JIT=1``) in a child
process, on the same database, with the same questions; its answers must be equal.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from benchmarks.table import pair, render
from catalog.database import Base, make_engine, make_session_factory
from catalog.plant import Company, Network, Site, Transport, WorkCenter
from catalog.text import Text
from scheduling import service
from scheduling.calendar import first_minute_from
from scheduling.codec import job_as_json
from scheduling.engine.compiled import is_compiled
from scheduling.engine.warm import warm
from scheduling.problem import Job, Mode, Operation
from scheduling.promise import Plan, promise
from scheduling.snapshot import Snapshot
from scheduling.store import forget_snapshots
from scheduling.tables import BookingRow, HoldRow
from scheduling.timeline import Slot

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
SITES = ("SZ", "NB", "TZ", "TJ", "QD", "WH")
SIZES = ((44, 10_000), (112, 10_000), (112, 50_000))
DAYS = 480
QUESTIONS = 400
QUESTIONS_OF_BASELINE = 12
DELTAS = 30


def a_network(dice: random.Random, *, unit_count: int) -> Network:
    """Make plants of four units to a work center, half of them in two shifts, half in one with a break."""
    shifts = {"one": ((480, 720), (780, 1020)), "two": ((360, 1320),)}
    sites = tuple(
        Site(code, Text.of(code), "C", "Asia/Shanghai", Fraction(31), Fraction(120), Fraction("0.55"), shifts)
        for code in SITES
    )
    centers = tuple(
        WorkCenter(f"W{number}", SITES[number % len(SITES)], Text.of(f"W{number}"), "any", 4,
                   ("one", "two")[number % 2], 9000, Fraction(6), Fraction(1), dice.choice((0, 5, 12)), 100,
                   setup_matrix=(("a", "b", 20),) if number % 3 else ())
        for number in range(unit_count // 4)
    )
    transport = Transport(600, 1440, 90, 6000, Fraction("0.30139"), Fraction("0.107"), 150)
    distance_km = {(a, b): dice.randint(150, 1500) for a in SITES for b in SITES if a < b}
    return Network("BENCH", "CNY", (Company("C", Text.of("C")),), sites, centers, distance_km, transport,
                   availability_percent=100)


def a_job(dice: random.Random, units: Sequence[int], *, release: int, code: str = "J") -> Job:
    """Make a job of 4 to 12 operations with up to 6 modes each and a load of its own; one in three has a join."""
    count = dice.randint(4, 12)
    join = dice.randrange(2, count) if dice.random() < 1 / 3 else None
    operations = []
    for index in range(count):
        chosen = dice.sample(units, dice.randint(1, 6))
        predecessors: tuple[int, ...] = (index - 1,) if index else ()
        if join is not None and index == join - 1:
            predecessors = ()
        if join is not None and index == join:
            predecessors = tuple(sorted({join - 2, join - 1}))
        modes = tuple(
            Mode(unit, dice.randint(10, 120), dice.randint(500, 9000), dice.randint(10, 5000)) for unit in chosen
        )
        operations.append(Operation(f"op{index}", modes, predecessors, dice.choice("abc")))
    return Job(code, tuple(operations), release, dice.choice(SITES), load_grams=dice.randint(5, 300) * 1000)


def fill(session: Session, dice: random.Random, *, unit_count: int, operations: int) -> int:
    """Publish the network and book jobs at their fastest plans until so many operations stand; give their number."""
    units = [unit.id for unit in service.publish_network(
        session, network=a_network(dice, unit_count=unit_count), now=NOW)]
    area = service.lock_area(session)
    snapshot = service.load_snapshot(session, now=NOW, horizon_days=DAYS)
    begin, booked, number = first_minute_from(NOW), 0, 0
    holds: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    while booked < operations:
        number += 1
        job = a_job(dice, units, release=begin + dice.randint(0, 40) * 1440, code=f"J{number}")
        plan = promise(snapshot, job).fastest
        if plan is None:
            raise RuntimeError("the plant is too small for the bookings")
        booked += len(plan.placements)
        _book(snapshot, number, plan)
        holds.append(_hold(area.id, number, job, plan))
        rows += [_booking(number, job, plan, index) for index in range(len(plan.placements))]
    session.execute(insert(HoldRow), holds)
    session.execute(insert(BookingRow), rows)
    area.version += 1
    return number


def _book(snapshot: Snapshot, number: int, plan: Plan) -> None:
    for here in plan.placements:
        slot = Slot(here.setup_start_minute, here.start_minute, here.end_minute)
        snapshot.timelines[here.unit_id].add((number, here.operation), slot, setup_family=here.setup_family)


def _hold(area_id: int, number: int, job: Job, plan: Plan) -> dict[str, Any]:
    return {"id": number, "area_id": area_id, "job_code": job.code, "job": job_as_json(job), "state": "confirmed",
            "expires_at": NOW, "held_at": NOW, "cost_minor": plan.cost_minor, "co2_grams": plan.co2_grams,
            "arrival_minute": plan.arrival_minute}


def _booking(number: int, job: Job, plan: Plan, index: int) -> dict[str, Any]:
    here = plan.placements[index]
    # A later neighbor may have changed the setup; the guards want none that overlaps, so it is stored as none.
    return {"hold_id": number, "unit_id": here.unit_id, "operation": index,
            "operation_code": job.operations[index].code, "setup_start_minute": here.start_minute,
            "start_minute": here.start_minute, "end_minute": here.end_minute, "work_minutes": here.work_minutes,
            "setup_family": here.setup_family, "state": "booked", "changed_in_version": 1}


def questions(session: Session, seed: int) -> list[Job]:
    """Make the questions: the release is now, the worst case, when all that is booked lies ahead."""
    dice = random.Random(seed)
    units = [unit.id for unit in service.list_work_units(session)]
    return [a_job(dice, units, release=first_minute_from(NOW)) for _ in range(QUESTIONS)]


def measure(snapshot: Snapshot, jobs: Sequence[Job]) -> tuple[dict[str, float], dict[str, float], list[list[int]]]:
    """Ask each question; give milliseconds of the wall and of this thread's processor time, and the answers."""
    wall, own, answers = [], [], []
    for job in jobs:
        began, began_own = time.perf_counter(), time.thread_time()
        answer = promise(snapshot, job)
        own.append((time.thread_time() - began_own) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
        answers.append([number for plan in answer.plans
                        for number in (plan.arrival_minute, plan.cost_minor, plan.co2_grams)])
    return _figures(wall), _figures(own), answers


def _figures(milliseconds: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(milliseconds), 3),
        "p95": round(statistics.quantiles(milliseconds, n=20)[-1], 3),
    }


def follow(engine: Engine, jobs: Sequence[Job]) -> dict[str, float]:
    """Hold job after job; time each reading of the snapshot that then follows the change."""
    factory, spent = make_session_factory(engine), []
    for number, job in enumerate(jobs[:DELTAS]):
        with factory() as session, session.begin():
            plan = promise(service.load_snapshot(session, now=NOW, horizon_days=DAYS), job).fastest
            if plan is None:
                raise RuntimeError("the plant is too small for the bookings")
            named = Job(f"D{number}", job.operations, job.release_minute, job.destination, job.load_grams)
            service.hold(session, job=named, plan=plan, expires_at=NOW + timedelta(days=9), now=NOW)
        with factory() as session:
            service.get_network_hash(session)  # opens the connection, which is not what is measured
            began = time.perf_counter()
            service.load_snapshot(session, now=NOW, horizon_days=DAYS)
            spent.append((time.perf_counter() - began) * 1000)
    return _figures(spent)


def run(_files: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Measure promises with all alternatives on full plants, loading and following them. Reads no file."""
    warm()
    rows = []
    for unit_count, operations in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_measure_size(Path(folder) / "plan.sqlite3", unit_count, operations))
    return rows


def _measure_size(path: Path, unit_count: int, operations: int) -> dict[str, Any]:
    engine = make_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    factory = make_session_factory(engine)
    with factory() as session, session.begin():
        fill(session, random.Random(1), unit_count=unit_count, operations=operations)
    forget_snapshots()
    with factory() as session:
        began = time.perf_counter()
        snapshot = service.load_snapshot(session, now=NOW, horizon_days=DAYS)
        loading = time.perf_counter() - began
        jobs = questions(session, seed=2)
    measure(snapshot, jobs[:20])
    wall, own, answers = measure(snapshot, jobs)
    peer = _ask_interpreted(path)
    if peer["answers"] != answers[:QUESTIONS_OF_BASELINE]:
        raise RuntimeError("the interpreted loop gives other answers")
    delta = follow(engine, jobs)
    engine.dispose()
    return {
        "work": f"promise, {operations} booked operations on {unit_count} work units",
        "ours_ms": wall, "processor_ms": own, "peers": {"interpreted": peer["wall"]},
        "ratio": round(peer["wall"]["median"] / wall["median"], 1), "loading_s": round(loading, 3), "delta_ms": delta,
        "is_compiled": is_compiled(), "load_average": round(os.getloadavg()[0], 1),
    }


def _ask_interpreted(path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.promise", str(path)]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def answer_child(path: str) -> None:
    """Ask the first questions in this process and print times and answers."""
    engine = make_engine(f"sqlite:///{path}")
    with make_session_factory(engine)() as session:
        snapshot = service.load_snapshot(session, now=NOW, horizon_days=DAYS)
        jobs = questions(session, seed=2)
    wall, _, answers = measure(snapshot, jobs[:QUESTIONS_OF_BASELINE])
    json.dump({"wall": wall, "answers": answers, "is_compiled": is_compiled()}, sys.stdout)
    engine.dispose()


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Write the measurements as a table: milliseconds as median / 95th percentile."""
    header = ("work", "ours ms", "processor ms", "interpreted ms", "ratio", "loading s", "delta ms", "loop", "load")
    return render(header, [
        (row["work"], pair(row["ours_ms"]), pair(row["processor_ms"]), pair(row["peers"]["interpreted"]),
         f"{row['ratio']:.0f}", f"{row['loading_s']:.2f}", pair(row["delta_ms"]),
         "compiled" if row["is_compiled"] else "interpreted", str(row["load_average"]))
        for row in rows
    ])


if __name__ == "__main__":
    answer_child(sys.argv[1])
