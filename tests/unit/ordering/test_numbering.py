"""Numbers that people read, write and search for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.numbering import Series, is_number, job_order_number, make_number


@given(st.sampled_from(list(Series)), st.integers(2000, 2999), st.integers(1, 10**8))
def test_a_number_is_recognized_in_its_own_series_only(series: Series, year: int, sequence: int) -> None:
    number = make_number(series, year=year, sequence=sequence)
    assert is_number(number, series)
    assert not any(is_number(number, other) for other in Series if other is not series)


def test_numbers_are_written_as_people_know_them() -> None:
    assert make_number(Series.QUOTE, year=2026, sequence=47) == "Q-2026-0047"
    assert make_number(Series.WORK_ORDER, year=2026, sequence=12345) == "W-2026-12345"
    assert job_order_number("W-2026-0001", position=2) == "W-2026-0001-30"


@pytest.mark.parametrize("text", ["", "Q-2026-1", "q-2026-0001", "Q-2026-0001 ", "Q-2026-0001\n", "Q-２０２６-0001"])
def test_other_texts_are_not_numbers(text: str) -> None:
    assert not is_number(text, Series.QUOTE)
