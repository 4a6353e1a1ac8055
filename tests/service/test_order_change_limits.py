"""Changes of an order that cannot be are refused, each with the field that is wrong; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scheduling import events
from scheduling.calendar import minute_at
from scheduling.errors import ReportInvalid
from scheduling.problem import Job, Mode, Operation
from scheduling.schedule_event import Report
from tests.service.eventful import NOW, Factory, booked, breaches, places, plants
from tests.service.planning_database import DIALECTS, write

IN_1970, IN_2020, AT_NOW = 60, 26_297_280, minute_at(NOW)
OTHER = Report("The customer wants another.", "sales")


@pytest.fixture(params=DIALECTS)
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    with plants(request.param, tmp_path) as factory:
        yield factory


def first(job: Job, **changes: object) -> Job:
    return replace(job, operations=(replace(job.operations[0], **changes), *job.operations[1:]))  # type: ignore[arg-type]


def first_modes(job: Job, **changes: int) -> Job:
    modes = tuple(replace(mode, **changes) for mode in job.operations[0].modes)  # type: ignore[arg-type]
    return first(job, modes=modes)


IMPOSSIBLE: dict[str, tuple[str, Callable[[Job], Job]]] = {
    "due in 1970": ("due_minute", lambda job: replace(job, due_minute=IN_1970)),
    "due in 2020": ("due_minute", lambda job: replace(job, due_minute=IN_2020)),
    "due beyond the horizon": ("due_minute", lambda job: replace(job, due_minute=2**40)),
    "promised in 2020": ("deadline_minute", lambda job: replace(job, deadline_minute=IN_2020)),
    "promised at no time there is": ("deadline_minute", lambda job: replace(job, deadline_minute=2**62)),
    "released at no time there is": ("release_minute", lambda job: replace(job, release_minute=2**62)),
    "released before time began": ("release_minute", lambda job: replace(job, release_minute=-(2**62))),
    "no modes": ("modes", lambda job: first(job, modes=())),
    "a unit that there is not": ("modes", lambda job: first(job, modes=(Mode(777, 60, 100, 10),))),
    "no minutes": ("modes", lambda job: first_modes(job, work_minutes=0)),
    "endless minutes": ("modes", lambda job: first_modes(job, work_minutes=2**62)),
    "a cost below 0": ("modes", lambda job: first_modes(job, cost_minor=-1)),
    "an endless cost": ("modes", lambda job: first_modes(job, cost_minor=2**62)),
    "material at no time there is": ("earliest_minute", lambda job: first(job, earliest_minute=2**62)),
    "a load below 0": ("load_grams", lambda job: replace(job, load_grams=-1)),
    "an endless load": ("load_grams", lambda job: replace(job, load_grams=2**62)),
    "a place that there is not": ("destination", lambda job: replace(job, destination="MOON")),
    "no weight": ("weight", lambda job: replace(job, weight=0)),
    "other operations": ("operations", lambda job: replace(job, operations=job.operations[:1])),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_an_impossible_change_names_its_field(factory: Factory, what: str) -> None:
    field, change = IMPOSSIBLE[what]
    hit = booked(factory, "J1")
    before = places(factory, hit)
    with pytest.raises(ReportInvalid) as refusal, write(factory) as session:
        events.report_order_changed(session, hold_id=hit.id, job=change(hit.job), report=OTHER, now=NOW)
    assert (refusal.value.detail["field"], refusal.value.detail["job"]) == (field, "J1")
    with factory() as session:
        assert events.list_outcomes(session) == ()
    assert places(factory, hit) == before
    assert breaches(factory) == []


def test_what_was_wrong_before_and_stays_is_no_reason_to_refuse(factory: Factory) -> None:
    """An order that is late already may still get another weight."""
    hit = booked(factory, "J1", due_days=0.2)
    late = hit.job.due_minute
    assert late is not None
    with write(factory) as session:
        outcome = events.report_order_changed(session, hold_id=hit.id, job=replace(hit.job, weight=9), report=OTHER,
                                              now=NOW)
    assert outcome.event.named["after"]["weight"] == 9
    soon: Operation = replace(hit.job.operations[0], modes=hit.job.operations[0].modes[:1])
    with write(factory) as session:
        again = events.report_order_changed(
            session, hold_id=hit.id, job=replace(hit.job, operations=(soon, hit.job.operations[1]), weight=9),
            report=OTHER, now=NOW)
    assert again.event.id != outcome.event.id
    assert breaches(factory) == []
