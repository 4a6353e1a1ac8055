"""What a customer takes of what stands beside an offer: nothing is lost, and every step can be taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.text import Text
from ordering import choice
from ordering.choice import find_slots, replaced_line
from ordering.draft import DraftHeader, DraftLine, FreeLine, QuoteDraft, SectionLine, Standing
from ordering.errors import RequestInvalid

HEADER = DraftHeader(currency="CNY")
IN, OPTION, OTHER = Standing.INCLUDED, Standing.OPTIONAL, Standing.ALTERNATIVE


def offer(*standings: Standing | None) -> QuoteDraft:
    """Lines of these standings; None is a heading."""
    lines: list[DraftLine] = [
        SectionLine(Text.of("Heading")) if standing is None
        else FreeLine(Text.of(f"Line {place}"), unit_minor=place, standing=standing)
        for place, standing in enumerate(standings, start=1)]
    return QuoteDraft(HEADER, tuple(lines))


def with_choices(content: QuoteDraft, positions: list[int]) -> QuoteDraft:
    """Choose of an offer as it was sent."""
    return choice.with_choices(content, positions, slots=find_slots(content.lines))


def standings(content: QuoteDraft) -> list[Standing | None]:
    return [None if isinstance(line, SectionLine) else line.standing for line in content.lines]


def test_an_option_is_added_and_an_alternative_takes_a_place() -> None:
    content = offer(IN, OPTION, OTHER)
    assert standings(with_choices(content, [2])) == [IN, IN, OTHER]
    assert standings(with_choices(content, [3])) == [OTHER, OPTION, IN]


def test_an_alternative_stands_for_the_nearest_line_of_its_section() -> None:
    assert replaced_line(offer(IN, None, OTHER, IN).lines, 3) == 4
    assert replaced_line(offer(IN, OTHER, IN).lines, 2) == 1
    assert replaced_line(offer(IN, OPTION, OTHER, OTHER).lines, 4) == 1
    assert replaced_line(offer(IN, None, OTHER).lines, 3) is None
    assert standings(with_choices(offer(IN, None, OTHER), [3])) == [IN, None, IN]


@pytest.mark.parametrize("positions", [[], [1], [2], [0], [9], [3, 4]])
def test_what_cannot_be_chosen_is_refused(positions: list[int]) -> None:
    with pytest.raises(RequestInvalid) as refused:
        with_choices(offer(None, IN, OTHER, OTHER), positions)
    assert refused.value.detail["field"] == "positions"


@given(st.lists(st.sampled_from([IN, OPTION, OTHER, None]), min_size=1, max_size=9), st.integers(1, 9))
def test_choosing_changes_standings_alone(kinds: list[Standing | None], position: int) -> None:
    content = offer(*kinds)
    try:
        chosen = with_choices(content, [position])
    except RequestInvalid:
        return
    assert standings(chosen)[position - 1] is IN
    plain = [line if isinstance(line, SectionLine) else replace(line, standing=IN) for line in content.lines]
    assert plain == [line if isinstance(line, SectionLine) else replace(line, standing=IN) for line in chosen.lines]
    changed = [place for place, (one, other) in enumerate(zip(content.lines, chosen.lines, strict=True), 1)
               if one != other]
    assert position in changed
    assert len(changed) <= 2


def test_an_option_taken_first_is_not_what_an_alternative_replaces() -> None:
    content = offer(IN, OPTION, OTHER)
    slots = find_slots(content.lines)
    one = choice.with_choices(content, [2], slots=slots)
    assert standings(choice.with_choices(one, [3], slots=slots)) == [OTHER, IN, IN]
    assert standings(with_choices(content, [2, 3])) == [OTHER, IN, IN]


@given(st.data(), st.lists(st.sampled_from([IN, OPTION, OTHER, None]), min_size=2, max_size=8))
def test_any_order_of_choosing_ends_the_same(data: st.DataObject, kinds: list[Standing | None]) -> None:
    content = offer(*kinds)
    slots = find_slots(content.lines)
    options = [place for place, kind in enumerate(kinds, 1) if kind is OPTION]
    wanted = data.draw(st.lists(st.sampled_from(options), unique=True)) if options else []
    members = {group: [member for member, other in slots.items() if other == group] for group in slots.values()}
    final = {group: data.draw(st.sampled_from(found)) for group, found in members.items()}
    tried = {group: data.draw(st.lists(st.sampled_from(found), max_size=2)) for group, found in members.items()}
    expected = [IN if place in wanted or place == final.get(slots.get(place, 0)) else
                (OTHER if place in slots else kind) for place, kind in enumerate(kinds, 1)]
    steps = data.draw(st.permutations(wanted + [place for found in tried.values() for place in found]))
    for place in (*steps, *data.draw(st.permutations(list(final.values())))):
        try:
            content = choice.with_choices(content, [place], slots=slots)
        except RequestInvalid:
            continue  # it is included already
        for found in members.values():
            assert sum(standings(content)[member - 1] is IN for member in found) == 1
    assert standings(content) == expected
