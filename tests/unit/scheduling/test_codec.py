"""What planning stores comes back as it went in; what earlier versions stored can still be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

import catalog
from catalog.formats.folder import read_catalog
from catalog.plant import Closure, Network, Overtime, PoolOffer, SecondaryResource, UnitTerms
from catalog.text import Text
from scheduling.codec import (
    change_as_json,
    change_from_json,
    job_as_json,
    job_from_json,
    network_as_json,
    network_from_json,
    network_hash,
)
from scheduling.improve import JobChange
from scheduling.problem import Mode, Operation, Placement
from tests.unit.scheduling.plants import a_center, a_job, a_network, an_operation

wall = datetime.fromisoformat
OLDER = {
    "": ("secondary_resources", "overtime", "closures", "pool_offers"),
    "work_centers": ("further_capabilities", "setup_matrix", "units"),
    "transport": ("full_truck_fixed_minor", "full_truck_rate_minor_per_km"),
}


def rich_network() -> Network:
    terms = UnitTerms(2, "1x8", 8500, Fraction("5.5"), Fraction("1.25"), ("plane",))
    saw = a_center("SAW", "SZ", "saw", unit_count=2, further_capabilities=("rip",), units=(terms,),
                   setup_matrix=(("oak", "pine", 4), ("pine", "oak", 9)), setup_minutes=6)
    return a_network(
        [saw],
        secondary_resources=(SecondaryResource("JIG", "SZ", Text.of({"en": "Jig", "zh": "夹具"}), "jig", 2, "1x8"),),
        overtime=(Overtime("SAW", 2, date(2027, 3, 7), ((480, 720), (1320, 120))),),
        closures=(Closure(wall("2027-03-01 08:00"), wall("2027-03-02 09:30"), "SZ-CO", "SZ", "SAW", 1,
                          Text.of("Service")),),
        pool_offers=(PoolOffer("SZ-CO", 55, ("SAW",), ((360, 840),), 9900, date(2027, 1, 1), None),),
    )


def through_json(document: Mapping[str, object]) -> dict[str, object]:
    found = json.loads(json.dumps(document))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", ["plain", "rich", "demo"])
def test_a_network_comes_back_as_it_went_in(name: str) -> None:
    demo = read_catalog(Path(catalog.__file__).parent / "demo").network
    assert demo is not None
    network = {"plain": a_network(), "rich": rich_network(), "demo": demo}[name]
    again = network_from_json(through_json(network_as_json(network)))
    assert again == network
    assert network_hash(again) == network_hash(network)


def test_every_term_of_a_network_counts_in_its_hash() -> None:
    network = rich_network()
    others = [
        replace(network, overtime=()),
        replace(network, closures=()),
        replace(network, pool_offers=()),
        replace(network, secondary_resources=()),
        replace(network, work_centers=(replace(network.work_centers[0], setup_matrix=()),)),
        replace(network, work_centers=(replace(network.work_centers[0], units=()),)),
    ]
    assert len({network_hash(item) for item in (network, *others)}) == 1 + len(others)


def test_a_network_of_an_earlier_version_can_be_read() -> None:
    network = a_network()
    document = through_json(network_as_json(network))
    for key in OLDER[""]:
        del document[key]
    for part in ("work_centers", "transport"):
        entries = document[part] if part == "work_centers" else [document[part]]
        assert isinstance(entries, list)
        for entry in entries:
            for key in OLDER[part]:
                del entry[key]
    assert network_from_json(document) == network


def test_a_job_comes_back_as_it_went_in() -> None:
    job = a_job([
        Operation("a", (Mode(1, 30, 100, 10, (7, 8)), Mode(2, 20, 50, 5)), (), "red", False, 1234),
        an_operation("b", [(2, 5)], after=(0,)),
    ], due_minute=9, deadline_minute=99, weight=3)
    assert job_from_json(through_json(job_as_json(job))) == job


def test_a_job_of_an_earlier_version_can_be_read() -> None:
    job = a_job([an_operation("a", [(1, 30)], family="red")])
    document = through_json(job_as_json(job))
    operations = document["operations"]
    assert isinstance(operations, list)
    del operations[0]["earliest_minute"]
    assert job_from_json(document) == job


def test_changes_keep_secondary_units_and_old_ones_have_none() -> None:
    before = (Placement(0, 1, 5, 10, 20, 10, "red", 7),)
    change = JobChange(3, "J1", before, before, (0,), 1, 2, 3, 4, 5, 6)
    document = through_json(change_as_json(change))
    assert change_from_json(document) == change
    document["before"] = [[0, 1, 5, 10, 20, 10, "red"]]
    assert change_from_json(document).before == (replace(before[0], secondary_unit_id=None),)
