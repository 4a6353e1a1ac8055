"""The network folder: calendars, work centers, distances, and what stands against them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from catalog.formats.folder import check_catalog, read_catalog

NETWORK = """\
code: pair
currency: CNY
calendars:
  day:
    time_zone: Asia/Shanghai
    closed: [Sunday]
    holidays: [2027-01-01, 2027-02-05..2027-02-07]
    shifts:
      early: [06:00-10:00, 10:00-14:00]
      night: [22:00-06:00]
companies:
  - {code: A, title: Alpha}
sites:
  - {code: P, title: Port, company: A, calendar: day, latitude: 30, longitude: 120, grid_kgco2_per_kwh: 0.5}
  - {code: Q, title: Quay, company: A, calendar: day, latitude: 31, longitude: 121, grid_kgco2_per_kwh: 0.6}
work_centers:
  - {code: P-SAW, site: P, title: Saw, capability: saw, units: 2, shift: night, rate_per_hour: 80.5, power_kw: 3,
     setup_minutes: 4, pool_share_percent: 40}
distances: distances.csv
transport:
  km_per_day: 600
  handling_minutes: 1440
  rate_per_tonne_km: 0.9
  minimum_charge: 60
  co2_kg_per_tonne_km_rigid: 0.3
  co2_kg_per_tonne_km_articulated: 0.1
  articulated_from_km: 150
destinations: {Q: Quay}
"""
DISTANCES = "from,P,Q\nP,0,120\nQ,120,0\n"
PRODUCT = """\
title: Board
attributes:
  - {code: kind, title: Kind, options: [oak, pine], default: oak}
routing:
  - {code: cut, title: Cut, capability: saw, minutes: 5 min}
"""


def write(folder: Path, network: str = NETWORK, distances: str = DISTANCES, product: str = PRODUCT) -> Path:
    texts = {"catalog.yaml": "format: onelot-catalog-1\n", "network/network.yaml": network,
             "network/distances.csv": distances, "products/board/product.yaml": product}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_sound_network_is_read(tmp_path: Path) -> None:
    network = read_catalog(write(tmp_path)).network
    assert network is not None
    port = network.site("P")
    assert port.shifts == {"early": ((360, 600), (600, 840)), "night": ((1320, 360),)}
    assert port.closed_weekdays == {6}
    assert sorted(day.isoformat() for day in port.holidays) == ["2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07"]
    (saw,) = network.work_centers
    assert (saw.unit_count, saw.rate_minor_per_hour, saw.speed, saw.pool_share_percent) == (2, 8050, Fraction(1), 40)
    assert network.distance_km["P", "Q"] == 120
    assert (network.transport.rate_minor_per_tonne_km, network.transport.minimum_charge_minor) == (90, 6000)
    assert network.transport.full_truck_fixed_minor == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Asia/Shanghai", "Asia/Shangai", "5:16: unknown time zone 'Asia/Shangai'"),
        ("Asia/Shanghai", "../../etc/passwd", "5:16: unknown time zone"),
        ("[Sunday]", "[Sunnday]", "6:14: unknown weekday 'Sunnday'; did you mean 'sunday'?"),
        ("2027-02-05..2027-02-07", "2027-02-05..2027-02-01", "expected at most 366 days in ascending order"),
        ("2027-02-05..2027-02-07", "5 Feb", "expected a date 2027-01-31 or dates"),
        ("10:00-14:00", "09:30-14:00", "9:14: the windows of shift 'early' overlap at 09:30"),
        ("22:00-06:00", "22:00-22:00", "10:15: a window of zero minutes"),
        ("22:00-06:00", "22:00-25:00", "10:15: found '22:00-25:00'; expected a window such as 08:00-12:00"),
        ("[22:00-06:00]", "[]", "10:14: shift 'night' has no working minute"),
        ("company: A, calendar: day, latitude: 30", "company: B, calendar: day, latitude: 30", "unknown company 'B'"),
        ("calendar: day, latitude: 30", "calendar: dai, latitude: 30", "unknown calendar 'dai'; did you mean 'day'?"),
        ("latitude: 31", "latitude: 91", "found 91; expected -90 to 90 degrees"),
        ("shift: night", "shift: nigth", "unknown shift 'nigth'; did you mean 'night'?"),
        ("site: P,", "site: R,", "unknown site 'R'"),
        ("units: 2", "units: 0", "found 0; expected a whole number from 1 to 1000"),
        ("pool_share_percent: 40", "pool_share_percent: 140", "found 140; expected a whole number from 0 to 100"),
        ("rate_per_hour: 80.5", "rate_per_hour: -1", "found -1; expected a number above 0"),
        ("capability: saw", "capability: mill", "product.yaml:5:41: no work center offers 'saw'"),
        ("destinations: {Q: Quay}", "destinations: {Z: Zoo}", "unknown site 'Z'"),
        ("currency: CNY", "currency: XYZ", "2:11: found 'XYZ'; expected one of: CNY, EUR, USD"),
        ("transport:\n  km_per_day: 600", "transport:\n  km_per_day: 0", "found 0; expected a whole number from 1"),
    ],
)
def test_a_fault_of_the_network_is_placed(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in NETWORK
    found = [str(problem) for problem in check_catalog(write(tmp_path, NETWORK.replace(old, new)))]
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    ("distances", "message"),
    [
        ("from,P\nP,0\nQ,120\n", "distances are missing: P to Q, Q to Q"),
        ("from,P,Q\nP,0,120\nR,120,0\n", "unknown site 'R'"),
        ("from,P,Q\nP,0,-5\nQ,120,0\n", "found -5; expected a whole number from 0"),
        ("from,P,Q\nP,7,120\nQ,120,0\n", "found 7 km from P to itself; expected 0"),
    ],
)
def test_a_fault_of_the_distances_is_told(tmp_path: Path, distances: str, message: str) -> None:
    found = [str(problem) for problem in check_catalog(write(tmp_path, distances=distances))]
    assert any(message in problem for problem in found), found
