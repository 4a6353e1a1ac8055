"""What answers about needs lead to: choices in the order of the questions, and wishes where nothing is against them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.configuration import Selection
from configurator.needs import Led, follow_needs
from tests.factories import demo_products

PRODUCTS = demo_products()


def answers(code: str) -> st.SearchStrategy[dict[str, str]]:
    questions = PRODUCTS[code].definition.needs
    return st.fixed_dictionaries({}, optional={
        question.code: st.sampled_from([answer.code for answer in question.answers]) for question in questions})


def test_an_answer_leads_to_its_choices() -> None:
    bicycle = PRODUCTS["bicycle"]
    found = follow_needs(bicycle.model, bicycle.definition, {"for": "children"})
    assert found.choices["rack"] == "rear"
    assert Led("rack", "rear", "for", "children") in found.taken
    assert Led("light", "dynamo", "for", "children", is_wish=True) in found.taken
    assert not found.disagreements


def test_of_two_answers_that_disagree_the_first_is_followed() -> None:
    window = PRODUCTS["window"]
    found = follow_needs(window.model, window.definition, {"room": "shop", "side": "street"})
    (both,) = found.disagreements
    assert (both.kept.answer, both.refused.answer) == ("shop", "street")
    assert found.choices["glass"] == both.kept.value != both.refused.value


def test_a_wish_against_the_rules_is_passed_over() -> None:
    bicycle = PRODUCTS["bicycle"]
    found = follow_needs(bicycle.model, bicycle.definition, {"where": "help", "weight": "light"})
    assert [led.attribute for led in found.passed_over] == ["frame", "motor", "light"]
    assert found.choices["motor"] == "250W-mid"


def test_answers_that_contradict_the_rules_keep_all_their_choices() -> None:
    bicycle = PRODUCTS["bicycle"]
    found = follow_needs(bicycle.model, bicycle.definition, {"for": "trails", "care": "none"})
    assert dict(found.choices) == {"use": "trail", "drive": "belt-8hub"}
    assert [led.attribute for led in found.passed_over] == ["fork"]


def test_what_is_not_asked_or_offered_leads_to_nothing() -> None:
    pump = PRODUCTS["pump"]
    assert not follow_needs(pump.model, pump.definition, {"for": "flying", "colour": "red"}).choices


@settings(max_examples=60, deadline=None)
@given(data=st.data(), code=st.sampled_from(sorted(PRODUCTS)))
def test_wishes_never_stand_against_choices(data: st.DataObject, code: str) -> None:
    product = PRODUCTS[code]
    found = follow_needs(product.model, product.definition, data.draw(answers(code)))
    hard = Selection.of({led.attribute: led.value for led in found.taken if not led.is_wish})
    assert {led.attribute: led.value for led in found.taken} == dict(found.choices)
    assert product.model.is_consistent(found.choices) == product.model.is_consistent(hard)
    assert not set(found.passed_over) & set(found.taken)
