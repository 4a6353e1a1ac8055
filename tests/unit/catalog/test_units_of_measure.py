"""Units: factors, dimensions, and what is no unit."""

from __future__ import annotations

from fractions import Fraction

import pytest

from catalog.rules.units import multiply, parse_unit


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [("m", "mm", 1000), ("m²", "mm2", 10**6), ("kWh", "Wh", 1000), ("h", "min", 60), ("m3/h", "l/min", Fraction(50, 3)),
     ("t", "kg", 1000), ("year", "month", 12)],
)
def test_units_of_one_dimension_convert(one: str, other: str, factor: Fraction) -> None:
    left, right = parse_unit(one), parse_unit(other)
    assert left is not None
    assert right is not None
    assert left.is_same_dimension(right)
    assert left.factor / right.factor == factor


def test_two_writings_of_one_unit_are_equal() -> None:
    spellings = [parse_unit(text) for text in ("W/m²K", "W/m2K", "W/m²/K", "W/m²·K")]
    assert len({(unit.exponents, unit.factor) for unit in spellings if unit is not None}) == 1
    assert None not in spellings


@pytest.mark.parametrize("text", ["", "mn", "kilo", "m/", "/m", "m²x", "°F"])
def test_what_is_no_unit_gives_none(text: str) -> None:
    assert parse_unit(text) is None


def test_degrees_do_not_convert_to_kelvin() -> None:
    celsius, kelvin = parse_unit("°C"), parse_unit("K")
    assert celsius is not None
    assert kelvin is not None
    assert not celsius.is_same_dimension(kelvin)


def test_a_product_cancels_dimensions() -> None:
    area, price = parse_unit("m²"), parse_unit("min/m²")
    result = multiply(area, price, sign=1)
    assert result is not None
    assert result.exponents == (("time", 1),)
    assert multiply(area, None, sign=1) is None
