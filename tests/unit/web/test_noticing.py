"""What a click counts as: steps, choices, conflicts; never a number or a text that somebody typed."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from configurator.configuration import Selection
from tests.factories import demo_products
from web.shop.answer import Answer, Reason
from web.shop.noticing import choice_happenings, furthest_step
from web.shop.query import Query, View
from web.usage import KINDS, Happening

BICYCLE = demo_products()["bicycle"].version
WINDOW = demo_products()["window"].version


def answer(version: object = WINDOW, **selected: str | Fraction) -> Answer:
    return Answer(version=version, selection=Selection.of(selected), whole={}, options={}, numbers={},  # type: ignore[arg-type]
                  count=None)


def test_the_first_page_is_reached_and_nothing_left() -> None:
    assert choice_happenings(answer(), Query({}), None) == [Happening("reached", "")]


def test_a_later_step_is_reached_and_the_one_before_left() -> None:
    found = choice_happenings(answer(profile="PVC82", opening="turn"), Query({"profile": "PVC82", "opening": "turn"}),
                              Query({"profile": "PVC82"}))
    assert found == [Happening("reached", "opening"), Happening("left", "profile"),
                     Happening("chosen", "opening", "turn")]


def test_a_number_is_counted_without_what_it_is() -> None:
    found = choice_happenings(answer(width=Fraction(777)), Query({"width": "777"}), Query({}))
    assert Happening("chosen", "width") in found
    assert "777" not in repr(found)


def test_a_mistake_and_a_text_are_counted_without_their_words() -> None:
    wrong = Answer(version=BICYCLE, selection=Selection.of({"engraving_text": "Li Na"}), whole={}, options={},
                   numbers={}, count=None, input_errors={"size": "no"})
    found = choice_happenings(wrong, Query({"engraving_text": "Li Na", "size": "<b>huge"}), Query({}))
    assert Happening("mistake", "size") in found
    assert Happening("chosen", "engraving_text") in found
    assert "Li Na" not in repr(found)
    assert "huge" not in repr(found)


def test_a_conflict_counts_once_for_the_click_that_made_it() -> None:
    clash = Answer(version=WINDOW, selection=Selection.of({"profile": "PVC70", "glass": "3-6/12/4/12/6"}), whole={},
                   options={}, numbers={}, count=0, conflict=Reason(("profile", "glass")))
    query = Query({"profile": "PVC70", "glass": "3-6/12/4/12/6"})
    found = choice_happenings(clash, query, Query({"profile": "PVC70"}))
    assert [item.option for item in found if item.kind == "conflict"] == ["PVC70", "3-6/12/4/12/6"]
    assert choice_happenings(clash, query, query) == []


def test_asking_why_counts_when_the_panel_opens() -> None:
    asked = Answer(version=WINDOW, selection=Selection(), whole={}, options={}, numbers={}, count=None,
                   why=Reason(()))
    query = Query({}, View(why="glass:3-6/12/4/12/6"))
    assert choice_happenings(asked, query, Query({})) == [Happening("why", "glass", "3-6/12/4/12/6")]
    assert choice_happenings(asked, query, query) == []


@given(st.sets(st.sampled_from([item.code for item in BICYCLE.definition.attributes])))
def test_the_furthest_step_holds_a_choice_and_no_later_one_does(chosen: set[str]) -> None:
    step = furthest_step(BICYCLE.definition, chosen)
    groups = [group.code for group in BICYCLE.definition.groups]
    later = BICYCLE.definition.groups[groups.index(step) + 1:] if step else BICYCLE.definition.groups
    assert bool(step) == bool(chosen)
    assert not any(chosen & set(group.attributes) for group in later)


@given(st.dictionaries(st.sampled_from([item.code for item in WINDOW.definition.attributes]), st.text(max_size=9)),
       st.dictionaries(st.sampled_from([item.code for item in WINDOW.definition.attributes]), st.text(max_size=9)))
def test_every_happening_is_of_a_known_kind(before: dict[str, str], after: dict[str, str]) -> None:
    found = choice_happenings(answer(), Query(after), Query(before))
    assert {item.kind for item in found} <= set(KINDS)
    assert len([item for item in found if item.kind == "reached"]) <= 1
