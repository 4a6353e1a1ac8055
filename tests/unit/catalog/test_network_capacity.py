"""What shapes capacity in the network folder: differing units, tools, overtime, closures, offers, setup matrices."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from catalog.formats.folder import check_catalog, read_catalog
from catalog.formats.setup_reader import find_detour
from catalog.plant import Closure, Network, Overtime, PoolOffer, SecondaryResource, UnitTerms
from catalog.text import Text

NETWORK = """\
code: pair
currency: CNY
calendars:
  day:
    time_zone: Asia/Shanghai
    closed: [Sunday]
    holidays: [2027-01-01]
    shifts:
      early: [06:00-10:00, 10:30-14:00]
      night: [22:00-06:00]
companies:
  - {code: A, title: Alpha}
  - {code: B, title: Beta}
sites:
  - {code: P, title: Port, company: A, calendar: day, latitude: 30, longitude: 120, grid_kgco2_per_kwh: 0.5}
  - {code: Q, title: Quay, company: B, calendar: day, latitude: 31, longitude: 121, grid_kgco2_per_kwh: 0.6}
work_centers:
  - {code: SAW, site: P, title: Saw, capability: [saw, rip], units: 3, shift: early, rate_per_hour: 80, power_kw: 3,
     setup_minutes: 10, setup_matrix: woods.csv}
  - {code: PNT, site: Q, title: Paint, capability: paint, units: 1, shift: night, rate_per_hour: 90, power_kw: 5}
units:
  - {unit: SAW-2, shift: night, rate_per_hour: 70.5, power_kw: 4, speed: 1.2, capability: plane}
secondary_resources:
  - {code: JIG, site: P, title: {en: Jig, zh: 夹具}, capability: jig, units: 2, shift: early}
overtime:
  - {work_center: SAW, unit: 1, on: 2027-01-01..2027-01-02, windows: [15:00-18:00]}
  - {work_center: SAW, unit: 2, on: 2027-01-03, windows: 08:00-12:00 13:00-15:00}
closures:
  - {work_center: SAW, unit: 3, from: 2027-01-04 08:00, until: 2027-01-05 12:00, reason: {en: Service, zh: 保养}}
  - {company: B, from: 2027-01-06, until: 2027-01-07}
pool_offers:
  - {company: B, share_percent: 60, windows: [22:00-02:00], minimum_rate_per_hour: 95.5, valid_until: 2027-06-01}
  - {company: B, work_centers: [PNT], share_percent: 20, windows: [02:00-06:00]}
distances: distances.csv
transport:
  km_per_day: 600
  handling_minutes: 1440
  co2_kg_per_tonne_km_rigid: 0.3
  co2_kg_per_tonne_km_articulated: 0.1
  articulated_from_km: 150
destinations: {Q: Quay}
"""
WOODS = "from,to,minutes\noak,pine,4\npine,oak,16\n"
PRODUCT = """\
title: Board
attributes:
  - {code: kind, title: Kind, options: [oak, pine], default: oak}
parts:
  - {code: glue, title: Glue, unit: kg, lead_days: 3, available_from: 2027-02-01}
bom:
  - {part: glue, quantity: 1 kg, operation: cut}
routing:
  - {code: cut, title: Cut, capability: saw, minutes: 5 min, setup_family: kind, batch: 12, needs: jig}
  - {code: coat, title: Coat, capability: paint, minutes: 5 min, after: [cut], resumable: false}
"""


def write(folder: Path, network: str = NETWORK, woods: str = WOODS, product: str = PRODUCT) -> Path:
    texts = {"catalog.yaml": "format: onelot-catalog-1\n", "network/network.yaml": network,
             "network/distances.csv": "from,P,Q\nP,0,120\nQ,120,0\n", "network/woods.csv": woods,
             "products/board/product.yaml": product}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    return [str(problem) for problem in check_catalog(folder)]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    found = read_catalog(write(tmp_path)).network
    assert found is not None
    return found


def test_units_may_differ_from_their_work_center(network: Network) -> None:
    saw, paint = network.work_centers
    assert saw.capabilities == ("saw", "rip")
    assert saw.unit_terms(1) == UnitTerms(1, "early", 8000, Fraction(3), Fraction(1))
    assert saw.unit_terms(2) == UnitTerms(2, "night", 7050, Fraction(4), Fraction("1.2"), ("plane",))
    speeds = [network.speed_of(code) for code in ("SAW-2", "SAW-3", "OLD-1")]
    assert speeds == [Fraction("1.2"), Fraction(1), Fraction(1)]
    assert (paint.capabilities, paint.units, paint.setup_matrix) == (("paint",), (), ())


def test_setup_matrix_lists_the_changes_that_take_a_time_of_their_own(network: Network) -> None:
    assert network.work_centers[0].setup_matrix == (("oak", "pine", 4), ("pine", "oak", 16))
    assert network.work_centers[0].setup_minutes == 10


def test_tools_overtime_closures_and_offers_are_read(network: Network) -> None:
    title = Text.of({"en": "Jig", "zh": "夹具"})
    assert network.secondary_resources == (SecondaryResource("JIG", "P", title, "jig", 2, "early"),)
    assert network.overtime == (
        Overtime("SAW", 1, date(2027, 1, 1), ((900, 1080),)),
        Overtime("SAW", 1, date(2027, 1, 2), ((900, 1080),)),
        Overtime("SAW", 2, date(2027, 1, 3), ((480, 720), (780, 900))),
    )
    wall = datetime.fromisoformat
    service = Text.of({"en": "Service", "zh": "保养"})
    assert network.closures == (
        Closure(wall("2027-01-04 08:00"), wall("2027-01-05 12:00"), "", "", "SAW", 3, service),
        Closure(wall("2027-01-06"), wall("2027-01-07"), "B"),
    )
    night = PoolOffer("B", 60, (), ((1320, 120),), 9550, None, date(2027, 6, 1))
    assert network.pool_offers == (night, PoolOffer("B", 20, ("PNT",), ((120, 360),)))
    assert network.offers_of(network.work_centers[1]) == network.pool_offers
    assert network.offers_of(network.work_centers[0]) == ()


def test_batch_needs_and_lead_times_of_a_product_are_read(tmp_path: Path) -> None:
    (board,) = read_catalog(write(tmp_path)).products
    assert [(item.batch, item.needs, item.is_resumable) for item in board.routing] == [
        (12, "jig", True), (1, "", False)]
    glue = board.parts["glue"]
    assert (glue.lead_days, glue.available_from, glue.is_waited_for) == (3, date(2027, 2, 1), True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("unit: SAW-2, shift: night", "unit: SAW-4, shift: night", "unknown unit 'SAW-4'"),
        ("unit: SAW-2, shift: night", "unit: SAW, shift: night", "unknown unit 'SAW'"),
        ("unit: SAW-2, shift: night", "unit: SAW-2, shift: late", "unknown shift 'late'"),
        ("rate_per_hour: 70.5", "rate_per_hour: -70", "found -70; expected a number above 0"),
        ("power_kw: 4", "power_kw: -4", "found -4; expected 0 or more"),
        ("power_kw: 5", "power_kw: -5", "found -5; expected 0 or more"),
        ("grid_kgco2_per_kwh: 0.6", "grid_kgco2_per_kwh: -0.6", "found -3/5; expected 0 or more"),
        ("co2_kg_per_tonne_km_rigid: 0.3", "co2_kg_per_tonne_km_rigid: -1", "found -1; expected 0 or more"),
        ("speed: 1.2", "speed: 0", "found 0; expected a number above 0"),
        ("capability: [saw, rip]", "capability: [saw, saw]", "capability 'saw' stands twice"),
        ("code: JIG, site: P", "code: SAW, site: P", "secondary resource 'SAW' has a code that is taken"),
        ("code: JIG, site: P", "code: JIG, site: Z", "unknown site 'Z'"),
        ("units: 2, shift: early}", "units: 0, shift: early}", "found 0; expected a whole number from 1"),
        ("capability: jig", "capability: gauge", "no secondary resource offers 'jig'"),
        ("code: JIG, site: P", "code: JIG, site: Q",
         "operation 'cut' can be done nowhere: no site has both 'saw' and 'jig'"),
        ("capability: paint", "capability: varnish", "no work center offers 'paint'"),
        ("work_center: SAW, unit: 1", "work_center: SAV, unit: 1", "unknown work_center 'SAV'; did you mean 'SAW'?"),
        ("work_center: SAW, unit: 1", "work_center: SAW, unit: 4", "found 4; expected a whole number from 1 to 3"),
        ("on: 2027-01-01..2027-01-02, windows: [15:00-18:00]", "on: 2027-01-02, windows: [13:00-18:00]",
         "overtime of SAW on 2027-01-02 overlaps shift 'early' at 13:00"),
        ("on: 2027-01-01..2027-01-02", "on: 2027-01-02..2027-01-01", "in ascending order"),
        ("unit: 2, on: 2027-01-03, windows: 08:00-12:00 13:00-15:00",
         "unit: 2, on: 2027-01-03, windows: 05:00-07:00",
         "overtime of SAW on 2027-01-03 overlaps shift 'night' at 05:00"),
        ("unit: 2, on: 2027-01-03, windows: 08:00-12:00 13:00-15:00", "on: 2027-01-01, windows: 17:00-19:00",
         "overtime of SAW on 2027-01-01 overlaps other overtime at 17:00"),
        ("until: 2027-01-05 12:00", "until: 2027-01-04 08:00", "expected an end after the start"),
        ("until: 2027-01-05 12:00", "until: 2027-01-03 08:00", "expected an end after the start"),
        ("from: 2027-01-04 08:00", "from: Monday", "expected a plant's date and time such as 2027-01-31 08:00"),
        ("from: 2027-01-04 08:00", "from: 2027-01-04T08:00:00+08:00", "expected a plant's date and time"),
        ("company: B, from: 2027-01-06", "from: 2027-01-06", "expected a company, a site or a work_center"),
        ("company: B, from: 2027-01-06", "company: C, from: 2027-01-06", "unknown company 'C'"),
        ("company: B, from: 2027-01-06", "company: B, unit: 1, from: 2027-01-06", "a unit without its work_center"),
        ("share_percent: 60", "share_percent: 160", "found 160; expected a whole number from 0 to 100"),
        ("minimum_rate_per_hour: 95.5", "minimum_rate_per_hour: -1", "found -1; expected 0 or more"),
        ("valid_until: 2027-06-01", "valid_from: 2027-06-02, valid_until: 2027-06-01", "expected a later end"),
        ("windows: [22:00-02:00]", "windows: [22:00-03:00]", "two offers of B speak of PNT at the same time"),
        ("work_centers: [PNT]", "work_centers: [SAW]", "unknown work center 'SAW' of B"),
        ("setup_matrix: woods.csv", "setup_matrix: wood.csv", "expected a CSV file of this folder; did you mean"),
        ("closed: [Sunday]", "closed: [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday]",
         "the calendar has no working day; all are closed"),
        ("[22:00-06:00]", "[22:00-06:00, 05:00-07:00]", "the windows of shift 'night' overlap at 05:00"),
        ("[06:00-10:00, 10:30-14:00]", "[06:00-10:00, 09:30-14:00]", "the windows of shift 'early' overlap at 09:30"),
    ],
)
def test_a_fault_names_its_object(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in NETWORK
    found = faults(write(tmp_path, NETWORK.replace(old, new)))
    assert any(message in fault for fault in found), found


@pytest.mark.parametrize(
    ("woods", "message"),
    [
        ("from,to,minutes\noak,pine,-4\n", "woods.csv:2:10: found -4; expected a whole number from 0 to 1440"),
        ("from,to,minutes\noak,oak,4\n", "a change from 'oak' to itself; it takes no time"),
        ("from,to,minutes\noak,pine,4\noak,pine,5\n", "the change from 'oak' to 'pine' stands twice"),
        ("from,to,minutes\noak,pin,4\n",
         "woods.csv:2:5: no operation at SAW has the setup family 'pin'; did you mean 'pine'?"),
        ("from,to,minutes\noak,pine,21\n",
         "from 'oak' to 'pine' takes 21 minutes, but by way of 'any other family' only 20"),
    ],
)
def test_a_fault_of_a_setup_matrix_is_placed(tmp_path: Path, woods: str, message: str) -> None:
    found = faults(write(tmp_path, woods=woods))
    assert any(message in fault for fault in found), found


def test_a_detour_names_the_three_families_and_what_they_take() -> None:
    sound = {("white", "black"): 10, ("black", "white"): 30, ("white", "red"): 12, ("red", "black"): 8}
    assert find_detour(sound, 20) is None
    assert find_detour({**sound, ("black", "white"): 40}, 20) is None
    assert find_detour({**sound, ("black", "red"): 5, ("red", "white"): 15}, 20) == ("black", "red", "white", 30, 20)
    assert find_detour({("a", "b"): 41}, 20) == ("a", "any other family", "b", 41, 40)
    assert find_detour({}, 20) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("batch: 12", "batch: 0", "found 0; expected a whole number from 1"),
        ("lead_days: 3", "lead_days: -3", "found -3; expected a whole number from 0"),
        ("available_from: 2027-02-01", "available_from: soon", "found 'soon'; expected a date"),
        ("needs: jig", "needs: gig", "no secondary resource offers 'gig'; did you mean 'jig'?"),
        ("minutes: 5 min, setup_family", "minutes: 0 min, setup_family",
         "operation 'cut' has no time above 0 minutes with the defaults"),
        ("minutes: 5 min, setup_family", "minutes: 0 min - 5 min, setup_family",
         "operation 'cut' has no time above 0 minutes with the defaults"),
        ("needs: jig}", "needs: jig, after: [coat]}", "operations wait in a circle"),
        ("after: [cut]", "after: [coat]", "operation 'coat' waits for itself"),
    ],
)
def test_a_fault_of_an_operation_names_it(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in PRODUCT
    found = faults(write(tmp_path, product=PRODUCT.replace(old, new)))
    assert any(message in fault for fault in found), found


def test_lists_may_stand_in_csv_files(tmp_path: Path) -> None:
    start, end = NETWORK.index("overtime:"), NETWORK.index("distances:")
    folder = write(tmp_path, NETWORK[:start] + NETWORK[end:])
    for name, text in {
        "overtime.csv": "work_center,unit,on,windows\nSAW,1,2027-01-01|2027-01-03,15:00-16:00 17:00-18:00\n",
        "closures.csv": "work_center,from,until,reason.en,reason.zh\nJIG,2027-01-04 08:00,2027-01-05,Service,保养\n",
        "pool_offers.csv": "company,work_centers,share_percent,windows\nB,PNT,60,22:00-02:00 03:00-04:00\n",
    }.items():
        (folder / "network" / name).write_text(text, encoding="utf-8")
    network = read_catalog(folder).network
    assert network is not None
    assert [(item.day, item.windows) for item in network.overtime] == [
        (day, ((900, 960), (1020, 1080))) for day in (date(2027, 1, 1), date(2027, 1, 3))]
    assert [(item.work_center, item.reason.in_language("zh")) for item in network.closures] == [("JIG", "保养")]
    assert network.pool_offers == (PoolOffer("B", 60, ("PNT",), ((180, 240), (1320, 120))),)
