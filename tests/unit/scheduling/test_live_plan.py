"""Promise, repair and improvement on plants with everything the model knows: every plan keeps every rule."""

import json
import os
import random
import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.board import Board, is_standing
from scheduling.engine.compiled import is_compiled
from scheduling.improve import improve
from scheduling.problem import Weights
from scheduling.repair import repair
from scheduling.validation import objective_thousandths
from tests.architecture.project import ROOT
from tests.unit.scheduling.live_plants import TOOLS, UNITS, booked_plant, broken_down, faults, planned_after, story


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_promise_can_be_booked_and_keeps_every_rule(seed: int) -> None:
    snapshot, jobs = booked_plant(random.Random(seed), count=9)

    assert faults(snapshot, [item.planned for item in jobs]) == ()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), unit_id=st.sampled_from((*UNITS, *TOOLS)))
def test_a_repair_keeps_every_rule_and_moves_nothing_that_was_not_hit(seed: int, unit_id: int) -> None:
    snapshot, jobs = booked_plant(random.Random(seed), count=8)
    down = broken_down(snapshot, unit_id, 3 * 1440)

    outcome = improve(down, jobs, iterations=0)

    assert not any(change.is_lost for change in outcome.changes)
    assert faults(down, planned_after(jobs, outcome)) == ()
    for item, change in zip(jobs, outcome.changes, strict=True):
        hit = Board(down, [item]).gone[0]
        assert bool(change.moved) <= bool(hit)
        assert {
            here.operation for here in item.planned.placements if not is_standing(down, item.planned.job, here)
        } <= set(change.moved)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_repair_breaks_no_promise_that_replacing_the_hit_job_could_keep(seed: int) -> None:
    snapshot, jobs = booked_plant(random.Random(seed), count=8)
    down = broken_down(snapshot, 1, 3 * 1440)
    board = Board(down, jobs)
    if len(board.displaced) != 1:
        return
    index = board.displaced[0]
    deadline = jobs[index].planned.job.deadline_minute

    repair(board)

    later = board.arrival(index, board.placements[index])
    if deadline is not None and later > deadline:
        others = [item for number, item in enumerate(jobs) if number != index]
        anew = improve(down, [jobs[index]], iterations=30, weights=Weights(100, 0, 0, 0))
        assert len(others) == len(jobs) - 1
        assert anew.changes[0].arrival_after_minute > deadline


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_an_improvement_keeps_every_rule_and_adds_up(seed: int) -> None:
    snapshot, jobs = booked_plant(random.Random(seed), count=8)
    units = {unit_id: line.unit for unit_id, line in snapshot.timelines.items()}
    weights = Weights(7, 30, 40, 100)

    outcome = improve(snapshot, jobs, seed=seed, iterations=20, weights=weights)

    after = planned_after(jobs, outcome)
    assert faults(snapshot, after) == ()
    stood = {(item.planned.job.code, here.operation): (here.unit_id, here.start_minute)
             for item in jobs for here in item.planned.placements}
    terms = objective_thousandths(units, after, snapshot.legs.leg, weights, stood=stood)
    assert abs(sum(terms.values()) - 1000 * outcome.objective_after_minor) <= 2000
    assert outcome.terms_after.total_minor == outcome.objective_after_minor <= outcome.objective_before_minor
    for item, change in zip(jobs, outcome.changes, strict=True):
        deadline = item.planned.job.deadline_minute
        assert deadline is None or change.arrival_after_minute <= max(deadline, change.arrival_before_minute)


def test_the_interpreted_loop_gives_the_same_plans() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.unit.scheduling.live_plants", "3", "14"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [repr(story(3)), repr(story(14))]
    assert is_compiled() == (os.environ.get("NUMBA_DISABLE_JIT") != "1")
