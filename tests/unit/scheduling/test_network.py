"""Terms of moving a load."""

from fractions import Fraction

import pytest

from scheduling.problem import Leg
from scheduling.schedule import WorkUnitEntry
from scheduling.sourcing import find_modes
from tests.unit.scheduling.plants import a_network, some_legs


def test_leg_counts_handling_distance_minimum_charge_and_truck() -> None:
    legs = some_legs({("SZ", "NB"): 228, ("SZ", "XX"): 100})

    assert legs.leg("SZ", "NB", 70_000) == Leg(1440 + 548, 6000, 1708)
    assert legs.leg("NB", "SZ", 70_000) == legs.leg("SZ", "NB", 70_000)
    assert legs.leg("SZ", "NB", 1_000_000).cost_minor == 20520
    assert legs.leg("SZ", "XX", 1_000_000).co2_grams == 30139


def test_same_place_takes_nothing() -> None:
    assert some_legs().leg("SZ", "SZ", 70_000) == Leg(0, 0, 0)


def test_unknown_distance_is_an_error() -> None:
    legs = some_legs()

    assert not legs.knows("SZ", "MOON")
    with pytest.raises(KeyError):
        legs.leg("SZ", "MOON", 1)


def test_modes_round_time_up_and_price_the_exact_machine_time() -> None:
    units = [
        WorkUnitEntry(7, "SZ-IGU-1", "SZ-IGU", "SZ", "SZ-CO", "igu", 0, is_active=True),
        WorkUnitEntry(8, "SZ-SAW-1", "SZ-SAW", "SZ", "SZ-CO", "saw", 4, is_active=True),
        WorkUnitEntry(9, "SZ-IGU-2", "SZ-IGU", "SZ", "SZ-CO", "igu", 0, is_active=False),
    ]

    (mode,) = find_modes(a_network(), units, capability="igu", minutes=Fraction("7.7"), quantity=3)

    assert mode.unit_id == 7
    assert mode.work_minutes == 24  # 23.1 minutes
    assert mode.cost_minor == 10010  # 23.1 / 60 h at 260 CNY
    assert mode.co2_grams == 1271  # 23.1 / 60 h at 6 kW and 0.55 kg/kWh = 1270.5 g
    assert find_modes(a_network(), units, capability="paint", minutes=Fraction(1)) == ()
