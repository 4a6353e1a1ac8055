"""Why a date is what it is: hand-computed chains, and their sum on random jobs."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.promise import Plan, promise
from scheduling.reasons import find_reasons
from scheduling.snapshot import Snapshot, make_snapshot
from scheduling.timeline import Slot
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

DAY = 1440
SHIFTS = tuple((day * DAY + 480, day * DAY + 960) for day in range(60))


def default(snapshot: Snapshot, job: object) -> Plan:
    plan = promise(snapshot, job).default  # type: ignore[arg-type]
    assert plan is not None
    return plan


def test_every_minute_between_release_and_arrival_is_accounted_for() -> None:
    units = [a_unit(1, SHIFTS), a_unit(2, SHIFTS, site="NB", setup_minutes=20)]
    snapshot = make_snapshot(units, some_legs(), runs={2: [("other", Slot(DAY * 2 + 480, DAY * 2 + 480, DAY * 4 + 500),
                                                            "red")]})
    job = a_job([
        an_operation("saw", [(1, 60)]),
        replace(an_operation("glue", [(2, 30)], after=(0,), family="blue"), earliest_minute=None),
    ], release=400, destination="NB")
    chain = find_reasons(snapshot, job, default(snapshot, job))

    saw, glue = chain.links
    assert (saw.operation_code, saw.closed_minutes, saw.work_minutes, saw.waiting_minutes) == ("saw", 80, 60, 80)
    leg = some_legs().leg("SZ", "NB", 70_000).minutes
    assert glue.transport_minutes == leg
    assert glue.setup_minutes == 20
    assert glue.queue_minutes == 980, "two days and twenty minutes of another run"
    assert (glue.work_minutes, chain.delivery_minutes) == (30, 0)
    assert chain.worst == glue
    assert sum(link.total_minutes for link in chain.links) == chain.arrival_minute - 400


def test_material_and_the_later_input_of_an_assembly_are_what_is_waited_for() -> None:
    snapshot = make_snapshot([a_unit(1, ((0, 50 * DAY),)), a_unit(2, ((0, 50 * DAY),))], some_legs())
    job = a_job([
        an_operation("short", [(1, 10)]),
        an_operation("long", [(2, 90)]),
        replace(an_operation("join", [(1, 5)], after=(0, 1)), earliest_minute=100),
    ])
    chain = find_reasons(snapshot, job, default(snapshot, job))

    assert [link.operation_code for link in chain.links] == ["long", "join"]
    assert chain.links[1].material_minutes == 10
    assert chain.arrival_minute == 105


def test_job_without_work_has_no_reasons() -> None:
    snapshot = make_snapshot([a_unit(1, SHIFTS)], some_legs())
    job = a_job([], release=30)
    chain = find_reasons(snapshot, job, Plan((), 30, 30, 0, 0, ()))
    assert (chain.links, chain.delivery_minutes, chain.worst) == ((), 0, None)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_chain_adds_up_on_random_jobs(data: st.DataObject) -> None:
    units = [a_unit(number, SHIFTS, site="SZ" if number % 2 else "NB", setup_minutes=data.draw(st.sampled_from([0, 9])))
             for number in (1, 2, 3)]
    busy = {unit: [(f"b{unit}", Slot(DAY + 500, DAY + 500, DAY + 500 + length), "x")]
            for unit in (1, 2, 3) if (length := data.draw(st.integers(0, 400)))}
    snapshot = make_snapshot(units, some_legs(), runs=busy)
    size = data.draw(st.integers(1, 4))
    operations = [
        replace(an_operation(f"op{index}", [(data.draw(st.sampled_from([1, 2, 3])), data.draw(st.integers(1, 600)))],
                             after=tuple(data.draw(st.sets(st.integers(0, index - 1), max_size=2))) if index else (),
                             family=data.draw(st.sampled_from("xy"))),
                earliest_minute=data.draw(st.sampled_from([None, 3000])))
        for index in range(size)
    ]
    job = a_job(operations, release=data.draw(st.integers(0, 3000)))
    plan = default(snapshot, job)

    chain = find_reasons(snapshot, job, plan)

    total = sum(link.total_minutes for link in chain.links) + chain.delivery_minutes
    assert total == plan.arrival_minute - job.release_minute
    assert all(value >= 0 for link in chain.links for value in (
        link.material_minutes, link.transport_minutes, link.queue_minutes, link.closed_minutes, link.setup_minutes,
        link.paused_minutes))
