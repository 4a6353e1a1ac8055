"""Price groups: which discount counts on a day, and prices that round the same way in any order."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.text import Text
from ordering.draft import Standing
from ordering.draft_pricing import LineFigures, convert, price_draft
from ordering.price_group import (
    NO_TERMS,
    GroupDiscountEntry,
    GroupTerms,
    do_overlap,
    is_period,
    pick_terms,
)

TITLE = Text.of("Trade")
DAY = date(2027, 3, 1)
percents = st.integers(0, 10_000).map(lambda hundredths: Fraction(hundredths, 100))
days = st.none() | st.integers(0, 40).map(lambda count: DAY + timedelta(days=count))
entries = st.builds(GroupDiscountEntry, st.sampled_from(["pump", "window"]), percents, days, days)


def entry(percent: int, first: date | None = None, until: date | None = None, code: str = "pump") -> GroupDiscountEntry:
    return GroupDiscountEntry(code, Fraction(percent), first, until)


def terms(book: list[GroupDiscountEntry], on: date, product: str = "pump") -> GroupTerms:
    return pick_terms("trade", TITLE, Fraction(8), book, product_code=product, on=on)


def test_a_products_own_discount_takes_the_place_of_the_groups_while_it_counts() -> None:
    book = [entry(3, DAY, DAY + timedelta(days=10)), entry(20, code="window")]
    assert terms(book, DAY - timedelta(days=1)) == GroupTerms("trade", TITLE, Fraction(8))
    assert terms(book, DAY) == GroupTerms("trade", TITLE, Fraction(3), is_of_product=True)
    assert terms(book, DAY + timedelta(days=9)).percent == 3
    assert terms(book, DAY + timedelta(days=10)).percent == 8
    assert terms(book, DAY, "bicycle").percent == 8
    assert terms(book, DAY, "window").percent == 20


@pytest.mark.parametrize(("amount", "percent", "reduced"), [
    (10_006, "8", 9206), (1, "50", 0), (3, "50", 1), (5, "10", 4), (4, "10", 4), (100, "0", 100), (100, "100", 0),
    (0, "8", 0), (999, "33.33", 666), (-10_006, "8", -9206),
])
def test_the_discount_is_rounded_once_halves_away_from_zero(amount: int, percent: str, reduced: int) -> None:
    assert GroupTerms("trade", TITLE, Fraction(percent)).reduce(amount) == reduced


def test_without_a_group_the_price_is_the_list_price() -> None:
    assert NO_TERMS.reduce(123) == 123


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**12), percents, percents)
def test_a_group_price_is_between_nothing_and_the_list_price_and_falls_with_the_discount(
    amount: int, one: Fraction, other: Fraction
) -> None:
    low, high = sorted((one, other))
    reduced = GroupTerms("g", TITLE, low).reduce(amount)
    assert 0 <= GroupTerms("g", TITLE, high).reduce(amount) <= reduced <= amount
    assert abs(reduced - amount * (100 - low) / 100) <= Fraction(1, 2)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**7), percents, percents, percents, st.integers(1, 20),
       st.fractions(Fraction(1, 100), 100, max_denominator=1000))
def test_the_sellers_discount_counts_on_top_and_the_groups_is_no_part_of_it(
    unit: int, group: Fraction, line: Fraction, total: Fraction, quantity: int, rate: Fraction
) -> None:
    reduced = convert(GroupTerms("g", TITLE, group).reduce(unit), rate=rate)
    figures = LineFigures(0, Standing.INCLUDED, reduced, quantity, line, Fraction(9),
                          catalog_unit_minor=convert(unit, rate=rate))
    priced = price_draft([figures], total_discount=total)
    assert figures.group_minor >= 0
    assert priced.list_minor + figures.group_minor == convert(unit, rate=rate) * quantity
    assert priced.discount_percent == 100 - (100 - line) * (100 - total) / 100


@settings(max_examples=300, deadline=None)
@given(entries, entries)
def test_two_entries_overlap_when_both_count_on_some_day(one: GroupDiscountEntry, other: GroupDiscountEntry) -> None:
    both = any(one.counts_on(day) and other.counts_on(day)
               for day in (DAY + timedelta(days=count) for count in range(-1, 42)))
    assert do_overlap(one, other) == do_overlap(other, one) == (both and one.product_code == other.product_code)


@settings(max_examples=200, deadline=None)
@given(st.lists(entries, max_size=6), st.integers(0, 40))
def test_the_order_in_which_a_book_was_entered_changes_nothing(book: list[GroupDiscountEntry], count: int) -> None:
    on = DAY + timedelta(days=count)
    assert terms(book, on) == terms(book[::-1], on)


def test_a_period_is_at_least_a_day() -> None:
    assert is_period(entry(1, DAY, DAY + timedelta(days=1)))
    assert not is_period(entry(1, DAY, DAY))
    assert is_period(entry(1, None, DAY))
