"""Footprint of material."""

from __future__ import annotations

from fractions import Fraction

import pytest

from catalog.bom import Part
from catalog.text import Text
from configurator.footprint import part_co2_grams


@pytest.mark.parametrize(("quantity", "grams"), [(Fraction(0), 0), (Fraction(1, 3), 733), (Fraction(5), 11_000)])
def test_a_quantity_of_a_part_is_rounded_once(quantity: Fraction, grams: int) -> None:
    part = Part("PROFILE", Text.of("Profile"), "m", co2_kg_per_unit=Fraction("2.2"))
    assert part_co2_grams(part, quantity) == grams
