"""The cheapest way of one job at prices: equal to trying every way, real, and the same with and without a compiler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import product
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.arrays import JOB_FIRST, JOB_LAST, Shop, Table
from scheduling.engine.layout import JobEntry, lay_out
from scheduling.engine.market import Round, bucket_count, make_market, make_rooms, path_usage, price_round, unknown
from scheduling.engine.pricing import INFINITE, Market
from scheduling.engine.pricing_rounds import PATH_MODE, PATH_WORK
from scheduling.problem import Job, Leg, Mode, Operation, Weights, WorkUnit
from tests.unit.scheduling.tiny_shops import TinyShop, tiny_shop

SEEDS = st.integers(0, 10**6)
SIZE = 7
SITES = ("north", "south")


def legs(origin: str, end: str, grams: int) -> Leg:
    """Give the terms of a move."""
    return Leg(0, 0, 0) if origin == end else Leg(3, 4 + grams, 5)


def a_chain(seed: int) -> tuple[list[WorkUnit], JobEntry]:
    """Draw a job of up to three operations in a row on two units with breaks."""
    dice = Random(seed)
    units = []
    for number in range(2):
        first, second = dice.randint(0, 4), dice.randint(12, 16)
        windows = ((first, first + dice.randint(3, 7)), (second, second + dice.randint(3, 8)), (28, 40))
        units.append(WorkUnit(number, f"m{number}", "center", dice.choice(SITES), "", 0, windows))
    operations = tuple(
        Operation(f"o{index}", tuple(Mode(unit, dice.randint(1, 5), dice.randint(0, 9), dice.randint(0, 9))
                                     for unit in dice.sample((0, 1), dice.randint(1, 2))),
                  (index - 1,) if index else (), "", dice.random() < 0.5)
        for index in range(dice.randint(1, 3)))
    job = Job("j", operations, dice.randint(0, 8), dice.choice(SITES), 2, dice.randint(0, 25), None, dice.randint(0, 2))
    return units, JobEntry(job, dice.randint(0, 6))


def random_market(shop: Shop, seed: int) -> Market:
    prices = np.random.default_rng(seed).integers(0, 3000, (len(shop.units), bucket_count(shop, SIZE)))
    prices[:, -1] = 0
    return make_market(shop, prices, SIZE)


def priced(shop: Shop, market: Market, most: Table | None = None) -> Round:
    jobs = np.arange(len(shop.jobs), dtype=np.int64)
    found = price_round(shop, market, jobs, unknown(shop) if most is None else most, make_rooms(shop, 1))
    assert found is not None
    return found


def run_times(unit: WorkUnit, start: int, minutes: int) -> tuple[int, list[int]] | None:
    """Give the end of a run and the numbers of its working minutes, the slow way."""
    working = [minute for begin, end in unit.windows for minute in range(begin, end)]
    if start not in working or working.index(start) + minutes > len(working):
        return None
    first = working.index(start)
    return working[first + minutes - 1] + 1, list(range(first, first + minutes))


def cheapest_by_trying(units: list[WorkUnit], entry: JobEntry, prices: Table) -> int:
    """Try every way of a chain."""
    job, best = entry.job, INFINITE
    for modes in product(*(operation.modes for operation in job.operations)):
        reach = [(max(job.release_minute, entry.floor_minute), 0)]
        site = None
        for operation, mode in zip(job.operations, modes, strict=True):
            unit = units[mode.unit_id]
            leg = legs(site or unit.site, unit.site, job.load_grams)
            moved = [(ready + leg.minutes, points + leg.cost_minor * 1000 + leg.co2_grams * 10)
                     for ready, points in reach]
            reach, site = runs_after(unit, operation, mode, moved, prices), unit.site
        leg = legs(site or "", job.destination, job.load_grams)
        for end, points in reach:
            late = max(0, end + leg.minutes - (job.due_minute or 0)) * job.weight * 10 * 1000
            best = min(best, points + leg.cost_minor * 1000 + leg.co2_grams * 10 + late)
    return best


def runs_after(
    unit: WorkUnit, operation: Operation, mode: Mode, reach: list[tuple[int, int]], prices: Table
) -> list[tuple[int, int]]:
    """Try every start of a mode after every way so far; keep the cheapest by end."""
    found: dict[int, int] = {}
    for ready, points in reach:
        for start in range(ready, 40):
            run = run_times(unit, start, mode.work_minutes)
            if run is None or (not operation.is_resumable and run[0] - start != mode.work_minutes):
                continue
            if not operation.is_resumable and not any(a <= start and run[0] <= b for a, b in unit.windows):
                continue
            rent = sum(int(prices[mode.unit_id, work // SIZE]) for work in run[1])
            value = points + rent + mode.cost_minor * 1000 + mode.co2_grams * 10
            found[run[0]] = min(found.get(run[0], INFINITE), value)
    return list(found.items())


@settings(max_examples=120, deadline=None)
@given(seed=SEEDS)
def test_the_cheapest_way_is_that_of_trying_all(seed: int) -> None:
    units, entry = a_chain(seed)
    shop = lay_out(units, [entry], legs, Weights()).shop
    market = random_market(shop, seed)
    best = cheapest_by_trying(units, entry, market.prices)
    if best < INFINITE:
        assert int(priced(shop, market).values[0]) == best


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_the_way_that_is_told_costs_what_is_told(seed: int) -> None:
    units, entry = a_chain(seed)
    layout = lay_out(units, [entry], legs, Weights())
    shop, job = layout.shop, entry.job
    market = random_market(shop, seed)
    found = priced(shop, market)
    if cheapest_by_trying(units, entry, market.prices) == INFINITE:
        return
    ready, points, site = max(job.release_minute, entry.floor_minute), 0, ""
    for operation, (number, work) in zip(job.operations, found.path.tolist(), strict=True):
        unit = units[int(shop.modes[number, 0])]
        mode = next(mode for mode in operation.modes if mode.unit_id == unit.id)
        leg = legs(site or unit.site, unit.site, job.load_grams)
        working = [minute for begin, end in unit.windows for minute in range(begin, end)]
        assert working[work] >= ready + leg.minutes
        ready, site = working[work + mode.work_minutes - 1] + 1, unit.site
        assert operation.is_resumable or ready - working[work] == mode.work_minutes
        points += (leg.cost_minor + mode.cost_minor) * 1000 + (leg.co2_grams + mode.co2_grams) * 10
        points += sum(int(market.prices[unit.id, minute // SIZE]) for minute in range(work, work + mode.work_minutes))
    leg = legs(site, job.destination, job.load_grams)
    late = max(0, ready + leg.minutes - (job.due_minute or 0)) * job.weight * 10_000
    assert points + leg.cost_minor * 1000 + leg.co2_grams * 10 + late == int(found.values[0])


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_the_minutes_of_a_way_are_those_of_its_modes(seed: int) -> None:
    tiny = tiny_shop(seed)
    shop = tiny.layout().shop
    market = random_market(shop, seed)
    found = priced(shop, market)
    rows, minutes = np.zeros(500, dtype=np.int64), np.zeros(500, dtype=np.int64)
    for job in range(len(shop.jobs)):
        count = path_usage(shop, market, found.path, job, rows, minutes)
        own = found.path[shop.jobs[job, JOB_FIRST] : shop.jobs[job, JOB_LAST]]
        modes = own[own[:, PATH_MODE] >= 0, PATH_MODE]
        assert minutes[:count].sum() == shop.modes[modes, 1].sum()
        assert (own[own[:, PATH_MODE] >= 0, PATH_WORK] >= 0).all()
        assert (minutes[:count] > 0).all()


def test_dearer_capacity_never_makes_a_job_cheaper() -> None:
    for seed in range(20):
        shop = tiny_shop(seed).layout().shop
        market = random_market(shop, seed)
        dearer = make_market(shop, market.prices * 2, SIZE)
        assert (priced(shop, dearer).values >= priced(shop, market).values).all()


def test_a_job_that_fits_nowhere_still_has_a_bound() -> None:
    unit = WorkUnit(1, "m", "center", "north", "", 0, ((0, 5),))
    entry = JobEntry(Job("j", (Operation("o", (Mode(1, 9, 3, 0),)),), 0, "north", 0, 0), 0)
    shop = lay_out([unit], [entry], legs, Weights()).shop
    assert 3000 <= int(priced(shop, random_market(shop, 1)).values[0]) < INFINITE


def digest(seeds: range) -> list[list[int]]:
    """Give values and ways of some problems."""
    found = []
    for seed in seeds:
        tiny: TinyShop = tiny_shop(seed)
        shop = tiny.layout().shop
        result = priced(shop, random_market(shop, seed))
        found.append([*result.values.tolist(), *result.path.ravel().tolist()])
    return found


def test_compiled_and_interpreted_loops_find_the_same() -> None:
    code = "import json; from tests.unit.scheduling.test_pricing import digest; print(json.dumps(digest(range(12))))"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == digest(range(12))
