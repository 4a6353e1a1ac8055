"""Footprint of power and transport."""

from __future__ import annotations

from fractions import Fraction

import pytest

from catalog.plant import Transport
from configurator.footprint import operation_co2_grams, transport_co2_grams

TERMS = Transport(600, 1440, 90, 6000, Fraction("0.107"), Fraction("0.057"), 150)


def test_power_of_an_operation() -> None:
    assert operation_co2_grams(power_kw=Fraction(12), minutes=Fraction(30),
                               grid_kgco2_per_kwh=Fraction("0.5")) == 3000


@pytest.mark.parametrize(("distance_km", "grams"), [(0, 0), (149, 1100), (150, 590)])
def test_truck_depends_on_the_distance(distance_km: int, grams: int) -> None:
    assert transport_co2_grams(weight_grams=69_020, distance_km=distance_km, transport=TERMS) == grams
