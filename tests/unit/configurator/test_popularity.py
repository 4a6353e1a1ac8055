"""What orders say of what customers like."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from catalog.product import Value
from configurator.popularity import COST_OF_RARE, learn_ranking
from tests.unit.configurator.demo import demo_product
from tests.unit.configurator.engine.test_model import choice, definition


def test_without_orders_defaults_and_presets_are_liked() -> None:
    ranking = learn_ranking(demo_product("bicycle"))
    assert ranking.options["use"]["gravel"] == 0
    assert ranking.options["motor"]["none"] == 0
    assert ranking.options["motor"]["250W-mid"] > 0
    assert ranking.soft_rule == COST_OF_RARE


def test_more_orders_make_an_option_cheaper_and_twice_as_many_the_same_whatever_the_scale() -> None:
    item = definition(choice("a", ("x", "y", "z")))
    orders: list[Mapping[str, Value]] = [{"a": "y"} for _ in range(9_999)]
    orders += [{"a": "x"} for _ in range(3_333)]
    costs = learn_ranking(item, orders).options["a"]
    assert costs["y"] == 0
    assert costs["x"] == 110  # a third as many: 100 · ln 3
    assert costs["z"] > costs["x"]


def test_what_the_product_no_longer_has_is_passed_over() -> None:
    item = definition(choice("a", ("x", "y")))
    assert learn_ranking(item, [{"a": "gone", "b": "x", "n": Fraction(3)}]) == learn_ranking(item)
