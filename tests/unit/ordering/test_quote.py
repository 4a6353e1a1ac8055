"""The money of a quote, exact to the minor unit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from catalog.money import Money
from ordering.quote import Alternative, Quote, QuoteState, alternative_surcharge, line_totals

amounts = st.integers(0, 10**10)


@given(unit=amounts, quantity=st.integers(1, 1000), surcharge=amounts, percent=st.integers(0, 30))
def test_a_line_adds_up_exactly(unit: int, quantity: int, surcharge: int, percent: int) -> None:
    totals = line_totals(unit_net=Money(unit), quantity=quantity, surcharge=Money(surcharge),
                         tax_percent=Fraction(percent))
    assert totals.net.amount_minor == unit * quantity + surcharge
    assert totals.gross.amount_minor == totals.net.amount_minor + totals.tax.amount_minor
    exact = Fraction(totals.net.amount_minor * percent, 100)
    assert abs(totals.tax.amount_minor - exact) <= Fraction(1, 2)


@given(cost=amounts, cheapest=amounts)
def test_a_surcharge_is_the_extra_cost_and_margin_and_never_a_gift(cost: int, cheapest: int) -> None:
    found = alternative_surcharge(cost_minor=cost, cheapest_cost_minor=cheapest, margin_percent=Fraction(8),
                                  currency="CNY").amount_minor
    assert found >= 0
    assert (found == 0) == (cost <= cheapest)
    assert abs(found - max(0, cost - cheapest) * Fraction(108, 100)) <= Fraction(1, 2)


def test_tax_of_a_half_rounds_away_from_zero() -> None:
    totals = line_totals(unit_net=Money(50), quantity=1, surcharge=Money(0), tax_percent=Fraction(13))
    assert totals.tax == Money(7)  # 6.5


def a_quote(state: QuoteState, valid_until: datetime) -> Quote:
    return Quote(
        id=1, number="Q-2026-0001", revision=1, state=state, customer_name="A", customer_email="a@example.org",
        reference="", currency="CNY", destination="SZ", alternative=Alternative.DEFAULT, net=Money(0), tax=Money(0),
        gross=Money(0), co2_grams=0, promised_on=date(2026, 3, 5), offered_at=valid_until - timedelta(hours=48),
        valid_until=valid_until, network_hash="",
    )


def test_a_quote_is_open_until_just_before_its_end() -> None:
    end = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
    assert a_quote(QuoteState.OFFERED, end).is_open_at(end - timedelta(seconds=1))
    assert not a_quote(QuoteState.OFFERED, end).is_open_at(end)
    assert not a_quote(QuoteState.DECLINED, end).is_open_at(end - timedelta(days=1))
