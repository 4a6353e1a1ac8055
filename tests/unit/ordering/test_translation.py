"""From a configuration to a job and back to names."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.plant import Company, Network, Site, Transport, WorkCenter
from catalog.product import ProductDefinition
from catalog.routing import RoutingItem
from catalog.rules import expression as ex
from catalog.text import Text
from configurator.explosion import Explosion, RoutedOperation
from ordering.errors import RequestInvalid, UnknownCapability
from ordering.translation import LARGEST_QUANTITY, attributes_of, find_delay, make_job, sites_of
from scheduling.problem import Placement
from scheduling.promise import Plan, Wait
from scheduling.schedule import WorkUnitEntry
from tests.factories import attr, calc, choice, derived, figure, number, prop


def a_site(code: str) -> Site:
    return Site(code, Text.of(code), "gusu", "Asia/Shanghai", Fraction(0), Fraction(0), Fraction(55, 100),
                shifts={"1x8": ((480, 960),)})


def a_center(code: str, site: str, capability: str, speed: str) -> WorkCenter:
    return WorkCenter(code, site, Text.of(code), capability, 1, "1x8", rate_minor_per_hour=26000,
                      power_kw=Fraction(35), speed=Fraction(speed), setup_minutes=5, pool_share_percent=30)


NETWORK = Network(
    "demo", "CNY", (Company("gusu", Text.of("Gusu")),), (a_site("SZ"), a_site("NB")),
    (a_center("SZ-SAW", "SZ", "saw", "1"), a_center("NB-SAW", "NB", "saw", "0.9"),
     a_center("SZ-GLZ", "SZ", "glaze", "1")),
    {("SZ", "NB"): 228}, Transport(600, 1440, 90, 6000, Fraction(3, 10), Fraction(1, 10), 150),
    destinations={"SZ": Text.of("Suzhou")},
)
UNITS = (
    WorkUnitEntry(1, "SZ-SAW-1", "SZ-SAW", "SZ", "gusu", "saw", 5, is_active=True),
    WorkUnitEntry(2, "NB-SAW-1", "NB-SAW", "NB", "gusu", "saw", 5, is_active=True),
    WorkUnitEntry(3, "SZ-GLZ-1", "SZ-GLZ", "SZ", "gusu", "glaze", 5, is_active=True),
    WorkUnitEntry(4, "SZ-OLD-1", "SZ-SAW", "SZ", "gusu", "saw", 5, is_active=False),
)


def an_explosion(minutes: Fraction = Fraction(57, 5)) -> Explosion:
    saw = RoutedOperation("saw", Text.of("Saw"), "saw", minutes, (), "PVC82")
    glaze = RoutedOperation("glaze", Text.of("Glaze"), "glaze", Fraction(249, 10), ("saw",), "", is_resumable=False)
    return Explosion((), (saw, glaze), 69_000)


def test_a_job_has_the_modes_that_the_network_offers() -> None:
    job = make_job(an_explosion(), code="j", quantity=8, destination="SZ", release_minute=100, network=NETWORK,
                   units=UNITS)
    saw, glaze = job.operations
    assert [mode.unit_id for mode in saw.modes] == [1, 2]
    assert saw.modes[0].work_minutes == 92  # 11.4 × 8 = 91.2
    assert saw.modes[0].cost_minor == 39520  # 91.2 min at 260.00 an hour
    assert saw.modes[0].co2_grams == 29260  # 35 kW × 1.52 h × 0.55
    assert saw.modes[1].work_minutes == 102  # 91.2 / 0.9 = 101.33
    assert (saw.setup_family, saw.is_resumable) == ("PVC82", True)
    assert (glaze.predecessors, glaze.is_resumable) == ((0,), False)
    assert (job.release_minute, job.destination, job.load_grams) == (100, "SZ", 552_000)


@given(minutes=st.fractions(Fraction(1, 100), 500), quantity=st.integers(1, LARGEST_QUANTITY))
def test_work_minutes_are_whole_and_never_less_than_needed(minutes: Fraction, quantity: int) -> None:
    job = make_job(an_explosion(minutes), code="j", quantity=quantity, destination="SZ", release_minute=0,
                   network=NETWORK, units=UNITS)
    assert job.operations[0].modes[0].work_minutes == max(1, ceil(minutes * quantity))


@pytest.mark.parametrize("quantity", [0, -1, LARGEST_QUANTITY + 1, 2**63])
def test_a_quantity_out_of_bounds_is_refused(quantity: int) -> None:
    with pytest.raises(RequestInvalid) as refused:
        make_job(an_explosion(), code="j", quantity=quantity, destination="SZ", release_minute=0, network=NETWORK,
                 units=UNITS)
    assert refused.value.detail["field"] == "quantity"


def test_an_unknown_destination_is_refused() -> None:
    with pytest.raises(RequestInvalid) as refused:
        make_job(an_explosion(), code="j", quantity=1, destination="Mars", release_minute=0, network=NETWORK,
                 units=UNITS)
    assert refused.value.detail["field"] == "destination"


def test_an_operation_that_nobody_offers_is_named() -> None:
    with pytest.raises(UnknownCapability) as refused:
        make_job(an_explosion(), code="j", quantity=1, destination="SZ", release_minute=0, network=NETWORK,
                 units=UNITS[:2])
    assert refused.value.detail == {"capability": "glaze", "operation": "glaze"}


def a_plan() -> Plan:
    return Plan(
        placements=(Placement(0, 2, 0, 10, 112, 102, "PVC82"), Placement(1, 3, 1900, 1905, 2105, 200, "")),
        end_minute=2105, arrival_minute=2105, cost_minor=1, co2_grams=1,
        waits=(Wait(0, "saw", "NB-SAW", 2, 0, 10, 0), Wait(1, "glaze", "SZ-GLZ", 3, 1800, 1905, 90)),
    )


def test_the_longest_part_of_a_plan_is_named_with_the_choices_behind_it() -> None:
    product = ProductDefinition(
        "window", Text.of("Window"),
        (number("width", 400, 1600), choice("opening", "fixed", "turn", extra=(0, 8)), choice("colour", "white")),
        derived=(figure("area", calc(attr("width"), "/", 1000)),),
        routing=(RoutingItem("saw", Text.of("Saw"), "saw", ex.Number(Fraction(6))),
                 RoutingItem("glaze", Text.of("Glaze"), "glaze",
                             calc(derived("area"), "+", prop("opening", "extra")))),
    )
    delay = find_delay(a_plan(), product)
    assert delay is not None
    assert (delay.operation, delay.work_center, delay.waiting_minutes) == ("glaze", "SZ-GLZ", 105)
    assert delay.attributes == ("width", "opening")
    assert find_delay(Plan((), 0, 0, 0, 0, ()), product) is None


def test_attributes_are_found_through_derived_values_that_name_each_other() -> None:
    product = ProductDefinition("p", Text.of("P"), (number("a", 0, 9), number("b", 0, 9)),
                                derived=(figure("x", attr("a")), figure("y", calc(derived("x"), "+", attr("b")))))
    assert attributes_of([derived("y")], product) == {"a", "b"}
    assert attributes_of([None, derived("x")], product) == {"a"}
    assert attributes_of([], product) == frozenset()


def test_sites_follow_in_order_of_first_use() -> None:
    assert sites_of(a_plan(), {unit.id: unit for unit in UNITS}) == ("NB", "SZ")


def test_a_job_waits_for_its_material_works_in_batches_and_needs_its_tools() -> None:
    saw = RoutedOperation("saw", Text.of("Saw"), "saw", Fraction(30), (), batch=4, needs="jig", lead_days=3)
    glaze = RoutedOperation("glaze", Text.of("Glaze"), "glaze", Fraction(10), ("saw",), lead_days=1,
                            material_from=date(1970, 1, 11))
    jig = WorkUnitEntry(9, "NB-JIG-1", "NB-JIG", "NB", "gusu", "jig", 0, is_active=True, is_secondary=True)
    job = make_job(Explosion((), (saw, glaze), 1), code="j", quantity=5, destination="SZ", release_minute=100,
                   network=NETWORK, units=(*UNITS, jig))

    assert [(mode.unit_id, mode.work_minutes, mode.secondary_unit_ids) for mode in job.operations[0].modes] == [
        (2, 67, (9,))]  # two batches of 30 minutes at speed 0.9, where the jig is
    assert job.operations[0].earliest_minute == 100 + 3 * 1440
    assert job.operations[1].earliest_minute == 10 * 1440 - 8 * 60  # the day begins in Suzhou
    later = make_job(Explosion((), (saw, glaze), 1), code="j", quantity=5, destination="SZ",
                     release_minute=20 * 1440, network=NETWORK, units=(*UNITS, jig))
    assert later.operations[1].earliest_minute == 21 * 1440
    plain = make_job(an_explosion(), code="j", quantity=1, destination="SZ", release_minute=0, network=NETWORK,
                     units=UNITS)
    assert [operation.earliest_minute for operation in plain.operations] == [None, None]


def test_an_operation_whose_tool_is_nowhere_is_named_with_it() -> None:
    saw = RoutedOperation("saw", Text.of("Saw"), "saw", Fraction(30), (), needs="jig")
    with pytest.raises(UnknownCapability, match="No plant offers saw with jig, which the operation saw needs") as error:
        make_job(Explosion((), (saw,), 1), code="j", quantity=1, destination="SZ", release_minute=0, network=NETWORK,
                 units=UNITS)
    assert error.value.detail == {"capability": "saw", "operation": "saw", "needs": "jig"}
