"""Prices of drafts: sums that agree to the minor unit, whatever the discounts and the order of lines."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordering.approval import Concern, DiscountLimits, Need, is_same_person, judge
from ordering.draft import Standing
from ordering.draft_pricing import DraftTotals, LineFigures, TaxShare, convert, price_draft

percents = st.sampled_from(["0", "5", "12.5", "33.33", "99.99", "100"]).map(Fraction) | st.fractions(
    0, 100, max_denominator=1000)
taxes = st.sampled_from(["0", "6", "9", "13"]).map(Fraction)
figures = st.lists(
    st.builds(LineFigures, st.just(0), st.sampled_from(Standing), st.integers(0, 10**6), st.integers(1, 20), percents,
              taxes, st.integers(0, 500), st.none() | st.integers(0, 10**6), st.booleans()),
    max_size=8,
).map(lambda lines: [replace(line, position=place) for place, line in enumerate(lines)])


def sums(totals: DraftTotals) -> tuple[object, ...]:
    return (totals.list_minor, totals.line_discount_minor, totals.total_discount_minor, totals.net_minor,
            totals.taxes, totals.tax_minor, totals.gross_minor, totals.cost_minor, totals.margin_percent,
            totals.is_cost_complete)


@settings(max_examples=300, deadline=None)
@given(figures, percents)
def test_sums_agree_to_the_minor_unit(lines: list[LineFigures], discount: Fraction) -> None:
    totals = price_draft(lines, total_discount=discount)
    counted = [line for line in totals.lines if line.figures.standing is Standing.INCLUDED]
    assert totals.net_minor == sum(line.net_minor for line in counted)
    assert totals.gross_minor == sum(line.gross_minor for line in counted)
    assert totals.net_minor == totals.list_minor - totals.line_discount_minor - totals.total_discount_minor
    base = totals.list_minor - totals.line_discount_minor
    assert abs(totals.total_discount_minor - base * discount / 100) <= Fraction(1, 2)
    assert totals.net_minor == sum(share.net_minor for share in totals.taxes)
    assert totals.tax_minor == sum(share.tax_minor for share in totals.taxes)
    for line in totals.lines:
        exact = (line.list_minor - line.line_discount_minor) * discount / 100
        assert abs(line.total_discount_minor - exact) < 2
        assert 0 <= line.net_minor <= line.list_minor


@settings(max_examples=200, deadline=None)
@given(figures, percents)
def test_optional_and_alternative_lines_never_count(lines: list[LineFigures], discount: Fraction) -> None:
    included = [line for line in lines if line.standing is Standing.INCLUDED]
    assert sums(price_draft(lines, total_discount=discount)) == sums(price_draft(included, total_discount=discount))


@settings(max_examples=300, deadline=None)
@given(figures, percents, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_sum(lines: list[LineFigures], discount: Fraction, random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    moved = [replace(line, position=place) for place, line in enumerate(shuffled)]
    assert sums(price_draft(lines, total_discount=discount)) == sums(price_draft(moved, total_discount=discount))


def line(unit: int, quantity: int = 1, **fields: object) -> LineFigures:
    values: dict[str, object] = {"position": 0, "standing": Standing.INCLUDED, "unit_minor": unit,
                                 "quantity": quantity, "discount": Fraction(0), "tax_percent": Fraction(13)}
    return LineFigures(**(values | fields))  # type: ignore[arg-type]  # one mapping for all fields


def test_three_equal_lines_share_what_cannot_be_divided() -> None:
    totals = price_draft([line(100, position=place) for place in range(3)], total_discount=Fraction("33.5"))
    assert [item.total_discount_minor for item in totals.lines] == [34, 34, 33]  # 33.5 % of 300 is 100.5, so 101
    assert totals.net_minor == 199


def test_a_quote_worked_out_by_hand() -> None:
    totals = price_draft([
        line(207_556, 8, discount=Fraction(8), cost_minor=900_000, surcharge_minor=1_000),
        line(133_310, position=1, tax_percent=Fraction(9), cost_minor=100_000),
        line(176_814, position=2, standing=Standing.OPTIONAL),
    ], total_discount=Fraction(2))
    # list 1,661,448 − 8 % (132,915.84 → 132,916) = 1,528,532; with 133,310: 1,661,842; 2 % = 33,236.84 → 33,237
    first, second, optional = totals.lines
    assert (first.line_discount_minor, first.total_discount_minor, first.net_minor) == (132_916, 30_571, 1_497_961)
    assert (second.total_discount_minor, second.net_minor) == (2_666, 130_644)
    assert (optional.total_discount_minor, optional.net_minor) == (3_536, 173_278)
    assert totals.net_minor == 1_628_605
    assert totals.taxes == (TaxShare(Fraction(9), 130_644, 11_758), TaxShare(Fraction(13), 1_497_961, 194_735))
    assert totals.margin_minor == 628_605
    assert totals.margin_percent == Fraction(62_860_500, 1_628_605)
    assert first.discount_percent == Fraction("9.84")


def test_unknown_costs_are_told() -> None:
    assert price_draft([line(100)], total_discount=Fraction(0)).margin_percent is None
    some = price_draft([line(100, cost_minor=40), line(100, position=1)], total_discount=Fraction(0))
    assert (some.cost_minor, some.is_cost_complete) == (40, False)
    assert price_draft([line(0, cost_minor=40)], total_discount=Fraction(0)).margin_percent is None


def test_a_frozen_rate_is_exact_and_rounded_once() -> None:
    assert convert(207_556, rate=Fraction("0.1289")) == 26_754  # 26,753.9684
    assert convert(5, rate=Fraction(1, 2)) == 3


LIMITS = DiscountLimits()


@pytest.mark.parametrize(("discount", "cost", "need", "concerns"), [
    ("0", None, Need.NOTHING, ()),
    ("10", 700, Need.NOTHING, ()),
    ("10.01", 700, Need.SECOND_PERSON, (Concern.ABOVE_OWN,)),
    ("15", 100, Need.SECOND_PERSON, (Concern.ABOVE_OWN,)),
    ("15.01", 100, Need.REFUSED, (Concern.ABOVE_MOST,)),
    ("5", 8_000, Need.REFUSED, (Concern.BELOW_FLOOR,)),
    ("0", 8_000, Need.NOTHING, ()),
    ("0", 8_001, Need.SECOND_PERSON, (Concern.BELOW_FLOOR,)),
    ("20", 8_000, Need.REFUSED, (Concern.ABOVE_MOST, Concern.BELOW_FLOOR)),
])
def test_who_has_to_agree(discount: str, cost: int | None, need: Need, concerns: tuple[Concern, ...]) -> None:
    verdict = judge(price_draft([line(10_000, cost_minor=cost)], total_discount=Fraction(discount)), limits=LIMITS)
    assert (verdict.need, verdict.concerns) == (need, concerns)


def test_both_discounts_count_together_and_on_every_line() -> None:
    hidden = [line(10_000), line(1, position=1, standing=Standing.OPTIONAL, discount=Fraction(10))]
    verdict = judge(price_draft(hidden, total_discount=Fraction(10)), limits=LIMITS)
    assert (verdict.discount_percent, verdict.need) == (Fraction(19), Need.REFUSED)


@settings(max_examples=200, deadline=None)
@given(st.integers(1_000, 10**7), st.integers(0, 10**7))
def test_what_would_be_allowed_is_not_refused(unit: int, cost: int) -> None:
    listed = line(unit * 100, cost_minor=cost * 100)
    verdict = judge(price_draft([listed], total_discount=Fraction(100)), limits=LIMITS)
    assert verdict.need is Need.REFUSED
    allowed = judge(price_draft([listed], total_discount=verdict.allowed_percent), limits=LIMITS)
    assert allowed.need is not Need.REFUSED


def test_one_person_has_one_login_however_it_is_written() -> None:
    assert is_same_person("Li@example.org", " li@EXAMPLE.org")
    assert not is_same_person("li@example.org", "wu@example.org")
