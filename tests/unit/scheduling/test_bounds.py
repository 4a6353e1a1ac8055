"""The certified bound: below every schedule whatever the prices, equal to the cheapest way where nothing is shared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ortools.math_opt.python import mathopt

from scheduling.bounds import (
    EMPTY_FACTORY,
    PRICED_CAPACITY,
    Prices,
    capacity_prices,
    certified_bound,
    heat_map,
    no_prices,
    points_step,
)
from scheduling.engine.arrays import NEVER, Shop, Table, make_lines, make_plan, make_scratch
from scheduling.engine.insertion import insert_job
from scheduling.engine.layout import JobEntry, StandingRun, lay_out, put_standing
from scheduling.engine.market import capacities, make_market
from scheduling.problem import Job, Leg, Mode, Operation, Placement, Weights, WorkUnit
from scheduling.solver import capacity_prices as column_generation
from scheduling.solver.exact import solve_exactly
from tests.unit.scheduling.tiny_shops import LIVE, TinyShop, tiny_shop

SEEDS = st.integers(0, 10**6)


def exact_points(tiny: TinyShop) -> int | None:
    answer = solve_exactly(tiny.units, tiny.entries, tiny.legs, tiny.weights, families_before=tiny.families_before,
                           standing=tiny.standing)
    return None if answer is None else answer.points


def random_prices(shop: Shop, seed: int, size: int, top: int) -> Prices:
    points = np.random.default_rng(seed).integers(0, top + 1, no_prices(shop, size).points.shape)
    points[:, -1] = 0
    return Prices(points, size)


def bound_points(shop: Shop, prices: Prices, **options: Any) -> int:
    bound = certified_bound(shop, prices, **options)
    assert bound is not None
    return bound.points


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, size=st.sampled_from([3, 16, 64]), top=st.sampled_from([0, 300, 20_000]))
def test_no_schedule_beats_the_bound_of_any_prices(seed: int, size: int, top: int) -> None:
    tiny = tiny_shop(seed)
    best = exact_points(tiny)
    if best is None:
        return
    layout = tiny.layout()
    prices = random_prices(layout.shop, seed, size, top)
    assert bound_points(layout.shop, prices, standing=tiny.lines(layout)) <= best


@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_no_schedule_beats_the_bound_of_the_best_prices(seed: int) -> None:
    tiny = tiny_shop(seed, jobs=3)
    layout = tiny.layout()
    best = exact_points(tiny)
    if best is None:
        return
    found = capacity_prices(layout.shop, seconds=2, standing=tiny.lines(layout), bucket_minutes=8)
    assert found.bound is not None
    assert found.bound.points <= best
    assert found.bound.points >= bound_points(layout.shop, no_prices(layout.shop), standing=tiny.lines(layout))


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_a_job_alone_without_setups_and_tools_costs_its_bound(seed: int) -> None:
    tiny = tiny_shop(seed, jobs=1)
    entry = tiny.entries[0]
    has_shared_input = any(
        sum(index in operation.predecessors for operation in entry.job.operations) > 1
        for index in range(len(entry.job.operations)))
    units = [operation.modes[0].unit_id for operation in entry.job.operations]
    has_fork = len({mode.unit_id for operation in entry.job.operations for mode in operation.modes}) < len(units)
    if has_shared_input or (has_fork and any(len(o.predecessors) != 1 for o in entry.job.operations[1:])):
        return
    plain = TinyShop(
        tuple(WorkUnit(u.id, u.code, u.work_center, u.site, "", 0, u.windows, (), u.is_secondary) for u in tiny.units),
        (JobEntry(without_tools(entry.job), entry.floor_minute, entry.limit_minute, entry.was, entry.stands),),
        tiny.weights, tiny.minutes)
    best = exact_points(plain)
    if best is not None:
        shop = plain.layout().shop
        assert bound_points(shop, no_prices(shop)) == best


def without_tools(job: Job) -> Job:
    operations = tuple(
        Operation(o.code, tuple(Mode(m.unit_id, m.work_minutes, m.cost_minor, m.co2_grams) for m in o.modes),
                  o.predecessors, o.setup_family, o.is_resumable, o.earliest_minute)
        for o in job.operations)
    return Job(job.code, operations, job.release_minute, job.destination, job.load_grams, job.due_minute, None,
               job.weight)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_no_inserted_plan_beats_the_exact_model(seed: int) -> None:
    tiny = tiny_shop(seed)
    layout = tiny.layout()
    shop, lines = layout.shop, tiny.lines(layout)
    plan, scratch = make_plan(shop), make_scratch(shop)
    values = [insert_job(shop, lines, plan, scratch, job, NEVER) for job in range(len(tiny.entries))]
    if NEVER in values:
        return
    best = exact_points(tiny)
    assert best is not None
    assert sum(values) >= best


def bottleneck(jobs: int = 12, *, base: int = 0, weight: int = 1) -> Shop:
    """One machine that all jobs want at once."""
    unit = WorkUnit(1, "m", "center", "here", "", 0, ((base, base + 600), (base + 900, base + 3000)))
    work = Operation("o", (Mode(1, 100, 5, 0),))
    entries = [
        JobEntry(Job(f"j{n}", (work,), base, "here", 0, base + 100, None, weight), base) for n in range(jobs)
    ]
    return lay_out([unit], entries, lambda _a, _b, _g: Leg(0, 0, 0), Weights()).shop


def test_prices_prove_what_waiting_costs() -> None:
    shop = bottleneck()
    alone = bound_points(shop, no_prices(shop, 100))
    found = capacity_prices(shop, seconds=5, bucket_minutes=100)
    assert alone == 12 * 5000
    assert found.bound is not None
    waits = sum(max(0, end - 100) for end in (*range(100, 700, 100), *range(1000, 1600, 100)))
    assert found.bound.points > alone + waits * 10_000 * 9 // 10
    assert found.bound.points <= alone + waits * 10_000
    assert found.bound.relaxation == PRICED_CAPACITY
    assert found.rounds > 1
    assert found.gap < 0.05


def test_the_bound_does_not_depend_on_when_it_is() -> None:
    prices = Prices(np.array([[40, 30, 20, 0]]), 300)
    now, today = bottleneck(), bottleneck(base=LIVE)
    longer = Prices(np.zeros_like(no_prices(now, 300).points), 300)
    longer.points[:, :3] = prices.points[:, :3]
    assert bound_points(now, longer) == bound_points(today, longer)


def test_large_numbers_do_not_overflow() -> None:
    shop = bottleneck(60, base=LIVE, weight=1000)
    prices = random_prices(shop, 1, 16, 10**9)
    market = make_market(shop, prices.points, 16)
    total = sum(int(minutes) * int(price) for minutes, price in
                zip(capacities(shop, None, 16).ravel(), prices.points.ravel(), strict=True))
    assert int(market.sums.max()) < 2**62
    bound = certified_bound(shop, prices)
    assert bound is not None
    exact = sum(bound.values.tolist()) - total
    assert 0 <= bound.points - exact < points_step(shop)


def test_the_bound_is_rounded_up_to_what_an_objective_can_be() -> None:
    shop = bottleneck()
    assert points_step(shop) == 5000
    assert bound_points(shop, random_prices(shop, 3, 64, 777)) % 5000 == 0


def test_standing_runs_take_capacity() -> None:
    tiny = next(shop for shop in map(tiny_shop, range(100)) if shop.standing)
    layout = tiny.layout()
    free = capacities(layout.shop, None, 16)
    left = capacities(layout.shop, tiny.lines(layout), 16)
    assert (left <= free).all()
    assert left.sum() < free.sum()
    assert (left[:, -1] == 0).all()


def test_standing_runs_on_top_of_each_other_are_counted_once() -> None:
    unit = WorkUnit(1, "m", "center", "here", "", 0, ((0, 100),))
    entry = JobEntry(Job("j", (Operation("o", (Mode(1, 10, 0, 0),)),), 0, "here"), 0)
    layout = lay_out([unit], [entry], lambda _a, _b, _g: Leg(0, 0, 0), Weights(), families=["f"])
    lines = make_lines(layout.shop, 4)
    put_standing(layout, lines, [StandingRun(1, 10, 40, "f", 1), StandingRun(1, 20, 30, "f", 2),
                                 StandingRun(1, 35, 50, "f", 3)])
    assert capacities(layout.shop, lines, 100)[0].tolist() == [60, 0]


@pytest.mark.parametrize("prices", [np.array([[-1, 0]]), np.array([[1, 1]])])
def test_prices_that_prove_nothing_are_refused(prices: Table) -> None:
    with pytest.raises(ValueError, match="negative"):
        make_market(bottleneck(), prices, 100)


def failing(error: type[Exception]) -> Callable[..., Any]:
    def solve(*_: Any, **__: Any) -> Any:
        raise error("the solver gave up")

    return solve


@pytest.mark.parametrize("error", [RuntimeError, ValueError, AttributeError])
def test_a_solver_that_fails_leaves_the_bound_of_no_prices(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mathopt, "solve", failing(error))
    found = capacity_prices(bottleneck(), seconds=5)
    assert found.bound is not None
    assert (found.bound.minor, found.bound.relaxation) == (60, EMPTY_FACTORY)
    assert not found.points.any()


def test_a_solver_without_time_leaves_the_bound_of_no_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_generation, "SECONDS_PER_SOLVE", 0.0)
    found = capacity_prices(bottleneck(), seconds=5)
    assert found.bound is not None
    assert found.bound.minor >= 60


def test_a_search_that_is_stopped_at_once_says_so() -> None:
    assert capacity_prices(bottleneck(), seconds=5, should_stop=lambda: True).bound is None


def test_every_better_bound_is_published_in_the_calling_thread() -> None:
    seen: list[tuple[int, int]] = []

    def publish(prices: Prices) -> None:
        assert prices.bound is not None
        seen.append((prices.bound.points, threading.get_ident()))

    found = capacity_prices(bottleneck(), seconds=5, bucket_minutes=100, threads=2, publish=publish)
    assert found.bound is not None
    assert [points for points, _ in seen] == sorted({points for points, _ in seen})
    assert {thread for _, thread in seen} == {threading.get_ident()}
    assert seen[-1][0] == found.bound.points


def test_a_sample_gives_prices_that_are_proved_with_all_jobs() -> None:
    shop = bottleneck(24)
    best = capacity_prices(shop, seconds=5, bucket_minutes=100).bound
    found = capacity_prices(shop, seconds=5, bucket_minutes=100, most_jobs=8)
    assert best is not None
    assert found.bound is not None
    assert found.bound.points <= best.points * 101 // 100
    assert bound_points(shop, found) == found.bound.points


def test_threads_change_nothing() -> None:
    shop = bottleneck(130)
    prices = random_prices(shop, 5, 64, 5000)
    assert bound_points(shop, prices, threads=1) == bound_points(shop, prices, threads=3)


@example(seed=3)
@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_what_is_known_of_a_job_never_changes_its_bound(seed: int) -> None:
    tiny = tiny_shop(seed)
    shop = tiny.layout().shop
    prices = random_prices(shop, seed, 16, 2000)
    free = certified_bound(shop, prices)
    assert free is not None
    assert bound_points(shop, prices, most=free.values) == free.points


def test_the_heat_map_names_what_is_short() -> None:
    unit = WorkUnit(7, "m", "center", "here", "", 0, ((0, 100), (200, 300)))
    entry = JobEntry(Job("j", (Operation("o", (Mode(7, 10, 0, 0),)),), 0, "here"), 0)
    layout = lay_out([unit], [entry], lambda _a, _b, _g: Leg(0, 0, 0), Weights())
    rows = heat_map(layout, Prices(np.array([[0, 500, 25, 0]]), 80))
    assert [(row.unit_id, row.from_minute, row.until_minute, row.price_minor_per_hour) for row in rows] == [
        (7, 80, 260, 30), (7, 260, 300, 2)]


def test_what_ended_before_the_first_start_may_still_be_on_its_way() -> None:
    """The input of the waiting operation left long before anything may move, and arrives after."""
    units = [WorkUnit(number, f"U{number}", "C", site, "", 0, ((0, 5000),))
             for number, site in ((1, "north"), (2, "south"))]
    job = Job("J", (Operation("a", (Mode(1, 100, 10, 0),)), Operation("b", (Mode(2, 50, 20, 0),), (0,))), 0, "south")
    placed = Placement(0, 1, 900, 900, 1000, 100, ""), Placement(1, 2, 1800, 1800, 1850, 50, "")
    entry = JobEntry(job, 1500, 9000, was=dict(enumerate(placed)), stands={0: placed[0]})
    shop = lay_out(units, [entry], lambda origin, end, _grams: Leg(0 if origin == end else 800, 0, 0), Weights()).shop
    assert bound_points(shop, no_prices(shop, 64)) == 20_000
