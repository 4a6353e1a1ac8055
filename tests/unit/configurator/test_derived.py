"""Derived values as shown to people."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from catalog.product import Value
from catalog.text import Text
from configurator.derived import ShownValue, all_values, shown_values
from configurator.view import view_configuration
from tests.factories import a_window, demo_products


def test_golden_figures_of_the_window() -> None:
    view = view_configuration(demo_products()["window"], {
        "width": "1230", "height": "1480", "profile": "PVC82", "glass": "3-4/14/4/14/4", "spacer": "warm",
        "opening": "tilt_turn"})
    shown = {item.code: (str(item.rounded), item.unit) for item in view.shown}
    assert shown["u_window"] == ("0.82", "W/m²K")
    assert shown["sash_weight"] == ("69.0", "kg")
    assert view.derived["window_area"] == Fraction("1.8204")
    assert "window_area" not in shown


def test_golden_figures_of_the_pump() -> None:
    one = view_configuration(demo_products()["pump"], {"q_m3h": "20", "head_m": "48"})
    two = view_configuration(demo_products()["pump"], {"q_m3h": "20", "head_m": "48", "pumps": "2", "vsd": "true"})
    assert {item.code: str(item.rounded) for item in one.shown}.items() >= {
        "stages": "4", "shaft_power": "5.0", "motor_size": "5.50", "yearly_energy": "20311"}.items()
    assert {item.code: str(item.rounded) for item in two.shown}["yearly_energy"] == "16297"


def test_value_of_an_open_choice_is_left_out() -> None:
    definition = a_window()
    selection: dict[str, Value] = {"width": Fraction(1000), "height": Fraction(1000), "profile": "PVC82"}
    assert [item.code for item in shown_values(definition, selection)] == ["glass_area", "glass_edge"]
    assert set(all_values(definition, selection)) == {"glass_area", "glass_edge"}


def test_shown_value_rounds_halves_away_from_zero() -> None:
    half = ShownValue("x", Text.of("x"), Fraction(-5, 2), "", 0)
    assert half.rounded == Decimal(-3)
    assert str(ShownValue("x", Text.of("x"), Fraction(1, 8), "", 2).rounded) == "0.13"
