"""What is marked as ordered most: only from own orders, only with enough of them, only what most of them have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.factories import choice, number
from web.shop.favorites import count_favorites
from web.shop.search_page import LEAST_ORDERS

ATTRIBUTES = (choice("color", "red", "green", "none"), number("width", 1, 9))
ORDERS = st.lists(st.fixed_dictionaries({}, optional={
    "color": st.sampled_from(["red", "green", "none", "gone"]), "width": st.sampled_from(["1", "2"])}), max_size=20)


def test_too_few_orders_mark_nothing() -> None:
    assert count_favorites(ATTRIBUTES, ({"color": "red"},) * (LEAST_ORDERS - 1)) == {}
    assert count_favorites(ATTRIBUTES, ({"color": "red"},) * LEAST_ORDERS) == {"color": ("red", LEAST_ORDERS)}


def test_having_none_of_it_is_no_favorite() -> None:
    assert count_favorites(ATTRIBUTES, ({"color": "none"},) * 9) == {}


@given(ORDERS)
def test_a_favorite_is_in_more_than_half_of_the_orders(orders: list[dict[str, str]]) -> None:
    for attribute, (option, count) in count_favorites(ATTRIBUTES, tuple(orders)).items():
        assert attribute == "color"
        assert count == sum(order.get("color") == option for order in orders)
        assert 2 * count > len(orders) >= LEAST_ORDERS
