"""Which number people read before a line, and which headings stand above something."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ordering.line_number import filled_sections, line_numbers
from ordering.quote_item import ItemKind, Standing
from tests.unit.ordering.test_revision_diff import free, line, quote


def test_headings_have_no_number_and_lines_beside_the_offer_have_one() -> None:
    offer = quote(line(2), line(5, "pump"), items=(
        free(1, "Ground floor", kind=ItemKind.SECTION), free(3, "Crane", Standing.OPTIONAL), free(4, "Fitting")))
    assert dict(line_numbers(offer)) == {2: 1, 3: 2, 4: 3, 5: 4}


def test_a_heading_above_nothing_but_options_is_not_printed() -> None:
    items = (free(1, "Ground floor", kind=ItemKind.SECTION), free(3, "Extras", kind=ItemKind.SECTION),
             free(4, "Crane", Standing.OPTIONAL), free(5, "Work", kind=ItemKind.SECTION), free(6, "Fitting"))
    assert filled_sections((line(2), *items)) == {1, 5}


@given(st.lists(st.sampled_from([*Standing, None]), max_size=12))
def test_numbers_run_without_a_gap(kinds: list[Standing | None]) -> None:
    items = tuple(free(place, "x", standing or Standing.INCLUDED,
                       ItemKind.FREE if standing is not None else ItemKind.SECTION)
                  for place, standing in enumerate(kinds, start=1))
    numbers = line_numbers(quote(items=items))
    assert list(numbers.values()) == list(range(1, len(numbers) + 1))
    assert list(numbers) == [item.position for item in items if item.kind is not ItemKind.SECTION]
