"""Bad jobs are refused before they are planned, each fault with job and operation named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.errors import JobInvalid
from scheduling.problem import Job, Mode, Operation
from scheduling.problem_check import JobFault, job_faults, require_sound
from tests.unit.scheduling.plants import a_job, a_unit, an_operation, some_legs

DAYS = tuple((day * 1440 + 480, day * 1440 + 960) for day in range(5))
UNITS = {
    1: a_unit(1, DAYS),
    2: a_unit(2, DAYS, site="NB"),
    3: a_unit(3, ()),
    4: replace(a_unit(4, DAYS), is_secondary=True),
    5: replace(a_unit(5, DAYS, site="NB"), is_secondary=True),
    6: replace(a_unit(6, ()), is_secondary=True),
    7: a_unit(7, DAYS, site="XX"),
}
NOW = 1000
HORIZON = 5 * 1440
SOUND = a_job([an_operation("saw", [(1, 40)]), an_operation("glue", [(1, 30), (2, 20)], after=(0,))], code="A-17")


def faults(job: Job) -> list[tuple[str, str]]:
    return [(item.code, item.operation) for item in job_faults(job, UNITS, some_legs().leg, NOW, HORIZON)]


def with_saw(**changes: object) -> Job:
    return replace(SOUND, operations=(replace(SOUND.operations[0], **changes), SOUND.operations[1]))  # type: ignore[arg-type]


def test_a_sound_job_has_no_faults() -> None:
    assert faults(SOUND) == []
    assert faults(a_job([])) == []
    require_sound(SOUND, UNITS, some_legs().leg, NOW, HORIZON)


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (with_saw(predecessors=(1,)), [("cycle", "saw")]),
        (with_saw(predecessors=(0,)), [("cycle", "saw")]),
        (with_saw(predecessors=(7,)), [("predecessor", "saw")]),
        (replace(SOUND, operations=(replace(SOUND.operations[1], predecessors=(1,)), SOUND.operations[0])),
         [("order", "glue")]),
        (with_saw(modes=()), [("no_unit", "saw")]),
        (with_saw(modes=(Mode(99, 10, 1, 1),)), [("no_unit", "saw")]),
        (with_saw(modes=(Mode(1, 0, 1, 1),)), [("no_duration", "saw")]),
        (with_saw(modes=(Mode(1, -5, 1, 1),)), [("no_duration", "saw")]),
        (with_saw(modes=(Mode(1, 5 * 480 + 1, 1, 1),)), [("beyond_horizon", "saw")]),
        (with_saw(modes=(Mode(1, 481, 1, 1),), is_resumable=False), [("too_long", "saw")]),
        (with_saw(modes=(Mode(1, 481, 1, 1), Mode(2, 480, 1, 1)), is_resumable=False), []),
        (with_saw(modes=(Mode(3, 10, 1, 1),)), [("no_working_time", "saw")]),
        (with_saw(modes=(Mode(3, 10, 1, 1), Mode(1, 10, 1, 1))), []),
        (with_saw(modes=(Mode(1, 10, -1, 1),)), [("negative", "saw")]),
        (with_saw(modes=(Mode(1, 10, 1, -1),)), [("negative", "saw")]),
        (with_saw(modes=(Mode(1, 10, 1, 1, (4,)),)), []),
        (with_saw(modes=(Mode(1, 10, 1, 1, (99,)),)), [("secondary", "saw"), ("no_secondary_time", "saw")]),
        (with_saw(modes=(Mode(1, 10, 1, 1, (2,)),)), [("secondary", "saw")]),
        (with_saw(modes=(Mode(1, 10, 1, 1, (5,)),)), [("secondary", "saw")]),
        (with_saw(modes=(Mode(1, 10, 1, 1, (6,)),)), [("no_secondary_time", "saw")]),
        (with_saw(modes=(Mode(4, 10, 1, 1),)), [("secondary", "saw")]),
        (with_saw(earliest_minute=HORIZON), [("material_beyond_horizon", "saw")]),
        (replace(SOUND, deadline_minute=NOW - 1), [("deadline_past", "")]),
        (replace(SOUND, deadline_minute=NOW), []),
        (replace(SOUND, deadline_minute=NOW + 10, release_minute=NOW + 11), [("deadline_past", "")]),
        (replace(SOUND, due_minute=5), []),
        (replace(SOUND, release_minute=HORIZON), [("release_beyond_horizon", "")]),
        (replace(SOUND, weight=0), [("weight", "")]),
        (replace(SOUND, load_grams=-1), [("load", "")]),
        (with_saw(modes=(Mode(7, 10, 1, 1),)), [("no_way", "glue")]),
    ],
)
def test_each_fault_is_named(job: Job, expected: list[tuple[str, str]]) -> None:
    assert faults(job) == expected


def test_a_refusal_names_job_and_operation_and_lists_every_fault() -> None:
    job = replace(with_saw(modes=(Mode(1, 0, 1, 1),)), deadline_minute=NOW - 60)
    with pytest.raises(JobInvalid) as refusal:
        require_sound(job, UNITS, some_legs().leg, NOW, HORIZON)
    assert str(refusal.value) == "Job A-17 cannot be planned: its promised time passed 60 minutes ago."
    assert refusal.value.code == "job_invalid"
    assert refusal.value.detail["faults"] == [
        ["deadline_past", "", "its promised time passed 60 minutes ago"],
        ["no_duration", "saw", "saw takes 0 minutes; expected 1 or more"],
    ]


def test_a_circle_is_written_out() -> None:
    ring = [Operation(name, (Mode(1, 10, 1, 1),), (before,)) for name, before in (("a", 2), ("b", 0), ("c", 1))]
    (fault,) = job_faults(a_job(ring), UNITS, some_legs().leg, NOW, HORIZON)
    assert fault == JobFault("cycle", "J1", "a", "its operations wait in a circle: a → c → b → a")


def test_what_the_plants_lack_is_left_to_the_promise() -> None:
    for job in (with_saw(modes=(Mode(3, 10, 1, 1),)), with_saw(modes=(Mode(99, 10, 1, 1),)),
                with_saw(modes=(Mode(1, 99_999, 1, 1),))):
        assert faults(job)
        require_sound(job, UNITS, some_legs().leg, NOW, HORIZON)


@given(st.lists(st.lists(st.integers(-1, 6), max_size=3), min_size=1, max_size=6))
def test_any_precedence_is_answered(waits: list[list[int]]) -> None:
    operations = [Operation(f"o{index}", (Mode(1, 10, 1, 1),), tuple(before)) for index, before in enumerate(waits)]
    found = {code for code, _ in faults(a_job(operations))}
    is_sound = all(0 <= before < index for index, befores in enumerate(waits) for before in befores)
    assert (found == set()) is is_sound
    assert found <= {"cycle", "order", "predecessor"}
