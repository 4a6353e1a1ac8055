"""Whole answers: completion, consequences, explanations and repairs, checked by plain evaluation."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.price_book import PriceItem
from catalog.product import AttributeKind, ProductDefinition, Value
from catalog.text import Text
from configurator.completion import complete_near, complete_selection, nearest
from configurator.configuration import Conflict, NumberDomain, OptionState, Selection
from configurator.explanation import Explanation, explain_value, rule_reasons
from configurator.explosion import explode
from configurator.footprint import material_co2_grams
from configurator.input import InputCode
from configurator.pricing import price
from configurator.reasoning import without_texts
from configurator.repair import MOST_REPAIRS
from configurator.view import LoadedProduct, view_configuration
from tests.factories import attr, calc, choice, demo_products, derived, figure, implies, loaded, number, prop, rule
from tests.factories import test as compare

FAMILIES = ("window", "bicycle", "pump")


def breaks(product: LoadedProduct, whole: Selection) -> tuple[str, ...] | None:
    return product.appraiser.broken(whole, [item.code for item in product.definition.attributes])


def random_choices(product: LoadedProduct, chance: random.Random, most: int = 6) -> dict[str, str]:
    raw = {}
    for item in chance.sample(product.definition.attributes, chance.randint(0, most)):
        if item.kind is AttributeKind.CHOICE:
            raw[item.code] = chance.choice(item.options).code
        elif item.kind is AttributeKind.NUMBER:
            steps = int((item.maximum - item.minimum) / item.step)
            raw[item.code] = str(item.minimum + chance.randint(0, steps) * item.step)
    return raw


def price_minor(product: LoadedProduct, whole: Selection) -> int:
    return price(product.definition, whole).total.amount_minor


def co2_grams(product: LoadedProduct, whole: Selection) -> int:
    return material_co2_grams(explode(product.definition, whole).bom)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=12, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_every_figure_of_a_view_is_exact_and_every_consequence_is_valid(family: str, chance: random.Random) -> None:
    product = demo_products()[family]
    view = view_configuration(product, random_choices(product, chance))
    assert view.whole is not None
    assert view.domains is not None
    assert view.price is not None
    assert breaks(product, view.whole) is None
    assert all(view.whole[code] == value for code, value in view.standing.items())
    assert view.price.total.amount_minor == price_minor(product, view.whole)
    assert view.material_co2_grams == co2_grams(product, view.whole)
    for (attribute, code), consequence in view.consequences.items():
        assert consequence.whole[attribute] == code
        assert breaks(product, consequence.whole) is None
        assert all(consequence.whole[name] == value for name, value in view.standing.items() if name != attribute)
        assert consequence.price_delta_minor == price_minor(product, consequence.whole) - price_minor(
            product, view.whole)
        assert consequence.co2_delta_grams == co2_grams(product, consequence.whole) - co2_grams(product, view.whole)
        assert set(consequence.changed) == {name for name in consequence.whole
                                            if name != attribute and consequence.whole[name] != view.whole[name]}
    expected = {(attribute, code) for attribute, codes in view.selectable.items() for code in codes
                if view.whole[attribute] != code}
    assert set(view.consequences) == expected


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=15, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_selectable_options_are_those_the_engine_finds_consistent(family: str, chance: random.Random) -> None:
    product = demo_products()[family]
    view = view_configuration(product, random_choices(product, chance, most=4))
    decided = without_texts(product.definition, view.standing)
    for item in product.definition.attributes:
        if item.kind is AttributeKind.CHOICE:
            expected = {option.code for option in item.options
                        if product.model.is_consistent(decided.choose(item.code, option.code))}
            assert view.selectable[item.code] == expected


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=15, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_conflict_is_minimal_and_every_repair_holds(family: str, chance: random.Random) -> None:
    product = demo_products()[family]
    view = view_configuration(product, random_choices(product, chance, most=9))
    if view.conflict is None:
        assert view.standing == view.selection
        return
    assert view.count == 0
    minimal = Selection.of({name: view.selection[name] for name in view.conflict.attributes})
    assert not product.model.is_consistent(minimal)
    assert all(product.model.is_consistent(minimal.retract(name)) for name in minimal)
    assert view.conflict.rules
    assert 1 <= len(view.conflict.repairs) <= MOST_REPAIRS
    assert view.standing == view.conflict.repairs[0].selection
    assert_repairs_hold(product, view.conflict, view.selection)


def assert_repairs_hold(product: LoadedProduct, explanation: Explanation, wanted: Selection) -> None:
    sizes = [len(repair.changes) for repair in explanation.repairs]
    assert sizes == sorted(sizes)
    for repair in explanation.repairs:
        assert breaks(product, repair.whole) is None
        changed = {change.attribute for change in repair.changes}
        for change in repair.changes:
            assert change.before == wanted[change.attribute]
            assert change.after == repair.selection[change.attribute] != change.before
        assert all(repair.selection[name] == wanted[name] for name in wanted if name not in changed)
        assert all(repair.whole[name] == value for name, value in without_texts(
            product.definition, repair.selection).items())
        assert repair.price_minor == price_minor(product, repair.whole)
        assert repair.whole == complete_selection(product.model, product.appraiser, repair.selection)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_excluded_option_is_explained_and_repaired(family: str, chance: random.Random) -> None:
    product = demo_products()[family]
    view = view_configuration(product, random_choices(product, chance, most=4))
    assert view.whole is not None
    excluded = [(item.code, option.code) for item in product.definition.attributes for option in item.options
                if option.code not in view.selectable.get(item.code, ())]
    for attribute, code in excluded[:4]:
        explanation = explain_value(product.model, product.appraiser, view.standing, attribute=attribute, value=code,
                                     present=view.whole)
        assert explanation is not None
        assert attribute not in explanation.attributes
        assert explanation.rules
        assert view.changes_needed[attribute, code] == len(explanation.repairs[0].changes)
        wanted = view.standing.choose(attribute, code)
        assert_repairs_hold(product, explanation, wanted)
        for repair in explanation.repairs:
            assert repair.selection[attribute] == code
            assert repair.price_delta_minor == repair.price_minor - price_minor(product, view.whole)
            assert repair.co2_delta_grams == co2_grams(product, repair.whole) - co2_grams(product, view.whole)


def test_heavy_sash_is_refused_with_its_reason_and_ways_out() -> None:
    product = demo_products()["window"]
    view = view_configuration(product, {"width": "1400", "height": "2400", "profile": "PVC82",
                                        "glass": "3-6/12/4/12/6", "opening": "tilt_turn"})
    assert view.conflict is not None
    assert set(view.conflict.attributes) == {"width", "height", "profile", "glass", "opening"}
    assert [item.reason.in_language("en") for item in view.conflict.rules] == [
        "The fittings of PVC 82 carry a sash of up to 130 kg."]
    (figure,) = view.conflict.rules[0].figures
    assert (figure.code, str(figure.rounded), figure.unit) == ("sash_weight", "145.5", "kg")
    assert all(len(repair.changes) == 1 for repair in view.conflict.repairs)


def test_figure_of_a_broken_rule_is_told_only_where_it_can_be_worked_out_and_breaks_the_rule() -> None:
    definition = ProductDefinition(
        "beam", Text.of("Beam"), (number("length", 1, 9), number("load", 1, 9), choice("kind", "plain", "light")),
        rules=(rule("bending", compare(derived("moment"), "<=", 20)),
               rule("plain_only", implies(compare(attr("kind"), "=", "light"), compare(attr("length"), "<=", 3)))),
        derived=(figure("moment", calc(attr("length"), "*", attr("load")), "kNm", 1),))
    conflict = Conflict(("length", "load"), ("bending", "plain_only"))
    whole = rule_reasons(definition, conflict, wanted={"length": Fraction(5), "load": Fraction(6), "kind": "light"})
    partial = rule_reasons(definition, conflict, wanted={"length": Fraction(5)})
    light = rule_reasons(definition, conflict, wanted={"length": Fraction(4), "load": Fraction(5)})
    assert [[(item.code, item.value) for item in entry.figures] for entry in whole] == [[("moment", Fraction(30))], []]
    assert [entry.figures for entry in (*partial, *light)] == [()] * 4


def test_repair_exists_even_when_most_choices_have_to_go() -> None:
    product = demo_products()["bicycle"]
    wanted = Selection.of({"frame": "Carbon-Trail", "use": "city", "fork": "rigid-city", "wheel": "700C", "tyre": "32",
                           "axle": "QR135", "drive": "belt-8hub", "chainring": "46", "brake": "rim"})
    explanation = explain_value(product.model, product.appraiser, wanted, attribute="frame", value="Carbon-Trail")
    assert explanation is not None
    assert len(explanation.repairs) == 1
    assert len(explanation.repairs[0].changes) == 8
    assert_repairs_hold(product, explanation, wanted)


def test_possible_option_needs_no_explanation() -> None:
    product = demo_products()["bicycle"]
    assert explain_value(product.model, product.appraiser, Selection.of({"frame": "CrMo-City"}),
                          attribute="frame", value="Alu-Trail") is None


def test_answer_does_not_depend_on_the_order_of_choices() -> None:
    product = demo_products()["bicycle"]
    raw = {"frame": "Alu-Gravel", "motor": "250W-mid", "rack": "rear"}
    forth, back = (view_configuration(product, dict(order)) for order in (raw.items(), reversed(raw.items())))
    assert (forth.whole, forth.domains, forth.consequences) == (back.whole, back.domains, back.consequences)


def test_errors_stand_beside_the_answer_to_the_rest() -> None:
    view = view_configuration(demo_products()["window"], {"width": "1e3", "profile": "PVC82", "price": "1"})
    assert {code: error.code for code, error in view.errors.items()} == {
        "width": InputCode.NUMBER_MALFORMED, "price": InputCode.ATTRIBUTE_UNKNOWN}
    assert dict(view.selection) == {"profile": "PVC82"}
    assert view.domains is not None
    assert view.domains.options["profile"]["PVC82"] is OptionState.CHOSEN
    assert view.whole is not None
    assert not view.is_complete


def test_required_text_is_missing_until_it_is_given_and_dropped_when_it_is_not_used() -> None:
    product = demo_products()["bicycle"]
    base = {"frame": "Alu-Gravel", "engraving": "laser"}
    without = view_configuration(product, base)
    given_text = view_configuration(product, {**base, "engraving_text": "Für Jörg"})
    unused = view_configuration(product, {"engraving": "no", "engraving_text": "Jo"})
    assert without.missing == ("engraving_text",)
    assert not without.is_complete
    assert given_text.is_complete
    assert given_text.whole is not None
    assert given_text.whole["engraving_text"] == "Für Jörg"
    assert unused.whole is not None
    assert "engraving_text" not in unused.whole
    assert unused.selection["engraving_text"] == "Jo"


def test_number_without_its_default_moves_to_the_nearest_reachable_value() -> None:
    view = view_configuration(demo_products()["window"], {"profile": "PVC70", "height": "2200", "opening": "turn",
                                                          "glass": "2-4/16/4"})
    assert view.whole is not None
    assert view.domains is not None
    assert view.domains.numbers["width"].maximum >= 1230
    assert view.whole["width"] == 1230
    narrow = view_configuration(demo_products()["window"], {"height": "600", "opening": "turn"})
    assert narrow.whole is not None
    assert narrow.whole["width"] == 900


@given(st.lists(st.integers(0, 60), min_size=1, max_size=20, unique=True), st.fractions(-20, 90, max_denominator=7))
def test_nearest_is_the_closest_member_of_a_domain(points: list[int], target: Fraction) -> None:
    step = Fraction(1, 2)
    members = sorted(Fraction(point) * step for point in points)
    intervals: list[tuple[Fraction, Fraction]] = []
    for value in members:
        if intervals and value - intervals[-1][1] == step:
            intervals[-1] = (intervals[-1][0], value)
        else:
            intervals.append((value, value))
    found = nearest(NumberDomain(tuple(intervals), step), target)
    assert found in members
    assert abs(found - target) == min(abs(value - target) for value in members)


def test_completion_near_another_selection_moves_a_number_as_little_as_possible() -> None:
    product = demo_products()["window"]
    near: dict[str, Value] = {"width": Fraction(1390), "height": Fraction(2390), "opening": "tilt_turn"}
    whole = complete_near(product.model, product.definition, Selection.of(
        {"profile": "PVC82", "glass": "3-6/12/4/12/6", "opening": "tilt_turn", "width": Fraction(1390)}), near)
    taller = Selection.of({**whole, "height": Fraction(str(whole["height"])) + 1})
    assert breaks(product, whole) is None
    assert breaks(product, taller) is not None


def test_open_choice_without_default_takes_the_cheapest_option_that_fits() -> None:



    definition = ProductDefinition(
        "box", Text.of("Box"), (choice("lid", "gold", "wood", "tin", fee=(9, 4, 1)), choice("size", "big", "small")),
        rules=(rule("tin_small", implies(compare(attr("lid"), "=", "tin"), compare(attr("size"), "=", "small"))),),
        prices=(PriceItem("lid", Text.of("Lid"), prop("lid", "fee")),))
    product = loaded(definition)
    big = view_configuration(product, {"size": "big"})
    small = view_configuration(product, {"size": "small"})
    assert big.whole is not None
    assert small.whole is not None
    assert (big.whole["lid"], small.whole["lid"]) == ("wood", "tin")


def test_product_without_any_valid_configuration_says_so() -> None:
    definition = ProductDefinition("void", Text.of("Void"), (choice("x", "p"), number("n", 0, 3)),
                                   rules=(rule("never", compare(attr("n"), ">", 3)),))
    view = view_configuration(loaded(definition), {})
    assert view.domains is None
    assert view.whole is None
    assert view.count == 0
    assert not view.is_complete
    assert view.conflict is not None
    assert [item.code for item in view.conflict.rules] == ["never"]
